/* SPDX-License-Identifier: MIT */
/* program.h: what `cordon run` and `cordon emulate` share: a program, and the policy for it. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "cli.h"

/*
 * Parses the options before the program, and -p, which goes to `take` as 'p'. Policies are compiled
 * for the running kernel. Returns the index of the program, or -1: the command returns *status.
 */
int program_options(int argc, char **argv, struct options *options, const struct option *own,
                    bool (*take)(void *context, int option, const char *value), void *context,
                    int *status);
/* Reads a policy or filter that this machine can run; false: an error was reported. */
bool program_policy(struct input *input, const char *path, const struct options *options);

#endif
