/* SPDX-License-Identifier: MIT */
/*
 * compare.h: are two decisions the same? If not, an example call with different verdicts.
 *
 * Exact wherever graphs test words, however their masks overlap. If a path contains a
 * computed term, a difference is reported only with a call that shows it; if none is found, the
 * answer is UNDECIDED, never "equal". It is also UNDECIDED if a limit is reached.
 */
#ifndef CORDON_COMPARE_H
#define CORDON_COMPARE_H

#include "cordon/model.h"

CORDON_BEGIN

enum cordon_answer { CORDON_YES, CORDON_NO, CORDON_UNDECIDED };

/* Do both have the same verdict for every call? NO: *witness (NULL allowed) is a counterexample. */
enum cordon_answer cordon_model_equal(struct cordon_model *model, cordon_node a, cordon_node b,
                                      struct cordon_data *witness);
/* Is a's action nowhere more permissive than b's (the kernel's order of actions)? */
enum cordon_answer cordon_model_subset(struct cordon_model *model, cordon_node a, cordon_node b,
                                       struct cordon_data *witness);

/* A call for which `node` answers `value`: YES with *call, NO if there is none. */
enum cordon_answer cordon_model_find(struct cordon_model *model, cordon_node node, uint32_t value,
                                     struct cordon_data *call);

/*
 * Where two graphs differ: a graph with leaf 0 where they have the same verdict, else i + 1,
 * pairs[i] being the two leaves. Beyond some thousand pairs, all others share one, of
 * CORDON_NODE_NONE. Free it with cordon_difference_graph_free().
 */
struct cordon_pair {
    cordon_node a, b; /* leaves */
};
struct cordon_difference_graph {
    struct cordon_model *model;
    cordon_node graph;
    struct cordon_pair *pairs;
    uint32_t count;
    size_t room;
    uint32_t *slots; /* hash set of indexes + 1 into pairs */
};
enum cordon_difference_kind { CORDON_DIFFER_AT_ALL, CORDON_DIFFER_LOOSER /* a looser than b */ };
enum cordon_error cordon_model_difference(struct cordon_difference_graph *difference,
                                          struct cordon_model *model, cordon_node a, cordon_node b,
                                          enum cordon_difference_kind kind) CORDON_MUST_CHECK;
void cordon_difference_graph_free(struct cordon_difference_graph *difference);

/*
 * The share of all calls (of a graph's 2^512 inputs, or of what it was restricted to) for which the
 * leaf is `value`: 0 … 1. Exact up to rounding where masks on one word don't overlap and nothing is
 * computed; an estimate otherwise.
 */
double cordon_model_share(struct cordon_model *model, cordon_node node, uint32_t value);

CORDON_END

#endif
