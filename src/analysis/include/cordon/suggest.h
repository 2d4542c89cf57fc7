/* SPDX-License-Identifier: MIT */
/*
 * suggest.h: the smallest change of a policy that allows a call.
 *
 * The change is tried: the policy with it is built, must allow the call, and must not allow any
 * call that makes a user namespace or memory that is both writable and executable, if the policy
 * itself doesn't.
 *
 * Thread safety: functions of their arguments.
 */
#ifndef CORDON_SUGGEST_H
#define CORDON_SUGGEST_H

#include "cordon/api.h"
#include "cordon/cause.h"

CORDON_BEGIN

enum cordon_suggestion_kind {
    CORDON_SUGGEST_NOTHING, /* `note` says why */
    CORDON_SUGGEST_RULE,    /* a rule in addition; before `place`, if it has a line */
    CORDON_SUGGEST_INSTEAD, /* in place of the rule at `place` */
    CORDON_SUGGEST_ARCH     /* an arch statement, in place of that at `place`, if it has a line */
};

struct cordon_suggestion {
    enum cordon_suggestion_kind kind;
    char text[512];    /* a statement of the policy language; empty for NOTHING */
    char written[512]; /* the same in the policy's own format; empty: it can't, or it's this */
    const char *where; /* what of `written` is at `place`: "a line like" */
    struct cordon_place place; /* borrowed from the policy */
    struct cordon_place taken; /* from where the call's name is taken then; line 0: from nowhere */
    char note[240];            /* empty: nothing more to say */
};

/* For a call that `compiled` denies. The policy was compiled with a reporter (compile.h). */
void cordon_suggest(struct cordon_suggestion *suggestion, const struct cordon_compiled *compiled,
                    const struct cordon_cause *cause, const struct cordon_data *data);

CORDON_END

#endif
