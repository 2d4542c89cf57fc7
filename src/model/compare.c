/* SPDX-License-Identifier: MIT */
/* compare.c: where two graphs differ, as a graph; and whether they do at all. */
#include "graph.h"

#include "cordon/action.h"

/* ---- the difference as a graph -------------------------------------------------------------- */

struct differing {
    struct cordon_difference *difference;
    enum cordon_difference_kind kind;
};

/* The leaf of a pair: looked up from the end, as equal ones come in a row. */
static cordon_node pair_leaf(struct cordon_difference *difference, cordon_node a, cordon_node b)
{
    struct cordon_model *model = difference->model;
    for (uint32_t i = difference->count; i-- > 0;)
        if (cordon_node_same(difference->pairs[i].a, a) &&
            cordon_node_same(difference->pairs[i].b, b))
            return cordon_model_leaf(model, i + 1);
    if (!graph_grow(model, (void **)&difference->pairs, &difference->room,
                    sizeof *difference->pairs, difference->count + 1u))
        return CORDON_NODE_NONE;
    difference->pairs[difference->count++] = (struct cordon_pair){a, b};
    return cordon_model_leaf(model, difference->count);
}

/* Do the leaves differ in the way asked for? A test of it, where they are computed. */
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

enum cordon_error cordon_model_difference(struct cordon_difference *result,
                                          struct cordon_model *model, cordon_node a, cordon_node b,
                                          enum cordon_difference_kind kind)
{
    struct cordon_difference difference = {.model = model};
    struct differing differing = {&difference, kind};
    struct walk walk = {.op = graph_fresh_op(model),
                        .count = 2,
                        .any_result = true,
                        .finish = finish_difference,
                        .context = &differing};
    if (!graph_usable(model, a) || !graph_usable(model, b))
        return model->status ? model->status : CORDON_E_INTERNAL;
    cordon_node operand[3] = {a, b, CORDON_NODE_NONE};
    difference.graph = cordon_model_reduce(model, graph_walk(model, &walk, operand, 0));
    if (model->status) {
        cordon_difference_free(&difference);
        return model->status;
    }
    *result = difference;
    return CORDON_OK;
}

void cordon_difference_free(struct cordon_difference *difference)
{
    if (difference->pairs)
        difference->model->allocator.resize(difference->model, difference->pairs,
                                            difference->room * sizeof *difference->pairs, 0);
    *difference = (struct cordon_difference){0};
}

/* ---- yes or no ------------------------------------------------------------------------------ */

/* Is there a call for any of the pairs? */
static enum cordon_answer find_any(struct cordon_difference *difference,
                                   struct cordon_data *witness)
{
    struct cordon_data call;
    bool undecided = false;
    for (uint32_t i = 0; i < difference->count; i++) {
        switch (cordon_model_find(difference->model, difference->graph, i + 1, &call)) {
        case CORDON_YES:
            if (witness)
                *witness = call;
            return CORDON_YES;
        case CORDON_UNDECIDED:
            undecided = true;
            break;
        case CORDON_NO:
            break;
        }
    }
    return undecided ? CORDON_UNDECIDED : CORDON_NO;
}

static enum cordon_answer decide(struct cordon_model *model, cordon_node a, cordon_node b,
                                 enum cordon_difference_kind kind, struct cordon_data *witness)
{
    struct cordon_difference difference;
    if (model->status)
        return CORDON_UNDECIDED;
    if (cordon_node_same(a, b))
        return CORDON_YES;
    if (cordon_model_difference(&difference, model, a, b, kind))
        return CORDON_UNDECIDED;
    enum cordon_answer differs = find_any(&difference, witness);
    cordon_difference_free(&difference);
    return differs == CORDON_YES ? CORDON_NO : differs == CORDON_NO ? CORDON_YES : CORDON_UNDECIDED;
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
