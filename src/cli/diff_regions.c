/* SPDX-License-Identifier: MIT */
/*
 * diff_regions.c: the numbers of each ABI, cut where a difference changes and where names begin and
 * end.
 */
#include "diff_regions.h"

#include "cordon/describe.h"

static bool same_answers(const struct regions *regions, cordon_node part)
{
    struct cordon_view view = cordon_model_view(regions->model, part);
    return view.is_leaf && !view.is_computed && view.value == 0;
}

bool regions_look_at(struct regions *regions, cordon_node part, unsigned word)
{
    return cordon_model_words(regions->model, part) >> word & 1;
}

static bool add_region(struct regions *regions, struct region region)
{
    if (same_answers(regions, region.part))
        return true;
    if (!cordon_array_grow(&cordon_allocator_libc, (void **)&regions->list, &regions->room,
                           sizeof *regions->list, regions->count + 1)) {
        fail("out of memory");
        return false;
    }
    regions->list[regions->count++] = region;
    return true;
}

/* Numbers first … last of an ABI, answered alike, cut where names begin and end. */
static bool add_numbers(struct regions *regions, const struct cordon_abi *abi, uint32_t first,
                        uint32_t last, cordon_node part)
{
    struct region region = {abi, abi->token, abi->token, first, last, CORDON_NO_ID, part};
    if (same_answers(regions, part))
        return true;
    for (uint32_t i = 0; i < cordon_syscall_count(abi) && first <= last; i++) {
        uint16_t id = cordon_syscall_nth(abi, i);
        uint32_t nr = cordon_syscall_nr(abi, id);
        if (nr < first)
            continue;
        if (nr > last)
            break;
        region.first = first;
        region.last = nr - 1;
        region.id = CORDON_NO_ID;
        if (nr > first && !add_region(regions, region))
            return false;
        region = (struct region){abi, abi->token, abi->token, nr, nr, id, part};
        if (!add_region(regions, region))
            return false;
        first = nr + 1;
    }
    region = (struct region){abi, abi->token, abi->token, first, last, CORDON_NO_ID, part};
    return first > last || add_region(regions, region);
}

/* Numbers that are asked about under masks or in arithmetic: call by call, then all others. */
static bool add_each_call(struct regions *regions, struct region all)
{
    struct cordon_model *model = regions->model;
    cordon_node part = all.part, same = cordon_model_leaf(model, 0);
    for (uint32_t i = 0; i < cordon_syscall_count(all.abi); i++) {
        struct region one = all;
        one.id = cordon_syscall_nth(all.abi, i);
        one.first = one.last = cordon_syscall_nr(all.abi, one.id);
        one.part = cordon_model_restrict(model, part, CORDON_WORD_NR, one.first, one.first);
        all.part = cordon_model_range(model, CORDON_WORD_NR, UINT32_MAX, one.first, one.first, same,
                                      all.part);
        if (!add_region(regions, one))
            return false;
    }
    return add_region(regions, all);
}

/* The part of one architecture, from the ABI's first number to its last. */
static bool add_abi(struct regions *regions, const struct cordon_abi *abi)
{
    cordon_node part = cordon_part_of_arch(regions->model, regions->root, abi->token);
    struct cordon_view view = cordon_model_view(regions->model, part);
    struct region all = {abi,          abi->token,   abi->token, abi->nr_first,
                         abi->nr_last, CORDON_NO_ID, part};
    if (view.is_leaf || view.term != CORDON_WORD_NR || view.mask != UINT32_MAX)
        return regions_look_at(regions, part, CORDON_WORD_NR) ? add_each_call(regions, all)
                                                              : add_region(regions, all);
    uint32_t from = 0;
    for (uint32_t i = 0; i < view.edge_count; i++) {
        struct cordon_edge edge = cordon_model_view(regions->model, part).edges[i];
        uint32_t first = from > abi->nr_first ? from : abi->nr_first;
        uint32_t last = edge.last < abi->nr_last ? edge.last : abi->nr_last;
        if (first <= last && !add_numbers(regions, abi, first, last, edge.to))
            return false;
        from = edge.last + 1;
    }
    return true;
}

/* Numbers that are no ABI's: the negative ones. */
static bool add_negative(struct regions *regions, const struct cordon_abi *abi)
{
    cordon_node part = cordon_part_of_arch(regions->model, regions->root, abi->token);
    struct cordon_view view = cordon_model_view(regions->model, part);
    struct region all = {abi, abi->token, abi->token, 0x80000000u, UINT32_MAX, CORDON_NO_ID, part};
    if (!regions_look_at(regions, part, CORDON_WORD_NR))
        return true; /* said with the ABI's own */
    if (view.term != CORDON_WORD_NR || view.mask != UINT32_MAX)
        return add_region(regions, all);
    uint32_t from = 0;
    for (uint32_t i = 0; i < view.edge_count; i++) {
        struct region region = {abi,
                                abi->token,
                                abi->token,
                                from > 0x80000000u ? from : 0x80000000u,
                                view.edges[i].last,
                                CORDON_NO_ID,
                                view.edges[i].to};
        if (region.first <= region.last && !add_region(regions, region))
            return false;
        from = view.edges[i].last + 1;
    }
    return true;
}

static bool is_known_token(uint32_t token)
{
    for (int id = 0; id < CORDON_ABI_COUNT; id++)
        if (cordon_abi(id)->token == token)
            return true;
    return false;
}

/* Architectures of which we know no ABI. */
static bool add_unknown(struct regions *regions)
{
    cordon_node root = regions->root;
    struct cordon_view view = cordon_model_view(regions->model, root);
    struct region region = {
        .last_arch = UINT32_MAX, .last = UINT32_MAX, .id = CORDON_NO_ID, .part = root};
    if (view.is_leaf || view.term != CORDON_WORD_ARCH || view.mask != UINT32_MAX)
        return add_region(regions, region);
    uint32_t from = 0;
    for (uint32_t i = 0; i < view.edge_count; i++) {
        struct cordon_edge edge = cordon_model_view(regions->model, root).edges[i];
        for (region.arch = from; region.arch < edge.last && is_known_token(region.arch);)
            region.arch++;
        region.last_arch = edge.last;
        region.part = edge.to;
        if (!is_known_token(region.arch) && !add_region(regions, region))
            return false;
        from = edge.last + 1;
    }
    return true;
}

bool regions_find(struct regions *regions, const struct options *options)
{
    for (uint32_t i = 0; i < options->abi_count; i++)
        if (!add_abi(regions, cordon_abi(options->abis[i])))
            return false;
    if (options->abi_count)
        return true;
    for (int id = 0; id < CORDON_ABI_COUNT; id++) {
        const struct cordon_abi *abi = cordon_abi(id);
        if (!add_abi(regions, abi) || (abi->id != CORDON_ABI_X32 && !add_negative(regions, abi)))
            return false;
    }
    return add_unknown(regions);
}
