/* SPDX-License-Identifier: MIT */
/* cmd_show.c: cordon show: a filter as a policy. */
#include <string.h>

#include "cli.h"
#include "cordon/decompile.h"

static int show(const struct cordon_input *input, const struct options *options)
{
    struct cordon_model *model = new_model();
    struct options whole = {0};
    cordon_node node;
    int status = EXIT_BAD;
    if (model && !input_graph(input, model, &whole, &node)) {
        struct cordon_policy *policy = NULL;
        struct cordon_diag diag;
        const struct cordon_abi *abi = options->abi_count ? cordon_abi(options->abis[0]) : NULL;
        if (cordon_decompile(&policy, model, node, abi, "shown", NULL, &diag)) {
            diag.place.file = input->name;
            report_diag(&diag, NULL, 0);
        } else if (options->json) {
            status = print_json(
                json_pack("{ss ss}", "name", input->name, "policy", policy->texts[0].text),
                EXIT_YES);
        } else {
            status = write_whole(options->output ? options->output : "-", policy->texts[0].text,
                                 policy->texts[0].length)
                         ? EXIT_YES
                         : EXIT_BAD;
        }
        cordon_policy_free(policy);
    }
    cordon_model_free(model);
    return status;
}

int command_show(int argc, char **argv)
{
    struct options options = {0};
    int status, first = options_parse(argc, argv, &options, &status);
    if (first < 0)
        return status;
    struct cordon_reporter reporter = error_reporter(&options.json);
    struct options whole = options;
    whole.abi_count = 0; /* -a chooses the ABI that is shown, not what a policy is for */
    struct cordon_input input;
    if (!input_read(&input, argv[first], &whole, &reporter))
        return EXIT_BAD;
    status = show(&input, &options);
    cordon_input_free(&input);
    return status;
}
