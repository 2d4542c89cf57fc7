/* SPDX-License-Identifier: MIT */
/*
 * graph.h: the internals of the decision graph: node storage, hash-consing, and the operation
 * cache.
 */
#ifndef MODEL_GRAPH_H
#define MODEL_GRAPH_H

#include "cordon/compare.h"
#include "cordon/term.h"

/* Special values of node.term. */
#define LEAF      UINT32_MAX
#define COMPUTED  (UINT32_MAX - 1) /* a leaf whose value is that of the term `start` */
#define FULL_MASK UINT32_MAX

struct node {
    cordon_term term; /* or LEAF, COMPUTED */
    uint32_t mask;
    uint32_t start; /* index of the first edge; the value of a leaf */
    uint32_t count; /* of edges */
    uint32_t hash;  /* of its contents */
};

/* A computed term: ids are above those of the words. */
struct term {
    enum cordon_term_op op;
    uint32_t left, right; /* of CONSTANT: the value, and 0 */
    uint32_t words;       /* the words that it is computed from, as bits */
    uint32_t value;       /* for the call of `stamp` */
    uint32_t stamp;
};

/* What is tested from a node downwards: the words, as bits; and the masks, in tests of its own
 * term. */
struct below {
    uint32_t words, masks;
};

/* A remembered result: operation `op` on a, b, c gave `result`. op 0: empty. */
struct memo {
    uint32_t op, a, b, c;
    uint32_t result;
};

#define LEAVES 16u

struct cordon_model {
    const struct cordon_allocator *backing;
    struct cordon_allocator allocator; /* counts `bytes` and calls `backing` */
    size_t bytes, byte_cap;
    bool capped;    /* the last allocation failed because of the cap */
    uint64_t steps; /* node operations so far: bounds the time … */
    uint64_t most_steps;
    enum cordon_error status;

    struct node *nodes;
    size_t node_count, node_room;
    struct cordon_edge *edges;
    size_t edge_count, edge_room;
    struct cordon_edge *scratch; /* a stack: edges of nodes under construction */
    size_t scratch_count, scratch_room;

    uint32_t *slots; /* hash set of node ids + 1; 0: free */
    size_t slot_count;
    struct term *terms; /* of the ids from CORDON_WORDS on */
    size_t term_count, term_room;
    uint32_t *term_slots; /* the same for terms; allocated with the first one */
    size_t term_slot_count;
    uint32_t stamp;                    /* of the last call for which terms were computed */
    struct cordon_interval *intervals; /* of the last cordon_model_test() */
    size_t interval_room;
    struct below *below; /* of the first below_count nodes */
    size_t below_count, below_room;
    struct memo *memos; /* direct mapped */
    size_t memo_count, memo_used;
    cordon_node leaves[LEAVES]; /* recent leaves, by value: most are requested again */
    uint32_t next_op;
};

/* Operations whose results stay valid for the graph's life. Others take a fresh number. */
enum { OP_CHOOSE = 1, OP_FIRST_FREE };

/* Bounds on hostile input: with those on memory, they keep an answer below a second. Policies that
 * people write need some thousand steps. */
#define MAX_DEPTH 2048u
#define MAX_STEPS (UINT64_C(1) << 21)

/* Records the first error and returns CORDON_NODE_NONE. */
cordon_node graph_fail(struct cordon_model *model, enum cordon_error why);
/* Counts one unit of work; false if the budget is used up. */
bool graph_step(struct cordon_model *model, uint32_t depth);

static inline const struct node *graph_node(const struct cordon_model *model, cordon_node node)
{
    return &model->nodes[node.id];
}

/* Forgets the computed values of terms, for another call; then computes the value of a term for
 * it. */
void graph_new_call(struct cordon_model *model);
uint32_t graph_term_value(struct cordon_model *model, cordon_term term,
                          const struct cordon_data *data);

static inline bool graph_is_leaf(const struct node *node)
{
    return node->term >= COMPUTED;
}

/* The rank of a test in the order: arch, nr, other words, terms; then the mask; leaves last. */
static inline uint64_t graph_rank_of(cordon_term term, uint32_t mask)
{
    return (uint64_t)(term <= CORDON_WORD_ARCH ? 1 - term : term) << 32 | mask;
}

static inline uint64_t graph_rank(const struct node *node)
{
    return graph_rank_of(node->term, node->mask);
}

static inline bool graph_usable(const struct cordon_model *model, cordon_node node)
{
    return !model->status && node.id < model->node_count;
}

/*
 * Walks one to three graphs in step. `finish` sees the operands first and returns true if it knows
 * the result. `op` is the number under which results are remembered.
 */
struct walk {
    uint32_t op, count;
    bool any_result; /* finish may return nodes that test any term: the result is reordered */
    bool (*finish)(const struct walk *walk, struct cordon_model *model,
                   const cordon_node operand[3], cordon_node *result);
    void *context;
    cordon_combine *combine; /* of a product */
};
cordon_node graph_walk(struct cordon_model *model, const struct walk *walk,
                       const cordon_node operand[3], uint32_t depth);

