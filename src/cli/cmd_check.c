/* SPDX-License-Identifier: MIT */
/* cmd_check.c: cordon check: reads, compiles and verifies a policy or filter. */
#include "cli.h"

static json_t *summary_json(const struct cordon_input *input,
                            const struct cordon_reporter *reporter)
{
    json_t *object =
        json_pack("{ss ss si si}", "name", input->name, "kind",
                  input->kind == CORDON_INPUT_POLICY ? "policy" : "filter", "instructions",
                  (int)input->program.length, "warnings", (int)reporter->warnings);
    if (input->kind == CORDON_INPUT_POLICY)
        json_object_set_new(object, "rules", json_integer(input->policy->rule_count));
    return object;
}

static void print_summary(const struct cordon_input *input)
{
    if (input->kind == CORDON_INPUT_PROGRAM) {
        printf("%s: filter, %u instructions%s\n", input->name, input->program.length,
               input->big_endian ? ", big-endian" : "");
        return;
    }
    printf("%s: policy, %u rule%s,", input->name, input->policy->rule_count,
           input->policy->rule_count == 1 ? "" : "s");
    for (uint32_t i = 0; i < input->policy->abi_count; i++)
        printf(" %s", cordon_abi(input->policy->abis[i])->name);
    printf(", %u instructions\n", input->program.length);
}

int command_check(const struct options *options)
{
    int result = EXIT_YES;
    for (int i = 0; i < options->count; i++) {
        struct cordon_reporter reporter = terminal_reporter();
        struct cordon_input input;
        if (!input_read(&input, options->arguments[i], options, &reporter)) {
            result = EXIT_BAD;
            continue;
        }
        if (options->json)
            print_json(summary_json(&input, &reporter), EXIT_YES);
        else
            print_summary(&input);
        if (options->value[OPTION_WERROR] && reporter.warnings && result == EXIT_YES)
            result = EXIT_NO;
        cordon_input_free(&input);
    }
    return finish_output(result);
}
