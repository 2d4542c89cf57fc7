/* SPDX-License-Identifier: MIT */
/* refusal.c: telling what a format can't say. */
#include "refusal.h"

#include <stdarg.h>
#include <stdio.h>

void refuse_at(struct refusals *refusals, struct cordon_place place, const char *hint,
               const char *format, ...)
{
    struct cordon_diag diag;
    va_list args;
    uint32_t length = 0;
    bool exactly = refusals->approximation == CORDON_EXACTLY;
    cordon_diag_set(&diag, CORDON_E_MEANING, "%s", "");
    va_start(args, format);
    vsnprintf(diag.text, sizeof diag.text, format, args);
    va_end(args);
    snprintf(diag.hint, sizeof diag.hint, "%s", hint ? hint : "");
    diag.severity = exactly ? CORDON_ERROR : CORDON_WARNING;
    diag.place = place;
    const char *line = cordon_policy_line(refusals->policy, place, &length);
    cordon_reporter_add(refusals->reporter, &diag, line, length);
    if (exactly && !refusals->error)
        refusals->error = CORDON_E_MEANING;
}

void refuse_error(struct refusals *refusals, enum cordon_error error)
{
    struct cordon_diag diag;
    if (!error || refusals->error)
        return;
    refusals->error = cordon_diag_set(&diag, error, "%s", cordon_error_text(error));
    diag.severity = CORDON_ERROR;
    cordon_reporter_add(refusals->reporter, &diag, NULL, 0);
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

bool approximate(const struct refusals *refusals, uint32_t wanted, uint32_t fallback,
                 uint32_t *answer)
{
    int order = cordon_action_compare(fallback, wanted);
    *answer = fallback;
    return refusals->approximation == CORDON_STRICTER ? order <= 0 : order >= 0;
}
