/* SPDX-License-Identifier: MIT */
/*
 * build_cond.c: makes graphs of conditions on arguments. A comparison is a set of intervals
 * (comparison.c), which becomes a test of the words that hold the argument.
 */
#include <stdio.h>

#include "build.h"

/* ---- operands ---- */

/* The bits and words that a comparison tests. */
struct operand {
    unsigned low, high; /* word indices */
    unsigned bits;      /* 16, 32, 64 */
};

/* "flags" is no argument of read(fd, buf, count): the message lists the arguments. */
static void no_such_argument(struct builder *builder, const struct cordon_cond *cond,
                             const struct call_view *call)
{
    if (call->id == CORDON_NO_ID) {
        build_error(builder, CORDON_E_NAME, cond->place, "use arg0 … arg5",
                    "unnamed calls have no argument \"%.40s\"", cond->operand_name);
        return;
    }
    struct cordon_syscall known = cordon_syscall(builder->abi, call->id);
    char hint[160] = "it has none";
    size_t used = 0;
    for (unsigned i = 0; i < known.arg_count && used < sizeof hint - 24; i++)
        used += (size_t)snprintf(hint + used, sizeof hint - used, "%s%.20s", i ? ", " : "it has ",
                                 known.args[i].name);
    build_error(builder, CORDON_E_NAME, cond->place, hint, "%s has no argument \"%.40s\" on %s",
                known.name, cond->operand_name, builder->abi->name);
}

static void too_few_arguments(struct builder *builder, const struct cordon_cond *cond,
                              const struct call_view *call)
{
    struct cordon_syscall known = cordon_syscall(builder->abi, call->id);
    build_error(builder, CORDON_E_RANGE, cond->place, NULL, "%s has %u arguments on %s", known.name,
                known.arg_count, builder->abi->name);
}

/* The operand of a comparison; false: reported, or call->hidden is set. */
static bool find_operand(struct builder *builder, const struct cordon_cond *cond,
                         struct call_view *call, struct cordon_operand *operand)
{
    *operand = cordon_comparison_operand(cond, builder->abi, call->id);
    bool missing = !cond->whole && call->named && !operand->is_declared;
    if (operand->argument > CORDON_ARGS) {
        no_such_argument(builder, cond, call);
        return false;
    }
    if (operand->argument == CORDON_ARGS)
        return true;
    if (missing) {
        too_few_arguments(builder, cond, call);
        return false;
    }
    call->hidden |= call->position && call->position[operand->argument] == CORDON_IN_MEMORY;
    return !call->hidden;
}

/* The position of the argument: a multiplexer passes arguments in other registers. */
static struct operand place_operand(const struct builder *builder, const struct call_view *call,
                                    const struct cordon_operand *operand)
{
    unsigned at = operand->argument;
    if (call->position && at < CORDON_ARGS)
        at = call->position[at];
    return (struct operand){cordon_abi_low(builder->abi, at), cordon_abi_high(builder->abi, at),
                            operand->bits};
}

/* ---- intervals into the model ---- */

/* The items that lie in one value (or range) of the high word, as a switch on the low word with
 * `yes` inside them. */
static cordon_node low_switch(struct builder *builder, unsigned word, uint32_t mask,
                              const struct cordon_wide_interval *items, uint32_t count,
                              cordon_node yes)
{
    struct cordon_model *model = builder->model;
    if (mask == 0) /* no bit of it is tested: they count as 0 */
        return (uint32_t)items[0].first == 0 ? yes : builder->zero;
    if (!build_room(builder, &builder->low_edges, 2 * (size_t)count + 1))
        return CORDON_NODE_NONE;
    struct cordon_edge *edges = builder->low_edges.items;
    uint32_t used = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t first = (uint32_t)items[i].first, last = (uint32_t)items[i].last;
        if (first > 0)
            edges[used++] = (struct cordon_edge){first - 1, builder->zero};
        edges[used++] = (struct cordon_edge){last, yes};
    }
    if (used == 0 || edges[used - 1].last != UINT32_MAX)
        edges[used++] = (struct cordon_edge){UINT32_MAX, builder->zero};
    return cordon_model_switch(model, word, mask, edges, used);
}

static cordon_node or_nodes(struct builder *builder, cordon_node a, cordon_node b)
{
    return cordon_model_choose(builder->model, a, builder->one, b);
}

/* (word & mask) in first … last and `inner`; a mask of 0 gives 0, whatever the word is. */
static cordon_node high_range(struct builder *builder, unsigned word, uint32_t mask, uint32_t first,
                              uint32_t last, cordon_node inner)
{
    if (mask == 0)
        return first == 0 ? inner : builder->zero;
    return cordon_model_range(builder->model, word, mask, first, last, inner, builder->zero);
}

/* The high word in from … to and the low word in the items; the word that is tested first is on
 * top. */
static cordon_node both_halves(struct builder *builder, const struct operand *operand,
                               uint64_t mask, uint32_t from, uint32_t to,
                               const struct cordon_wide_interval *items, uint32_t count)
{
    uint32_t low_mask = (uint32_t)mask, high_mask = (uint32_t)(mask >> 32);
    cordon_node inner;
    if (operand->low < operand->high) {
        inner = high_range(builder, operand->high, high_mask, from, to, builder->one);
        return low_switch(builder, operand->low, low_mask, items, count, inner);
    }
    inner = low_switch(builder, operand->low, low_mask, items, count, builder->one);
    return high_range(builder, operand->high, high_mask, from, to, inner);
}

/* One interval whose ends have different high words: a first part, whole high words, a last
 * part. */
