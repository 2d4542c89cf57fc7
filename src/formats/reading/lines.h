/* SPDX-License-Identifier: MIT */
/* lines.h: the lines of a text, and pieces of a line. */
#ifndef FORMATS_LINES_H
#define FORMATS_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "cordon/diag.h"

struct lines {
    const char *line, *end;  /* the current one, without its newline */
    uint32_t number;         /* of it; the first is 1 */
    const char *next, *stop; /* what follows it, and the end of the text */
};

struct lines lines_of(const char *text, size_t length);
/* Goes to the next line; false: to the end of the text. */
bool lines_next(struct lines *lines);
/* The place of `length` bytes of the current line, in the text `name`. */
struct cordon_place lines_place(const struct lines *lines, const char *name, const char *at,
                                size_t length);

/* Does `word` begin here? Where it begins next; NULL: nowhere. */
bool line_begins(const char *at, const char *end, const char *word);
const char *line_find(const char *at, const char *end, const char *word);
const char *line_skip_blanks(const char *at, const char *end);

#endif
