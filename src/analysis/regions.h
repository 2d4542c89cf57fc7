/* SPDX-License-Identifier: MIT */
/* regions.h: a graph of differences, cut into regions of calls. */
#ifndef ANALYSIS_REGIONS_H
#define ANALYSIS_REGIONS_H

#include "cordon/difference.h"

/* Calls that have the same difference. */
struct region {
    struct cordon_region calls;
    cordon_node part; /* node in the graph of differences */
};

struct regions {
    struct cordon_model *model;
    const struct cordon_allocator *allocator;
    cordon_node root; /* leaf 0: both verdicts are the same */
    struct region *list;
    size_t count, room;
};

/* All regions, or those of the given ABIs. false: out of memory. */
bool regions_find(struct regions *regions, const enum cordon_abi_id *abis, uint32_t abi_count);
void regions_free(struct regions *regions);
/* Does the part below test this word, or compute with it? */
bool regions_look_at(const struct regions *regions, cordon_node part, unsigned word);

#endif
