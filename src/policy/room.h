/* SPDX-License-Identifier: MIT */
/* room.h: creates policies, for the parser of the policy language and for the tree's functions
 * (tree.c). */
#ifndef POLICY_ROOM_H
#define POLICY_ROOM_H

#include "cordon/policy.h"

/* The machine that a policy with these options is for. */
const struct cordon_abi *policy_host(const struct cordon_policy_options *options);

/* An empty policy for the native ABI; NULL: out of memory. */
struct cordon_policy *policy_new(const struct cordon_policy_options *options,
                                 const struct cordon_allocator *allocator);
/* Adds a text, which the policy then owns; false: out of memory. */
bool policy_add_text(struct cordon_policy *policy, struct cordon_text text);
bool policy_add_rule(struct cordon_policy *policy, const struct cordon_rule *rule);

#endif
