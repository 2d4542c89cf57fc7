/* SPDX-License-Identifier: MIT */
/* paste.c: finds and blanks what quoting and terminals add to a text. */
#include "paste.h"

#include <string.h>

#define ESCAPE '\033'

struct line {
    const char *start, *stop; /* without the newline */
};

/* Takes the next line; false: there is none. */
static bool next_line(struct line *line, const char **at, const char *end)
{
    if (*at >= end)
        return false;
    const char *newline = memchr(*at, '\n', (size_t)(end - *at));
    *line = (struct line){*at, newline ? newline : end};
    *at = line->stop + 1;
    return true;
}

/* The end of a colour (ESC [ 1 ; 31 m, or ESC [ K after it); NULL: another sequence, which can hide
 * text. */
static const char *end_of_colour(const char *at, const char *end)
{
    if (++at == end || *at++ != '[')
        return NULL;
    while (at < end && ((*at >= '0' && *at <= '9') || *at == ';' || *at == ':'))
        at++;
    return at < end && (*at == 'm' || *at == 'K') ? at + 1 : NULL;
}

/* The first byte of a line that isn't blank and not in an escape sequence. */
static const char *first_visible(const struct line *line)
{
    const char *at = line->start, *after;
    for (; at < line->stop && (*at == ' ' || *at == '\t' || *at == '\r' || *at == ESCAPE);
         at = after) {
        after = *at == ESCAPE ? end_of_colour(at, line->stop) : at + 1;
        if (!after)
            break;
    }
    return at;
}

static bool begins(const char *at, const char *end, const char *word)
{
    size_t length = strlen(word);
    return (size_t)(end - at) >= length && !memcmp(at, word, length);
}

static bool is_fence(const struct line *line)
{
    const char *at = first_visible(line);
    return begins(at, line->stop, "```") || begins(at, line->stop, "~~~");
}

/* ---- what was added ---- */

static bool has_mark(const char *text, size_t length, const char *mark)
{
    const char *at = text, *end = text + length;
    bool any = false;
    for (struct line line; next_line(&line, &at, end);) {
        const char *visible = first_visible(&line);
        if (visible == line.stop)
            continue;
        if (!begins(visible, line.stop, mark))
            return false;
        any = true;
    }
    return any;
}

static bool has_fence(const char *text, size_t length)
{
    const char *at = text, *end = text + length;
    for (struct line line; next_line(&line, &at, end);)
        if (is_fence(&line))
            return true;
    return false;
}

bool paste_find(struct paste *paste, const char *text, size_t length)
{
    static const char *const marks[] = {">", "#", "//", ";"};
    *paste = (struct paste){0};
    if (!length || memchr(text, '\0', length))
        return false; /* bytes */
    paste->has_colours = memchr(text, ESCAPE, length);
    paste->has_fences = has_fence(text, length);
    for (size_t i = 0; i < sizeof marks / sizeof *marks && !paste->mark; i++) {
        paste->mark = has_mark(text, length, marks[i]) ? marks[i] : NULL;
        paste->is_comment = i > 0;
    }
    return paste->has_colours || paste->has_fences || paste->mark;
}

/* ---- blanks ---- */

static void blank(char *from, const char *to)
{
    memset(from, ' ', (size_t)(to - from));
}

static void blank_colours(char *text, size_t length)
{
    char *end = text + length;
    for (char *at = text; (at = memchr(at, ESCAPE, (size_t)(end - at)));) {
        const char *after = end_of_colour(at, end);
        if (after)
            blank(at, after);
        at++;
    }
}

static void blank_marks(char *text, size_t length, const char *mark)
{
    const char *at = text, *end = text + length;
    for (struct line line; next_line(&line, &at, end);) {
        const char *visible = first_visible(&line);
        if (visible < line.stop)
            blank(text + (visible - text), visible + strlen(mark));
    }
}

/* Is there a single fenced part, outside of which no block comment could quote it? Then the rest is
 * prose. */
static bool is_in_prose(const char *text, size_t length)
{
    const char *at = text, *end = text + length;
    unsigned fences = 0;
    for (struct line line; next_line(&line, &at, end);) {
        const char *slash = line.start;
        fences += is_fence(&line);
        while (!(fences & 1) && (slash = memchr(slash, '/', (size_t)(line.stop - slash))))
            if (begins(slash++, line.stop, "/*"))
                return false;
    }
    return fences <= 2;
}

static void blank_fences(char *text, size_t length)
{
    bool prose = is_in_prose(text, length), inside = false;
    const char *at = text, *end = text + length;
    for (struct line line; next_line(&line, &at, end);) {
        bool fence = is_fence(&line);
        inside ^= fence;
        if (fence || (prose && !inside))
            blank(text + (line.start - text), line.stop);
    }
}

void paste_blank(const struct paste *paste, char *text, size_t length)
{
    if (paste->has_colours)
        blank_colours(text, length);
    if (paste->mark)
        blank_marks(text, length, paste->mark);
    if (paste->has_fences || (paste->mark && has_fence(text, length)))
        blank_fences(text, length);
}
