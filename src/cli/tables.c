/* SPDX-License-Identifier: MIT */
/* tables.c: the tables of commands and options, and a command's help, which is generated from
 * them. */
#include <string.h>

#include "cli.h"

const struct option_row option_rows[OPTION_COUNT] = {
#define OPTION(id, letter, name, argument, completes, help)                                        \
    [OPTION_##id] = {letter, name, argument, completes, help},
#include "options.def"
#undef OPTION
};

enum { MANY = INT32_MAX };
enum { /* the short names that rows use */
#define OPTION(id, letter, name, argument, completes, help) id = OPTION_##id,
#include "options.def"
#undef OPTION
};

const struct command commands[] = {
#define COMMAND(name, order, least, most, arguments, completes, summary, ...)                      \
    {#name, OPTIONS_##order, least, most, arguments, completes, summary, {__VA_ARGS__, HELP}},
#include "commands.def"
#undef COMMAND
};
const size_t command_count = sizeof commands / sizeof *commands;

const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < command_count; i++)
        if (!strcmp(commands[i].name, name))
            return &commands[i];
    return NULL;
}

int print_command_help(const struct command *command)
{
    bool is_help = !strcmp(command->name, "help"); /* its man page is cordon(1) */
    printf("usage: cordon %s%s%s\n\n%s\n\n", command->name, *command->arguments ? " " : "",
           command->arguments, command->summary);
    for (const unsigned char *id = command->options; *id; id++) {
        const struct option_row *row = &option_rows[*id];
        char left[64], letter[8] = "    ";
        if (row->letter)
            snprintf(letter, sizeof letter, "-%c, ", row->letter);
        snprintf(left, sizeof left, "%s--%s %s", letter, row->name,
                 row->argument ? row->argument : "");
        printf("  %-22s %s\n", left, row->help);
    }
    printf("\nMore: man cordon%s%s\n", is_help ? "" : "-", is_help ? "" : command->name);
    return finish_output(EXIT_YES);
}
