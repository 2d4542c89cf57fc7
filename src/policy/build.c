/* SPDX-License-Identifier: MIT */
/*
 * build.c: makes the decision graphs of a policy.
 *
 * An ABI's numbers are cut into cells: one for each call, one for each gap. The rules are applied
 * to the cells from the last to the first, each in front of those that follow it, so the first that
 * matches decides.
 */
#include "build.h"

#include <string.h>

/* ---- rules ---- */

static uint32_t verdict_of(void *context, uint32_t decider)
{
    return decider_action(context, decider);
}

static void apply_to_cell(struct builder *builder, const struct cordon_rule *rule,
                          struct cell *cell)
{
    cordon_node leaf = rule_leaf(builder);
    if (!rule->cond) {
        cell->node = leaf;
        return;
    }
    if (++builder->conditions > MAX_CONDITIONS) {
        build_error(builder, CORDON_E_BUDGET, rule->place, NULL,
                    "the policy has too many conditions for too many calls");
        return;
    }
    struct call_view call = {.id = cell->id, .named = rule->form == CORDON_CALL_NAME};
    cordon_node condition = build_condition(builder, rule->cond, &call);
    cell->node = cordon_model_choose(builder->model, condition, leaf, cell->node);
    build_check_model(builder, rule->place);
}

static void apply_by_name(struct builder *builder, const struct cordon_rule *rule)
{
    uint32_t at = builder->cell_of[rule->id];
    if (at != UINT32_MAX && !rule->cond)
        builder->cells[at].node = rule_leaf(builder);
    else if (at != UINT32_MAX)
        apply_to_cell(builder, rule, &builder->cells[at]);
    else if (!builder->is_subcall[rule->id] && !rule->abis &&
             build_may_report(builder, REPORTED_UNKNOWN))
        warn_unknown_call(builder, rule);
}

/* Rules about raw numbers and *. Cells are cut where such rules begin and end, so a cell is
 * entirely inside a range or outside. */
static void apply_by_number(struct builder *builder, const struct cordon_rule *rule)
{
    bool any = rule->form == CORDON_CALL_ANY;
    uint32_t last = any ? UINT32_MAX : rule->nr_last;
    for (uint32_t i = any ? 0 : first_cell(builder, rule->nr_first);
         i < builder->cell_count && builder->cells[i].last <= last && !builder->error; i++)
        apply_to_cell(builder, rule, &builder->cells[i]);
}

static void apply_rule(struct builder *builder, const struct cordon_rule *rule)
{
    if (rule->form == CORDON_CALL_NAME) {
        apply_by_name(builder, rule);
    } else if (rule->form == CORDON_CALL_GROUP) {
        for (uint32_t i = 0; i < rule->group.member_count && !builder->error; i++) {
            uint32_t at = builder->cell_of[rule->group.members[i]];
            if (at != UINT32_MAX)
                apply_to_cell(builder, rule, &builder->cells[at]);
        }
    } else {
        apply_by_number(builder, rule);
    }
    bool elsewhere = rule->form != CORDON_CALL_NAME || builder->is_subcall[rule->id];
    if (builder->subcall_count && elsewhere && !builder->error)
        build_multiplexers(builder, rule);
}

static void find_subcalls(struct builder *builder)
{
    builder->subcall_count = cordon_subcall_count(builder->abi);
    memset(builder->is_subcall, 0, cordon_syscall_id_count() * sizeof *builder->is_subcall);
    for (uint32_t i = 0; i < builder->subcall_count; i++) {
        builder->subcalls[i] = cordon_subcall_nth(builder->abi, i);
        if (builder->subcalls[i].id != CORDON_NO_ID)
            builder->is_subcall[builder->subcalls[i].id] = true;
    }
}

static void build_abi(struct builder *builder, const struct cordon_abi *abi)
{
    builder->abi = abi;
    find_subcalls(builder);
    make_cells(builder);
    const struct cordon_rule *rules = builder->policy->rules;
    uint32_t bit = UINT32_C(1) << abi->id;
    for (uint32_t i = builder->policy->rule_count; i-- > 0;)
        if (rules[i].abis & bit || !rules[i].abis) {
            builder->rule = i;
            apply_rule(builder, &rules[i]);
        }
    if (!builder->error)
        check_multiplexers(builder);
}

/* ---- tokens ---- */

/* The edge up to `last` for numbers without cells. */
static void push_edge(struct builder *builder, uint32_t last, cordon_node to)
{
    if (build_room(builder, &builder->edges, builder->edges.count + 1u))
        builder->edges.items[builder->edges.count++] = (struct cordon_edge){last, to};
}

