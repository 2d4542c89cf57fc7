/* SPDX-License-Identifier: MIT */
/*
 * build.c: a policy into the model.
 *
 * An ABI's numbers are cut into cells: one for each call, one for each gap. The rules are applied
 * to the cells from the last to the first, each in front of what follows it; so the first that
 * matches decides.
 */
#include "build.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- telling -------------------------------------------------------------------------------- */

static void tell(struct builder *builder, enum cordon_severity severity, enum cordon_error code,
                 struct cordon_place place, const char *hint, const char *format, va_list args)
    __attribute__((format(printf, 6, 0)));
static void tell(struct builder *builder, enum cordon_severity severity, enum cordon_error code,
                 struct cordon_place place, const char *hint, const char *format, va_list args)
{
    struct cordon_diag diag;
    cordon_diag_set(&diag, code, "%s", "");
    diag.severity = severity;
    diag.place = place;
    vsnprintf(diag.text, sizeof diag.text, format, args);
    if (hint)
        snprintf(diag.hint, sizeof diag.hint, "%s", hint);
    uint32_t length = 0;
    const char *line = cordon_policy_line(builder->policy, place, &length);
    cordon_reporter_add(builder->reporter, &diag, line, length);
}

void build_error(struct builder *builder, enum cordon_error code, struct cordon_place place,
                 const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tell(builder, CORDON_ERROR, code, place, hint, format, args);
    va_end(args);
    if (!builder->error)
        builder->error = code;
}

/* The built-in policies are written for many ABIs: what is said of them is for us, not for users.
 */
void build_warn(struct builder *builder, struct cordon_place place, const char *hint,
                const char *format, ...)
{
    if (place.file && place.file[0] == '@')
        return;
    if (builder->reporter && builder->reporter->warnings >= CORDON_POLICY_MAX_ERRORS)
        return;
    va_list args;
    va_start(args, format);
    tell(builder, CORDON_WARNING, CORDON_OK, place, hint, format, args);
    va_end(args);
}

bool build_says(struct builder *builder, uint8_t what)
{
    bool first = !(builder->said[builder->rule] & what);
    builder->said[builder->rule] |= what;
    return first;
}

/* ---- what decides --------------------------------------------------------------------------- */

struct cordon_fallback cordon_policy_decider(const struct cordon_policy *policy, uint32_t decider)
{
    switch (decider) {
    case CORDON_BY_DEFAULT:
        return policy->fallback;
    case CORDON_BY_BAD_ARCH:
        return policy->bad_arch;
    case CORDON_BY_NEWER:
        return policy->newer;
    default:
        return (struct cordon_fallback){policy->rules[decider].action, true,
                                        policy->rules[decider].place};
    }
}

uint32_t decider_action(const struct cordon_policy *policy, uint32_t decider)
{
    return cordon_policy_decider(policy, decider).action;
}

static uint32_t verdict_of(void *context, uint32_t decider)
{
    return decider_action(context, decider);
}

/* ---- cells ---------------------------------------------------------------------------------- */

static void add_cell(struct builder *builder, uint32_t first, uint32_t last, uint16_t id,
                     cordon_node node)
{
    if (!cordon_array_grow(builder->allocator, (void **)&builder->cells, &builder->cell_room,
                           sizeof *builder->cells, builder->cell_count + 1u)) {
        build_error(builder, CORDON_E_NO_MEMORY, (struct cordon_place){0}, NULL, "out of memory");
        return;
    }
    builder->cells[builder->cell_count++] = (struct cell){first, last, id, node};
}

/* Where the next raw-number rule begins or ends within (after, last]: gaps are cut there. */
static uint32_t next_cut(const struct cordon_policy *policy, uint32_t after, uint32_t last)
{
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct cordon_rule *rule = &policy->rules[i];
        if (rule->form != CORDON_CALL_NUMBER)
            continue;
        if (rule->nr_first > after && rule->nr_first - 1 < last)
            last = rule->nr_first - 1;
        if (rule->nr_last >= after && rule->nr_last < last)
            last = rule->nr_last;
    }
    return last;
}

