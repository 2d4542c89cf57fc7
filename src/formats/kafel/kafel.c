/* SPDX-License-Identifier: MIT */
/*
 * kafel.c: adds the rules of kafel's policies to a tree: those of the top level, with those of a
 * used policy at the place of its USE. The first that matches decides, otherwise the DEFAULT;
 * without one the thread is killed, as it is for calls of other architectures. `part` names a
 * policy to use instead of the top level.
 */
#include "kafel.h"

#include <string.h>

#include "room.h"

/* ---- rules ---- */

static bool has_wide_number(const struct kafel_expr *expr)
{
    if (!expr)
        return false;
    return (expr->op == KAFEL_OP_NUMBER && expr->number > UINT32_MAX) ||
           has_wide_number(expr->left) || has_wide_number(expr->right);
}

static bool has_same_arguments(const struct cordon_syscall *one, const struct cordon_syscall *other)
{
    if (one->arg_count != other->arg_count || other->nr == CORDON_NO_NR)
        return false;
    for (unsigned i = 0; i < one->arg_count; i++)
        if (strcmp(one->args[i].name, other->args[i].name) != 0 ||
            one->args[i].type != other->args[i].type)
            return false;
    return true;
}

/* The ABIs on which a call has the same arguments as on this one. */
static uint32_t same_arguments(struct kafel *kafel, const struct cordon_abi *abi, uint16_t id)
{
    uint32_t *known = &kafel->alike[(size_t)id * CORDON_ABI_COUNT + abi->id];
    struct cordon_syscall call = cordon_syscall(abi, id);
    for (int i = 0; !(*known >> abi->id & 1) && i < CORDON_ABI_COUNT; i++) {
        struct cordon_syscall other = cordon_syscall(cordon_abi(i), id);
        *known |= (uint32_t)has_same_arguments(&call, &other) << i;
    }
    return *known;
}

/* The ABIs on which a condition has the same meaning as on this one. */
static uint32_t alike(struct kafel *kafel, const struct cordon_abi *abi,
                      const struct kafel_rule *rule, uint16_t id, bool wide_number)
{
    uint32_t abis = FLAT_ALL_ABIS;
    for (int i = 0; wide_number && i < CORDON_ABI_COUNT; i++)
        if (cordon_abi(i)->bits != abi->bits)
            abis &= ~(UINT32_C(1) << i);
    return rule->declares || id == CORDON_NO_ID ? abis : abis & same_arguments(kafel, abi, id);
}

static void add_rule(struct flat *flat, const struct kafel_rule *rule,
                     const struct kafel_call *call, uint32_t abis, const struct cordon_cond *cond)
{
    flat_add(flat, &(struct flat_rule){.id = call->is_numbered ? CORDON_NO_ID : call->id,
                                       .first = call->number,
                                       .last = call->number,
                                       .abis = abis,
                                       .cond = cond,
                                       .action = rule->action,
                                       .place = rule->place});
}

/* Those of `abis` that have the call; by number: all. */
static uint32_t abis_of(uint16_t id, uint32_t abis)
{
    for (int abi = 0; id != CORDON_NO_ID && abi < CORDON_ABI_COUNT; abi++)
        if (cordon_syscall_nr(cordon_abi(abi), id) == CORDON_NO_NR)
            abis &= ~(UINT32_C(1) << abi);
    return abis;
}

/* A rule with a condition: one rule for all ABIs on which the condition has the same meaning. */
static void add_conditional(struct kafel *kafel, struct flat *flat, const struct kafel_rule *rule,
                            const struct kafel_call *call, uint32_t requested)
{
    uint32_t all = abis_of(call->id, requested ? requested : FLAT_ALL_ABIS), left = all;
    bool wide = has_wide_number(rule->expr);
    const struct cordon_abi *native = kafel->tree->host;
    struct kafel_scope scope = {.kafel = kafel, .rule = rule, .id = call->id};
    for (int i = -1; i < CORDON_ABI_COUNT; i++) {
        const struct cordon_abi *abi = i < 0 ? native : cordon_abi(i);
        if (!(left >> abi->id & 1))
            continue;
        uint32_t group = left & alike(kafel, abi, rule, call->id, wide);
        scope.abi = abi;
        scope.strict = left == all;
        left &= ~group;
        struct kafel_cond cond = kafel_condition(&scope, rule->expr);
        if (cond.truth != KAFEL_NEVER)
            add_rule(flat, rule, call, group == all && !requested ? 0 : group, cond.cond);
    }
}

