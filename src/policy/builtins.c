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

/* Without the @. */
static const char *nth_name(uint32_t index)
{
    return builtins[index].name + 1;
}

enum cordon_error cordon_builtin_find(const struct cordon_builtin **builtin, const char *name,
                                      struct cordon_diag *diag)
{
    const struct cordon_builtin *found = cordon_builtin_by_name(name, (uint32_t)strlen(name));
    const char *plain = name + (name[0] == '@');
    if (found) {
        *builtin = found;
        return CORDON_OK;
    }
    const char *nearest = cordon_name_nearest(plain, (uint32_t)strlen(plain),
                                              sizeof builtins / sizeof *builtins, nth_name);
    return cordon_diag_set(diag, CORDON_E_NAME, "unknown built-in policy \"%s\": %s%s%s", name,
                           nearest ? "did you mean @" : "", nearest ? nearest : "",
                           nearest ? "?" : "cordon policies lists them");
}

/* ---- a copy to edit ---- */

static bool begins(const char *line, const char *word)
{
    return !strncmp(line, word, strlen(word));
}

/* Statements about the whole policy, which an included text has no say in. */
static bool is_about_whole(const char *line)
{
    return begins(line, "default ") || begins(line, "newer_than ") || begins(line, "bad_arch ") ||
           begins(line, "arch ");
}

static const struct cordon_builtin *included(const char *line)
{
    static const char word[] = "include \"";
    const char *name = line + sizeof word - 1;
    return begins(line, word) ? cordon_builtin_by_name(name, (uint32_t)strcspn(name, "\"")) : NULL;
}

static void print_flat(struct cordon_sink *sink, const struct cordon_builtin *builtin, bool inside)
{
    const char *line = builtin->text;
    for (size_t length; *line; line += length) {
        length = strcspn(line, "\n") + 1;
        const struct cordon_builtin *other = included(line);
        if (other) {
            cordon_sink_text(sink, "# From ");
            cordon_sink_text(sink, other->name);
            cordon_sink_text(sink, ":\n");
            print_flat(sink, other, true);
        } else if (!inside || !is_about_whole(line)) {
            sink->write(sink->context, line, length);
        }
    }
}

void cordon_builtin_print(struct cordon_sink *sink, const struct cordon_builtin *builtin)
{
    print_flat(sink, builtin, false);
}
