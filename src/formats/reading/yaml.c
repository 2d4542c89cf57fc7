/* SPDX-License-Identifier: MIT */
/* yaml.c: parses YAML texts into values, from libyaml's events. It refuses anchors, aliases and
 * tags, which profiles don't need. */
#include <string.h>
#include <yaml.h>

#include "value.h"

struct builder {
    struct document *document;
    yaml_parser_t parser;
    yaml_event_t event; /* the current event */
    bool has_event;
    uint32_t depth;
};

static struct value value_at(yaml_mark_t mark, enum value_kind kind)
{
    return (struct value){.kind = kind,
                          .line = (uint32_t)mark.line + 1,
                          .column = (uint32_t)mark.column + 1,
                          .size = 1};
}

static bool fail_at(struct builder *builder, yaml_mark_t mark, enum cordon_error why,
                    const char *what)
{
    struct value value = value_at(mark, VALUE_NULL);
    cordon_tree_error(builder->document->tree, why, value_place(builder->document, &value), NULL,
                      "unsupported YAML: %s", what);
    return false;
}

static bool next_event(struct builder *builder)
{
    if (builder->has_event)
        yaml_event_delete(&builder->event);
    builder->has_event = yaml_parser_parse(&builder->parser, &builder->event);
    if (builder->has_event)
        return true;
    if (builder->parser.error == YAML_MEMORY_ERROR)
        return fail_at(builder, builder->parser.mark, CORDON_E_NO_MEMORY, "out of memory");
    return fail_at(builder, builder->parser.problem_mark, CORDON_E_SYNTAX,
                   builder->parser.problem ? builder->parser.problem : "it cannot be parsed");
}

/* A number with a leading 0 would be octal. */
static enum value_kind kind_of_plain(const char *text, size_t length)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    static const char *const bools[] = {"true", "True", "TRUE", "false", "False", "FALSE"};
    for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++)
        if (!strcmp(text, nulls[i]))
            return VALUE_NULL;
    for (size_t i = 0; i < sizeof bools / sizeof *bools; i++)
        if (!strcmp(text, bools[i]))
            return VALUE_BOOL;
    size_t digits = text[0] == '-' || text[0] == '+';
    bool octal = length > digits + 1 && text[digits] == '0' && text[digits + 1] != '.';
    return length > digits && !octal &&
                   strspn(text + digits, "0123456789.eE+-") == length - digits &&
                   strchr("0123456789", text[digits])
               ? VALUE_NUMBER
               : VALUE_TEXT;
}

static bool set_scalar(struct builder *builder, struct value *value)
{
    const char *text = (const char *)builder->event.data.scalar.value;
    size_t length = builder->event.data.scalar.length;
    bool plain = builder->event.data.scalar.plain_implicit;
    value->kind = VALUE_TEXT;
    if (memchr(text, '\0', length))
        return fail_at(builder, builder->event.start_mark, CORDON_E_SYNTAX, "a NUL character");
    if (plain && builder->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        value->kind = kind_of_plain(text, length);
    value->truth = value->kind == VALUE_BOOL && strchr("tT", text[0]);
    value->text = document_text(builder->document, text, length);
    if (!value->text)
        return false;
    value->length = (uint32_t)length;
    yaml_mark_t end = builder->event.end_mark; /* only the first line counts */
    value->size = end.line + 1 == value->line ? (uint32_t)end.column + 1 - value->column : 1;
    return true;
}

static bool has_extras(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return event->data.scalar.anchor || event->data.scalar.tag;
    case YAML_SEQUENCE_START_EVENT:
        return event->data.sequence_start.anchor || event->data.sequence_start.tag;
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.anchor || event->data.mapping_start.tag;
    default:
        return true;
    }
}

static struct value *build(struct builder *builder);

