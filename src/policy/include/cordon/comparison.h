/* SPDX-License-Identifier: MIT */
/*
 * comparison.h: comparisons of the policy language as sets of numbers.
 *
 * A comparison looks at the 16, 32 or 64 bits of a register that the kernel reads, as signed or
 * unsigned numbers. It becomes a set of intervals of these bits, so that no other code needs to
 * know the relations, the sign, or how constants are evaluated. The builder makes graphs from such
 * sets, writers of other formats make texts.
 *
 * Thread safety: functions of their arguments.
 */
#ifndef CORDON_COMPARISON_H
#define CORDON_COMPARISON_H

#include "cordon/policy.h"

CORDON_BEGIN

/* The argument of a comparison, and which part of it is compared. */
struct cordon_operand {
    unsigned argument; /* 0…5; CORDON_ARGS: the instruction pointer; above: no such argument */
    unsigned bits;     /* 16, 32, 64 */
    bool is_signed;    /* false if the comparison has a mask, which tests bits */
    bool is_declared;  /* the call has this argument; not looked up for whole registers */
};

/* Of a call of an ABI (CORDON_NO_ID: a number without a name, which has no named arguments). */
struct cordon_operand cordon_comparison_operand(const struct cordon_cond *cond,
                                                const struct cordon_abi *abi, uint16_t id);
/* The lowest `bits` bits. */
uint64_t cordon_comparison_bits(unsigned bits);

/* Of 64-bit numbers; struct cordon_interval has words. */
struct cordon_wide_interval {
    uint64_t first, last;
};

/* A set of numbers: the intervals ascend and don't touch. An array that can be used again. */
struct cordon_intervals {
    struct cordon_wide_interval *items;
    uint32_t count;
    size_t room;
};

/* Why a comparison cannot be evaluated on an ABI. */
struct cordon_comparison_fault {
    enum {
        CORDON_COMPARISON_NO_CONSTANT, /* the ABI doesn't have the constant expr->name */
        CORDON_COMPARISON_TOO_WIDE,    /* `value` has more bits than the operand */
        CORDON_COMPARISON_EMPTY_RANGE  /* the range ends before it begins */
    } kind;
    const struct cordon_expr *expr;
    uint64_t value;
};

/*
 * The comparison holds where (operand & *mask) is one of *values. `values` must be zeroed or have
 * been used before; free it with cordon_intervals_free().
 *
 * CORDON_E_NAME, CORDON_E_RANGE: *fault says what is wrong; CORDON_E_NO_MEMORY.
 */
enum cordon_error cordon_comparison_values(const struct cordon_cond *cond,
                                           const struct cordon_abi *abi,
                                           const struct cordon_operand *operand,
                                           const struct cordon_allocator *allocator, uint64_t *mask,
                                           struct cordon_intervals *values,
                                           struct cordon_comparison_fault *fault) CORDON_MUST_CHECK;
void cordon_intervals_free(struct cordon_intervals *values,
                           const struct cordon_allocator *allocator);

CORDON_END

#endif
