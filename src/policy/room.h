/* SPDX-License-Identifier: MIT */
/* room.h: how policies are made, from a text of our language or by calls (tree.c). */
#ifndef POLICY_ROOM_H
#define POLICY_ROOM_H

#include "cordon/policy.h"

/* An empty one for the native ABI; NULL: out of memory. */
struct cordon_policy *policy_new(const struct cordon_policy_options *options,
                                 const struct cordon_allocator *allocator);
/* false: out of memory. The policy owns `text` from here on when this succeeds. */
bool policy_add_text(struct cordon_policy *policy, struct cordon_text text);
bool policy_add_rule(struct cordon_policy *policy, const struct cordon_rule *rule);

#endif
