/* SPDX-License-Identifier: MIT */
/*
 * minijail.c: adds the rules of minijail's policies to a tree.
 *
 * The statements about one call are one list: the first filter that holds decides, otherwise the
 * default. Texts that compile_seccomp_policy refuses are refused. Where it and libminijail
 * interpret a text differently, grammar that only the compiler knows decides which of them it is
 * for, or the requested `part` ("compiler", "libminijail", "android").
 */
#include <stdio.h>
#include <string.h>

#include "lines.h"
#include "minijail.h"
#include "room.h"

/* ---- what decides ---- */

/* An option of the compiler that isn't in the text; a comment that names it counts. */
static bool wants_kill_process(const struct cordon_tree *tree)
{
    static const char option[] = "--use-kill-process";
    const char *text = cordon_tree_text_of(tree, tree->name);
    for (const char *line = text; line && *line;) {
        const char *end = strchr(line, '\n');
        size_t length = end ? (size_t)(end - line) : strlen(line);
        for (size_t i = 1; line[0] == '#' && i + sizeof option - 1 <= length; i++)
            if (!memcmp(line + i, option, sizeof option - 1))
                return true;
        line = end ? end + 1 : NULL;
    }
    return false;
}

struct decided {
    uint32_t abis; /* ABIs on which the call is decided completely */
    uint32_t line; /* the line that completed this */
    bool seen;
};

/* A filter beside others for the same call. */
static void check_filter(struct mini *mini, struct mini_filter *filter, const struct decided *call)
{
    const char *name = cordon_syscall_name(filter->id);
    char hint[160];
    filter->dropped = call->seen && mini->meaning == MINI_ANDROID;
    snprintf(hint, sizeof hint, "line %u decides all these calls%s", call->line,
             mini->meaning == MINI_OPEN ? "; Android drops this line: --part android" : "");
    if (filter->dropped)
        cordon_tree_warn(mini->tree, CORDON_LINT_DEAD_RULE, filter->place, NULL,
                         "an earlier line decides %s: Android drops this one", name);
    else if (call->abis & filter->abis)
        cordon_tree_error(mini->tree, CORDON_E_MEANING, filter->place, hint,
                          "%s is already decided", name);
    else if (call->seen && mini->meaning == MINI_LIBMINIJAIL)
        cordon_tree_error(mini->tree, CORDON_E_MEANING, filter->place, NULL,
                          "libminijail refuses a second filter for %s", name);
    else if (call->seen)
        mini_is_compilers(mini);
}

/*
 * No filter may follow one that always decides, even though it would never be reached. A call on
 * two lines belongs to the compiler: libminijail refuses it, and Android's takes the first.
 */
static void check_order(struct mini *mini)
{
    struct decided *calls =
        cordon_arena_array(&mini->tree->policy->arena, cordon_syscall_id_count(), sizeof *calls);
    if (!calls) {
        cordon_tree_error(mini->tree, CORDON_E_NO_MEMORY, mini->token.place, NULL, "out of memory");
        return;
    }
    for (uint32_t i = 0; i < mini->count; i++) {
        struct mini_filter *filter = &mini->filters[i];
        struct decided *call = &calls[filter->id];
        check_filter(mini, filter, call);
        call->seen = true;
        if (filter->cond)
            continue;
        call->abis |= filter->abis;
        call->line = filter->place.line;
    }
}

static void check_denylist(struct mini *mini)
{
    const struct cordon_policy *policy = mini->tree->policy;
    for (uint32_t i = 0; i < mini->count; i++) {
        const struct mini_filter *filter = &mini->filters[i];
        if ((filter->answers || !filter->cond) &&
            (filter->action == MINI_KILL ||
             (filter->action & CORDON_ACTION_FULL) != (uint32_t)CORDON_ERRNO))
            cordon_tree_error(mini->tree, CORDON_E_MEANING, filter->place, "return EPERM",
                              "in a denylist every action must be return");
    }
    if (policy->fallback.in_text)
        cordon_tree_error(mini->tree, CORDON_E_MEANING, policy->fallback.place, NULL,
                          "the default of a denylist is always allow");
}

static void add_filter(struct mini *mini, struct flat *flat, const struct mini_filter *filter)
{
    struct flat_rule rule = {.id = filter->id,
                             .abis = filter->abis == FLAT_ALL_ABIS ? 0 : filter->abis,
                             .cond = filter->cond,
                             .action = filter->action == MINI_KILL ? mini->kill : filter->action,
                             .place = filter->place};
    bool else_answer = filter->cond && filter->answers && mini->meaning != MINI_COMPILER;
    if (else_answer && mini->meaning == MINI_OPEN)
        cordon_tree_warn(mini->tree, CORDON_LINT_TOOLS_DIFFER, filter->place,
                         "choose with --part libminijail or --part compiler",
                         "libminijail returns this if the expression is false (assumed here), "
                         "compile_seccomp_policy if it is true");
    if (else_answer) {
        struct flat_rule first = rule;
        first.action = (uint32_t)CORDON_ALLOW;
        rule.cond = NULL;
        flat_add(flat, &first);
    }
    flat_add(flat, &rule);
}

