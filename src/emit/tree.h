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

/* With a constant, or with X. */
enum compare { COMPARE_EQ, COMPARE_GT, COMPARE_SET, COMPARE_EQ_X, COMPARE_GT_X, COMPARE_SET_X };

/* A branch of a comparison: an edge of the switch (arrived), or another comparison. */
struct branch {
    bool arrived;
    uint32_t index;
};

struct comparison {
    enum compare compare;
    uint32_t k;
    struct branch yes, no;
    uint32_t label; /* its position, noted by the layout */
};

/* Fewer than 2 * edge_count comparisons, each after those it leads to; the last one begins the
 * search.
 */
struct tree {
    struct comparison *comparisons; /* caller's memory, room for 2 * edge_count */
    uint32_t count;
    bool keeps_word; /* A holds the unmasked term when the tree is left */
};

/* Working memory of the search for the best tree, kept from one to the next. */
struct planner {
    const struct cordon_allocator *allocator;
    struct cell *cells; /* about the ranges of a block */
    struct hole *holes;
    double *costs;
    struct note *notes; /* about its edges */
    size_t cell_room, hole_room, cost_room, note_room;
    uint32_t block; /* up to so many edges are handled at once, more are halved by weight */
    uint32_t exact; /* up to so many edges every tree is considered */
    uint32_t chain; /* longest chain of single values; above 0 it is taken where it saves length */
};
void planner_free(struct planner *planner);

/*
 * `view` is a switch, weights[i] how often its edge i is taken. The tree has the least mean number
 * of comparisons among those made of > and, for the heaviest value of a range, =. false: no memory.
 */
bool tree_make(struct planner *planner, struct tree *tree, const struct cordon_view *view,
               const double *weights);

/* The fewest comparisons that a chain over the whole switch has. */
uint32_t tree_chain_length(const struct cordon_view *view);

/* Does a search of this switch leave the unmasked term in A? */
bool tree_keeps_word(const struct cordon_view *view);

#endif
