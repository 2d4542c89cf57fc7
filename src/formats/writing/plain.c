/* SPDX-License-Identifier: MIT */
/* plain.c: writers' view of a policy: refusals, and the rules of a call. */
#include <stdarg.h>

#include "plain.h"

/* ---- begin and end ---- */

/* A last rule for any call acts as a default, too. */
static void find_fallback(struct plain *plain)
{
    const struct cordon_policy *policy = plain->policy;
    plain->fallback = policy->fallback.action;
    plain->fallback_place = policy->fallback.place;
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct cordon_rule *rule = &policy->rules[i];
        if (rule->form != CORDON_CALL_ANY)
            continue;
        uint32_t all = 0;
        for (uint32_t abi = 0; abi < policy->abi_count; abi++)
            all |= UINT32_C(1) << policy->abis[abi];
        if (rule->cond || (rule->abis && (all & ~rule->abis))) {
            plain_refuse(plain, at_default(), rule->place,
                         "a rule for any call that does not apply to all of them");
            continue;
        }
        plain->fallback = rule->action;
        plain->fallback_place = rule->place;
        return;
    }
}

void plain_begin(struct plain *plain, const struct cordon_policy *policy,
                 const struct cordon_format_options *options, struct cordon_reporter *reporter)
{
    const struct cordon_allocator *allocator =
        options->policy.allocator ? options->policy.allocator : &cordon_allocator_libc;
    *plain = (struct plain){.policy = policy, .options = options, .reporter = reporter};
    cordon_arena_init(&plain->arena, allocator,
                      options->policy.byte_cap ? options->policy.byte_cap : (size_t)256 << 20);
    plain->text.allocator = allocator;
    plain->sink = cordon_string_sink(&plain->text);
    find_fallback(plain);
    if (policy->newer_than)
        plain_refuse(plain, at_all(), policy->newer.place,
                     "another verdict for calls newer than a kernel");
}

enum cordon_error plain_end(struct plain *plain, struct cordon_sink *sink)
{
    if (plain->text.failed && !plain->error)
        plain_no_memory(plain);
    if (!plain->error && plain->text.text)
        sink->write(sink->context, plain->text.text, plain->text.length);
    cordon_string_free(&plain->text);
    cordon_intervals_free(&plain->values, plain->arena.allocator);
    cordon_arena_free(&plain->arena);
    return plain->error;
}

/* ---- refusals ---- */

void plain_refuse(struct plain *plain, struct cordon_obstacle what, struct cordon_place place,
                  const char *format, ...)
{
    struct refusals refusals = {plain->policy, plain->options, plain->reporter, plain->error};
    va_list args;
    va_start(args, format);
    refuse_in(&refusals, what, place, NULL, format, args);
    va_end(args);
    plain->error = refusals.error;
}

bool plain_stops(const struct plain *plain)
{
    return plain->error && plain->error != CORDON_E_MEANING;
}

void plain_no_memory(struct plain *plain)
{
    struct cordon_message message = {.severity = CORDON_ERROR, .code = CORDON_E_NO_MEMORY};
    if (plain->error == CORDON_E_NO_MEMORY)
        return;
    cordon_reporter_tell(plain->reporter, &message, "out of memory");
    plain->error = CORDON_E_NO_MEMORY;
}

/* ---- the rules of a call ---- */

/* The rules about each call, in order: those that name it, also in a group; and those about
 * numbers. Rules for any call are the fallback. */
struct plain_index {
    uint32_t *start; /* by call: where its rules begin; those of the next call follow */
    uint32_t *rules;
    uint32_t *numbered, numbered_count;
};

/* Counts the rules of each call, in start[id + 1]. */
static void count_rules(const struct cordon_policy *policy, struct plain_index *index)
{
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct cordon_rule *rule = &policy->rules[i];
        if (rule->form == CORDON_CALL_NAME)
            index->start[rule->id + 1]++;
        for (uint32_t k = 0; rule->form == CORDON_CALL_GROUP && k < rule->group.member_count; k++)
            index->start[rule->group.members[k] + 1]++;
        index->numbered_count += rule->form == CORDON_CALL_NUMBER;
    }
}

/* Lists them; start[id] becomes the end of the call's rules, which is the start of the next one. */
static void list_rules(const struct cordon_policy *policy, struct plain_index *index)
{
    uint32_t numbered = 0;
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct cordon_rule *rule = &policy->rules[i];
        if (rule->form == CORDON_CALL_NAME)
            index->rules[index->start[rule->id]++] = i;
        for (uint32_t k = 0; rule->form == CORDON_CALL_GROUP && k < rule->group.member_count; k++)
            index->rules[index->start[rule->group.members[k]]++] = i;
        if (rule->form == CORDON_CALL_NUMBER)
            index->numbered[numbered++] = i;
    }
}

/* NULL: no memory, reported. */
static struct plain_index *make_index(struct plain *plain)
{
    uint32_t ids = cordon_syscall_id_count();
    struct plain_index *index = cordon_arena_alloc(&plain->arena, sizeof *index);
    if (index)
        index->start = cordon_arena_array(&plain->arena, ids + 1u, sizeof *index->start);
    if (index && index->start) {
        count_rules(plain->policy, index);
        for (uint32_t id = 0; id < ids; id++)
            index->start[id + 1] += index->start[id];
        index->rules = cordon_arena_array(&plain->arena, index->start[ids] + 1u, sizeof(uint32_t));
        index->numbered =
            cordon_arena_array(&plain->arena, index->numbered_count + 1u, sizeof(uint32_t));
    }
    if (!index || !index->start || !index->rules || !index->numbered) {
        plain_no_memory(plain);
        return NULL;
    }
    list_rules(plain->policy, index);
    return plain->index = index;
}

