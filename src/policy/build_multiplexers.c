/* SPDX-License-Identifier: MIT */
/*
 * build_multiplexers.c: applies rules to calls that are made through a multiplexer.
 *
 * On some ABIs socket(2) can also be made as socketcall(SYS_SOCKET, …). A rule about socket applies
 * there too, as a rule about that selector. Conditions carry over to the registers in which the
 * multiplexer passes the arguments. If it passes an argument in memory, a filter can't see it: the
 * policy is refused unless both outcomes of the condition have the same action, or an earlier rule
 * decides the multiplexer.
 */
#include <stdio.h>

#include "build.h"

static cordon_node selector_test(struct builder *builder, const struct cordon_subcall *call,
                                 cordon_node yes, cordon_node no)
{
    return cordon_model_range(builder->model, cordon_abi_low(builder->abi, 0), call->mask,
                              call->selector, call->selector, yes, no);
}

/* Have all leaves the rule's verdict? */
struct unanimity {
    const struct builder *builder;
    uint32_t action;
    bool broken;
};

static void note_leaf(void *context, uint32_t leaf)
{
    struct unanimity *unanimity = context;
    unanimity->broken |= is_hidden(unanimity->builder, leaf) ||
                         leaf_action(unanimity->builder, leaf) != unanimity->action;
}

/* Has this selector the rule's verdict anyway, whatever the other words hold? */
static bool answers_alike(struct builder *builder, const struct cordon_rule *rule,
                          cordon_node multiplexer, const struct cordon_subcall *call)
{
    struct unanimity unanimity = {builder, rule->action, false};
    cordon_node part =
        cordon_model_restrict(builder->model, multiplexer, cordon_abi_low(builder->abi, 0),
                              call->selector, call->selector);
    return !cordon_node_same(part, CORDON_NODE_NONE) &&
           !cordon_model_leaves(builder->model, part, note_leaf, &unanimity) && !unanimity.broken;
}

static void apply_hidden(struct builder *builder, const struct cordon_rule *rule,
                         struct cell *multiplexer, const struct cordon_subcall *call)
{
    if (answers_alike(builder, rule, multiplexer->node, call))
        return; /* both outcomes have the same verdict */
    cordon_node marker = cordon_model_leaf(builder->model, HIDDEN + builder->rule);
    multiplexer->node = selector_test(builder, call, marker, multiplexer->node);
}

static void apply_to_subcall(struct builder *builder, const struct cordon_rule *rule,
                             struct cell *multiplexer, const struct cordon_subcall *call)
{
    cordon_node leaf = rule_leaf(builder);
    if (!rule->cond) {
        multiplexer->node = selector_test(builder, call, leaf, multiplexer->node);
        return;
    }
    struct call_view view = {
        .id = call->id, .named = rule->form == CORDON_CALL_NAME, .position = call->position};
    cordon_node condition = build_condition(builder, rule->cond, &view);
    if (view.hidden) {
        apply_hidden(builder, rule, multiplexer, call);
        return;
    }
    condition = selector_test(builder, call, condition, builder->zero);
    multiplexer->node = cordon_model_choose(builder->model, condition, leaf, multiplexer->node);
    build_check_model(builder, rule->place);
}

void build_multiplexers(struct builder *builder, const struct cordon_rule *rule)
{
    if (rule->form == CORDON_CALL_NUMBER)
        return;
    for (uint32_t i = 0; i < builder->subcall_count && !builder->error; i++) {
        struct cordon_subcall call = builder->subcalls[i];
        if (call.id == CORDON_NO_ID || !rule_selects(rule, call.id))
            continue;
        if (rule_selects(rule, call.multiplexer))
            continue; /* this rule just decided the whole multiplexer */
        apply_to_subcall(builder, rule, &builder->cells[builder->cell_of[call.multiplexer]], &call);
    }
}

/* ---- hidden arguments ---- */

static void find_hidden(void *context, uint32_t value)
{
    struct builder *builder = context;
    if (!is_hidden(builder, value))
        return;
    builder->rule = value - HIDDEN;
    const struct cordon_rule *rule = &builder->policy->rules[builder->rule];
    if (!build_may_report(builder, REPORTED_MULTIPLEXER))
        return;
    const char *name =
        rule->form == CORDON_CALL_NAME ? cordon_syscall_name(rule->id) : "one of these calls";
    bool socket = false;
    for (uint32_t i = 0; i < builder->subcall_count; i++) {
        struct cordon_subcall call = builder->subcalls[i];
        socket |= rule_selects(rule, call.id) && call.mask == UINT32_MAX;
    }
    char hint[160];
    snprintf(hint, sizeof hint, "decide %s in an earlier rule: errno(ENOSYS) %s",
             socket ? "socketcall" : "ipc", socket ? "socketcall" : "ipc");
    build_error(builder, CORDON_E_MEANING, rule->place, hint,
                "%s can also be made through %s on %s, with its arguments in memory: this "
                "condition cannot be tested there",
                name, socket ? "socketcall" : "ipc", builder->abi->name);
}

void check_multiplexers(struct builder *builder)
{
    for (uint32_t i = 0; i < builder->subcall_count && !builder->error; i++) {
        struct cordon_subcall call = builder->subcalls[i];
        uint32_t at = builder->cell_of[call.multiplexer];
        if (i > 0 && builder->subcalls[i - 1].multiplexer == call.multiplexer)
            continue;
        cordon_node node = builder->cells[at].node;
        if (!cordon_node_same(node, CORDON_NODE_NONE) &&
            cordon_model_leaves(builder->model, node, find_hidden, builder) != CORDON_OK)
            build_out_of_memory(builder);
    }
}
