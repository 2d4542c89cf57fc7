/* SPDX-License-Identifier: MIT */
/*
 * json.c: JSON texts as values. jansson parses; as it doesn't say where a value stood, its tree is
 * walked in the order of the text beside a scanner that knows only enough to skip what is right
 * already.
 */
#include <jansson.h>
#include <string.h>

#include "value.h"

struct scanner {
    struct document *document;
    const char *text;
    uint32_t length, at, depth;
};

/* To the next value, key or closing bracket. */
static void skip_between(struct scanner *scanner)
{
    while (scanner->at < scanner->length && strchr(" \t\r\n,:", scanner->text[scanner->at]))
        scanner->at++;
}

static void skip_string(struct scanner *scanner)
{
    while (++scanner->at < scanner->length && scanner->text[scanner->at] != '"')
        scanner->at += scanner->text[scanner->at] == '\\';
    scanner->at++;
}

static void skip_word(struct scanner *scanner)
{
    while (scanner->at < scanner->length && !strchr(" \t\r\n,:]}", scanner->text[scanner->at]))
        scanner->at++;
}

static struct value *walk(struct scanner *scanner, json_t *json);

static bool walk_list(struct scanner *scanner, json_t *json, struct value *list)
{
    const struct value **link = &list->first;
    for (size_t i = 0; i < json_array_size(json); i++) {
        skip_between(scanner);
        struct value *value = walk(scanner, json_array_get(json, i));
        if (!value)
            return false;
        *link = value;
        link = &value->next;
    }
    return true;
}

static bool walk_map(struct scanner *scanner, json_t *json, struct value *map)
{
    const struct value **link = &map->first;
    const char *key;
    json_t *member;
    json_object_foreach(json, key, member)
    {
        skip_between(scanner);
        uint32_t key_at = scanner->at;
        skip_string(scanner);
        skip_between(scanner);
        struct value *value = walk(scanner, member);
        if (!value)
            return false;
        value->key = key;
        value->key_at = key_at;
        *link = value;
        link = &value->next;
    }
    return true;
}

static bool walk_inside(struct scanner *scanner, json_t *json, struct value *value)
{
    if (++scanner->depth > VALUE_MAX_DEPTH) {
        cordon_tree_error(scanner->document->tree, CORDON_E_BUDGET,
                          document_place(scanner->document, scanner->at, 1), NULL,
                          "nested more than %u deep", VALUE_MAX_DEPTH);
        return false;
    }
    scanner->at++;
    bool good = value->kind == VALUE_LIST ? walk_list(scanner, json, value)
                                          : walk_map(scanner, json, value);
    skip_between(scanner);
    scanner->at++;
    scanner->depth--;
    return good;
}

static struct value *walk(struct scanner *scanner, json_t *json)
{
    static const enum value_kind kinds[] = {
        [JSON_OBJECT] = VALUE_MAP,     [JSON_ARRAY] = VALUE_LIST,  [JSON_STRING] = VALUE_TEXT,
        [JSON_INTEGER] = VALUE_NUMBER, [JSON_REAL] = VALUE_NUMBER, [JSON_TRUE] = VALUE_BOOL,
        [JSON_FALSE] = VALUE_BOOL,     [JSON_NULL] = VALUE_NULL};
    struct value *value = document_memory(scanner->document, sizeof *value);
    if (!value)
        return NULL;
    value->kind = kinds[json_typeof(json)];
    value->truth = json_is_true(json);
    value->at = scanner->at;
    if (value->kind == VALUE_LIST || value->kind == VALUE_MAP) {
        if (!walk_inside(scanner, json, value))
            return NULL;
        value->size = 1;
        return value;
    }
    if (value->kind == VALUE_TEXT)
        skip_string(scanner);
    else
        skip_word(scanner);
    value->size = scanner->at - value->at;
    value->text = value->kind == VALUE_TEXT ? json_string_value(json) : scanner->text + value->at;
    value->length = value->kind == VALUE_TEXT ? (uint32_t)json_string_length(json) : value->size;
    return value;
}

static void release(void *parsed)
{
    json_decref(parsed);
}

/* jansson's message without its "near …": the line is quoted anyway. */
static bool report(struct document *document, const json_error_t *error)
{
    const char *near = strstr(error->text, " near ");
    int length = near ? (int)(near - error->text) : (int)strlen(error->text);
    enum json_error_code code = json_error_code(error);
    uint32_t at = error->position > 0 ? (uint32_t)error->position : 0;
    enum cordon_error why = code == json_error_stack_overflow ? CORDON_E_BUDGET
                            : code == json_error_out_of_memory || !error->text[0]
                                ? CORDON_E_NO_MEMORY
                                : CORDON_E_SYNTAX;
    cordon_tree_error(document->tree, why, document_place(document, at ? at - 1 : 0, 1), NULL,
                      "not JSON: %.*s", length, error->text);
    return false;
}

bool document_from_json(struct document *document, struct cordon_tree *tree, const char *text,
                        size_t length)
{
    json_error_t error;
    if (!document_begin(document, tree, text, length))
        return false;
    /* Numbers beyond 63 bits are read from the text; as a real they pass the grammar. */
    json_t *json = json_loadb(
        text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &error);
    if (!json)
        return report(document, &error);
    document->parsed = json;
    document->release = release;
    struct scanner scanner = {document, text, (uint32_t)length, 0, 0};
    skip_between(&scanner);
    document->root = walk(&scanner, json);
    return document->root;
}
