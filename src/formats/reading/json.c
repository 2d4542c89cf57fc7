/* SPDX-License-Identifier: MIT */
/*
 * json.c: parses JSON texts (RFC 8259) into values.
 *
 * A copy of the text in the policy's arena is parsed. The NUL at its end is accepted nowhere, so
 * nothing is read behind it. Strings stay at their place in the copy, without their escapes, and a
 * NUL replaces the quote that ended them.
 */
#include <string.h>

#include "value.h"

struct parser {
    struct document *document;
    char *at, *end;
    const char *line_start;
    uint32_t line; /* from 1 */
    uint32_t depth;
    struct value *unused; /* values that were allocated together */
    uint32_t unused_count;
};

#define VALUES_AT_ONCE 32u

/* A zeroed value; NULL: no memory, reported. */
static struct value *new_value(struct parser *parser)
{
    if (parser->unused_count == 0) {
        parser->unused = document_memory(parser->document, VALUES_AT_ONCE * sizeof *parser->unused);
        if (!parser->unused)
            return NULL;
        parser->unused_count = VALUES_AT_ONCE;
    }
    parser->unused_count--;
    return parser->unused++;
}

/* ---- errors ---- */

static bool fail_at(const struct parser *parser, struct cordon_place place, enum cordon_error why,
                    const char *what)
{
    cordon_tree_error(parser->document->tree, why, place, NULL, "not JSON: %s", what);
    return false;
}

/* An error at a byte of the current line. */
static bool fail(const struct parser *parser, const char *at, const char *what)
{
    struct cordon_place place = {parser->document->tree->name, parser->line,
                                 (uint32_t)(at - parser->line_start) + 1, 1};
    return fail_at(parser, place, CORDON_E_SYNTAX,
                   parser->at == parser->end ? "the text ends too early" : what);
}

/* ---- tokens ---- */

