/* SPDX-License-Identifier: MIT */
/*
 * weights.c: turns weights of calls into weights of edges.
 *
 * The weight of each call of each ABI follows the tests of arch and number to the first test of
 * another word, or to a leaf. From there it is divided among the edges; edges to allowed calls get
 * more.
 */
#include "weights.h"

#include <string.h>

#include "cordon/action.h"

/* The weight of a call of each kind under kernel-cache. When a filter is installed, the kernel
 * emulates it once for each number whose answer is a constant allow, and never runs it for that
 * number; other calls run it each time. */
#define CACHED         1.0
#define CONSTANT       20.0
#define CHECKED        1000.0
#define ALMOST_NOTHING 1e-6  /* so that switches without weight are balanced too */
#define SECOND_ABI     0.125 /* share of the weight of the machine's first ABI, under kernel-cache */

static bool is_allow(const struct cordon_view *view)
{
    return view->is_leaf && !view->is_computed &&
           (view->value & CORDON_ACTION_FULL) == (uint32_t)CORDON_ALLOW;
}

static double weight_of(const struct cordon_weights *weights, const struct cordon_abi *abi,
                        const struct cordon_view *view)
{
    if (weights->kind == CORDON_WEIGHTS_EQUAL)
        return !view->is_leaf || is_allow(view) ? 1 : ALMOST_NOTHING * 1000;
    if (weights->kind == CORDON_WEIGHTS_COUNTS)
        return ALMOST_NOTHING * (!view->is_leaf || is_allow(view) ? 1 : 0.001);
    bool second = abi->id == CORDON_ABI_X32 || abi->bits == 32;
    double weight = is_allow(view) ? CACHED : view->is_leaf ? CONSTANT : CHECKED;
    return second ? weight * SECOND_ABI : weight;
}

