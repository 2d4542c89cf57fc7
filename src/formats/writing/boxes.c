/* SPDX-License-Identifier: MIT */
/*
 * boxes.c: turns a graph into a list of disjoint boxes.
 *
 * For each argument the upper half is processed first, whatever the graph's order, so that most
 * boxes are an interval of the whole argument. Neighbours are joined. An interval that no single
 * comparison expresses is cut into aligned blocks of powers of two: each is a comparison under a
 * mask.
 */
#include "boxes.h"

#include <string.h>

/* The condition on an argument. */
struct side {
    enum { ANY, INTERVAL, NOT, PAIRS } form;
    uint64_t first, last;       /* INTERVAL; NOT: all but first */
    uint32_t pairs, pair_count; /* PAIRS: index of the first pair, each under a mask */
};

struct pair {
    uint64_t mask, value;
};

struct draft {
    struct side sides[CORDON_ARGS];
    uint32_t action;
};

struct boxer {
    struct boxes *boxes;
    struct cordon_model *model;
    const struct cordon_abi *abi;
    bool narrow;
    uint32_t rest;
    const char **why;
    enum cordon_error error;
    struct draft *drafts;
    size_t draft_room;
    uint32_t draft_count;
    struct pair *pairs;
    size_t pair_room;
    uint32_t pair_count;
    uint32_t steps;
};

#define MAX_STEPS (1u << 16)
#define MAX_CUTS  256u

bool is_narrow(const struct cordon_abi *abi)
{
    return abi->bits == 32 || abi->id == CORDON_ABI_X32 || abi->id == CORDON_ABI_MIPS64N32 ||
           abi->id == CORDON_ABI_MIPSEL64N32;
}

static void refuse(struct boxer *boxer, enum cordon_error error, const char *why)
{
    if (boxer->error)
        return;
    boxer->error = error;
    *boxer->why = why;
}

static uint64_t all_bits(const struct boxer *boxer)
{
    return boxer->narrow ? UINT32_MAX : UINT64_MAX;
}

static bool grow(struct boxer *boxer, void **array, size_t *room, size_t size, size_t need)
{
    if (need > 16 * BOXES_MAX)
        refuse(boxer, CORDON_E_BUDGET, "its conditions need too many rules");
    else if (!cordon_array_grow(boxer->boxes->allocator, array, room, size, need))
        refuse(boxer, CORDON_E_NO_MEMORY, "out of memory");
    return !boxer->error;
}

/* ---- pairs: value under a mask ---- */

static void add_pair(struct boxer *boxer, struct pair pair)
{
    if (grow(boxer, (void **)&boxer->pairs, &boxer->pair_room, sizeof pair, boxer->pair_count + 1u))
        boxer->pairs[boxer->pair_count++] = pair;
}

/* Turns a side that isn't pairs yet into pairs: `first` … `last` under `mask`, shifted up by
 * `shift`. */
static void add_blocks(struct boxer *boxer, uint64_t first, uint64_t last, uint64_t mask,
                       unsigned shift, unsigned bits)
{
    uint64_t top = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
    while (!boxer->error) {
        unsigned size = 0; /* the largest block that begins here and fits */
        while (size < bits && !(first >> size & 1)) {
            uint64_t more = size + 1 == 64 ? UINT64_MAX : (UINT64_C(1) << (size + 1)) - 1;
            if (more > last - first)
                break;
            size++;
        }
        uint64_t low = size == 64 ? UINT64_MAX : (UINT64_C(1) << size) - 1;
        uint64_t fixed = top & ~low;
        /* values with bits outside the mask can't occur */
        if (!(first & fixed & ~mask))
            add_pair(boxer, (struct pair){(fixed & mask) << shift, (first & fixed) << shift});
        if (last - first <= low)
            return;
        first += low + 1;
    }
}

static void to_pairs(struct boxer *boxer, struct side *side)
{
    uint32_t start = boxer->pair_count;
    if (side->form == ANY)
        add_pair(boxer, (struct pair){0, 0});
    else if (side->form == INTERVAL)
        add_blocks(boxer, side->first, side->last, all_bits(boxer), 0, boxer->narrow ? 32 : 64);
    if (side->form != PAIRS)
        *side =
            (struct side){.form = PAIRS, .pairs = start, .pair_count = boxer->pair_count - start};
}