static void give_meaning(struct mini *mini)
{
    struct cordon_tree *tree = mini->tree;
    struct cordon_fallback fallback = tree->policy->fallback;
    struct cordon_place nowhere = {.file = tree->name};
    struct flat flat;
    mini->kill = (uint32_t)(wants_kill_process(tree) ? CORDON_KILL_PROCESS : CORDON_KILL_THREAD);
    check_order(mini);
    if (mini->denylist)
        check_denylist(mini);
    if (mini->denylist)
        cordon_tree_default(tree, (uint32_t)CORDON_ALLOW, nowhere);
    else if (!fallback.in_text || fallback.action == MINI_KILL)
        cordon_tree_default(tree, mini->kill, fallback.in_text ? fallback.place : nowhere);
    cordon_tree_bad_arch(tree, mini->kill, nowhere);
    flat_begin(&flat, tree);
    for (uint32_t i = 0; i < mini->count; i++)
        if (!mini->filters[i].dropped)
            add_filter(mini, &flat, &mini->filters[i]);
    flat_end(&flat);
}

static bool choose_part(struct mini *mini)
{
    const char *part = mini->options->part;
    if (!part)
        return true;
    if (!strcmp(part, "libminijail"))
        mini->meaning = MINI_LIBMINIJAIL;
    else if (!strcmp(part, "android"))
        mini->meaning = MINI_ANDROID;
    else if (!strcmp(part, "compiler"))
        mini->meaning = MINI_COMPILER;
    else
        cordon_tree_error(mini->tree, CORDON_E_NOT_FOUND,
                          (struct cordon_place){.file = mini->tree->name},
                          "libminijail, android, compiler",
                          "unknown reader of minijail policies \"%.64s\"", part);
    return mini->meaning != MINI_OPEN;
}

static void release(const struct cordon_tree *tree, void *memory, size_t size)
{
    if (memory)
        tree->allocator->resize(tree->allocator->context, memory, size, 0);
}

enum cordon_error minijail_read(struct cordon_policy **policy, const char *text, size_t length,
                                const char *name, const struct cordon_format_options *options,
                                struct cordon_reporter *reporter)
{
    struct cordon_tree tree;
    cordon_tree_begin(&tree, text, length, name, &options->policy, reporter);
    struct mini mini = {.tree = &tree, .options = options};
    if (!tree.error && choose_part(&mini))
        mini_parse(&mini, tree.name);
    if (!tree.error)
        give_meaning(&mini);
    release(&tree, mini.filters, mini.room * sizeof *mini.filters);
    release(&tree, mini.ids, mini.id_room * sizeof *mini.ids);
    release(&tree, mini.abis, mini.abi_room * sizeof *mini.abis);
    return cordon_tree_end(&tree, policy);
}

/* ---- names ---- */

bool mini_is_arm_private(uint16_t id)
{
    uint32_t nr = cordon_syscall_nr(cordon_abi(CORDON_ABI_ARM), id);
    return nr != CORDON_NO_NR && nr >= 0xf0000; /* __ARM_NR_BASE */
}

uint16_t mini_call(const char *name, uint32_t length)
{
    if (length <= 4 || memcmp(name, "ARM_", 4) != 0)
        return cordon_syscall_id(name, length);
    uint16_t id = cordon_syscall_id(name + 4, length - 4);
    return id != CORDON_NO_ID && mini_is_arm_private(id) ? id : CORDON_NO_ID;
}

/* ---- detection ---- */

/* Matches a line of the form CALL: … or {CALL, …: a word and what follows it. */
static bool is_statement(const char *line, size_t length)
{
    size_t start = 0, end;
    bool braces = false;
    for (; start < length && (line[start] == ' ' || line[start] == '\t' || line[start] == '{');
         start++)
        braces |= line[start] == '{';
    for (end = start;
         end < length && (reading_is_letter(line[end]) || reading_is_digit(line[end]));)
        end++;
    size_t behind = end;
    while (behind < length && (line[behind] == ' ' || line[behind] == '\t'))
        behind++;
    return end > start && behind < length &&
           (line[behind] == ':' || line[behind] == '[' || (braces && line[behind] == ',')) &&
           mini_call(line + start, (uint32_t)(end - start)) != CORDON_NO_ID;
}

static bool begins(const char *text, size_t length, const char *word)
{
    size_t size = strlen(word);
    return length > size && !memcmp(text, word, size);
}

/* Nothing begins on a continuation line; systemd allows comments in between. */
int minijail_detect(const char *text, size_t length, const char *name)
{
    const char *dot = strrchr(name, '.');
    struct lines lines = lines_of(text, length);
    int sure = dot && !strcmp(dot, ".policy") ? 20 : 0;
    bool goes_on = false;
    while (lines.number < 100 && lines_next(&lines)) {
        const char *line = lines.line;
        size_t size = (size_t)(lines.end - line), last = size;
        if (!goes_on && (begins(line, size, "@include ") || begins(line, size, "@frequency ") ||
                         begins(line, size, "@default ") || is_statement(line, size)))
            return sure + 70;
        while (last > 0 && line[last - 1] == '\r')
            last--;
        goes_on = last > 0 && (line[last - 1] == '\\' || (goes_on && line[0] == '#'));
    }
    return sure;
}
