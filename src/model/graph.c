/* SPDX-License-Identifier: MIT */
/* graph.c: storage of the decision graph: each node is stored once, each result is remembered. */
#include "graph.h"

#include <string.h>

#define DEFAULT_CAP   ((size_t)64 << 20)
#define INITIAL_SLOTS 1024u /* small at first, so that a small policy starts fast */
#define INITIAL_MEMOS 128u
#define INITIAL_NODES 1024u
#define INITIAL_EDGES 2048u

/* ---- memory within the cap ---- */

static void *capped_resize(void *context, void *old, size_t old_size, size_t new_size)
{
    struct cordon_model *model = context;
    if (new_size > old_size && new_size - old_size > model->byte_cap - model->bytes) {
        model->capped = true;
        return NULL;
    }
    void *memory = model->backing->resize(model->backing->context, old, old_size, new_size);
    if (memory || new_size == 0)
        model->bytes = model->bytes - old_size + new_size;
    return memory;
}

void *graph_take(struct cordon_model *model, size_t count, size_t size)
{
    void *memory = model->allocator.resize(model, NULL, 0, count * size);
    return memory ? memset(memory, 0, count * size) : NULL;
}

void graph_drop(struct cordon_model *model, void *memory, size_t count, size_t size)
{
    if (memory)
        model->allocator.resize(model, memory, count * size, 0);
}

enum cordon_error cordon_model_create(struct cordon_model **result,
                                      const struct cordon_allocator *allocator, size_t byte_cap)
{
    const struct cordon_allocator *backing = allocator ? allocator : &cordon_allocator_libc;
    struct cordon_model *model = backing->resize(backing->context, NULL, 0, sizeof *model);
    if (!model)
        return CORDON_E_NO_MEMORY;
    *model = (struct cordon_model){.backing = backing,
                                   .allocator = {capped_resize, model},
                                   .byte_cap = byte_cap ? byte_cap : DEFAULT_CAP,
                                   .most_steps = MAX_STEPS,
                                   .next_op = OP_FIRST_FREE};
    for (uint32_t i = 0; i < LEAVES; i++)
        model->leaves[i] = CORDON_NODE_NONE;
    model->slots = graph_take(model, INITIAL_SLOTS, sizeof *model->slots);
    model->slot_count = INITIAL_SLOTS;
    model->memos = graph_take(model, INITIAL_MEMOS, sizeof *model->memos);
    model->memo_count = INITIAL_MEMOS;
    if (!model->slots || !model->memos ||
        !graph_grow(model, (void **)&model->nodes, &model->node_room, sizeof *model->nodes,
                    INITIAL_NODES) ||
        !graph_grow(model, (void **)&model->edges, &model->edge_room, sizeof *model->edges,
                    INITIAL_EDGES) ||
        !graph_grow(model, (void **)&model->scratch, &model->scratch_room, sizeof *model->scratch,
                    INITIAL_EDGES)) {
        cordon_model_free(model);
        return CORDON_E_NO_MEMORY;
    }
    *result = model;
    return CORDON_OK;
}

void cordon_model_free(struct cordon_model *model)
{
    if (!model)
        return;
    graph_drop(model, model->nodes, model->node_room, sizeof *model->nodes);
    graph_drop(model, model->edges, model->edge_room, sizeof *model->edges);
    graph_drop(model, model->scratch, model->scratch_room, sizeof *model->scratch);
    graph_drop(model, model->slots, model->slot_count, sizeof *model->slots);
    graph_drop(model, model->below, model->below_room, sizeof *model->below);
    graph_drop(model, model->memos, model->memo_count, sizeof *model->memos);
    graph_drop(model, model->terms, model->term_room, sizeof *model->terms);
    graph_drop(model, model->term_slots, model->term_slot_count, sizeof *model->term_slots);
    graph_drop(model, model->intervals, model->interval_room, sizeof *model->intervals);
    model->backing->resize(model->backing->context, model, sizeof *model, 0);
}

enum cordon_error cordon_model_status(const struct cordon_model *model)
{
    return model->status;
}

void cordon_model_allow_steps(struct cordon_model *model, uint32_t steps)
{
    uint64_t most = model->steps + steps;
    model->most_steps = steps && most < MAX_STEPS ? most : MAX_STEPS;
}

