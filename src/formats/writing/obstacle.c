/* SPDX-License-Identifier: MIT */
/* obstacle.c: restricts a graph to the calls of an obstacle. */
#include "refusal.h"

/* A condition under construction: the node where it holds, and elsewhere. */
struct region {
    struct cordon_model *model;
    const struct cordon_policy *policy;
    cordon_node yes, node;
};

static void add_numbers(struct region *region, const struct cordon_abi *abi, uint32_t first,
                        uint32_t last)
{
    cordon_node numbers = cordon_model_range(region->model, CORDON_WORD_NR, UINT32_MAX, first, last,
                                             region->yes, region->node);
    region->node = cordon_model_range(region->model, CORDON_WORD_ARCH, UINT32_MAX, abi->token,
                                      abi->token, numbers, region->node);
}

/* An obstacle about a call also concerns it within its multiplexer. */
static void add_multiplexer(struct region *region, const struct cordon_abi *abi, uint16_t id)
{
    for (uint32_t i = 0; i < cordon_subcall_count(abi); i++) {
        struct cordon_subcall subcall = cordon_subcall_nth(abi, i);
        if (subcall.id != id)
            continue;
        struct region inner = *region;
        inner.yes =
            cordon_model_range(region->model, cordon_abi_low(abi, 0), subcall.mask,
                               subcall.selector, subcall.selector, region->yes, region->node);
        uint32_t nr = cordon_syscall_nr(abi, subcall.multiplexer);
        add_numbers(&inner, abi, nr, nr);
        region->node = inner.node;
    }
}

/* Numbers without a name, and the negative ones. */
static void add_unknown(struct region *region, const struct cordon_abi *abi)
{
    for (uint32_t i = 0, next = abi->nr_first; i < cordon_syscall_count(abi); i++) {
        uint32_t nr = cordon_syscall_nr(abi, cordon_syscall_nth(abi, i));
        if (nr > next)
            add_numbers(region, abi, next, nr - 1);
        next = nr + 1;
        if (i + 1 == cordon_syscall_count(abi) && next <= abi->nr_last)
            add_numbers(region, abi, next, abi->nr_last);
    }
    add_numbers(region, abi, 0x80000000u, UINT32_MAX);
}

/* Neighbouring numbers are one range. */
static void add_named(struct region *region, const struct cordon_abi *abi)
{
    uint32_t first = 0, next = 0;
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++) {
        uint32_t nr = cordon_syscall_nr(abi, cordon_syscall_nth(abi, i));
        if (i > 0 && nr != next)
            add_numbers(region, abi, first, next - 1);
        if (i == 0 || nr != next)
            first = nr;
        next = nr + 1;
    }
    if (next)
        add_numbers(region, abi, first, next - 1);
}

cordon_node cordon_named_calls(struct cordon_model *model, const enum cordon_abi_id *abis,
                               uint32_t count)
{
    struct region region = {model, NULL, cordon_model_leaf(model, 1), cordon_model_leaf(model, 0)};
    for (uint32_t i = 0; i < count; i++)
        if (i == 0 || abis[i] != CORDON_ABI_X32)
            add_named(&region, cordon_abi(abis[i]));
    return region.node;
}

static bool has_token(const struct cordon_policy *policy, uint32_t token)
{
    for (uint32_t i = 0; i < policy->abi_count; i++)
        if (cordon_abi(policy->abis[i])->token == token)
            return true;
    return false;
}

static bool shares_token(const struct cordon_policy *policy, const struct cordon_abi *abi)
{
    for (uint32_t i = 0; i < policy->abi_count; i++)
        if (policy->abis[i] != abi->id && cordon_abi(policy->abis[i])->token == abi->token)
            return true;
    return false;
}

/* All architectures for which the policy has no rules. */
static void add_bad_arch(struct region *region)
{
    cordon_node no = region->node;
    region->node = region->yes;
    for (int id = 0; id < CORDON_ABI_COUNT; id++) {
        uint32_t token = cordon_abi(id)->token;
        if (has_token(region->policy, token))
            region->node = cordon_model_range(region->model, CORDON_WORD_ARCH, UINT32_MAX, token,
                                              token, no, region->node);
    }
}

static void add_on(struct region *region, const struct cordon_abi *abi,
                   const struct cordon_obstacle *obstacle)
{
    uint32_t nr;
    switch (obstacle->kind) {
    case CORDON_AT_CALL:
        nr = cordon_syscall_nr(abi, obstacle->id);
        if (nr != CORDON_NO_NR)
            add_numbers(region, abi, nr, nr);
        add_multiplexer(region, abi, obstacle->id);
        return;
    case CORDON_AT_NUMBERS:
        add_numbers(region, abi, obstacle->first, obstacle->last);
        return;
    case CORDON_AT_DEFAULT:
        add_unknown(region, abi);
        return;
    case CORDON_AT_ACTION:
        add_numbers(region, abi, 0x80000000u, UINT32_MAX);
        add_numbers(region, abi, abi->nr_first, abi->nr_last);
        return;
    case CORDON_AT_ABI:
        if (!shares_token(region->policy, abi))
            add_numbers(region, abi, 0x80000000u, UINT32_MAX);
        add_numbers(region, abi, abi->nr_first, abi->nr_last);
        return;
    case CORDON_AT_ALL:
    case CORDON_AT_BAD_ARCH:
        return;
    }
}

static bool is_meant(const struct cordon_policy *policy, const struct cordon_obstacle *obstacle,
                     int id)
{
    bool said = !obstacle->abis || obstacle->abis >> id & 1;
    bool has = obstacle->abis && obstacle->kind != CORDON_AT_CALL;
    return said && (has || policy_has(policy, (enum cordon_abi_id)id));
}

cordon_node cordon_obstacle_part(struct cordon_model *model, cordon_node node,
                                 const struct cordon_policy *policy,
                                 const struct cordon_obstacle *obstacle, uint32_t otherwise)
{
    struct region region = {model, policy, cordon_model_leaf(model, 1),
                            cordon_model_leaf(model, 0)};
    if (obstacle->kind == CORDON_AT_ALL ||
        (obstacle->kind == CORDON_AT_ACTION && obstacle->abis == UINT32_MAX))
        return node;
    if (obstacle->kind == CORDON_AT_BAD_ARCH)
        add_bad_arch(&region);
    for (int id = 0; id < CORDON_ABI_COUNT; id++)
        if (is_meant(policy, obstacle, id))
            add_on(&region, cordon_abi(id), obstacle);
    return cordon_model_choose(model, region.node, node, cordon_model_leaf(model, otherwise));
}
