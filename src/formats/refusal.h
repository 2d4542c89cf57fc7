/* SPDX-License-Identifier: MIT */
/* refusal.h: a writer's list of what its format can't say: rule, line, why. */
#ifndef FORMATS_REFUSAL_H
#define FORMATS_REFUSAL_H

#include "room.h"

struct refusals {
    const struct cordon_policy *policy;
    struct cordon_reporter *reporter;
    enum cordon_approximation approximation;
    enum cordon_error error; /* the first one */
};

/* One of them; when approximating it is a warning. */
void refuse_at(struct refusals *refusals, struct cordon_place place, const char *hint,
               const char *format, ...) __attribute__((format(printf, 4, 5)));
/* An error of ours, whatever the approximation. */
void refuse_error(struct refusals *refusals, enum cordon_error error);
/* Where the policy says something of a call on an ABI. */
struct cordon_place place_of_call(const struct cordon_policy *policy, uint16_t id,
                                  enum cordon_abi_id abi);
/*
 * Approximating: what to write where `wanted` can't be said: it, or `fallback`, whichever lies on
 * the side that was asked for. false: neither is sure to.
 */
bool approximate(const struct refusals *refusals, uint32_t wanted, uint32_t fallback,
                 uint32_t *answer);

#endif
