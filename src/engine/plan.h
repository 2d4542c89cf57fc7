/* SPDX-License-Identifier: MIT */
/*
 * plan.h: the data of a plan, and the functions that make its cells. Private to the engine.
 */
#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H

#include "cordon/specialise.h"
#include "walk.h"

/* Limits; tests use lower ones. */
#ifndef PLAN_INTERVALS
#define PLAN_INTERVALS 2048u /* of one architecture */
#endif
#ifndef PLAN_RESTS
#define PLAN_RESTS 16384u /* rests besides those of cell 0 */
#endif
#ifndef PLAN_WORK
#define PLAN_WORK 262144u /* rests, and their instructions, examined while one plan is made */
#endif
#ifndef PLAN_PAIRS
#define PLAN_PAIRS 48u /* instructions of two rests compared */
#endif

#define SPACES 5u /* architectures whose numbers are walked; for all others every filter runs */

/* The rest of a filter that must be run. */
struct rest {
    uint32_t filter;            /* the filter that returns it, */
    uint32_t program;           /* and the oldest filter with the same program, which is run */
    uint32_t start, mask, a, x; /* as in struct finding */
    int32_t least;              /* the strictest action that it may return */
};

struct cell {
    struct cordon_outcome constant; /* the best constant */
    uint32_t first, count;          /* its rests, newest first */
};

struct interval {
    uint32_t first; /* first number; the last one precedes the next interval's first */
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

/* Does the verdict of a filter win over the best one so far? Of equal actions the newest
 * filter's wins. */
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
    /* the architecture being walked */
    size_t space;
    uint32_t space_first[SPACES + 1]; /* its intervals in the array */
    uint32_t next;                    /* the first number without an interval */
    uint32_t older_at;                /* the older plan's interval there */
};

/* Makes room for `more` items of `size` bytes after the array's last one, or NULL. */
void *build_grow(struct build *build, struct array *array, uint32_t more, size_t size);

/* The cell with this constant and the `count` rests after the array's last one. */
uint32_t cell_intern(struct build *build, struct cordon_outcome constant, uint32_t count);

/* The cell for the newest filter's finding and the older plan's cell (NULL: none). Reached
 * limits give cell 0, which must be composed first. */
uint32_t cell_compose(struct build *build, const struct cell *older, const struct finding *finding);

#endif
