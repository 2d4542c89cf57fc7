/* SPDX-License-Identifier: MIT */
/*
 * model.h: the decision graph: the meaning of a policy or filter, independent of its format.
 *
 * A node is a switch on the interval of one masked term: a word of seccomp_data, or a value
 * computed from several (term.h). A leaf is a 32-bit value (the return value of a filter, or the
 * number of a rule while a policy is being built), or a computed one. Nodes are hash-consed: the
 * same decision is the same id. An edge stores only its last value, so gaps and overlaps cannot be
 * represented; neighbouring edges to the same child merge; a switch with one edge is its child.
 * Words are tested in the order arch, nr, then by index, computed terms after them; on one term,
 * smaller masks first. A mask that is equivalent to whole intervals (the high bits) is stored as
 * those.
 *
 * So with one mask per word, equal meaning is equal id. If masks overlap or terms are computed,
 * compare.h decides.
 *
 * Ids, not pointers; the graph owns everything and is freed at once. Errors are sticky: an
 * operation that exceeds its budget returns CORDON_NODE_NONE, as does every operation on that node
 * (viewed, it is a leaf of 0), and cordon_model_status() returns the reason. So a chain of
 * operations is checked once, at its end.
 *
 * Thread safety: a graph belongs to one thread at a time.
 */
#ifndef CORDON_MODEL_H
#define CORDON_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cordon/abi.h"
#include "cordon/alloc.h"
#include "cordon/api.h"
#include "cordon/error.h"
#include "cordon/sink.h"

CORDON_BEGIN

struct cordon_model;

/* A word of seccomp_data (its index), or a value computed from words (term.h): an id above those.
 */
typedef uint32_t cordon_term;

typedef struct {
    uint32_t id;
} cordon_node;

#ifdef __cplusplus
#define CORDON_NODE_NONE (cordon_node{UINT32_MAX})
#else
#define CORDON_NODE_NONE ((cordon_node){UINT32_MAX})
#endif

static inline bool cordon_node_same(cordon_node a, cordon_node b)
{
    return a.id == b.id;
}

/* Values up to and including `last` (and above the edge before) go to `to`. */
struct cordon_edge {
    uint32_t last;
    cordon_node to;
};

/* The contents of a node. Edges are borrowed until the next operation on the graph. */
struct cordon_view {
    bool is_leaf;
    bool is_computed;                /* leaf: the value is that of `term` */
    uint32_t value;                  /* leaf that isn't computed */
    cordon_term term;                /* switch: the term that is tested … */
    uint32_t mask;                   /* … under this mask */
    const struct cordon_edge *edges; /* ascending by last; the last one ends at UINT32_MAX */
    uint32_t edge_count;
};

/* allocator NULL: libc; byte_cap 0: 64 MiB. */
enum cordon_error cordon_model_create(struct cordon_model **model,
                                      const struct cordon_allocator *allocator,
                                      size_t byte_cap) CORDON_MUST_CHECK;
void cordon_model_free(struct cordon_model *model); /* NULL: no-op */
enum cordon_error cordon_model_status(const struct cordon_model *model) CORDON_MUST_CHECK;

/* Until the next call of this, operations may take this many steps more (0: as many as a model
 * allows). One that takes more fails with CORDON_E_BUDGET. */
void cordon_model_allow_steps(struct cordon_model *model, uint32_t steps);

/* ---- making ---- */

cordon_node cordon_model_leaf(struct cordon_model *model, uint32_t value);
/* A leaf whose value is that of a term. */
cordon_node cordon_model_computed(struct cordon_model *model, cordon_term term);
/*
 * A switch on (term & mask). Edges are copied and normalised; the last one must end at UINT32_MAX.
 * Children may test anything: the graph is reordered.
 */
cordon_node cordon_model_switch(struct cordon_model *model, cordon_term term, uint32_t mask,
                                const struct cordon_edge *edges, uint32_t count);
/* first <= (term & mask) <= last ? yes : no. */
cordon_node cordon_model_range(struct cordon_model *model, cordon_term term, uint32_t mask,
                               uint32_t first, uint32_t last, cordon_node yes, cordon_node no);
/* condition (leaves 0 and not 0) ? yes : no. */
cordon_node cordon_model_choose(struct cordon_model *model, cordon_node condition, cordon_node yes,
                                cordon_node no);
/* Every leaf value replaced by map(context, value); no leaf may be computed. */
cordon_node cordon_model_map(struct cordon_model *model, cordon_node node,
                             uint32_t (*map)(void *context, uint32_t value), void *context);
/* The graph with first <= word <= last known. */
cordon_node cordon_model_restrict(struct cordon_model *model, cordon_node node, unsigned word,
                                  uint32_t first, uint32_t last);
/*
 * Every pair of leaves that a call can lead to in two graphs, replaced by combine(context, model,
 * leaf of a, leaf of b), which may return any node.
 */
typedef cordon_node cordon_combine(void *context, struct cordon_model *model, cordon_node a,
                                   cordon_node b);
cordon_node cordon_model_product(struct cordon_model *model, cordon_node a, cordon_node b,
                                 cordon_combine *combine, void *context);
/*
 * An equivalent graph with fewer tests: tests decided by other tests of the same term are removed.
 * Changes only graphs in which masks on one term overlap.
 */
cordon_node cordon_model_reduce(struct cordon_model *model, cordon_node node);

/* ---- filters as operands (leaves are filter return values) ---- */

/* The kernel's verdict if `newer` was installed after `older`: the stricter action, with its
 * data; of equal ones, the newer's (kernel/seccomp.c, seccomp_run_filters). */
cordon_node cordon_model_stack(struct cordon_model *model, cordon_node older, cordon_node newer);
/* The more permissive verdict; of equal ones, a's. */
cordon_node cordon_model_union(struct cordon_model *model, cordon_node a, cordon_node b);
/* The stricter verdict; of equal ones, a's. */
cordon_node cordon_model_intersection(struct cordon_model *model, cordon_node a, cordon_node b);
/* a, but `instead` where b allows. */
cordon_node cordon_model_subtract(struct cordon_model *model, cordon_node a, cordon_node b,
                                  uint32_t instead);
/* `over`, or `base` where the verdict of `over` is exactly `transparent`. */
cordon_node cordon_model_override(struct cordon_model *model, cordon_node base, cordon_node over,
                                  uint32_t transparent);

/* ---- queries ---- */

struct cordon_view cordon_model_view(const struct cordon_model *model, cordon_node node);
/* Where a node leads for one value of a word; the node itself if it doesn't test that word whole.
 */
cordon_node cordon_model_follow(const struct cordon_model *model, cordon_node node, unsigned word,
                                uint32_t value);
/* The leaf value for one call. */
uint32_t cordon_model_evaluate(struct cordon_model *model, cordon_node node,
                               const struct cordon_data *data);
/* Calls leaf(context, value) once for each distinct leaf value below `node`, computed ones left
 * out.
 */
enum cordon_error cordon_model_leaves(struct cordon_model *model, cordon_node node,
                                      void (*leaf)(void *context, uint32_t value),
                                      void *context) CORDON_MUST_CHECK;
/* The words that a node and its descendants use, in tests or arithmetic, as bits. */
uint32_t cordon_model_words(struct cordon_model *model, cordon_node node);
/* Nodes made so far: ids are below it. */
uint32_t cordon_model_size(const struct cordon_model *model);
/* The graph as text, one line per node, children first. */
void cordon_model_dump(const struct cordon_model *model, cordon_node node,
                       struct cordon_sink *sink);

CORDON_END

#endif
