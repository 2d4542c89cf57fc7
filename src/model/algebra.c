/* SPDX-License-Identifier: MIT */
/* algebra.c: making graphs out of graphs. */
#include "graph.h"

cordon_node graph_child(const struct cordon_model *model, const struct node *node, uint32_t value)
{
    const struct cordon_edge *edges = model->edges + node->start;
    uint32_t low = 0, high = node->count - 1;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (edges[middle].last < value)
            low = middle + 1;
        else
            high = middle;
    }
    return edges[low].to;
}

/* Are all children of a switch tested later than the switch itself? */
static bool in_order(const struct cordon_model *model, uint64_t rank, cordon_node child)
{
    return graph_rank(graph_node(model, child)) > rank;
}

cordon_node cordon_model_switch(struct cordon_model *model, unsigned word, uint32_t mask,
                                const struct cordon_edge *edges, uint32_t count)
{
    if (model->status)
        return CORDON_NODE_NONE;
    if (word >= CORDON_WORDS || count == 0 || edges[count - 1].last != UINT32_MAX)
        return graph_fail(model, CORDON_E_INTERNAL);
    uint64_t rank = graph_rank(&(struct node){.word = word, .mask = mask});
    size_t start = graph_begin(model);
    for (uint32_t i = 0; i < count; i++) {
        bool ascending = i == 0 || edges[i - 1].last < edges[i].last;
        if (!ascending || (!cordon_node_same(edges[i].to, CORDON_NODE_NONE) &&
                           !in_order(model, rank, edges[i].to)))
            graph_fail(model, CORDON_E_INTERNAL);
        if (!graph_push(model, start, edges[i].last, edges[i].to))
            break;
    }
    return graph_end(model, start, word, mask);
}

/* ---- choose --------------------------------------------------------------------------------- */

/* The current edge of an operand that is walked in step with others; one that isn't a switch on
 * this test is constant here. Nodes may move in memory between steps, so it is looked up anew each
 * time. */
static struct cordon_edge operand_edge(const struct cordon_model *model, cordon_node operand,
                                       uint64_t rank, uint32_t at)
{
    const struct node *node = graph_node(model, operand);
    if (graph_rank(node) != rank)
        return (struct cordon_edge){UINT32_MAX, operand};
    return model->edges[node->start + at];
}

static cordon_node choose(struct cordon_model *model, cordon_node condition, cordon_node yes,
                          cordon_node no, uint32_t depth);

/* One switch of the result, on the earliest test of the three operands. */
static cordon_node choose_switch(struct cordon_model *model, const cordon_node operand[3],
                                 struct node top, uint32_t depth)
{
    uint64_t rank = graph_rank(&top);
    uint32_t at[3] = {0, 0, 0}, last = 0;
    size_t start = graph_begin(model);
    do {
        struct cordon_edge edge[3];
        last = UINT32_MAX;
        for (int i = 0; i < 3; i++) {
            edge[i] = operand_edge(model, operand[i], rank, at[i]);
            last = edge[i].last < last ? edge[i].last : last;
        }
        for (int i = 0; i < 3; i++)
            at[i] += edge[i].last == last;
        cordon_node child = choose(model, edge[0].to, edge[1].to, edge[2].to, depth + 1);
        if (!graph_push(model, start, last, child))
            break;
    } while (last != UINT32_MAX);
    return graph_end(model, start, top.word, top.mask);
}

/* The operand whose test comes first. */
static struct node earliest(const struct cordon_model *model, const cordon_node operand[3])
{
    const struct node *best = graph_node(model, operand[0]);
    for (int i = 1; i < 3; i++) {
        const struct node *node = graph_node(model, operand[i]);
        best = graph_rank(node) < graph_rank(best) ? node : best;
    }
    return *best;
}

static cordon_node choose(struct cordon_model *model, cordon_node condition, cordon_node yes,
                          cordon_node no, uint32_t depth)
{
    const struct node *test = graph_node(model, condition);
    if (test->word == LEAF)
        return test->start ? yes : no;
    if (cordon_node_same(yes, no))
        return yes;
    if (!graph_step(model, depth))
        return CORDON_NODE_NONE;
    struct memo key = {OP_CHOOSE, condition.id, yes.id, no.id, 0};
    cordon_node result;
    if (graph_recall(model, key, &result))
        return result;
    cordon_node operand[3] = {condition, yes, no};
    result = choose_switch(model, operand, earliest(model, operand), depth);
    graph_remember(model, key, result);
    return result;
}