/* Restricts a side by first <= (half & mask) <= last. */
static struct side and_test(struct boxer *boxer, struct side side, bool high, uint32_t mask,
                            uint32_t first, uint32_t last)
{
    to_pairs(boxer, &side);
    uint32_t blocks = boxer->pair_count;
    add_blocks(boxer, first, last, mask, high ? 32 : 0, 32);
    uint32_t start = boxer->pair_count;
    for (uint32_t i = 0; i < side.pair_count; i++)
        for (uint32_t k = blocks; k < start && !boxer->error; k++) {
            struct pair a = boxer->pairs[side.pairs + i], b = boxer->pairs[k];
            if (!((a.value ^ b.value) & a.mask & b.mask))
                add_pair(boxer, (struct pair){a.mask | b.mask, a.value | b.value});
        }
    return (struct side){.form = PAIRS, .pairs = start, .pair_count = boxer->pair_count - start};
}

/* ---- walking ---- */

static void walk(struct boxer *boxer, cordon_node node, struct draft draft, unsigned split);

static void add_draft(struct boxer *boxer, struct draft draft, uint32_t action)
{
    if (action == boxer->rest)
        return;
    draft.action = action;
    if (grow(boxer, (void **)&boxer->drafts, &boxer->draft_room, sizeof draft,
             boxer->draft_count + 1u))
        boxer->drafts[boxer->draft_count++] = draft;
}

/* The last values, ascending, at which unmasked tests of a word below a node cut its values. */
struct cuts {
    uint32_t last[MAX_CUTS];
    uint32_t count;
    bool many;
};

static void add_cut(struct cuts *cuts, uint32_t last)
{
    uint32_t at = cuts->count;
    for (uint32_t i = 0; i < cuts->count; i++)
        if (cuts->last[i] == last)
            return;
    if (cuts->count == MAX_CUTS) {
        cuts->many = true;
        return;
    }
    for (; at > 0 && cuts->last[at - 1] > last; at--)
        cuts->last[at] = cuts->last[at - 1];
    cuts->last[at] = last;
    cuts->count++;
}

static void find_cuts(struct boxer *boxer, cordon_node node, unsigned word, struct cuts *cuts)
{
    struct cordon_view view = cordon_model_view(boxer->model, node);
    if (view.is_leaf || view.term >= CORDON_WORDS || view.term > word + 1)
        return;
    if (++boxer->steps > MAX_STEPS) {
        cuts->many = true;
        return;
    }
    for (uint32_t i = 0; i < view.edge_count && !cuts->many; i++) {
        if (view.term == word && view.mask == UINT32_MAX && i + 1 < view.edge_count)
            add_cut(cuts, view.edges[i].last);
        find_cuts(boxer, view.edges[i].to, word, cuts);
    }
}

/* Processes the values or ranges of the upper half in turn. */
static void walk_high(struct boxer *boxer, cordon_node node, struct draft draft, unsigned arg,
                      const struct cuts *cuts)
{
    uint32_t first = 0;
    for (uint32_t i = 0; i <= cuts->count && !boxer->error; i++) {
        uint32_t last = i < cuts->count ? cuts->last[i] : UINT32_MAX;
        struct draft inner = draft;
        cordon_node part = cordon_model_restrict(boxer->model, node,
                                                 cordon_abi_high(boxer->abi, arg), first, last);
        inner.sides[arg] =
            (struct side){INTERVAL, (uint64_t)first << 32, (uint64_t)last << 32 | UINT32_MAX, 0, 0};
        walk(boxer, part, inner, arg + 1);
        first = last + 1;
    }
}

/* An interval of the lower half, where the upper half has one value, is an interval of the
 * whole. */
static struct side narrow_low(struct boxer *boxer, struct side side, uint32_t mask, uint32_t first,
                              uint32_t last)
{
    bool one_high = boxer->narrow ? side.form == ANY
                                  : side.form == INTERVAL && side.first >> 32 == side.last >> 32 &&
                                        side.last - side.first == UINT32_MAX;
    if (mask != UINT32_MAX || !one_high)
        return and_test(boxer, side, false, mask, first, last);
    return (struct side){INTERVAL, side.first + first, side.first + last, 0, 0};
}

