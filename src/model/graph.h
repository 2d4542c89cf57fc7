/* SPDX-License-Identifier: MIT */
/*
 * graph.h: the inside of the decision graph: node storage, hash-consing, and the operation cache.
 */
#ifndef MODEL_GRAPH_H
#define MODEL_GRAPH_H

#include "cordon/model.h"

#define LEAF      CORDON_WORDS /* in place of a word index */
#define FULL_MASK UINT32_MAX

struct node {
    uint32_t word; /* or LEAF */
    uint32_t mask;
    uint32_t start; /* index of the first edge; the value of a leaf */
    uint32_t count; /* of edges */
};

/* A remembered result: operation `op` on a, b, c gave `result`. op 0: empty. */
struct memo {
    uint32_t op, a, b, c;
    uint32_t result;
};

struct cordon_model {
    const struct cordon_allocator *backing;
    struct cordon_allocator allocator; /* counts into `bytes` on its way to `backing` */
    size_t bytes, byte_cap;
    bool capped;    /* the last refusal of memory was the cap's */
    uint64_t steps; /* node operations done: bounds time */
    enum cordon_error status;

    struct node *nodes;
    size_t node_count, node_room;
    struct cordon_edge *edges;
    size_t edge_count, edge_room;
    struct cordon_edge *scratch; /* a stack: edges of nodes under construction */
    size_t scratch_count, scratch_room;

    uint32_t *slots; /* hash set of node ids + 1; 0: free */
    size_t slot_count;
    struct memo *memos; /* direct mapped */
    size_t memo_count;
    uint32_t next_op;
};

/* Operations with remembered results that hold for the graph's life; others take a fresh number. */
enum { OP_NONE, OP_CHOOSE, OP_FIRST_FREE };

/* Bounds on hostile input. */
#define MAX_DEPTH 2048u
#define MAX_STEPS (UINT64_C(1) << 28)

/* Notes the first error and gives CORDON_NODE_NONE. */
cordon_node graph_fail(struct cordon_model *model, enum cordon_error why);
/* One unit of work; false when the budget is spent. */
bool graph_step(struct cordon_model *model, uint32_t depth);

static inline const struct node *graph_node(const struct cordon_model *model, cordon_node node)
{
    return &model->nodes[node.id];
}

/* Places of a test in the order: arch, nr, other words; then the mask; leaves last. */
static inline uint64_t graph_rank(const struct node *node)
{
    uint32_t word = node->word <= CORDON_WORD_ARCH ? 1 - node->word : node->word;
    return (uint64_t)word << 32 | node->mask;
}

/* The child of a switch for one masked value. */
cordon_node graph_child(const struct cordon_model *model, const struct node *node, uint32_t value);

/* Building a node from edges pushed in ascending order; graph_end pops what was pushed since
 * `start`. */
size_t graph_begin(struct cordon_model *model);
bool graph_push(struct cordon_model *model, size_t start, uint32_t last, cordon_node to);
cordon_node graph_end(struct cordon_model *model, size_t start, unsigned word, uint32_t mask);

uint32_t graph_fresh_op(struct cordon_model *model);
bool graph_recall(const struct cordon_model *model, struct memo key, cordon_node *result);
void graph_remember(struct cordon_model *model, struct memo key, cordon_node result);

#endif
