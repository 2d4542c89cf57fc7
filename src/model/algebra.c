/* SPDX-License-Identifier: MIT */
/* algebra.c: operations that make graphs from graphs: switches, products, maps, restrictions. */
#include "graph.h"

#include <string.h>

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
static bool in_order(const struct cordon_model *model, uint64_t rank,
                     const struct cordon_edge *edges, uint32_t count)
{
    uint64_t latest = CORDON_WORD_ARCH; /* so far, edges may be out of order */
    latest = rank >> 32 > latest ? rank >> 32 : latest;
    for (uint32_t i = 0; i < count; i++) {
        const struct node *node = graph_node(model, edges[i].to);
        if (node->term <= latest && graph_rank(node) <= rank)
            return false;
    }
    return true;
}

/* ---- walking in step ---- */

/* Finishes a switch whose children may test terms that come earlier in the order. */
static cordon_node end_anyhow(struct cordon_model *model, size_t start, const struct node *top)
{
    uint32_t count = (uint32_t)(model->scratch_count - start);
    size_t size = count * sizeof(struct cordon_edge);
    struct cordon_edge *edges = NULL;
    if (model->status || in_order(model, graph_rank(top), model->scratch + start, count))
        return graph_end(model, start, top->term, top->mask);
    edges = model->allocator.resize(model, NULL, 0, size);
    if (!edges)
        return graph_fail(model, CORDON_E_NO_MEMORY);
    memcpy(edges, model->scratch + start, size);
    model->scratch_count = start;
    edges[count - 1].last = UINT32_MAX;
    cordon_node made = cordon_model_switch(model, top->term, top->mask, edges, count);
    model->allocator.resize(model, edges, size, 0);
    return made;
}

/* One switch of the result, on the earliest test among the operands. */
static cordon_node walk_switch(struct cordon_model *model, const struct walk *walk,
                               const cordon_node operand[3], struct node top, uint32_t depth)
{
    uint64_t rank = graph_rank(&top);
    uint32_t at[3], last = 0; /* the index of each operand's current edge */
    bool tests[3]; /* an operand that doesn't switch on this test is the same for all values */
    for (uint32_t i = 0; i < walk->count; i++) {
        const struct node *node = graph_node(model, operand[i]);
        tests[i] = graph_rank(node) == rank;
        at[i] = node->start;
    }
    size_t start = graph_begin(model);
    do {
        cordon_node inner[3] = {operand[0], operand[1], operand[2]};
        last = UINT32_MAX;
        for (uint32_t i = 0; i < walk->count; i++)
            if (tests[i] && model->edges[at[i]].last < last)
                last = model->edges[at[i]].last;
        for (uint32_t i = 0; i < walk->count; i++)
            if (tests[i]) {
                inner[i] = model->edges[at[i]].to;
                at[i] += model->edges[at[i]].last == last;
            }
        if (!graph_push(model, start, last, graph_walk(model, walk, inner, depth + 1)))
            break;
    } while (last != UINT32_MAX);
    return walk->any_result ? end_anyhow(model, start, &top)
                            : graph_end(model, start, top.term, top.mask);
}

/* The operand whose test is first in the order. */
static struct node earliest(const struct cordon_model *model, const struct walk *walk,
                            const cordon_node operand[3])
{
    const struct node *best = graph_node(model, operand[0]);
    for (uint32_t i = 1; i < walk->count; i++) {
        const struct node *node = graph_node(model, operand[i]);
        best = graph_rank(node) < graph_rank(best) ? node : best;
    }
    return *best;
}

cordon_node graph_walk(struct cordon_model *model, const struct walk *walk,
                       const cordon_node operand[3], uint32_t depth)
{
    cordon_node result;
    if (walk->finish(walk, model, operand, &result))
        return result;
    if (!graph_step(model, depth))
        return CORDON_NODE_NONE;
    struct memo key = {walk->op, operand[0].id, operand[1].id, operand[2].id, 0};
    if (graph_recall(model, key, &result))
        return result;
    result = walk_switch(model, walk, operand, earliest(model, walk, operand), depth);
    graph_remember(model, key, result);
    return result;
}

/* ---- choose ---- */

static bool finish_choose(const struct walk *walk, struct cordon_model *model,
                          const cordon_node operand[3], cordon_node *result)
{
    (void)walk;
    const struct node *condition = graph_node(model, operand[0]);
    if (condition->term == LEAF)
        *result = condition->start ? operand[1] : operand[2];
    else if (condition->term == COMPUTED)
        *result = graph_fail(model, CORDON_E_INTERNAL);
    else if (cordon_node_same(operand[1], operand[2]))
        *result = operand[1];
    else
        return false;
    return true;
}

