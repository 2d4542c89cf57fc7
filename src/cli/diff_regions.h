/* SPDX-License-Identifier: MIT */
/* diff_regions.h: where two filters differ, cut into calls. */
#ifndef CLI_DIFF_REGIONS_H
#define CLI_DIFF_REGIONS_H

#include "cli.h"

/* Numbers of an ABI on which the difference is the same; id CORDON_NO_ID: they have no names. */
struct region {
    const struct cordon_abi *abi; /* NULL: architectures arch … last_arch that we don't know */
    uint32_t arch, last_arch, first, last;
    uint16_t id;
    cordon_node part;
};

struct regions {
    struct cordon_model *model;
    cordon_node root; /* leaf 0: answered alike */
    struct region *list;
    size_t count, room;
};

/* All of them, or those of the ABIs asked for; false: reported. */
bool regions_find(struct regions *regions, const struct options *options);
/* Is a word of the call asked about below? */
bool regions_look_at(struct regions *regions, cordon_node part, unsigned word);

#endif
