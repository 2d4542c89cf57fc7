/* SPDX-License-Identifier: MIT */
/*
 * paste.h: what quoting and terminals add to a text: the fences of Markdown, the marks in front of
 * quoted or commented lines, and the escape sequences of colours.
 *
 * They become blanks, so that lines and columns stay.
 */
#ifndef INPUT_PASTE_H
#define INPUT_PASTE_H

#include <stdbool.h>
#include <stddef.h>

#include "cordon/diag.h"

struct paste {
    bool has_colours, has_fences;
    const char *mark; /* in front of every line: ">", "#", …; NULL: none */
    bool is_comment;  /* the mark also makes comments: it may only be removed from a program */
};

/* What was added to a text; false: nothing. */
bool paste_find(struct paste *paste, const char *text, size_t length);
/* Replaces it by blanks. */
void paste_blank(const struct paste *paste, char *text, size_t length);

#endif