static void walk_edges(struct boxer *boxer, cordon_node node, struct draft draft, unsigned arg,
                       bool high, unsigned split)
{
    uint32_t count = cordon_model_view(boxer->model, node).edge_count, first = 0;
    for (uint32_t i = 0; i < count && !boxer->error; i++) {
        /* edges move when nodes are made */
        struct cordon_view view = cordon_model_view(boxer->model, node);
        struct cordon_edge edge = view.edges[i];
        struct draft inner = draft;
        uint32_t end = edge.last < view.mask ? edge.last : view.mask;
        if (first <= view.mask) {
            inner.sides[arg] = high ? and_test(boxer, draft.sides[arg], true, view.mask, first, end)
                                    : narrow_low(boxer, draft.sides[arg], view.mask, first, end);
            walk(boxer, edge.to, inner, split);
        }
        first = edge.last + 1;
    }
}

/* `split`: the upper half of the arguments below it was processed already. */
static void walk(struct boxer *boxer, cordon_node node, struct draft draft, unsigned split)
{
    struct cordon_view view = cordon_model_view(boxer->model, node);
    if (boxer->error)
        return;
    if (++boxer->steps > MAX_STEPS)
        refuse(boxer, CORDON_E_BUDGET, "its conditions are too many");
    else if (view.is_leaf && view.is_computed)
        refuse(boxer, CORDON_E_MEANING, "the verdict is computed from the call");
    else if (view.is_leaf)
        add_draft(boxer, draft, view.value);
    else if (view.term >= CORDON_WORDS)
        refuse(boxer, CORDON_E_MEANING, "it computes with arguments");
    else if (view.term < CORDON_WORD_ARGS)
        refuse(boxer, CORDON_E_MEANING, "it tests the instruction pointer");
    if (boxer->error || view.is_leaf)
        return;
    unsigned arg = (view.term - CORDON_WORD_ARGS) / 2;
    bool high = view.term == cordon_abi_high(boxer->abi, arg);
    if (boxer->narrow && high) {
        refuse(boxer, CORDON_E_MEANING, "it tests the upper half of a register");
        return;
    }
    struct cuts cuts = {.count = 0};
    if (!boxer->narrow && arg >= split)
        find_cuts(boxer, node, cordon_abi_high(boxer->abi, arg), &cuts);
    if (cuts.count && !cuts.many)
        walk_high(boxer, node, draft, arg, &cuts);
    else
        walk_edges(boxer, node, draft, arg, high, arg + 1 > split ? arg + 1 : split);
}

/* ---- joining neighbours ---- */

static bool same_side(const struct boxer *boxer, const struct side *a, const struct side *b)
{
    if (a->form != b->form || a->first != b->first || a->last != b->last ||
        a->pair_count != b->pair_count)
        return false;
    for (uint32_t i = 0; i < a->pair_count; i++)
        if (boxer->pairs[a->pairs + i].mask != boxer->pairs[b->pairs + i].mask ||
            boxer->pairs[a->pairs + i].value != boxer->pairs[b->pairs + i].value)
            return false;
    return true;
}

/* The only argument in which two drafts differ; else -1. */
static int differ_in(const struct boxer *boxer, const struct draft *a, const struct draft *b)
{
    int found = -1;
    if (a->action != b->action)
        return -1;
    for (int i = 0; i < CORDON_ARGS; i++) {
        if (same_side(boxer, &a->sides[i], &b->sides[i]))
            continue;
        if (found >= 0 || a->sides[i].form != INTERVAL || b->sides[i].form != INTERVAL)
            return -1;
        found = i;
    }
    return found;
}

static bool join(const struct boxer *boxer, struct side *a, const struct side *b)
{
    const struct side *low = a->first < b->first ? a : b, *up = low == a ? b : a;
    struct side made = {INTERVAL, low->first, up->last, 0, 0};
    if (low->last + 1 == up->first && low->last != UINT64_MAX) {
        if (made.first == 0 && made.last == all_bits(boxer))
            made = (struct side){.form = ANY};
    } else if (low->first == 0 && up->last == all_bits(boxer) && up->first - low->last == 2) {
        made = (struct side){NOT, low->last + 1, low->last + 1, 0, 0};
    } else {
        return false;
    }
    *a = made;
    return true;
}

static bool join_two(struct boxer *boxer, uint32_t i, uint32_t k)
{
    struct draft *a = &boxer->drafts[i], *b = &boxer->drafts[k];
    int arg = differ_in(boxer, a, b);
    if (arg < 0 || !join(boxer, &a->sides[arg], &b->sides[arg]))
        return false;
    memmove(b, b + 1, (boxer->draft_count - k - 1) * sizeof *b);
    boxer->draft_count--;
    return true;
}

