/* SPDX-License-Identifier: MIT */
/* plain_compare.c: what a comparison asks of a register, in numbers. */
#include <string.h>

#include "plain.h"

static uint64_t low_bits(unsigned bits)
{
    return bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

/* ---- constants ---- */

static bool evaluate(const struct cordon_abi *abi, const struct cordon_expr *expr, uint64_t *value)
{
    uint64_t left, right;
    if (expr->form == CORDON_EXPR_NUMBER) {
        *value = expr->number;
        return true;
    }
    if (expr->form == CORDON_EXPR_NAME)
        return cordon_constant_value(abi, expr->name, (uint32_t)strlen(expr->name), value);
    if (!evaluate(abi, expr->left, &left))
        return false;
    if (expr->form == CORDON_EXPR_UNARY) {
        *value = expr->op == '~' ? ~left : 0 - left;
        return true;
    }
    if (!evaluate(abi, expr->right, &right))
        return false;
    *value = expr->op == '|'   ? left | right
             : expr->op == '&' ? left & right
             : expr->op == '^' ? left ^ right
             : expr->op == '+' ? left + right
             : expr->op == '-' ? left - right
             : right < 64      ? left << right
                               : 0;
    return true;
}

/* ---- spans ---- */

struct spans {
    struct plain *plain;
    struct plain_span *spans;
    uint32_t count, room;
    uint64_t all, sign; /* the order of the argument: its keys are its bits ^ sign */
};

static void push(struct spans *spans, uint64_t first, uint64_t last)
{
    if (spans->count == spans->room) {
        uint32_t room = spans->room ? spans->room * 2 : 8;
        struct plain_span *bigger = cordon_arena_array(&spans->plain->arena, room, sizeof *bigger);
        if (!bigger) {
            plain_no_memory(spans->plain);
            return;
        }
        for (uint32_t i = 0; i < spans->count; i++)
            bigger[i] = spans->spans[i];
        spans->spans = bigger;
        spans->room = room;
    }
    spans->spans[spans->count++] = (struct plain_span){first, last};
}

/* Keys first … last, as bits: where the sign changes in between, these are two spans. */
static void push_keys(struct spans *spans, uint64_t first, uint64_t last)
{
    uint64_t sign = spans->sign;
    if (first > last)
        return;
    if (sign && first < sign && last >= sign) {
        push(spans, first ^ sign, (sign - 1) ^ sign);
        push(spans, 0, last ^ sign);
    } else {
        push(spans, first ^ sign, last ^ sign);
    }
}

static void sort(struct spans *spans)
{
    for (uint32_t i = 1; i < spans->count; i++)
        for (uint32_t j = i; j > 0 && spans->spans[j].first < spans->spans[j - 1].first; j--) {
            struct plain_span swap = spans->spans[j];
            spans->spans[j] = spans->spans[j - 1];
            spans->spans[j - 1] = swap;
        }
}

/* Ascending, and no two touch. */
static void normalise(struct spans *spans)
{
    uint32_t kept = 0;
    sort(spans);
    for (uint32_t i = 0; i < spans->count; i++) {
        struct plain_span *last = kept ? &spans->spans[kept - 1] : NULL, item = spans->spans[i];
        if (last && (last->last == UINT64_MAX || item.first <= last->last + 1))
            last->last = item.last > last->last ? item.last : last->last;
        else
            spans->spans[kept++] = item;
    }
    spans->count = kept;
}

static void complement(struct spans *spans)
{
    struct spans other = {.plain = spans->plain, .all = spans->all};
    uint64_t next = 0;
    bool open = true;
    for (uint32_t i = 0; i < spans->count; i++) {
        if (spans->spans[i].first > next)
            push(&other, next, spans->spans[i].first - 1);
        open = spans->spans[i].last < spans->all;
        next = spans->spans[i].last + 1;
    }
    if (open)
        push(&other, next, spans->all);
    spans->spans = other.spans;
    spans->count = other.count;
}

/* ---- comparisons ---- */

static void relate(struct spans *spans, enum cordon_cond_form form, uint64_t value)
{
    uint64_t key = (value & spans->all) ^ spans->sign, all = spans->all;
    bool below = form == CORDON_COND_NE || form == CORDON_COND_LT;
    bool above = form == CORDON_COND_NE || form == CORDON_COND_GT;
    if (form == CORDON_COND_EQ)
        push_keys(spans, key, key);
    if (below && key > 0)
        push_keys(spans, 0, key - 1);
    if (above && key < all)
        push_keys(spans, key + 1, all);
    if (form == CORDON_COND_LE)
        push_keys(spans, 0, key);
    if (form == CORDON_COND_GE)
        push_keys(spans, key, all);
}

static bool collect(struct spans *spans, const struct cordon_abi *abi,
                    const struct cordon_cond *cond)
{
    if (cond->form == CORDON_COND_BITS) {
        push(spans, 1, spans->all);
        return true;
    }
    for (uint32_t i = 0; i < cond->span_count; i++) {
        uint64_t first, last;
        if (!evaluate(abi, cond->spans[i].first, &first))
            return false;
        if (cond->form != CORDON_COND_IN) {
            relate(spans, cond->form, first);
            continue;
        }
        last = first;
        if (cond->spans[i].last && !evaluate(abi, cond->spans[i].last, &last))
            return false;
        push_keys(spans, (first & spans->all) ^ spans->sign, (last & spans->all) ^ spans->sign);
    }
    return true;
}

/* The position of the argument; CORDON_ARGS + 1: there is none of this name. */
static unsigned position(const struct cordon_syscall *call, const struct cordon_cond *cond)
{
    if (!cond->operand_name)
        return cond->operand;
    for (unsigned i = 0; i < call->arg_count; i++)
        if (!strcmp(call->args[i].name, cond->operand_name))
            return i;
    return CORDON_ARGS + 1;
}

bool plain_test(struct plain *plain, const struct cordon_abi *abi, uint16_t id,
                const struct cordon_cond *cond, bool negated, struct plain_test *test)
{
    struct cordon_syscall call = {0};
    if (id != CORDON_NO_ID)
        call = cordon_syscall(abi, id);
    unsigned argument = position(&call, cond), bits = abi->bits;
    bool typed = argument < call.arg_count && !cond->whole, is_signed = false;
    uint64_t mask = UINT64_MAX;
    if (argument == CORDON_ARGS)
        bits = 64;
    if (typed) {
        bits = cordon_arg_bits(abi, &call.args[argument]);
        is_signed = !cond->mask && cordon_arg_signed(&call.args[argument]);
    }
    struct spans spans = {.plain = plain, .all = low_bits(bits)};
    spans.sign = is_signed ? UINT64_C(1) << (bits - 1) : 0;
    if (argument > CORDON_ARGS || (cond->mask && !evaluate(abi, cond->mask, &mask)) ||
        !collect(&spans, abi, cond)) {
        plain_refuse(plain, id == CORDON_NO_ID ? at_all() : at_call(id, UINT32_C(1) << abi->id),
                     cond->place, "this means nothing on %s", abi->name);
        return false;
    }
    normalise(&spans);
    if (negated)
        complement(&spans);
    *test = (struct plain_test){.argument = argument,
                                .mask = mask & spans.all,
                                .all = argument == CORDON_ARGS ? UINT64_MAX : low_bits(abi->bits),
                                .spans = spans.spans,
                                .count = spans.count};
    return !plain_stops(plain);
}

bool plain_is_unequal(const struct plain_test *test, uint64_t *value)
{
    if (test->count == 0 || test->count > 2)
        return false;
    uint64_t first = test->spans[0].first, last = test->spans[test->count - 1].last;
    if (test->count == 2) {
        *value = test->spans[0].last + 1;
        return first == 0 && last >= test->mask && test->spans[1].first == *value + 1;
    }
    *value = first == 0 ? last + 1 : 0;
    return first == 0 ? last < test->mask && last + 1 == test->mask
                      : first == 1 && last >= test->mask;
}

bool plain_is_always(const struct plain_test *test)
{
    return test->count == 1 && test->spans[0].first == 0 && test->spans[0].last >= test->mask;
}
