/* SPDX-License-Identifier: MIT */
/* gaps.h: the verdicts for numbers that no call has. */
#ifndef FORMATS_GAPS_H
#define FORMATS_GAPS_H

#include "cordon/abi.h"
#include "cordon/model.h"

/*
 * Passes each range of such numbers of an ABI that has one verdict to `range`; `part` is the part
 * of a graph for its architecture. `negative`: also those above the numbers of all ABIs. `range`
 * must not make nodes.
 */
void gaps_each(const struct cordon_model *model, cordon_node part, const struct cordon_abi *abi,
               bool negative,
               void (*range)(void *context, uint32_t first, uint32_t last, cordon_node node),
               void *context);

#endif