static uint32_t child_index(const struct cordon_view *view, uint32_t value)
{
    uint32_t low = 0, high = view->edge_count - 1;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (view->edges[middle].last < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Follows the tests that arch and number decide, to the first that they don't; records the path
 * if `weight` > 0. */
static cordon_node fall(struct flow *flow, const struct cordon_model *model, cordon_node node,
                        uint32_t token, uint32_t nr, double weight)
{
    for (;;) {
        struct cordon_view view = cordon_model_view(model, node);
        if (view.is_leaf || view.term > CORDON_WORD_ARCH)
            return node;
        uint32_t value = view.term == CORDON_WORD_ARCH ? token : nr;
        uint32_t index = child_index(&view, value & view.mask);
        flow->node[node.id] += weight;
        flow->edge[flow->first[node.id] + index] += weight;
        node = view.edges[index].to;
    }
}

static void drop(struct flow *flow, const struct cordon_model *model, cordon_node root,
                 uint32_t token, uint32_t nr, double weight)
{
    flow->node[fall(flow, model, root, token, nr, weight).id] += weight;
}

static void drop_call(struct flow *flow, const struct cordon_model *model, cordon_node root,
                      const struct cordon_abi *abi, uint32_t nr,
                      const struct cordon_weights *weights)
{
    struct cordon_view view = cordon_model_view(model, fall(flow, model, root, abi->token, nr, 0));
    drop(flow, model, root, abi->token, nr, weight_of(weights, abi, &view));
}

/* The calls of an ABI on a switch over all numbers: both ascend, so they are walked in step. */
static double drop_in_step(struct flow *flow, const struct cordon_model *model, cordon_node node,
                           const struct cordon_abi *abi, const struct cordon_weights *weights)
{
    struct cordon_view view = cordon_model_view(model, node), child = {0};
    double sum = 0, weight = 0, *edges = flow->edge + flow->first[node.id];
    uint32_t edge = UINT32_MAX, count = cordon_syscall_count(abi);
    const uint16_t *ids = cordon_syscall_ids(abi);
    const uint32_t *numbers = cordon_syscall_numbers(abi);
    for (uint32_t i = 0, at = child_index(&view, abi->nr_first); i < count; i++) {
        uint32_t nr = numbers[ids[i]];
        while (view.edges[at].last < nr)
            at++;
        if (at != edge) {
            child = cordon_model_view(model, view.edges[at].to);
            weight = weight_of(weights, abi, &child);
            edge = at;
        }
        edges[at] += weight;
        flow->node[view.edges[at].to.id] += weight;
        sum += weight;
    }
    flow->node[node.id] += sum;
    return sum;
}

/* All calls of an ABI, unless its architecture has a single answer. */
static void drop_calls(struct flow *flow, const struct cordon_model *model, cordon_node root,
                       const struct cordon_abi *abi, const struct cordon_weights *weights)
{
    struct cordon_view top = cordon_model_view(model, root);
    if (!top.is_leaf && top.term == CORDON_WORD_ARCH && top.mask == UINT32_MAX) {
        uint32_t index = child_index(&top, abi->token);
        struct cordon_view calls = cordon_model_view(model, top.edges[index].to);
        if (calls.is_leaf)
            return;
        if (calls.term == CORDON_WORD_NR && calls.mask == UINT32_MAX) {
            double sum = drop_in_step(flow, model, top.edges[index].to, abi, weights);
            flow->edge[flow->first[root.id] + index] += sum;
            flow->node[root.id] += sum;
            return;
        }
    }
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++)
        drop_call(flow, model, root, abi, cordon_syscall_nr(abi, cordon_syscall_nth(abi, i)),
                  weights);
}

/* The share of a test's weight that an edge gets: allowed calls are the most frequent. */
static double edge_share(const struct cordon_model *model, cordon_node to)
{
    struct cordon_view view = cordon_model_view(model, to);
    return is_allow(&view) ? 4 : view.is_leaf ? 1 : 2;
}

/* One pass in descending order: children have smaller ids than their parents. */
static void spread(struct flow *flow, const struct cordon_model *model)
{
    for (uint32_t id = flow->nodes; id-- > 0;) {
        struct cordon_view view = cordon_model_view(model, (cordon_node){id});
        double total = 0;
        if (view.is_leaf || view.term <= CORDON_WORD_ARCH || flow->node[id] == 0)
            continue;
        for (uint32_t i = 0; i < view.edge_count; i++)
            total += edge_share(model, view.edges[i].to);
        for (uint32_t i = 0; i < view.edge_count; i++) {
            double part = flow->node[id] * edge_share(model, view.edges[i].to) / total;
            flow->edge[flow->first[id] + i] = part;
            flow->node[view.edges[i].to.id] += part;
        }
    }
}

static void *take(const struct cordon_allocator *allocator, size_t size)
{
    void *memory = allocator->resize(allocator->context, NULL, 0, size);
    return memory ? memset(memory, 0, size) : NULL;
}

/* Edges that no known call takes get a little weight, so that unknown numbers don't end in a
 * chain. */
static void add_dust(struct flow *flow)
{
    double total = 0;
    for (size_t i = 0; i < flow->edge_count; i++)
        total += flow->edge[i];
    for (size_t i = 0; i < flow->edge_count; i++)
        flow->edge[i] += (total + 1) * 1e-9;
}

bool flow_find(struct flow *flow, const struct cordon_model *model, cordon_node root,
               const struct cordon_weights *weights, const struct cordon_allocator *allocator)
{
    static const struct cordon_weights by_default = {.kind = CORDON_WEIGHTS_KERNEL_CACHE};
    *flow = (struct flow){.allocator = allocator, .nodes = root.id + 1u};
    weights = weights ? weights : &by_default;
    flow->first = take(allocator, (flow->nodes + 1u) * sizeof *flow->first);
    flow->node = take(allocator, flow->nodes * sizeof *flow->node);
    if (!flow->first || !flow->node)
        return false;
    for (uint32_t id = 0; id < flow->nodes; id++)
        flow->first[id + 1] =
            flow->first[id] + cordon_model_view(model, (cordon_node){id}).edge_count;
    flow->edge_count = flow->first[flow->nodes];
    flow->edge = take(allocator, (flow->edge_count + 1) * sizeof *flow->edge);
    if (!flow->edge)
        return false;
    for (int id = 0; id < CORDON_ABI_COUNT; id++)
        drop_calls(flow, model, root, cordon_abi(id), weights);
    for (uint32_t i = 0; i < weights->count; i++)
        drop(flow, model, root, weights->calls[i].arch, weights->calls[i].nr,
             weights->calls[i].count);
    spread(flow, model);
    add_dust(flow);
    return true;
}

void flow_free(struct flow *flow)
{
    const struct cordon_allocator *allocator = flow->allocator;
    if (flow->first)
        allocator->resize(allocator->context, flow->first, (flow->nodes + 1u) * sizeof *flow->first,
                          0);
    if (flow->node)
        allocator->resize(allocator->context, flow->node, flow->nodes * sizeof *flow->node, 0);
    if (flow->edge)
        allocator->resize(allocator->context, flow->edge,
                          (flow->edge_count + 1) * sizeof *flow->edge, 0);
}