static void join_all(struct boxer *boxer)
{
    for (bool again = boxer->draft_count <= 1024; again;) {
        again = false;
        for (uint32_t i = 0; i < boxer->draft_count; i++)
            for (uint32_t k = i + 1; k < boxer->draft_count; k++)
                if (join_two(boxer, i, k)) {
                    again = true;
                    k = i;
                }
    }
}

/* ---- into comparisons ---- */

static bool one_comparison(const struct boxer *boxer, const struct side *side, struct scmp_arg *arg)
{
    if (side->form == NOT)
        *arg = (struct scmp_arg){arg->index, SCMP_NE, side->first, 0};
    else if (side->form != INTERVAL)
        return false;
    else if (side->first == side->last)
        *arg = (struct scmp_arg){arg->index, SCMP_EQ, side->first, 0};
    else if (side->first == 0)
        *arg = (struct scmp_arg){arg->index, SCMP_LE, side->last, 0};
    else if (side->last == all_bits(boxer))
        *arg = (struct scmp_arg){arg->index, SCMP_GE, side->first, 0};
    else
        return false;
    return true;
}

static void add_box(struct boxer *boxer, const struct box *box)
{
    struct boxes *boxes = boxer->boxes;
    if (boxes->count == BOXES_MAX)
        refuse(boxer, CORDON_E_BUDGET, "its conditions need too many rules");
    else if (grow(boxer, (void **)&boxes->list, &boxes->room, sizeof *box, boxes->count + 1u))
        boxes->list[boxes->count++] = *box;
}

/* All combinations of the comparisons of the arguments from `arg` on. */
static void expand(struct boxer *boxer, const struct draft *draft, unsigned arg, struct box box)
{
    if (boxer->error)
        return;
    if (arg == CORDON_ARGS) {
        add_box(boxer, &box);
        return;
    }
    struct side side = draft->sides[arg];
    struct scmp_arg *next = &box.args[box.count];
    *next = (struct scmp_arg){.index = (uint8_t)arg};
    if (side.form == ANY) {
        expand(boxer, draft, arg + 1, box);
        return;
    }
    box.count++;
    if (one_comparison(boxer, &side, next)) {
        expand(boxer, draft, arg + 1, box);
        return;
    }
    to_pairs(boxer, &side);
    for (uint32_t i = 0; i < side.pair_count && !boxer->error; i++) {
        struct pair pair = boxer->pairs[side.pairs + i];
        struct box inner = box;
        bool all = pair.mask == all_bits(boxer);
        *next = (struct scmp_arg){(uint8_t)arg, all ? SCMP_EQ : SCMP_MASKED_EQ, pair.value,
                                  all ? 0 : pair.mask};
        inner.args[box.count - 1] = *next;
        if (!pair.mask)
            inner.count--;
        expand(boxer, draft, arg + 1, inner);
    }
}

enum cordon_error boxes_of(struct boxes *boxes, struct cordon_model *model, cordon_node node,
                           const struct cordon_abi *abi, bool narrow, uint32_t rest,
                           const char **why)
{
    struct boxer boxer = {
        .boxes = boxes, .model = model, .abi = abi, .narrow = narrow, .rest = rest, .why = why};
    const struct cordon_allocator *allocator = boxes->allocator;
    walk(&boxer, node, (struct draft){.action = 0}, 0);
    if (!boxer.error && cordon_model_status(model))
        refuse(&boxer, CORDON_E_BUDGET, "it is too complex");
    join_all(&boxer);
    for (uint32_t i = 0; i < boxer.draft_count && !boxer.error; i++)
        expand(&boxer, &boxer.drafts[i], 0, (struct box){.action = boxer.drafts[i].action});
    if (boxer.drafts)
        allocator->resize(allocator->context, boxer.drafts, boxer.draft_room * sizeof *boxer.drafts,
                          0);
    if (boxer.pairs)
        allocator->resize(allocator->context, boxer.pairs, boxer.pair_room * sizeof *boxer.pairs,
                          0);
    return boxer.error;
}

void boxes_free(struct boxes *boxes)
{
    if (boxes->list)
        boxes->allocator->resize(boxes->allocator->context, boxes->list,
                                 boxes->room * sizeof *boxes->list, 0);
    boxes->list = NULL;
    boxes->count = 0;
    boxes->room = 0;
}
