/* SPDX-License-Identifier: MIT */
/*
 * cubes.h: what a graph asks of arguments, for languages that know one comparison an argument: a
 * cube is (argument & mask) == value for each argument. Any set of calls is a union of disjoint
 * cubes: a range is its aligned blocks.
 */
#ifndef FORMATS_CUBES_H
#define FORMATS_CUBES_H

#include "cordon/abi.h"
#include "cordon/model.h"

struct cube {
    uint64_t mask[CORDON_ARGS], value[CORDON_ARGS]; /* mask 0: the argument isn't looked at */
};

enum cubes_end {
    CUBES_DONE,
    CUBES_IP,       /* the instruction pointer is looked at */
    CUBES_COMPUTED, /* arguments are computed with */
    CUBES_TOO_MANY
};

/*
 * Hands each way from `node` (of one call of `abi`) to a leaf that isn't `but` to `each`, at most
 * `most`. After another end than DONE, what was handed out isn't all of it.
 */
enum cubes_end cubes_each(const struct cordon_model *model, cordon_node node,
                          const struct cordon_abi *abi, uint32_t but, uint32_t most,
                          void (*each)(void *context, const struct cube *cube, uint32_t leaf),
                          void *context);

#endif
