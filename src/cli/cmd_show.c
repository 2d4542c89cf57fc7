/* SPDX-License-Identifier: MIT */
/* cmd_show.c: cordon show: prints a filter as a policy. */
#include "cordon/decompile.h"
#include "subject.h"

static int show(const struct subject *subject, const struct options *options)
{
    struct cordon_policy *policy = NULL;
    struct cordon_diag diag;
    const struct cordon_abi *abi = options->abi_count ? cordon_abi(options->abis[0]) : NULL;
    if (cordon_decompile_for_people(&policy, subject->model, subject->node, abi, "shown", NULL,
                                    &diag)) {
        diag.place.file = subject->input.name;
        report_diag(&diag, NULL, 0);
        return EXIT_BAD;
    }
    const struct cordon_text *text = &policy->texts[0];
    int status = EXIT_BAD;
    if (options->json)
        status = print_json(json_pack("{ss ss}", "name", subject->input.name, "policy", text->text),
                            EXIT_YES);
    else if (write_whole(options->output ? options->output : "-", text->text, text->length))
        status = EXIT_YES;
    cordon_policy_free(policy);
    return status;
}

int command_show(const struct options *options)
{
    struct options whole = *options;
    whole.abi_count = 0; /* -a selects the ABI that is shown, not the ABIs of a policy */
    struct subject subject;
    if (!subject_open(&subject, options->arguments[0], &whole))
        return EXIT_BAD;
    int status = show(&subject, options);
    subject_close(&subject);
    return status;
}