cordon_node graph_fail(struct cordon_model *model, enum cordon_error why)
{
    if (!model->status)
        model->status = why;
    return CORDON_NODE_NONE;
}

static cordon_node fail_allocation(struct cordon_model *model)
{
    return graph_fail(model, model->capped ? CORDON_E_BUDGET : CORDON_E_NO_MEMORY);
}

bool graph_grow(struct cordon_model *model, void **array, size_t *room, size_t size, size_t need)
{
    if (cordon_array_grow(&model->allocator, array, room, size, need))
        return true;
    fail_allocation(model);
    return false;
}

bool graph_step(struct cordon_model *model, uint32_t depth)
{
    if (model->status)
        return false;
    if (depth > MAX_DEPTH || ++model->steps > model->most_steps) {
        graph_fail(model, CORDON_E_BUDGET);
        return false;
    }
    return true;
}

/* ---- hash-consing ---- */

uint32_t graph_mix(uint32_t hash, uint32_t value)
{
    hash = (hash ^ value) * 0x9e3779b1u;
    return hash ^ hash >> 15;
}

static uint32_t hash_node(const struct node *node, const struct cordon_edge *edges)
{
    uint32_t hash =
        graph_mix(graph_mix(node->term, node->mask), node->count ? node->count : node->start);
    for (uint32_t i = 0; i < node->count; i++)
        hash = graph_mix(hash, edges[i].last + edges[i].to.id * 0x85ebca6bu);
    return hash;
}

static bool same_node(const struct cordon_model *model, const struct node *have,
                      const struct node *want, const struct cordon_edge *edges)
{
    if (have->hash != want->hash || have->term != want->term || have->mask != want->mask ||
        have->count != want->count)
        return false;
    if (graph_is_leaf(want))
        return have->start == want->start;
    return !memcmp(model->edges + have->start, edges, want->count * sizeof *edges);
}

static bool double_slots(struct cordon_model *model)
{
    size_t count = model->slot_count * 2;
    uint32_t *slots = graph_take(model, count, sizeof *slots);
    if (!slots)
        return false;
    for (uint32_t id = 0; id < model->node_count; id++) {
        size_t at = model->nodes[id].hash & (count - 1);
        while (slots[at])
            at = (at + 1) & (count - 1);
        slots[at] = id + 1;
    }
    graph_drop(model, model->slots, model->slot_count, sizeof *model->slots);
    model->slots = slots;
    model->slot_count = count;
    return true;
}

static bool make_room(struct cordon_model *model, uint32_t edge_count)
{
    if (model->node_count >= UINT32_MAX - 1 || model->edge_count > UINT32_MAX - edge_count)
        return false;
    return cordon_array_grow(&model->allocator, (void **)&model->nodes, &model->node_room,
                             sizeof *model->nodes, model->node_count + 1) &&
           cordon_array_grow(&model->allocator, (void **)&model->edges, &model->edge_room,
                             sizeof *model->edges, model->edge_count + edge_count) &&
           (model->node_count * 2 < model->slot_count || double_slots(model));
}

/* Checks for room inline, because there is mostly enough. */
static inline bool has_room(const struct cordon_model *model, uint32_t edge_count)
{
    return model->node_count < model->node_room &&
           edge_count <= model->edge_room - model->edge_count &&
           model->node_count * 2 < model->slot_count;
}

static size_t free_slot(const struct cordon_model *model, uint32_t hash)
{
    size_t at = hash & (model->slot_count - 1);
    while (model->slots[at])
        at = (at + 1) & (model->slot_count - 1);
    return at;
}

/* The node with these contents: an existing one or a new one. `edges` isn't inside model->edges. */
static cordon_node intern(struct cordon_model *model, struct node want,
                          const struct cordon_edge *edges)
{
    want.hash = hash_node(&want, edges);
    size_t at = want.hash & (model->slot_count - 1);
    for (; model->slots[at]; at = (at + 1) & (model->slot_count - 1))
        if (same_node(model, &model->nodes[model->slots[at] - 1], &want, edges))
            return (cordon_node){model->slots[at] - 1};
    if (!has_room(model, want.count)) {
        if (!make_room(model, want.count))
            return fail_allocation(model);
        at = free_slot(model, want.hash);
    }
    if (!graph_is_leaf(&want)) {
        want.start = (uint32_t)model->edge_count;
        memcpy(model->edges + model->edge_count, edges, want.count * sizeof *edges);
        model->edge_count += want.count;
    }
    cordon_node made = {(uint32_t)model->node_count};
    model->nodes[model->node_count++] = want;
    model->slots[at] = made.id + 1;
    return made;
}

