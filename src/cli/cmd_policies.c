/* SPDX-License-Identifier: MIT */
/* cmd_policies.c: cordon policies: lists or prints the built-in policies. */
#include "cli.h"

static int print_one(const char *name, const struct options *options)
{
    struct cordon_sink sink = file_sink(stdout);
    struct cordon_diag diag;
    const struct cordon_builtin *builtin;
    if (cordon_builtin_find(&builtin, name, &diag))
        return fail("%s", diag.text);
    if (options->json)
        return print_json(json_pack("{ss ss ss}", "name", builtin->name, "description",
                                    builtin->description, "text", builtin->text),
                          EXIT_YES);
    if (options->value[OPTION_EDIT])
        cordon_builtin_print(&sink, builtin);
    else
        fwrite(builtin->text, 1, builtin->length, stdout);
    return finish_output(EXIT_YES);
}

int command_policies(const struct options *options)
{
    if (options->count > 0)
        return print_one(options->arguments[0], options);
    if (options->value[OPTION_EDIT])
        return missing_argument("policies");
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
