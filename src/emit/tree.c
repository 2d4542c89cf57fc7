/* SPDX-License-Identifier: MIT */
/*
 * tree.c: finds the best search tree of a switch, by dynamic programming over ranges of its edges.
 *
 * A range is split by one comparison (>); or its heaviest single value is tested first (=), which
 * leaves a hole; or, if single values lie within edges to one common child, they are tested one by
 * one, heaviest first. For small switches every split is tried. For larger ones only those between
 * the best splits of the two ranges that are shorter by one edge are tried, which loses nothing for
 * trees made of splits alone (Knuth 1971). Very large ones are first halved by weight.
 */
#include "tree.h"

#include <string.h>

#define MAX_CHAIN 6u /* single values in a row that are compared with splits */
#define HEAVY     4  /* a value with a quarter of a range's weight may be tested first */

enum { CHOICE_CHAIN = UINT16_MAX, CHOICE_EQUAL = UINT16_MAX - 1, CHOICE_AROUND = UINT16_MAX - 2 };

/* What is known about the edges i … j of a block. */
struct cell {
    uint16_t choice; /* the best search; its cost, weight times comparisons, is in `costs` */
    uint16_t heavy;  /* of CHOICE_EQUAL: the value tested */
};

/* What is known about them if one value was tested before. */
struct hole {
    double cost;
    uint16_t choice;
};

/* What is known about one edge of a block. */
struct note {
    double upto;       /* weight of the block's edges up to it */
    double reach;      /* of ranges that may test it first; -1: not a single value */
    uint32_t root;     /* best split of the range that ends with it, this row or the last */
    bool is_exception; /* a single value between two edges to the same child */
};

struct plan {
    struct planner *planner;
    struct tree *tree;
    const struct cordon_view *view;
    const double *weights;
    uint32_t first; /* edge of the block's cell 0 */
    uint32_t count; /* number of edges in the block */
};

/* A mask that is only tested for "any bit" is one JSET, which doesn't change A. */
static bool is_bit_test(const struct cordon_view *view)
{
    return view->mask != UINT32_MAX && view->edge_count == 2 && view->edges[0].last == 0;
}

bool tree_keeps_word(const struct cordon_view *view)
{
    return view->mask == UINT32_MAX || is_bit_test(view);
}

static void drop(const struct planner *planner, void *memory, size_t size)
{
    if (memory)
        planner->allocator->resize(planner->allocator->context, memory, size, 0);
}