static void push_cells(struct builder *builder)
{
    struct edges *edges = &builder->edges;
    const struct cell *cells = builder->cells;
    uint32_t count = builder->cell_count;
    if (builder->error || !build_room(builder, edges, edges->count + (size_t)count))
        return;
    struct cordon_edge *next = edges->items + edges->count;
    for (uint32_t i = 0; i < count; i++)
        next[i] = (struct cordon_edge){cells[i].last, cells[i].node};
    edges->count += count;
}

/* The negative numbers: they belong to no ABI (tracers set -1 to skip a call), but raw rules and
 * * apply to them. */
static void push_negative(struct builder *builder)
{
    make_negative_cells(builder);
    for (uint32_t i = builder->wide_count; i-- > 0 && !builder->error;) {
        const struct cordon_rule *rule = &builder->policy->rules[builder->wide[i]];
        builder->rule = builder->wide[i];
        if (!rule->abis || rule->abis >> builder->abi->id & 1)
            apply_by_number(builder, rule);
    }
    push_cells(builder);
}

static cordon_node build_token(struct builder *builder, uint32_t token)
{
    cordon_node bad_arch = leaf_of(builder, CORDON_BY_BAD_ARCH);
    uint32_t next = 0;
    builder->edges.count = 0;
    for (int id = 0; id < CORDON_ABI_COUNT && !builder->error; id++) {
        const struct cordon_abi *abi = cordon_abi(id);
        if (!(builder->abis >> id & 1) || abi->token != token)
            continue;
        if (next < abi->nr_first)
            push_edge(builder, abi->nr_first - 1, bad_arch);
        build_abi(builder, abi);
        push_cells(builder);
        next = abi->nr_last + 1;
    }
    if (next < 0x80000000u && !builder->error)
        push_edge(builder, 0x7fffffffu, bad_arch);
    if (!builder->error)
        push_negative(builder);
    return builder->error ? CORDON_NODE_NONE
                          : cordon_model_switch(builder->model, CORDON_WORD_NR, UINT32_MAX,
                                                builder->edges.items, builder->edges.count);
}

/* A switch over the tokens in ascending order; all other values are a bad architecture. */
static cordon_node build_tokens(struct builder *builder)
{
    struct cordon_edge edges[2 * CORDON_ABI_COUNT + 1];
    uint32_t count = 0;
    cordon_node bad_arch = leaf_of(builder, CORDON_BY_BAD_ARCH);
    uint64_t next = 0;
    for (;;) {
        uint64_t token = UINT64_MAX;
        for (int id = 0; id < CORDON_ABI_COUNT; id++)
            if (builder->abis >> id & 1 && cordon_abi(id)->token >= next &&
                cordon_abi(id)->token < token)
                token = cordon_abi(id)->token;
        if (token == UINT64_MAX || builder->error)
            break;
        if (token > next)
            edges[count++] = (struct cordon_edge){(uint32_t)token - 1, bad_arch};
        edges[count++] =
            (struct cordon_edge){(uint32_t)token, build_token(builder, (uint32_t)token)};
        next = token + 1;
    }
    if (next <= UINT32_MAX)
        edges[count++] = (struct cordon_edge){UINT32_MAX, bad_arch};
    if (builder->error)
        return CORDON_NODE_NONE;
    return cordon_model_switch(builder->model, CORDON_WORD_ARCH, UINT32_MAX, edges, count);
}

/* ---- the whole ---- */

static bool is_wide(const struct cordon_rule *rule)
{
    return rule->form == CORDON_CALL_ANY || rule->form == CORDON_CALL_NUMBER;
}

/* Collects the rules about numbers; false: there are too many. */
static bool find_wide_rules(struct builder *builder)
{
    const struct cordon_policy *policy = builder->policy;
    uint32_t count = 0, all = 0;
    for (uint32_t i = 0; i < policy->rule_count; i++)
        all += is_wide(&policy->rules[i]);
    builder->wide = cordon_arena_array(&builder->arena, all, sizeof *builder->wide);
    builder->numbers = cordon_arena_array(&builder->arena, all, sizeof *builder->numbers);
    if (!builder->wide || !builder->numbers)
        return build_out_of_memory(builder);
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct cordon_rule *rule = &policy->rules[i];
        if (is_wide(rule))
            builder->wide[builder->wide_count++] = i;
        if (rule->form != CORDON_CALL_NUMBER || ++count <= MAX_NUMBER_RULES)
            continue;
        build_error(builder, CORDON_E_BUDGET, rule->place,
                    "write a range as one rule: syscall 5..9",
                    "more than %u rules with raw numbers", MAX_NUMBER_RULES);
        return false;
    }
    return true;
}

