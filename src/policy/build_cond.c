/* SPDX-License-Identifier: MIT */
/*
 * build_cond.c: conditions on arguments as graphs.
 *
 * Every comparison becomes a set of intervals of the bits that the kernel looks at: 16, 32 or 64 of
 * the register. Signed order is two intervals of the unsigned one. So there is one way into the
 * model.
 */
#include <stdio.h>
#include <string.h>

#include "build.h"

/* ---- operands ---- */

/* Which bits of which words a comparison is about. */
struct operand {
    unsigned low, high; /* word indices */
    unsigned bits;      /* 16, 32, 64 */
    bool is_signed;
};

static uint64_t all_bits(unsigned bits)
{
    return bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

/* "flags" is no argument of read(fd, buf, count): lists those that are. */
static void no_such_argument(struct builder *builder, const struct cordon_cond *cond,
                             const struct call_view *call)
{
    if (call->id == CORDON_NO_ID) {
        build_error(builder, CORDON_E_NAME, cond->place, "arg0 … arg5 go by position",
                    "calls without a name have no argument \"%.40s\"", cond->operand_name);
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

/* The index of the argument, or CORDON_ARGS + 1: reported. */
static unsigned find_argument(struct builder *builder, const struct cordon_cond *cond,
                              const struct call_view *call)
{
    if (!cond->operand_name)
        return cond->operand;
    if (call->id != CORDON_NO_ID) {
        struct cordon_syscall known = cordon_syscall(builder->abi, call->id);
        for (unsigned i = 0; i < known.arg_count; i++)
            if (!strcmp(known.args[i].name, cond->operand_name))
                return i;
    }
    no_such_argument(builder, cond, call);
    return CORDON_ARGS + 1;
}

static bool find_operand(struct builder *builder, const struct cordon_cond *cond,
                         struct call_view *call, struct operand *operand)
{
    unsigned arg = find_argument(builder, cond, call);
    if (arg > CORDON_ARGS)
        return false;
    *operand = (struct operand){.bits = arg == CORDON_ARGS ? 64 : builder->abi->bits};
    bool asks = !cond->whole || call->position; /* is it asked what the argument is? */
    if (arg < CORDON_ARGS && call->id != CORDON_NO_ID && asks) {
        struct cordon_syscall known = cordon_syscall(builder->abi, call->id);
        if (arg >= known.arg_count && call->named && !cond->whole) {
            build_error(builder, CORDON_E_RANGE, cond->place, NULL, "%s has %u arguments on %s",
                        known.name, known.arg_count, builder->abi->name);
            return false;
        }
        if (arg < known.arg_count && !cond->whole) {
            operand->bits = cordon_arg_bits(builder->abi, &known.args[arg]);
            operand->is_signed = cordon_arg_signed(&known.args[arg]);
        }
        if (call->position && call->position[arg] == CORDON_IN_MEMORY) {
            call->hidden = true;
            return false;
        }
    }
    if (call->position && arg < CORDON_ARGS)
        arg = call->position[arg];
    operand->low = cordon_abi_low(builder->abi, arg);
    operand->high = cordon_abi_high(builder->abi, arg);
    return true;
}

/* ---- constants ---- */

static bool evaluate(struct builder *builder, const struct cordon_expr *expr, uint64_t *value)
{
    uint64_t left, right;
    switch (expr->form) {
    case CORDON_EXPR_NUMBER:
        *value = expr->number;
        return true;
    case CORDON_EXPR_NAME:
        if (cordon_constant_value(builder->abi, expr->name, (uint32_t)strlen(expr->name), value))
            return true;
        build_error(builder, CORDON_E_NAME, expr->place, "put the rule into a block: on ARCH { … }",
                    "%s doesn't exist on %s", expr->name, builder->abi->name);
        return false;
    case CORDON_EXPR_UNARY:
        if (!evaluate(builder, expr->left, &left))
            return false;
        *value = expr->op == '~' ? ~left : 0 - left;
        return true;
    case CORDON_EXPR_BINARY:
        break;
    }
    if (!evaluate(builder, expr->left, &left) || !evaluate(builder, expr->right, &right))
        return false;
    switch (expr->op) {
    case '|':
        *value = left | right;
        break;
    case '&':
        *value = left & right;
        break;
    case '^':
        *value = left ^ right;
        break;
    case '+':
        *value = left + right;
        break;
    case '-':
        *value = left - right;
        break;
    default:
        *value = right < 64 ? left << right : 0;
    }
    return true;
}

/*
 * A constant as the argument's bits: what stands above them must be all zeros, or all ones in front
 * of a negative number; for a mask, which `~` makes, all ones will do.
 */
static bool evaluate_for(struct builder *builder, const struct cordon_expr *expr,
                         const struct operand *operand, bool is_mask, uint64_t *value)
{
    uint64_t all = all_bits(operand->bits), full;
    if (!evaluate(builder, expr, &full))
        return false;
    bool negative = (full | all) == UINT64_MAX && (is_mask || full >> (operand->bits - 1) & 1);
    if ((full & ~all) && !negative) {
        build_error(builder, CORDON_E_RANGE, expr->place,
                    operand->bits < 64 ? "whole ARG compares the whole register" : NULL,
                    "0x%llx doesn't fit: the kernel looks at %u bits of this argument on %s",
                    (unsigned long long)full, operand->bits, builder->abi->name);
        return false;
    }
    *value = full & all;
    return true;
}

/* ---- sets of intervals ---- */

static bool add_interval(struct builder *builder, struct intervals *set, uint64_t first,
                         uint64_t last)
{
    if (!cordon_array_grow(builder->allocator, (void **)&set->items, &set->room, sizeof *set->items,
                           set->count + 1u)) {
        build_out_of_memory(builder);
        return false;
    }
    set->items[set->count++] = (struct interval){first, last};
    return true;
}

/*
 * first … last in the argument's own order. Keys are the values in that order as unsigned numbers:
 * for a signed argument the sign bit is turned over, and a range over 0 is two ranges of bits.
 */
static bool add_keys(struct builder *builder, struct intervals *set, const struct operand *operand,
                     uint64_t first, uint64_t last)
{
    if (first > last)
        return true;
    uint64_t sign = operand->is_signed ? UINT64_C(1) << (operand->bits - 1) : 0;
    if (!sign)
        return add_interval(builder, set, first, last);
    bool good = true;
    if (first < sign)
        good = add_interval(builder, set, first + sign, (last < sign ? last : sign - 1) + sign);
    if (last >= sign)
        good =
            good && add_interval(builder, set, (first < sign ? sign : first) - sign, last - sign);
    return good;
}

static int compare_intervals(const void *left, const void *right)
{
    const struct interval *a = left, *b = right;
    return (a->first > b->first) - (a->first < b->first);
}

/* In-place heap sort: qsort may allocate, and it isn't worth an allocation failure of its own. */
static void sift(struct interval *items, uint32_t root, uint32_t count)
{
    for (uint32_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && compare_intervals(&items[child], &items[child + 1]) < 0)
            child++;
        if (compare_intervals(&items[root], &items[child]) >= 0)
            return;
        struct interval swap = items[root];
        items[root] = items[child];
        items[child] = swap;
    }
}

/* Ascending, disjoint, not touching. */
static void normalise(struct intervals *set)
{
    for (uint32_t i = set->count / 2; i-- > 0;)
        sift(set->items, i, set->count);
    for (uint32_t end = set->count; end-- > 1;) {
        struct interval swap = set->items[0];
        set->items[0] = set->items[end];
        set->items[end] = swap;
        sift(set->items, 0, end);
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        struct interval *last = kept ? &set->items[kept - 1] : NULL;
        if (last && (last->last == UINT64_MAX || set->items[i].first <= last->last + 1))
            last->last = set->items[i].last > last->last ? set->items[i].last : last->last;
        else
            set->items[kept++] = set->items[i];
    }
    set->count = kept;
}

/* ---- intervals into the model ---- */

/* The items that lie in one value (or range) of the high word, as a switch on the low word: `yes`
 * within them. */
static cordon_node low_switch(struct builder *builder, unsigned word, uint32_t mask,
                              const struct interval *items, uint32_t count, cordon_node yes)
{
    struct cordon_model *model = builder->model;
    if (mask == 0) /* none of its bits is asked for: they count as 0 */
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

/* (word & mask) in first … last and `inner`; a mask of 0 gives 0 whatever the word is. */
static cordon_node high_range(struct builder *builder, unsigned word, uint32_t mask, uint32_t first,
                              uint32_t last, cordon_node inner)
{
    if (mask == 0)
        return first == 0 ? inner : builder->zero;
    return cordon_model_range(builder->model, word, mask, first, last, inner, builder->zero);
}

/* The high word in from … to, the low one in the items: what is tested first leads. */
static cordon_node both_halves(struct builder *builder, const struct operand *operand,
                               uint64_t mask, uint32_t from, uint32_t to,
                               const struct interval *items, uint32_t count)
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

/* One interval whose ends have different high words: a head, whole high words, a tail. */
static cordon_node wide_interval(struct builder *builder, const struct operand *operand,
                                 uint64_t mask, struct interval item)
{
    uint32_t from = (uint32_t)(item.first >> 32), to = (uint32_t)(item.last >> 32);
    struct interval head = {(uint32_t)item.first, UINT32_MAX}, tail = {0, (uint32_t)item.last};
    cordon_node node = both_halves(builder, operand, mask, from, from, &head, 1);
    if (to - from > 1)
        node = or_nodes(builder, node,
                        high_range(builder, operand->high, (uint32_t)(mask >> 32), from + 1, to - 1,
                                   builder->one));
    return or_nodes(builder, node, both_halves(builder, operand, mask, to, to, &tail, 1));
}

static cordon_node wide_set(struct builder *builder, const struct operand *operand, uint64_t mask,
                            const struct intervals *set)
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
                             const struct intervals *set)
{
    if (operand->bits == 64)
        return wide_set(builder, operand, mask, set);
    return low_switch(builder, operand->low, (uint32_t)mask, set->items, set->count, builder->one);
}

/* ---- comparisons ---- */

static bool add_relation(struct builder *builder, const struct cordon_cond *cond,
                         const struct operand *operand, uint64_t value, struct intervals *set)
{
    uint64_t sign = operand->is_signed ? UINT64_C(1) << (operand->bits - 1) : 0;
    uint64_t max = all_bits(operand->bits), key = value ^ sign;
    switch (cond->form) {
    case CORDON_COND_EQ:
        return add_keys(builder, set, operand, key, key);
    case CORDON_COND_NE:
        return (key == 0 || add_keys(builder, set, operand, 0, key - 1)) &&
               (key == max || add_keys(builder, set, operand, key + 1, max));
    case CORDON_COND_LT:
        return key == 0 || add_keys(builder, set, operand, 0, key - 1);
    case CORDON_COND_LE:
        return add_keys(builder, set, operand, 0, key);
    case CORDON_COND_GT:
        return key == max || add_keys(builder, set, operand, key + 1, max);
    default:
        return add_keys(builder, set, operand, key, max);
    }
}

static bool add_spans(struct builder *builder, const struct cordon_cond *cond,
                      const struct operand *operand, struct intervals *set)
{
    uint64_t sign = operand->is_signed ? UINT64_C(1) << (operand->bits - 1) : 0;
    for (uint32_t i = 0; i < cond->span_count; i++) {
        uint64_t first, last;
        if (!evaluate_for(builder, cond->spans[i].first, operand, false, &first))
            return false;
        last = first;
        if (cond->spans[i].last &&
            !evaluate_for(builder, cond->spans[i].last, operand, false, &last))
            return false;
        if ((first ^ sign) > (last ^ sign)) {
            build_error(builder, CORDON_E_RANGE, cond->spans[i].first->place, NULL,
                        "the range ends before it begins");
            return false;
        }
        if (!add_keys(builder, set, operand, first ^ sign, last ^ sign))
            return false;
    }
    return true;
}

/* Which values of the masked argument satisfy the comparison. */
static bool collect(struct builder *builder, const struct cordon_cond *cond,
                    const struct operand *operand, struct intervals *set)
{
    uint64_t value;
    if (cond->form == CORDON_COND_BITS)
        return add_interval(builder, set, 1, all_bits(operand->bits));
    if (cond->form == CORDON_COND_IN)
        return add_spans(builder, cond, operand, set);
    return evaluate_for(builder, cond->spans[0].first, operand, false, &value) &&
           add_relation(builder, cond, operand, value, set);
}

/* Values that the mask can't give are taken out; what is left tells whether the outcome is open. */
static void drop_impossible(struct intervals *set, uint64_t mask)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        struct interval item = set->items[i];
        bool impossible = item.first > mask || (item.first == item.last && (item.first & ~mask));
        if (!impossible)
            set->items[kept++] = item;
    }
    set->count = kept;
}

