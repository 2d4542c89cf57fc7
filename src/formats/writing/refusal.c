/* SPDX-License-Identifier: MIT */
/* refusal.c: reports what a format cannot express. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "refusal.h"

bool policy_has(const struct cordon_policy *policy, enum cordon_abi_id abi)
{
    for (uint32_t i = 0; i < policy->abi_count; i++)
        if (policy->abis[i] == abi)
            return true;
    return false;
}

/* ---- gathered ---- */

/* Most repetitions are adjacent. */
#define LOOK_BACK 64u

bool cordon_obstacle_same(const struct cordon_obstacle *a, const struct cordon_obstacle *b)
{
    return a->kind == b->kind && a->abis == b->abis && a->id == b->id && a->action == b->action &&
           a->first == b->first && a->last == b->last;
}

static void note(struct refusals *refusals, const struct cordon_obstacle *what)
{
    struct cordon_obstacles *list = refusals->options->obstacles;
    const struct cordon_allocator *allocator =
        list->allocator ? list->allocator : &cordon_allocator_libc;
    bool known = list->count == CORDON_MAX_OBSTACLES;
    for (uint32_t i = list->count; i > 0 && list->count - i < LOOK_BACK && !known; i--)
        known = cordon_obstacle_same(&list->list[i - 1], what) &&
                !strcmp(list->list[i - 1].text, what->text);
    if (known)
        return;
    if (cordon_array_grow(allocator, (void **)&list->list, &list->room, sizeof *list->list,
                          list->count + 1u))
        list->list[list->count++] = *what;
    else
        refuse_error(refusals, CORDON_E_NO_MEMORY);
}

void cordon_obstacles_free(struct cordon_obstacles *obstacles)
{
    const struct cordon_allocator *allocator =
        obstacles->allocator ? obstacles->allocator : &cordon_allocator_libc;
    if (obstacles->list)
        allocator->resize(allocator->context, obstacles->list,
                          obstacles->room * sizeof *obstacles->list, 0);
    obstacles->list = NULL;
    obstacles->count = 0;
    obstacles->room = 0;
}

/* ---- or reported ---- */

static void report(struct refusals *refusals, const struct cordon_obstacle *what)
{
    const char *call = what->kind == CORDON_AT_CALL ? cordon_syscall_name(what->id) : NULL;
    char numbers[64] = "";
    if (!refusals->reporter || refusals->reporter->errors >= CORDON_POLICY_MAX_ERRORS)
        return;
    struct cordon_message message = cordon_policy_message(
        refusals->policy, CORDON_ERROR, CORDON_E_MEANING, what->place, what->hint);
    if (what->is_gap)
        snprintf(numbers, sizeof numbers, "the numbers 0x%x to 0x%x ", what->first, what->last);
    cordon_reporter_tell(refusals->reporter, &message, "the format cannot express this: %s%s%s%s",
                         call ? call : "", call ? ": " : "", numbers, what->text);
}

void refuse_in(struct refusals *refusals, struct cordon_obstacle what, struct cordon_place place,
               const char *hint, const char *format, va_list args)
{
    what.place = place;
    vsnprintf(what.text, sizeof what.text, format, args);
    snprintf(what.hint, sizeof what.hint, "%s", hint ? hint : "");
    if (!refusals->error)
        refusals->error = CORDON_E_MEANING;
    if (refusals->options->obstacles)
        note(refusals, &what);
    else
        report(refusals, &what);
}

void refuse(struct refusals *refusals, struct cordon_obstacle what, struct cordon_place place,
            const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    refuse_in(refusals, what, place, hint, format, args);
    va_end(args);
}

void refuse_error(struct refusals *refusals, enum cordon_error error)
{
    struct cordon_message message = {.severity = CORDON_ERROR, .code = error};
    if (!error || (refusals->error && refusals->error != CORDON_E_MEANING))
        return;
    refusals->error = error;
    cordon_reporter_tell(refusals->reporter, &message, "%s", cordon_error_text(error));
}

struct cordon_place place_of_call(const struct cordon_policy *policy, uint16_t id,
                                  enum cordon_abi_id abi)
{
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct cordon_rule *rule = &policy->rules[i];
        bool here = !rule->abis || rule->abis >> abi & 1;
        if (here && ((rule->form == CORDON_CALL_NAME && rule->id == id) ||
                     (rule->form == CORDON_CALL_GROUP && cordon_group_has(&rule->group, id))))
            return rule->place;
    }
    return policy->fallback.place;
}
