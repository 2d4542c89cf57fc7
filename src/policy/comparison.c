/* SPDX-License-Identifier: MIT */
/*
 * comparison.c: evaluates comparisons as sets of intervals. Signed order is two intervals of the
 * unsigned one, and each relation is at most two intervals of that order.
 */
#include "cordon/comparison.h"

#include <string.h>

/* ---- operands ---- */

uint64_t cordon_comparison_bits(unsigned bits)
{
    return bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

static unsigned find_argument(const struct cordon_syscall *call, const char *name)
{
    unsigned found = cordon_syscall_argument(call, name, (uint32_t)strlen(name));
    return found < call->arg_count ? found : CORDON_ARGS + 1;
}

static void look_up(struct cordon_operand *operand, const struct cordon_cond *cond,
                    const struct cordon_abi *abi, uint16_t id)
{
    struct cordon_syscall call = cordon_syscall(abi, id);
    if (cond->operand_name)
        operand->argument = find_argument(&call, cond->operand_name);
    operand->is_declared = operand->argument < call.arg_count;
    if (!operand->is_declared || cond->whole)
        return;
    operand->bits = cordon_arg_bits(abi, &call.args[operand->argument]);
    operand->is_signed = !cond->mask && cordon_arg_signed(&call.args[operand->argument]);
}

struct cordon_operand cordon_comparison_operand(const struct cordon_cond *cond,
                                                const struct cordon_abi *abi, uint16_t id)
{
    struct cordon_operand operand = {.argument = cond->operand, .bits = abi->bits};
    bool known = id != CORDON_NO_ID;
    if (known && (cond->operand_name || !cond->whole))
        look_up(&operand, cond, abi, id);
    else if (cond->operand_name)
        operand.argument = CORDON_ARGS + 1;
    if (operand.argument == CORDON_ARGS)
        operand.bits = 64;
    return operand;
}

/* ---- constants ---- */

static uint64_t apply(char op, uint64_t left, uint64_t right)
{
    switch (op) {
    case '|':
        return left | right;
    case '&':
        return left & right;
    case '^':
        return left ^ right;
    case '+':
        return left + right;
    case '-':
        return left - right;
    default:
        return right < 64 ? left << right : 0;
    }
}

static bool evaluate(const struct cordon_abi *abi, const struct cordon_expr *expr, uint64_t *value,
                     struct cordon_comparison_fault *fault)
{
    uint64_t left, right;
    if (expr->form == CORDON_EXPR_NUMBER) {
        *value = expr->number;
        return true;
    }
    if (expr->form == CORDON_EXPR_NAME) {
        if (cordon_constant_value(abi, expr->name, (uint32_t)strlen(expr->name), value))
            return true;
        *fault = (struct cordon_comparison_fault){CORDON_COMPARISON_NO_CONSTANT, expr, 0};
        return false;
    }
    if (!evaluate(abi, expr->left, &left, fault))
        return false;
    if (expr->form == CORDON_EXPR_UNARY) {
        *value = expr->op == '~' ? ~left : 0 - left;
        return true;
    }
    if (!evaluate(abi, expr->right, &right, fault))
        return false;
    *value = apply(expr->op, left, right);
    return true;
}

/* ---- collecting ---- */

struct collector {
    const struct cordon_abi *abi;
    const struct cordon_operand *operand;
    const struct cordon_allocator *allocator;
    struct cordon_intervals *values;
    struct cordon_comparison_fault *fault;
    enum cordon_error error;
    uint64_t all;  /* the bits that are compared */
    uint64_t sign; /* the sign bit of a signed operand: keys are its bits ^ sign */
};

static bool fail(struct collector *collector, enum cordon_error error)
{
    collector->error = error;
    return false;
}

/*
 * A constant as bits of the operand. The bits above must be all zeros, or all ones in front of a
 * negative number; in a mask, where `~` makes them, they may be all ones.
 */
static bool constant(struct collector *collector, const struct cordon_expr *expr, bool is_mask,
                     uint64_t *value)
{
    uint64_t all = collector->all, full;
    if (!evaluate(collector->abi, expr, &full, collector->fault))
        return fail(collector, CORDON_E_NAME);
    bool negative =
        (full | all) == UINT64_MAX && (is_mask || full >> (collector->operand->bits - 1) & 1);
    *value = full & all;
    if (!(full & ~all) || negative)
        return true;
    *collector->fault = (struct cordon_comparison_fault){CORDON_COMPARISON_TOO_WIDE, expr, full};
    return fail(collector, CORDON_E_RANGE);
}

static bool add(struct collector *collector, uint64_t first, uint64_t last)
{
    struct cordon_intervals *values = collector->values;
    if (!cordon_array_grow(collector->allocator, (void **)&values->items, &values->room,
                           sizeof *values->items, values->count + 1u))
        return fail(collector, CORDON_E_NO_MEMORY);
    values->items[values->count++] = (struct cordon_wide_interval){first, last};
    return true;
}

/* Adds keys first … last: if the sign changes in between, these are two intervals of bits. */
static bool add_keys(struct collector *collector, uint64_t first, uint64_t last)
{
    uint64_t sign = collector->sign;
    if (first > last)
        return true;
    if (sign && first < sign && last >= sign)
        return add(collector, first ^ sign, (sign - 1) ^ sign) && add(collector, 0, last ^ sign);
    return add(collector, first ^ sign, last ^ sign);
}

static bool add_relation(struct collector *collector, enum cordon_cond_form form, uint64_t value)
{
    uint64_t max = collector->all, key = value ^ collector->sign;
    switch (form) {
    case CORDON_COND_EQ:
        return add_keys(collector, key, key);
    case CORDON_COND_NE:
        return (key == 0 || add_keys(collector, 0, key - 1)) &&
               (key == max || add_keys(collector, key + 1, max));
    case CORDON_COND_LT:
        return key == 0 || add_keys(collector, 0, key - 1);
    case CORDON_COND_LE:
        return add_keys(collector, 0, key);
    case CORDON_COND_GT:
        return key == max || add_keys(collector, key + 1, max);
    default:
        return add_keys(collector, key, max);
    }
}

static bool add_span(struct collector *collector, const struct cordon_span *span)
{
    uint64_t first, last, sign = collector->sign;
    if (!constant(collector, span->first, false, &first))
        return false;
    last = first;
    if (span->last && !constant(collector, span->last, false, &last))
        return false;
    if ((first ^ sign) <= (last ^ sign))
        return add_keys(collector, first ^ sign, last ^ sign);
    *collector->fault =
        (struct cordon_comparison_fault){CORDON_COMPARISON_EMPTY_RANGE, span->first, first};
    return fail(collector, CORDON_E_RANGE);
}

static bool collect(struct collector *collector, const struct cordon_cond *cond)
{
    uint64_t value;
    if (cond->form == CORDON_COND_BITS)
        return add(collector, 1, collector->all);
    if (cond->form != CORDON_COND_IN)
        return constant(collector, cond->spans[0].first, false, &value) &&
               add_relation(collector, cond->form, value);
    for (uint32_t i = 0; i < cond->span_count; i++)
        if (!add_span(collector, &cond->spans[i]))
            return false;
    return true;
}

/* ---- the order ---- */

static void swap(struct cordon_wide_interval *a, struct cordon_wide_interval *b)
{
    struct cordon_wide_interval kept = *a;
    *a = *b;
    *b = kept;
}

/* Heap sort in place: qsort may allocate, and that allocation could fail. */
static void sift(struct cordon_wide_interval *items, uint32_t root, uint32_t count)
{
    for (uint32_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && items[child].first < items[child + 1].first)
            child++;
        if (items[root].first >= items[child].first)
            return;
        swap(&items[root], &items[child]);
    }
}

