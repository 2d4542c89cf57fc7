/* SPDX-License-Identifier: MIT */
/* arrivals.h: the values of a switch and where they lead, in the order in which they are found. */
#ifndef LIFT_ARRIVALS_H
#define LIFT_ARRIVALS_H

#include "cordon/model.h"

/* Values first … last lead to a node. */
struct arrival {
    uint32_t first, last;
    cordon_node to;
};

/* By their first values. */
void arrivals_sort(struct arrival *arrivals, uint32_t count);

#endif