cordon_node cordon_model_choose(struct cordon_model *model, cordon_node condition, cordon_node yes,
                                cordon_node no)
{
    static const struct walk walk = {.op = OP_CHOOSE, .count = 3, .finish = finish_choose};
    if (!graph_usable(model, condition) || !graph_usable(model, yes) || !graph_usable(model, no))
        return CORDON_NODE_NONE;
    cordon_node operand[3] = {condition, yes, no};
    return graph_walk(model, &walk, operand, 0);
}

/* ---- switches ---- */

static cordon_node plain_switch(struct cordon_model *model, cordon_term term, uint32_t mask,
                                const struct cordon_edge *edges, uint32_t count)
{
    size_t start = graph_begin(model);
    for (uint32_t i = 0; i < count; i++)
        if (!graph_push(model, start, edges[i].last, edges[i].to))
            break;
    return graph_end(model, start, term, mask);
}

/* Children that test earlier terms: the edges are halved and joined by a choice, which restores
 * the order. */
static cordon_node ordered_switch(struct cordon_model *model, cordon_term term, uint32_t mask,
                                  const struct cordon_edge *edges, uint32_t count)
{
    if (count == 1 || model->status)
        return edges[0].to;
    uint32_t half = count / 2;
    cordon_node below = ordered_switch(model, term, mask, edges, half);
    cordon_node above = ordered_switch(model, term, mask, edges + half, count - half);
    struct cordon_edge condition[] = {{edges[half - 1].last, cordon_model_leaf(model, 1)},
                                      {UINT32_MAX, cordon_model_leaf(model, 0)}};
    return cordon_model_choose(model, plain_switch(model, term, mask, condition, 2), below, above);
}

/* Rounds the last values of edges to values that the masked word can have; returns how many
 * edges remain. */
static uint32_t round_edges(struct cordon_edge *rounded, uint32_t mask,
                            const struct cordon_edge *edges, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t last = graph_round_down(mask, edges[i].last);
        if (kept == 0 || rounded[kept - 1].last < last)
            rounded[kept++] = (struct cordon_edge){last, edges[i].to};
    }
    return kept;
}

static cordon_node masked_switch(struct cordon_model *model, cordon_term term, uint32_t mask,
                                 const struct cordon_edge *edges, uint32_t count)
{
    size_t size = 2 * ((size_t)count + 4) * sizeof *edges;
    struct cordon_edge *rounded = model->allocator.resize(model, NULL, 0, size);
    if (!rounded)
        return graph_fail(model, CORDON_E_NO_MEMORY);
    struct cordon_edge *whole = rounded + count + 4;
    cordon_node made;
    count = round_edges(rounded, mask, edges, count);
    if (graph_mask_is_whole(mask)) {
        count = graph_whole_edges(mask, rounded, count, whole);
        made = cordon_model_switch(model, term, FULL_MASK, whole, count);
    } else {
        rounded[count - 1].last = UINT32_MAX;
        made = in_order(model, graph_rank_of(term, mask), rounded, count)
                   ? plain_switch(model, term, mask, rounded, count)
                   : ordered_switch(model, term, mask, rounded, count);
    }
    model->allocator.resize(model, rounded, size, 0);
    return made;
}

/* Are the edges ascending up to UINT32_MAX, and are all children valid? */
static bool sound_edges(const struct cordon_model *model, const struct cordon_edge *edges,
                        uint32_t count)
{
    size_t nodes = model->node_count;
    uint32_t before = 0;
    if (count == 0 || edges[0].to.id >= nodes || edges[count - 1].last != UINT32_MAX)
        return false;
    before = edges[0].last;
    for (uint32_t i = 1; i < count; i++) {
        if (edges[i].to.id >= nodes || edges[i].last <= before)
            return false;
        before = edges[i].last;
    }
    return true;
}