static void build_all(struct builder *builder, struct cordon_meaning *meaning)
{
    if (!find_wide_rules(builder))
        return;
    builder->zero = cordon_model_leaf(builder->model, 0);
    builder->one = cordon_model_leaf(builder->model, 1);
    builder->by_default = leaf_of(builder, CORDON_BY_DEFAULT);
    builder->by_newer = leaf_of(builder, CORDON_BY_NEWER);
    builder->last_leaf = CORDON_NODE_NONE;
    struct cordon_meaning made;
    made.deciders = made.verdicts = build_tokens(builder);
    if (builder->error)
        return;
    if (!builder->only_verdicts)
        made.verdicts = cordon_model_map(builder->model, made.deciders, verdict_of,
                                         (void *)(uintptr_t)builder->policy);
    build_check_model(builder, (struct cordon_place){.file = builder->policy->name});
    if (builder->error)
        return;
    if (builder->reporter && !builder->only_verdicts)
        warn_dead_rules(builder, made.deciders);
    if (!builder->error)
        *meaning = made;
}

static void note_calls(struct builder *builder, const struct cordon_rule *rule)
{
    if (rule->form == CORDON_CALL_NAME)
        builder->is_named[rule->id] = true;
    for (uint32_t i = 0; rule->form == CORDON_CALL_GROUP && i < rule->group.member_count; i++)
        builder->is_named[rule->group.members[i]] = true;
}

static bool take_arrays(struct builder *builder)
{
    size_t ids = cordon_syscall_id_count(), rules = builder->policy->rule_count;
    builder->cell_of = cordon_arena_array(&builder->arena, ids, sizeof *builder->cell_of);
    builder->is_subcall = cordon_arena_array(&builder->arena, ids, sizeof *builder->is_subcall);
    builder->is_named = cordon_arena_array(&builder->arena, ids, sizeof *builder->is_named);
    builder->reported = cordon_arena_array(&builder->arena, rules, sizeof *builder->reported);
    builder->leaves = cordon_arena_array(&builder->arena, rules, sizeof *builder->leaves);
    if (!builder->cell_of || !builder->is_subcall || !builder->is_named || !builder->reported ||
        !builder->leaves)
        return false;
    for (size_t i = 0; i < rules; i++)
        note_calls(builder, &builder->policy->rules[i]);
    for (size_t i = 0; i < rules; i++)
        builder->leaves[i] = CORDON_NODE_NONE;
    return true;
}

static void release(const struct builder *builder, void *memory, size_t size)
{
    if (memory)
        builder->allocator->resize(builder->allocator->context, memory, size, 0);
}

static enum cordon_error build(struct builder *builder, const enum cordon_abi_id *abis,
                               uint32_t abi_count, struct cordon_meaning *meaning)
{
    const struct cordon_policy *policy = builder->policy;
    builder->allocator = policy->arena.allocator;
    for (uint32_t i = 0; i < (abi_count ? abi_count : policy->abi_count); i++)
        builder->abis |= UINT32_C(1) << (abi_count ? abis : policy->abis)[i];
    cordon_arena_init(&builder->arena, builder->allocator, 0);
    cordon_model_allow_steps(builder->model, MAX_STEPS);
    if (take_arrays(builder))
        build_all(builder, meaning);
    else
        build_out_of_memory(builder);
    cordon_model_allow_steps(builder->model, 0);
    release(builder, builder->cells, builder->cell_room * sizeof *builder->cells);
    release(builder, builder->edges.items, builder->edges.room * sizeof *builder->edges.items);
    release(builder, builder->low_edges.items,
            builder->low_edges.room * sizeof *builder->low_edges.items);
    release(builder, builder->intervals.items,
            builder->intervals.room * sizeof *builder->intervals.items);
    cordon_arena_free(&builder->arena);
    return builder->error;
}

enum cordon_error cordon_policy_build(const struct cordon_policy *policy,
                                      struct cordon_model *model, const enum cordon_abi_id *abis,
                                      uint32_t abi_count, struct cordon_meaning *meaning,
                                      struct cordon_reporter *reporter)
{
    struct builder builder = {.policy = policy, .model = model, .reporter = reporter};
    return build(&builder, abis, abi_count, meaning);
}

enum cordon_error cordon_policy_verdicts(const struct cordon_policy *policy,
                                         struct cordon_model *model, const enum cordon_abi_id *abis,
                                         uint32_t abi_count, cordon_node *verdicts,
                                         struct cordon_reporter *reporter)
{
    struct builder builder = {
        .policy = policy, .model = model, .reporter = reporter, .only_verdicts = true};
    struct cordon_meaning meaning;
    enum cordon_error error = build(&builder, abis, abi_count, &meaning);
    if (!error)
        *verdicts = meaning.verdicts;
    return error;
}
