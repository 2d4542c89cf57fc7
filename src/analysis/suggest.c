/* SPDX-License-Identifier: MIT */
/*
 * suggest.c: the smallest change of a policy that allows a call: candidates from the smallest to
 * the largest, of which the first is taken that is proven to do this and nothing dangerous.
 */
#include "cordon/suggest.h"

#include <string.h>

#include "cordon/compare.h"
#include "suggest.h"

#define ABSENT ((uint32_t)CORDON_ERRNO | 38) /* errno(ENOSYS) */

struct search {
    const struct cordon_policy *policy;
    const struct cordon_compiled *compiled;
    const struct cordon_cause *cause;
    const struct cordon_data *data;
    const struct cordon_abi *abi;
    uint16_t id;
    uint32_t decider; /* the rule that decided; CORDON_BY_… */
    struct cordon_suggestion *best;
};

/* ---- proof ---- */

static void print_arches(struct cordon_sink *sink, const struct cordon_policy *policy)
{
    cordon_sink_text(sink, "arch ");
    for (uint32_t i = 0; i < policy->abi_count; i++) {
        cordon_sink_text(sink, i ? ", " : "");
        cordon_sink_text(sink, cordon_abi(policy->abis[i])->name);
    }
}

static bool has_argument(const struct cordon_syscall *call, const char *name)
{
    for (unsigned i = 0; i < call->arg_count; i++)
        if (!strcmp(call->args[i].name, name))
            return true;
    return false;
}

/* On an ABI where the arguments are in memory (i386's mmap), the call itself is a danger. */
static void print_danger(struct cordon_sink *sink, const struct danger *danger,
                         const struct cordon_abi *abi)
{
    bool has_query = !strcmp(danger->call, "personality");
    uint16_t id = cordon_syscall_id(danger->call, (uint32_t)strlen(danger->call));
    struct cordon_syscall call = cordon_syscall(abi, id);
    if (call.nr == CORDON_NO_NR)
        return;
    cordon_sink_text(sink, "on ");
    cordon_sink_text(sink, abi->name);
    cordon_sink_text(sink, " { allow ");
    cordon_sink_text(sink, danger->call);
    if (danger->argument && has_argument(&call, danger->argument)) {
        cordon_sink_text(sink, "(");
        cordon_sink_text(sink, danger->argument);
        cordon_sink_text(sink, " & ");
        cordon_sink_hex(sink, danger->bits, 1);
        cordon_sink_text(sink, " == ");
        cordon_sink_hex(sink, danger->bits, 1);
        cordon_sink_text(sink, has_query ? " and personality != 0xffffffff)" : ")");
    }
    cordon_sink_text(sink, " }\n");
}

static enum cordon_error read_text(struct cordon_policy **policy, const struct cordon_string *text)
{
    return text->failed ? CORDON_E_NO_MEMORY
                        : cordon_policy_read(policy, text->text, text->length, "", NULL, NULL);
}

/* A graph that allows the dangerous calls and answers kill_thread, 0, to all others. */
static cordon_node make_danger(struct cordon_model *model, const struct cordon_policy *policy)
{
    struct cordon_string text = {0};
    struct cordon_sink sink = cordon_string_sink(&text);
    struct cordon_policy *made = NULL;
    cordon_node node = CORDON_NODE_NONE;
    print_arches(&sink, policy);
    cordon_sink_text(&sink, "\ndefault kill_thread\nbad_arch kill_thread\n");
    for (size_t i = 0; i < danger_count * policy->abi_count; i++)
        print_danger(&sink, &dangers[i % danger_count], cordon_abi(policy->abis[i / danger_count]));
    if (read_text(&made, &text) || cordon_policy_verdicts(made, model, NULL, 0, &node, NULL))
        node = CORDON_NODE_NONE;
    cordon_policy_free(made);
    cordon_string_free(&text);
    return node;
}

