/* SPDX-License-Identifier: MIT */
/* value.c: queries a tree of values, with errors that name the place. */
#include "value.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* ---- parts ---- */

void value_add_part(char *hint, size_t size, const char *name)
{
    size_t used = strlen(hint);
    snprintf(hint + used, size - used, "%s%s", used ? ", " : "--part ", name);
}

/* ---- places ---- */

static void *had(struct document *document, void *memory)
{
    struct cordon_tree *tree = document->tree;
    if (!memory && !tree->error)
        cordon_tree_error(tree, CORDON_E_NO_MEMORY, (struct cordon_place){.file = tree->name}, NULL,
                          "out of memory");
    return memory;
}

void *document_memory(struct document *document, size_t size)
{
    struct cordon_policy *policy = document->tree->policy;
    return had(document, policy ? cordon_arena_alloc(&policy->arena, size) : NULL);
}

char *document_text(struct document *document, const char *text, size_t length)
{
    struct cordon_policy *policy = document->tree->policy;
    return had(document, policy ? cordon_arena_copy(&policy->arena, text, length) : NULL);
}

bool document_begin(struct document *document, struct cordon_tree *tree, size_t length)
{
    *document = (struct document){.tree = tree};
    if (length <= VALUE_MAX_BYTES)
        return true;
    cordon_tree_error(tree, CORDON_E_BUDGET, (struct cordon_place){.file = tree->name}, NULL,
                      "too large for a profile (more than 4 MiB)");
    return false;
}

enum cordon_error document_read(const struct document_reader *reader, struct cordon_policy **policy,
                                const char *text, size_t length, const char *name,
                                const struct cordon_format_options *options,
                                struct cordon_reporter *reporter)
{
    struct cordon_tree tree;
    struct document document = {0};
    cordon_tree_begin(&tree, text, length, name, &options->policy, reporter);
    if (!tree.error && reader->load(&document, &tree, text, length))
        reader->read(&document, options);
    return cordon_tree_end(&tree, policy);
}

bool document_is_object(const char *text, size_t length)
{
    size_t at = 0;
    while (at < length &&
           (text[at] == ' ' || text[at] == '\t' || text[at] == '\r' || text[at] == '\n'))
        at++;
    return at < length && text[at] == '{';
}

struct cordon_place value_place(const struct document *document, const struct value *value)
{
    return (struct cordon_place){document->tree->name, value->line, value->column, value->size};
}

struct cordon_place key_place(const struct document *document, const struct value *value)
{
    return (struct cordon_place){document->tree->name, value->key_line, value->key_column,
                                 value->key_length};
}

/* ---- characters ---- */

/* The length of the UTF-8 character that begins here; 0: invalid. Shortest forms only, no
 * surrogates. */
static size_t character(const unsigned char *text, size_t length)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = text[0];
    size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (size == 1)
        return 1;
    if (first < 0xc0 || first >= 0xf8 || size > length)
        return 0;
    uint32_t code = first & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (text[i] & 0x3fu);
    }
    return code < least[size] || code > 0x10ffff || (code & ~0x7ffu) == 0xd800 ? 0 : size;
}

size_t value_utf8(const char *text, size_t length)
{
    size_t at = 0;
    while (at < length) {
        uint64_t words[4];
        for (; length - at >= sizeof words; at += sizeof words) { /* of ASCII at a time */
            memcpy(words, text + at, sizeof words);
            if ((words[0] | words[1] | words[2] | words[3]) & UINT64_C(0x8080808080808080))
                break;
        }
        if (at == length)
            break;
        size_t size = character((const unsigned char *)text + at, length - at);
        if (size == 0)
            break;
        at += size;
    }
    return at;
}

/* ---- questions ---- */

const struct value *value_member_of(const struct value *map, const char *key, uint32_t length)
{
    for (const struct value *at = map && map->kind == VALUE_MAP ? map->first : NULL; at;
         at = at->next)
        if (at->key_length == length && !memcmp(at->key, key, length))
            return at;
    return NULL;
}

