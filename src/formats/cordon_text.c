/* SPDX-License-Identifier: MIT */
/* cordon_text.c: our own language is one of the formats. */
#include <string.h>

#include "room.h"

/* What nothing else claims may be ours: then its errors are the clearest. */
int cordon_text_detect(const char *text, size_t length, const char *name)
{
    const char *dot = strrchr(name, '.');
    (void)text, (void)length;
    return dot && !strcmp(dot, ".cordon") ? 100 : 1;
}

enum cordon_error cordon_text_read(struct cordon_policy **policy, const char *text, size_t length,
                                   const char *name, const struct cordon_format_options *options,
                                   struct cordon_reporter *reporter)
{
    return cordon_policy_read(policy, text, length, name, &options->policy, reporter);
}