static uint32_t only_execution(void *context, uint32_t answer)
{
    (void)context;
    return cordon_action_runs(answer) ? (uint32_t)CORDON_ALLOW : 0;
}

static bool opens_nothing(struct cordon_model *model, const struct cordon_policy *before,
                          cordon_node now)
{
    cordon_node old, danger = make_danger(model, before), none = cordon_model_leaf(model, 0);
    if (danger.id == CORDON_NODE_NONE.id ||
        cordon_policy_verdicts(before, model, NULL, 0, &old, NULL))
        return false;
    old = cordon_model_choose(model, danger, cordon_model_map(model, old, only_execution, NULL),
                              none);
    now = cordon_model_choose(model, danger, cordon_model_map(model, now, only_execution, NULL),
                              none);
    return cordon_model_subset(model, now, old, NULL) == CORDON_YES;
}

/* Does the changed policy run the call, or answer `wanted`, and open nothing dangerous? */
static bool is_proven(const struct search *search, const struct cordon_policy *changed,
                      uint32_t wanted)
{
    struct cordon_model *model;
    cordon_node now;
    if (cordon_model_create(&model, NULL, 0))
        return false;
    bool good = !cordon_policy_verdicts(changed, model, NULL, 0, &now, NULL);
    uint32_t answer = good ? cordon_model_evaluate(model, now, search->data) : 0;
    good = good && (cordon_action_runs(answer) || answer == wanted) &&
           opens_nothing(model, search->policy, now);
    cordon_model_free(model);
    return good;
}

/* A statement of one rule as a policy for the same architectures; NULL: it isn't one. */
static struct cordon_policy *read_rule(const struct search *search, const char *text)
{
    struct cordon_string whole = {0};
    struct cordon_sink sink = cordon_string_sink(&whole);
    struct cordon_policy *made = NULL;
    print_arches(&sink, search->policy);
    cordon_sink_text(&sink, "\ndefault kill_thread\n");
    cordon_sink_text(&sink, text);
    enum cordon_error error = read_text(&made, &whole);
    cordon_string_free(&whole);
    if (!error && made->rule_count == 1)
        return made;
    cordon_policy_free(made);
    return NULL;
}

/* Tries the policy with the rule `text` at `index`, in place of the rule there if `replaces`. */
static bool try_change(const struct search *search, const char *text, uint32_t index, bool replaces)
{
    const struct cordon_allocator *allocator = &cordon_allocator_libc;
    const struct cordon_rule *rules = search->policy->rules;
    struct cordon_policy changed = *search->policy, *made = read_rule(search, text);
    uint32_t count = search->policy->rule_count, rest = index + replaces;
    size_t size = (count + 1u) * sizeof *rules;
    changed.rules = made ? allocator->resize(allocator->context, NULL, 0, size) : NULL;
    bool good = changed.rules;
    if (good) {
        memcpy(changed.rules, rules, index * sizeof *rules);
        changed.rules[index] = made->rules[0];
        memcpy(changed.rules + index + 1, rules + rest, (count - rest) * sizeof *rules);
        changed.rule_count = index + 1 + count - rest;
        good =
            is_proven(search, &changed, replaces ? (uint32_t)CORDON_ALLOW : made->rules[0].action);
        allocator->resize(allocator->context, changed.rules, size, 0);
    }
    cordon_policy_free(made);
    return good;
}

/* ---- candidates ---- */

/* Rules of built-in policies can't be edited where they are. */
static bool is_editable(const struct cordon_place *place)
{
    return place->line && place->file && place->file[0] != '@';
}

static void note(struct search *search, const char *first, const char *second)
{
    struct cordon_suggestion *best = search->best;
    struct cordon_buffer rest = {best->note + strlen(best->note),
                                 sizeof best->note - strlen(best->note), 0};
    bool more = best->note[0];
    struct cordon_sink sink = cordon_buffer_sink(&rest);
    cordon_sink_text(&sink, more ? "; " : "");
    cordon_sink_text(&sink, first);
    cordon_sink_text(&sink, second);
}

