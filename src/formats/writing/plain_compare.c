/* SPDX-License-Identifier: MIT */
/* plain_compare.c: evaluates a comparison of a register as numbers. */
#include <string.h>

#include "plain.h"

/* Copies the values to the arena, where they outlive the next comparison. */
static bool keep(struct plain *plain, struct plain_test *test)
{
    size_t size = plain->values.count * sizeof *plain->values.items;
    test->count = plain->values.count;
    test->spans = cordon_arena_alloc(&plain->arena, size);
    if (!test->spans) {
        plain_no_memory(plain);
        return false;
    }
    if (size)
        memcpy(test->spans, plain->values.items, size);
    return true;
}

/* The complement within `all` bits. */
static bool keep_complement(struct plain *plain, struct plain_test *test, uint64_t all)
{
    const struct cordon_intervals *values = &plain->values;
    struct cordon_wide_interval *other =
        cordon_arena_array(&plain->arena, values->count + 1u, sizeof *other);
    uint64_t next = 0;
    bool open = true;
    if (!other) {
        plain_no_memory(plain);
        return false;
    }
    test->spans = other;
    test->count = 0;
    for (uint32_t i = 0; i < values->count; i++) {
        if (values->items[i].first > next)
            other[test->count++] = (struct cordon_wide_interval){next, values->items[i].first - 1};
        open = values->items[i].last < all;
        next = values->items[i].last + 1;
    }
    if (open)
        other[test->count++] = (struct cordon_wide_interval){next, all};
    return true;
}

bool plain_test(struct plain *plain, const struct cordon_abi *abi, uint16_t id,
                const struct cordon_cond *cond, bool negated, struct plain_test *test)
{
    struct cordon_operand operand = cordon_comparison_operand(cond, abi, id);
    struct cordon_comparison_fault fault;
    enum cordon_error error = CORDON_E_NAME;
    uint64_t mask;
    if (operand.argument <= CORDON_ARGS)
        error = cordon_comparison_values(cond, abi, &operand, plain->arena.allocator, &mask,
                                         &plain->values, &fault);
    if (error == CORDON_E_NO_MEMORY)
        plain_no_memory(plain);
    else if (error)
        plain_refuse(plain, id == CORDON_NO_ID ? at_all() : at_call(id, UINT32_C(1) << abi->id),
                     cond->place, "this cannot be evaluated on %s", abi->name);
    if (error)
        return false;
    bool is_ip = operand.argument == CORDON_ARGS;
    *test = (struct plain_test){.argument = operand.argument,
                                .mask = mask,
                                .all = cordon_comparison_bits(is_ip ? 64 : abi->bits)};
    return (negated ? keep_complement(plain, test, cordon_comparison_bits(operand.bits))
                    : keep(plain, test)) &&
           !plain_stops(plain);
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