static void warn_trivial(struct builder *builder, const struct cordon_cond *cond,
                         const struct intervals *set, uint64_t mask)
{
    bool never = set->count == 0;
    bool always = set->count == 1 && set->items[0].first == 0 && set->items[0].last >= mask;
    if ((never || always) && build_says(builder, SAID_TRIVIAL))
        build_warn(builder, cond->place, NULL, "this is %s true", never ? "never" : "always");
}

static cordon_node build_comparison(struct builder *builder, const struct cordon_cond *cond,
                                    struct call_view *call)
{
    struct operand operand;
    struct intervals *set = &builder->intervals;
    uint64_t mask;
    cordon_node node = CORDON_NODE_NONE;
    if (!find_operand(builder, cond, call, &operand))
        return node;
    mask = all_bits(operand.bits);
    if (cond->mask) {
        if (!evaluate_for(builder, cond->mask, &operand, true, &mask))
            return node;
        operand.is_signed = false; /* bits, not numbers */
    }
    set->count = 0;
    if (!collect(builder, cond, &operand, set))
        return node;
    normalise(set);
    drop_impossible(set, mask);
    warn_trivial(builder, cond, set, mask);
    if (set->count && set->items[0].first == 0 && set->items[0].last >= mask)
        return builder->one; /* also where the mask is 0 */
    return set->count && mask ? set_graph(builder, &operand, mask, set) : builder->zero;
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
