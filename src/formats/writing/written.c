/* SPDX-License-Identifier: MIT */
/* written.c: reads a written text again and compares it with the policy. */
#include "written.h"

#include <string.h>

/* The policy without its rules for any call of some ABIs; these are in `wanted`. */
static bool show(struct written *written, const struct cordon_policy *policy)
{
    struct cordon_policy *shown = &written->shown;
    const struct cordon_allocator *allocator = policy->arena.allocator;
    *shown = *policy;
    shown->rules = allocator->resize(allocator->context, NULL, 0,
                                     (policy->rule_count + 1u) * sizeof *shown->rules);
    shown->rule_count = 0;
    for (uint32_t i = 0; shown->rules && i < policy->rule_count; i++)
        if (policy->rules[i].form != CORDON_CALL_ANY || !policy->rules[i].abis ||
            policy->rules[i].cond)
            shown->rules[shown->rule_count++] = policy->rules[i];
    shown->rule_room = policy->rule_count + 1u;
    return shown->rules != NULL;
}

bool written_begin(struct written *written, const struct cordon_policy *policy,
                   const struct cordon_format_options *options, struct cordon_reporter *reporter)
{
    struct cordon_meaning meaning;
    bool shown = show(written, policy);
    plain_begin(&written->plain, &written->shown, options, reporter);
    written->error = !shown ? CORDON_E_NO_MEMORY
                            : cordon_model_create(&written->model, options->policy.allocator,
                                                  options->policy.byte_cap);
    if (!written->error)
        written->error = cordon_policy_build(policy, written->model, NULL, 0, &meaning, NULL);
    if (written->error == CORDON_E_NO_MEMORY)
        plain_no_memory(&written->plain);
    if (!written->error)
        written->wanted = meaning.verdicts;
    return !written->error;
}

enum cordon_error written_end(struct written *written, struct cordon_sink *sink)
{
    const struct cordon_allocator *allocator = written->shown.arena.allocator;
    cordon_model_free(written->model);
    if (written->error && !written->plain.error)
        written->plain.error = written->error;
    enum cordon_error error = plain_end(&written->plain, sink);
    if (written->shown.rules)
        allocator->resize(allocator->context, written->shown.rules,
                          written->shown.rule_room * sizeof *written->shown.rules, 0);
    return error;
}

/* ---- reading it again ---- */

static cordon_node meaning_of(struct written *written, const char *text, size_t length)
{
    struct cordon_policy *policy = NULL;
    struct cordon_meaning meaning = {.verdicts = CORDON_NODE_NONE};
    if (!written->read(&policy, text, length, "written", written->plain.options, NULL) &&
        cordon_policy_build(policy, written->model, NULL, 0, &meaning, NULL))
        meaning.verdicts = CORDON_NODE_NONE;
    cordon_policy_free(policy);
    return meaning.verdicts;
}

