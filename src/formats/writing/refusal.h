/* SPDX-License-Identifier: MIT */
/* refusal.h: a writer's list of what its format cannot express: the place and the reason. */
#ifndef FORMATS_REFUSAL_H
#define FORMATS_REFUSAL_H

#include <stdarg.h>

#include "cordon/obstacles.h"
#include "room.h"

struct refusals {
    const struct cordon_policy *policy;
    const struct cordon_format_options *options;
    struct cordon_reporter *reporter;
    enum cordon_error error; /* the first one */
};

/* Does the policy name the ABI? */
bool policy_has(const struct cordon_policy *policy, enum cordon_abi_id abi);

/* ---- where ---- */

static inline struct cordon_obstacle at_all(void)
{
    return (struct cordon_obstacle){.kind = CORDON_AT_ALL};
}

/* `abis` 0: on all of them. */
static inline struct cordon_obstacle at_call(uint16_t id, uint32_t abis)
{
    return (struct cordon_obstacle){.kind = CORDON_AT_CALL, .id = id, .abis = abis};
}

static inline struct cordon_obstacle at_action(uint32_t action)
{
    return (struct cordon_obstacle){.kind = CORDON_AT_ACTION, .action = action};
}

/* Includes other architectures. */
static inline struct cordon_obstacle at_action_anywhere(uint32_t action)
{
    return (struct cordon_obstacle){.kind = CORDON_AT_ACTION, .abis = UINT32_MAX, .action = action};
}

static inline struct cordon_obstacle at_numbers(const struct cordon_abi *abi, uint32_t first,
                                                uint32_t last)
{
    return (struct cordon_obstacle){
        .kind = CORDON_AT_NUMBERS, .abis = UINT32_C(1) << abi->id, .first = first, .last = last};
}

/* Numbers that no call has. */
static inline struct cordon_obstacle at_gap(const struct cordon_abi *abi, uint32_t first,
                                            uint32_t last)
{
    struct cordon_obstacle what = at_numbers(abi, first, last);
    what.is_gap = true;
    return what;
}

static inline struct cordon_obstacle at_default(void)
{
    return (struct cordon_obstacle){.kind = CORDON_AT_DEFAULT};
}

static inline struct cordon_obstacle at_abi(enum cordon_abi_id abi)
{
    return (struct cordon_obstacle){.kind = CORDON_AT_ABI, .abis = UINT32_C(1) << abi};
}

static inline struct cordon_obstacle at_other_arches(void)
{
    return (struct cordon_obstacle){.kind = CORDON_AT_BAD_ARCH};
}

/* The format has this verdict there. */
static inline struct cordon_obstacle with(struct cordon_obstacle what, uint32_t instead)
{
    what.has_instead = true;
    what.instead = instead;
    return what;
}

static inline struct cordon_obstacle at_bad_arch(uint32_t instead)
{
    return with(at_other_arches(), instead);
}

/* The format has its default there. */
static inline struct cordon_obstacle with_default(struct cordon_obstacle what, uint32_t fallback)
{
    what.is_default = true;
    return with(what, fallback);
}

/* ---- reporting ---- */

/* Adds a refusal. `hint` may be NULL. */
void refuse(struct refusals *refusals, struct cordon_obstacle what, struct cordon_place place,
            const char *hint, const char *format, ...) __attribute__((format(printf, 5, 6)));
void refuse_in(struct refusals *refusals, struct cordon_obstacle what, struct cordon_place place,
               const char *hint, const char *format, va_list args)
    __attribute__((format(printf, 5, 0)));
/* Adds an error that isn't a refusal. */
void refuse_error(struct refusals *refusals, enum cordon_error error);
/* The place where the policy mentions a call on an ABI. */
struct cordon_place place_of_call(const struct cordon_policy *policy, uint16_t id,
                                  enum cordon_abi_id abi);

#endif