const struct value *value_member(const struct value *map, const char *key)
{
    return value_member_of(map, key, (uint32_t)strlen(key));
}

bool value_is(const struct document *document, const struct value *value, enum value_kind kind,
              const char *what)
{
    static const char *const names[] = {"null",     "a boolean", "a number",
                                        "a string", "a list",    "an object"};
    if (value->kind == kind)
        return true;
    cordon_tree_error(document->tree, CORDON_E_FORMAT, value_place(document, value), NULL,
                      "%s must be %s, this is %s", what, names[kind], names[value->kind]);
    return false;
}

const struct value *value_optional(const struct document *document, const struct value *map,
                                   const char *key, enum value_kind kind)
{
    const struct value *value = value_member(map, key);
    if (!value || value->kind == VALUE_NULL)
        return NULL;
    if (value->kind == kind)
        return value;
    char what[64];
    snprintf(what, sizeof what, "\"%s\"", key);
    (void)value_is(document, value, kind, what);
    return NULL;
}

bool value_number(const struct document *document, const struct value *value, uint64_t max,
                  const char *what, uint64_t *number)
{
    uint64_t sum = 0;
    bool whole = true, fits = true;
    if (!value_is(document, value, VALUE_NUMBER, what))
        return false;
    for (uint32_t i = 0; i < value->length && whole && fits; i++) {
        unsigned digit = (unsigned)(value->text[i] - '0');
        whole = digit <= 9;
        fits = whole && sum <= (max - (digit < max ? digit : max)) / 10 && digit <= max;
        sum = sum * 10 + digit;
    }
    if (whole && fits) {
        *number = sum;
        return true;
    }
    cordon_tree_error(document->tree, CORDON_E_RANGE, value_place(document, value), NULL,
                      whole ? "%s is larger than %llu" : "%s must be a whole number from 0 to %llu",
                      what, (unsigned long long)max);
    return false;
}

bool value_equals(const struct value *value, const char *text)
{
    return value->length == strlen(text) && !memcmp(value->text, text, value->length);
}

static bool is_known(const char *const *known, const char *key)
{
    while (*known && (**known != *key || strcmp(*known, key)))
        known++;
    return *known;
}

/* The length of the first character if Go's JSON accepts it for `letter` in any case, else 0: k
 * and s have a third form. */
static size_t letter_in_any_case(const char *text, char letter)
{
    static const char kelvin[] = "\xe2\x84\xaa", long_s[] = "\xc5\xbf";
    if (tolower((unsigned char)*text) == tolower((unsigned char)letter))
        return 1;
    if (letter == 'k' && !strncmp(text, kelvin, sizeof kelvin - 1))
        return sizeof kelvin - 1;
    return letter == 's' && !strncmp(text, long_s, sizeof long_s - 1) ? sizeof long_s - 1 : 0;
}

static const char *known_in_any_case(const char *const *known, const char *key)
{
    for (; *known; known++) {
        const char *at = key, *letter = *known;
        for (size_t step; *letter && (step = letter_in_any_case(at, *letter)); letter++)
            at += step;
        if (!*letter && !*at)
            return *known;
    }
    return NULL;
}

void value_warn_unknown(const struct document *document, const struct value *map,
                        const char *const *known)
{
    for (const struct value *at = map->first; at; at = at->next) {
        if (is_known(known, at->key))
            continue;
        const char *taken = known_in_any_case(known, at->key);
        if (taken)
            cordon_tree_error(document->tree, CORDON_E_NAME, key_place(document, at),
                              "crun does not", "Docker, Podman and runc read \"%.60s\" as \"%s\"",
                              at->key, taken);
        else
            cordon_tree_warn(document->tree, CORDON_LINT_IGNORED_TEXT, key_place(document, at),
                             NULL, "unknown field \"%.60s\", ignored", at->key);
    }
}
