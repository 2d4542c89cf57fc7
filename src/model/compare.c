/* SPDX-License-Identifier: MIT */
/* compare.c: whether two graphs differ, and where, as a graph. */
#include "graph.h"

#include "cordon/action.h"

/* ---- the difference as a graph ---- */

#define MAX_PAIRS 4096u
#define SLOTS     (2 * MAX_PAIRS)

struct differing {
    struct cordon_difference_graph *difference; /* without `slots`, all pairs share one leaf */
    enum cordon_difference_kind kind;
};

static cordon_node new_pair(struct cordon_difference_graph *difference, struct cordon_pair pair)
{
    struct cordon_model *model = difference->model;
    if (!graph_grow(model, (void **)&difference->pairs, &difference->room,
                    sizeof *difference->pairs, difference->count + 1u))
        return CORDON_NODE_NONE;
    difference->pairs[difference->count++] = pair;
    return cordon_model_leaf(model, difference->count);
}

/* The leaf of a pair; once there are too many pairs, the rest share the last leaf. */
static cordon_node pair_leaf(struct cordon_difference_graph *difference, cordon_node a,
                             cordon_node b)
{
    if (!difference->slots)
        return cordon_model_leaf(difference->model, 1);
    uint32_t at = graph_mix(graph_mix(0, a.id), b.id) % SLOTS;
    for (; difference->slots[at]; at = (at + 1) % SLOTS) {
        const struct cordon_pair *pair = &difference->pairs[difference->slots[at] - 1];
        if (cordon_node_same(pair->a, a) && cordon_node_same(pair->b, b))
            return cordon_model_leaf(difference->model, difference->slots[at]);
    }
    if (difference->count == MAX_PAIRS)
        return cordon_model_leaf(difference->model, MAX_PAIRS);
    if (difference->count == MAX_PAIRS - 1)
        return new_pair(difference, (struct cordon_pair){CORDON_NODE_NONE, CORDON_NODE_NONE});
    cordon_node leaf = new_pair(difference, (struct cordon_pair){a, b});
    difference->slots[at] = difference->count;
    return leaf;
}

/* Do the leaves differ in the requested way? For computed leaves, a test of that. */
static cordon_node differ(struct cordon_model *model, enum cordon_difference_kind kind,
                          cordon_node a, cordon_node b, cordon_node yes, cordon_node no)
{
    if (kind == CORDON_DIFFER_LOOSER)
        return graph_if_looser(model, a, b, yes, no);
    if (graph_node(model, a)->term == LEAF && graph_node(model, b)->term == LEAF)
        return yes; /* they aren't the same leaf */
    cordon_term bits = cordon_model_term(model, CORDON_TERM_XOR, graph_leaf_term(model, a),
                                         graph_leaf_term(model, b));
    return cordon_model_term_range(model, bits, 0, 0, no, yes);
}

static cordon_node differ_leaves(void *context, struct cordon_model *model, cordon_node a,
                                 cordon_node b)
{
    const struct differing *differing = context;
    cordon_node same = cordon_model_leaf(model, 0);
    if (cordon_node_same(a, b) || model->status)
        return same;
    cordon_node probe = cordon_model_leaf(model, 1);
    probe = differ(model, differing->kind, a, b, probe, same);
    if (cordon_node_same(probe, same) || model->status)
        return model->status ? CORDON_NODE_NONE : same;
    return cordon_model_choose(model, probe, pair_leaf(differing->difference, a, b), same);
}

static bool finish_difference(const struct walk *walk, struct cordon_model *model,
                              const cordon_node operand[3], cordon_node *result)
{
    if (cordon_node_same(operand[0], operand[1]))
        *result = cordon_model_leaf(model, 0);
    else if (graph_is_leaf(graph_node(model, operand[0])) &&
             graph_is_leaf(graph_node(model, operand[1])))
        *result = differ_leaves(walk->context, model, operand[0], operand[1]);
    else
        return false;
    return true;
}

static cordon_node walk_difference(struct cordon_difference_graph *difference, cordon_node a,
                                   cordon_node b, enum cordon_difference_kind kind)
{
    struct cordon_model *model = difference->model;
    struct differing differing = {difference, kind};
    struct walk walk = {.op = graph_fresh_op(model),
                        .count = 2,
                        .any_result = true,
                        .finish = finish_difference,
                        .context = &differing};
    cordon_node operand[3] = {a, b, CORDON_NODE_NONE};
    return cordon_model_reduce(model, graph_walk(model, &walk, operand, 0));
}

enum cordon_error cordon_model_difference(struct cordon_difference_graph *result,
                                          struct cordon_model *model, cordon_node a, cordon_node b,
                                          enum cordon_difference_kind kind)
{
    struct cordon_difference_graph difference = {.model = model};
    if (!graph_usable(model, a) || !graph_usable(model, b))
        return model->status ? model->status : CORDON_E_INTERNAL;
    difference.slots = graph_take(model, SLOTS, sizeof *difference.slots);
    if (difference.slots)
        difference.graph = walk_difference(&difference, a, b, kind);
    else
        graph_fail(model, model->capped ? CORDON_E_BUDGET : CORDON_E_NO_MEMORY);
    if (model->status) {
        cordon_difference_graph_free(&difference);
        return model->status;
    }
    *result = difference;
    return CORDON_OK;
}

void cordon_difference_graph_free(struct cordon_difference_graph *difference)
{
    if (!difference->model)
        return;
    graph_drop(difference->model, difference->pairs, difference->room, sizeof *difference->pairs);
    graph_drop(difference->model, difference->slots, SLOTS, sizeof *difference->slots);
    *difference = (struct cordon_difference_graph){0};
}

/* ---- yes or no ---- */

static enum cordon_answer decide(struct cordon_model *model, cordon_node a, cordon_node b,
                                 enum cordon_difference_kind kind, struct cordon_data *witness)
{
    struct cordon_difference_graph difference = {.model = model};
    struct cordon_data call;
    if (!graph_usable(model, a) || !graph_usable(model, b))
        return CORDON_UNDECIDED;
    if (cordon_node_same(a, b))
        return CORDON_YES;
    cordon_node graph = walk_difference(&difference, a, b, kind);
    switch (cordon_model_find(model, graph, 1, &call)) {
    case CORDON_YES:
        if (witness)
            *witness = call;
        return CORDON_NO;
    case CORDON_NO:
        return CORDON_YES;
    case CORDON_UNDECIDED:
        break;
    }
    return CORDON_UNDECIDED;
}

enum cordon_answer cordon_model_equal(struct cordon_model *model, cordon_node a, cordon_node b,
                                      struct cordon_data *witness)
{
    return decide(model, a, b, CORDON_DIFFER_AT_ALL, witness);
}

enum cordon_answer cordon_model_subset(struct cordon_model *model, cordon_node a, cordon_node b,
                                       struct cordon_data *witness)
{
    return decide(model, a, b, CORDON_DIFFER_LOOSER, witness);
}
