/* SPDX-License-Identifier: MIT */
/*
 * tree.h: one switch of the decision graph as a tree of BPF comparisons.
 *
 * This decides how a switch is searched; the positions of instructions and the reach of jumps are
 * decided in layout.c, which walks the tree.
 */
#ifndef EMIT_TREE_H
#define EMIT_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "cordon/alloc.h"
#include "cordon/error.h"
#include "cordon/model.h"

/* Each compares with a constant, or with X. */
enum compare { COMPARE_EQ, COMPARE_GT, COMPARE_SET, COMPARE_EQ_X, COMPARE_GT_X, COMPARE_SET_X };

/* A branch of a comparison: an edge of the switch (`arrived`), or another comparison. */
struct branch {
    bool arrived;
    uint32_t index;
};

struct comparison {
    enum compare compare;
    uint32_t k;
    struct branch yes, no;
    uint32_t label; /* its position, set by emit.c */
};

/* Fewer than 2 * edge_count comparisons. Each follows the ones that it leads to; the last one
 * begins the search. */
struct tree {
    struct comparison *comparisons; /* caller's memory, room for 2 * edge_count */
    uint32_t count;
    bool keeps_word; /* A holds the unmasked term at the end of the search */
};

/* Working memory of the search for the best tree, reused from one switch to the next. */
struct planner {
    const struct cordon_allocator *allocator;
    struct cell *cells; /* about the ranges of a block */
    struct hole *holes;
    double *costs, *row; /* of the ranges; of those that begin with the current edge */
    struct note *notes;  /* about its edges */
    size_t cell_room, hole_room, cost_room, row_room, note_room;
    uint32_t block; /* most edges searched at once; larger switches are halved */
    uint32_t exact; /* up to this many edges, all trees are considered */
    uint32_t chain; /* longest chain; above 0, chains are used where they save length */
};
void planner_free(struct planner *planner);

/*
 * `view` is a switch, weights[i] how often its edge i is taken. The tree has the least mean number
 * of comparisons among those made of > and, for the heaviest value of a range, =. false: no memory.
 */
bool tree_make(struct planner *planner, struct tree *tree, const struct cordon_view *view,
               const double *weights);

/* The number of comparisons of a chain over the whole switch. */
uint32_t tree_chain_length(const struct cordon_view *view);

/* Does a search of this switch end with the unmasked term in A? */
bool tree_keeps_word(const struct cordon_view *view);

#endif
