/* SPDX-License-Identifier: MIT */
/*
 * boxes.h: a call's graph as rules in libseccomp's form: each a conjunction of at most one
 * comparison per argument, and disjoint from the others. For the writers of formats with such
 * rules.
 */
#ifndef FORMATS_BOXES_H
#define FORMATS_BOXES_H

#include "cordon/model.h"
#include "scmp.h"

struct box {
    struct scmp_arg args[CORDON_ARGS]; /* in the order of their indexes */
    uint32_t count;
    uint32_t action;
};

struct boxes {
    const struct cordon_allocator *allocator;
    struct box *list;
    uint32_t count;
    size_t room;
};

#define BOXES_MAX 4096u /* rules of one call: more than any tool handles */

/*
 * Appends rules for the calls whose verdict in the graph isn't `rest`. Values are those of whole
 * registers, or of their lower halves on ABIs that are narrow for libseccomp. MEANING: *why is the
 * reason.
 */
enum cordon_error boxes_of(struct boxes *boxes, struct cordon_model *model, cordon_node node,
                           const struct cordon_abi *abi, bool narrow, uint32_t rest,
                           const char **why);
/* The verdict of such rules for one call of an ABI, as a graph, where the first, or the last,
 * matching rule decides. */
cordon_node boxes_meaning(const struct boxes *boxes, struct cordon_model *model,
                          const struct cordon_abi *abi, bool narrow, uint32_t rest, bool last_wins);
/* Does libseccomp compare lower halves only? */
bool is_narrow(const struct cordon_abi *abi);
void boxes_free(struct boxes *boxes);

#endif