static bool add_rule(struct search *search, const char *text, uint32_t index)
{
    struct cordon_suggestion *best = search->best;
    const struct cordon_cause *cause = search->cause;
    if (strlen(text) >= sizeof best->text || !try_change(search, text, index, false))
        return false;
    best->kind = CORDON_SUGGEST_RULE;
    strcpy(best->text, text);
    if (cause->kind == CORDON_CAUSE_RULE && is_editable(&cause->place))
        best->place = cause->place;
    else if (cause->kind == CORDON_CAUSE_RULE && cause->place.file && cause->place.file[0] == '@' &&
             search->policy->name[0] != '@')
        note(search, "before the include of ", cause->place.file);
    return true;
}

/* On other architectures of the policy, the call may have no such argument. */
static bool add_rule_for_abi(struct search *search, const char *rule, uint32_t index)
{
    char text[sizeof search->best->text];
    struct cordon_buffer buffer = {text, sizeof text, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    cordon_sink_text(&sink, "on ");
    cordon_sink_text(&sink, search->abi->name);
    cordon_sink_text(&sink, " { ");
    cordon_sink_text(&sink, rule);
    cordon_sink_text(&sink, " }");
    return buffer.length < sizeof text && add_rule(search, text, index);
}

/* A rule put at this index decides the call first. */
static uint32_t decided_at(const struct search *search)
{
    return search->decider < CORDON_BY_DEFAULT ? search->decider : search->policy->rule_count;
}

/* The rule by itself; see suggest_rule(). */
static bool add_call_rule(struct search *search, bool exact)
{
    char text[sizeof search->best->text];
    struct cordon_buffer buffer = {text, sizeof text, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    const char *reason = suggest_rule(&sink, search->data, exact);
    bool by_rule = search->decider < CORDON_BY_DEFAULT;
    uint32_t index = by_rule && !is_editable(&search->cause->place) ? 0 : decided_at(search);
    if (reason)
        return false;
    if (add_rule(search, text, index))
        return true;
    return search->abi && buffer.length < sizeof text && add_rule_for_abi(search, text, index);
}

/* A call whose absence programs expect. */
static bool add_absence(struct search *search)
{
    struct cordon_syscall call = cordon_syscall(search->abi, search->id);
    const struct stand_in *stand_in = stand_in_of(call.name);
    struct cordon_data instead = {.word = {[CORDON_WORD_ARCH] = search->abi->token}};
    char text[64] = "errno(ENOSYS) ";
    if (!stand_in)
        return false;
    if (!stand_in->always) {
        uint16_t id = cordon_syscall_id(stand_in->instead, (uint32_t)strlen(stand_in->instead));
        instead.word[CORDON_WORD_NR] = cordon_syscall_nr(search->abi, id);
        if (!cordon_action_runs(cordon_model_evaluate(
                search->compiled->model, search->compiled->meaning.verdicts, &instead)))
            return false;
    }
    strcat(text, call.name);
    if (!add_rule(search, text, decided_at(search)))
        return false;
    if (stand_in->instead)
        note(search, "programs then use ", stand_in->instead);
    return true;
}

/* ---- changed rules ---- */

static bool is_for(const struct search *search, const struct cordon_rule *rule)
{
    return !search->policy->translated && rule->form == CORDON_CALL_NAME &&
           rule->id == search->id && rule->cond &&
           (!rule->abis || rule->abis >> search->abi->id & 1);
}

static void print_rule(struct cordon_sink *sink, const struct search *search,
                       const struct cordon_rule *rule, const char *condition)
{
    uint32_t abis = rule->abis;
    const char *before = "on ";
    for (int id = 0; id < CORDON_ABI_COUNT; id++)
        if (abis >> id & 1) {
            cordon_sink_text(sink, before);
            cordon_sink_text(sink, cordon_abi(id)->name);
            before = ", ";
        }
    cordon_sink_text(sink, abis ? " { " : "");
    cordon_action_print(sink, rule->action);
    cordon_sink_text(sink, " ");
    cordon_sink_text(sink, cordon_syscall_name(search->id));
    cordon_sink_text(sink, *condition ? "(" : "");
    cordon_sink_text(sink, condition);
    cordon_sink_text(sink, *condition ? ")" : "");
    cordon_sink_text(sink, abis ? " }" : "");
}

/* The rule with its condition changed; returns how many comparisons were, 0: it can't be. */
static unsigned change_rule(struct search *search, uint32_t index, bool holds,
                            struct cordon_buffer *text)
{
    char condition[sizeof search->best->text];
    struct cordon_buffer buffer = {condition, sizeof condition, 0};
    struct widened widened = {.text = &buffer};
    const struct cordon_rule *rule = &search->policy->rules[index];
    if (!is_for(search, rule) || !is_editable(&rule->place) ||
        !widen_condition(&widened, rule->cond, search->data, holds))
        return 0;
    struct cordon_sink sink = cordon_buffer_sink(text);
    print_rule(&sink, search, rule, condition);
    return text->length < text->room ? widened.changes : 0;
}

static bool replace_rule(struct search *search, uint32_t index, const char *text)
{
    struct cordon_suggestion *best = search->best;
    if (!try_change(search, text, index, true))
        return false;
    best->kind = CORDON_SUGGEST_INSTEAD;
    strcpy(best->text, text);
    best->place = search->policy->rules[index].place;
    return true;
}

/* The rule that denied, with a condition that leaves this call out. */
static bool narrow_decider(struct search *search)
{
    char text[sizeof search->best->text];
    struct cordon_buffer buffer = {text, sizeof text, 0};
    return search->decider < CORDON_BY_DEFAULT &&
           change_rule(search, search->decider, false, &buffer) &&
           replace_rule(search, search->decider, text);
}

/* A rule that allows the call with other arguments: the one with the fewest changes. With more than
 * two, little is left of the rule, and one of its own for the call is easier to read. */
static bool widen_rule(struct search *search)
{
    char text[sizeof search->best->text];
    for (unsigned wanted = 1; wanted <= 2; wanted++)
        for (uint32_t i = 0; i < decided_at(search); i++) {
            struct cordon_buffer buffer = {text, sizeof text, 0};
            if (is_for(search, &search->policy->rules[i]) &&
                cordon_action_runs(search->policy->rules[i].action) &&
                change_rule(search, i, true, &buffer) == wanted && replace_rule(search, i, text))
                return true;
        }
    return false;
}

/* ---- other formats ---- */

static bool is_foreign(const struct cordon_policy *policy)
{
    return policy->format && strcmp(policy->format, "cordon") != 0;
}

/* The policy without the name at which the deciding rule is, for all ABIs that it is for. */
static bool try_removal(const struct search *search)
{
    const struct cordon_allocator *allocator = &cordon_allocator_libc;
    const struct cordon_policy *policy = search->policy;
    struct cordon_policy changed = *policy;
    size_t size = policy->rule_count * sizeof *changed.rules;
    changed.rules = allocator->resize(allocator->context, NULL, 0, size);
    if (!changed.rules)
        return false;
    changed.rule_count = 0;
    for (uint32_t i = 0; i < policy->rule_count; i++)
        if (!suggest_is_same_word(&policy->rules[i], &policy->rules[search->decider]))
            changed.rules[changed.rule_count++] = policy->rules[i];
    bool good = is_proven(search, &changed, (uint32_t)CORDON_ALLOW);
    allocator->resize(allocator->context, changed.rules, size, 0);
    return good;
}

static bool remove_name(struct search *search)
{
    struct cordon_suggestion *best = search->best;
    const char *name = search->id == CORDON_NO_ID ? "" : cordon_syscall_name(search->id);
    if (!*name || search->decider >= CORDON_BY_DEFAULT)
        return false;
    const struct cordon_rule *rule = &search->policy->rules[search->decider];
    if (rule->cond || !is_editable(&rule->place) ||
        !suggest_is_literal(search->policy, &rule->place, name) || !try_removal(search))
        return false;
    strcpy(best->written, "without ");
    strcat(best->written, name);
    best->where = "at";
    best->place = rule->place;
    return true;
}

/* What was found, in the policy's own format if that can say it. */
static void put_in_format(struct search *search)
{
    struct cordon_suggestion *best = search->best;
    struct cordon_policy *made = remove_name(search) ? NULL : read_rule(search, best->text);
    if (made)
        suggest_in_format(best, search->policy, &made->rules[0], search->data, search->decider);
    cordon_policy_free(made);
    if (best->written[0])
        return;
    best->place = (struct cordon_place){0};
    note(search, "with -e: in cordon's language", "");
}

/* ---- architectures ---- */

static void suggest_arch(struct search *search)
{
    struct cordon_suggestion *best = search->best;
    struct cordon_buffer text = {best->text, sizeof best->text, 0};
    struct cordon_sink sink = cordon_buffer_sink(&text);
    print_arches(&sink, search->policy);
    cordon_sink_text(&sink, ", ");
    cordon_sink_text(&sink, search->abi->name);
    best->kind = CORDON_SUGGEST_ARCH;
    if (is_editable(&search->policy->abi_place))
        best->place = search->policy->abi_place;
    note(search, "the policy isn't for calls of ", search->abi->name);
}

/* ---- all of it ---- */

static void suggest_nothing(struct search *search)
{
    char text[sizeof search->best->text];
    struct cordon_buffer buffer = {text, sizeof text, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    const char *reason = suggest_rule(&sink, search->data, false);
    note(search, reason ? reason : "no rule was found that allows only this", "");
}

/* A call that fails as its libraries expect it to. */
static bool is_absent(const struct search *search)
{
    uint32_t answer = cordon_model_evaluate(search->compiled->model,
                                            search->compiled->meaning.verdicts, search->data);
    return search->id != CORDON_NO_ID && answer == ABSENT &&
           stand_in_of(cordon_syscall_name(search->id));
}

static void find_change(struct search *search)
{
    uint32_t decider = search->decider;
    bool conditional = decider < CORDON_BY_DEFAULT && search->policy->rules[decider].cond != NULL;
    if (search->abi && search->cause->kind == CORDON_CAUSE_BAD_ARCH) {
        suggest_arch(search);
        return;
    }
    if (is_absent(search)) {
        note(search, "not needed: programs do without it", "");
        return;
    }
    bool named = search->id != CORDON_NO_ID;
    if ((named && (add_absence(search) || narrow_decider(search) || widen_rule(search))) ||
        add_call_rule(search, conditional) || add_call_rule(search, true))
        return;
    suggest_nothing(search);
}

void cordon_suggest(struct cordon_suggestion *suggestion, const struct cordon_compiled *compiled,
                    const struct cordon_cause *cause, const struct cordon_data *data)
{
    uint32_t nr = data->word[CORDON_WORD_NR];
    struct search search = {.policy = compiled->policy,
                            .compiled = compiled,
                            .cause = cause,
                            .data = data,
                            .abi = cordon_abi_of_call(data->word[CORDON_WORD_ARCH], nr),
                            .best = suggestion};
    *suggestion = (struct cordon_suggestion){.kind = CORDON_SUGGEST_NOTHING};
    search.id = search.abi ? cordon_syscall_id_by_nr(search.abi, nr) : CORDON_NO_ID;
    search.decider = cordon_model_evaluate(compiled->model, compiled->meaning.deciders, data);
    find_change(&search);
    if (suggestion->kind == CORDON_SUGGEST_RULE && is_foreign(search.policy))
        put_in_format(&search);
    if (suggestion->kind != CORDON_SUGGEST_NOTHING && search.policy->name[0] == '@')
        note(&search, "with -e, or in a copy: cordon policies --edit ", search.policy->name);
}
