/* SPDX-License-Identifier: MIT */
/*
 * invert.c: turns tests of computed terms into tests of their operands: undoes each operation with
 * a constant that only moves intervals.
 */
#include "graph.h"

#include <stdlib.h>

/* More pieces than this aren't worthwhile: the term stays as it is. */
#define MAX_PIECES 4096u

static bool add_piece(struct cordon_model *model, size_t start, uint32_t *count, uint32_t first,
                      uint32_t last)
{
    if (*count == MAX_PIECES ||
        !graph_grow(model, (void **)&model->intervals, &model->interval_room,
                    sizeof *model->intervals, start + *count + 1))
        return false;
    model->intervals[start + (*count)++] = (struct cordon_interval){first, last};
    return true;
}

/* Appends an interval that may wrap around. */
static bool add_wrapped(struct cordon_model *model, size_t start, uint32_t *count, uint32_t first,
                        uint32_t last)
{
    if (first <= last)
        return add_piece(model, start, count, first, last);
    return add_piece(model, start, count, 0, last) &&
           add_piece(model, start, count, first, UINT32_MAX);
}

/* Undoes x ^ c for [first, last]: aligned blocks of 2^n values stay blocks. */
static bool add_xored(struct cordon_model *model, size_t start, uint32_t *count, uint32_t c,
                      struct cordon_interval interval)
{
    uint64_t at = interval.first;
    while (at <= interval.last) {
        uint64_t size = at ? at & -at : UINT64_C(1) << 32;
        while (at + size - 1 > interval.last)
            size /= 2;
        uint32_t block = ((uint32_t)at ^ c) & ~(uint32_t)(size - 1);
        if (!add_piece(model, start, count, block, block + (uint32_t)(size - 1)))
            return false;
        at += size;
    }
    return true;
}

static bool add_divided(struct cordon_model *model, size_t start, uint32_t *count, uint32_t c,
                        struct cordon_interval interval)
{
    uint64_t first = (uint64_t)interval.first * c, last = (uint64_t)interval.last * c + c - 1;
    if (first > UINT32_MAX)
        return true; /* unreachable */
    return add_piece(model, start, count, (uint32_t)first,
                     last > UINT32_MAX ? UINT32_MAX : (uint32_t)last);
}

static bool add_unshifted(struct cordon_model *model, size_t start, uint32_t *count, uint32_t by,
                          struct cordon_interval interval)
{
    uint32_t first = (uint32_t)(((uint64_t)interval.first + (UINT32_C(1) << by) - 1) >> by);
    uint32_t last = interval.last >> by;
    return first > last || add_piece(model, start, count, first, last);
}

/* Undoes x * c for an odd c: each value has one x, found with the inverse of c. */
static bool add_unmultiplied(struct cordon_model *model, size_t start, uint32_t *count, uint32_t c,
                             struct cordon_interval interval)
{
    uint32_t inverse = graph_inverse(c);
    if (interval.last - interval.first >= MAX_PIECES)
        return false;
    for (uint32_t value = interval.first;; value++) {
        if (!add_piece(model, start, count, value * inverse, value * inverse))
            return false;
        if (value == interval.last)
            return true;
    }
}

static int by_first(const void *a, const void *b)
{
    uint32_t x = ((const struct cordon_interval *)a)->first;
    uint32_t y = ((const struct cordon_interval *)b)->first;
    return (x > y) - (x < y);
}

/* Sorts and joins the new intervals and stores them in place of the old ones. */
static uint32_t settle(struct cordon_model *model, size_t start, uint32_t count)
{
    struct cordon_interval *from = model->intervals + start, *to = model->intervals;
    uint32_t kept = 0;
    qsort(from, count, sizeof *from, by_first);
    for (uint32_t i = 0; i < count; i++) {
        if (kept > 0 && (to[kept - 1].last == UINT32_MAX || from[i].first <= to[kept - 1].last + 1))
            to[kept - 1].last = from[i].last > to[kept - 1].last ? from[i].last : to[kept - 1].last;
        else
            to[kept++] = from[i];
    }
    return kept;
}