static void add_gap(struct builder *builder, uint32_t first, uint32_t last, cordon_node node)
{
    for (;;) {
        uint32_t end = builder->has_numbers ? next_cut(builder->policy, first, last) : last;
        add_cell(builder, first, end, CORDON_NO_ID, node);
        if (end == last || builder->error)
            return;
        first = end + 1;
    }
}

/* Numbers of a machine's private calls (arm: 0x0f0000) stand far from the counted ones. */
#define COUNTED 0x10000u

/* The highest number that kernels of the policy's version had: above it, calls are newer. */
static uint32_t highest_old(const struct builder *builder)
{
    uint32_t highest = builder->abi->nr_first;
    for (uint32_t i = 0; i < cordon_syscall_count(builder->abi); i++) {
        uint16_t id = cordon_syscall_nth(builder->abi, i);
        uint32_t nr = cordon_syscall_nr(builder->abi, id);
        if (nr - builder->abi->nr_first < COUNTED &&
            cordon_syscall_since(builder->abi, id) <= builder->policy->newer_than)
            highest = nr;
    }
    return highest;
}

static void make_cells(struct builder *builder)
{
    const struct cordon_policy *policy = builder->policy;
    const struct cordon_abi *abi = builder->abi;
    uint32_t newest = policy->newer_than ? highest_old(builder) : UINT32_MAX;
    uint32_t next = abi->nr_first;
    builder->cell_count = 0;
    /* room for all at once; a failure comes again, and is reported, where a cell is added */
    (void)!cordon_array_grow(builder->allocator, (void **)&builder->cells, &builder->cell_room,
                             sizeof *builder->cells, cordon_syscall_count(abi) + 32);
    memset(builder->cell_of, 0xff, cordon_syscall_id_count() * sizeof *builder->cell_of);
    for (uint32_t i = 0; i < cordon_syscall_count(abi) && !builder->error; i++) {
        uint16_t id = cordon_syscall_nth(abi, i);
        uint32_t nr = cordon_syscall_nr(abi, id);
        bool newer = policy->newer_than && cordon_syscall_since(abi, id) > policy->newer_than;
        if (next < nr)
            add_gap(builder, next, nr - 1, next > newest ? builder->by_newer : builder->by_default);
        builder->cell_of[id] = builder->cell_count;
        add_cell(builder, nr, nr, id, newer ? builder->by_newer : builder->by_default);
        next = nr + 1;
    }
    add_gap(builder, next, abi->nr_last, next > newest ? builder->by_newer : builder->by_default);
}

/* ---- rules ---------------------------------------------------------------------------------- */

bool rule_selects(const struct cordon_rule *rule, uint16_t id)
{
    switch (rule->form) {
    case CORDON_CALL_NAME:
        return rule->id == id;
    case CORDON_CALL_GROUP:
        return cordon_group_has(&rule->group, id);
    case CORDON_CALL_ANY:
        return true;
    case CORDON_CALL_NUMBER:
        break;
    }
    return false;
}

static void apply_to_cell(struct builder *builder, const struct cordon_rule *rule,
                          struct cell *cell)
{
    cordon_node leaf = cordon_model_leaf(builder->model, builder->rule);
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
}

static bool has_door(const struct builder *builder, uint16_t id)
{
    for (uint32_t i = 0; i < builder->subcall_count; i++)
        if (builder->subcalls[i].id == id)
            return true;
    return false;
}

static void apply_by_name(struct builder *builder, const struct cordon_rule *rule)
{
    uint32_t at = builder->cell_of[rule->id];
    if (at != UINT32_MAX)
        apply_to_cell(builder, rule, &builder->cells[at]);
    else if (!has_door(builder, rule->id) && !rule->abis && build_says(builder, SAID_UNKNOWN))
        build_warn(builder, rule->place, NULL,
                   "%s has no system call %s: the rule does nothing there", builder->abi->name,
                   cordon_syscall_name(rule->id));
}

