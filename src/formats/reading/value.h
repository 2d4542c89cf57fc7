/* SPDX-License-Identifier: MIT */
/*
 * value.h: JSON and YAML texts as a tree of values with their places, for the readers.
 *
 * Parsing is left to libraries; they check the grammar and undo escapes. Values and texts live in
 * the policy's arena.
 */
#ifndef FORMATS_VALUE_H
#define FORMATS_VALUE_H

#include "cordon/formats.h"
#include "cordon/tree.h"

enum value_kind { VALUE_NULL, VALUE_BOOL, VALUE_NUMBER, VALUE_TEXT, VALUE_LIST, VALUE_MAP };

struct value {
    enum value_kind kind;
    bool truth;                    /* BOOL */
    const char *key;               /* of a map's member, NUL terminated */
    const char *text;              /* TEXT; NUMBER: as it was written, not NUL terminated */
    uint32_t key_length, length;   /* of these */
    uint32_t line, column, size;   /* its place */
    uint32_t key_line, key_column; /* the place of its key */
    const struct value *first;     /* LIST, MAP: of its members */
    const struct value *next;
};

#define VALUE_MAX_BYTES   (4u << 20) /* of a text: larger than any profile */
#define VALUE_MAX_DEPTH   64u        /* of lists and maps: deeper than any profile */
#define VALUE_MAX_MEMBERS 1024u      /* of a map: each is compared with all before it */

struct document {
    struct cordon_tree *tree;
    const struct value *root; /* YAML: of the first document; the others follow it */
};

/* Parses the text that the tree began with; false: reported. */
bool document_from_json(struct document *document, struct cordon_tree *tree, const char *text,
                        size_t length);
bool document_from_yaml(struct document *document, struct cordon_tree *tree, const char *text,
                        size_t length);
/* A reader of a format: `load` parses the text, `read` adds its meaning to the tree. */
struct document_reader {
    bool (*load)(struct document *document, struct cordon_tree *tree, const char *text,
                 size_t length);
    void (*read)(struct document *document, const struct cordon_format_options *options);
};
enum cordon_error document_read(const struct document_reader *reader, struct cordon_policy **policy,
                                const char *text, size_t length, const char *name,
                                const struct cordon_format_options *options,
                                struct cordon_reporter *reporter);
/* Does it begin like a JSON object? */
bool document_is_object(const char *text, size_t length);

/* For the two parsers: starts the document, or reports that the text is too large. */
bool document_begin(struct document *document, struct cordon_tree *tree, size_t length);
/* The number of bytes up to the first one that isn't part of a valid UTF-8 character. */
size_t value_utf8(const char *text, size_t length);
/* Zeroed memory that lives as long as the policy; NULL: reported. */
void *document_memory(struct document *document, size_t size);
/* A copy of a text, NUL terminated, in the same memory. */
char *document_text(struct document *document, const char *text, size_t length);
struct cordon_place value_place(const struct document *document, const struct value *value);
/* The same of its key. */
struct cordon_place key_place(const struct document *document, const struct value *value);

/* The member of a map, or NULL; `value` may be NULL. */
const struct value *value_member(const struct value *map, const char *key);
const struct value *value_member_of(const struct value *map, const char *key, uint32_t length);
/* Is it of this kind? Otherwise reports an error; `what` is the expected kind. */
bool value_is(const struct document *document, const struct value *value, enum value_kind kind,
              const char *what);
/* A member that may be missing or null (NULL); one of another kind is an error (NULL, reported). */
const struct value *value_optional(const struct document *document, const struct value *map,
                                   const char *key, enum value_kind kind);
/* A whole number up to `max`; false: reported. */
bool value_number(const struct document *document, const struct value *value, uint64_t max,
                  const char *what, uint64_t *number);
bool value_equals(const struct value *value, const char *text);
/* Adds the name of a part of the text to a hint: "--part NAME, NAME, …" */
void value_add_part(char *hint, size_t size, const char *name);
/* Warns of members that aren't among `known` (ends with NULL). If only the case differs it is an
 * error, because some readers of JSON ignore the case. */
void value_warn_unknown(const struct document *document, const struct value *map,
                        const char *const *known);

#endif
