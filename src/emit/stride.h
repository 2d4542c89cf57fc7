/* SPDX-License-Identifier: MIT */
/* stride.h: values at one distance from each other, which one comparison can tell from all others.
 */
#ifndef EMIT_STRIDE_H
#define EMIT_STRIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "cordon/model.h"

/*
 * first, first + step, … last: `inside` is the index of an edge that they take, `outside` of one
 * that all other values take. step = odd << shift, and odd * inverse = 1 modulo 2^32. So x is one
 * of them if its low `shift` bits are those of first, and ((x - first) >> shift) * inverse < count.
 */
struct stride {
    uint32_t first, count;
    uint32_t shift, inverse;
    uint32_t inside, outside;
};

/* Is a switch of that kind, on an argument, and large enough to be worth it? */
bool stride_find(struct stride *stride, const struct cordon_view *view);

#endif
