/* SPDX-License-Identifier: MIT */
/* checker.c: what the checks ask of the graph, and how they report. */
#include "checker.h"

#include <string.h>

#include "cordon/describe.h"

/* ---- how far calls are allowed ---- */

uint32_t nr_of(const struct cordon_abi *abi, uint16_t id)
{
    return id == CORDON_NO_ID ? CORDON_NO_NR : cordon_syscall_nr(abi, id);
}

static void note_allowed(void *context, uint32_t verdict)
{
    *(bool *)context |= cordon_action_runs(verdict);
}

static enum openness openness_of_part(struct cordon_model *model, cordon_node part)
{
    struct cordon_view view = cordon_model_view(model, part);
    bool allowed = false;
    if (view.is_leaf)
        return cordon_action_runs(view.value) && !view.is_computed ? OPEN : CLOSED;
    if (cordon_model_leaves(model, part, note_allowed, &allowed))
        return CHECKED;
    return allowed ? CHECKED : CLOSED;
}

cordon_node verdicts_of(const struct checker *checker, const struct cordon_abi *abi, uint32_t nr)
{
    return cordon_part(checker->input->model, checker->input->meaning.verdicts, abi->token, nr);
}

enum openness openness_of(const struct checker *checker, const struct cordon_abi *abi, uint16_t id)
{
    uint32_t nr = nr_of(abi, id);
    if (nr == CORDON_NO_NR)
        return CLOSED;
    return openness_of_part(checker->input->model, verdicts_of(checker, abi, nr));
}

enum openness openness_of_name(const struct checker *checker, const char *name)
{
    return openness_of(checker, checker->abi, id_of(name));
}

enum openness openness_of_arch(const struct checker *checker, uint32_t arch)
{
    struct cordon_model *model = checker->input->model;
    return openness_of_part(model,
                            cordon_part_of_arch(model, checker->input->meaning.verdicts, arch));
}

/* Is a number of the current ABI answered alike whatever the arguments? Not if the ABI lacks it. */
static bool has_one_answer(const struct checker *checker, uint32_t nr, uint32_t *answer)
{
    if (nr == CORDON_NO_NR)
        return false;
    struct cordon_view view =
        cordon_model_view(checker->input->model, verdicts_of(checker, checker->abi, nr));
    *answer = view.value;
    return view.is_leaf && !view.is_computed;
}

bool is_closed(const struct checker *checker, uint16_t id, uint32_t *answer)
{
    if (!has_one_answer(checker, nr_of(checker->abi, id), answer))
        return false;
    uint32_t action = *answer & CORDON_ACTION_FULL;
    return !cordon_action_runs(*answer) && action != CORDON_TRACE && action != CORDON_USER_NOTIF;
}

bool is_refused(const struct checker *checker, uint16_t id)
{
    uint64_t enosys = 0;
    uint32_t answer;
    return cordon_constant_value(checker->abi, "ENOSYS", 6, &enosys) &&
           is_closed(checker, id, &answer) && answer != ((uint32_t)CORDON_ERRNO | enosys);
}

bool allows_unknown(const struct checker *checker)
{
    uint32_t answer;
    return has_one_answer(checker, checker->abi->nr_last, &answer) && cordon_action_runs(answer);
}

uint16_t id_of(const char *name)
{
    return cordon_syscall_id(name, (uint32_t)strlen(name));
}

uint32_t count_open(const struct checker *checker, const struct cordon_abi *abi)
{
    uint32_t open = 0;
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++)
        open += openness_of(checker, abi, cordon_syscall_nth(abi, i)) == OPEN;
    return open;
}

/* ---- reports ---- */

struct deciders {
    const struct cordon_policy *policy;
    bool allowing, found;
    uint32_t first; /* of those found */
};

static void note_decider(void *context, uint32_t decider)
{
    struct deciders *deciders = context;
    bool allowing = cordon_action_runs(cordon_policy_decider(deciders->policy, decider).action);
    if (allowing != deciders->allowing || (deciders->found && decider > deciders->first))
        return;
    deciders->found = true;
    deciders->first = decider;
}

/* What decides a call of the current ABI; CORDON_NODE_NONE: unknown. */
static cordon_node deciders_of(const struct checker *checker, uint16_t id)
{
    const struct cordon_check_input *input = checker->input;
    uint32_t nr = nr_of(checker->abi, id);
    if (!input->policy || cordon_node_same(input->meaning.deciders, CORDON_NODE_NONE) ||
        nr == CORDON_NO_NR)
        return CORDON_NODE_NONE;
    return cordon_part(input->model, input->meaning.deciders, checker->abi->token, nr);
}

bool is_decided_by_rule(const struct checker *checker, uint16_t id)
{
    cordon_node deciders = deciders_of(checker, id);
    if (cordon_node_same(deciders, CORDON_NODE_NONE))
        return false;
    struct cordon_view view = cordon_model_view(checker->input->model, deciders);
    return view.is_leaf && view.value < checker->input->policy->rule_count;
}

struct cordon_place place_of(const struct checker *checker, uint16_t id, bool allowing)
{
    const struct cordon_check_input *input = checker->input;
    struct cordon_place whole = {.file = input->policy ? input->policy->name : input->name};
    struct deciders found = {.policy = input->policy, .allowing = allowing};
    cordon_node deciders = deciders_of(checker, id);
    if (cordon_node_same(deciders, CORDON_NODE_NONE) ||
        cordon_model_leaves(input->model, deciders, note_decider, &found) || !found.found)
        return whole;
    struct cordon_fallback decider = cordon_policy_decider(input->policy, found.first);
    return decider.place.line ? decider.place : whole;
}

void tell(const struct checker *checker, enum cordon_lint lint, struct cordon_place place,
          const char *hint, const char *format, ...)
{
    struct cordon_message message = cordon_lint_message(lint, place, hint);
    if (message.severity < checker->input->least ||
        checker->reporter->warnings >= CORDON_POLICY_MAX_ERRORS)
        return;
    if (checker->input->policy) {
        message.texts = checker->input->policy->texts;
        message.text_count = checker->input->policy->text_count;
    }
    va_list args;
    va_start(args, format);
    cordon_reporter_vtell(checker->reporter, &message, format, args);
    va_end(args);
}