/* Undoes the operation of `view` for one interval; x is its operand. */
static bool invert_piece(struct cordon_model *model, const struct cordon_term_view *view,
                         uint32_t c, size_t start, uint32_t *count)
{
    struct cordon_interval interval = model->intervals[start - 1];
    switch (view->op) {
    case CORDON_TERM_ADD:
        return add_wrapped(model, start, count, interval.first - c, interval.last - c);
    case CORDON_TERM_SUB: /* c - x */
        return add_wrapped(model, start, count, c - interval.last, c - interval.first);
    case CORDON_TERM_MUL:
        return add_unmultiplied(model, start, count, c, interval);
    case CORDON_TERM_XOR:
        return add_xored(model, start, count, c, interval);
    case CORDON_TERM_RSH:
        return add_divided(model, start, count, UINT32_C(1) << c, interval);
    case CORDON_TERM_DIV:
        return add_divided(model, start, count, c, interval);
    default:
        return add_unshifted(model, start, count, c, interval);
    }
}

static bool constant_of(const struct cordon_model *model, cordon_term term, uint32_t *c)
{
    struct cordon_term_view view = cordon_model_term_view(model, term);
    *c = view.value;
    return view.op == CORDON_TERM_CONSTANT;
}

/* Can the operation be undone? Sets its operand and its constant. */
static bool invertible(const struct cordon_model *model, const struct cordon_term_view *view,
                       cordon_term *below, uint32_t *c)
{
    *below = view->left;
    switch (view->op) {
    case CORDON_TERM_SUB:
        *below = view->right;
        return constant_of(model, view->left, c);
    case CORDON_TERM_MUL:
        return constant_of(model, view->right, c) && *c & 1;
    case CORDON_TERM_ADD:
    case CORDON_TERM_XOR:
    case CORDON_TERM_RSH:
    case CORDON_TERM_LSH:
    case CORDON_TERM_DIV:
        return constant_of(model, view->right, c);
    default:
        return false;
    }
}

/* Replaces the intervals by their complement. */
static bool complement(struct cordon_model *model, uint32_t *count)
{
    size_t start = *count + 1u;
    uint32_t made = 0;
    uint64_t next = 0;
    for (uint32_t i = 0; i < *count; i++) {
        struct cordon_interval piece = model->intervals[i];
        if (piece.first > next && !add_piece(model, start, &made, (uint32_t)next, piece.first - 1))
            return false;
        next = (uint64_t)piece.last + 1;
    }
    if (next <= UINT32_MAX && !add_piece(model, start, &made, (uint32_t)next, UINT32_MAX))
        return false;
    *count = settle(model, start, made);
    return true;
}

static bool invert_each(struct cordon_model *model, const struct cordon_term_view *view, uint32_t c,
                        uint32_t *count)
{
    /* layout: the old intervals, the current one, the new ones */
    size_t start = *count + 1u;
    uint32_t made = 0;
    if (!graph_grow(model, (void **)&model->intervals, &model->interval_room,
                    sizeof *model->intervals, start + 1))
        return false;
    for (uint32_t i = 0; i < *count; i++) {
        model->intervals[start - 1] = model->intervals[i];
        if (!invert_piece(model, view, c, start, &made))
            return false;
    }
    *count = settle(model, start, made);
    return true;
}

/* Undoes the operation for all intervals; false: too many, or no memory. Where values are undone
 * one by one, the complement may have fewer. */
static bool invert_pieces(struct cordon_model *model, const struct cordon_term_view *view,
                          uint32_t c, uint32_t *count)
{
    uint64_t width = 0;
    for (uint32_t i = 0; i < *count; i++)
        width += (uint64_t)model->intervals[i].last - model->intervals[i].first + 1;
    if (view->op != CORDON_TERM_MUL || width <= MAX_PIECES)
        return invert_each(model, view, c, count);
    if ((UINT64_C(1) << 32) - width > MAX_PIECES || !complement(model, count))
        return false;
    bool good = invert_each(model, view, c, count);
    return complement(model, count) && good; /* as it was before the attempt */
}

/* Trims the pieces to values that the masked base can have; they are whole intervals if the mask
 * is equivalent to intervals. */
