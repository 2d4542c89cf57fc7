/* SPDX-License-Identifier: MIT */
/*
 * tree.c: the best search of a switch, by dynamic programming over ranges of its edges.
 *
 * A range is split by one comparison (>), or its heaviest single value is asked for first (=) and
 * leaves a hole, or, where single values stand in one surrounding answer, they are asked for one by
 * one, heaviest first. For small switches every split is tried; for larger ones only those between
 * the best splits of the two ranges that are shorter by one edge, which for trees of splits alone
 * loses nothing (Knuth 1971). Very large ones are first halved by weight.
 */
#include "tree.h"

#include <string.h>

#define MAX_CHAIN 6u /* single values in a row that are weighed against splits */

enum { CHOICE_CHAIN = UINT16_MAX, CHOICE_EQUAL = UINT16_MAX - 1, CHOICE_AROUND = UINT16_MAX - 2 };

/* What is known of the edges i … j of a block. */
struct cell {
    double cost;      /* of the best search, weight times comparisons */
    double hole_cost; /* the same when the heaviest value was asked for before */
    uint16_t choice;  /* the last edge of the lower part, or one of the above */
    uint16_t hole_choice;
    uint16_t root;  /* the best split, for the bound */
    uint16_t heavy; /* the heaviest single value; UINT16_MAX: none */
};

/* What is known of one edge of a block. */
struct note {
    double before; /* weight of the block's edges in front of it */
    double weight;
    bool is_value;
    bool is_exception; /* a single value between two edges to the same child */
};

struct plan {
    struct planner *planner;
    struct tree *tree;
    const struct cordon_view *view;
    const double *weights;
    uint32_t first; /* edge of the block's cell 0 */
    uint32_t count; /* of edges in the block */
};

bool tree_is_bit_test(const struct cordon_view *view)
{
    return view->mask != UINT32_MAX && view->edge_count == 2 && view->edges[0].last == 0;
}

bool tree_keeps_word(const struct cordon_view *view)
{
    return view->mask == UINT32_MAX || tree_is_bit_test(view);
}

void planner_free(struct planner *planner)
{
    const struct cordon_allocator *allocator = planner->allocator;
    if (planner->cells)
        allocator->resize(allocator->context, planner->cells,
                          planner->cell_room * sizeof *planner->cells, 0);
    if (planner->notes)
        allocator->resize(allocator->context, planner->notes,
                          planner->note_room * sizeof *planner->notes, 0);
}

static struct branch add(struct tree *tree, struct comparison comparison)
{
    tree->comparisons[tree->count] = comparison;
    return (struct branch){false, tree->count++};
}

static struct branch arrive(uint32_t edge)
{
    return (struct branch){true, edge};
}

/* ---- edges of the view ---------------------------------------------------------------------- */

static bool is_value(const struct cordon_view *view, uint32_t edge)
{
    return edge == 0 ? view->edges[0].last == 0
                     : view->edges[edge].last == view->edges[edge - 1].last + 1;
}

/* Is it a single value between two edges to the same child? */
static bool is_exception(const struct cordon_view *view, uint32_t edge)
{
    return is_value(view, edge) &&
           cordon_node_same(view->edges[edge - 1].to, view->edges[edge + 1].to);
}

