/* SPDX-License-Identifier: MIT */
/*
 * parse.c: parses the statements of minijail's policies.
 *
 *     { read[arch=x86_64,arm64], write }: arg0 == 1 && arg2 < 0x1000; return EPERM
 */
#include <string.h>

#include "minijail.h"

/* ---- actions ---- */

static const struct {
    const char *word;
    uint32_t action;
    bool is_default; /* allowed after @default */
} actions[] = {
    {"allow", (uint32_t)CORDON_ALLOW, false},
    {"kill-process", (uint32_t)CORDON_KILL_PROCESS, true},
    {"kill-thread", (uint32_t)CORDON_KILL_THREAD, true},
    {"kill", MINI_KILL, true},
    {"trap", (uint32_t)CORDON_TRAP, true},
    {"trace", (uint32_t)CORDON_TRACE, false},
    {"log", (uint32_t)CORDON_LOG, false},
    {"user-notify", (uint32_t)CORDON_USER_NOTIF, true},
};

/* return, return ERROR */
static bool parse_return(struct mini *mini, uint32_t *action)
{
    struct cordon_place place = mini->token.place;
    uint64_t error;
    if (mini->token.kind == MINI_END) { /* for libminijail the same as without it */
        *action = MINI_KILL;
        return true;
    }
    place = mini->token.place;
    if (!mini_constant(mini, &error))
        return false;
    error &= CORDON_ACTION_DATA;
    if (error > CORDON_MAX_ERRNO) {
        cordon_tree_warn(mini->tree, CORDON_LINT_ERRNO_RANGE, place, NULL,
                         "the kernel replaces errors above 4095 by 4095");
        error = CORDON_MAX_ERRNO;
    }
    *action = (uint32_t)CORDON_ERRNO | (uint32_t)error;
    return true;
}

static bool parse_action(struct mini *mini, uint32_t *action)
{
    if (mini->token.kind == MINI_NUMBER && mini->token.number == 1) {
        mini_advance(mini);
        *action = (uint32_t)CORDON_ALLOW;
        return true;
    }
    if (mini_is_word(mini, "return")) {
        mini->returns = true;
        mini_advance(mini);
        return parse_return(mini, action);
    }
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (mini_is_word(mini, actions[i].word)) {
            mini_advance(mini);
            mini_is_compilers(mini);
            *action = actions[i].action;
            return true;
        }
    mini_unexpected(mini,
                    "an expression or an action (1, return, allow, kill, trap, trace, log …)");
    return false;
}

/* ---- calls ---- */

static bool push_call(struct mini *mini, uint16_t id, uint32_t abis)
{
    const struct cordon_allocator *allocator = mini->tree->allocator;
    if (!cordon_array_grow(allocator, (void **)&mini->ids, &mini->id_room, sizeof *mini->ids,
                           mini->id_count + 1u) ||
        !cordon_array_grow(allocator, (void **)&mini->abis, &mini->abi_room, sizeof *mini->abis,
                           mini->id_count + 1u)) {
        mini_error(mini, CORDON_E_NO_MEMORY, mini->token.place, NULL, "out of memory");
        return false;
    }
    mini->ids[mini->id_count] = id;
    mini->abis[mini->id_count++] = abis;
    return true;
}

/* key=value,value…; the key "arch" lists the only ABIs on which the call is meant. */
static bool parse_pair(struct mini *mini, uint32_t *abis)
{
    bool arch = mini_is_word(mini, "arch");
    uint32_t named = 0;
    if (mini->token.kind != MINI_WORD) {
        mini_unexpected(mini, "a key, as in [arch=x86_64]");
        return false;
    }
    mini_advance(mini);
    if (!mini_expect(mini, '=', "\"=\""))
        return false;
    do {
        struct mini_token token = mini->token;
        if (token.kind != MINI_WORD) {
            mini_unexpected(mini, "a value");
            return false;
        }
        const struct cordon_abi *abi = cordon_abi_by_name(token.text, token.length);
        if (arch && !abi)
            cordon_tree_warn(mini->tree, CORDON_LINT_UNKNOWN_NAME, token.place, NULL,
                             "unknown architecture \"%.*s\"",
                             READING_WORD(token.text, token.length));
        named |= abi ? UINT32_C(1) << abi->id : 0;
        mini_advance(mini);
    } while (mini_take(mini, ','));
    if (arch)
        *abis = named;
    return true;
}

static bool parse_metadata(struct mini *mini, uint32_t *abis)
{
    mini_is_compilers(mini);
    do
        if (!parse_pair(mini, abis))
            return false;
    while (mini_take(mini, ';'));
    return mini_expect(mini, ']', "\";\" or \"]\"");
}

static bool parse_call(struct mini *mini)
{
    struct mini_token token = mini->token;
    uint32_t abis = FLAT_ALL_ABIS;
    if (token.kind != MINI_WORD) {
        mini_unexpected(mini, "the name of a system call");
        return false;
    }
    uint16_t id = mini_call(token.text, token.length);
    if (memchr(token.text, '@', token.length)) {
        mini_error(mini, CORDON_E_NAME, token.place, "name its calls: {read, write}: 1",
                   "the group \"%.*s\" is defined in a constants.json, which is not available here",
                   READING_WORD(token.text, token.length));
        return false;
    }
    if (id == CORDON_NO_ID) {
        char hint[160];
        reading_suggest_call(mini->tree, hint, token.text, token.length);
        mini_error(mini, CORDON_E_NAME, token.place, hint, "unknown system call \"%.*s\"",
                   READING_WORD(token.text, token.length));
        return false;
    }
    mini_advance(mini);
    if (mini_take(mini, '[') && !parse_metadata(mini, &abis))
        return false;
    return !abis || push_call(mini, id, abis);
}