static bool build_list(struct builder *builder, struct value *list)
{
    const struct value **link = &list->first;
    while (next_event(builder) && builder->event.type != YAML_SEQUENCE_END_EVENT) {
        struct value *value = build(builder);
        if (!value)
            return false;
        *link = value;
        link = &value->next;
    }
    return builder->has_event;
}

static struct value *build_member(struct builder *builder, const struct value *map)
{
    struct value key = value_at(builder->event.start_mark, VALUE_TEXT);
    const char *wrong = NULL;
    if (builder->event.type != YAML_SCALAR_EVENT || has_extras(&builder->event))
        wrong = "a key is a word";
    else if (!set_scalar(builder, &key))
        return NULL;
    else if (value_member_of(map, key.text, key.length))
        wrong = "duplicate key";
    if (wrong)
        (void)fail_at(builder, builder->event.start_mark, CORDON_E_SYNTAX, wrong);
    if (wrong || !next_event(builder))
        return NULL;
    struct value *member = build(builder);
    if (member) {
        member->key = key.text;
        member->key_length = key.length;
        member->key_line = key.line;
        member->key_column = key.column;
    }
    return member;
}

static bool build_map(struct builder *builder, struct value *map)
{
    const struct value **link = &map->first;
    uint32_t count = 0;
    while (next_event(builder) && builder->event.type != YAML_MAPPING_END_EVENT) {
        if (count++ == VALUE_MAX_MEMBERS)
            return fail_at(builder, builder->event.start_mark, CORDON_E_BUDGET,
                           "a map with too many keys");
        struct value *member = build_member(builder, map);
        if (!member)
            return false;
        *link = member;
        link = &member->next;
    }
    return builder->has_event;
}

/* The value that begins with the current event. */
static struct value *build(struct builder *builder)
{
    struct value *value = document_memory(builder->document, sizeof *value);
    if (!value)
        return NULL;
    yaml_mark_t start = builder->event.start_mark;
    *value = value_at(start, VALUE_NULL);
    bool good;
    if (has_extras(&builder->event))
        good =
            fail_at(builder, start, CORDON_E_SYNTAX, "anchors, aliases and tags are not supported");
    else if (builder->event.type == YAML_SCALAR_EVENT)
        return set_scalar(builder, value) ? value : NULL;
    else if (++builder->depth > VALUE_MAX_DEPTH)
        good = fail_at(builder, start, CORDON_E_BUDGET, "nested too deep");
    else if (builder->event.type == YAML_SEQUENCE_START_EVENT) {
        value->kind = VALUE_LIST;
        good = build_list(builder, value);
    } else {
        value->kind = VALUE_MAP;
        good = build_map(builder, value);
    }
    builder->depth--;
    return good ? value : NULL;
}

/* One document or more: a list. */
static bool build_roots(struct builder *builder)
{
    const struct value **link = &builder->document->root;
    if (!next_event(builder))
        return false;
    while (next_event(builder) && builder->event.type == YAML_DOCUMENT_START_EVENT) {
        struct value *value = next_event(builder) ? build(builder) : NULL;
        if (!value || !next_event(builder))
            return false;
        *link = value;
        link = &value->next;
    }
    if (builder->has_event && !builder->document->root)
        return fail_at(builder, builder->event.start_mark, CORDON_E_SYNTAX, "it is empty");
    return builder->has_event;
}

bool document_from_yaml(struct document *document, struct cordon_tree *tree, const char *text,
                        size_t length)
{
    struct builder builder = {.document = document};
    if (!document_begin(document, tree, length))
        return false;
    if (!yaml_parser_initialize(&builder.parser)) {
        cordon_tree_error(tree, CORDON_E_NO_MEMORY, (struct cordon_place){.file = tree->name}, NULL,
                          "out of memory");
        return false;
    }
    yaml_parser_set_encoding(&builder.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&builder.parser, (const unsigned char *)text, length);
    bool good = build_roots(&builder);
    if (builder.has_event)
        yaml_event_delete(&builder.event);
    yaml_parser_delete(&builder.parser);
    return good;
}
