/* SPDX-License-Identifier: MIT */
/*
 * scmp.h: the filter that libseccomp makes of rules, as a policy's tree, for the readers of formats
 * whose tools use libseccomp.
 *
 * libseccomp has no order of rules: it sorts those of one call. Later arguments are compared first;
 * equalities come before less-than, less-than before greater-than, and of two comparisons of one
 * kind the narrower comes first. A rule without comparisons applies to the whole call and replaces
 * all others; two rules with the same comparisons and different actions are an error. 32-bit ABIs
 * and x32 compare the lower halves only. Where socket(2) can be made through socketcall(2), a rule
 * about socket also applies to that selector, which replaces a comparison of argument 0.
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
#define SCMP_MAX_RULES 4096u /* rules of one call: more than a filter has instructions */

/* The faults of a rule. */
enum scmp_fault {
    SCMP_CONTRADICTION,  /* another rule has the same comparisons and another action */
    SCMP_TOO_MANY_RULES, /* the call has more than SCMP_MAX_RULES */
    SCMP_NEVER_DECIDES   /* a warning: a rule without comparisons applies to the whole call */
};

/* Reports a fault of a rule about `id`; every fault but the warning must be an error of the
 * tree. */
typedef void scmp_report(struct cordon_tree *tree, enum scmp_fault fault, uint16_t id,
                         struct cordon_place place);

struct scmp {
    struct cordon_tree *tree;
    scmp_report *report;
    uint32_t abis; /* bit per ABI */
    bool direct; /* set after scmp_begin(): rules are for the calls that an ABI makes directly, not
                  * through multiplexers, as seccomp_rule_add_exact(3) has it */
    const uint32_t *numbers[CORDON_ABI_COUNT]; /* of all calls, by id */
    struct scmp_entry **first, **last;         /* by call id: its rules in the order of addition */
    struct scmp_way *ways;                     /* to calls through multiplexers, by ABI */
    uint32_t way_count;
    uint32_t *reached; /* by call id: the ABIs whose multiplexers can make it */
    uint16_t *order;   /* the calls in the order of their first rule */
    uint32_t order_count;
};

/* Begins with the native ABI and `abis`, which are also added to the tree. bad_arch is
 * libseccomp's default. */
void scmp_begin(struct scmp *scmp, struct cordon_tree *tree, uint32_t abis, scmp_report *report);
/* Can a multiplexer of the ABI also make the call? Then libseccomp resolves its name to a number
 * below 0. */
bool scmp_is_multiplexed(const struct cordon_abi *abi, uint16_t id);
/* Adds a rule: all of `args` (each argument at most once) must hold. */
void scmp_add(struct scmp *scmp, uint16_t id, const struct scmp_arg *args, unsigned count,
              uint32_t action, struct cordon_place place);
/* Adds the rules of libseccomp's filter to the tree. */
void scmp_end(struct scmp *scmp);

#endif
