/* SPDX-License-Identifier: MIT */
/* suggest.h: the parts of a suggestion. */
#ifndef ANALYSIS_SUGGEST_H
#define ANALYSIS_SUGGEST_H

#include "cordon/call.h"
#include "cordon/policy.h"
#include "cordon/suggest.h"

/* ---- suggest_call.c ---- */

/* A call that no suggestion lets through: all of `bits` are set in the argument (NULL: always). */
struct danger {
    const char *call, *argument;
    uint32_t bits;
    const char *reason;
};
extern const struct danger dangers[];
extern const size_t danger_count;

/* A call that programs do without where it fails with ENOSYS. */
struct stand_in {
    const char *call;
    const char *instead; /* what they call then; NULL: nothing in particular */
    bool always;         /* a filter can't tell its harmless uses from others */
};
/* NULL: they need it. */
const struct stand_in *stand_in_of(const char *name);

/*
 * Prints the rule for a call by itself: with `exact`, all arguments that say what it does are
 * compared whole. Returns NULL, or why there is none.
 */
const char *suggest_rule(struct cordon_sink *sink, const struct cordon_data *data, bool exact);
/* A value as a condition has it. */
void suggest_value(struct cordon_sink *sink, const struct cordon_abi *abi,
                   const struct cordon_arg *arg, uint64_t value);

/* ---- widen.c ---- */

struct widened {
    struct cordon_buffer *text; /* gets the condition, "": always */
    unsigned changes;           /* gets how many comparisons were changed */
};

/*
 * Prints a condition of a rule, changed as little as possible so that it holds for a call
 * (`holds`), or doesn't. False: there is no such change.
 */
bool widen_condition(struct widened *widened, const struct cordon_cond *cond,
                     const struct cordon_data *data, bool holds);

/* ---- suggest_format.c ---- */

/* Is the text at a place the call's name, perhaps in quotation marks? */
bool suggest_is_literal(const struct cordon_policy *policy, const struct cordon_place *place,
                        const char *name);
/* Do two rules come from one word of the text, for several ABIs? */
bool suggest_is_same_word(const struct cordon_rule *one, const struct cordon_rule *other);
/*
 * Writes the rule `made`, which allows a call that `decider` denies, as the policy's format has it,
 * if it can say it without doubt; otherwise `written`, which was empty, stays so.
 */
void suggest_in_format(struct cordon_suggestion *suggestion, const struct cordon_policy *policy,
                       const struct cordon_rule *made, const struct cordon_data *data,
                       uint32_t decider);

#endif
