/* SPDX-License-Identifier: MIT */
/*
 * boxes.h: what a call's graph says, as rules of libseccomp's kind: each an `and` of one comparison
 * per argument, disjoint from each other. For the writers of formats that have such rules.
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

#define BOXES_MAX 4096u /* rules of one call: more than any tool is fed with */

/*
 * Appends the rules for which the graph of one call answers anything but `rest`. Values are those
 * of whole registers, or of their lower halves on ABIs that are narrow for libseccomp. MEANING:
 * *why says what cannot be expressed.
 */
enum cordon_error boxes_of(struct boxes *boxes, struct cordon_model *model, cordon_node node,
                           const struct cordon_abi *abi, bool narrow, uint32_t rest,
                           const char **why);
/* What they answer to one call of an ABI, where the first, or the last, that matches decides. */
cordon_node boxes_meaning(const struct boxes *boxes, struct cordon_model *model,
                          const struct cordon_abi *abi, bool narrow, uint32_t rest, bool last_wins);
/* Does libseccomp look at lower halves only? */
bool is_narrow(const struct cordon_abi *abi);
void boxes_free(struct boxes *boxes);

#endif