static bool parse_calls(struct mini *mini)
{
    mini->id_count = 0;
    if (!mini_take(mini, '{'))
        return parse_call(mini);
    mini_is_compilers(mini);
    do
        if (!parse_call(mini))
            return false;
    while (mini_take(mini, ','));
    return mini_expect(mini, '}', "\",\" or \"}\"");
}

/* ---- filters ---- */

#define MAX_FILTERS (1u << 18) /* of a policy: a filter for n calls counts n times */

static bool push_filter(struct mini *mini, const struct mini_filter *filter)
{
    if (mini->id_count > MAX_FILTERS - mini->count) {
        mini_error(mini, CORDON_E_BUDGET, filter->place, NULL, "more than %u filters of calls",
                   MAX_FILTERS);
        return false;
    }
    for (uint32_t i = 0; i < mini->id_count; i++) {
        if (!cordon_array_grow(mini->tree->allocator, (void **)&mini->filters, &mini->room,
                               sizeof *mini->filters, mini->count + 1u)) {
            mini_error(mini, CORDON_E_NO_MEMORY, filter->place, NULL, "out of memory");
            return false;
        }
        mini->filters[mini->count] = *filter;
        mini->filters[mini->count].id = mini->ids[i];
        mini->filters[mini->count++].abis = mini->abis[i];
    }
    return true;
}

static bool parse_filter(struct mini *mini)
{
    struct mini_filter filter = {.action = (uint32_t)CORDON_ALLOW, .place = mini->token.place};
    if (mini_argument(&mini->token) < 0) {
        if (!parse_action(mini, &filter.action))
            return false;
    } else {
        filter.cond = mini_expression(mini);
        if (!filter.cond)
            return false;
        filter.answers = mini_take(mini, ';');
        if (filter.answers && !parse_action(mini, &filter.action))
            return false;
    }
    return push_filter(mini, &filter);
}

static void parse_filters(struct mini *mini)
{
    if (!parse_calls(mini) || !mini_expect(mini, ':', "\":\""))
        return;
    bool braces = mini_take(mini, '{');
    if (braces)
        mini_is_compilers(mini);
    do
        if (!parse_filter(mini))
            return;
    while (braces && mini_take(mini, ','));
    if (braces && !mini_expect(mini, '}', "\",\" or \"}\""))
        return;
    if (mini->token.kind != MINI_END)
        mini_unexpected(mini, "the end of the line");
    else if (mini->comment && !mini->returns)
        mini_is_compilers(mini); /* libminijail reads it as part of the preceding text */
}

/* ---- statements ---- */

static void parse_include(struct mini *mini)
{
    const char *path;
    uint32_t length;
    struct cordon_place place;
    if (!mini_path(mini, &path, &length, &place))
        return;
    if (mini->depth == CORDON_POLICY_MAX_INCLUDE) {
        mini_error(mini, CORDON_E_BUDGET, place, "does it include itself?",
                   "includes are nested deeper than %u", CORDON_POLICY_MAX_INCLUDE);
        return;
    }
    if (mini->depth > 0)
        mini_is_compilers(mini);
    struct reading reading = mini->reading;
    const char *name =
        reading_include(mini->tree, mini->options, reading.name, path, length, place);
    if (!name)
        return;
    mini->depth++;
    mini_parse(mini, name);
    mini->depth--;
    mini->reading = reading;
    mini->failed = mini->tree->error == CORDON_E_BUDGET;
}

static void parse_default(struct mini *mini)
{
    struct cordon_place place = mini->token.place;
    mini_is_compilers(mini);
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (actions[i].is_default && mini_is_word(mini, actions[i].word)) {
            cordon_tree_default(mini->tree, actions[i].action, place);
            return;
        }
    mini_unexpected(mini, "kill-process, kill-thread, kill, trap or user-notify");
}

static bool is_command(const struct mini *mini, const char *word)
{
    return mini->token.length == strlen(word) && !memcmp(mini->token.text, word, strlen(word));
}

static void parse_command(struct mini *mini)
{
    const char *path;
    uint32_t length;
    struct cordon_place place = mini->token.place;
    if (is_command(mini, "@include")) {
        parse_include(mini);
    } else if (is_command(mini, "@frequency")) {
        mini_path(mini, &path, &length, &place); /* the frequency of a call, not a rule */
    } else if (is_command(mini, "@default")) {
        mini_advance(mini);
        parse_default(mini);
    } else if (is_command(mini, "@denylist")) {
        mini->denylist = true;
        mini_is_compilers(mini);
    } else {
        mini_unexpected(mini, "@include, @frequency, @default or @denylist");
    }
    if (mini->failed)
        return;
    mini_advance(mini);
    if (mini->token.kind != MINI_END)
        mini_unexpected(mini, "the end of the line");
}

/* The rest of a statement with an error is skipped. */
static void skip_statement(struct mini *mini)
{
    mini->failed = true;
    while (mini->token.kind != MINI_END)
        mini_advance(mini);
}

void mini_parse(struct mini *mini, const char *name)
{
    if (!reading_start(&mini->reading, mini->tree, name))
        return;
    while (mini->tree->error != CORDON_E_BUDGET && mini->tree->error != CORDON_E_NO_MEMORY &&
           mini_next_statement(mini)) {
        if (mini->token.kind == MINI_COMMAND)
            parse_command(mini);
        else
            parse_filters(mini);
        skip_statement(mini);
    }
}
