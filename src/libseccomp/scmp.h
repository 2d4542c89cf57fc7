/* SPDX-License-Identifier: MIT */
/*
 * scmp.h: which filter libseccomp makes of rules, as a policy's tree; for the readers of formats
 * whose tools use it.
 *
 * libseccomp has no order of rules: it sorts those of one call. The later argument is looked at
 * first, then equalities come before less-than, these before greater-than, and of two of a kind the
 * narrower first. A rule without comparisons is for the whole call and replaces all others; of two
 * with the same comparisons one must go. 32-bit ABIs and x32 look at the lower halves only. Where
 * socket(2) can be made through socketcall(2), the rule is also one about that selector, which
 * takes the place of a comparison of argument 0.
 */
#ifndef LIBSECCOMP_SCMP_H
#define LIBSECCOMP_SCMP_H

#include "cordon/tree.h"

enum scmp_op { SCMP_NE, SCMP_LT, SCMP_LE, SCMP_EQ, SCMP_GE, SCMP_GT, SCMP_MASKED_EQ };

struct scmp_arg {
    uint8_t index;
    uint8_t op;     /* enum scmp_op */
    uint64_t value; /* MASKED_EQ: what the masked argument is compared with */
    uint64_t mask;  /* of MASKED_EQ */
};

#define SCMP_MAX_ERRNO 4094u /* libseccomp refuses 4095 */
#define SCMP_MAX_RULES 4096u /* of one call: more than a filter has instructions */

/* What is wrong with a rule. */
enum scmp_fault {
    SCMP_CONTRADICTION,  /* another rule has the same comparisons and another action */
    SCMP_TOO_MANY_RULES, /* the call has more than SCMP_MAX_RULES */
    SCMP_NEVER_DECIDES   /* a warning: a rule without comparisons is for the whole call */
};

/* Reports a fault of a rule for `id`; all but a warning must be an error of the tree. */
typedef void scmp_report(struct cordon_tree *tree, enum scmp_fault fault, uint16_t id,
                         struct cordon_place place);

struct scmp {
    struct cordon_tree *tree;
    scmp_report *report;
    uint32_t abis;                             /* bit per ABI */
    const uint32_t *numbers[CORDON_ABI_COUNT]; /* of each of them in turn, by call id */
    struct scmp_entry **first, **last;         /* by call id: its rules in the order of addition */
    struct scmp_way *ways;                     /* through multiplexers of these ABIs */
    uint32_t way_count;
    uint32_t *reached; /* by call id: the ABIs whose multiplexers reach it */
    uint16_t *order;   /* the calls in the order in which they came */
    uint32_t order_count;
};

/* Begins with the native ABI and `abis`, which it also adds to the tree. bad_arch is libseccomp's.
 */
void scmp_begin(struct scmp *scmp, struct cordon_tree *tree, uint32_t abis, scmp_report *report);
/* A rule: all of `args` (each argument at most once) must hold. */
void scmp_add(struct scmp *scmp, uint16_t id, const struct scmp_arg *args, unsigned count,
              uint32_t action, struct cordon_place place);
/* Puts what libseccomp decides into the tree. */
void scmp_end(struct scmp *scmp);

#endif
