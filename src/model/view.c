/* SPDX-License-Identifier: MIT */
/* view.c: reads graphs: one node, the verdict for one call, all leaves, the graph as text. */
#include "graph.h"

#include <string.h>

struct cordon_view cordon_model_view(const struct cordon_model *model, cordon_node node)
{
    if (node.id >= model->node_count) /* NONE: the caller checks the status */
        return (struct cordon_view){.is_leaf = true};
    const struct node *inner = graph_node(model, node);
    if (inner->term == LEAF)
        return (struct cordon_view){.is_leaf = true, .value = inner->start};
    if (inner->term == COMPUTED)
        return (struct cordon_view){.is_leaf = true, .is_computed = true, .term = inner->start};
    return (struct cordon_view){.term = inner->term,
                                .mask = inner->mask,
                                .edges = model->edges + inner->start,
                                .edge_count = inner->count};
}

cordon_node cordon_model_follow(const struct cordon_model *model, cordon_node node, unsigned word,
                                uint32_t value)
{
    if (node.id >= model->node_count)
        return node;
    const struct node *inner = graph_node(model, node);
    bool tests = inner->term == word && inner->mask == FULL_MASK;
    return tests ? graph_child(model, inner, value) : node;
}

uint32_t cordon_model_evaluate(struct cordon_model *model, cordon_node node,
                               const struct cordon_data *data)
{
    if (node.id >= model->node_count)
        return 0;
    const struct node *inner = graph_node(model, node);
    if (model->term_count)
        graph_new_call(model);
    while (!graph_is_leaf(inner)) {
        uint32_t value = inner->term < CORDON_WORDS ? data->word[inner->term]
                                                    : graph_term_value(model, inner->term, data);
        inner = graph_node(model, graph_child(model, inner, value & inner->mask));
    }
    return inner->term == LEAF ? inner->start : graph_term_value(model, inner->start, data);
}

uint32_t cordon_model_size(const struct cordon_model *model)
{
    return (uint32_t)model->node_count;
}

/* Children have smaller ids than their parents, so one pass in descending order of ids marks each
 * node once, without a stack. */
unsigned char *graph_mark_below(const struct cordon_model *model, cordon_node root)
{
    unsigned char *marks = model->backing->resize(model->backing->context, NULL, 0, root.id + 1u);
    if (!marks)
        return NULL;
    memset(marks, 0, root.id + 1u);
    marks[root.id] = 1;
    for (uint32_t id = root.id + 1; id-- > 0;) {
        const struct node *node = &model->nodes[id];
        for (uint32_t i = 0; marks[id] && i < node->count; i++)
            marks[model->edges[node->start + i].to.id] = 1;
    }
    return marks;
}

void graph_free_marks(const struct cordon_model *model, unsigned char *marks, cordon_node root)
{
    if (marks)
        model->backing->resize(model->backing->context, marks, root.id + 1u, 0);
}

enum cordon_error cordon_model_leaves(struct cordon_model *model, cordon_node node,
                                      void (*leaf)(void *context, uint32_t value), void *context)
{
    if (!graph_usable(model, node))
        return cordon_model_status(model);
    if (graph_is_leaf(graph_node(model, node))) {
        if (graph_node(model, node)->term == LEAF)
            leaf(context, graph_node(model, node)->start);
        return CORDON_OK;
    }
    unsigned char *marks = graph_mark_below(model, node);
    if (!marks)
        return CORDON_E_NO_MEMORY;
    for (uint32_t id = 0; id <= node.id; id++)
        if (marks[id] && model->nodes[id].term == LEAF)
            leaf(context, model->nodes[id].start);
    graph_free_marks(model, marks, node);
    return CORDON_OK;
}

static void dump_node(const struct cordon_model *model, uint32_t id, struct cordon_sink *sink)
{
    const struct node *node = &model->nodes[id];
    cordon_sink_text(sink, "n");
    cordon_sink_decimal(sink, id);
    cordon_sink_text(sink, " = ");
    if (node->term == LEAF) {
        cordon_sink_hex(sink, node->start, 8);
    } else {
        cordon_model_term_print(model, node->term == COMPUTED ? node->start : node->term, NULL,
                                NULL, sink);
        if (node->term != COMPUTED && node->mask != FULL_MASK) {
            cordon_sink_text(sink, " & ");
            cordon_sink_hex(sink, node->mask, 1);
        }
    }
    for (uint32_t i = 0; i < node->count; i++) {
        const struct cordon_edge *edge = &model->edges[node->start + i];
        cordon_sink_text(sink, i ? ", .." : " ..");
        cordon_sink_hex(sink, edge->last, 1);
        cordon_sink_text(sink, " n");
        cordon_sink_decimal(sink, edge->to.id);
    }
    cordon_sink_text(sink, "\n");
}

void cordon_model_dump(const struct cordon_model *model, cordon_node node, struct cordon_sink *sink)
{
    unsigned char *marks = graph_mark_below(model, node);
    for (uint32_t id = 0; marks && id <= node.id; id++)
        if (marks[id])
            dump_node(model, id, sink);
    graph_free_marks(model, marks, node);
}