cordon_node cordon_model_switch(struct cordon_model *model, cordon_term term, uint32_t mask,
                                const struct cordon_edge *edges, uint32_t count)
{
    if (model->status)
        return CORDON_NODE_NONE;
    if (term >= CORDON_WORDS + model->term_count || !sound_edges(model, edges, count))
        return graph_fail(model, CORDON_E_INTERNAL);
    if (mask == 0)
        return edges[0].to;
    if (mask != FULL_MASK)
        return masked_switch(model, term, mask, edges, count);
    return in_order(model, graph_rank_of(term, mask), edges, count)
               ? plain_switch(model, term, mask, edges, count)
               : ordered_switch(model, term, mask, edges, count);
}

cordon_node cordon_model_range(struct cordon_model *model, cordon_term term, uint32_t mask,
                               uint32_t first, uint32_t last, cordon_node yes, cordon_node no)
{
    if (first > last)
        return no;
    struct cordon_edge edges[3];
    uint32_t count = 0;
    if (first > 0)
        edges[count++] = (struct cordon_edge){first - 1, no};
    edges[count++] = (struct cordon_edge){last, yes};
    if (last < UINT32_MAX)
        edges[count++] = (struct cordon_edge){UINT32_MAX, no};
    if (model->status || !sound_edges(model, edges, count) || mask != FULL_MASK)
        return cordon_model_switch(model, term, mask, edges, count);
    if (in_order(model, graph_rank_of(term, mask), edges, count))
        return plain_switch(model, term, mask, edges, count);
    for (uint32_t i = 0; i < count; i++)
        edges[i].to = cordon_model_leaf(model, cordon_node_same(edges[i].to, yes));
    return cordon_model_choose(model, plain_switch(model, term, mask, edges, count), yes, no);
}

/* ---- map and restrict ---- */

/* How a graph is changed, node by node: what replaces leaves, and which edges of a switch stay. */
struct change {
    uint32_t op; /* the number under which results are remembered */
    uint32_t (*map)(void *context, uint32_t value);
    void *context;
    cordon_term term; /* LEAF: no restriction */
    uint32_t first, last;
};

static cordon_node apply(struct cordon_model *model, const struct change *change, cordon_node node,
                         uint32_t depth);

/* The edges of a switch that are possible while its word is in first … last. */
static void reachable_edges(const struct cordon_model *model, const struct change *change,
                            const struct node *node, uint32_t *from, uint32_t *to)
{
    *from = 0;
    *to = node->count - 1;
    if (node->term != change->term)
        return;
    if (node->mask != FULL_MASK && change->first != change->last)
        return;
    const struct cordon_edge *edges = model->edges + node->start;
    while (edges[*from].last < (change->first & node->mask))
        ++*from;
    while (*to > *from && edges[*to - 1].last >= (change->last & node->mask))
        --*to;
}

static cordon_node apply_leaf(struct cordon_model *model, const struct change *change,
                              cordon_node node)
{
    const struct node *inner = graph_node(model, node);
    if (!change->map)
        return node;
    if (inner->term == COMPUTED)
        return graph_fail(model, CORDON_E_INTERNAL);
    return cordon_model_leaf(model, change->map(change->context, inner->start));
}

static cordon_node apply_switch(struct cordon_model *model, const struct change *change,
                                struct node node, uint32_t depth)
{
    uint32_t from, to;
    reachable_edges(model, change, &node, &from, &to);
    size_t start = graph_begin(model);
    for (uint32_t i = from; i <= to; i++) {
        struct cordon_edge edge = model->edges[node.start + i];
        cordon_node child = graph_is_leaf(graph_node(model, edge.to))
                                ? apply_leaf(model, change, edge.to)
                                : apply(model, change, edge.to, depth + 1);
        if (!graph_push(model, start, edge.last, child))
            break;
    }
    return graph_end(model, start, node.term, node.mask);
}

static cordon_node apply(struct cordon_model *model, const struct change *change, cordon_node node,
                         uint32_t depth)
{
    struct node inner = *graph_node(model, node);
    if (graph_is_leaf(&inner))
        return apply_leaf(model, change, node);
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
    if (!graph_usable(model, node))
        return CORDON_NODE_NONE;
    struct change change = {
        .op = graph_fresh_op(model), .map = map, .context = context, .term = LEAF};
    return apply(model, &change, node, 0);
}

cordon_node cordon_model_restrict(struct cordon_model *model, cordon_node node, unsigned word,
                                  uint32_t first, uint32_t last)
{
    if (!graph_usable(model, node) || word >= CORDON_WORDS || first > last)
        return CORDON_NODE_NONE;
    struct change change = {
        .op = graph_fresh_op(model), .term = word, .first = first, .last = last};
    return apply(model, &change, node, 0);
}
