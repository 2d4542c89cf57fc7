/* SPDX-License-Identifier: MIT */
/*
 * lift.h: seccomp program → decision graph, for any program.
 *
 * Symbolic execution, cached by position and live state, so that the time is about proportional to
 * the program's length. Exact for every opcode: arithmetic that moves intervals of one word becomes
 * intervals, other arithmetic becomes computed terms (term.h).
 *
 * Thread safety: functions of their arguments.
 */
#ifndef CORDON_LIFT_H
#define CORDON_LIFT_H

#include "cordon/api.h"
#include "cordon/diag.h"
#include "cordon/engine.h"
#include "cordon/model.h"

CORDON_BEGIN

/*
 * BUDGET: a limit of the model was reached (then its status is BUDGET too) or the program nests too
 * deep. allocator NULL: libc, for working memory.
 */
enum cordon_error cordon_lift(cordon_node *node, struct cordon_model *model,
                              const struct cordon_program *program,
                              const struct cordon_allocator *allocator,
                              struct cordon_diag *diag) CORDON_MUST_CHECK;

CORDON_END

#endif
