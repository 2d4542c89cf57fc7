/* SPDX-License-Identifier: MIT */
/*
 * check.h: the lints (lint.h) that are about the meaning of a policy or filter: ways around it,
 * tests of bits that the kernel ignores, missing calls. Readers and the builder report those that
 * are about its text.
 *
 * Thread safety: functions of their arguments; a graph belongs to one thread.
 */
#ifndef CORDON_CHECK_H
#define CORDON_CHECK_H

#include "cordon/api.h"
#include "cordon/policy.h"

CORDON_BEGIN

struct cordon_check_input {
    const char *name;                   /* of the policy or filter */
    const struct cordon_policy *policy; /* NULL: a filter, so nothing has a place */
    struct cordon_model *model;
    struct cordon_meaning meaning; /* deciders: CORDON_NODE_NONE if they aren't known */
    enum cordon_severity least;    /* lints below it are not looked for */
};

void cordon_check(const struct cordon_check_input *input, struct cordon_reporter *reporter);

CORDON_END

#endif