/* The first cell whose numbers are not all below `nr`; cells stand in the order of their numbers.
 */
static uint32_t first_cell(const struct builder *builder, uint32_t nr)
{
    uint32_t low = 0, high = builder->cell_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (builder->cells[middle].last < nr)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Raw numbers and *: cells are cut where such rules begin and end, so a cell is in a range or
 * outside. */
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
    if (!builder->error)
        build_doors(builder, rule);
}

static void build_abi(struct builder *builder, const struct cordon_abi *abi)
{
    builder->abi = abi;
    builder->subcall_count = cordon_subcall_count(abi);
    for (uint32_t i = 0; i < builder->subcall_count; i++)
        builder->subcalls[i] = cordon_subcall_nth(abi, i);
    make_cells(builder);
    for (uint32_t i = builder->policy->rule_count; i-- > 0;) {
        const struct cordon_rule *rule = &builder->policy->rules[i];
        builder->rule = i;
        if (!rule->abis || rule->abis >> abi->id & 1)
            apply_rule(builder, rule);
    }
    if (!builder->error)
        check_doors(builder);
}

/* ---- tokens --------------------------------------------------------------------------------- */

/* The edges of one architecture token, over all 2^32 numbers. */
struct edges {
    struct cordon_edge *edges;
    uint32_t count;
    size_t room;
};

static void push_edge(struct builder *builder, struct edges *edges, uint32_t last, cordon_node to)
{
    if (!cordon_array_grow(builder->allocator, (void **)&edges->edges, &edges->room,
                           sizeof *edges->edges, edges->count + 1u)) {
        build_error(builder, CORDON_E_NO_MEMORY, (struct cordon_place){0}, NULL, "out of memory");
        return;
    }
    edges->edges[edges->count++] = (struct cordon_edge){last, to};
}

/* The negative numbers, -1 being what tracers set to skip a call: no ABI's; raw rules and * reach
 * them. */
static void push_negative(struct builder *builder, struct edges *edges)
{
    builder->cell_count = 0;
    add_gap(builder, 0x80000000u, UINT32_MAX, builder->by_default);
    for (uint32_t i = builder->policy->rule_count; i-- > 0 && !builder->error;) {
        const struct cordon_rule *rule = &builder->policy->rules[i];
        builder->rule = i;
        bool here = !rule->abis || rule->abis >> builder->abi->id & 1;
        if (here && (rule->form == CORDON_CALL_ANY || rule->form == CORDON_CALL_NUMBER))
            apply_by_number(builder, rule);
    }
    for (uint32_t i = 0; i < builder->cell_count; i++)
        push_edge(builder, edges, builder->cells[i].last, builder->cells[i].node);
}

static cordon_node build_token(struct builder *builder, uint32_t token)
{
    struct edges edges = {0};
    cordon_node bad_arch = cordon_model_leaf(builder->model, CORDON_BY_BAD_ARCH);
    uint32_t next = 0;
    for (int id = 0; id < CORDON_ABI_COUNT && !builder->error; id++) {
        const struct cordon_abi *abi = cordon_abi(id);
        if (!(builder->abis >> id & 1) || abi->token != token)
            continue;
        if (next < abi->nr_first)
            push_edge(builder, &edges, abi->nr_first - 1, bad_arch);
        build_abi(builder, abi);
        for (uint32_t i = 0; i < builder->cell_count; i++)
            push_edge(builder, &edges, builder->cells[i].last, builder->cells[i].node);
        next = abi->nr_last + 1;
    }
    if (next < 0x80000000u && !builder->error)
        push_edge(builder, &edges, 0x7fffffffu, bad_arch);
    if (!builder->error)
        push_negative(builder, &edges);
    cordon_node node = CORDON_NODE_NONE;
    if (!builder->error)
        node = cordon_model_switch(builder->model, CORDON_WORD_NR, UINT32_MAX, edges.edges,
                                   edges.count);
    if (edges.edges)
        builder->allocator->resize(builder->allocator->context, edges.edges,
                                   edges.room * sizeof *edges.edges, 0);
    return node;
}