static cordon_node wide_interval(struct builder *builder, const struct operand *operand,
                                 uint64_t mask, struct cordon_wide_interval item)
{
    uint32_t from = (uint32_t)(item.first >> 32), to = (uint32_t)(item.last >> 32);
    struct cordon_wide_interval head = {(uint32_t)item.first, UINT32_MAX},
                                tail = {0, (uint32_t)item.last};
    cordon_node node = both_halves(builder, operand, mask, from, from, &head, 1);
    if (to - from > 1)
        node = or_nodes(builder, node,
                        high_range(builder, operand->high, (uint32_t)(mask >> 32), from + 1, to - 1,
                                   builder->one));
    return or_nodes(builder, node, both_halves(builder, operand, mask, to, to, &tail, 1));
}

static cordon_node wide_set(struct builder *builder, const struct operand *operand, uint64_t mask,
                            const struct cordon_intervals *set)
{
    cordon_node node = builder->zero;
    for (uint32_t i = 0, end; i < set->count; i = end) {
        uint32_t high = (uint32_t)(set->items[i].first >> 32);
        end = i + 1;
        cordon_node part;
        if (set->items[i].last >> 32 != high) {
            part = wide_interval(builder, operand, mask, set->items[i]);
        } else {
            while (end < set->count && set->items[end].last >> 32 == high)
                end++;
            part = both_halves(builder, operand, mask, high, high, &set->items[i], end - i);
        }
        node = or_nodes(builder, node, part);
    }
    return node;
}

static cordon_node set_graph(struct builder *builder, const struct operand *operand, uint64_t mask,
                             const struct cordon_intervals *set)
{
    if (operand->bits == 64)
        return wide_set(builder, operand, mask, set);
    return low_switch(builder, operand->low, (uint32_t)mask, set->items, set->count, builder->one);
}

/* ---- comparisons ---- */

static void report_fault(struct builder *builder, const struct cordon_operand *operand,
                         enum cordon_error error, const struct cordon_comparison_fault *fault)
{
    struct cordon_place place = fault->expr->place;
    switch (fault->kind) {
    case CORDON_COMPARISON_NO_CONSTANT:
        build_error(builder, error, place, "put the rule in a block: on ARCH { … }",
                    "%s doesn't exist on %s", fault->expr->name, builder->abi->name);
        return;
    case CORDON_COMPARISON_TOO_WIDE:
        build_error(builder, error, place,
                    operand->bits < 64 ? "whole ARG compares the whole register" : NULL,
                    "0x%llx does not fit: the kernel reads %u bits of this argument on %s",
                    (unsigned long long)fault->value, operand->bits, builder->abi->name);
        return;
    case CORDON_COMPARISON_EMPTY_RANGE:
        build_error(builder, error, place, NULL, "the range ends before it begins");
        return;
    }
}

static bool find_values(struct builder *builder, const struct cordon_cond *cond,
                        const struct cordon_operand *operand, uint64_t *mask)
{
    struct cordon_comparison_fault fault;
    enum cordon_error error = cordon_comparison_values(
        cond, builder->abi, operand, builder->allocator, mask, &builder->intervals, &fault);
    if (error == CORDON_E_NO_MEMORY)
        build_out_of_memory(builder);
    else if (error)
        report_fault(builder, operand, error, &fault);
    return !error;
}

/* Removes values that the mask can't give; the rest shows whether the outcome is constant. */
static void drop_impossible(struct cordon_intervals *set, uint64_t mask)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        struct cordon_wide_interval item = set->items[i];
        bool impossible = item.first > mask || (item.first == item.last && (item.first & ~mask));
        if (!impossible)
            set->items[kept++] = item;
    }
    set->count = kept;
}

static void warn_trivial(struct builder *builder, const struct cordon_cond *cond,
                         const struct cordon_intervals *set, uint64_t mask)
{
    bool never = set->count == 0;
    bool always = set->count == 1 && set->items[0].first == 0 && set->items[0].last >= mask;
    if ((never || always) && build_may_report(builder, REPORTED_TRIVIAL))
        build_warn(builder, CORDON_LINT_CONSTANT_CONDITION, cond->place, NULL,
                   "this condition is %s true", never ? "never" : "always");
}

static cordon_node build_comparison(struct builder *builder, const struct cordon_cond *cond,
                                    struct call_view *call)
{
    struct cordon_operand operand;
    struct cordon_intervals *set = &builder->intervals;
    uint64_t mask;
    if (!find_operand(builder, cond, call, &operand) ||
        !find_values(builder, cond, &operand, &mask))
        return CORDON_NODE_NONE;
    drop_impossible(set, mask);
    warn_trivial(builder, cond, set, mask);
    if (set->count && set->items[0].first == 0 && set->items[0].last >= mask)
        return builder->one; /* also where the mask is 0 */
    if (!set->count || !mask)
        return builder->zero;
    struct operand place = place_operand(builder, call, &operand);
    return set_graph(builder, &place, mask, set);
}

cordon_node build_condition(struct builder *builder, const struct cordon_cond *cond,
                            struct call_view *call)
{
    cordon_node left, right;
    switch (cond->form) {
    case CORDON_COND_NOT:
        left = build_condition(builder, cond->left, call);
        return cordon_model_choose(builder->model, left, builder->zero, builder->one);
    case CORDON_COND_AND:
    case CORDON_COND_OR:
        left = build_condition(builder, cond->left, call);
        right = build_condition(builder, cond->right, call);
        if (cond->form == CORDON_COND_OR)
            return or_nodes(builder, left, right);
        return cordon_model_choose(builder->model, left, right, builder->zero);
    default:
        return build_comparison(builder, cond, call);
    }
}