/* The values first + 1, first + 3, … by falling weight, as far as there is room. */
static uint32_t sort_chain(const struct plan *plan, uint32_t first, uint32_t last, uint32_t *order)
{
    uint32_t count = 0;
    for (uint32_t i = first + 1; i < last; i += 2) {
        uint32_t at = count++;
        for (; at > 0 && plan->weights[order[at - 1]] < plan->weights[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    return count;
}

/* One = after the other; the last one written is asked first. */
static struct branch make_chain(struct plan *plan, const uint32_t *order, uint32_t count,
                                uint32_t other)
{
    struct branch no = arrive(other);
    while (count-- > 0)
        no = add(plan->tree, (struct comparison){.compare = COMPARE_EQ,
                                                 .k = plan->view->edges[order[count]].last,
                                                 .yes = arrive(order[count]),
                                                 .no = no});
    return no;
}

/* ---- costs ---------------------------------------------------------------------------------- */

static struct cell *cell(const struct plan *plan, uint32_t i, uint32_t j)
{
    return &plan->planner->cells[(size_t)i * plan->count + j];
}

static double weight(const struct plan *plan, uint32_t i, uint32_t j)
{
    return plan->planner->notes[j + 1].before - plan->planner->notes[i].before;
}

/* A range whose value p is out of question already. */
static void find_hole(const struct plan *plan, uint32_t i, uint32_t j, uint32_t low, uint32_t high)
{
    struct cell *at = cell(plan, i, j);
    uint32_t p = at->heavy;
    double total = weight(plan, i, j) - plan->planner->notes[p].weight;
    const struct cordon_view *view = plan->view;
    uint32_t first = plan->first;
    if (p == i || p == j) {
        at->hole_cost = i == j   ? 0
                        : p == i ? cell(plan, i + 1, j)->cost
                                 : cell(plan, i, j - 1)->cost;
        return;
    }
    if (j == i + 2 && cordon_node_same(view->edges[first + i].to, view->edges[first + j].to)) {
        at->hole_cost = 0;
        return;
    }
    at->hole_cost = total + cell(plan, i, p - 1)->cost + cell(plan, p + 1, j)->cost;
    at->hole_choice = CHOICE_AROUND;
    for (uint32_t k = low; k <= high; k++) {
        if (k == p || k + 1 == p)
            continue;
        double cost = k < p ? cell(plan, i, k)->cost + cell(plan, k + 1, j)->hole_cost
                            : cell(plan, i, k)->hole_cost + cell(plan, k + 1, j)->cost;
        if (total + cost < at->hole_cost) {
            at->hole_cost = total + cost;
            at->hole_choice = (uint16_t)k;
        }
    }
}

/* Are the values between the edges i and j, one after the other, exceptions? */
static bool is_block_chain(const struct note *notes, uint32_t i, uint32_t j)
{
    if (j - i > 2 * MAX_CHAIN || (j - i) % 2)
        return false;
    for (uint32_t at = i + 1; at < j; at += 2)
        if (!notes[at].is_exception)
            return false;
    return true;
}

static void try_chain(const struct plan *plan, uint32_t i, uint32_t j)
{
    uint32_t order[MAX_CHAIN], first = plan->first;
    struct cell *at = cell(plan, i, j);
    double rest = weight(plan, i, j), cost = 0;
    uint32_t count = sort_chain(plan, first + i, first + j, order);
    for (uint32_t n = 0; n < count; n++) {
        cost += rest;
        rest -= plan->weights[order[n]];
    }
    if (cost <= at->cost) { /* of equals, the shorter */
        at->cost = cost;
        at->choice = CHOICE_CHAIN;
    }
}

static void find_best(const struct plan *plan, uint32_t i, uint32_t j)
{
    const struct note *notes = plan->planner->notes;
    const uint32_t count = plan->count;
    struct cell *row = plan->planner->cells + (size_t)i * count, *at = &row[j];
    const struct cell *below = row + count + j; /* row i + 1 */
    bool all = count <= plan->planner->exact;
    uint32_t low = all ? i : row[j - 1].root, high = all ? j - 1 : below->root;
    if (high > j - 1)
        high = j - 1;
    if (low > high)
        low = high;
    uint32_t found = low;
    double best = row[low].cost + below[(size_t)(low - i) * count].cost;
    for (uint32_t k = low + 1; k <= high; k++) {
        double cost = row[k].cost + below[(size_t)(k - i) * count].cost;
        if (cost < best) {
            best = cost;
            found = k;
        }
    }
    double total = notes[j + 1].before - notes[i].before;
    at->cost = best + total;
    at->choice = at->root = (uint16_t)found;
    at->heavy = row[j - 1].heavy;
    if (notes[j].is_value && (at->heavy == UINT16_MAX || notes[j].weight > notes[at->heavy].weight))
        at->heavy = (uint16_t)j;
    if (is_block_chain(notes, i, j))
        try_chain(plan, i, j);
    /* worth considering to ask for the heaviest value first? */
    if (at->heavy == UINT16_MAX || notes[at->heavy].weight * 4 < total)
        return;
    find_hole(plan, i, j, low, high);
    if (at->heavy != i && at->heavy != j && total + at->hole_cost < at->cost) {
        at->cost = total + at->hole_cost;
        at->choice = CHOICE_EQUAL;
    }
}

static bool take_notes(struct plan *plan)
{
    struct planner *planner = plan->planner;
    double sum = 0;
    if (!cordon_array_grow(planner->allocator, (void **)&planner->notes, &planner->note_room,
                           sizeof *planner->notes, plan->count + 1u))
        return false;
    for (uint32_t i = 0; i < plan->count; i++) {
        uint32_t edge = plan->first + i;
        bool inner = i > 0 && i + 1 < plan->count;
        planner->notes[i] = (struct note){sum, plan->weights[edge], is_value(plan->view, edge),
                                          inner && is_exception(plan->view, edge)};
        sum += plan->weights[edge];
    }
    planner->notes[plan->count] = (struct note){.before = sum};
    return true;
}

static bool find_costs(struct plan *plan)
{
    struct planner *planner = plan->planner;
    size_t count = plan->count;
    if (!cordon_array_grow(planner->allocator, (void **)&planner->cells, &planner->cell_room,
                           sizeof *planner->cells, count * count) ||
        !take_notes(plan))
        return false;
    for (uint32_t i = 0; i < plan->count; i++)
        *cell(plan, i, i) = (struct cell){
            .root = (uint16_t)i, .heavy = planner->notes[i].is_value ? (uint16_t)i : UINT16_MAX};
    /* from the last row up: each needs the rows below it and its own cells to the left */
    for (uint32_t i = plan->count; i-- > 0;)
        for (uint32_t j = i + 1; j < plan->count; j++)
            find_best(plan, i, j);
    return true;
}

/* ---- trees ---------------------------------------------------------------------------------- */

static struct branch build(struct plan *plan, uint32_t i, uint32_t j);

static struct branch build_split(struct plan *plan, struct branch below, struct branch above,
                                 uint32_t k)
{
    return add(plan->tree, (struct comparison){.compare = COMPARE_GT,
                                               .k = plan->view->edges[plan->first + k].last,
                                               .yes = above,
                                               .no = below});
}

static struct branch build_hole(struct plan *plan, uint32_t i, uint32_t j, uint32_t p)
{
    const struct cell *at = cell(plan, i, j);
    if (p == i)
        return build(plan, i + 1, j);
    if (p == j)
        return build(plan, i, j - 1);
    if (at->hole_cost == 0 && j == i + 2)
        return arrive(plan->first + i);
    if (at->hole_choice == CHOICE_AROUND) {
        struct branch above = build(plan, p + 1, j), below = build(plan, i, p - 1);
        return build_split(plan, below, above, p);
    }
    uint32_t k = at->hole_choice;
    struct branch above = k < p ? build_hole(plan, k + 1, j, p) : build(plan, k + 1, j);
    struct branch below = k < p ? build(plan, i, k) : build_hole(plan, i, k, p);
    return build_split(plan, below, above, k);
}

static struct branch build(struct plan *plan, uint32_t i, uint32_t j)
{
    const struct cell *at = cell(plan, i, j);
    if (i == j)
        return arrive(plan->first + i);
    if (at->choice == CHOICE_CHAIN) {
        uint32_t order[MAX_CHAIN];
        uint32_t count = sort_chain(plan, plan->first + i, plan->first + j, order);
        return make_chain(plan, order, count, plan->first + i);
    }
    if (at->choice == CHOICE_EQUAL) {
        uint32_t p = at->heavy;
        struct branch rest = build_hole(plan, i, j, p);
        return add(plan->tree, (struct comparison){.compare = COMPARE_EQ,
                                                   .k = plan->view->edges[plan->first + p].last,
                                                   .yes = arrive(plan->first + p),
                                                   .no = rest});
    }
    struct branch above = build(plan, at->choice + 1u, j), below = build(plan, i, at->choice);
    return build_split(plan, below, above, at->choice);
}

/* ---- large switches ------------------------------------------------------------------------- */

/* The answer that a chain's edges stand in: that of the widest edge. */
static cordon_node surroundings(const struct cordon_view *view, uint32_t first, uint32_t last)
{
    uint32_t widest = 0;
    cordon_node other = view->edges[first].to;
    for (uint32_t i = first; i <= last; i++) {
        uint32_t width = view->edges[i].last - (i ? view->edges[i - 1].last : 0);
        if (width > widest) {
            widest = width;
            other = view->edges[i].to;
        }
    }
    return other;
}

/* How many comparisons a chain over these edges has: one for a value, two for a range. */
static uint32_t chain_length(const struct cordon_view *view, uint32_t first, uint32_t last)
{
    cordon_node other = surroundings(view, first, last);
    uint32_t length = 0;
    for (uint32_t i = first; i <= last; i++)
        if (!cordon_node_same(view->edges[i].to, other))
            length += is_value(view, i) || i == first || i == last ? 1 : 2;
    return length;
}

/* Asks for one edge of a chain, else goes on at `no`. */
static struct branch ask_edge(struct plan *plan, uint32_t i, uint32_t first, uint32_t last,
                              struct branch no)
{
    const struct cordon_edge *edges = plan->view->edges;
    struct branch yes = arrive(i);
    if (is_value(plan->view, i))
        return add(plan->tree, (struct comparison){COMPARE_EQ, edges[i].last, yes, no, 0});
    if (i > first)
        yes = add(plan->tree, (struct comparison){COMPARE_GT, edges[i - 1].last, yes, no, 0});
    if (i < last)
        yes = add(plan->tree, (struct comparison){COMPARE_GT, edges[i].last, no, yes, 0});
    return yes;
}

/* One edge after the other, in the order of the values. */
static struct branch long_chain(struct plan *plan, uint32_t first, uint32_t last)
{
    const struct cordon_view *view = plan->view;
    cordon_node other = surroundings(view, first, last);
    struct branch no = arrive(first);
    for (uint32_t i = first; i <= last; i++)
        if (cordon_node_same(view->edges[i].to, other))
            no = arrive(i);
    for (uint32_t i = first; i <= last; i++)
        if (!cordon_node_same(view->edges[i].to, other))
            no = ask_edge(plan, i, first, last, no);
    return no;
}

/* The edge that ends the lower half by weight; a quarter of the edges at least is on each side. */
static uint32_t middle(const struct plan *plan, uint32_t first, uint32_t last)
{
    double total = 0, half = 0;
    uint32_t at = first, least = (last - first + 1) / 4;
    for (uint32_t i = first; i <= last; i++)
        total += plan->weights[i];
    for (; at + 1 < last && (half + plan->weights[at]) * 2 < total; at++)
        half += plan->weights[at];
    if (at - first < least)
        at = first + least;
    if (last - at < least)
        at = last - least;
    return at == last ? at - 1 : at;
}

/* The same in chains: the lower half of as many full chains as there will be. */
static uint32_t middle_chain(const struct plan *plan, uint32_t first, uint32_t last)
{
    uint32_t chain = plan->planner->chain, length = chain_length(plan->view, first, last);
    uint32_t wanted = (length + chain - 1) / chain / 2 * chain, at = first;
    cordon_node other = surroundings(plan->view, first, last);
    for (uint32_t sum = 0; at + 1 < last; at++) {
        if (!cordon_node_same(plan->view->edges[at].to, other))
            sum += is_value(plan->view, at) || at == first ? 1 : 2;
        if (sum >= wanted)
            break;
    }
    return at;
}

static bool search(struct plan *plan, uint32_t first, uint32_t last, struct branch *branch)
{
    uint32_t chain = plan->planner->chain;
    if (first == last) {
        *branch = arrive(first);
        return true;
    }
    if (chain && chain_length(plan->view, first, last) <= chain) {
        *branch = long_chain(plan, first, last);
        return true;
    }
    if (last - first < plan->planner->block && chain == 0) {
        plan->first = first;
        plan->count = last - first + 1;
        if (!find_costs(plan))
            return false;
        *branch = build(plan, 0, plan->count - 1);
        return true;
    }
    uint32_t half = chain ? middle_chain(plan, first, last) : middle(plan, first, last);
    struct branch above, below;
    if (!search(plan, half + 1, last, &above) || !search(plan, first, half, &below))
        return false;
    plan->first = 0;
    *branch = build_split(plan, below, above, half);
    return true;
}

uint32_t tree_chain_length(const struct cordon_view *view)
{
    return chain_length(view, 0, view->edge_count - 1);
}

bool tree_make(struct planner *planner, struct tree *tree, const struct cordon_view *view,
               const double *weights)
{
    struct plan plan = {.planner = planner, .tree = tree, .view = view, .weights = weights};
    struct branch start;
    tree->count = 0;
    tree->keeps_word = tree_keeps_word(view);
    if (!tree_is_bit_test(view))
        return search(&plan, 0, view->edge_count - 1, &start);
    add(tree, (struct comparison){
                  .compare = COMPARE_SET, .k = view->mask, .yes = arrive(1), .no = arrive(0)});
    return true;
}
