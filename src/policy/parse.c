/* SPDX-License-Identifier: MIT */
/* parse.c: parses the statements of a policy. */
#include <stdio.h>
#include <string.h>

#include "parser.h"

/* ---- actions ---- */

static const char *nth_action(uint32_t index)
{
    return cordon_action_nth(index)->name;
}

/* The data of errno(…), trap(…), trace(…), kill_process(…): a number of 16 bits, for errno also a
 * name. */
static bool parse_action_data(struct parser *parser, const struct cordon_action *action,
                              uint32_t *data)
{
    struct token token = parser->token;
    uint64_t value = token.number;
    if (token.kind == TOKEN_WORD && action->value == CORDON_ERRNO) {
        if (!cordon_constant_value(cordon_abi(parser->policy->abis[0]), token.text, token.length,
                                   &value) ||
            token.text[0] != 'E') {
            parser_error(parser, CORDON_E_NAME, token.place, NULL, "unknown error \"%.*s\"",
                         (int)(token.length < 40 ? token.length : 40), token.text);
            return false;
        }
    } else if (token.kind != TOKEN_NUMBER) {
        parser_unexpected(parser, action->value == CORDON_ERRNO ? "the name or number of an error"
                                                                : "a number");
        return false;
    }
    uint32_t max = action->value == CORDON_ERRNO ? CORDON_MAX_ERRNO : CORDON_ACTION_DATA;
    if (value > max) {
        parser_error(parser, CORDON_E_RANGE, token.place, NULL, "%s takes numbers up to %u",
                     action->name, max);
        return false;
    }
    *data = (uint32_t)value;
    parser_advance(parser);
    return parser_expect(parser, ')', "\")\"");
}

/* What other tools call an action. */
static const struct other_word {
    const char *word, *hint;
} other_words[] = {
    {"deny", "errno(EPERM) makes the call fail"},
    {"block", "errno(EPERM) makes the call fail"},
    {"reject", "errno(EPERM) makes the call fail"},
    {"return", "errno(EPERM) makes the call fail"},
    {"accept", "allow"},
    {"permit", "allow"},
    {"notify", "user_notif"},
    {"audit", "log"},
};

static void hint_at_action(char *hint, size_t size, const struct token *token)
{
    for (size_t i = 0; i < sizeof other_words / sizeof *other_words; i++)
        if (strlen(other_words[i].word) == token->length &&
            !memcmp(other_words[i].word, token->text, token->length)) {
            snprintf(hint, size, "%s", other_words[i].hint);
            return;
        }
    suggest_name(hint, size, token->text, token->length, 8, nth_action);
}

static bool parse_action(struct parser *parser, uint32_t *result)
{
    struct token token = parser->token;
    const struct cordon_action *action =
        token.kind == TOKEN_WORD ? cordon_action_by_name(token.text, token.length) : NULL;
    if (!action) {
        char hint[160] = "";
        if (token.kind == TOKEN_WORD)
            hint_at_action(hint, sizeof hint, &token);
        parser_error(parser, CORDON_E_NAME, token.place, hint,
                     "expected an action (allow, errno, kill_process …)");
        return false;
    }
    parser_advance(parser);
    uint32_t data = 0;
    if (action->value == CORDON_ERRNO && !parser_is_punct(parser, '(')) {
        parser_error(parser, CORDON_E_SYNTAX, token.place, "errno(EPERM)",
                     "errno requires an error");
        return false;
    }
    if (action->has_data && parser_take_punct(parser, '(') &&
        !parse_action_data(parser, action, &data))
        return false;
    *result = action->value | data;
    return true;
}

/* ---- ABIs ---- */

static const char *nth_abi(uint32_t index)
{
    return cordon_abi(index)->name;
}

static const struct cordon_abi *parse_abi(struct parser *parser)
{
    struct token token = parser->token;
    if (token.kind != TOKEN_WORD) {
        parser_unexpected(parser, "the name of an architecture");
        return NULL;
    }
    const struct cordon_abi *abi = parser_is_word(parser, "native")
                                       ? parser->policy->host
                                       : cordon_abi_by_name(token.text, token.length);
    if (!abi) {
        char hint[160];
        suggest_name(hint, sizeof hint, token.text, token.length, CORDON_ABI_COUNT, nth_abi);
        parser_error(parser, CORDON_E_ARCH, token.place, hint, "unknown architecture \"%.*s\"",
                     (int)(token.length < 40 ? token.length : 40), token.text);
        return NULL;
    }
    parser_advance(parser);
    return abi;
}

/* A list of ABIs as bits; the order doesn't matter. */
static bool parse_abis(struct parser *parser, uint32_t *bits)
{
    *bits = 0;
    do {
        const struct cordon_abi *abi = parse_abi(parser);
        if (!abi)
            return false;
        *bits |= UINT32_C(1) << abi->id;
    } while (parser_take_punct(parser, ','));
    return true;
}