/* The tokens in ascending order, every other one being a bad architecture. */
static cordon_node build_tokens(struct builder *builder)
{
    struct cordon_edge edges[2 * CORDON_ABI_COUNT + 1];
    uint32_t count = 0;
    cordon_node bad_arch = cordon_model_leaf(builder->model, CORDON_BY_BAD_ARCH);
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

/* ---- the whole ------------------------------------------------------------------------------ */

static bool check_number_rules(struct builder *builder)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < builder->policy->rule_count; i++) {
        const struct cordon_rule *rule = &builder->policy->rules[i];
        if (rule->form != CORDON_CALL_NUMBER || ++count <= MAX_NUMBER_RULES)
            continue;
        build_error(builder, CORDON_E_BUDGET, rule->place, "a range is one rule: syscall 5..9",
                    "more than %u rules with raw numbers", MAX_NUMBER_RULES);
        return false;
    }
    builder->has_numbers = count > 0;
    return true;
}

static void build_all(struct builder *builder, struct cordon_meaning *meaning)
{
    if (!check_number_rules(builder))
        return;
    builder->zero = cordon_model_leaf(builder->model, 0);
    builder->one = cordon_model_leaf(builder->model, 1);
    builder->by_default = cordon_model_leaf(builder->model, CORDON_BY_DEFAULT);
    builder->by_newer = cordon_model_leaf(builder->model, CORDON_BY_NEWER);
    struct cordon_meaning made;
    made.deciders = build_tokens(builder);
    if (builder->error)
        return;
    made.verdicts = cordon_model_map(builder->model, made.deciders, verdict_of,
                                     (void *)(uintptr_t)builder->policy);
    enum cordon_error status = cordon_model_status(builder->model);
    if (status) {
        build_error(builder, status, (struct cordon_place){.file = builder->policy->name}, NULL,
                    "the policy is too complex: %s", cordon_error_text(status));
        return;
    }
    warn_dead_rules(builder, made.deciders);
    warn_ways_around(builder, made.verdicts);
    if (!builder->error)
        *meaning = made;
}

static void release(const struct cordon_allocator *allocator, void *memory, size_t size)
{
    if (memory)
        allocator->resize(allocator->context, memory, size, 0);
}

enum cordon_error cordon_policy_build(const struct cordon_policy *policy,
                                      struct cordon_model *model, const enum cordon_abi_id *abis,
                                      uint32_t abi_count, struct cordon_meaning *meaning,
                                      struct cordon_reporter *reporter)
{
    const struct cordon_allocator *allocator = policy->arena.allocator;
    struct builder builder = {
        .policy = policy, .model = model, .reporter = reporter, .allocator = allocator};
    for (uint32_t i = 0; i < (abi_count ? abi_count : policy->abi_count); i++)
        builder.abis |= UINT32_C(1) << (abi_count ? abis : policy->abis)[i];
    size_t cell_of_size = cordon_syscall_id_count() * sizeof *builder.cell_of;
    builder.cell_of = allocator->resize(allocator->context, NULL, 0, cell_of_size);
    builder.said = allocator->resize(allocator->context, NULL, 0, policy->rule_count + 1u);
    if (builder.cell_of && builder.said) {
        memset(builder.said, 0, policy->rule_count + 1u);
        build_all(&builder, meaning);
    } else {
        build_error(&builder, CORDON_E_NO_MEMORY, (struct cordon_place){0}, NULL, "out of memory");
    }
    release(allocator, builder.cell_of, cell_of_size);
    release(allocator, builder.said, policy->rule_count + 1u);
    release(allocator, builder.cells, builder.cell_room * sizeof *builder.cells);
    return builder.error;
}
