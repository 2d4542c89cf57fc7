/* SPDX-License-Identifier: MIT */
/* program.c: the program of `cordon run` and `cordon emulate`, and the policy for it. */
#include "program.h"

int program_options(int argc, char **argv, struct options *options, const struct option *own,
                    bool (*take)(void *context, int option, const char *value), void *context,
                    int *status)
{
    static const struct cordon_weights now = {.kind = CORDON_WEIGHTS_KERNEL_CACHE, .quick = true};
    options->weights = &now;
    int first = options_parse(argc, argv, options, "+p:", own, take, context, status);
    if (first < 0 || first < argc)
        return first;
    *status = usage_error(options->command, "which program?");
    return -1;
}

bool program_policy(struct input *input, const char *path, const struct options *options)
{
    struct cordon_reporter reporter = terminal_reporter(&options->json);
    if (!input_read(input, path, options, &reporter))
        return false;
    if (!input->big_endian)
        return true;
    input_free(input);
    usage_error(options->command, "the policy is for another machine");
    return false;
}