static void add_call(struct kafel *kafel, struct flat *flat, const struct kafel_rule *rule,
                     const struct kafel_call *call, uint32_t abis)
{
    if (rule->expr)
        add_conditional(kafel, flat, rule, call, abis);
    else
        add_rule(flat, rule, call, abis, NULL);
}

static void warn_lacking(struct kafel *kafel, const struct kafel_rule *rule, uint16_t id)
{
    const struct cordon_abi *host = kafel->tree->host;
    bool has = !rule->abis || rule->abis >> host->id & 1;
    if (has && cordon_syscall_nr(host, id) != CORDON_NO_NR && kafel_lacks(rule->call, host->id))
        cordon_tree_warn(kafel->tree, CORDON_LINT_UNKNOWN_NAME, rule->place,
                         "SYSCALL[NUMBER] has no need of a name",
                         "kafel does not know %s on %s, and refuses the policy there",
                         cordon_syscall_name(id), host->name);
}

static void add_named(struct kafel *kafel, struct flat *flat, const struct kafel_rule *rule)
{
    struct kafel_call calls[KAFEL_CALLS];
    int count = kafel_calls(rule->call, calls);
    char hint[160];
    if (count == 0) {
        reading_suggest_call(kafel->tree, hint, rule->call.text, rule->call.length);
        cordon_tree_error(kafel->tree, CORDON_E_NAME, rule->place, hint[0] ? hint : NULL,
                          "unknown system call \"%.*s\"",
                          READING_WORD(rule->call.text, rule->call.length));
    } else if (calls[0].id != CORDON_NO_ID) {
        warn_lacking(kafel, rule, calls[0].id);
    }
    for (int i = 0; i < count; i++) {
        uint32_t abis = rule->abis ? rule->abis : calls[i].abis;
        if (rule->abis && calls[i].abis)
            abis = rule->abis & calls[i].abis;
        if (abis || !rule->abis)
            add_call(kafel, flat, rule, &calls[i], abis);
    }
}

/* ---- policies ---- */

static void add_policy(struct kafel *kafel, struct flat *flat, const struct kafel_policy *policy,
                       unsigned depth)
{
    for (const struct kafel_rule *rule = policy->first; rule; rule = rule->next) {
        const struct kafel_call by_number = {CORDON_NO_ID, 0, true, rule->number};
        if (!rule->use && rule->call.text) {
            add_named(kafel, flat, rule);
        } else if (!rule->use) {
            add_call(kafel, flat, rule, &by_number, rule->abis);
        } else if (depth == CORDON_POLICY_MAX_DEPTH) {
            kafel_error(kafel, CORDON_E_BUDGET, rule->place, NULL,
                        "policies use each other more than %u deep", CORDON_POLICY_MAX_DEPTH);
        } else if (!rule->use->used) {
            rule->use->used = true;
            add_policy(kafel, flat, rule->use, depth + 1);
        }
    }
}

static struct kafel_policy *choose(struct kafel *kafel)
{
    const char *part = kafel->options->part;
    struct cordon_place nowhere = {.file = kafel->tree->name};
    char hint[160];
    if (!part) {
        if (!kafel->main.first && kafel->policies)
            cordon_tree_warn(kafel->tree, CORDON_LINT_UNUSED_POLICY, nowhere,
                             "add USE NAME, or choose the policy with --part",
                             "no policy is used: the default applies to every call");
        return &kafel->main;
    }
    struct kafel_policy *chosen = kafel_policy(kafel, part, (uint32_t)strlen(part));
    if (chosen)
        return chosen;
    kafel_suggest_policy(kafel, hint, part, (uint32_t)strlen(part));
    cordon_tree_error(kafel->tree, CORDON_E_NOT_FOUND, nowhere, hint[0] ? hint : NULL,
                      "unknown policy \"%.64s\"", part);
    return NULL;
}

