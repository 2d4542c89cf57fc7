/* SPDX-License-Identifier: MIT */
/*
 * optimize.h: a stack of filters as one equivalent program, proven (prove.h).
 *
 * A stack is an array of programs for machines of one byte order, the oldest filter first. The
 * answer of a stack is the kernel's: that of the strictest action, the newest filter's if equal.
 *
 * Thread safety: functions of their arguments; a model belongs to one thread.
 */
#ifndef CORDON_OPTIMIZE_H
#define CORDON_OPTIMIZE_H

#include "cordon/api.h"
#include "cordon/emit.h"

CORDON_BEGIN

/* What a stack of one or more filters answers, as a graph in `model`. */
enum cordon_error cordon_stack_lift(cordon_node *node, struct cordon_model *model,
                                    const struct cordon_program *stack, uint32_t count,
                                    struct cordon_diag *diag) CORDON_MUST_CHECK;
/* The same as a program, which can be longer than the stack. weights NULL: kernel-cache. */
enum cordon_error cordon_stack_join(struct cordon_code *code, struct cordon_model *model,
                                    const struct cordon_program *stack, uint32_t count,
                                    const struct cordon_weights *weights,
                                    struct cordon_diag *diag) CORDON_MUST_CHECK;

struct cordon_optimized {
    struct cordon_code code; /* freed with cordon_code_free() */
    uint32_t before;         /* instructions of the whole stack */
    /*
     * OK: the program is new. Otherwise the stack has one filter and this is a copy of it, because
     * no new program is as short (TOO_LONG) or it is too complex to analyse (BUDGET).
     */
    enum cordon_error copied;
};

/*
 * Makes a program that is fast by `weights` and never longer than the stack; other weights are
 * tried if these lead to a longer one. TOO_LONG: all of them do. BUDGET: the stack is too complex
 * to analyse. Neither happens to a stack of one filter.
 */
enum cordon_error cordon_optimize(struct cordon_optimized *optimized, struct cordon_model *model,
                                  const struct cordon_program *stack, uint32_t count,
                                  const struct cordon_weights *weights,
                                  struct cordon_diag *diag) CORDON_MUST_CHECK;

CORDON_END

#endif