void planner_free(struct planner *planner)
{
    drop(planner, planner->cells, planner->cell_room * sizeof *planner->cells);
    drop(planner, planner->costs, planner->cost_room * sizeof *planner->costs);
    drop(planner, planner->row, planner->row_room * sizeof *planner->row);
    drop(planner, planner->holes, planner->hole_room * sizeof *planner->holes);
    drop(planner, planner->notes, planner->note_room * sizeof *planner->notes);
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

/* ---- edges of the view ---- */

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

/* The values first + 1, first + 3, … by falling weight, as many as fit. */
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

/* One equality test after the other; the last one written is tested first. */
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

/* ---- costs ---- */

static struct cell *cell(const struct plan *plan, uint32_t i, uint32_t j)
{
    return &plan->planner->cells[(size_t)i * plan->count + j];
}

static struct hole *hole(const struct plan *plan, uint32_t i, uint32_t j)
{
    return &plan->planner->holes[(size_t)i * plan->count + j];
}

/* The costs of the ranges that end with edge j, by their first edge: those right of a split. */
static double *costs_to(const struct plan *plan, uint32_t j)
{
    return plan->planner->costs + (size_t)j * plan->count;
}

static double weight_before(const struct plan *plan, uint32_t i)
{
    return i ? plan->planner->notes[i - 1].upto : 0;
}

static double weight(const struct plan *plan, uint32_t i, uint32_t j)
{
    return plan->planner->notes[j].upto - weight_before(plan, i);
}

/* Not inlined: the loop that sometimes calls them needs the registers. */
#define APART __attribute__((noinline))

/*
 * The cost of a range without its value p, which was tested before: `around`, or that of a split
 * elsewhere. The costs of its parts without p are known: if p is heavy in a range, it is heavy in
 * the parts.
 */
APART static double find_hole(const struct plan *plan, uint32_t i, uint32_t j, uint32_t p,
                              uint32_t low, uint32_t high, double around)
{
    const struct cordon_edge *edges = plan->view->edges + plan->first;
    const double *row = plan->planner->row, *column = costs_to(plan, j);
    const struct hole *left = hole(plan, i, 0), *right = hole(plan, low + 1, j);
    double total = weight(plan, i, j) - plan->planner->notes[p].reach / HEAVY, best = around;
    if (j == i + 2 && cordon_node_same(edges[i].to, edges[j].to))
        return hole(plan, i, j)->cost = 0;
    for (uint32_t k = low; k <= high; k++, right += plan->count) {
        if (k == p || k + 1 == p)
            continue;
        double cost = k < p ? row[k] + right->cost : left[k].cost + column[k + 1];
        if (total + cost < best) {
            best = total + cost;
            hole(plan, i, j)->choice = (uint16_t)k;
        }
    }
    return hole(plan, i, j)->cost = best;
}

APART static double chain_cost(const struct plan *plan, uint32_t i, uint32_t j)
{
    uint32_t order[MAX_CHAIN];
    double rest = weight(plan, i, j), cost = 0;
    uint32_t count = sort_chain(plan, plan->first + i, plan->first + j, order);
    for (uint32_t n = 0; n < count; n++) {
        cost += rest;
        rest -= plan->weights[order[n]];
    }
    return cost;
}

/* All ranges that begin with edge i; those that begin later are done. Tries `all` splits, or
 * those between the best ones of the two ranges that are shorter by one edge. */
static inline void find_row(const struct plan *plan, uint32_t i, bool all)
{
    const size_t count = plan->count;
    struct note *notes = plan->planner->notes;
    struct cell *cells = cell(plan, i, 0);
    struct hole *holes = hole(plan, i, 0);
    double *row = plan->planner->row; /* their costs, by the last edge */
    double *column = costs_to(plan, i);
    const double before = weight_before(plan, i);
    double reach = notes[i].reach; /* of the heaviest single value so far */
    double inner = -1;             /* the same, unless it is the first edge or the last one: */
    size_t heavy = i, found = i;
    size_t chain = i + 2; /* the next range that may be a chain */
    row[i] = column[i] = 0;
    notes[i].root = i - 1; /* so the row above this one splits its range i - 1 … i */
    for (size_t j = i + 1; j < count; j++) {
        column += count;
        size_t high = all ? j - 1 : notes[j].root;
        size_t low = all ? i : found < high ? found : high;
        double cost = row[low] + column[low + 1];
        found = low;
        for (size_t k = low + 1; k <= high; k++) {
            double other = row[k] + column[k + 1];
            if (other < cost) {
                cost = other;
                found = k;
            }
        }
        double total = notes[j].upto - before;
        size_t choice = found;
        notes[j].root = (uint32_t)found;
        cost += total;
        if (j == chain && notes[j - 1].is_exception) {
            double other = chain_cost(plan, i, (uint32_t)j);
            if (other <= cost) { /* the shorter one of equal costs */
                cost = other;
                choice = CHOICE_CHAIN;
            }
            chain = j - i < 2 * MAX_CHAIN ? j + 2 : 0;
        }
        if (notes[j].reach > reach) {
            inner = reach = notes[j].reach;
            heavy = j;
        } else if (inner >= total) {
            double rest = total - inner / HEAVY + row[heavy - 1] + column[heavy + 1];
            holes[j] = (struct hole){rest, CHOICE_AROUND};
            if (low + 1 < heavy || high > heavy || j == i + 2)
                rest = find_hole(plan, i, (uint32_t)j, (uint32_t)heavy, (uint32_t)low,
                                 (uint32_t)high, rest);
            if (total + rest < cost) {
                cost = total + rest;
                choice = CHOICE_EQUAL;
                cells[j].heavy = (uint16_t)heavy;
            }
        }
        row[j] = column[i] = cost;
        cells[j].choice = (uint16_t)choice;
    }
}

static void take_notes(struct plan *plan)
{
    struct note *notes = plan->planner->notes;
    double sum = 0;
    for (uint32_t i = 0; i < plan->count; i++) {
        uint32_t edge = plan->first + i;
        bool inner = i > 0 && i + 1 < plan->count, value = is_value(plan->view, edge);
        sum += plan->weights[edge];
        notes[i] = (struct note){sum, value ? plan->weights[edge] * HEAVY : -1, 0,
                                 inner && is_exception(plan->view, edge)};
    }
}

static bool take(struct planner *planner, void **memory, size_t *room, size_t size, size_t need)
{
    if (need <= *room)
        return true;
    drop(planner, *memory, *room * size); /* no range in it is needed any more */
    *memory = planner->allocator->resize(planner->allocator->context, NULL, 0, need * size);
    *room = *memory ? need : 0;
    return *memory;
}

static bool find_costs(struct plan *plan)
{
    struct planner *planner = plan->planner;
    size_t count = plan->count, all = count * count;
    if (!take(planner, (void **)&planner->cells, &planner->cell_room, sizeof(struct cell), all) ||
        !take(planner, (void **)&planner->costs, &planner->cost_room, sizeof(double), all) ||
        !take(planner, (void **)&planner->row, &planner->row_room, sizeof(double), count) ||
        !take(planner, (void **)&planner->holes, &planner->hole_room, sizeof(struct hole), all) ||
        !take(planner, (void **)&planner->notes, &planner->note_room, sizeof(struct note), count))
        return false;
    take_notes(plan);
    for (uint32_t i = plan->count; i-- > 0;)
        if (count <= planner->exact)
            find_row(plan, i, true);
        else
            find_row(plan, i, false);
    return true;
}

/* ---- trees ---- */

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
    if (p == i)
        return build(plan, i + 1, j);
    if (p == j)
        return build(plan, i, j - 1);
    if (hole(plan, i, j)->cost == 0 && j == i + 2)
        return arrive(plan->first + i);
    uint32_t k = hole(plan, i, j)->choice;
    if (k == CHOICE_AROUND) {
        struct branch above = build(plan, p + 1, j), below = build(plan, i, p - 1);
        return build_split(plan, below, above, p);
    }
    struct branch above = k < p ? build_hole(plan, k + 1, j, p) : build(plan, k + 1, j);
    struct branch below = k < p ? build(plan, i, k) : build_hole(plan, i, k, p);
    return build_split(plan, below, above, k);
}

