/* SPDX-License-Identifier: MIT */
/* builtins.c: the policies that are part of the library, from builtin/. */
#include <string.h>

#include "cordon/policy.h"

static const struct cordon_builtin builtins[] = {
#define BUILTIN(name, description, text) {name, description, text, sizeof(text) - 1},
#include "builtins.inc"
#undef BUILTIN
};

const struct cordon_builtin *cordon_builtins(size_t *count)
{
    *count = sizeof builtins / sizeof *builtins;
    return builtins;
}

const struct cordon_builtin *cordon_builtin_by_name(const char *name, uint32_t length)
{
    for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++)
        if (strlen(builtins[i].name) == length && !memcmp(builtins[i].name, name, length))
            return &builtins[i];
    return NULL;
}
