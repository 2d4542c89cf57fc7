/* SPDX-License-Identifier: MIT */
/* arrivals.c: sorts the values of a switch. */
#include "arrivals.h"

#include <stdlib.h>

static int by_first(const void *a, const void *b)
{
    uint32_t x = ((const struct arrival *)a)->first, y = ((const struct arrival *)b)->first;
    return (x > y) - (x < y);
}

/*
 * A search by > arrives at its values from the highest down, except single values that are tested
 * earlier. So few values have to move far; if many do, qsort sorts them.
 */
void arrivals_sort(struct arrival *arrivals, uint32_t count)
{
    uint64_t moves = 0, enough = UINT64_C(16) * count;
    for (uint32_t i = 0; i < count / 2; i++) {
        struct arrival swap = arrivals[i];
        arrivals[i] = arrivals[count - 1 - i];
        arrivals[count - 1 - i] = swap;
    }
    for (uint32_t i = 1; i < count && moves <= enough; i++) {
        struct arrival arrival = arrivals[i];
        uint32_t at = i;
        for (; at > 0 && arrivals[at - 1].first > arrival.first; at--)
            arrivals[at] = arrivals[at - 1];
        arrivals[at] = arrival;
        moves += i - at;
    }
    if (moves > enough)
        qsort(arrivals, count, sizeof *arrivals, by_first);
}
