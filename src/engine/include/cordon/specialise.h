/* SPDX-License-Identifier: MIT */
/*
 * specialise.h: a whole stack of filters, decided for each call number as far as it can be.
 *
 * A plan says for each (arch, nr) either the verdict, constant, and which filter gives it, or what
 * remains to be run: the filters that test more, each from the instruction at which the number is
 * decided. A call costs one look-up however many filters are stacked.
 *
 * The result always equals running all filters of the stack, newest first, with the kernel's
 * precedence: the action parts compare as signed numbers, the smallest wins, of equal ones the
 * newest filter's. uretprobe and uprobe on x86_64 are allowed whatever the filters say
 * (kernel/seccomp.c).
 *
 * Freestanding. A plan is immutable; programs are borrowed and must outlive the plans made of them.
 */
#ifndef CORDON_SPECIALISE_H
#define CORDON_SPECIALISE_H

#include "cordon/engine.h"

CORDON_BEGIN

struct cordon_plan;

/*
 * The plan of `older` (NULL: no filter yet) with `newest` in front of it. `older` isn't needed
 * afterwards. NULL: `allocate` gave no memory. The plan is one allocation; free it with `release`.
 */
struct cordon_plan *cordon_plan_make(const struct cordon_plan *older,
                                     const struct cordon_program *newest,
                                     void *(*allocate)(size_t size), void (*release)(void *memory))
    __attribute__((warn_unused_result));

#define CORDON_NO_FILTER UINT32_MAX

struct cordon_outcome {
    uint32_t value;  /* returned by the winning filter; 0x7fff0000 if all allow */
    uint32_t filter; /* index of the winner, 0 is the oldest; CORDON_NO_FILTER: ALLOW, no winner */
};
struct cordon_outcome cordon_plan_run(const struct cordon_plan *plan,
                                      const struct cordon_data *data);

/* true: every call with this number has the same outcome, whatever its arguments are. */
bool cordon_plan_constant(const struct cordon_plan *plan, uint32_t arch, uint32_t nr,
                          struct cordon_outcome *outcome);

/* The number of filters that it replaces, and its size in bytes. */
uint32_t cordon_plan_filters(const struct cordon_plan *plan);
size_t cordon_plan_size(const struct cordon_plan *plan);
/* The number of instructions of the newest filter that were walked to make it. */
uint32_t cordon_plan_steps(const struct cordon_plan *plan);

CORDON_END

#endif