static void trim_pieces(struct cordon_model *model, struct cordon_test *test)
{
    size_t start = test->count + 1u;
    uint32_t made = 0;
    bool whole = graph_mask_is_whole(test->mask) && test->count <= MAX_PIECES / 2;
    for (uint32_t i = 0; i < test->count; i++) {
        struct cordon_interval piece = model->intervals[i], pair[2] = {{0, 0}, {0, 0}};
        if (!graph_trim(test->mask, &piece))
            continue;
        uint32_t pairs = 1;
        pair[0] = piece;
        if (whole)
            pairs = graph_whole_intervals(test->mask, piece, pair);
        for (uint32_t j = 0; j < pairs; j++)
            if (!add_piece(model, start, &made, pair[j].first, pair[j].last))
                return;
    }
    test->count = settle(model, start, made);
    test->mask = whole ? FULL_MASK : test->mask;
}

struct cordon_test cordon_model_test(struct cordon_model *model, cordon_term term, uint32_t first,
                                     uint32_t last)
{
    struct cordon_test test = {.base = term, .mask = FULL_MASK};
    size_t none = 0;
    if (model->status || term == CORDON_TERM_NONE ||
        !add_piece(model, none, &test.count, first, last))
        return (struct cordon_test){.base = CORDON_TERM_NONE};
    for (;;) {
        struct cordon_term_view view = cordon_model_term_view(model, test.base);
        cordon_term below;
        uint32_t c;
        if (view.op == CORDON_TERM_AND && constant_of(model, view.right, &c)) {
            test.base = view.left;
            test.mask = c;
            trim_pieces(model, &test);
            if (test.mask == FULL_MASK && test.count > 0)
                continue; /* whole intervals: the operand can be inverted too */
            break;
        }
        if (!invertible(model, &view, &below, &c))
            break;
        if (view.op == CORDON_TERM_LSH) /* bits that are shifted out don't count */
            below = cordon_model_term(model, CORDON_TERM_AND, below,
                                      cordon_model_constant(model, UINT32_MAX >> c));
        uint32_t count = test.count;
        if (!invert_pieces(model, &view, c, &count))
            break;
        test.base = below;
        test.count = count;
    }
    if (model->status)
        return (struct cordon_test){.base = CORDON_TERM_NONE};
    test.intervals = model->intervals;
    return test;
}

/* The intervals as a graph: 1 inside, 0 outside. */
static cordon_node test_graph(struct cordon_model *model, const struct cordon_test *test)
{
    size_t size = (2 * (size_t)test->count + 1) * sizeof(struct cordon_edge);
    struct cordon_edge *edges = model->allocator.resize(model, NULL, 0, size);
    if (!edges)
        return graph_fail(model, CORDON_E_NO_MEMORY);
    cordon_node in = cordon_model_leaf(model, 1), out = cordon_model_leaf(model, 0);
    uint32_t count = 0;
    for (uint32_t i = 0; i < test->count; i++) {
        if (test->intervals[i].first > 0)
            edges[count++] = (struct cordon_edge){test->intervals[i].first - 1, out};
        edges[count++] = (struct cordon_edge){test->intervals[i].last, in};
    }
    if (edges[count - 1].last != UINT32_MAX)
        edges[count++] = (struct cordon_edge){UINT32_MAX, out};
    cordon_node graph = cordon_model_switch(model, test->base, test->mask, edges, count);
    model->allocator.resize(model, edges, size, 0);
    return graph;
}

cordon_node cordon_model_term_range(struct cordon_model *model, cordon_term term, uint32_t first,
                                    uint32_t last, cordon_node yes, cordon_node no)
{
    struct cordon_test test = cordon_model_test(model, term, first, last);
    if (test.base == CORDON_TERM_NONE)
        return CORDON_NODE_NONE;
    if (test.count == 0)
        return no;
    struct cordon_term_view view = cordon_model_term_view(model, test.base);
    if (view.op == CORDON_TERM_CONSTANT) {
        uint32_t value = view.value & test.mask;
        for (uint32_t i = 0; i < test.count; i++)
            if (test.intervals[i].first <= value && value <= test.intervals[i].last)
                return yes;
        return no;
    }
    return cordon_model_choose(model, test_graph(model, &test), yes, no);
}