/*
 * What is known of one term on a path: (term & mask) is in the interval. The list of a path has the
 * order of its tests, so facts about one term are adjacent.
 */
struct known {
    cordon_term term;
    uint32_t mask;
    struct cordon_interval interval;
};
/*
 * Is there a value that satisfies `count` facts about one term? YES with *value: as near to
 * `wanted` as possible, compared bit by bit from the highest. UNDECIDED: too much work.
 */
enum cordon_answer graph_solve(struct cordon_model *model, const struct known *known,
                               uint32_t count, uint32_t wanted, uint32_t *value);
/*
 * Moves those facts to the front whose masks share bits with `masks`, directly or through other
 * facts. The others don't affect tests under these masks. Returns how many were moved.
 */
uint32_t graph_gather(struct known *known, uint32_t count, uint32_t masks);

/* For an odd x, the y with x * y = 1 modulo 2^32. */
static inline uint32_t graph_inverse(uint32_t x)
{
    uint32_t y = x; /* right in the low three bits; each round doubles the number of right bits */
    for (int i = 0; i < 4; i++)
        y *= 2 - x * y;
    return y;
}

/* The greatest value of x & mask that is not above `value`. */
uint32_t graph_round_down(uint32_t mask, uint32_t value);
/* Rounds first and last to values that x & mask can have; false: there is none between them. */
bool graph_trim(uint32_t mask, struct cordon_interval *interval);
/* The bits of the mask that decide whether x & mask is above `last`: the lowest ones don't if
 * `last` has all of them set. */
uint32_t graph_cut_mask(uint32_t mask, uint32_t last);
/* The same fact with its interval trimmed and the smallest mask. */
void graph_narrow(struct known *fact);
/*
 * Masks that a few whole intervals can replace: the high bits, and the bit of x32. Changes edges
 * (rounded, at most `count` or 4) and trimmed intervals of the masked word into those of the word.
 */
bool graph_mask_is_whole(uint32_t mask);
uint32_t graph_whole_edges(uint32_t mask, const struct cordon_edge *edges, uint32_t count,
                           struct cordon_edge *whole);
uint32_t graph_whole_intervals(uint32_t mask, struct cordon_interval interval,
                               struct cordon_interval whole[2]);

/* The words that a term is computed from, as bits. */
static inline uint32_t graph_term_words(const struct cordon_model *model, cordon_term term)
{
    return term < CORDON_WORDS ? UINT32_C(1) << term : model->terms[term - CORDON_WORDS].words;
}
struct below graph_below(struct cordon_model *model, cordon_node node);

/* By id up to the root's: is the node below the root, or the root? NULL: no memory, which isn't
 * recorded. */
unsigned char *graph_mark_below(const struct cordon_model *model, cordon_node root);
void graph_free_marks(const struct cordon_model *model, unsigned char *marks, cordon_node root);

/* The child of a switch for one masked value. */
cordon_node graph_child(const struct cordon_model *model, const struct node *node, uint32_t value);

/* The value of a leaf as a term; whether a's action is more permissive than b's (both leaves). */
cordon_term graph_leaf_term(struct cordon_model *model, cordon_node leaf);
cordon_node graph_if_looser(struct cordon_model *model, cordon_node a, cordon_node b,
                            cordon_node yes, cordon_node no);

/* Building a node from edges pushed in ascending order; graph_end pops what was pushed since
 * `start`. */
size_t graph_begin(struct cordon_model *model);
bool graph_push_first(struct cordon_model *model, uint32_t last, cordon_node to);
static inline bool graph_push(struct cordon_model *model, size_t start, uint32_t last,
                              cordon_node to)
{
    size_t count = model->scratch_count;
    if (count > start && cordon_node_same(model->scratch[count - 1].to, to)) {
        model->scratch[count - 1].last = last;
        return true;
    }
    if (count == model->scratch_room || cordon_node_same(to, CORDON_NODE_NONE))
        return graph_push_first(model, last, to);
    model->scratch[model->scratch_count++] = (struct cordon_edge){last, to};
    return true;
}
cordon_node graph_end(struct cordon_model *model, size_t start, cordon_term term, uint32_t mask);

/* Memory owned by the graph, within its cap; false: the failure is recorded. */
bool graph_grow(struct cordon_model *model, void **array, size_t *room, size_t size, size_t need);
uint32_t graph_mix(uint32_t hash, uint32_t value);
/* Zeroed memory; NULL: out of memory, which isn't recorded. */
void *graph_take(struct cordon_model *model, size_t count, size_t size);
void graph_drop(struct cordon_model *model, void *memory, size_t count, size_t size);

uint32_t graph_fresh_op(struct cordon_model *model);
bool graph_recall(const struct cordon_model *model, struct memo key, cordon_node *result);
void graph_remember(struct cordon_model *model, struct memo key, cordon_node result);

#endif