/* The first byte of the next token. Newlines are only between tokens. */
static char next_token(struct parser *parser)
{
    char *at = parser->at;
    for (; *at <= ' ' && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'); at++)
        if (*at == '\n') {
            parser->line++;
            parser->line_start = at + 1;
            while (at[1] == '\t' || at[1] == ' ') /* the indentation */
                at++;
        }
    parser->at = at;
    return *at;
}

/* The token from `start` up to the current position: its place and its text. */
static void set_token(const struct parser *parser, struct value *value, const char *start)
{
    value->line = parser->line;
    value->column = (uint32_t)(start - parser->line_start) + 1;
    value->size = value->length = (uint32_t)(parser->at - start);
    value->text = start;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* ---- strings ---- */

/* The value of a hexadecimal digit; -1: it is none. */
static int hex_digit(char byte)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = byte ? strchr(digits, byte) : NULL;
    return at ? (int)(at - digits) % 16 : -1;
}

/* The UTF-16 unit behind \u; -1: these aren't four digits. */
static int32_t unit_of(const char *digits)
{
    int32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(digits[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static char *put_character(char *to, uint32_t code)
{
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    int size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (int i = size - 1; i > 0; i--) {
        to[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    to[0] = (char)(size > 1 ? leads[size] | code : code);
    return to + size;
}

/* One \u escape, or two that are a pair of surrogates; NULL: *what is wrong with it. */
static char *put_escaped(char *to, const char **from, const char **what)
{
    uint32_t code = (uint32_t)unit_of(*from + 2);
    bool high = (code & ~0x3ffu) == 0xd800, unpaired = (code & ~0x7ffu) == 0xd800;
    *from += 6;
    if (high && (*from)[0] == '\\' && (*from)[1] == 'u') {
        uint32_t low = (uint32_t)unit_of(*from + 2);
        unpaired = (low & ~0x3ffu) != 0xdc00;
        code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
        *from += 6;
    }
    *what = unpaired ? "an unpaired surrogate" : code == 0 ? "a NUL character" : NULL;
    return *what ? NULL : put_character(to, code);
}

static const char short_escapes[] = "\"\\/bfnrt", short_bytes[] = "\"\\/\b\f\n\r\t";

/* Undoes the escapes of a string, which only become shorter. NULL, or what is wrong. */
static const char *undo_escapes(struct value *string)
{
    const char *from = string->text, *end = from + string->length, *what = NULL;
    char *start = (char *)(uintptr_t)from, *to = start;
    while (from < end && !what) {
        if (*from != '\\') {
            *to++ = *from++;
        } else if (from[1] != 'u') {
            *to++ = short_bytes[strchr(short_escapes, from[1]) - short_escapes];
            from += 2;
        } else {
            char *next = put_escaped(to, &from, &what);
            to = next ? next : to;
        }
    }
    string->length = (uint32_t)(to - start);
    *to = '\0';
    return what;
}

/* Goes past an escape, whose meaning is looked at later. */
static bool skip_escape(struct parser *parser)
{
    char kind = *++parser->at;
    if (kind == 'u' && unit_of(parser->at + 1) < 0)
        return fail(parser, parser->at, "\\u is followed by four hexadecimal digits");
    if (kind != 'u' && (!kind || !strchr(short_escapes, kind)))
        return fail(parser, parser->at, "there is no such escape");
    parser->at += kind == 'u' ? 5 : 1;
    return true;
}

/* The first byte that doesn't stand for itself. */
static char *skip_plain(char *at)
{
    for (;; at++) {
        unsigned char byte = (unsigned char)*at;
        if (byte <= '\\' && (byte < ' ' || byte == '"' || byte == '\\')) /* letters are above */
            return at;
    }
}

static bool parse_string(struct parser *parser, struct value *value)
{
    char *start = parser->at++;
    bool escapes = false;
    for (;; parser->at++) {
        parser->at = skip_plain(parser->at);
        if (*parser->at != '\\')
            break;
        escapes = true;
        if (!skip_escape(parser))
            return false;
        parser->at--;
    }
    if (*parser->at != '"')
        return fail(parser, parser->at == parser->end ? start : parser->at,
                    "a control character in a string");
    *parser->at++ = '\0';
    set_token(parser, value, start);
    value->text++;
    value->length -= 2;
    const char *what = escapes ? undo_escapes(value) : NULL;
    return !what || fail_at(parser, value_place(parser->document, value), CORDON_E_SYNTAX, what);
}

/* ---- numbers and words ---- */

static bool skip_digits(struct parser *parser)
{
    if (!is_digit(*parser->at))
        return fail(parser, parser->at, "expected a digit");
    while (is_digit(*parser->at))
        parser->at++;
    return true;
}

static bool parse_number(struct parser *parser, struct value *value)
{
    const char *start = parser->at;
    parser->at += *parser->at == '-';
    if (*parser->at == '0')
        parser->at++;
    else if (!skip_digits(parser))
        return false;
    if (*parser->at == '.' && (parser->at++, !skip_digits(parser)))
        return false;
    if (*parser->at == 'e' || *parser->at == 'E') {
        parser->at++;
        parser->at += *parser->at == '+' || *parser->at == '-';
        if (!skip_digits(parser))
            return false;
    }
    value->kind = VALUE_NUMBER;
    set_token(parser, value, start);
    return true;
}

static bool parse_word(struct parser *parser, struct value *value)
{
    static const struct {
        const char *word;
        enum value_kind kind;
        bool truth;
    } words[] = {
        {"null", VALUE_NULL, false}, {"true", VALUE_BOOL, true}, {"false", VALUE_BOOL, false}};
    const char *start = parser->at;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i].word);
        if (strncmp(start, words[i].word, length))
            continue;
        parser->at += length;
        value->kind = words[i].kind;
        value->truth = words[i].truth;
        set_token(parser, value, start);
        return true;
    }
    return fail(parser, parser->at, "expected a value");
}

/* ---- lists and maps ---- */

static bool parse_value(struct parser *parser, struct value *value);

/* The key of a map's member, up to the value. */
static bool parse_key(struct parser *parser, const struct value *map, uint32_t count,
                      struct value *member)
{
    struct value key = {0};
    if (next_token(parser) != '"')
        return fail(parser, parser->at, "expected a key in quotes");
    if (!parse_string(parser, &key))
        return false;
    struct cordon_place place = value_place(parser->document, &key);
    if (value_member_of(map, key.text, key.length))
        return fail_at(parser, place, CORDON_E_SYNTAX, "duplicate object key");
    if (count == VALUE_MAX_MEMBERS)
        return fail_at(parser, place, CORDON_E_BUDGET, "an object with too many keys");
    member->key = key.text;
    member->key_length = key.length;
    member->key_line = key.line;
    member->key_column = key.column;
    if (next_token(parser) != ':')
        return fail(parser, parser->at, "expected ':'");
    parser->at++;
    return true;
}

/* What is between the brackets. The member is added to the whole when its key is known, so a map
 * has the keys before it. */
static bool parse_members(struct parser *parser, struct value *whole)
{
    bool map = whole->kind == VALUE_MAP;
    char close = map ? '}' : ']';
    const struct value **link = &whole->first;
    if (next_token(parser) == close)
        return true;
    for (uint32_t count = 0;; count++) {
        struct value *member = new_value(parser);
        if (!member || (map && !parse_key(parser, whole, count, member)) ||
            !parse_value(parser, member))
            return false;
        *link = member;
        link = &member->next;
        char next = next_token(parser);
        if (next == close)
            return true;
        if (next != ',')
            return fail(parser, parser->at, map ? "expected ',' or '}'" : "expected ',' or ']'");
        parser->at++;
    }
}

static bool parse_whole(struct parser *parser, struct value *value, enum value_kind kind)
{
    const char *start = parser->at++;
    value->kind = kind;
    set_token(parser, value, start);
    if (parser->depth == VALUE_MAX_DEPTH) {
        cordon_tree_error(parser->document->tree, CORDON_E_BUDGET,
                          value_place(parser->document, value), NULL, "nested more than %u deep",
                          VALUE_MAX_DEPTH);
        return false;
    }
    parser->depth++;
    if (!parse_members(parser, value))
        return false;
    parser->depth--;
    parser->at++;
    return true;
}

static bool parse_value(struct parser *parser, struct value *value)
{
    switch (next_token(parser)) {
    case '"':
        value->kind = VALUE_TEXT;
        return parse_string(parser, value);
    case '{':
        return parse_whole(parser, value, VALUE_MAP);
    case '[':
        return parse_whole(parser, value, VALUE_LIST);
    default:
        if (*parser->at == '-' || is_digit(*parser->at))
            return parse_number(parser, value);
        return parse_word(parser, value);
    }
}

/* ---- the whole ---- */

static bool is_utf8(struct cordon_tree *tree, const char *text, size_t length)
{
    size_t good = value_utf8(text, length);
    if (good < length)
        cordon_tree_error(tree, CORDON_E_SYNTAX, cordon_tree_place(tree, tree->name, good, 1), NULL,
                          "not JSON: this byte is not UTF-8");
    return good == length;
}

bool document_from_json(struct document *document, struct cordon_tree *tree, const char *text,
                        size_t length)
{
    if (!document_begin(document, tree, length))
        return false;
    char *copy = document_text(document, text, length);
    if (!copy || !is_utf8(tree, copy, length))
        return false;
    struct parser parser = {
        .document = document, .at = copy, .end = copy + length, .line_start = copy, .line = 1};
    struct value *root = new_value(&parser);
    if (!root || !parse_value(&parser, root))
        return false;
    next_token(&parser);
    document->root = root;
    return parser.at == parser.end || fail(&parser, parser.at, "text behind the value");
}
