/* SPDX-License-Identifier: MIT */
/* value.c: asking a tree of values, with errors that name the place. */
#include "value.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* ---- places --------------------------------------------------------------------------------- */

void *document_memory(struct document *document, size_t size)
{
    struct cordon_tree *tree = document->tree;
    void *memory = tree->policy ? cordon_arena_alloc(&tree->policy->arena, size) : NULL;
    if (!memory && !tree->error)
        cordon_tree_error(tree, CORDON_E_NO_MEMORY, (struct cordon_place){.file = tree->name}, NULL,
                          "out of memory");
    return memory;
}

bool document_begin(struct document *document, struct cordon_tree *tree, const char *text,
                    size_t length)
{
    *document = (struct document){.tree = tree};
    if (length > VALUE_MAX_BYTES) {
        cordon_tree_error(tree, CORDON_E_BUDGET, (struct cordon_place){.file = tree->name}, NULL,
                          "too large for a profile (more than 4 MiB)");
        return false;
    }
    document->line_count = 1;
    for (size_t i = 0; i < length; i++)
        document->line_count += text[i] == '\n';
    document->lines = document_memory(document, document->line_count * sizeof *document->lines);
    if (!document->lines)
        return false;
    for (uint32_t i = 0, line = 1; i < length; i++)
        if (text[i] == '\n')
            document->lines[line++] = i + 1;
    return true;
}

bool document_is_object(const char *text, size_t length)
{
    size_t at = 0;
    while (at < length &&
           (text[at] == ' ' || text[at] == '\t' || text[at] == '\r' || text[at] == '\n'))
        at++;
    return at < length && text[at] == '{';
}

void document_free(struct document *document)
{
    if (document->release && document->parsed)
        document->release(document->parsed);
    document->parsed = NULL;
}

struct cordon_place document_place(const struct document *document, uint32_t at, uint32_t size)
{
    uint32_t low = 0, high = document->line_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (document->lines[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    return (struct cordon_place){document->tree->name, low + 1, at - document->lines[low] + 1,
                                 size};
}

struct cordon_place value_place(const struct document *document, const struct value *value)
{
    return document_place(document, value->at, value->size);
}

struct cordon_place key_place(const struct document *document, const struct value *value)
{
    return document_place(document, value->key_at, (uint32_t)strlen(value->key));
}

/* ---- questions ------------------------------------------------------------------------------ */

const struct value *value_member(const struct value *map, const char *key)
{
    for (const struct value *at = map && map->kind == VALUE_MAP ? map->first : NULL; at;
         at = at->next)
        if (!strcmp(at->key, key))
            return at;
    return NULL;
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
    char what[64];
    snprintf(what, sizeof what, "\"%s\"", key);
    return value_is(document, value, kind, what) ? value : NULL;
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
    while (*known && strcmp(*known, key))
        known++;
    return *known;
}

/* How many bytes the first letter has that Go's JSON takes for `letter` in any case: k has a third
 * form, and s. */
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
                              "crun doesn't", "Docker, Podman and runc take \"%.60s\" for \"%s\"",
                              at->key, taken);
        else
            cordon_tree_warn(document->tree, key_place(document, at), NULL,
                             "the field \"%.60s\" isn't known and means nothing", at->key);
    }
}
