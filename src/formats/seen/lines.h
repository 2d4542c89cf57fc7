/* SPDX-License-Identifier: MIT */
/* lines.h: pieces of the lines of traces and logs. */
#ifndef FORMATS_LINES_H
#define FORMATS_LINES_H

#include <stdbool.h>
#include <stddef.h>

/* Does `word` begin here? Where it begins next; NULL: nowhere. */
bool line_begins(const char *at, const char *end, const char *word);
const char *line_find(const char *at, const char *end, const char *word);
const char *line_skip_blanks(const char *at, const char *end);
bool line_is_digit(char c);
bool line_is_name(char c); /* of a call: a letter, a digit or _ */

#endif
