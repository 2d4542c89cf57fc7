/* SPDX-License-Identifier: MIT */
/* builder.c: messages, memory and leaves of rules, for the parts of the builder. */
#include "build.h"

/* ---- messages ---- */

void build_error(struct builder *builder, enum cordon_error code, struct cordon_place place,
                 const char *hint, const char *format, ...)
{
    struct cordon_message message =
        cordon_policy_message(builder->policy, CORDON_ERROR, code, place, hint);
    va_list args;
    va_start(args, format);
    cordon_reporter_vtell(builder->reporter, &message, format, args);
    va_end(args);
    if (!builder->error)
        builder->error = code;
}

/* Users can't act on warnings about the built-in policies, which are written for many ABIs. */
void build_warn(struct builder *builder, enum cordon_lint lint, struct cordon_place place,
                const char *hint, const char *format, ...)
{
    if (place.file && place.file[0] == '@')
        return;
    bool note = cordon_lint_row(lint)->severity == CORDON_NOTE;
    uint32_t told = note ? builder->notes++ : builder->reporter ? builder->reporter->warnings : 0;
    if (!builder->reporter || told >= CORDON_POLICY_MAX_ERRORS)
        return;
    struct cordon_message message = cordon_lint_message(lint, place, hint);
    message.texts = builder->policy->texts;
    message.text_count = builder->policy->text_count;
    va_list args;
    va_start(args, format);
    cordon_reporter_vtell(builder->reporter, &message, format, args);
    va_end(args);
}

void *build_out_of_memory(struct builder *builder)
{
    build_error(builder, CORDON_E_NO_MEMORY, (struct cordon_place){0}, NULL, "out of memory");
    return NULL;
}

void build_check_model(struct builder *builder, struct cordon_place place)
{
    enum cordon_error status = cordon_model_status(builder->model);
    if (!status || builder->error)
        return;
    build_error(builder, status, place,
                status == CORDON_E_BUDGET ? "different masks or ranges of several arguments, "
                                            "joined by \"or\", multiply"
                                          : NULL,
                "the policy is too complex: %s", cordon_error_text(status));
}

bool build_room(struct builder *builder, struct edges *edges, size_t need)
{
    return need <= edges->room ||
           cordon_array_grow(builder->allocator, (void **)&edges->items, &edges->room,
                             sizeof *edges->items, need) ||
           build_out_of_memory(builder);
}

bool build_may_report(struct builder *builder, uint8_t what)
{
    bool first = !(builder->reported[builder->rule] & what);
    builder->reported[builder->rule] |= what;
    return first;
}

/* ---- what decides ---- */

uint32_t leaf_action(const struct builder *builder, uint32_t leaf)
{
    return builder->only_verdicts ? leaf : decider_action(builder->policy, leaf);
}

bool is_hidden(const struct builder *builder, uint32_t leaf)
{
    return leaf - HIDDEN < builder->policy->rule_count;
}

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
