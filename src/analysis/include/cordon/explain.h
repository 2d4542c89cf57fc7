/* SPDX-License-Identifier: MIT */
/*
 * explain.h: why a call gets its answer: the tests on its way through a graph, and small changes of
 * its arguments that would be answered differently.
 *
 * Thread safety: functions of their arguments; a graph belongs to one thread.
 */
#ifndef CORDON_EXPLAIN_H
#define CORDON_EXPLAIN_H

#include "cordon/abi.h"
#include "cordon/api.h"
#include "cordon/model.h"
#include "cordon/sink.h"

CORDON_BEGIN

/* One test on the way of a call: (term & mask) is `value`, like all values first … last. */
struct cordon_step {
    cordon_term term;
    uint32_t mask, value, first, last;
};

/* Calls step() for each test, in order. Returns the call's answer. */
uint32_t cordon_explain_steps(struct cordon_model *model, cordon_node node,
                              const struct cordon_data *data,
                              void (*step)(void *context, const struct cordon_step *step),
                              void *context);
/*
 * "flags & O_ACCMODE is O_RDONLY", "arg1 low is 0x2, in the range 0x2 to 0x5": names of arguments
 * are those of the call `data`; NULL: as words of the ABI.
 */
void cordon_step_print(struct cordon_sink *sink, const struct cordon_model *model,
                       const struct cordon_abi *abi, const struct cordon_data *data,
                       const struct cordon_step *step);

/* A call with this one word changed gets another answer. */
struct cordon_change {
    unsigned word;
    uint32_t before, after;
    uint32_t verdict;
};

/* "domain AF_UNIX instead of AF_INET", for a change of the call `data`. */
void cordon_change_print(struct cordon_sink *sink, const struct cordon_abi *abi,
                         const struct cordon_data *data, const struct cordon_change *change);

/*
 * Tries, for each decision about a word of an argument, the values next to those that are answered
 * alike and each single bit of its mask. Calls change() for each that is answered differently.
 */
void cordon_explain_changes(struct cordon_model *model, cordon_node node,
                            const struct cordon_data *data,
                            void (*change)(void *context, const struct cordon_change *change),
                            void *context);

CORDON_END

#endif