/* The rules of one call or number that may select it, in order. */
struct candidates {
    const uint32_t *named, *named_end, *numbered, *numbered_end;
};

static struct candidates candidates_of(const struct plain_index *index, uint16_t id)
{
    struct candidates found = {.numbered = index->numbered,
                               .numbered_end = index->numbered + index->numbered_count};
    if (id != CORDON_NO_ID) { /* list_rules() has moved each start to the next one */
        found.named = index->rules + (id ? index->start[id - 1] : 0);
        found.named_end = index->rules + index->start[id];
    }
    return found;
}

/* The next rule that applies to the number on the ABI; NULL: there is none. */
static const struct cordon_rule *next_rule(const struct cordon_policy *policy,
                                           struct candidates *left, const struct cordon_abi *abi,
                                           uint32_t nr)
{
    while (left->named != left->named_end || left->numbered != left->numbered_end) {
        bool named = left->numbered == left->numbered_end ||
                     (left->named != left->named_end && *left->named < *left->numbered);
        const struct cordon_rule *rule = &policy->rules[named ? *left->named++ : *left->numbered++];
        bool here = !rule->abis || rule->abis >> abi->id & 1;
        if (here && (named || (rule->nr_first <= nr && nr <= rule->nr_last)))
            return rule;
    }
    return NULL;
}

struct plain_rules plain_rules(struct plain *plain, const struct cordon_abi *abi, uint16_t id,
                               uint32_t nr)
{
    const struct plain_index *index = plain->index ? plain->index : make_index(plain);
    const struct cordon_rule *rule;
    struct plain_rules found = {0};
    uint32_t room = 0;
    if (!index)
        return found;
    struct candidates left = candidates_of(index, id), again = left;
    while ((rule = next_rule(plain->policy, &left, abi, nr)))
        room++;
    if (room == 0)
        return found;
    found.rules = cordon_arena_array(&plain->arena, room, sizeof *found.rules);
    while (found.rules && (rule = next_rule(plain->policy, &again, abi, nr))) {
        found.rules[found.count++] = (struct plain_rule){rule->cond, rule->action, rule->place};
        if (!rule->cond)
            break;
    }
    if (!found.rules)
        plain_no_memory(plain);
    while (found.count && found.rules[found.count - 1].action == plain->fallback)
        found.count--;
    return found;
}

/* The parts of one rule's range that no call has. */
static void gaps_of_rule(const struct cordon_abi *abi, const struct cordon_rule *rule,
                         void (*range)(void *context, uint32_t first, uint32_t last,
                                       const struct cordon_rule *rule),
                         void *context)
{
    uint64_t next = rule->nr_first;
    uint32_t count = cordon_syscall_count(abi);
    for (uint32_t i = cordon_syscall_index_from(abi, rule->nr_first); i < count; i++) {
        uint32_t nr = cordon_syscall_nr(abi, cordon_syscall_nth(abi, i));
        if (nr > rule->nr_last)
            break;
        if (nr > next)
            range(context, (uint32_t)next, nr - 1, rule);
        next = (uint64_t)nr + 1;
    }
    if (next <= rule->nr_last)
        range(context, (uint32_t)next, rule->nr_last, rule);
}

void plain_gaps(struct plain *plain, const struct cordon_abi *abi,
                void (*range)(void *context, uint32_t first, uint32_t last,
                              const struct cordon_rule *rule),
                void *context)
{
    for (uint32_t i = 0; i < plain->policy->rule_count; i++) {
        const struct cordon_rule *rule = &plain->policy->rules[i];
        if (rule->form == CORDON_CALL_NUMBER && (!rule->abis || rule->abis >> abi->id & 1))
            gaps_of_rule(abi, rule, range, context);
    }
}

/* ---- x32 ---- */

void plain_check_x32(struct plain *plain)
{
    const struct cordon_policy *policy = plain->policy;
    const struct cordon_abi *x32 = cordon_abi(CORDON_ABI_X32);
    if (!policy_has(policy, CORDON_ABI_X86_64))
        return;
    struct cordon_obstacle what =
        with_default(at_numbers(x32, x32->nr_first, x32->nr_last), plain->fallback);
    if (!policy_has(policy, CORDON_ABI_X32)) {
        if (plain->fallback != policy->bad_arch.action)
            plain_refuse(plain, what, policy->bad_arch.place,
                         "calls of x32 get the default, not bad_arch");
        return;
    }
    for (uint32_t i = 0; i < cordon_syscall_count(x32); i++) {
        uint16_t id = cordon_syscall_nth(x32, i);
        struct plain_rules rules = plain_rules(plain, x32, id, cordon_syscall_nr(x32, id));
        if (rules.count)
            plain_refuse(plain, what, rules.rules[0].place, "calls of x32 get the default");
        if (rules.count)
            return;
    }
}