static bool usable(const struct cordon_model *model, cordon_node node)
{
    return !model->status && node.id < model->node_count;
}

cordon_node cordon_model_choose(struct cordon_model *model, cordon_node condition, cordon_node yes,
                                cordon_node no)
{
    if (!usable(model, condition) || !usable(model, yes) || !usable(model, no))
        return CORDON_NODE_NONE;
    return choose(model, condition, yes, no, 0);
}

cordon_node cordon_model_range(struct cordon_model *model, unsigned word, uint32_t mask,
                               uint32_t first, uint32_t last, cordon_node yes, cordon_node no)
{
    if (first > last)
        return no;
    cordon_node zero = cordon_model_leaf(model, 0), one = cordon_model_leaf(model, 1);
    struct cordon_edge edges[3];
    uint32_t count = 0;
    if (first > 0)
        edges[count++] = (struct cordon_edge){first - 1, zero};
    edges[count++] = (struct cordon_edge){last, one};
    if (last < UINT32_MAX)
        edges[count++] = (struct cordon_edge){UINT32_MAX, zero};
    return cordon_model_choose(model, cordon_model_switch(model, word, mask, edges, count), yes,
                               no);
}

/* ---- map and restrict ----------------------------------------------------------------------- */

/* A change to a graph, node by node: what becomes of leaves, and which edges of a switch stay. */
struct change {
    uint32_t op; /* for remembering results */
    uint32_t (*map)(void *context, uint32_t value);
    void *context;
    unsigned word; /* LEAF: no restriction */
    uint32_t first, last;
};

static cordon_node apply(struct cordon_model *model, const struct change *change, cordon_node node,
                         uint32_t depth);

/* The edges of a switch that values first … last of its word can take. */
static void reachable_edges(const struct cordon_model *model, const struct change *change,
                            const struct node *node, uint32_t *from, uint32_t *to)
{
    *from = 0;
    *to = node->count - 1;
    if (node->word != change->word)
        return;
    if (node->mask != FULL_MASK && change->first != change->last)
        return;
    const struct cordon_edge *edges = model->edges + node->start;
    while (edges[*from].last < (change->first & node->mask))
        ++*from;
    while (*to > *from && edges[*to - 1].last >= (change->last & node->mask))
        --*to;
}

static cordon_node apply_switch(struct cordon_model *model, const struct change *change,
                                struct node node, uint32_t depth)
{
    uint32_t from, to;
    reachable_edges(model, change, &node, &from, &to);
    size_t start = graph_begin(model);
    for (uint32_t i = from; i <= to; i++) {
        struct cordon_edge edge = model->edges[node.start + i];
        if (!graph_push(model, start, edge.last, apply(model, change, edge.to, depth + 1)))
            break;
    }
    return graph_end(model, start, node.word, node.mask);
}

static cordon_node apply(struct cordon_model *model, const struct change *change, cordon_node node,
                         uint32_t depth)
{
    struct node inner = *graph_node(model, node);
    if (inner.word == LEAF)
        return change->map ? cordon_model_leaf(model, change->map(change->context, inner.start))
                           : node;
    if (!graph_step(model, depth))
        return CORDON_NODE_NONE;
    struct memo key = {change->op, node.id, 0, 0, 0};
    cordon_node result;
    if (graph_recall(model, key, &result))
        return result;
    result = apply_switch(model, change, inner, depth);
    graph_remember(model, key, result);
    return result;
}

cordon_node cordon_model_map(struct cordon_model *model, cordon_node node,
                             uint32_t (*map)(void *context, uint32_t value), void *context)
{
    if (!usable(model, node))
        return CORDON_NODE_NONE;
    struct change change = {
        .op = graph_fresh_op(model), .map = map, .context = context, .word = LEAF};
    return apply(model, &change, node, 0);
}

cordon_node cordon_model_restrict(struct cordon_model *model, cordon_node node, unsigned word,
                                  uint32_t first, uint32_t last)
{
    if (!usable(model, node) || word >= CORDON_WORDS || first > last)
        return CORDON_NODE_NONE;
    struct change change = {
        .op = graph_fresh_op(model), .word = word, .first = first, .last = last};
    return apply(model, &change, node, 0);
}
