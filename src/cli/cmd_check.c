/* SPDX-License-Identifier: MIT */
/* cmd_check.c: cordon check: is this a policy or a filter that can be used? */
#include "cli.h"

struct own {
    bool warnings_are_errors;
};

static bool take(void *context, int option, const char *value)
{
    (void)option, (void)value;
    ((struct own *)context)->warnings_are_errors = true;
    return true;
}

static json_t *summary_json(const struct input *input, const struct cordon_reporter *reporter)
{
    json_t *object = json_pack("{ss ss si si}", "name", input->name, "kind",
                               input->kind == INPUT_POLICY ? "policy" : "filter", "instructions",
                               (int)input->program.length, "warnings", (int)reporter->warnings);
    if (input->kind == INPUT_POLICY)
        json_object_set_new(object, "rules", json_integer(input->policy->rule_count));
    return object;
}

static void print_summary(const struct input *input)
{
    if (input->kind == INPUT_FILTER) {
        printf("%s: filter, %u instructions%s\n", input->name, input->program.length,
               input->big_endian ? ", big-endian" : "");
        return;
    }
    printf("%s: policy, %u rules,", input->name, input->policy->rule_count);
    for (uint32_t i = 0; i < input->policy->abi_count; i++)
        printf(" %s", cordon_abi(input->policy->abis[i])->name);
    printf(", %u instructions\n", input->program.length);
}

int command_check(int argc, char **argv)
{
    static const struct option own_options[] = {{"werror", no_argument, NULL, 'W'}, {0}};
    struct own own = {0};
    struct options options = {0};
    int status, first = options_parse(argc, argv, &options, "W", own_options, take, &own, &status);
    if (first < 0)
        return status;
    if (first == argc)
        return usage_error("check", "which policy or filter?");
    int result = EXIT_YES;
    for (int i = first; i < argc; i++) {
        struct cordon_reporter reporter = terminal_reporter(&options.json);
        struct input input;
        if (!input_read(&input, argv[i], &options, &reporter)) {
            result = EXIT_BAD;
            continue;
        }
        if (options.json)
            print_json(summary_json(&input, &reporter), EXIT_YES);
        else
            print_summary(&input);
        if (own.warnings_are_errors && reporter.warnings && result == EXIT_YES)
            result = EXIT_NO;
        input_free(&input);
    }
    return finish_output(result);
}
