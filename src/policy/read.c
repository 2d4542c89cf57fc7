/* SPDX-License-Identifier: MIT */
/* read.c: reads policies from memory, from the loader and from the built-in ones, with their
 * includes. */
#include <string.h>

#include "parser.h"

/* ---- texts ---- */

/* A text with control characters isn't a policy. */
static bool check_text(struct parser *parser, const struct cordon_text *text)
{
    uint32_t line = 1, start = 0;
    for (uint32_t i = 0; i < text->length; i++) {
        unsigned char c = (unsigned char)text->text[i];
        if (c == '\n') {
            line++;
            start = i + 1;
        } else if ((c < ' ' && c != '\t' && c != '\r') || c == 0x7f) {
            struct cordon_message message = {.severity = CORDON_ERROR,
                                             .code = CORDON_E_FORMAT,
                                             .place = {text->name, line, i - start + 1, 1}};
            parser->failed = false;
            cordon_reporter_tell(parser->reporter, &message,
                                 "not a policy: unexpected control character 0x%02x", c);
            parser->error = parser->error ? parser->error : CORDON_E_FORMAT;
            return false;
        }
    }
    return true;
}

static void parse_text(struct parser *parser, struct cordon_text text)
{
    if (!policy_add_text(parser->policy, text)) {
        parser_error(parser, CORDON_E_NO_MEMORY, (struct cordon_place){0}, NULL, "out of memory");
        return;
    }
    if (!check_text(parser, &text))
        return;
    lexer_start(&parser->lexer, text.name, text.text, text.length);
    parse_statements(parser);
}

/* ---- named texts ---- */

/* Copies a text that the loader opens to the arena; NULL: the reason. */
static const char *load(struct parser *parser, const char *path, struct cordon_text *text)
{
    const struct cordon_loader *loader = parser->loader;
    char *bytes = NULL;
    size_t length = 0;
    if (!loader || !loader->open_text)
        return "files cannot be opened here";
    const char *problem = loader->open_text(loader->context, path, &bytes, &length);
    if (problem)
        return problem;
    if (length <= CORDON_POLICY_MAX_BYTES)
        text->text = cordon_arena_copy(&parser->policy->arena, bytes, length);
    loader->close_text(loader->context, bytes);
    text->length = (uint32_t)length;
    if (text->text)
        return NULL;
    return length > CORDON_POLICY_MAX_BYTES ? "too large for a policy (more than 16 MiB)"
                                            : "out of memory";
}

/* "@name" is built in; the loader opens all others. NULL: the reason. */
static const char *fetch(struct parser *parser, const char *path, struct cordon_text *text)
{
    if (path[0] != '@')
        return load(parser, path, text);
    const struct cordon_builtin *builtin = cordon_builtin_by_name(path, (uint32_t)strlen(path));
    if (!builtin)
        return "no built-in policy of this name (see cordon policies)";
    text->text = builtin->text;
    text->length = (uint32_t)builtin->length;
    return NULL;
}

static const char *nth_builtin(uint32_t index)
{
    size_t count;
    return cordon_builtins(&count)[index].name;
}

static void read_text(struct parser *parser, const char *path, struct cordon_place place)
{
    char hint[64] = "";
    size_t count;
    (void)cordon_builtins(&count);
    struct cordon_text text = {.name = parser_copy(parser, path, strlen(path))};
    const char *problem = text.name ? fetch(parser, path, &text) : "out of memory";
    if (problem && path[0] == '@')
        suggest_name(hint, sizeof hint, path, (uint32_t)strlen(path), (uint32_t)count, nth_builtin);
    if (problem)
        parser_error(parser, CORDON_E_IO, place, hint[0] ? hint : NULL, "%s: %s", path, problem);
    else
        parse_text(parser, text);
}

/* A path relative to the folder of the including text. */
static char *include_path(struct parser *parser, const char *name)
{
    const char *from = parser->lexer.file;
    const char *slash = strrchr(from, '/');
    if (name[0] == '/' || name[0] == '@' || !slash)
        return parser_copy(parser, name, strlen(name));
    size_t folder = (size_t)(slash - from) + 1, length = strlen(name);
    char *path = parser_alloc(parser, folder + length + 1);
    if (path) {
        memcpy(path, from, folder);
        memcpy(path + folder, name, length);
    }
    return path;
}

void read_include(struct parser *parser, const char *name, struct cordon_place place)
{
    if (parser->include_depth == CORDON_POLICY_MAX_INCLUDE) {
        parser_error(parser, CORDON_E_BUDGET, place, "does it include itself?",
                     "includes are nested deeper than %u", CORDON_POLICY_MAX_INCLUDE);
        return;
    }
    const char *path = include_path(parser, name);
    if (!path)
        return;
    struct lexer lexer = parser->lexer;
    struct token token = parser->token;
    parser->include_depth++;
    read_text(parser, path, place);
    parser->include_depth--;
    bool failed = parser->error == CORDON_E_BUDGET;
    parser->lexer = lexer;
    parser->token = token;
    parser->failed = failed;
}

