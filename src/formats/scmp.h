/* SPDX-License-Identifier: MIT */
/*
 * scmp.h: what libseccomp makes of rules, for the readers of formats whose tools use it.
 *
 * libseccomp has no order of rules: those of one call are sorted. The later argument is looked at
 * first, then equalities come before less-than, these before greater-than, and of two of a kind the
 * narrower first. A rule without comparisons is for the whole call and swallows all others; of two
 * with the same comparisons one must go. 32-bit ABIs and x32 look at the lower halves only. Where
 * socket(2) can be made through socketcall(2), the rule is one about its selector too, which takes
 * the place of a comparison of argument 0.
 */
#ifndef FORMATS_SCMP_H
#define FORMATS_SCMP_H

#include "cordon/tree.h"

enum scmp_op { SCMP_NE, SCMP_LT, SCMP_LE, SCMP_EQ, SCMP_GE, SCMP_GT, SCMP_MASKED_EQ };

struct scmp_arg {
    uint8_t index;
    uint8_t op;     /* enum scmp_op */
    uint64_t value; /* MASKED_EQ: what the masked argument is compared with */
    uint64_t mask;  /* of MASKED_EQ */
};

struct scmp {
    struct cordon_tree *tree;
    uint32_t abis;                             /* bit per ABI */
    const uint32_t *numbers[CORDON_ABI_COUNT]; /* of each of them in turn, by call id */
    struct scmp_entry **first, **last;         /* by call id: its rules in the order of addition */
    struct scmp_door *doors;                   /* of these ABIs */
    uint32_t door_count;
    uint32_t *behind; /* by call id: the ABIs that have a door to it */
    uint16_t *order;  /* the calls in the order in which they came */
    uint32_t order_count;
};

#define SCMP_MAX_ERRNO 4094u /* libseccomp refuses 4095 */

/* Begins with the native ABI and `abis`, which it also adds to the tree. bad_arch is libseccomp's.
 */
void scmp_begin(struct scmp *scmp, struct cordon_tree *tree, uint32_t abis);
/* A rule: all of `args` (each argument at most once) must hold. */
void scmp_add(struct scmp *scmp, uint16_t id, const struct scmp_arg *args, unsigned count,
              uint32_t action, struct cordon_place place);
/* Puts what libseccomp decides into the tree. */
void scmp_end(struct scmp *scmp);

#endif
