/* SPDX-License-Identifier: MIT */
/* subject.h: the filter or policy that a command asks about, and the calls to ask about. */
#ifndef CLI_SUBJECT_H
#define CLI_SUBJECT_H

#include "cli.h"
#include "cordon/call.h"

struct subject {
    struct cordon_input input;
    struct cordon_model *model;
    cordon_node node; /* leaves: filter return values */
};

/* Reads the input and makes its graph; false: reported, with nothing to close. */
bool subject_open(struct subject *subject, const char *path, const struct options *options);
void subject_close(struct subject *subject);

/* The ABI of the calls: that of -a, or the policy's first, or this machine's. */
const struct cordon_abi *call_abi(const struct cordon_input *input, const struct options *options);
/* Parses a call and its arguments, up to a NULL; false: reported. */
bool call_read(struct cordon_data *data, const struct cordon_input *input,
               const struct options *options, char **words);
/*
 * Prints what in a policy decides a call, with its line if `quoted`, and, if the call is denied,
 * what would allow it; of a program nothing.
 */
void print_cause(const struct cordon_input *input, const struct cordon_data *data, bool quoted);

#endif
