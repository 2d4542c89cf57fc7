/* SPDX-License-Identifier: MIT */
/*
 * parse.c: parses constants, policies and rules.
 *
 *     #define STDOUT 1
 *     POLICY writing { ALLOW { write(fd, buf, count) ON x86_64 { fd == STDOUT }, SYSCALL[3] } }
 *     USE writing DEFAULT KILL
 */
#include <stdio.h>
#include <string.h>

#include "kafel.h"

/* ---- names ---- */

bool kafel_same(struct kafel_name a, const char *text, uint32_t length)
{
    return a.length == length && !memcmp(a.text, text, length);
}

/* FNV-1a */
static uint32_t bucket(const char *text, uint32_t length)
{
    uint32_t hash = 2166136261u;
    for (uint32_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    return hash % KAFEL_BUCKETS;
}

const struct kafel_constant *kafel_constant(const struct kafel *kafel, const char *text,
                                            uint32_t length)
{
    if (!kafel->constant_count)
        return NULL;
    const struct kafel_constant *at = kafel->constants[bucket(text, length)];
    while (at && !kafel_same(at->name, text, length))
        at = at->next;
    return at;
}

struct kafel_policy *kafel_policy(const struct kafel *kafel, const char *text, uint32_t length)
{
    struct kafel_policy *at = kafel->policies;
    while (at && !kafel_same(at->name, text, length))
        at = at->next;
    return at;
}

void kafel_suggest_policy(const struct kafel *kafel, char *hint, const char *text, uint32_t length)
{
    uint32_t nearest = 4;
    hint[0] = '\0';
    for (const struct kafel_policy *at = kafel->policies; at; at = at->next) {
        uint32_t distance =
            cordon_name_distance(text, length, at->name.text, at->name.length, nearest);
        if (distance >= nearest)
            continue;
        nearest = distance;
        snprintf(hint, 160, "did you mean %.*s?", READING_WORD(at->name.text, at->name.length));
    }
}

/* Takes the current name. */
static bool take_name(struct kafel *kafel, struct kafel_name *name, const char *what)
{
    if (kafel->token.kind != KAFEL_WORD) {
        kafel_unexpected(kafel, what);
        return false;
    }
    *name = (struct kafel_name){kafel->token.text, kafel->token.length};
    kafel_advance(kafel);
    return true;
}

/* A number, or a constant that was defined. */
static bool take_number(struct kafel *kafel, uint64_t *number)
{
    const struct kafel_token *token = &kafel->token;
    const struct kafel_constant *constant =
        token->kind == KAFEL_WORD ? kafel_constant(kafel, token->text, token->length) : NULL;
    if (!constant && token->kind != KAFEL_NUMBER) {
        kafel_unexpected(kafel, "a number");
        return false;
    }
    *number = constant ? constant->value : token->number;
    kafel_advance(kafel);
    return true;
}

/* ---- actions ---- */

static const struct {
    const char *word;
    uint32_t action;
    bool has_data;
} actions[] = {
    {"ALLOW", (uint32_t)CORDON_ALLOW, false},
    {"LOG", (uint32_t)CORDON_LOG, false},
    {"KILL", (uint32_t)CORDON_KILL_THREAD, false},
    {"KILL_THREAD", (uint32_t)CORDON_KILL_THREAD, false},
    {"DENY", (uint32_t)CORDON_KILL_THREAD, false},
    {"KILL_PROCESS", (uint32_t)CORDON_KILL_PROCESS, false},
    {"USER_NOTIF", (uint32_t)CORDON_USER_NOTIF, false},
    {"ERRNO", (uint32_t)CORDON_ERRNO, true},
    {"TRAP", (uint32_t)CORDON_TRAP, true},
    {"TRACE", (uint32_t)CORDON_TRACE, true},
};

static bool parse_data(struct kafel *kafel, uint32_t *action)
{
    uint64_t data;
    if (!kafel_expect(kafel, '(', "\"(\""))
        return false;
    struct cordon_place place = kafel->token.place;
    if (!take_number(kafel, &data) || !kafel_expect(kafel, ')', "\")\""))
        return false;
    if (data > CORDON_ACTION_DATA) {
        kafel_error(kafel, CORDON_E_RANGE, place, NULL, "the range is 0 to 65535");
        return false;
    }
    if (*action == (uint32_t)CORDON_ERRNO && data > CORDON_MAX_ERRNO) {
        cordon_tree_warn(kafel->tree, CORDON_LINT_ERRNO_RANGE, place, NULL,
                         "the kernel replaces errors above 4095 by 4095");
        data = CORDON_MAX_ERRNO;
    }
    *action |= (uint32_t)data;
    return true;
}

static bool is_action(const struct kafel *kafel)
{
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (kafel_is_word(kafel, actions[i].word))
            return true;
    return false;
}

static bool parse_action(struct kafel *kafel, uint32_t *action)
{
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (kafel_take_word(kafel, actions[i].word)) {
            *action = actions[i].action;
            return !actions[i].has_data || parse_data(kafel, action);
        }
    kafel_unexpected(kafel, "an action (ALLOW, ERRNO, KILL, KILL_PROCESS, LOG, TRAP, TRACE …)");
    return false;
}

/* ---- rules ---- */

static bool parse_arguments(struct kafel *kafel, struct kafel_rule *rule)
{
    rule->declares = true;
    if (kafel_take(kafel, ')'))
        return true;
    do {
        struct kafel_token token = kafel->token;
        struct kafel_name name;
        if (!take_name(kafel, &name, "the name of an argument"))
            return false;
        for (uint32_t i = 0; i < rule->argument_count; i++)
            if (kafel_same(rule->arguments[i], name.text, name.length)) {
                kafel_error(kafel, CORDON_E_NAME, token.place, NULL, "duplicate argument name");
                return false;
            }
        if (rule->argument_count == CORDON_ARGS) {
            kafel_error(kafel, CORDON_E_RANGE, token.place, NULL,
                        "system calls have at most %u arguments", CORDON_ARGS);
            return false;
        }
        rule->arguments[rule->argument_count++] = name;
    } while (kafel_take(kafel, ','));
    return kafel_expect(kafel, ')', "\",\" or \")\"");
}

static bool parse_arch(struct kafel *kafel, uint32_t *abis)
{
    struct kafel_token token = kafel->token;
    struct kafel_name name;
    if (!take_name(kafel, &name, "an architecture"))
        return false;
    uint32_t abi = kafel_abi(name.text, name.length);
    *abis |= abi;
    if (!abi)
        kafel_error(kafel, CORDON_E_NAME, token.place,
                    "x86_64, x86, arm, aarch64, mips, mips64, riscv64, m68k",
                    "unknown architecture \"%.*s\"", READING_WORD(name.text, name.length));
    return abi != 0;
}

/* ON ARCH, or ON { ARCH, … } */
static bool parse_guard(struct kafel *kafel, struct kafel_rule *rule)
{
    if (!kafel_take(kafel, '{'))
        return parse_arch(kafel, &rule->abis);
    do
        if (!parse_arch(kafel, &rule->abis))
            return false;
    while (kafel_take(kafel, ','));
    return kafel_expect(kafel, '}', "\",\" or \"}\"");
}

/* NAME, a constant used as a number, or SYSCALL[n]. */
static bool parse_call(struct kafel *kafel, struct kafel_rule *rule)
{
    const struct kafel_constant *constant =
        kafel->token.kind == KAFEL_WORD
            ? kafel_constant(kafel, kafel->token.text, kafel->token.length)
            : NULL;
    uint64_t number = constant ? constant->value : 0;
    if (constant) {
        kafel_advance(kafel);
    } else if (kafel_take_word(kafel, "SYSCALL")) {
        if (!kafel_expect(kafel, '[', "\"[\"") || !take_number(kafel, &number) ||
            !kafel_expect(kafel, ']', "\"]\""))
            return false;
    } else if (!take_name(kafel, &rule->call, "the name of a system call")) {
        return false;
    }
    rule->number = (uint32_t)number;
    if (number > UINT32_MAX && number < 0 - (UINT64_C(1) << 31)) {
        kafel_error(kafel, CORDON_E_RANGE, rule->place, NULL, "system call numbers have 32 bits");
        return false;
    }
    return true;
}

static struct kafel_rule *new_rule(struct kafel *kafel, struct kafel_policy *policy)
{
    struct kafel_rule *rule = kafel_alloc(kafel, sizeof *rule);
    if (!rule)
        return NULL;
    rule->place = kafel->token.place;
    if (policy->last)
        policy->last->next = rule;
    else
        policy->first = rule;
    policy->last = rule;
    return rule;
}

static bool parse_rule(struct kafel *kafel, struct kafel_policy *policy, uint32_t action)
{
    struct kafel_rule *rule = new_rule(kafel, policy);
    if (!rule || !parse_call(kafel, rule))
        return false;
    rule->action = action;
    if (kafel_take(kafel, '(') && !parse_arguments(kafel, rule))
        return false;
    if (kafel_take_word(kafel, "ON") && !parse_guard(kafel, rule))
        return false;
    if (!kafel_take(kafel, '{') || kafel_take(kafel, '}'))
        return true;
    rule->expr = kafel_expression(kafel);
    return rule->expr && kafel_expect(kafel, '}', "\"&&\", \"||\", \",\" or \"}\"");
}

static bool parse_block(struct kafel *kafel, struct kafel_policy *policy)
{
    uint32_t action;
    if (!parse_action(kafel, &action) || !kafel_expect(kafel, '{', "\"{\""))
        return false;
    if (kafel_take(kafel, '}'))
        return true;
    do
        if (!parse_rule(kafel, policy, action))
            return false;
    while (kafel_take(kafel, ','));
    return kafel_expect(kafel, '}', "\",\" or \"}\"");
}

/* ---- policies ---- */

static bool parse_use(struct kafel *kafel, struct kafel_policy *policy)
{
    struct kafel_rule *rule = new_rule(kafel, policy);
    struct kafel_name name;
    char hint[160];
    struct cordon_place place = kafel->token.place;
    if (!rule || !take_name(kafel, &name, "the name of a policy"))
        return false;
    rule->place = place;
    rule->use = kafel_policy(kafel, name.text, name.length);
    if (rule->use)
        return true;
    kafel_suggest_policy(kafel, hint, name.text, name.length);
    kafel_error(kafel, CORDON_E_NAME, place, hint, "no policy \"%.*s\" is defined before this",
                READING_WORD(name.text, name.length));
    return false;
}

/* USE … and ACTION { … }, with commas. */
static bool parse_list(struct kafel *kafel, struct kafel_policy *policy)
{
    do {
        bool good =
            kafel_take_word(kafel, "USE") ? parse_use(kafel, policy) : parse_block(kafel, policy);
        if (!good)
            return false;
    } while (kafel_take(kafel, ','));
    return true;
}

#define MAX_POLICIES 10000u

static bool parse_policy(struct kafel *kafel)
{
    struct cordon_place place = kafel->token.place;
    struct kafel_policy *policy = kafel_alloc(kafel, sizeof *policy);
    if (!policy || !take_name(kafel, &policy->name, "the name of the policy"))
        return false;
    if (kafel_policy(kafel, policy->name.text, policy->name.length)) {
        kafel_error(kafel, CORDON_E_NAME, place, NULL, "duplicate policy name");
        return false;
    }
    if (!kafel_expect(kafel, '{', "\"{\""))
        return false;
    if (!kafel_is(kafel, '}') && !parse_list(kafel, policy))
        return false;
    if (++kafel->policy_count > MAX_POLICIES) {
        kafel_error(kafel, CORDON_E_BUDGET, place, NULL, "more than %u policies", MAX_POLICIES);
        return false;
    }
    policy->next = kafel->policies;
    kafel->policies = policy;
    return kafel_expect(kafel, '}', "\",\" or \"}\"");
}

#define MAX_CONSTANTS 20000u

static bool parse_define(struct kafel *kafel)
{
    struct kafel_constant *constant = kafel_alloc(kafel, sizeof *constant);
    struct cordon_place place = kafel->token.place;
    if (!constant || !take_name(kafel, &constant->name, "the name of the constant"))
        return false;
    if (kafel->token.kind != KAFEL_NUMBER) {
        kafel_unexpected(kafel, "a number");
        return false;
    }
    constant->value = kafel->token.number;
    const struct kafel_constant *before =
        kafel_constant(kafel, constant->name.text, constant->name.length);
    if (before && before->value != constant->value) {
        kafel_error(kafel, CORDON_E_NAME, place, NULL, "already defined as 0x%llx",
                    (unsigned long long)before->value);
        return false;
    }
    if (++kafel->constant_count > MAX_CONSTANTS) {
        kafel_error(kafel, CORDON_E_BUDGET, place, NULL, "more than %u constants", MAX_CONSTANTS);
        return false;
    }
    struct kafel_constant **at =
        &kafel->constants[bucket(constant->name.text, constant->name.length)];
    constant->next = *at;
    *at = constant;
    kafel_advance(kafel);
    return true;
}

static bool parse_default(struct kafel *kafel, struct cordon_place place)
{
    uint32_t action;
    if (kafel->tree->policy->fallback.in_text) {
        kafel_error(kafel, CORDON_E_SYNTAX, place, NULL, "duplicate \"DEFAULT\"");
        return false;
    }
    if (!parse_action(kafel, &action))
        return false;
    cordon_tree_default(kafel->tree, action, place);
    return true;
}

static bool parse_statement(struct kafel *kafel)
{
    struct cordon_place place = kafel->token.place;
    if (kafel_take(kafel, '#')) {
        if (kafel_take_word(kafel, "define"))
            return parse_define(kafel);
        kafel_unexpected(kafel, "define or include");
        return false;
    }
    if (kafel_take_word(kafel, "POLICY"))
        return parse_policy(kafel);
    if (kafel_take_word(kafel, "DEFAULT"))
        return parse_default(kafel, place);
    if (kafel_is_word(kafel, "USE") || is_action(kafel))
        return parse_list(kafel, &kafel->main);
    kafel_unexpected(kafel, "#define, POLICY, USE, DEFAULT or an action");
    return false;
}

void kafel_parse(struct kafel *kafel)
{
    kafel_advance(kafel);
    if (kafel->token.kind == KAFEL_END && !kafel->failed)
        kafel_error(kafel, CORDON_E_MEANING, kafel->token.place, "DEFAULT KILL",
                    "the policy is empty");
    while (kafel->token.kind != KAFEL_END && parse_statement(kafel))
        ;
}
