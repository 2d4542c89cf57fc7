/* SPDX-License-Identifier: MIT */
/* main.c: finds the command and runs it. */
#include <string.h>

#include "cli.h"
#include "cordon/version.h"

static int run(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } runs[] = {
#define COMMAND(name, ...) {#name, command_##name},
#include "commands.def"
#undef COMMAND
    };
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++)
        if (!strcmp(runs[i].name, argv[0]))
            return runs[i].run(argc, argv);
    return unknown_command(argv[0]);
}

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
    return run(argc - 1, argv + 1);
}
