/* SPDX-License-Identifier: MIT */
/* masks.c: intervals of masked words. */
#include "graph.h"

uint32_t graph_round_down(uint32_t mask, uint32_t value)
{
    uint32_t foreign = value & ~mask;
    if (!foreign)
        return value;
    uint32_t below = (UINT32_MAX >> __builtin_clz(foreign)) >> 1; /* bits below the highest */
    return (value & mask & ~below) | (mask & below);
}

static uint32_t bits_below(uint32_t mask)
{
    return (mask & -mask) - 1;
}

static bool is_high_bits(uint32_t mask)
{
    return mask && (mask | bits_below(mask)) == UINT32_MAX;
}

bool graph_mask_is_whole(uint32_t mask)
{
    return mask != FULL_MASK && (mask == CORDON_X32_BIT || is_high_bits(mask));
}

uint32_t graph_whole_edges(uint32_t mask, const struct cordon_edge *edges, uint32_t count,
                           struct cordon_edge *whole)
{
    if (is_high_bits(mask)) {
        for (uint32_t i = 0; i < count; i++)
            whole[i] = (struct cordon_edge){edges[i].last | bits_below(mask), edges[i].to};
        return count;
    }
    cordon_node without = edges[0].to, with = edges[count - 1].to; /* one bit: one or two edges */
    for (uint32_t i = 0; i < 4; i++)
        whole[i] = (struct cordon_edge){(i + 1) * mask - 1, i % 2 ? with : without};
    return 4;
}

uint32_t graph_whole_intervals(uint32_t mask, struct cordon_interval interval,
                               struct cordon_interval whole[2])
{
    uint32_t low = bits_below(mask);
    if (is_high_bits(mask)) {
        whole[0] = (struct cordon_interval){interval.first, interval.last | low};
        return 1;
    }
    if (interval.first == 0 && interval.last == mask) {
        whole[0] = (struct cordon_interval){0, UINT32_MAX};
        return 1;
    }
    uint32_t start = interval.first ? mask : 0;
    whole[0] = (struct cordon_interval){start, start + low};
    whole[1] = (struct cordon_interval){start + 2 * mask, start + 2 * mask + low};
    return 2;
}

bool graph_trim(uint32_t mask, struct cordon_interval *interval)
{
    uint32_t last = graph_round_down(mask, interval->last);
    if (interval->first > 0) {
        uint32_t before = graph_round_down(mask, interval->first - 1);
        if (before == last)
            return false;
        /* the next value after `before`: bits outside the mask pass the carry on */
        interval->first = ((before | ~mask) + 1) & mask;
    }
    interval->last = last;
    return true;
}

/* The bits from the lowest set one up: those that a comparison with the value needs. */
static uint32_t from_lowest(uint32_t bits)
{
    return -(bits & -bits);
}

uint32_t graph_cut_mask(uint32_t mask, uint32_t last)
{
    return mask & from_lowest(mask & ~last);
}

void graph_narrow(struct known *fact)
{
    uint32_t free = ~fact->interval.first & fact->interval.last;
    fact->mask &= from_lowest(fact->mask & ~free);
    fact->interval.first &= fact->mask;
    fact->interval.last &= fact->mask;
}
