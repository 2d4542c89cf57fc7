/* SPDX-License-Identifier: MIT */
/* stride.h: values at one distance from each other, which one comparison can distinguish from
 * all others. */
#ifndef EMIT_STRIDE_H
#define EMIT_STRIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "cordon/model.h"

/*
 * The values first, first + step, … last: `inside` is the index of their edge, `outside` that of
 * all other values. step = odd << shift, and odd * inverse = 1 modulo 2^32. So x is one of them if
 * its low `shift` bits are those of first, and ((x - first) >> shift) * inverse < count.
 */
struct stride {
    uint32_t first, count;
    uint32_t shift, inverse;
    uint32_t inside, outside;
};

/* Is it a switch of this kind, on an argument, and large enough to be worthwhile? */
bool stride_find(struct stride *stride, const struct cordon_view *view);

#endif
