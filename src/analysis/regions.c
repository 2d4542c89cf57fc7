/* SPDX-License-Identifier: MIT */
/*
 * regions.c: cuts the numbers of each ABI where a difference changes and where named calls begin
 * and end.
 */
#include "regions.h"

#include "cordon/describe.h"

#define FIRST_NEGATIVE 0x80000000u

static bool same_answers(const struct regions *regions, cordon_node part)
{
    struct cordon_view view = cordon_model_view(regions->model, part);
    return view.is_leaf && !view.is_computed && view.value == 0;
}

bool regions_look_at(const struct regions *regions, cordon_node part, unsigned word)
{
    return cordon_model_words(regions->model, part) >> word & 1;
}

static bool add(struct regions *regions, struct cordon_region calls, cordon_node part)
{
    if (same_answers(regions, part))
        return true;
    if (!cordon_array_grow(regions->allocator, (void **)&regions->list, &regions->room,
                           sizeof *regions->list, regions->count + 1))
        return false;
    regions->list[regions->count++] = (struct region){calls, part};
    return true;
}

static struct cordon_region range_of(const struct cordon_abi *abi, uint32_t first, uint32_t last)
{
    return (struct cordon_region){.abi = abi,
                                  .arch = abi->token,
                                  .last_arch = abi->token,
                                  .first = first,
                                  .last = last,
                                  .id = CORDON_NO_ID};
}

static bool add_range(struct regions *regions, const struct cordon_abi *abi, uint32_t first,
                      uint32_t last, cordon_node part)
{
    return first > last || add(regions, range_of(abi, first, last), part);
}

/* Numbers first … last have one node: cuts them where named calls begin and end. */
static bool add_named(struct regions *regions, const struct cordon_abi *abi, uint32_t first,
                      uint32_t last, cordon_node part)
{
    if (same_answers(regions, part))
        return true;
    for (uint32_t i = 0; i < cordon_syscall_count(abi) && first <= last; i++) {
        uint16_t id = cordon_syscall_nth(abi, i);
        uint32_t nr = cordon_syscall_nr(abi, id);
        if (nr < first)
            continue;
        if (nr > last)
            break;
        struct cordon_region call = range_of(abi, nr, nr);
        call.id = id;
        if ((nr > first && !add_range(regions, abi, first, nr - 1, part)) ||
            !add(regions, call, part))
            return false;
        first = nr + 1;
    }
    return add_range(regions, abi, first, last, part);
}

/* The number is tested under a mask or in arithmetic: adds each named call, then the other
 * numbers. */
static bool add_each_call(struct regions *regions, const struct cordon_abi *abi, cordon_node part)
{
    struct cordon_model *model = regions->model;
    cordon_node same = cordon_model_leaf(model, 0);
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++) {
        uint16_t id = cordon_syscall_nth(abi, i);
        uint32_t nr = cordon_syscall_nr(abi, id);
        struct cordon_region call = range_of(abi, nr, nr);
        call.id = id;
        cordon_node one = cordon_model_restrict(model, part, CORDON_WORD_NR, nr, nr);
        part = cordon_model_range(model, CORDON_WORD_NR, UINT32_MAX, nr, nr, same, part);
        if (!add(regions, call, one))
            return false;
    }
    return add_range(regions, abi, abi->nr_first, abi->nr_last, part);
}

typedef bool add_numbers(struct regions *regions, const struct cordon_abi *abi, uint32_t first,
                         uint32_t last, cordon_node part);

/* Each edge of a switch on the number, within first … last. */
static bool each_edge(struct regions *regions, const struct cordon_abi *abi, uint32_t first,
                      uint32_t last, cordon_node part, add_numbers *add_edge)
{
    uint32_t from = 0, count = cordon_model_view(regions->model, part).edge_count;
    for (uint32_t i = 0; i < count; i++) {
        struct cordon_edge edge = cordon_model_view(regions->model, part).edges[i];
        uint32_t low = from > first ? from : first, high = edge.last < last ? edge.last : last;
        if (low <= high && !add_edge(regions, abi, low, high, edge.to))
            return false;
        from = edge.last + 1;
    }
    return true;
}

static bool switches_on(const struct regions *regions, cordon_node part, unsigned word)
{
    struct cordon_view view = cordon_model_view(regions->model, part);
    return !view.is_leaf && view.term == word && view.mask == UINT32_MAX;
}

/* The numbers that belong to an ABI. */
static bool add_abi(struct regions *regions, const struct cordon_abi *abi)
{
    cordon_node part = cordon_part_of_arch(regions->model, regions->root, abi->token);
    if (switches_on(regions, part, CORDON_WORD_NR))
        return each_edge(regions, abi, abi->nr_first, abi->nr_last, part, add_named);
    if (regions_look_at(regions, part, CORDON_WORD_NR))
        return add_each_call(regions, abi, part);
    return add_range(regions, abi, abi->nr_first, abi->nr_last, part);
}

/* Negative numbers belong to no ABI. If the number isn't tested, the ABI's region covers them. */
static bool add_negative(struct regions *regions, const struct cordon_abi *abi)
{
    cordon_node part = cordon_part_of_arch(regions->model, regions->root, abi->token);
    if (!regions_look_at(regions, part, CORDON_WORD_NR))
        return true;
    if (!switches_on(regions, part, CORDON_WORD_NR))
        return add_range(regions, abi, FIRST_NEGATIVE, UINT32_MAX, part);
    return each_edge(regions, abi, FIRST_NEGATIVE, UINT32_MAX, part, add_range);
}

static bool is_known_token(uint32_t token)
{
    for (int id = 0; id < CORDON_ABI_COUNT; id++)
        if (cordon_abi(id)->token == token)
            return true;
    return false;
}

/* Architectures without an ABI. */
static bool add_unknown(struct regions *regions)
{
    cordon_node root = regions->root;
    struct cordon_region calls = {.last_arch = UINT32_MAX, .last = UINT32_MAX, .id = CORDON_NO_ID};
    if (!switches_on(regions, root, CORDON_WORD_ARCH))
        return add(regions, calls, root);
    uint32_t from = 0, count = cordon_model_view(regions->model, root).edge_count;
    for (uint32_t i = 0; i < count; i++) {
        struct cordon_edge edge = cordon_model_view(regions->model, root).edges[i];
        for (calls.arch = from; calls.arch < edge.last && is_known_token(calls.arch);)
            calls.arch++;
        calls.last_arch = edge.last;
        if (!is_known_token(calls.arch) && !add(regions, calls, edge.to))
            return false;
        from = edge.last + 1;
    }
    return true;
}

bool regions_find(struct regions *regions, const enum cordon_abi_id *abis, uint32_t abi_count)
{
    for (uint32_t i = 0; i < abi_count; i++)
        if (!add_abi(regions, cordon_abi(abis[i])))
            return false;
    if (abi_count)
        return true;
    for (int id = 0; id < CORDON_ABI_COUNT; id++) {
        const struct cordon_abi *abi = cordon_abi(id);
        if (!add_abi(regions, abi) || (id != CORDON_ABI_X32 && !add_negative(regions, abi)))
            return false;
    }
    return add_unknown(regions);
}

void regions_free(struct regions *regions)
{
    regions->allocator->resize(regions->allocator->context, regions->list,
                               regions->room * sizeof *regions->list, 0);
}
