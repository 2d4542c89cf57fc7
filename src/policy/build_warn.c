/* SPDX-License-Identifier: MIT */
/* build_warn.c: warnings about rules that have no effect. */
#include <stdio.h>

#include "build.h"

static bool is_elsewhere(const struct builder *builder, uint16_t id)
{
    for (int i = 0; i < CORDON_ABI_COUNT; i++)
        if (builder->abis >> i & 1 && cordon_syscall_nr(cordon_abi(i), id) != CORDON_NO_NR)
            return true;
    return false;
}

/*
 * An ABI can have another call for the same work. With a rule about that one, too, the policy is
 * written for several ABIs, or for several libraries, and nothing is wrong.
 */
void warn_unknown_call(struct builder *builder, const struct cordon_rule *rule)
{
    struct cordon_sibling siblings[CORDON_MAX_SIBLINGS];
    uint32_t count = cordon_siblings(rule->id, siblings);
    const char *instead = NULL;
    char hint[80] = "";
    for (uint32_t i = 0; i < count; i++) {
        if (cordon_syscall_nr(builder->abi, siblings[i].id) == CORDON_NO_NR)
            continue;
        if (builder->is_named[siblings[i].id])
            return;
        if (siblings[i].more >= 0 && !instead)
            instead = cordon_syscall_name(siblings[i].id);
    }
    if (instead)
        snprintf(hint, sizeof hint, "did you mean %s?", instead);
    bool elsewhere = !instead && is_elsewhere(builder, rule->id);
    build_warn(builder, elsewhere ? CORDON_LINT_ABSENT_CALL : CORDON_LINT_UNKNOWN_CALL, rule->place,
               instead ? hint : NULL, "%s has no system call %s: the rule has no effect there",
               builder->abi->name, cordon_syscall_name(rule->id));
}

static void note_rule(void *context, uint32_t decider)
{
    struct builder *builder = context;
    if (decider < builder->policy->rule_count)
        builder->reported[decider] |= 0x80; /* bits of a rule: it decides something */
}

/* Of the deciders before a rule, is one of another action? */
struct earlier {
    const struct builder *builder;
    uint32_t rule;
    bool differs;
};

static void note_earlier(void *context, uint32_t decider)
{
    struct earlier *earlier = context;
    const struct cordon_rule *rules = earlier->builder->policy->rules;
    if (decider < earlier->rule && rules[decider].action != rules[earlier->rule].action)
        earlier->differs = true;
}

/* Do all earlier rules for the call do the same as this one? */
static bool is_repeated(const struct builder *builder, cordon_node deciders, uint16_t id,
                        uint32_t rule)
{
    struct earlier earlier = {builder, rule, false};
    for (int i = 0; i < CORDON_ABI_COUNT && !earlier.differs; i++) {
        const struct cordon_abi *abi = cordon_abi(i);
        uint32_t nr = cordon_syscall_nr(abi, id);
        if (!(builder->abis >> i & 1) || nr == CORDON_NO_NR)
            continue;
        cordon_node node =
            cordon_model_follow(builder->model, deciders, CORDON_WORD_ARCH, abi->token);
        node = cordon_model_follow(builder->model, node, CORDON_WORD_NR, nr);
        if (cordon_model_leaves(builder->model, node, note_earlier, &earlier) != CORDON_OK)
            return false;
    }
    return !earlier.differs;
}

static bool is_redundant(const struct builder *builder, cordon_node deciders, uint32_t index)
{
    const struct cordon_rule *rule = &builder->policy->rules[index];
    if (rule->form == CORDON_CALL_NAME)
        return is_repeated(builder, deciders, rule->id, index);
    for (uint32_t i = 0; rule->form == CORDON_CALL_GROUP && i < rule->group.member_count; i++)
        if (!is_repeated(builder, deciders, rule->group.members[i], index))
            return false;
    return rule->form == CORDON_CALL_GROUP;
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
            build_warn(builder,
                       is_redundant(builder, deciders, i) ? CORDON_LINT_REDUNDANT_RULE
                                                          : CORDON_LINT_DEAD_RULE,
                       rule->place, "earlier rules match all these calls",
                       "this rule can never match");
    }
}
