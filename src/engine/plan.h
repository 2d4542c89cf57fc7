/* SPDX-License-Identifier: MIT */
/*
 * plan.h: what a plan consists of, and how its cells are made. Private to the engine.
 */
#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H

#include "cordon/specialise.h"
#include "walk.h"

/* Limits; tests build with less. */
#ifndef PLAN_INTERVALS
#define PLAN_INTERVALS 2048u /* of one architecture */
#endif
#ifndef PLAN_RESTS
#define PLAN_RESTS 16384u /* beside those of cell 0 */
#endif
#ifndef PLAN_WORK
#define PLAN_WORK 262144u /* rests, and instructions of them, looked at when one plan is made */
#endif
#ifndef PLAN_PAIRS
#define PLAN_PAIRS 48u /* instructions of two rests compared */
#endif

#define SPACES 5u /* architectures whose numbers are walked; of all others every filter runs */

/* What is left of one filter. */
struct rest {
    uint32_t filter;            /* whose answer it is, */
    uint32_t program;           /* and the oldest program of the same bytes, which is run */
    uint32_t start, mask, a, x; /* as in struct finding */
    int32_t least;              /* the least action that it may return */
};

struct cell {
    struct cordon_outcome constant; /* the best of all constants */
    uint32_t first, count;          /* its rests, newest first */
};

struct interval {
    uint32_t first; /* number; the last is before the next interval's first */
    uint32_t cell;
};

struct space {
    const struct interval *intervals;
    uint32_t count;
    const uint16_t *table; /* cells of the numbers below HOT, or NULL */
};

struct cordon_plan {
    size_t size;
    uint32_t filters, steps;
    const struct cordon_program *programs;
    const struct rest *rests;
    const struct cell *cells;
    struct space spaces[SPACES];
};

/* Does the answer of a filter win over what is best so far? Of equal actions the newest one's. */
static inline bool beats(int32_t rank, uint32_t filter, const struct cordon_outcome *best)
{
    int32_t best_rank = action_rank(best->value);
    return rank < best_rank || (rank == best_rank && filter > best->filter);
}

/* ---- making one ---- */

#define BUCKETS 256u

struct array {
    void *items;
    uint32_t count, room;
};

struct build {
    void *(*allocate)(size_t size);
    void (*release)(void *memory);
    const struct cordon_plan *older;
    struct cordon_program newest;
    uint32_t filter, program; /* as in struct rest */
    const int32_t *least;
    bool out_of_memory;
    struct array rests, cells, cell_links, intervals;
    uint32_t buckets[BUCKETS]; /* cells by hash: index + 1, linked by cell_links */
    uint32_t work;
    /* the space that is walked */
    size_t space;
    uint32_t space_first[SPACES + 1]; /* its intervals in the array */
    uint32_t next;                    /* the first number without an interval */
    uint32_t older_at;                /* the older plan's interval there */
};

/* Room for `more` items of `size` bytes after the array's last, or NULL. */
void *build_grow(struct build *build, struct array *array, uint32_t more, size_t size);

/* The cell with this constant and the `count` rests that follow the array's last. */
uint32_t cell_intern(struct build *build, struct cordon_outcome constant, uint32_t count);

/* The cell of the newest filter's finding in front of the older plan's cell (NULL: none). Limits
 * lead to cell 0, which is to be the first that is composed. */
uint32_t cell_compose(struct build *build, const struct cell *older, const struct finding *finding);

#endif
