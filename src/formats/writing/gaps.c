/* SPDX-License-Identifier: MIT */
/* gaps.c: finds ranges of numbers without a name. */
#include "gaps.h"

struct gaps {
    const struct cordon_abi *abi;
    const uint16_t *ids; /* number of its calls */
    const uint32_t *numbers;
    uint32_t count;
    uint32_t next; /* the calls before this one have lower numbers than the rest of the range */
    void (*range)(void *context, uint32_t first, uint32_t last, cordon_node node);
    void *context;
};

/* Numbers first … last of the ABI have one verdict: passes on the gaps between calls. */
static void between_calls(struct gaps *gaps, uint64_t first, uint32_t last, cordon_node node)
{
    for (; gaps->next < gaps->count; gaps->next++) {
        uint32_t nr = gaps->numbers[gaps->ids[gaps->next]];
        if (nr > last)
            break;
        if (nr > first)
            gaps->range(gaps->context, (uint32_t)first, nr - 1, node);
        first = (uint64_t)nr + 1;
    }
    if (first <= last)
        gaps->range(gaps->context, (uint32_t)first, last, node);
}

static void on_edge(struct gaps *gaps, bool negative, uint32_t first, uint32_t last,
                    cordon_node node)
{
    uint32_t from = first > gaps->abi->nr_first ? first : gaps->abi->nr_first;
    uint32_t to = last < gaps->abi->nr_last ? last : gaps->abi->nr_last;
    if (from <= to)
        between_calls(gaps, from, to, node);
    from = first > 0x80000000u ? first : 0x80000000u;
    if (negative && from <= last)
        gaps->range(gaps->context, from, last, node);
}

void gaps_each(const struct cordon_model *model, cordon_node part, const struct cordon_abi *abi,
               bool negative,
               void (*range)(void *context, uint32_t first, uint32_t last, cordon_node node),
               void *context)
{
    struct gaps gaps = {.abi = abi,
                        .ids = cordon_syscall_ids(abi),
                        .numbers = cordon_syscall_numbers(abi),
                        .count = cordon_syscall_count(abi),
                        .range = range,
                        .context = context};
    struct cordon_view view = cordon_model_view(model, part);
    if (view.is_leaf || view.term != CORDON_WORD_NR || view.mask != UINT32_MAX) {
        on_edge(&gaps, negative, 0, UINT32_MAX, part);
        return;
    }
    for (uint32_t i = 0; i < view.edge_count; i++) /* `range` makes no nodes: edges stay */
        on_edge(&gaps, negative, i ? view.edges[i - 1].last + 1 : 0, view.edges[i].last,
                view.edges[i].to);
}
