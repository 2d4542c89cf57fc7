/* SPDX-License-Identifier: MIT */
/* share.c: the share of all calls that reach a leaf. */
#include "graph.h"

/* How many values of x & mask are not above `last`: the bits of `last` under the mask, packed. */
static double rank(uint32_t mask, uint32_t last)
{
    uint32_t value = graph_round_down(mask, last);
    double result = 0;
    for (uint32_t bit = UINT32_C(1) << 31; bit; bit >>= 1)
        if (mask & bit)
            result = result * 2 + (value & bit ? 1 : 0);
    return result + 1;
}

/* One pass up to the root over what is below it: children have smaller ids. */
static double sum_shares(const struct cordon_model *model, cordon_node root, uint32_t value,
                         const unsigned char *marks, double *shares)
{
    for (uint32_t id = 0; id <= root.id; id++) {
        const struct node *node = &model->nodes[id];
        if (!marks[id])
            continue;
        shares[id] = node->term == LEAF && node->start == value;
        double before = 0, all = node->count ? rank(node->mask, UINT32_MAX) : 0;
        for (uint32_t i = 0; i < node->count; i++) {
            const struct cordon_edge *edge = &model->edges[node->start + i];
            double upto = rank(node->mask, edge->last);
            shares[id] += (upto - before) / all * shares[edge->to.id];
            before = upto;
        }
    }
    return shares[root.id];
}

double cordon_model_share(struct cordon_model *model, cordon_node node, uint32_t value)
{
    if (!graph_usable(model, node))
        return 0;
    if (graph_node(model, node)->term == LEAF)
        return graph_node(model, node)->start == value;
    double *shares = graph_take(model, node.id + 1u, sizeof *shares), share = 0;
    unsigned char *marks = graph_mark_below(model, node);
    if (shares && marks)
        share = sum_shares(model, node, value, marks, shares);
    else
        graph_fail(model, CORDON_E_NO_MEMORY);
    graph_free_marks(model, marks, node);
    graph_drop(model, shares, node.id + 1u, sizeof *shares);
    return share;
}
