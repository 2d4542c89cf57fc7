/* SPDX-License-Identifier: MIT */
/* build_warn.c: warnings about probable mistakes: rules without effect, and ways around a
 * restriction. */
#include <string.h>

#include "build.h"

/* ---- rules that never match ---- */

static void note_rule(void *context, uint32_t decider)
{
    struct builder *builder = context;
    if (decider < builder->policy->rule_count)
        builder->reported[decider] |= 0x80; /* bits of a rule: it decides something */
}

void warn_dead_rules(struct builder *builder, cordon_node deciders)
{
    if (builder->policy->translated)
        return; /* one line of another format can become many rules */
    if (cordon_model_leaves(builder->model, deciders, note_rule, builder) != CORDON_OK)
        return;
    for (uint32_t i = 0; i < builder->policy->rule_count; i++) {
        const struct cordon_rule *rule = &builder->policy->rules[i];
        bool elsewhere = rule->abis && !(rule->abis & builder->abis);
        bool explained = builder->reported[i] & (REPORTED_UNKNOWN | REPORTED_TRIVIAL);
        if (!(builder->reported[i] & 0x80) && !elsewhere && !explained)
            build_warn(builder, rule->place, "earlier rules match all these calls",
                       "this rule can never match");
    }
}

/* ---- ways around ---- */

static cordon_node call_graph(struct builder *builder, const struct cordon_abi *abi,
                              cordon_node verdicts, const char *name)
{
    uint16_t id = cordon_syscall_id(name, (uint32_t)strlen(name));
    uint32_t nr = id == CORDON_NO_ID ? CORDON_NO_NR : cordon_syscall_nr(abi, id);
    if (nr == CORDON_NO_NR)
        return CORDON_NODE_NONE;
    cordon_node node = cordon_model_follow(builder->model, verdicts, CORDON_WORD_ARCH, abi->token);
    return cordon_model_follow(builder->model, node, CORDON_WORD_NR, nr);
}

struct answers {
    bool some_allow, some_deny;
};

static void note_answer(void *context, uint32_t verdict)
{
    struct answers *answers = context;
    uint32_t action = verdict & CORDON_ACTION_FULL;
    bool runs = action == CORDON_ALLOW || action == CORDON_LOG;
    answers->some_allow |= runs;
    answers->some_deny |= !runs;
}

static struct answers answers_of(struct builder *builder, const struct cordon_abi *abi,
                                 cordon_node verdicts, const char *name)
{
    struct answers answers = {0};
    cordon_node node = call_graph(builder, abi, verdicts, name);
    if (!cordon_node_same(node, CORDON_NODE_NONE) &&
        cordon_model_leaves(builder->model, node, note_answer, &answers) != CORDON_OK)
        return (struct answers){0};
    return answers;
}

/* Warns that `around` does what `call` does, where the filter can't see it. */
static const struct {
    const char *call, *around, *why;
    bool only_conditions; /* only a problem if `call` is restricted by its arguments */
} ways[] = {
    {"clone", "clone3", "its flags are in memory; errno(ENOSYS) clone3 makes libc use clone", true},
    {"openat", "openat2", "its flags are in memory; errno(ENOSYS) openat2 makes callers use openat",
     true},
    {"socket", "io_uring_setup", "io_uring makes network calls that a filter cannot see", false},
    {"openat", "io_uring_setup", "io_uring opens files, which a filter cannot see", false},
};

static bool find_rule_for(const struct builder *builder, const struct cordon_rule **found,
                          uint16_t id)
{
    for (uint32_t i = 0; i < builder->policy->rule_count; i++)
        if (rule_selects(&builder->policy->rules[i], id)) {
            *found = &builder->policy->rules[i];
            return true;
        }
    return false;
}

static void warn_way(struct builder *builder, const struct cordon_abi *abi, cordon_node verdicts,
                     size_t way)
{
    struct answers call = answers_of(builder, abi, verdicts, ways[way].call);
    struct answers around = answers_of(builder, abi, verdicts, ways[way].around);
    bool restricted = call.some_deny && (call.some_allow || !ways[way].only_conditions);
    if (!restricted || !around.some_allow)
        return;
    uint16_t id = cordon_syscall_id(ways[way].around, (uint32_t)strlen(ways[way].around));
    const struct cordon_rule *rule = NULL;
    struct cordon_place place = {.file = builder->policy->name};
    if (find_rule_for(builder, &rule, id))
        place = rule->place;
    else if (builder->policy->fallback.in_text)
        place = builder->policy->fallback.place;
    build_warn(builder, place, ways[way].why, "%s is restricted, but %s is allowed on %s",
               ways[way].call, ways[way].around, abi->name);
}

void warn_ways_around(struct builder *builder, cordon_node verdicts)
{
    for (int id = 0; id < CORDON_ABI_COUNT; id++)
        for (size_t way = 0; builder->abis >> id & 1 && way < sizeof ways / sizeof *ways; way++)
            warn_way(builder, cordon_abi(id), verdicts, way);
}
