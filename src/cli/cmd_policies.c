/* SPDX-License-Identifier: MIT */
/* cmd_policies.c: cordon policies: lists or prints the built-in policies. */
#include <string.h>

#include "cli.h"

static const char *nth_builtin(uint32_t index)
{
    size_t count;
    return cordon_builtins(&count)[index].name + 1; /* without the @ */
}

static int unknown_policy(const char *name)
{
    size_t count;
    (void)cordon_builtins(&count);
    const char *plain = name + (name[0] == '@');
    const char *nearest =
        cordon_name_nearest(plain, (uint32_t)strlen(plain), (uint32_t)count, nth_builtin);
    if (nearest)
        return fail("unknown built-in policy \"%s\": did you mean @%s?", name, nearest);
    return fail("unknown built-in policy \"%s\": cordon policies lists them", name);
}

static int print_one(const char *name, bool json)
{
    const struct cordon_builtin *builtin = cordon_builtin_by_name(name, (uint32_t)strlen(name));
    if (!builtin)
        return unknown_policy(name);
    if (json)
        return print_json(json_pack("{ss ss ss}", "name", builtin->name, "description",
                                    builtin->description, "text", builtin->text),
                          EXIT_YES);
    fwrite(builtin->text, 1, builtin->length, stdout);
    return finish_output(EXIT_YES);
}

int command_policies(const struct options *options)
{
    if (options->count > 0)
        return print_one(options->arguments[0], options->json);
    size_t count;
    const struct cordon_builtin *builtins = cordon_builtins(&count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        if (options->json)
            json_array_append_new(list, json_pack("{ss ss}", "name", builtins[i].name,
                                                  "description", builtins[i].description));
        else
            printf("%-16s %s\n", builtins[i].name, builtins[i].description);
    }
    return finish_list(list, options->json);
}