static struct branch build(struct plan *plan, uint32_t i, uint32_t j)
{
    uint32_t choice = cell(plan, i, j)->choice;
    if (i == j)
        return arrive(plan->first + i);
    if (choice == CHOICE_CHAIN) {
        uint32_t order[MAX_CHAIN];
        uint32_t count = sort_chain(plan, plan->first + i, plan->first + j, order);
        return make_chain(plan, order, count, plan->first + i);
    }
    if (choice == CHOICE_EQUAL) {
        uint32_t p = cell(plan, i, j)->heavy;
        struct branch rest = build_hole(plan, i, j, p);
        return add(plan->tree, (struct comparison){.compare = COMPARE_EQ,
                                                   .k = plan->view->edges[plan->first + p].last,
                                                   .yes = arrive(plan->first + p),
                                                   .no = rest});
    }
    struct branch above = build(plan, choice + 1u, j), below = build(plan, i, choice);
    return build_split(plan, below, above, choice);
}

/* ---- large switches ---- */

/* The child that surrounds a chain's edges: that of the widest edge. */
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

/* The number of comparisons of a chain over these edges: one per value, two per range. */
static uint32_t chain_length(const struct cordon_view *view, uint32_t first, uint32_t last)
{
    cordon_node other = surroundings(view, first, last);
    uint32_t length = 0;
    for (uint32_t i = first; i <= last; i++)
        if (!cordon_node_same(view->edges[i].to, other))
            length += is_value(view, i) || i == first || i == last ? 1 : 2;
    return length;
}

/* Tests one edge of a chain and otherwise continues at `no`. */
static struct branch test_edge(struct plan *plan, uint32_t i, uint32_t first, uint32_t last,
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

/* Tests one edge after the other, in the order of the values. */
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
            no = test_edge(plan, i, first, last, no);
    return no;
}

/* The last edge of the lower half by weight; each half has at least a quarter of the edges. */
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

/* The same for chains: the lower half gets half of the full chains. */
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
    if (!is_bit_test(view))
        return search(&plan, 0, view->edge_count - 1, &start);
    add(tree, (struct comparison){
                  .compare = COMPARE_SET, .k = view->mask, .yes = arrive(1), .no = arrive(0)});
    return true;
}
