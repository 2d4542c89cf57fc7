/* SPDX-License-Identifier: MIT */
/*
 * json.c: parses JSON texts into values, from yajl's events.
 *
 * yajl parses a copy of the text in the policy's arena. Strings stay at their place in the copy,
 * without their escapes, and a NUL replaces the character that ended them. All memory is the
 * arena's. If an allocation fails, parsing is left by longjmp, because yajl doesn't check its
 * allocations.
 */
#include <setjmp.h>
#include <stddef.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "value.h"

/* A list or map that is being filled. */
struct level {
    struct value *value;
    const struct value **link; /* the link for its next member */
    uint32_t count;
};

struct parser {
    struct document *document;
    yajl_handle yajl;
    jmp_buf no_memory;
    char *text;
    uint32_t length;
    bool ended;    /* yajl has received all of it */
    uint32_t at;   /* after the last token */
    uint32_t line; /* of that line, from 0 */
    uint32_t line_start;
    struct value key; /* the last token: its text, length and place */
    struct level levels[VALUE_MAX_DEPTH];
    uint32_t depth;
};

/* ---- memory ---- */

/* In front of each block that yajl gets: realloc needs the size. */
union header {
    size_t size;
    max_align_t aligned;
};

static void *take(void *context, size_t size)
{
    struct parser *parser = context;
    union header *header = document_memory(parser->document, sizeof *header + size);
    if (!header)
        longjmp(parser->no_memory, 1);
    header->size = size;
    return header + 1;
}

static void *take_more(void *context, void *old, size_t size)
{
    void *memory = take(context, size);
    size_t old_size = old ? ((union header *)old - 1)->size : 0;
    if (old)
        memcpy(memory, old, old_size < size ? old_size : size);
    return memory;
}

static void drop(void *context, void *memory)
{
    (void)context, (void)memory; /* owned by the arena */
}

/* ---- places ---- */

/* Advances to the next token, or the NUL at the end; newlines are only between tokens. */
static void skip_between(struct parser *parser)
{
    const char *at = parser->text + parser->at;
    for (; *at == '\t' || *at == '\n' || *at == '\r' || *at == ' ' || *at == ',' || *at == ':';
         at++)
        if (*at == '\n') {
            parser->line++;
            parser->line_start = (uint32_t)(at + 1 - parser->text);
        }
    parser->at = (uint32_t)(at - parser->text);
}

static int fail_at(const struct parser *parser, struct cordon_place place, enum cordon_error why,
                   const char *what)
{
    cordon_tree_error(parser->document->tree, why, place, NULL, "not JSON: %s", what);
    return 0;
}

/* The token before yajl's position: its place and its original text. */
static void set_token(struct parser *parser, struct value *value, enum value_kind kind)
{
    skip_between(parser);
    uint32_t start = parser->at;
    parser->at = parser->ended ? parser->length : (uint32_t)yajl_get_bytes_consumed(parser->yajl);
    value->kind = kind;
    value->line = parser->line + 1;
    value->column = start - parser->line_start + 1;
    value->size = value->length = parser->at - start;
    value->text = parser->text + start;
}

/* ---- strings ---- */

/* Are all surrogates paired? Each \u is followed by four digits. */
static bool has_whole_pairs(const char *text, uint32_t length)
{
    bool open = false;
    for (uint32_t i = 0; i + 1 < length; i++) {
        bool escape = text[i] == '\\', u = escape && text[i + 1] == 'u', surrogate = false;
        if (u && strchr("dD", text[i + 2]) && strchr("89abcdefABCDEF", text[i + 3])) {
            bool second = strchr("cdefCDEF", text[i + 3]);
            surrogate = true;
            if (second != open)
                return false;
            open = !second;
        }
        if (open && !surrogate)
            return false;
        i += u ? 5 : escape;
    }
    return !open;
}

/* Stores a string's text at its place in the copy, ended by NUL: without escapes it is never
 * longer. */
static bool set_text(struct parser *parser, struct value *value, const char *text, size_t length)
{
    char *own = parser->text + parser->at - value->size + 1;
    const char *what = NULL;
    if (text != own && !has_whole_pairs(own, value->size - 2))
        what = "an unpaired surrogate";
    else if (text != own && memchr(text, '\0', length))
        what = "a NUL character";
    if (what)
        return fail_at(parser, value_place(parser->document, value), CORDON_E_SYNTAX, what);
    if (text != own)
        memcpy(own, text, length);
    own[length] = '\0';
    value->text = own;
    value->length = (uint32_t)length;
    return true;
}

/* ---- events: 0 ends parsing, reported ---- */

/* A new value at the current position; NULL: no memory. */
static struct value *add(struct parser *parser, enum value_kind kind)
{
    struct value *value = document_memory(parser->document, sizeof *value);
    if (!value)
        return NULL;
    set_token(parser, value, kind);
    if (parser->depth == 0) {
        parser->document->root = value;
        return value;
    }
    struct level *level = &parser->levels[parser->depth - 1];
    if (level->value->kind == VALUE_MAP) {
        value->key = parser->key.text;
        value->key_length = parser->key.length;
        value->key_line = parser->key.line;
        value->key_column = parser->key.column;
    }
    *level->link = value;
    level->link = &value->next;
    return value;
}

static int on_word(struct parser *parser, enum value_kind kind, bool truth)
{
    struct value *value = add(parser, kind);
    if (value)
        value->truth = truth;
    return value != NULL;
}

static int on_null(void *context)
{
    return on_word(context, VALUE_NULL, false);
}

