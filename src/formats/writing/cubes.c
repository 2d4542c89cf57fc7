/* SPDX-License-Identifier: MIT */
/* cubes.c: turns the paths through a graph into cubes, with one comparison per argument. */
#include "cubes.h"

#define STEPS 400000u /* a graph within its budget can have far too many paths */

struct walk {
    const struct cordon_model *model;
    const struct cordon_abi *abi;
    uint32_t but, left, steps;
    void (*each)(void *context, const struct cube *cube, uint32_t leaf);
    void *context;
    enum cubes_end end;
};

/* The argument of a word, and the offset of the word's bits in it. */
static unsigned half_of(const struct cordon_abi *abi, unsigned word, unsigned *shift)
{
    for (unsigned arg = 0; arg < CORDON_ARGS; arg++) {
        *shift = cordon_abi_high(abi, arg) == word ? 32 : 0;
        if (*shift || cordon_abi_low(abi, arg) == word)
            return arg;
    }
    return CORDON_ARGS;
}

/* Adds a condition on some bits; false: it contradicts an earlier one. */
static bool narrow(struct cube *cube, unsigned arg, uint64_t mask, uint64_t value)
{
    if ((cube->value[arg] ^ value) & cube->mask[arg] & mask)
        return false;
    cube->mask[arg] |= mask;
    cube->value[arg] |= value;
    return true;
}

static void walk_node(struct walk *walk, cordon_node node, const struct cube *cube);

/* Adds one aligned block of an edge's interval; under the mask, it may contain no possible
 * value. */
static void walk_block(struct walk *walk, const struct cordon_view *view, cordon_node to,
                       uint32_t first, uint32_t size_mask, const struct cube *cube)
{
    unsigned shift, arg = half_of(walk->abi, view->term, &shift);
    struct cube next = *cube;
    if (first & ~view->mask)
        return;
    if (narrow(&next, arg, (uint64_t)(view->mask & ~size_mask) << shift, (uint64_t)first << shift))
        walk_node(walk, to, &next);
}

static void walk_interval(struct walk *walk, const struct cordon_view *view, cordon_node to,
                          uint64_t first, uint32_t last, const struct cube *cube)
{
    while (first <= last && walk->end == CUBES_DONE) {
        uint64_t size = first ? first & -first : UINT64_C(1) << 32;
        while (size > last - first + 1)
            size /= 2;
        walk_block(walk, view, to, (uint32_t)first, (uint32_t)(size - 1), cube);
        first += size;
    }
}

static void walk_leaf(struct walk *walk, const struct cordon_view *view, const struct cube *cube)
{
    if (view->is_computed)
        walk->end = CUBES_COMPUTED;
    else if (view->value == walk->but)
        return;
    else if (walk->left-- == 0)
        walk->end = CUBES_TOO_MANY;
    else
        walk->each(walk->context, cube, view->value);
}

static void walk_node(struct walk *walk, cordon_node node, const struct cube *cube)
{
    struct cordon_view view = cordon_model_view(walk->model, node);
    if (walk->end != CUBES_DONE)
        return;
    if (view.is_leaf)
        walk_leaf(walk, &view, cube);
    else if (walk->steps-- == 0)
        walk->end = CUBES_TOO_MANY;
    else if (view.term >= CORDON_WORDS)
        walk->end = CUBES_COMPUTED;
    else if (view.term < CORDON_WORD_ARGS)
        walk->end = CUBES_IP;
    else
        for (uint32_t i = 0; i < view.edge_count; i++)
            walk_interval(walk, &view, view.edges[i].to,
                          i ? (uint64_t)view.edges[i - 1].last + 1 : 0, view.edges[i].last, cube);
}

enum cubes_end cubes_each(const struct cordon_model *model, cordon_node node,
                          const struct cordon_abi *abi, uint32_t but, uint32_t most,
                          void (*each)(void *context, const struct cube *cube, uint32_t leaf),
                          void *context)
{
    struct walk walk = {model, abi, but, most, STEPS, each, context, CUBES_DONE};
    struct cube all = {0};
    walk_node(&walk, node, &all);
    return walk.end;
}
