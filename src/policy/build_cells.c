/* SPDX-License-Identifier: MIT */
/* build_cells.c: cuts the numbers of an ABI into cells, one for each call and each gap. */
#include "build.h"

#include <string.h>

static void add_cell(struct builder *builder, uint32_t first, uint32_t last, uint16_t id,
                     cordon_node node)
{
    if (builder->cell_count == builder->cell_room &&
        !cordon_array_grow(builder->allocator, (void **)&builder->cells, &builder->cell_room,
                           sizeof *builder->cells, builder->cell_count + 1u)) {
        build_out_of_memory(builder);
        return;
    }
    builder->cells[builder->cell_count++] = (struct cell){first, last, id, node};
}

/* Collects the rules about raw numbers for the current ABI. */
static void find_numbers(struct builder *builder)
{
    builder->number_count = 0;
    for (uint32_t i = 0; i < builder->wide_count; i++) {
        const struct cordon_rule *rule = &builder->policy->rules[builder->wide[i]];
        if (rule->form == CORDON_CALL_NUMBER && (!rule->abis || rule->abis >> builder->abi->id & 1))
            builder->numbers[builder->number_count++] =
                (struct numbers){rule->nr_first, rule->nr_last};
    }
}

/* Where the next of them begins or ends within (after, last]: gaps are cut there. */
static uint32_t next_cut(const struct builder *builder, uint32_t after, uint32_t last)
{
    for (uint32_t i = 0; i < builder->number_count; i++) {
        struct numbers numbers = builder->numbers[i];
        if (numbers.first > after && numbers.first - 1 < last)
            last = numbers.first - 1;
        if (numbers.last >= after && numbers.last < last)
            last = numbers.last;
    }
    return last;
}

static void add_gap(struct builder *builder, uint32_t first, uint32_t last, cordon_node node)
{
    for (;;) {
        uint32_t end = next_cut(builder, first, last);
        add_cell(builder, first, end, CORDON_NO_ID, node);
        if (end == last || builder->error)
            return;
        first = end + 1;
    }
}

/* Numbers of a machine's private calls (arm: 0x0f0000) are far from the others. */
#define COUNTED 0x10000u

/* The highest number that kernels of the policy's version had: above it, calls are newer. */
static uint32_t highest_old(const struct builder *builder)
{
    uint32_t highest = builder->abi->nr_first;
    for (uint32_t i = 0; i < cordon_syscall_count(builder->abi); i++) {
        uint16_t id = cordon_syscall_nth(builder->abi, i);
        uint32_t nr = cordon_syscall_nr(builder->abi, id);
        if (nr - builder->abi->nr_first < COUNTED &&
            cordon_syscall_since(builder->abi, id) <= builder->policy->newer_than)
            highest = nr;
    }
    return highest;
}

void make_cells(struct builder *builder)
{
    const struct cordon_policy *policy = builder->policy;
    const struct cordon_abi *abi = builder->abi;
    uint32_t newest = policy->newer_than ? highest_old(builder) : UINT32_MAX;
    uint32_t next = abi->nr_first, count = cordon_syscall_count(abi), *cell_of = builder->cell_of;
    const uint16_t *ids = cordon_syscall_ids(abi);
    const uint32_t *numbers = cordon_syscall_numbers(abi);
    builder->cell_count = 0;
    find_numbers(builder);
    /* allocates all at once; if this fails, adding a cell fails again and reports it */
    (void)!cordon_array_grow(builder->allocator, (void **)&builder->cells, &builder->cell_room,
                             sizeof *builder->cells, count + 32);
    memset(cell_of, 0xff, cordon_syscall_id_count() * sizeof *cell_of);
    for (uint32_t i = 0; i < count && !builder->error; i++) {
        uint16_t id = ids[i];
        uint32_t nr = numbers[id];
        cordon_node node = builder->by_default;
        if (policy->newer_than && cordon_syscall_since(abi, id) > policy->newer_than)
            node = builder->by_newer;
        if (next < nr)
            add_gap(builder, next, nr - 1, next > newest ? builder->by_newer : builder->by_default);
        cell_of[id] = builder->cell_count;
        add_cell(builder, nr, nr, id, node);
        next = nr + 1;
    }
    add_gap(builder, next, abi->nr_last, next > newest ? builder->by_newer : builder->by_default);
}

void make_negative_cells(struct builder *builder)
{
    builder->cell_count = 0;
    find_numbers(builder);
    add_gap(builder, 0x80000000u, UINT32_MAX, builder->by_default);
}

uint32_t first_cell(const struct builder *builder, uint32_t nr)
{
    uint32_t low = 0, high = builder->cell_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (builder->cells[middle].last < nr)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
