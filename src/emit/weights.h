/* SPDX-License-Identifier: MIT */
/* weights.h: how often each edge of a graph is taken. */
#ifndef EMIT_FLOW_H
#define EMIT_FLOW_H

#include "cordon/emit.h"

/* For the nodes up to a root: first[id] is where a node's edges begin in `edges`. */
struct flow {
    const struct cordon_allocator *allocator;
    uint32_t nodes;
    size_t edge_count;
    uint32_t *first;
    double *node; /* how often the node is reached */
    double *edge;
};

/* false: no memory. */
bool flow_find(struct flow *flow, const struct cordon_model *model, cordon_node root,
               const struct cordon_weights *weights, const struct cordon_allocator *allocator);
void flow_free(struct flow *flow);

#endif