static void sort(struct cordon_intervals *values)
{
    for (uint32_t i = values->count / 2; i-- > 0;)
        sift(values->items, i, values->count);
    for (uint32_t end = values->count; end-- > 1;) {
        swap(&values->items[0], &values->items[end]);
        sift(values->items, 0, end);
    }
}

/* Makes the intervals ascending and disjoint, without touching ends. */
static void normalise(struct cordon_intervals *values)
{
    uint32_t kept = 0;
    sort(values);
    for (uint32_t i = 0; i < values->count; i++) {
        struct cordon_wide_interval *last = kept ? &values->items[kept - 1] : NULL;
        struct cordon_wide_interval item = values->items[i];
        if (last && (last->last == UINT64_MAX || item.first <= last->last + 1))
            last->last = item.last > last->last ? item.last : last->last;
        else
            values->items[kept++] = item;
    }
    values->count = kept;
}

/* ---- the whole ---- */

enum cordon_error cordon_comparison_values(const struct cordon_cond *cond,
                                           const struct cordon_abi *abi,
                                           const struct cordon_operand *operand,
                                           const struct cordon_allocator *allocator, uint64_t *mask,
                                           struct cordon_intervals *values,
                                           struct cordon_comparison_fault *fault)
{
    struct collector collector = {.abi = abi,
                                  .operand = operand,
                                  .allocator = allocator,
                                  .values = values,
                                  .fault = fault,
                                  .all = cordon_comparison_bits(operand->bits)};
    collector.sign = operand->is_signed ? UINT64_C(1) << (operand->bits - 1) : 0;
    values->count = 0;
    uint64_t asked = collector.all;
    if ((cond->mask && !constant(&collector, cond->mask, true, &asked)) ||
        !collect(&collector, cond))
        return collector.error;
    if (values->count > 1)
        normalise(values);
    *mask = asked;
    return CORDON_OK;
}

void cordon_intervals_free(struct cordon_intervals *values,
                           const struct cordon_allocator *allocator)
{
    if (values->items)
        allocator->resize(allocator->context, values->items, values->room * sizeof *values->items,
                          0);
    *values = (struct cordon_intervals){0};
}