bool written_is_implied(struct written *written, const char *const pieces[])
{
    char text[1200];
    struct cordon_buffer buffer = {text, sizeof text, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    for (; *pieces; pieces++)
        cordon_sink_text(&sink, *pieces);
    if (buffer.length >= sizeof text)
        return false;
    cordon_node line = meaning_of(written, text, buffer.length);
    if (cordon_node_same(line, CORDON_NODE_NONE))
        return false;
    cordon_node both = cordon_model_stack(written->model, line, written->wanted);
    return cordon_model_equal(written->model, both, written->wanted, NULL) == CORDON_YES;
}

bool written_is_whole(struct written *written, struct cordon_data *witness)
{
    const struct cordon_string *text = &written->plain.text;
    if (text->failed)
        return true; /* it is reported at the end */
    written->made = meaning_of(written, text->text ? text->text : "", text->length);
    return !cordon_node_same(written->made, CORDON_NODE_NONE) &&
           cordon_model_equal(written->model, written->made, written->wanted, witness) ==
               CORDON_YES;
}

/* The single verdict that the text has for some numbers of an architecture. */
static bool has_answer(struct written *written, uint32_t token, uint32_t first, uint32_t last,
                       uint32_t *answer)
{
    struct cordon_model *model = written->model;
    cordon_node part = cordon_model_restrict(model, written->made, CORDON_WORD_ARCH, token, token);
    part = cordon_model_restrict(model, part, CORDON_WORD_NR, first, last);
    struct cordon_view view = cordon_model_view(model, part);
    *answer = view.value;
    return view.is_leaf && !view.is_computed && !cordon_node_same(part, CORDON_NODE_NONE);
}

static bool has_token(const struct cordon_policy *policy, uint32_t token)
{
    for (uint32_t i = 0; i < policy->abi_count; i++)
        if (cordon_abi(policy->abis[i])->token == token)
            return true;
    return false;
}

/* Negative numbers belong to no ABI; -1 can have a verdict of its own. */
static struct cordon_obstacle at_negative(struct written *written, const struct cordon_abi *abi,
                                          uint32_t nr)
{
    uint32_t answer, first = 0x80000000u, last = UINT32_MAX;
    if (!has_answer(written, abi->token, first, last, &answer) &&
        (nr == last || !has_answer(written, abi->token, first, --last, &answer))) {
        first = last = nr;
        if (!has_answer(written, abi->token, nr, nr, &answer))
            return at_all();
    }
    return with(at_numbers(abi, first, last), answer);
}

/* The calls like the witness, and the text's verdict for all of them. */
static struct cordon_obstacle obstacle_of(struct written *written,
                                          const struct cordon_data *witness)
{
    uint32_t token = witness->word[CORDON_WORD_ARCH], nr = witness->word[CORDON_WORD_NR], answer;
    const struct cordon_policy *policy = written->plain.policy;
    const struct cordon_abi *abi = cordon_abi_of_call(token, nr);
    if (cordon_node_same(written->made, CORDON_NODE_NONE))
        return at_all();
    for (uint32_t i = 0; i < policy->abi_count && nr >= 0x80000000u; i++)
        if (cordon_abi(policy->abis[i])->token == token)
            return at_negative(written, cordon_abi(policy->abis[i]), nr);
    if (abi && has_token(policy, token) &&
        has_answer(written, token, abi->nr_first, abi->nr_last, &answer))
        return with(at_numbers(abi, abi->nr_first, abi->nr_last), answer);
    if (!abi || !policy_has(policy, abi->id)) {
        bool one = has_answer(written, token, 0, UINT32_MAX, &answer);
        return one ? at_bad_arch(answer) : at_other_arches();
    }
    uint16_t id = cordon_syscall_id_by_nr(abi, nr);
    if (id != CORDON_NO_ID) {
        struct cordon_obstacle what = at_call(id, UINT32_C(1) << abi->id);
        return has_answer(written, token, nr, nr, &answer) ? with(what, answer) : what;
    }
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct cordon_rule *rule = &policy->rules[i];
        if (rule->form == CORDON_CALL_NUMBER && rule->nr_first <= nr && nr <= rule->nr_last &&
            has_answer(written, token, nr, nr, &answer))
            return with(at_numbers(abi, rule->nr_first, rule->nr_last), answer);
    }
    return has_answer(written, token, nr, nr, &answer) ? with(at_default(), answer) : at_all();
}

static const struct cordon_abi *abi_of(const struct cordon_data *data)
{
    return cordon_abi_of_call(data->word[CORDON_WORD_ARCH], data->word[CORDON_WORD_NR]);
}

uint16_t written_call(const struct cordon_data *data)
{
    const struct cordon_abi *abi = abi_of(data);
    return abi ? cordon_syscall_id_by_nr(abi, data->word[CORDON_WORD_NR]) : CORDON_NO_ID;
}

