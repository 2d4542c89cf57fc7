/* SPDX-License-Identifier: MIT */
/* main.c: finds the command and hands over. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "cordon/version.h"

const struct command commands[] = {
#define COMMAND(name, arguments, summary, options)                                                 \
    {#name, command_##name, arguments, summary, options},
#include "commands.def"
#undef COMMAND
};
const size_t command_count = sizeof commands / sizeof *commands;

static void print_command_help(const struct command *command)
{
    printf("usage: cordon %s %s\n\n%s\n\n%s"
           "  -a, --arch ARCH,…     architectures instead of the policy's own\n"
           "      --json            output for programs\n"
           "  -h, --help            this text\n\nMore: man cordon-%s\n",
           command->name, command->arguments, command->summary, command->options, command->name);
}

static void print_help(FILE *file)
{
    fprintf(file,
            "usage: cordon COMMAND [options] [arguments]\n\nSeccomp for programs, operators and "
            "builders.\n\n");
    for (size_t i = 0; i < command_count; i++)
        fprintf(file, "  %-10s %s\n", commands[i].name, commands[i].summary);
    fprintf(file, "\n  cordon help COMMAND, cordon --version\n");
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < command_count; i++)
        if (!strcmp(commands[i].name, name))
            return &commands[i];
    return NULL;
}

static const char *nth_command(uint32_t index)
{
    return commands[index].name;
}

static int unknown_command(const char *name)
{
    const char *nearest =
        cordon_name_nearest(name, (uint32_t)strlen(name), (uint32_t)command_count, nth_command);
    fprintf(stderr, "cordon: no command \"%s\"", name);
    if (nearest)
        fprintf(stderr, ": did you mean %s?", nearest);
    fprintf(stderr, "\ncordon help lists the commands\n");
    return EXIT_BAD;
}

static int help(const char *name)
{
    if (!name) {
        print_help(stdout);
        return finish_output(EXIT_YES);
    }
    const struct command *command = find_command(name);
    if (!command)
        return unknown_command(name);
    print_command_help(command);
    return finish_output(EXIT_YES);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return EXIT_BAD;
    }
    const char *name = argv[1];
    if (!strcmp(name, "help") || !strcmp(name, "--help") || !strcmp(name, "-h"))
        return help(argc > 2 ? argv[2] : NULL);
    if (!strcmp(name, "--version") || !strcmp(name, "version")) {
        printf("cordon %s\n", cordon_version());
        return finish_output(EXIT_YES);
    }
    const struct command *command = find_command(name);
    if (!command)
        return unknown_command(name);
    for (int i = 2; i < argc && argv[i][0] == '-' && strcmp(argv[i], "--"); i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
            return help(name);
    return command->run(argc - 1, argv + 1);
}
