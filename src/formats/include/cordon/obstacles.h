/* SPDX-License-Identifier: MIT */
/*
 * obstacles.h: what a format can't express of a policy, and the nearest policy that it can.
 *
 * A writer expresses everything or refuses. Each of its refusals lists the calls concerned, so that
 * the rules responsible can be found, and so that the answers to these calls can be moved: to one
 * answer for the whole call, to the next action, to the answer that the format has there. A moved
 * policy is written as exactly as any other; the caller must prove that it is on the requested
 * side.
 *
 * Thread safety: functions of their arguments.
 */
#ifndef CORDON_OBSTACLES_H
#define CORDON_OBSTACLES_H

#include "cordon/formats.h"

CORDON_BEGIN

enum cordon_obstacle_kind {
    CORDON_AT_ALL,      /* the whole: nothing near it can be expressed */
    CORDON_AT_CALL,     /* the conditions on arguments of `id`, or its difference between ABIs */
    CORDON_AT_ACTION,   /* the policy's calls that are answered with `action` */
    CORDON_AT_NUMBERS,  /* numbers `first` … `last` */
    CORDON_AT_DEFAULT,  /* the answer to numbers without a name */
    CORDON_AT_ABI,      /* all calls of `abis` */
    CORDON_AT_BAD_ARCH, /* calls of other architectures */
};

struct cordon_obstacle {
    enum cordon_obstacle_kind kind;
    uint32_t abis; /* bit per ABI; 0: those of the policy; ACTION: UINT32_MAX: on all machines */
    uint16_t id;
    uint32_t action, first, last;
    bool has_instead; /* the format has one answer there: */
    bool is_default;  /* … which is the default */
    bool wants_whole; /* the format compares whole registers, the kernel reads half */
    bool is_gap;      /* NUMBERS: no call has them; the text, "have no name", is about all such */
    bool is_stuck;    /* there is nothing nearer to what the format can say */
    uint32_t instead;
    struct cordon_place place; /* in the text of the policy that was to be written */
    char text[160];            /* why */
    char hint[120];
};

#define CORDON_MAX_OBSTACLES 4096u

struct cordon_obstacles {
    const struct cordon_allocator *allocator; /* NULL: libc */
    struct cordon_obstacle *list;
    uint32_t count;
    size_t room;
};

void cordon_obstacles_free(struct cordon_obstacles *obstacles);

/* Are they about the same calls? */
bool cordon_obstacle_same(const struct cordon_obstacle *a, const struct cordon_obstacle *b);

/* The part of a graph that an obstacle is about: elsewhere the leaf is `otherwise`. */
cordon_node cordon_obstacle_part(struct cordon_model *model, cordon_node node,
                                 const struct cordon_policy *policy,
                                 const struct cordon_obstacle *obstacle, uint32_t otherwise);

/* 1 for the calls that have a name on one of the ABIs, 0 for all others. x32, which hardly anybody
 * uses, only counts as the first. */
cordon_node cordon_named_calls(struct cordon_model *model, const enum cordon_abi_id *abis,
                               uint32_t count);
/* How much an answer lets happen: 0 nothing, 1 what a tracer or supervisor allows, 2 the call. */
int cordon_permission(uint32_t answer);

/* `node` with one answer for all numbers of the policy's ABIs that no call has. */
cordon_node cordon_with_default(struct cordon_model *model, cordon_node node,
                                const struct cordon_policy *policy, uint32_t answer);

/*
 * `node` (the verdicts of `policy`) with the answers at each obstacle moved one step, which stays
 * on the stricter or the looser side of `original`; is_stuck is set where there is none. NEAREST:
 * only where `named` is 0, to answers that let no more happen. NONE: the model's status says why.
 */
cordon_node cordon_approximate(struct cordon_model *model, cordon_node original, cordon_node node,
                               const struct cordon_policy *policy,
                               struct cordon_obstacles *obstacles, enum cordon_approximation way,
                               cordon_node named);

CORDON_END

#endif