void written_refuse(struct written *written, const struct cordon_data *witness)
{
    const struct cordon_abi *abi = abi_of(witness);
    uint16_t id = written_call(witness);
    plain_refuse(&written->plain, obstacle_of(written, witness),
                 (struct cordon_place){.file = written->plain.policy->name},
                 "%s has another verdict for %s%s%s (number 0x%x)", written->tool,
                 id == CORDON_NO_ID ? "unassigned numbers" : cordon_syscall_name(id),
                 abi ? " on " : "", abi ? abi->name : "", witness->word[CORDON_WORD_NR]);
}

void written_refuse_line(struct written *written, const struct cordon_data *witness, uint32_t abis,
                         struct cordon_place place)
{
    plain_refuse(&written->plain, at_call(written_call(witness), abis), place,
                 "conditions on its arguments, which would also apply on %s",
                 abi_of(witness)->name);
}

bool written_refuse_rules(struct written *written, uint32_t abis,
                          const char *(*inexpressible)(void *context,
                                                       const struct cordon_rule *rule),
                          void *context)
{
    const struct cordon_policy *policy = written->plain.policy;
    bool any = false;
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct cordon_rule *rule = &policy->rules[i];
        const char *text = rule->form == CORDON_CALL_NAME ? inexpressible(context, rule) : NULL;
        if (!text)
            continue;
        any = true;
        plain_refuse(&written->plain, at_call(rule->id, abis), rule->place, "%s", text);
    }
    return any || written->plain.error;
}

uint32_t written_answer(struct written *written, const struct cordon_abi *abi, uint32_t nr,
                        uint32_t argument)
{
    struct cordon_data data = {.word = {[CORDON_WORD_ARCH] = abi->token}};
    data.word[CORDON_WORD_NR] = nr;
    data.word[cordon_abi_low(abi, 0)] = argument;
    return cordon_model_evaluate(written->model, written->wanted, &data);
}

static void take_leaf(void *context, uint32_t value)
{
    struct written_answers *answers = context;
    if (!answers->any || cordon_action_compare(value, answers->strictest) < 0)
        answers->strictest = value;
    if (!answers->any || cordon_action_compare(value, answers->loosest) > 0)
        answers->loosest = value;
    answers->any = true;
}

/* The graph for calls with this value of a word; mostly no new node is needed. */
static cordon_node with_value(struct cordon_model *model, cordon_node node, unsigned word,
                              uint32_t value)
{
    node = cordon_model_follow(model, node, word, value);
    bool tested = cordon_model_words(model, node) >> word & 1;
    return tested ? cordon_model_restrict(model, node, word, value, value) : node;
}

struct written_answers written_answers(struct written *written, const struct cordon_abi *abi,
                                       uint32_t nr)
{
    struct written_answers answers = {0};
    struct cordon_model *model = written->model;
    cordon_node part = with_value(model, written->wanted, CORDON_WORD_ARCH, abi->token);
    part = with_value(model, part, CORDON_WORD_NR, nr);
    if (cordon_model_leaves(model, part, take_leaf, &answers) != CORDON_OK)
        plain_no_memory(&written->plain);
    return answers;
}

/* ---- words ---- */

bool written_is_denial(uint32_t action)
{
    return cordon_action_compare(action, (uint32_t)CORDON_LOG) < 0;
}

void written_error(struct cordon_sink *sink, uint32_t action)
{
    char name[64];
    struct cordon_buffer buffer = {name, sizeof name, 0};
    struct cordon_sink printed = cordon_buffer_sink(&buffer);
    cordon_action_print(&printed, action); /* errno(NAME) */
    char *end = strchr(name, ')');
    if (end && !strncmp(name, "errno(E", 7)) {
        *end = '\0';
        cordon_sink_text(sink, name + 6);
    } else {
        cordon_sink_decimal(sink, action & CORDON_ACTION_DATA);
    }
}

bool written_next_call(const char **calls, uint16_t *id)
{
    *calls += strspn(*calls, " ");
    uint32_t length = (uint32_t)strcspn(*calls, " ");
    *id = cordon_syscall_id(*calls, length);
    *calls += length;
    return length > 0;
}
