/* SPDX-License-Identifier: MIT */
/* combine.c: combines two filters: products whose leaves are filter return values. */
#include "graph.h"

#include "cordon/action.h"

/* ---- product ---- */

static bool finish_product(const struct walk *walk, struct cordon_model *model,
                           const cordon_node operand[3], cordon_node *result)
{
    if (!graph_is_leaf(graph_node(model, operand[0])) ||
        !graph_is_leaf(graph_node(model, operand[1])))
        return false;
    *result = walk->combine(walk->context, model, operand[0], operand[1]);
    return true;
}

cordon_node cordon_model_product(struct cordon_model *model, cordon_node a, cordon_node b,
                                 cordon_combine *combine, void *context)
{
    if (!graph_usable(model, a) || !graph_usable(model, b))
        return CORDON_NODE_NONE;
    struct walk walk = {.op = graph_fresh_op(model),
                        .count = 2,
                        .any_result = true,
                        .finish = finish_product,
                        .combine = combine,
                        .context = context};
    cordon_node operand[3] = {a, b, CORDON_NODE_NONE};
    return graph_walk(model, &walk, operand, 0);
}

/* ---- the order of actions ---- */

#define SIGN 0x80000000u

/* The action of a value as an unsigned number, in the same order as the kernel's signed
 * comparison. */
static cordon_term action_rank(struct cordon_model *model, cordon_term value)
{
    cordon_term moved =
        cordon_model_term(model, CORDON_TERM_XOR, value, cordon_model_constant(model, SIGN));
    return cordon_model_term(model, CORDON_TERM_AND, moved,
                             cordon_model_constant(model, CORDON_ACTION_FULL));
}

cordon_term graph_leaf_term(struct cordon_model *model, cordon_node leaf)
{
    struct node inner = *graph_node(model, leaf);
    return inner.term == COMPUTED ? inner.start : cordon_model_constant(model, inner.start);
}

cordon_node graph_if_looser(struct cordon_model *model, cordon_node a, cordon_node b,
                            cordon_node yes, cordon_node no)
{
    const struct node *first = graph_node(model, a), *second = graph_node(model, b);
    if (first->term == LEAF && second->term == LEAF)
        return cordon_action_compare(first->start, second->start) > 0 ? yes : no;
    cordon_term left = action_rank(model, graph_leaf_term(model, a));
    cordon_term right = action_rank(model, graph_leaf_term(model, b));
    cordon_term looser = cordon_model_term(model, CORDON_TERM_GT, left, right);
    return cordon_model_term_range(model, looser, 1, UINT32_MAX, yes, no);
}

static cordon_node stack_leaves(void *context, struct cordon_model *model, cordon_node older,
                                cordon_node newer)
{
    (void)context;
    return graph_if_looser(model, newer, older, older, newer);
}

static cordon_node unite_leaves(void *context, struct cordon_model *model, cordon_node a,
                                cordon_node b)
{
    (void)context;
    return graph_if_looser(model, b, a, b, a);
}

cordon_node cordon_model_stack(struct cordon_model *model, cordon_node older, cordon_node newer)
{
    return cordon_model_product(model, older, newer, stack_leaves, NULL);
}

cordon_node cordon_model_union(struct cordon_model *model, cordon_node a, cordon_node b)
{
    return cordon_model_product(model, a, b, unite_leaves, NULL);
}

cordon_node cordon_model_intersection(struct cordon_model *model, cordon_node a, cordon_node b)
{
    return cordon_model_stack(model, b, a);
}

/* ---- replacement ---- */

/* Does a leaf's value under the mask equal the wanted one? */
static cordon_node if_value(struct cordon_model *model, cordon_node leaf, uint32_t mask,
                            uint32_t value, cordon_node yes, cordon_node no)
{
    struct node inner = *graph_node(model, leaf);
    if (inner.term == LEAF)
        return (inner.start & mask) == value ? yes : no;
    cordon_term masked =
        cordon_model_term(model, CORDON_TERM_AND, inner.start, cordon_model_constant(model, mask));
    return cordon_model_term_range(model, masked, value, value, yes, no);
}

static cordon_node subtract_leaves(void *context, struct cordon_model *model, cordon_node a,
                                   cordon_node b)
{
    cordon_node instead = cordon_model_leaf(model, *(const uint32_t *)context);
    return if_value(model, b, CORDON_ACTION_FULL, CORDON_ALLOW, instead, a);
}

cordon_node cordon_model_subtract(struct cordon_model *model, cordon_node a, cordon_node b,
                                  uint32_t instead)
{
    return cordon_model_product(model, a, b, subtract_leaves, &instead);
}

static cordon_node override_leaves(void *context, struct cordon_model *model, cordon_node base,
                                   cordon_node over)
{
    return if_value(model, over, UINT32_MAX, *(const uint32_t *)context, base, over);
}

cordon_node cordon_model_override(struct cordon_model *model, cordon_node base, cordon_node over,
                                  uint32_t transparent)
{
    return cordon_model_product(model, base, over, override_leaves, &transparent);
}
