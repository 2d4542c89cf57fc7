/* SPDX-License-Identifier: MIT */
/* lines.c: the lines of a text, and pieces of a line. */
#include "lines.h"

#include <string.h>

struct lines lines_of(const char *text, size_t length)
{
    return (struct lines){.line = text, .end = text, .next = text, .stop = text + length};
}

bool lines_next(struct lines *lines)
{
    bool more = lines->next < lines->stop;
    size_t left = (size_t)(lines->stop - lines->next);
    const char *newline = more ? memchr(lines->next, '\n', left) : NULL;
    lines->line = lines->next;
    lines->end = newline ? newline : lines->stop;
    lines->next = newline ? newline + 1 : lines->stop;
    lines->number++;
    return more;
}

struct cordon_place lines_place(const struct lines *lines, const char *name, const char *at,
                                size_t length)
{
    return (struct cordon_place){name, lines->number, (uint32_t)(at - lines->line) + 1,
                                 (uint32_t)length};
}

bool line_begins(const char *at, const char *end, const char *word)
{
    size_t length = strlen(word);
    return (size_t)(end - at) >= length && !memcmp(at, word, length);
}

const char *line_find(const char *at, const char *end, const char *word)
{
    return memmem(at, (size_t)(end - at), word, strlen(word));
}

const char *line_skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at;
}
