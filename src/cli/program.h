/* SPDX-License-Identifier: MIT */
/* program.h: what `cordon run` and `cordon emulate` share: the policy for their program. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "cli.h"

/*
 * Reads a policy or filter that this machine can run, and compiles a policy for the running kernel,
 * quickly. False: an error was reported.
 */
bool program_policy(struct cordon_input *input, const char *path, const struct options *options);

#endif
