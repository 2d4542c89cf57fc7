/* SPDX-License-Identifier: MIT */
/*
 * approximate.c: changes verdicts until a format can express them.
 *
 * Actions move along the kernel's order, one step at a time. A call whose arguments can't be tested
 * gets the strictest, or the loosest, of its verdicts. The verdict that the format itself has is
 * taken if it is in that direction. If it is the default and on the other side, the default moves.
 *
 * The nearest policy has the same answers to all calls that have a name. All other answers may
 * move to any that let no more happen.
 */
#include "refusal.h"

#define NOWHERE 0x00020001u /* no action */

struct mover {
    struct cordon_model *model;
    const struct cordon_policy *policy;
    cordon_node original, node;
    bool strict;
    bool nearest; /* strict, too */
};

/* ---- the order ---- */

int cordon_permission(uint32_t answer)
{
    return cordon_action_compare(answer, (uint32_t)CORDON_LOG) >= 0          ? 2
           : cordon_action_compare(answer, (uint32_t)CORDON_USER_NOTIF) >= 0 ? 1
                                                                             : 0;
}

static bool fits(const struct mover *mover, uint32_t instead, uint32_t answer)
{
    if (mover->nearest)
        return cordon_permission(instead) <= cordon_permission(answer);
    int order = cordon_action_compare(instead, answer);
    return mover->strict ? order <= 0 : order >= 0;
}

/*
 * The next action: first without its data; errors become EPERM. An action that needs a supervisor
 * or a tracer is never chosen: without one the call would fail.
 */
static bool step(const struct mover *mover, uint32_t answer, uint32_t *next)
{
    static const uint32_t order[] = {(uint32_t)CORDON_KILL_PROCESS, (uint32_t)CORDON_KILL_THREAD,
                                     (uint32_t)CORDON_TRAP,         (uint32_t)CORDON_ERRNO | 1,
                                     (uint32_t)CORDON_LOG,          (uint32_t)CORDON_ALLOW};
    int count = (int)(sizeof order / sizeof *order);
    uint32_t plain = answer & CORDON_ACTION_FULL;
    *next = plain | (plain == (uint32_t)CORDON_ERRNO);
    if (*next != answer)
        return true;
    for (int i = 0; i < count; i++) {
        *next = order[mover->strict ? count - 1 - i : i];
        if (cordon_action_compare(*next, answer) != 0 && fits(mover, *next, answer))
            return true;
    }
    return false;
}

/* ---- verdicts ---- */

struct answers {
    const struct mover *mover;
    uint32_t strictest, loosest, count;
};

static void take(void *context, uint32_t answer)
{
    struct answers *answers = context;
    if (answer == NOWHERE)
        return;
    if (!answers->count || cordon_action_compare(answer, answers->strictest) < 0)
        answers->strictest = answer;
    if (!answers->count || cordon_action_compare(answer, answers->loosest) > 0)
        answers->loosest = answer;
    answers->count++;
}

static struct answers answers_at(const struct mover *mover, cordon_node node,
                                 const struct cordon_obstacle *obstacle)
{
    struct answers answers = {.mover = mover};
    cordon_node part = cordon_obstacle_part(mover->model, node, mover->policy, obstacle, NOWHERE);
    if (cordon_model_leaves(mover->model, part, take, &answers))
        answers.count = 0; /* the reason is the model's status */
    return answers;
}

/* Are all of them on the other side of `instead`? */
static bool all_fit(const struct answers *answers, uint32_t instead)
{
    const struct mover *mover = answers->mover;
    return fits(mover, instead, mover->strict ? answers->strictest : answers->loosest);
}

static uint32_t extreme(const struct answers *answers)
{
    return answers->mover->strict ? answers->strictest : answers->loosest;
}

/* ---- moving ---- */

struct change {
    uint32_t from, to;
    bool any; /* whatever the verdict was */
};

static uint32_t changed(void *context, uint32_t answer)
{
    const struct change *change = context;
    if (answer == NOWHERE || (!change->any && answer != change->from))
        return answer;
    return change->to;
}

