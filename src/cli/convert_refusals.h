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

#endif
