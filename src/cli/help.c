/* SPDX-License-Identifier: MIT */
/* help.c: cordon help, which prints the tables of commands and options. */
#include <string.h>

#include "cli.h"

static const char *nth_command(uint32_t index)
{
    return commands[index].name;
}

int unknown_command(const char *name)
{
    const char *nearest =
        cordon_name_nearest(name, (uint32_t)strlen(name), (uint32_t)command_count, nth_command);
    fprintf(stderr, "cordon: unknown %s \"%s\"", name[0] == '-' ? "option" : "command", name);
    if (name[0] == '-')
        fputs(": options follow the command", stderr);
    else if (nearest)
        fprintf(stderr, ": did you mean %s?", nearest);
    fprintf(stderr, "\nTry: cordon help\n");
    return EXIT_BAD;
}

/* ---- text ---- */

void print_help(FILE *file)
{
    fputs("usage: cordon COMMAND [options] [arguments]\n\n"
          "Write, compile, explain and enforce seccomp policies.\n\n",
          file);
    for (size_t i = 0; i < command_count; i++)
        fprintf(file, "  %-10s %s\n", commands[i].name, commands[i].summary);
    fputs("\n  cordon help COMMAND, cordon --version\n", file);
}

/* ---- JSON ---- */

static json_t *option_json(const struct option_row *row)
{
    char letter[2] = {row->letter};
    return json_pack("{ss* ss ss* ss ss}", "letter", row->letter ? letter : NULL, "name", row->name,
                     "argument", row->argument, "completes", row->completes, "help", row->help);
}

static json_t *command_json(const struct command *command)
{
    json_t *list = json_array();
    for (const unsigned char *id = command->options; *id; id++)
        json_array_append_new(list, option_json(&option_rows[*id]));
    return json_pack("{ss ss ss ss si so}", "name", command->name, "arguments", command->arguments,
                     "completes", command->completes, "summary", command->summary, "options_end",
                     (int)command->order, "options", list);
}

/* The values of <arch>, <cap> and <format-…>. */
static json_t *values_json(void)
{
    size_t count;
    const struct cordon_format *formats = cordon_formats(&count);
    json_t *arches = json_array(), *caps = json_array(), *read = json_array(),
           *written = json_array(), *tools = json_array();
    for (int id = 0; id < CORDON_ABI_COUNT; id++)
        json_array_append_new(arches, json_string(cordon_abi(id)->name));
    for (unsigned cap = 0; cordon_cap_name(cap); cap++)
        json_array_append_new(caps, json_sprintf("CAP_%s", cordon_cap_name(cap)));
    for (size_t i = 0; i < count; i++) {
        if (formats[i].read)
            json_array_append_new(read, json_string(formats[i].name));
        if (formats[i].write)
            json_array_append_new(written, json_string(formats[i].name));
    }
    for (int i = 0; cordon_like_name((enum cordon_like)i); i++)
        json_array_append_new(tools, json_string(cordon_like_name((enum cordon_like)i)));
    return json_pack("{so so so so so}", "arch", arches, "cap", caps, "format-read", read,
                     "format-written", written, "like", tools);
}

static int print_tables(void)
{
    json_t *list = json_array(), *lints = json_array();
    for (enum cordon_lint lint = CORDON_LINT_NONE + 1; lint < CORDON_LINT_END; lint++) {
        const struct cordon_lint_row *row = cordon_lint_row(lint);
        json_array_append_new(lints, json_pack("{ss ss ss}", "id", row->id, "severity",
                                               cordon_severity_name(row->severity), "summary",
                                               row->summary));
    }
    for (size_t i = 0; i < command_count; i++)
        json_array_append_new(list, command_json(&commands[i]));
    return print_json(
        json_pack("{so so so}", "commands", list, "values", values_json(), "lints", lints),
        EXIT_YES);
}

int command_help(const struct options *options)
{
    if (options->json)
        return print_tables();
    if (options->count > 0) {
        const struct command *command = find_command(options->arguments[0]);
        return command ? print_command_help(command) : unknown_command(options->arguments[0]);
    }
    print_help(stdout);
    return finish_output(EXIT_YES);
}