/* ---- policies ---- */

/* The default is required: allow lists and deny lists need different ones. */
static void check_whole(struct parser *parser, const char *name)
{
    if (parser->error || parser->stated_at[STATED_DEFAULT])
        return;
    parser->failed = false;
    parser_error(parser, CORDON_E_MEANING, (struct cordon_place){.file = name},
                 "add one, for example: default kill_process",
                 parser->policy->rule_count ? "the policy has no default" : "the policy is empty");
}

static enum cordon_error read_policy(struct cordon_policy **result, const char *path,
                                     const struct cordon_text *text,
                                     const struct cordon_policy_options *options,
                                     struct cordon_reporter *reporter)
{
    const struct cordon_allocator *allocator =
        options && options->allocator ? options->allocator : &cordon_allocator_libc;
    struct cordon_reporter silent = {0};
    struct parser parser = {.reporter = reporter ? reporter : &silent,
                            .loader = options ? &options->loader : NULL};
    parser.policy = policy_new(options, allocator);
    if (!parser.policy) {
        struct cordon_message message = {
            .severity = CORDON_ERROR, .code = CORDON_E_NO_MEMORY, .place = {.file = path}};
        cordon_reporter_tell(reporter, &message, "out of memory");
        return CORDON_E_NO_MEMORY;
    }
    char *name = parser_copy(&parser, path, strlen(path));
    parser.policy->name = name;
    if (name && text) {
        char *copy = parser_copy(&parser, text->text, text->length);
        if (copy)
            parse_text(&parser,
                       (struct cordon_text){.name = name, .text = copy, .length = text->length});
    } else if (name) {
        read_text(&parser, name, (struct cordon_place){0});
    }
    check_whole(&parser, name);
    if (parser.error)
        cordon_policy_free(parser.policy);
    else
        *result = parser.policy;
    return parser.error;
}

enum cordon_error cordon_policy_read(struct cordon_policy **policy, const char *text, size_t length,
                                     const char *name, const struct cordon_policy_options *options,
                                     struct cordon_reporter *reporter)
{
    if (length > CORDON_POLICY_MAX_BYTES) {
        struct cordon_message message = {
            .severity = CORDON_ERROR, .code = CORDON_E_BUDGET, .place = {.file = name}};
        cordon_reporter_tell(reporter, &message, "too large for a policy (more than 16 MiB)");
        return CORDON_E_BUDGET;
    }
    struct cordon_text given = {.name = name, .text = text, .length = (uint32_t)length};
    return read_policy(policy, name, &given, options, reporter);
}

enum cordon_error cordon_policy_read_file(struct cordon_policy **policy, const char *path,
                                          const struct cordon_policy_options *options,
                                          struct cordon_reporter *reporter)
{
    return read_policy(policy, path, NULL, options, reporter);
}

/* ---- more statements ---- */

/* Moves the rules from `first` on to the front. */
static bool move_to_front(struct parser *parser, uint32_t first)
{
    struct cordon_policy *policy = parser->policy;
    uint32_t count = policy->rule_count - first;
    struct cordon_rule *moved = parser_alloc(parser, count * sizeof *moved + 1);
    if (!moved || !count)
        return moved;
    memcpy(moved, policy->rules + first, count * sizeof *moved);
    memmove(policy->rules + count, policy->rules, first * sizeof *moved);
    memcpy(policy->rules, moved, count * sizeof *moved);
    return true;
}

enum cordon_error cordon_policy_put_first(struct cordon_policy *policy, const char *text,
                                          size_t length, const char *name,
                                          const struct cordon_policy_options *options,
                                          struct cordon_reporter *reporter)
{
    struct cordon_reporter silent = {0};
    struct parser parser = {.policy = policy,
                            .reporter = reporter ? reporter : &silent,
                            .loader = options ? &options->loader : NULL};
    uint32_t first = policy->rule_count;
    if (length > CORDON_POLICY_MAX_BYTES)
        return CORDON_E_BUDGET;
    char *own_name = parser_copy(&parser, name, strlen(name));
    char *copy = parser_copy(&parser, text, length);
    if (own_name && copy)
        parse_text(&parser, (struct cordon_text){
                                .name = own_name, .text = copy, .length = (uint32_t)length});
    if (!parser.error)
        (void)move_to_front(&parser, first);
    return parser.error;
}
