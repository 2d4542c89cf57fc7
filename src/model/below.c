/* SPDX-License-Identifier: MIT */
/*
 * below.c: which words and masks are tested below each node. Children have smaller ids than their
 * parents, so one pass over the nodes made since the last call is enough.
 */
#include "graph.h"

static struct below look_below(const struct cordon_model *model, const struct node *node)
{
    struct below below = {0, 0};
    if (node->term == LEAF)
        return below;
    if (node->term == COMPUTED)
        return (struct below){graph_term_words(model, node->start), 0};
    below.words = graph_term_words(model, node->term);
    for (uint32_t i = 0; i < node->count; i++) {
        uint32_t child = model->edges[node->start + i].to.id;
        below.masks |= graph_cut_mask(node->mask, model->edges[node->start + i].last);
        below.words |= model->below[child].words;
        if (model->nodes[child].term == node->term)
            below.masks |= model->below[child].masks;
    }
    return below;
}

struct below graph_below(struct cordon_model *model, cordon_node node)
{
    if (!graph_grow(model, (void **)&model->below, &model->below_room, sizeof *model->below,
                    node.id + 1u))
        return (struct below){UINT32_MAX, UINT32_MAX};
    for (; model->below_count <= node.id; model->below_count++)
        model->below[model->below_count] = look_below(model, &model->nodes[model->below_count]);
    return model->below[node.id];
}

uint32_t cordon_model_words(struct cordon_model *model, cordon_node node)
{
    return graph_usable(model, node) ? graph_below(model, node).words : 0;
}
