/* SPDX-License-Identifier: MIT */
/* program.c: the policy for the program of `cordon run` and `cordon emulate`. */
#include "program.h"

bool program_policy(struct cordon_input *input, const char *path, const struct options *options)
{
    static const struct cordon_weights now = {.kind = CORDON_WEIGHTS_KERNEL_CACHE, .quick = true};
    struct cordon_reporter reporter = terminal_reporter(&options->json);
    struct options quick = *options;
    quick.weights = &now;
    if (!input_read(input, path, &quick, &reporter))
        return false;
    if (!input->big_endian)
        return true;
    cordon_input_free(input);
    usage_error(options->command, "the policy is for machines of the other byte order");
    return false;
}
