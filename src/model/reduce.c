/* SPDX-License-Identifier: MIT */
/*
 * reduce.c: removes tests that other tests of the same term already decide.
 *
 * Tests of one term are adjacent on a path, so the known facts are a list about that term alone.
 * The list is empty where the next term begins; results are remembered there. They are also
 * remembered where the masks of the known facts share no bits with those of the tests below.
 */
#include "graph.h"

#include <string.h>

struct reduction {
    uint32_t op;
    struct known *known; /* about the current term */
    uint32_t count;
};

#define MAX_KNOWN 64u

static cordon_node reduce(struct cordon_model *model, struct reduction *reduction, cordon_node node,
                          uint32_t depth);

/* Records the fact of one edge and reduces its child. false: no call takes the edge. */
static bool reduce_edge(struct cordon_model *model, struct reduction *reduction, struct node node,
                        struct cordon_interval interval, cordon_node to, uint32_t depth,
                        cordon_node *child)
{
    struct known *fact = &reduction->known[reduction->count];
    *fact = (struct known){node.term, node.mask, interval};
    if (!graph_trim(node.mask, &fact->interval))
        return false;
    graph_narrow(fact);
    reduction->count++;
    uint32_t value;
    bool possible = reduction->count < 2 ||
                    graph_solve(model, reduction->known, reduction->count, 0, &value) != CORDON_NO;
    if (possible)
        *child = reduce(model, reduction, to, depth + 1);
    reduction->count--;
    return possible;
}

static cordon_node reduce_switch(struct cordon_model *model, struct reduction *reduction,
                                 struct node node, uint32_t depth)
{
    uint32_t first = 0;
    size_t start = graph_begin(model);
    for (uint32_t i = 0; i < node.count; i++) {
        struct cordon_edge edge = model->edges[node.start + i];
        cordon_node child;
        if (reduce_edge(model, reduction, node, (struct cordon_interval){first, edge.last}, edge.to,
                        depth, &child) &&
            !graph_push(model, start, edge.last, child))
            break;
        first = edge.last + 1;
    }
    /* No edge is possible only if it was too much work to find that this switch isn't. */
    if (model->scratch_count == start)
        return model->edges[node.start].to;
    return graph_end(model, start, node.term, node.mask);
}

static cordon_node reduce(struct cordon_model *model, struct reduction *reduction, cordon_node node,
                          uint32_t depth)
{
    struct node inner = *graph_node(model, node);
    if (graph_is_leaf(&inner))
        return node;
    if (!graph_step(model, depth))
        return CORDON_NODE_NONE;
    struct known known[MAX_KNOWN];
    struct reduction rest = {.op = reduction->op, .known = known};
    if (reduction->count > 0 && reduction->known[0].term == inner.term) {
        memcpy(known, reduction->known, reduction->count * sizeof *known);
        rest.count = graph_gather(known, reduction->count, graph_below(model, node).masks);
    }
    if (rest.count > 0 && rest.count < MAX_KNOWN)
        return reduce_switch(model, &rest, inner, depth);
    struct memo key = {reduction->op, node.id, 0, 0, 0};
    cordon_node result;
    if (graph_recall(model, key, &result))
        return result;
    rest.count = 0;
    result = reduce_switch(model, &rest, inner, depth);
    graph_remember(model, key, result);
    return result;
}

/* Do tests of one term under different masks follow each other anywhere? Children have smaller
 * ids. */
static bool overlaps(const struct cordon_model *model, cordon_node root)
{
    for (uint32_t id = 0; id <= root.id; id++) {
        const struct node *node = &model->nodes[id];
        for (uint32_t i = 0; i < node->count; i++)
            if (graph_node(model, model->edges[node->start + i].to)->term == node->term)
                return true;
    }
    return false;
}

cordon_node cordon_model_reduce(struct cordon_model *model, cordon_node node)
{
    if (!graph_usable(model, node))
        return CORDON_NODE_NONE;
    if (!overlaps(model, node))
        return node;
    struct reduction reduction = {.op = graph_fresh_op(model)};
    return reduce(model, &reduction, node, 0);
}