static int on_boolean(void *context, int truth)
{
    return on_word(context, VALUE_BOOL, truth);
}

static int on_number(void *context, const char *text, size_t length)
{
    (void)text, (void)length; /* in its original spelling */
    return on_word(context, VALUE_NUMBER, false);
}

static int on_string(void *context, const unsigned char *text, size_t length)
{
    struct value *value = add(context, VALUE_TEXT);
    return value && set_text(context, value, (const char *)text, length);
}

static int on_key(void *context, const unsigned char *text, size_t length)
{
    struct parser *parser = context;
    struct level *level = &parser->levels[parser->depth - 1];
    set_token(parser, &parser->key, VALUE_TEXT);
    if (!set_text(parser, &parser->key, (const char *)text, length))
        return 0;
    if (value_member_of(level->value, parser->key.text, parser->key.length))
        return fail_at(parser, value_place(parser->document, &parser->key), CORDON_E_SYNTAX,
                       "duplicate object key");
    if (level->count++ == VALUE_MAX_MEMBERS)
        return fail_at(parser, value_place(parser->document, &parser->key), CORDON_E_BUDGET,
                       "an object with too many keys");
    return 1;
}

static int begin(struct parser *parser, enum value_kind kind)
{
    struct value *value = add(parser, kind);
    if (!value)
        return 0;
    if (parser->depth == VALUE_MAX_DEPTH) {
        cordon_tree_error(parser->document->tree, CORDON_E_BUDGET,
                          value_place(parser->document, value), NULL, "nested more than %u deep",
                          VALUE_MAX_DEPTH);
        return 0;
    }
    parser->levels[parser->depth++] = (struct level){value, &value->first, 0};
    return 1;
}

static int on_map(void *context)
{
    return begin(context, VALUE_MAP);
}

static int on_list(void *context)
{
    return begin(context, VALUE_LIST);
}

static int on_end(void *context)
{
    struct parser *parser = context;
    skip_between(parser);
    parser->at++;
    parser->depth--;
    return 1;
}

/* ---- the whole ---- */

/*
 * The place where yajl stopped: within a string at the invalid character, otherwise at the
 * unexpected token, which may be a comma or colon.
 */
static uint32_t find_stop(struct parser *parser, bool lexical)
{
    uint32_t before = parser->at, behind = parser->length;
    if (!parser->ended)
        behind = (uint32_t)yajl_get_bytes_consumed(parser->yajl);
    skip_between(parser);
    if (parser->at == parser->length)
        return parser->at;
    if (lexical && parser->text[parser->at] == '"')
        return behind;
    bool between = behind > before && strchr(",:", parser->text[behind - 1]);
    return between ? behind - 1 : parser->at;
}

/* yajl's message without its class ("parse error: ") and its end. */
static void report(struct parser *parser)
{
    char *text = (char *)yajl_get_error(parser->yajl, 0, NULL, 0);
    const char *what = strstr(text, ": ");
    bool lexical = !strncmp(text, "lexical", 7);
    for (size_t end = strlen(text); end > 0 && strchr(".\n", text[end - 1]); end--)
        text[end - 1] = '\0';
    uint32_t stop = find_stop(parser, lexical);
    struct cordon_place place = {parser->document->tree->name, parser->line + 1,
                                 stop - parser->line_start + 1, 1};
    fail_at(parser, place, CORDON_E_SYNTAX, what ? what + 2 : text);
}

static bool parse(struct parser *parser)
{
    static const yajl_callbacks callbacks = {.yajl_null = on_null,
                                             .yajl_boolean = on_boolean,
                                             .yajl_number = on_number,
                                             .yajl_string = on_string,
                                             .yajl_start_map = on_map,
                                             .yajl_map_key = on_key,
                                             .yajl_end_map = on_end,
                                             .yajl_start_array = on_list,
                                             .yajl_end_array = on_end};
    yajl_alloc_funcs memory = {take, take_more, drop, parser};
    if (setjmp(parser->no_memory))
        return false;
    parser->yajl = yajl_alloc(&callbacks, &memory, parser);
    yajl_status status =
        yajl_parse(parser->yajl, (const unsigned char *)parser->text, parser->length);
    if (status == yajl_status_ok) {
        parser->ended = true;
        status = yajl_complete_parse(parser->yajl);
    }
    if (status == yajl_status_error)
        report(parser);
    yajl_free(parser->yajl);
    return status == yajl_status_ok;
}

/* Checks what yajl accepts wrongly: overlong UTF-8 forms, and \v and \f as spaces. */
static bool check_bytes(struct cordon_tree *tree, const char *text, size_t length)
{
    size_t good = value_utf8(text, length);
    const char *space = memchr(text, '\v', good);
    const char *what = good < length ? "this byte is not UTF-8" : NULL;
    if (!space)
        space = memchr(text, '\f', good);
    if (space) {
        good = (size_t)(space - text);
        what = "invalid char in json text";
    }
    if (what)
        cordon_tree_error(tree, CORDON_E_SYNTAX, cordon_tree_place(tree, tree->name, good, 1), NULL,
                          "not JSON: %s", what);
    return !what;
}

bool document_from_json(struct document *document, struct cordon_tree *tree, const char *text,
                        size_t length)
{
    if (!document_begin(document, tree, length))
        return false;
    struct parser parser = {.document = document, .length = (uint32_t)length};
    parser.text = document_text(document, text, length);
    return parser.text && check_bytes(tree, parser.text, length) && parse(&parser);
}