/* ---- statements about the whole ---- */

/* At most one per text. A statement of an included text holds only if the including text has
 * none. */
static bool may_state(struct parser *parser, int what, const char *name, struct cordon_place place)
{
    uint32_t here = parser->include_depth + 1, there = parser->stated_at[what];
    if (parser->block_abis) {
        parser_error(parser, CORDON_E_SYNTAX, place, NULL, "\"%s\" is not allowed in a block",
                     name);
        return false;
    }
    if (there == here) {
        parser_error(parser, CORDON_E_SYNTAX, place, NULL, "duplicate \"%s\"", name);
        return false;
    }
    return there == 0 || here < there;
}

static void parse_arch(struct parser *parser, struct cordon_place place)
{
    uint32_t bits;
    if (!parse_abis(parser, &bits) || !may_state(parser, STATED_ARCH, "arch", place))
        return;
    parser->stated_at[STATED_ARCH] = parser->include_depth + 1;
    parser->policy->abi_count = 0;
    parser->policy->abi_place = place;
    for (int id = 0; id < CORDON_ABI_COUNT; id++)
        if (bits >> id & 1)
            parser->policy->abis[parser->policy->abi_count++] = id;
}

static bool parse_fallback(struct parser *parser, int what, const char *name,
                           struct cordon_place place, struct cordon_fallback *fallback)
{
    uint32_t action;
    if (!parse_action(parser, &action) || !may_state(parser, what, name, place))
        return false;
    parser->stated_at[what] = parser->include_depth + 1;
    *fallback = (struct cordon_fallback){action, true, place, NULL};
    return true;
}

static void parse_newer(struct parser *parser, struct cordon_place place)
{
    struct token token = parser->token;
    if (token.kind != TOKEN_VERSION) {
        parser_unexpected(parser, "a version of Linux like 6.12");
        return;
    }
    parser_advance(parser);
    if (parse_fallback(parser, STATED_NEWER, "newer_than", place, &parser->policy->newer))
        parser->policy->newer_than = (uint16_t)token.number;
}

/* ---- rules ---- */

static const char *nth_call(uint32_t index)
{
    return cordon_syscall_name((uint16_t)index);
}

static const char *nth_group(uint32_t index)
{
    return cordon_group_nth(index).name;
}

static bool unknown_name(struct parser *parser, const char *kind, uint32_t count,
                         const char *(*nth)(uint32_t))
{
    struct token token = parser->token;
    char hint[160];
    suggest_name(hint, sizeof hint, token.text, token.length, count, nth);
    parser_error(parser, CORDON_E_NAME, token.place, hint, "unknown %s \"%.*s\"", kind,
                 (int)(token.length < 64 ? token.length : 64), token.text);
    return false;
}

/* syscall 451, syscall 1000..1100 */
static bool parse_numbers(struct parser *parser, struct cordon_rule *rule)
{
    rule->form = CORDON_CALL_NUMBER;
    uint64_t ends[2] = {0, 0};
    for (int i = 0; i < 2; i++) {
        if (i == 1 && !parser_take_punct(parser, OP_DOTS)) {
            ends[1] = ends[0];
            break;
        }
        struct token token = parser->token;
        if (token.kind != TOKEN_NUMBER) {
            parser_unexpected(parser, "the number of a system call");
            return false;
        }
        ends[i] = token.number;
        if (token.number > UINT32_MAX || ends[i] < ends[0] * (uint64_t)i) {
            parser_error(parser, CORDON_E_RANGE, token.place, NULL,
                         token.number > UINT32_MAX ? "system call numbers have 32 bits"
                                                   : "the range ends before it begins");
            return false;
        }
        parser_advance(parser);
    }
    rule->nr_first = (uint32_t)ends[0];
    rule->nr_last = (uint32_t)ends[1];
    return true;
}

static bool parse_selector(struct parser *parser, struct cordon_rule *rule)
{
    struct token token = parser->token;
    if (token.kind == TOKEN_GROUP) {
        rule->form = CORDON_CALL_GROUP;
        if (!cordon_group_by_name(token.text, token.length, &rule->group))
            return unknown_name(parser, "group", cordon_group_count(), nth_group);
        parser_advance(parser);
        return true;
    }
    if (parser_take_punct(parser, '*')) {
        rule->form = CORDON_CALL_ANY;
        return true;
    }
    if (parser_take_word(parser, "syscall"))
        return parse_numbers(parser, rule);
    if (token.kind != TOKEN_WORD) {
        parser_unexpected(parser, "a system call, a @group, \"syscall\" and a number, or *");
        return false;
    }
    rule->form = CORDON_CALL_NAME;
    rule->id = cordon_syscall_id(token.text, token.length);
    if (rule->id == CORDON_NO_ID)
        return unknown_name(parser, "system call", cordon_syscall_id_count(), nth_call);
    parser_advance(parser);
    return true;
}

