/* SPDX-License-Identifier: MIT */
/* tree.c: searching a switch: the middle of the intervals first, single values by equality. */
#include "tree.h"

/* A mask that is only asked "any bit?" is one JSET, which leaves A alone. */
static bool is_bit_test(const struct cordon_view *view)
{
    return view->mask != UINT32_MAX && view->edge_count == 2 && view->edges[0].last == 0;
}

bool tree_keeps_word(const struct cordon_view *view)
{
    return view->mask == UINT32_MAX || is_bit_test(view);
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

/* Is edge `at` a single value between two edges to the same child? Then one JEQ settles all three.
 */
static bool is_exception(const struct cordon_view *view, uint32_t at)
{
    const struct cordon_edge *edges = view->edges;
    return edges[at].last - 1 == edges[at - 1].last &&
           cordon_node_same(edges[at - 1].to, edges[at + 1].to);
}

/* The edges first … last, of which at least one; values outside of them don't arrive here. */
static struct branch search(struct tree *tree, const struct cordon_view *view, uint32_t first,
                            uint32_t last)
{
    if (first == last)
        return arrive(first);
    if (last - first == 2 && is_exception(view, first + 1))
        return add(tree, (struct comparison){.compare = COMPARE_EQ,
                                             .k = view->edges[first + 1].last,
                                             .yes = arrive(first + 1),
                                             .no = arrive(first)});
    uint32_t middle = first + (last - first) / 2;
    struct branch above = search(tree, view, middle + 1, last);
    struct branch below = search(tree, view, first, middle);
    return add(
        tree, (struct comparison){
                  .compare = COMPARE_GT, .k = view->edges[middle].last, .yes = above, .no = below});
}

void tree_make(struct tree *tree, const struct cordon_view *view)
{
    tree->count = 0;
    tree->keeps_word = tree_keeps_word(view);
    if (is_bit_test(view))
        add(tree, (struct comparison){
                      .compare = COMPARE_SET, .k = view->mask, .yes = arrive(1), .no = arrive(0)});
    else
        search(tree, view, 0, view->edge_count - 1);
}