cordon_node cordon_model_leaf(struct cordon_model *model, uint32_t value)
{
    cordon_node *known = &model->leaves[(value ^ value >> 16) % LEAVES];
    if (model->status)
        return CORDON_NODE_NONE;
    if (known->id >= model->node_count || graph_node(model, *known)->start != value)
        *known = intern(model, (struct node){.term = LEAF, .start = value}, NULL);
    return *known;
}

cordon_node cordon_model_computed(struct cordon_model *model, cordon_term term)
{
    if (model->status || term == CORDON_TERM_NONE)
        return CORDON_NODE_NONE;
    struct cordon_term_view view = cordon_model_term_view(model, term);
    if (view.op == CORDON_TERM_CONSTANT)
        return cordon_model_leaf(model, view.value);
    return intern(model, (struct node){.term = COMPUTED, .start = term}, NULL);
}

/* ---- nodes under construction ---- */

size_t graph_begin(struct cordon_model *model)
{
    return model->scratch_count;
}

/* The rare cases: no room for the first edge, or an invalid child. */
bool graph_push_first(struct cordon_model *model, uint32_t last, cordon_node to)
{
    if (cordon_node_same(to, CORDON_NODE_NONE)) {
        graph_fail(model, CORDON_E_INTERNAL); /* keeps the first error if there is one */
        return false;
    }
    if (!graph_grow(model, (void **)&model->scratch, &model->scratch_room, sizeof *model->scratch,
                    model->scratch_count + 1))
        return false;
    model->scratch[model->scratch_count++] = (struct cordon_edge){last, to};
    return true;
}

cordon_node graph_end(struct cordon_model *model, size_t start, cordon_term term, uint32_t mask)
{
    uint32_t count = (uint32_t)(model->scratch_count - start);
    struct cordon_edge *edges = model->scratch + start;
    model->scratch_count = start;
    if (model->status)
        return CORDON_NODE_NONE;
    edges[count - 1].last = UINT32_MAX;
    if (count == 1)
        return edges[0].to;
    return intern(model, (struct node){.term = term, .mask = mask, .count = count}, edges);
}

/* ---- results ---- */

uint32_t graph_fresh_op(struct cordon_model *model)
{
    return model->next_op++;
}

static size_t memo_slot(const struct cordon_model *model, struct memo key)
{
    return graph_mix(graph_mix(graph_mix(key.op, key.a), key.b), key.c) & (model->memo_count - 1);
}

bool graph_recall(const struct cordon_model *model, struct memo key, cordon_node *result)
{
    const struct memo *memo = &model->memos[memo_slot(model, key)];
    if (memo->op != key.op || memo->a != key.a || memo->b != key.b || memo->c != key.c)
        return false;
    result->id = memo->result;
    return true;
}

/* The cache grows with its use. If memory runs out it keeps its size, which only costs time. */
static void grow_memos(struct cordon_model *model)
{
    size_t count = model->memo_count * 4;
    struct memo *memos = graph_take(model, count, sizeof *memos);
    if (!memos) {
        model->capped = false;
        return;
    }
    struct memo *old = model->memos;
    size_t old_count = model->memo_count;
    model->memos = memos;
    model->memo_count = count;
    for (size_t i = 0; i < old_count; i++)
        if (old[i].op)
            memos[memo_slot(model, old[i])] = old[i];
    graph_drop(model, old, old_count, sizeof *old);
}

void graph_remember(struct cordon_model *model, struct memo key, cordon_node result)
{
    if (cordon_node_same(result, CORDON_NODE_NONE))
        return;
    if (model->memo_used * 2 > model->memo_count)
        grow_memos(model);
    key.result = result.id;
    struct memo *memo = &model->memos[memo_slot(model, key)];
    model->memo_used += !memo->op;
    *memo = key;
}
