/* SPDX-License-Identifier: MIT */
/* main.c: finds the command and runs it. */
#include <string.h>

#include "cli.h"
#include "cordon/version.h"

/* In the order of `commands`. */
static int (*const runs[])(const struct options *options) = {
#define COMMAND(name, ...) command_##name,
#include "commands.def"
#undef COMMAND
};

int main(int argc, char **argv)
{
    static char help[] = "help";
    setvbuf(stderr, NULL, _IOLBF, BUFSIZ); /* lines stay whole beside those of a program */
    if (argc < 2) {
        print_help(stderr);
        return EXIT_BAD;
    }
    if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "version")) {
        printf("cordon %s\n", cordon_version());
        return finish_output(EXIT_YES);
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
        argv[1] = help;
    const struct command *command = find_command(argv[1]);
    if (!command)
        return unknown_command(argv[1]);
    struct options options = {0};
    int status;
    if (!options_parse(&options, command, argc - 1, argv + 1, &status))
        return status;
    return runs[command - commands](&options);
}
