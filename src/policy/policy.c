/* SPDX-License-Identifier: MIT */
/* policy.c: creates, extends, queries and frees policies. */
#include <string.h>

#include "room.h"

const struct cordon_abi *policy_host(const struct cordon_policy_options *options)
{
    return options && options->host ? options->host : cordon_abi_native();
}

struct cordon_policy *policy_new(const struct cordon_policy_options *options,
                                 const struct cordon_allocator *allocator)
{
    struct cordon_policy *policy = allocator->resize(allocator->context, NULL, 0, sizeof *policy);
    if (!policy)
        return NULL;
    *policy = (struct cordon_policy){.abi_count = 1,
                                     .fallback = {.action = (uint32_t)CORDON_KILL_PROCESS},
                                     .bad_arch = {.action = (uint32_t)CORDON_KILL_PROCESS}};
    policy->host = policy_host(options);
    policy->abis[0] = policy->host->id;
    size_t cap = options && options->byte_cap ? options->byte_cap : (size_t)256 << 20;
    cordon_arena_init(&policy->arena, allocator, cap);
    return policy;
}

#define FIRST_RULES 512u /* initial capacity; memory that isn't touched costs nothing */

bool policy_add_rule(struct cordon_policy *policy, const struct cordon_rule *rule)
{
    uint32_t need = policy->rule_room ? policy->rule_count + 1u : FIRST_RULES;
    if (policy->rule_count == policy->rule_room &&
        !cordon_array_grow(policy->arena.allocator, (void **)&policy->rules, &policy->rule_room,
                           sizeof *policy->rules, need))
        return false;
    policy->rules[policy->rule_count++] = *rule;
    return true;
}

const char *cordon_policy_line(const struct cordon_policy *policy, struct cordon_place place,
                               uint32_t *length)
{
    return cordon_text_line(policy->texts, policy->text_count, place, length);
}

struct cordon_message cordon_policy_message(const struct cordon_policy *policy,
                                            enum cordon_severity severity, enum cordon_error code,
                                            struct cordon_place place, const char *hint)
{
    return (struct cordon_message){.severity = severity,
                                   .code = code,
                                   .place = place,
                                   .hint = hint,
                                   .texts = policy->texts,
                                   .text_count = policy->text_count};
}

/* Finds the comments that hide lints. */
static bool read_comments(struct cordon_policy *policy, struct cordon_text *text)
{
    uint32_t count = cordon_lint_comments_read(text->text, text->length, NULL, 0);
    if (!count)
        return true;
    struct cordon_lint_comment *comments =
        cordon_arena_array(&policy->arena, count, sizeof *comments);
    if (!comments)
        return false;
    cordon_lint_comments_read(text->text, text->length, comments, count);
    text->comments = comments;
    text->comment_count = count;
    return true;
}

bool policy_add_text(struct cordon_policy *policy, struct cordon_text text)
{
    if (!read_comments(policy, &text) ||
        !cordon_array_grow(policy->arena.allocator, (void **)&policy->texts, &policy->text_room,
                           sizeof *policy->texts, policy->text_count + 1u))
        return false;
    policy->texts[policy->text_count++] = text;
    return true;
}

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
        return (struct cordon_fallback){
            policy->rules[decider].action, !policy->rules[decider].origin,
            policy->rules[decider].place, policy->rules[decider].origin};
    }
}

void cordon_policy_free(struct cordon_policy *policy)
{
    if (!policy)
        return;
    const struct cordon_allocator *allocator = policy->arena.allocator;
    if (policy->rules)
        allocator->resize(allocator->context, policy->rules,
                          policy->rule_room * sizeof *policy->rules, 0);
    if (policy->texts)
        allocator->resize(allocator->context, policy->texts,
                          policy->text_room * sizeof *policy->texts, 0);
    cordon_arena_free(&policy->arena);
    allocator->resize(allocator->context, policy, sizeof *policy, 0);
}
