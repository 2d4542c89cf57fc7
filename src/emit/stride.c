/* SPDX-License-Identifier: MIT */
/* stride.c: recognises values at one distance from each other. */
#include "stride.h"

#define FEWEST 12u /* with fewer, a tree is about as fast */

/* Newton's method: right in the low three bits at first; each round doubles the number of right
 * bits. */
static uint32_t inverse_of(uint32_t odd)
{
    uint32_t y = odd;
    for (int i = 0; i < 4; i++)
        y *= 2 - odd * y;
    return y;
}

bool stride_find(struct stride *stride, const struct cordon_view *view)
{
    const struct cordon_edge *edges = view->edges;
    if (view->is_leaf || view->mask != UINT32_MAX || view->edge_count < 2 * FEWEST ||
        view->term < CORDON_WORD_IP || view->term >= CORDON_WORDS)
        return false;
    /* the last edge has all values above: the first edge must lead to the same child, or contain
     * its values */
    uint32_t from = cordon_node_same(edges[0].to, edges[view->edge_count - 1].to);
    uint32_t first = from ? edges[0].last + 1 : 0, last = edges[view->edge_count - 1].last;
    uint32_t step = edges[from + 2].last - edges[from].last, count = 0;
    for (uint32_t i = from; i < view->edge_count; i += 2) {
        bool single = i ? edges[i].last == edges[i - 1].last + 1 : true;
        if (!single || edges[i].last != first + count * step ||
            !cordon_node_same(edges[i].to, edges[from].to))
            return false;
        count++;
    }
    for (uint32_t i = 1 - from; i < view->edge_count; i += 2)
        if (!cordon_node_same(edges[i].to, edges[1 - from].to))
            return false;
    uint32_t shift = (uint32_t)__builtin_ctz(step);
    *stride = (struct stride){first, count, shift, inverse_of(step >> shift), from, 1 - from};
    return last == UINT32_MAX && count >= FEWEST;
}
