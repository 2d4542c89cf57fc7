/* SPDX-License-Identifier: MIT */
/*
 * tree.h: one switch of the decision graph as a tree of BPF comparisons.
 *
 * How a switch is searched is decided here; where instructions stand and how jumps reach is decided
 * in layout.c, which walks the tree.
 */
#ifndef EMIT_TREE_H
#define EMIT_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "cordon/model.h"

enum compare { COMPARE_EQ, COMPARE_GT, COMPARE_SET };

/* A branch of a comparison: an edge of the switch (arrived), or another comparison. */
struct branch {
    bool arrived;
    uint32_t index;
};

struct comparison {
    enum compare compare;
    uint32_t k;
    struct branch yes, no;
    uint32_t label; /* the layout's note of where it stands */
};

/* At most edge_count - 1 comparisons, each after those it leads to; the last one begins the search.
 */
struct tree {
    struct comparison *comparisons; /* caller's memory, room for edge_count - 1 */
    uint32_t count;
    bool keeps_word; /* A holds the unmasked word when the tree is left */
};

/* `view` is a switch. */
void tree_make(struct tree *tree, const struct cordon_view *view);

/* Does a search of this switch leave the unmasked word in A? */
bool tree_keeps_word(const struct cordon_view *view);

#endif
