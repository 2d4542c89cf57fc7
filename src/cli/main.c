/* SPDX-License-Identifier: MIT */
/* main.c: finds the command and runs it. */
#include <string.h>

#include "cli.h"
#include "cordon/version.h"

int main(int argc, char **argv)
{
    static char help[] = "help";
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
    return command ? command->run(argc - 1, argv + 1) : unknown_command(argv[1]);
}
