/* SPDX-License-Identifier: MIT */
/*
 * stack.c: combines all filters into rules: the strictest action for each number counts, and of
 * equally strict ones that of the newest filter.
 */
#include <stdlib.h>

#include "firejail.h"
#include "flat.h"

struct stack {
    struct firejail *firejail;
    struct firejail_filters *filters;
    struct flat flat;
    const struct cordon_abi *abi;
};

/* ---- one number ---- */

struct answer {
    const struct cordon_cond *cond;
    uint32_t action;
    struct cordon_place place;
};

static const struct firejail_entry *find(const struct firejail_filter *filter, uint32_t nr)
{
    for (uint32_t i = 0; i < filter->count; i++)
        if (filter->entries[i].nr == nr)
            return &filter->entries[i];
    return NULL;
}

static struct answer answer_to(const struct firejail_filter *filter, uint32_t nr)
{
    const struct firejail_entry *entry = find(filter, nr);
    return entry ? (struct answer){entry->cond, entry->action, entry->place}
                 : (struct answer){NULL, filter->rest, filter->place};
}

/* The strictest unconditional action for a number, and the age of the filter that has it. */
static struct answer constant_answer(const struct stack *stack, uint32_t nr, uint32_t *age)
{
    struct answer strictest = {.action = (uint32_t)CORDON_ALLOW};
    *age = UINT32_MAX;
    for (uint32_t i = 0; i < stack->filters->count; i++) {
        const struct firejail_filter *filter = &stack->filters->filters[i];
        struct answer answer = answer_to(filter, nr);
        if (filter->abi != stack->abi->id || answer.cond)
            continue;
        if (cordon_action_compare(answer.action, strictest.action) < 0) {
            strictest = answer;
            *age = i;
        }
    }
    return strictest;
}

static void put(struct stack *stack, uint32_t nr, const struct answer *answer)
{
    uint16_t id = cordon_syscall_id_by_nr(stack->abi, nr);
    struct flat_rule rule = {.id = id,
                             .first = nr,
                             .last = nr,
                             .abis = UINT32_C(1) << stack->abi->id,
                             .cond = answer->cond,
                             .action = answer->action,
                             .place = answer->place};
    flat_add(&stack->flat, &rule);
}

/* The filters with conditions on a call: at most one, except for personality. */
static void decide(struct stack *stack, uint32_t nr, uint32_t rest)
{
    uint32_t age;
    struct answer constant = constant_answer(stack, nr, &age);
    bool any = false;
    for (uint32_t i = 0; i < stack->filters->count; i++) {
        const struct firejail_filter *filter = &stack->filters->filters[i];
        struct answer answer = answer_to(filter, nr);
        if (filter->abi != stack->abi->id || !answer.cond)
            continue;
        int compared = cordon_action_compare(answer.action, constant.action);
        if (compared < 0 || (compared == 0 && i < age && answer.action != constant.action)) {
            put(stack, nr, &answer);
            any = true;
        }
    }
    if (any || constant.action != rest)
        put(stack, nr, &constant);
}

/* ---- one ABI ---- */

static int by_number(const void *a, const void *b)
{
    uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;
    return (one > other) - (one < other);
}

/* The strictest action for numbers that no filter names. */
static uint32_t rest_of(const struct firejail_filters *filters, enum cordon_abi_id abi, bool *any)
{
    uint32_t rest = (uint32_t)CORDON_ALLOW;
    for (uint32_t i = 0; i < filters->count; i++) {
        const struct firejail_filter *filter = &filters->filters[i];
        if (filter->abi != abi)
            continue;
        *any = true;
        if (cordon_action_compare(filter->rest, rest) < 0)
            rest = filter->rest;
    }
    return rest;
}

static void decide_abi(struct stack *stack, enum cordon_abi_id abi)
{
    struct cordon_tree *tree = stack->firejail->tree;
    bool any = false;
    uint32_t total = 0, count = 0, rest = rest_of(stack->filters, abi, &any);
    stack->abi = cordon_abi(abi);
    for (uint32_t i = 0; i < stack->filters->count; i++)
        total += stack->filters->filters[i].count;
    uint32_t *numbers = cordon_arena_array(&tree->policy->arena, total + 1u, sizeof *numbers);
    if (!numbers) {
        cordon_tree_error(tree, CORDON_E_NO_MEMORY, (struct cordon_place){.file = tree->name}, NULL,
                          "out of memory");
        return;
    }
    for (uint32_t i = 0; i < stack->filters->count; i++)
        for (uint32_t j = 0; j < stack->filters->filters[i].count; j++)
            if (stack->filters->filters[i].abi == abi)
                numbers[count++] = stack->filters->filters[i].entries[j].nr;
    qsort(numbers, count, sizeof *numbers, by_number);
    for (uint32_t i = 0; i < count; i++)
        if (i == 0 || numbers[i] != numbers[i - 1])
            decide(stack, numbers[i], rest);
}

static void add_all(struct stack *stack, enum cordon_abi_id abi, uint32_t action,
                    struct cordon_place place)
{
    struct flat_rule rule = {.id = CORDON_NO_ID,
                             .last = UINT32_MAX,
                             .abis = UINT32_C(1) << abi,
                             .action = action,
                             .place = place};
    if (action != stack->firejail->tree->policy->fallback.action)
        flat_add(&stack->flat, &rule);
}

/* ---- the whole ---- */

static void write_stack(struct stack *stack)
{
    struct firejail *firejail = stack->firejail;
    struct cordon_tree *tree = firejail->tree;
    enum cordon_abi_id native = tree->host->id, other = firejail_secondary_abi(tree->host);
    bool any = false, any_other = false;
    uint32_t rest = rest_of(stack->filters, native, &any);
    uint32_t other_rest = rest_of(stack->filters, other, &any_other);
    struct cordon_place place = firejail->native.place;
    cordon_tree_host_only(tree);
    cordon_tree_abi(tree, native);
    if (other != native)
        cordon_tree_abi(tree, other);
    if (native == CORDON_ABI_X86_64)
        cordon_tree_abi(tree, CORDON_ABI_X32);
    cordon_tree_default(tree, rest, place);
    cordon_tree_bad_arch(tree,
                         firejail->block_secondary &&
                                 (firejail->native.on || firejail->secondary.on)
                             ? firejail_block_error(firejail)
                             : (uint32_t)CORDON_ALLOW,
                         firejail->block_place);
    decide_abi(stack, native);
    if (other != native) {
        decide_abi(stack, other);
        add_all(stack, other, other_rest, place);
    }
    /* a filter for x86_64 alone denies x32 */
    if (native == CORDON_ABI_X86_64)
        add_all(stack, CORDON_ABI_X32, any ? firejail->error : (uint32_t)CORDON_ALLOW, place);
}

void firejail_stack(struct firejail *firejail, struct firejail_filters *filters)
{
    const struct cordon_allocator *allocator = firejail->tree->allocator;
    struct stack stack = {.firejail = firejail, .filters = filters};
    flat_begin(&stack.flat, firejail->tree);
    if (!firejail->tree->error)
        write_stack(&stack);
    flat_end(&stack.flat);
    for (uint32_t i = 0; i < filters->count; i++) {
        struct firejail_filter *filter = &filters->filters[i];
        if (filter->entries)
            allocator->resize(allocator->context, filter->entries,
                              filter->room * sizeof *filter->entries, 0);
    }
}