static bool move(struct mover *mover, const struct cordon_obstacle *obstacle, struct change change)
{
    struct cordon_model *model = mover->model;
    cordon_node part = cordon_obstacle_part(model, mover->node, mover->policy, obstacle, NOWHERE);
    cordon_node made = cordon_model_map(model, part, changed, &change);
    mover->node = cordon_model_override(model, mover->node, made, NOWHERE);
    return true;
}

static bool move_all(struct mover *mover, const struct cordon_obstacle *obstacle, uint32_t to)
{
    return move(mover, obstacle, (struct change){.any = true, .to = to});
}

/* The verdicts of the policy's ABIs for unassigned numbers. */
static struct answers defaults(const struct mover *mover)
{
    struct answers answers = {.mover = mover};
    for (uint32_t i = 0; i < mover->policy->abi_count; i++) {
        const struct cordon_abi *abi = cordon_abi(mover->policy->abis[i]);
        cordon_node part = cordon_model_restrict(mover->model, mover->node, CORDON_WORD_ARCH,
                                                 abi->token, abi->token);
        part =
            cordon_model_restrict(mover->model, part, CORDON_WORD_NR, abi->nr_last, abi->nr_last);
        struct cordon_view view = cordon_model_view(mover->model, part);
        if (view.is_leaf && !view.is_computed &&
            (!answers.count || view.value != extreme(&answers)))
            take(&answers, view.value);
    }
    return answers;
}

static bool move_default(struct mover *mover, uint32_t to, bool has_to)
{
    struct cordon_obstacle unknown = {.kind = CORDON_AT_DEFAULT};
    struct answers old = defaults(mover);
    if (!old.count)
        return false;
    if (!has_to || !all_fit(&old, to)) {
        to = extreme(&old);
        if (old.count == 1 && !step(mover, extreme(&old), &to))
            return false;
    }
    /* verdicts from rules about such numbers stay */
    move(mover, &unknown, (struct change){.from = old.strictest, .to = to});
    return move(mover, &unknown, (struct change){.from = old.loosest, .to = to});
}

static bool move_action(struct mover *mover, const struct cordon_obstacle *obstacle)
{
    uint32_t to = obstacle->instead;
    if ((!obstacle->has_instead || !fits(mover, to, obstacle->action)) &&
        !step(mover, obstacle->action, &to))
        return false;
    return move(mover, obstacle, (struct change){.from = obstacle->action, .to = to});
}

/* Registers of which half is tested must have 0 in the other half; or the call gets one verdict. */
static bool narrow(struct mover *mover, const struct cordon_obstacle *obstacle, uint32_t otherwise)
{
    struct cordon_model *model = mover->model;
    const struct cordon_abi *abi = cordon_abi(mover->policy->abis[0]);
    for (int id = 0; id < CORDON_ABI_COUNT; id++)
        if (obstacle->abis == UINT32_C(1) << id)
            abi = cordon_abi(id);
    cordon_node old = mover->node, made = mover->node;
    uint32_t words = cordon_model_words(
        model, cordon_obstacle_part(model, made, mover->policy, obstacle, NOWHERE));
    for (unsigned arg = 0; arg < CORDON_ARGS && abi->bits == 64; arg++) {
        unsigned low = cordon_abi_low(abi, arg), high = cordon_abi_high(abi, arg);
        if (words >> low & 1 && !(words >> high & 1))
            made = cordon_model_range(model, high, UINT32_MAX, 0, 0, made,
                                      cordon_model_leaf(model, otherwise));
    }
    made = cordon_obstacle_part(model, made, mover->policy, obstacle, NOWHERE);
    mover->node = cordon_model_override(model, old, made, NOWHERE);
    return !cordon_node_same(mover->node, old);
}

/* One verdict for all of it, or the next one. */
static bool move_call(struct mover *mover, const struct cordon_obstacle *obstacle,
                      const struct answers *answers)
{
    uint32_t to = extreme(answers);
    if (obstacle->wants_whole && answers->count > 1 && narrow(mover, obstacle, to))
        return true;
    if (answers->count == 1 && !step(mover, extreme(answers), &to))
        return false;
    return move_all(mover, obstacle, to);
}

