/* SPDX-License-Identifier: MIT */
/*
 * cubes.h: the conditions of a graph on arguments, for languages with one comparison per argument.
 * A cube is (argument & mask) == value for each argument. Any set of calls is a union of disjoint
 * cubes: a range is the union of its aligned blocks.
 */
#ifndef FORMATS_CUBES_H
#define FORMATS_CUBES_H

#include "cordon/abi.h"
#include "cordon/model.h"

struct cube {
    uint64_t mask[CORDON_ARGS], value[CORDON_ARGS]; /* mask 0: the argument isn't tested */
};

enum cubes_end {
    CUBES_DONE,
    CUBES_IP,       /* the instruction pointer is tested */
    CUBES_COMPUTED, /* a test uses arithmetic on arguments */
    CUBES_TOO_MANY
};

/*
 * Passes each path from `node` (of one call of `abi`) to a leaf other than `but` to `each`, at most
 * `most` of them. If the result isn't DONE, some are missing.
 */
enum cubes_end cubes_each(const struct cordon_model *model, cordon_node node,
                          const struct cordon_abi *abi, uint32_t but, uint32_t most,
                          void (*each)(void *context, const struct cube *cube, uint32_t leaf),
                          void *context);

#endif
