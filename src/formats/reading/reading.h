/* SPDX-License-Identifier: MIT */
/*
 * reading.h: shared by readers of other languages: a text with its current line, numbers in C's
 * syntax, suggestions, and included texts.
 */
#ifndef FORMATS_READING_H
#define FORMATS_READING_H

#include <stdarg.h>

#include "cordon/formats.h"
#include "cordon/tree.h"

#define READING_MAX_INCLUDES 1000u       /* includes of one policy, at any depth */
#define READING_MAX_BYTES    (64u << 20) /* bytes of all of them */

struct reading {
    struct cordon_tree *tree;
    const char *name; /* as in places */
    const char *text;
    uint32_t length, at;
    uint32_t line, line_start;
};

/* Opens the text that the tree knows as `name`; false, reported: it has characters that no text
 * has. */
bool reading_start(struct reading *reading, struct cordon_tree *tree, const char *name);
/* The byte `ahead` of the current position; -1: the end. */
int reading_peek(const struct reading *reading, uint32_t ahead);
/* Takes one byte and counts lines. */
void reading_take(struct reading *reading);
/* The place of `length` bytes from offset `from` on, in the current line. */
struct cordon_place reading_place(const struct reading *reading, uint32_t from, uint32_t length);

/* Takes an operator of two characters, or one byte, and returns it. */
enum { READING_OR = 0x100, READING_AND, READING_EQ, READING_NE, READING_LE, READING_GE };
int reading_punct(struct reading *reading);

bool reading_is_letter(int c); /* or _ */
bool reading_is_digit(int c);
bool reading_is_word(int c); /* one of both */

/* Parses a decimal, 0x hexadecimal, 0b binary or 0 octal number, all of the text. NULL, or what
 * is wrong. */
const char *reading_number(const char *text, uint32_t length, uint64_t *value);
/* The text of a word for messages: at most 64 bytes of it. */
#define READING_WORD(text, length) (int)((length) < 64 ? (length) : 64), (text)

/* "did you mean …?" into hint (at least 160 bytes); empty if no name is near, or if the error
 * would not be reported. */
void reading_suggest(const struct cordon_tree *tree, char *hint, const char *name, uint32_t length,
                     uint32_t count, const char *(*nth)(uint32_t index));
void reading_suggest_call(const struct cordon_tree *tree, char *hint, const char *name,
                          uint32_t length);

/* Reports the first error of a statement; further ones may follow from it. `hint` may be empty
 * or NULL. */
void reading_error(struct cordon_tree *tree, bool *failed, enum cordon_error code,
                   struct cordon_place place, const char *hint, const char *format, va_list args)
    __attribute__((format(printf, 6, 0)));

/* The name of a text in the folder of another one, unless it is absolute; false: too long. */
bool reading_beside(char *whole, size_t room, const char *from, const char *path, uint32_t length);
/*
 * Opens what the text `from` includes; a relative name starts at the folder of `from`. The name of
 * the new text, or NULL: reported.
 */
const char *reading_include(struct cordon_tree *tree, const struct cordon_format_options *options,
                            const char *from, const char *path, uint32_t length,
                            struct cordon_place place);

/* A constant expression in the tree's memory; NULL: error. */
const struct cordon_expr *reading_expr(struct cordon_tree *tree, struct cordon_expr expr);

/* All, or any, of some conditions, as a tree of logarithmic depth. Uses up the array. */
const struct cordon_cond *reading_all(struct cordon_tree *tree, const struct cordon_cond **conds,
                                      uint32_t count);
const struct cordon_cond *reading_any(struct cordon_tree *tree, const struct cordon_cond **conds,
                                      uint32_t count);

#endif