/* x32 belongs to other architectures if the policy has no rules for it, but has their token. */
static void move_x32(struct mover *mover, uint32_t to)
{
    struct cordon_obstacle x32 = {.kind = CORDON_AT_ABI, .abis = UINT32_C(1) << CORDON_ABI_X32};
    struct answers answers = answers_at(mover, mover->original, &x32);
    if (!policy_has(mover->policy, CORDON_ABI_X32) && answers.count == 1 && all_fit(&answers, to))
        move_all(mover, &x32, to);
}

static bool move_obstacle(struct mover *mover, const struct cordon_obstacle *obstacle)
{
    if (obstacle->kind == CORDON_AT_ALL)
        return false;
    if (obstacle->kind == CORDON_AT_ACTION)
        return move_action(mover, obstacle);
    if (obstacle->kind == CORDON_AT_DEFAULT)
        return move_default(mover, obstacle->instead, obstacle->has_instead);
    struct answers original = answers_at(mover, mover->original, obstacle);
    struct answers answers = answers_at(mover, mover->node, obstacle);
    if (answers.count == 0 || original.count == 0)
        return false;
    if (mover->nearest && obstacle->kind == CORDON_AT_BAD_ARCH && obstacle->has_instead)
        move_x32(mover, obstacle->instead);
    if (obstacle->has_instead && all_fit(&original, obstacle->instead))
        return move_all(mover, obstacle, obstacle->instead);
    if (obstacle->has_instead && obstacle->is_default)
        return move_default(mover, extreme(&original), true);
    bool any = obstacle->kind == CORDON_AT_CALL || !obstacle->has_instead;
    return any && move_call(mover, obstacle, &answers);
}

static bool was_moved(const struct mover *mover, cordon_node before,
                      const struct cordon_obstacle *obstacle)
{
    if (obstacle->kind == CORDON_AT_ALL)
        return false;
    cordon_node old = cordon_obstacle_part(mover->model, before, mover->policy, obstacle, NOWHERE);
    cordon_node now =
        cordon_obstacle_part(mover->model, mover->node, mover->policy, obstacle, NOWHERE);
    return !cordon_node_same(old, now);
}

cordon_node cordon_with_default(struct cordon_model *model, cordon_node node,
                                const struct cordon_policy *policy, uint32_t answer)
{
    struct mover mover = {.model = model, .policy = policy, .node = node};
    move_all(&mover, &(struct cordon_obstacle){.kind = CORDON_AT_DEFAULT}, answer);
    return mover.node;
}

/* Of the nearest: the answers to calls with a name stay. Elsewhere what isn't moved now may be in
 * the next round, when those are that were moved. */
static bool is_final(const struct mover *mover, cordon_node before,
                     const struct cordon_obstacle *obstacle)
{
    return obstacle->kind == CORDON_AT_ALL || obstacle->kind == CORDON_AT_CALL ||
           obstacle->kind == CORDON_AT_ACTION || cordon_node_same(mover->node, before);
}

cordon_node cordon_approximate(struct cordon_model *model, cordon_node original, cordon_node node,
                               const struct cordon_policy *policy,
                               struct cordon_obstacles *obstacles, enum cordon_approximation way,
                               cordon_node named)
{
    bool nearest = way == CORDON_NEAREST;
    struct mover mover = {model,  policy, original, node, nearest || way == CORDON_STRICTER,
                          nearest};
    for (uint32_t i = 0; i < obstacles->count; i++) {
        struct cordon_obstacle *obstacle = &obstacles->list[i];
        bool moved = false; /* where another obstacle was handled before */
        for (uint32_t k = 0; k < i && !moved; k++)
            moved = cordon_obstacle_same(&obstacles->list[k], obstacle);
        if (!moved)
            obstacle->is_stuck = !move_obstacle(&mover, obstacle);
    }
    if (nearest)
        mover.node = cordon_model_choose(model, named, node, mover.node);
    for (uint32_t i = 0; nearest && i < obstacles->count; i++)
        obstacles->list[i].is_stuck = is_final(&mover, node, &obstacles->list[i]);
    for (uint32_t i = 0; i < obstacles->count; i++)
        if (obstacles->list[i].is_stuck && was_moved(&mover, node, &obstacles->list[i]))
            obstacles->list[i].is_stuck = false; /* another obstacle: that may be enough */
    return mover.node;
}
