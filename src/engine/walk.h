/* SPDX-License-Identifier: MIT */
/*
 * walk.h: what one program does for each call number of one architecture, before it tests another
 * word.
 *
 * Numbers are walked in intervals: only a test of the number splits an interval. Private to the
 * engine.
 */
#ifndef ENGINE_WALK_H
#define ENGINE_WALK_H

#include "cordon/engine.h"

/* Limits for one architecture; tests use lower ones. */
#ifndef WALK_STEPS
#define WALK_STEPS 65536u /* instructions */
#endif
#ifndef WALK_INTERVALS
#define WALK_INTERVALS 2048u
#endif

/*
 * What a program does for an interval of numbers: a constant, or the position where it continues,
 * with A = (nr & mask) ^ a, and X = x, and no scratch word written.
 */
struct finding {
    bool constant;
    uint32_t value; /* the constant */
    uint32_t start, mask, a, x;
};

/* The state before the first instruction: valid for any number. */
#define WALK_NOWHERE ((struct finding){false, 0, 0, 0, 0, 0})

/* The state where an interval was cut. The walk continues there with the numbers cut off, up to
 * `last`. */
struct turn {
    uint32_t last;
    struct finding place;
};

/*
 * Calls `found` for one interval after the other, from number 0 on; `last` is the last number of
 * each. The last interval ends with 0xffffffff, or found() has returned false. `turns` has room for
 * the program's length. Returns the number of executed instructions.
 */
uint32_t walk_numbers(const struct cordon_program *program, uint32_t arch, struct turn *turns,
                      bool (*found)(void *context, uint32_t last, const struct finding *finding),
                      void *context);

/* For each instruction, the strictest action (the least signed one) that a run from there may
 * return. */
void walk_least(const struct cordon_program *program, int32_t *least);

/* The action part, as the kernel compares it. */
static inline int32_t action_rank(uint32_t value)
{
    return (int32_t)(value & 0xffff0000u);
}

#endif
