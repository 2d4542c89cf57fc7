/* SPDX-License-Identifier: MIT */
/*
 * draw.h: a decision graph as a drawing in the language of graphviz's dot.
 *
 * Thread safety: functions of their arguments; a graph belongs to one thread.
 */
#ifndef CORDON_DRAW_H
#define CORDON_DRAW_H

#include "cordon/alloc.h"
#include "cordon/api.h"
#include "cordon/model.h"

CORDON_BEGIN

/*
 * Writes a digraph: an ellipse per test, a box per answer, an arrow per pair of nodes with the
 * calls or values that take it. Fails with NO_MEMORY or BUDGET; then the text in the sink isn't
 * whole. allocator NULL: libc.
 */
enum cordon_error cordon_draw_dot(struct cordon_sink *sink, struct cordon_model *model,
                                  cordon_node node,
                                  const struct cordon_allocator *allocator) CORDON_MUST_CHECK;

CORDON_END

#endif