static bool add_rule(struct parser *parser, const struct cordon_rule *rule)
{
    if (policy_add_rule(parser->policy, rule))
        return true;
    parser_error(parser, CORDON_E_NO_MEMORY, rule->place, NULL, "out of memory");
    return false;
}

static void parse_rules(struct parser *parser)
{
    uint32_t action;
    if (!parse_action(parser, &action))
        return;
    do {
        struct cordon_rule rule = {
            .action = action, .abis = parser->block_abis, .place = parser->token.place};
        if (!parse_selector(parser, &rule))
            return;
        if (parser_take_punct(parser, '(')) {
            rule.cond = parse_condition(parser);
            if (!rule.cond || !parser_expect(parser, ')', "\"and\", \"or\" or \")\""))
                return;
        }
        if (!add_rule(parser, &rule))
            return;
    } while (parser_take_punct(parser, ','));
}

/* ---- blocks and the whole ---- */

static void parse_block_start(struct parser *parser, struct cordon_place place)
{
    uint32_t bits;
    if (parser->block_abis) {
        parser_error(parser, CORDON_E_SYNTAX, place, NULL, "blocks cannot be nested");
        return;
    }
    if (parse_abis(parser, &bits) && parser_expect(parser, '{', "\"{\""))
        parser->block_abis = bits;
}

static void parse_include(struct parser *parser, struct cordon_place place)
{
    struct token token = parser->token;
    if (token.kind != TOKEN_STRING) {
        parser_unexpected(parser, "a file name in quotes");
        return;
    }
    parser_advance(parser);
    const char *name = parser_copy(parser, token.text, token.length);
    if (name && parser->block_abis)
        parser_error(parser, CORDON_E_SYNTAX, place, NULL, "\"include\" is not allowed in a block");
    else if (name && strlen(name) != token.length)
        parser_error(parser, CORDON_E_SYNTAX, token.place, NULL, "the name contains a NUL byte");
    else if (name)
        read_include(parser, name, token.place);
}

static void parse_statement(struct parser *parser)
{
    struct cordon_place place = parser->token.place;
    if (parser_take_word(parser, "arch"))
        parse_arch(parser, place);
    else if (parser_take_word(parser, "default"))
        parse_fallback(parser, STATED_DEFAULT, "default", place, &parser->policy->fallback);
    else if (parser_take_word(parser, "bad_arch"))
        parse_fallback(parser, STATED_BAD_ARCH, "bad_arch", place, &parser->policy->bad_arch);
    else if (parser_take_word(parser, "newer_than"))
        parse_newer(parser, place);
    else if (parser_take_word(parser, "include"))
        parse_include(parser, place);
    else if (parser_take_word(parser, "on"))
        parse_block_start(parser, place);
    else if (parser->block_abis && parser_take_punct(parser, '}'))
        parser->block_abis = 0;
    else
        parse_rules(parser);
}

/* Skips to the end of the line of the error, whatever brackets are open. */
static void recover(struct parser *parser)
{
    do {
        parser->lexer.depth = 0;
        parser->lexer.goes_on = false;
        if (parser->token.kind == TOKEN_NEWLINE || parser->token.kind == TOKEN_END)
            return;
        parser->token = lexer_next(&parser->lexer);
    } while (true);
}

static bool too_many_errors(struct parser *parser, struct cordon_place place)
{
    if (!parser->reporter || parser->reporter->errors < CORDON_POLICY_MAX_ERRORS)
        return false;
    if (parser->reporter->errors == CORDON_POLICY_MAX_ERRORS) {
        parser->failed = false;
        parser_error(parser, CORDON_E_BUDGET, place, NULL, "too many errors, stopping here");
    }
    return true;
}

static bool ends_statement(const struct parser *parser)
{
    return parser->token.kind == TOKEN_NEWLINE || parser->token.kind == TOKEN_END ||
           parser_is_punct(parser, '}');
}

void parse_statements(struct parser *parser)
{
    struct cordon_place block = {0};
    parser->failed = false;
    parser_advance(parser);
    while (parser->token.kind != TOKEN_END) {
        struct cordon_place place = parser->token.place;
        if (too_many_errors(parser, place))
            return;
        uint32_t was = parser->block_abis;
        if (parser->token.kind != TOKEN_NEWLINE && !parser->failed)
            parse_statement(parser);
        if (!was && parser->block_abis)
            block = place;
        bool opened = !was && parser->block_abis;
        if (!parser->failed && !opened && !ends_statement(parser))
            parser_unexpected(parser, "the end of the statement");
        if (parser->failed)
            recover(parser);
        parser->failed = false;
        if (parser->token.kind == TOKEN_NEWLINE)
            parser_advance(parser);
    }
    if (parser->block_abis)
        parser_error(parser, CORDON_E_SYNTAX, block, NULL, "the block has no closing \"}\"");
    parser->block_abis = 0;
}
