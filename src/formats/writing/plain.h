/* SPDX-License-Identifier: MIT */
/*
 * plain.h: a policy in the form that writers need: comparisons of a register as numbers, and the
 * rules of one call in order, without those that have no effect.
 */
#ifndef FORMATS_PLAIN_H
#define FORMATS_PLAIN_H

#include "cordon/comparison.h"
#include "refusal.h"

/* ---- comparisons ---- */

/* (register & mask) is in one of the spans, which ascend and don't touch. Without spans: never. */
struct plain_test {
    unsigned argument; /* CORDON_ARGS: the instruction pointer */
    uint64_t mask;     /* all bits of the register: it is compared unmasked */
    uint64_t all;      /* the bits of a register */
    struct cordon_wide_interval *spans;
    uint32_t count;
};

/* Is it (register & mask) != value? */
bool plain_is_unequal(const struct plain_test *test, uint64_t *value);
/* Does it hold for any value? */
bool plain_is_always(const struct plain_test *test);

/* ---- writing ---- */

struct plain_rule {
    const struct cordon_cond *cond; /* NULL: always */
    uint32_t action;
    struct cordon_place place;
};

struct plain_rules {
    struct plain_rule *rules;
    uint32_t count;
};

struct plain {
    const struct cordon_policy *policy;
    const struct cordon_format_options *options;
    struct cordon_reporter *reporter;
    struct cordon_arena arena;
    struct plain_index *index;      /* the policy's rules, by call; made when first asked */
    struct cordon_intervals values; /* of the current comparison */
    struct cordon_string text;      /* the text, kept until the policy is known to be expressible */
    struct cordon_sink sink;        /* writes into it */
    enum cordon_error error;        /* the first one */
    uint32_t fallback;              /* the default, or the action of a last rule for any call */
    struct cordon_place fallback_place;
};

void plain_begin(struct plain *plain, const struct cordon_policy *policy,
                 const struct cordon_format_options *options, struct cordon_reporter *reporter);
/* Passes the text to the sink unless there is an error; frees everything. */
enum cordon_error plain_end(struct plain *plain, struct cordon_sink *sink);

/* Reports an error: the format cannot express it. */
void plain_refuse(struct plain *plain, struct cordon_obstacle what, struct cordon_place place,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));
void plain_no_memory(struct plain *plain);
/* After a refusal the search for others continues; not after other errors. */
bool plain_stops(const struct plain *plain);

/* The rules for a call of an ABI (id: CORDON_NO_ID where the number has no name). */
struct plain_rules plain_rules(struct plain *plain, const struct cordon_abi *abi, uint16_t id,
                               uint32_t nr);
/* Numbers without a name that rules are about: calls `number` for each range of them. */
void plain_gaps(struct plain *plain, const struct cordon_abi *abi,
                void (*range)(void *context, uint32_t first, uint32_t last,
                              const struct cordon_rule *rule),
                void *context);

/* A comparison on an ABI, inverted if `negated`; false: reported. */
bool plain_test(struct plain *plain, const struct cordon_abi *abi, uint16_t id,
                const struct cordon_cond *cond, bool negated, struct plain_test *test);

/* Is the policy's verdict for x32's calls the one of filters that don't know x32? */
void plain_check_x32(struct plain *plain);

#endif
