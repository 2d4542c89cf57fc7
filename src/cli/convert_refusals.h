/* SPDX-License-Identifier: MIT */
/* convert_refusals.h: what a format can't say, told at the lines that the user wrote. */
#ifndef CLI_CONVERT_REFUSALS_H
#define CLI_CONVERT_REFUSALS_H

#include "cli.h"
#include "cordon/obstacles.h"

struct refusal_teller {
    const struct input *input;         /* what is converted */
    const struct cordon_policy *plain; /* as it was to be written */
    struct cordon_model *model;
    cordon_node deciders; /* of the input's policy */
    const char *format;
    struct cordon_reporter *reporter;
};

enum refusal_kind {
    REFUSED,          /* errors */
    REFUSED_MOVED,    /* warnings: something near is written */
    REFUSED_STRICTER, /* errors: nor can anything stricter be said */
    REFUSED_LOOSER,
};

/* A line for each thing and rule; with STRICTER and LOOSER only those that are stuck, if any is. */
bool refusals_tell(const struct refusal_teller *teller, const struct cordon_obstacles *obstacles,
                   enum refusal_kind kind);

/* convert_witness.c: does a policy speak of an architecture? */
bool has_abi_like(const struct cordon_policy *policy, uint32_t token);
/*
 * Makes a call by which `again`, what was written of `plain`, differs, the only obstacle. `answer`
 * is what it gets there.
 */
void refusals_note(struct cordon_obstacles *obstacles, const struct cordon_policy *plain,
                   const struct cordon_policy *again, const struct cordon_data *witness,
                   uint32_t answer);

#endif