/* Looks up calls and arguments in all policies, used or not, so that all mistakes are reported. */
static void check_unused(struct kafel *kafel)
{
    for (struct kafel_policy *policy = kafel->policies; policy; policy = policy->next) {
        struct flat nowhere;
        if (policy->used)
            continue;
        flat_begin(&nowhere, kafel->tree);
        add_policy(kafel, &nowhere, policy, 0);
        flat_free(&nowhere);
    }
}

static void give_meaning(struct kafel *kafel)
{
    struct cordon_tree *tree = kafel->tree;
    struct cordon_place nowhere = {.file = tree->name};
    struct flat flat;
    if (!tree->policy->fallback.in_text)
        cordon_tree_default(tree, (uint32_t)CORDON_KILL_THREAD, nowhere);
    cordon_tree_bad_arch(tree, (uint32_t)CORDON_KILL_THREAD, nowhere);
    kafel->alike = kafel_alloc(kafel, (size_t)cordon_syscall_id_count() * CORDON_ABI_COUNT *
                                          sizeof *kafel->alike);
    struct kafel_policy *chosen = kafel->alike ? choose(kafel) : NULL;
    if (!chosen)
        return;
    flat_begin(&flat, tree);
    chosen->used = true;
    add_policy(kafel, &flat, chosen, 0);
    check_unused(kafel);
    flat_end(&flat);
}

enum cordon_error kafel_read(struct cordon_policy **policy, const char *text, size_t length,
                             const char *name, const struct cordon_format_options *options,
                             struct cordon_reporter *reporter)
{
    struct cordon_tree tree;
    cordon_tree_begin(&tree, text, length, name, &options->policy, reporter);
    struct kafel kafel = {.tree = &tree, .options = options};
    if (!tree.error && kafel_start(&kafel))
        kafel_parse(&kafel);
    if (!tree.error)
        give_meaning(&kafel);
    return cordon_tree_end(&tree, policy);
}

/* ---- detection ---- */

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n'))
        at++;
    return at;
}

/* Matches blanks, and then: 'a' a separate word, '9' a number or a word, otherwise the character
 * itself. */
static bool follows(const char *at, const char *end, const char *then)
{
    for (; *then; then++) {
        const char *next = skip_blanks(at, end);
        bool word = *then == 'a' || *then == '9';
        if (next == end || (word ? !reading_is_word(*next) : *next != *then) ||
            (*then == 'a' && (next == at || reading_is_digit(*next))))
            return false;
        for (at = next + 1; word && at < end && reading_is_word(*at);)
            at++;
    }
    return true;
}

/* Matches `word` at the start of a word, and what follows it. */
static bool has(const char *text, size_t length, const char *word, const char *then)
{
    size_t size = strlen(word);
    const char *end = text + length;
    for (const char *at = text; (at = memchr(at, word[0], (size_t)(end - at))); at++)
        if ((size_t)(end - at) > size && !memcmp(at, word, size) &&
            (at == text || !reading_is_word(at[-1])) && follows(at + size, end, then))
            return true;
    return false;
}

/* A block of rules alone is enough to claim the text. */
int kafel_detect(const char *text, size_t length, const char *name)
{
    static const char *const actions[] = {"ALLOW", "KILL", "DENY", "LOG", "KILL_PROCESS"};
    const char *dot = strrchr(name, '.');
    int sure = dot && (!strcmp(dot, ".policy") || !strcmp(dot, ".kafel")) ? 20 : 0;
    length = length > 65536 ? 65536 : length;
    if (has(text, length, "POLICY", "a{"))
        sure += 40;
    if (has(text, length, "DEFAULT", "a") || has(text, length, "USE", "a"))
        sure += 20;
    bool block = has(text, length, "ERRNO", "(9){");
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        block = block || has(text, length, actions[i], "{");
    sure += block ? 40 : 0;
    return sure < 95 ? sure : 95;
}
