/* SPDX-License-Identifier: MIT */
/* lint.c: the table of lints, and the comments that hide them. */
#include "cordon/lint.h"

#include <stdlib.h>
#include <string.h>

/* ---- the table ---- */

const struct cordon_lint_row *cordon_lint_row(enum cordon_lint lint)
{
    static const struct cordon_lint_row rows[] = {
#define LINT(name, id, severity, summary) {id, CORDON_##severity, summary},
#include "cordon/lints.def"
#undef LINT
    };
    return lint > CORDON_LINT_NONE && lint < CORDON_LINT_END ? &rows[lint - 1] : NULL;
}

enum cordon_lint cordon_lint_by_id(const char *id, size_t length)
{
    for (enum cordon_lint lint = CORDON_LINT_NONE + 1; lint < CORDON_LINT_END; lint++) {
        const char *known = cordon_lint_row(lint)->id;
        if (strlen(known) == length && !memcmp(known, id, length))
            return lint;
    }
    return CORDON_LINT_NONE;
}

/* ---- comments ---- */

#define MARK    "cordon: ignore"
#define MAX_IDS 64u /* of one comment */

struct comments {
    void (*id)(void *context, const char *id, size_t length, uint32_t first, uint32_t last);
    void *context;
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool begins_with(const char *at, const char *end, const char *word)
{
    size_t length = strlen(word);
    return (size_t)(end - at) >= length && !memcmp(at, word, length);
}

/* Is there nothing but signs of a comment? JSON has no comments, but profiles may have a key
 * "comment". */
static bool is_blank(const char *at, const char *end)
{
    while (at < end) {
        if (begins_with(at, end, "comment"))
            at += strlen("comment");
        else if (is_letter(*at))
            return false;
        else
            at++;
    }
    return true;
}

static void pass_ids(const struct comments *comments, const char *at, const char *end,
                     uint32_t first, uint32_t last)
{
    for (unsigned count = 0; at < end && count < MAX_IDS; count++) {
        while (at < end && (*at == ' ' || *at == ',' || *at == '\t'))
            at++;
        const char *id = at;
        while (at < end && (is_letter(*at) || *at == '-'))
            at++;
        if (at == id)
            return;
        comments->id(comments->context, id, (size_t)(at - id), first, last);
    }
}

static void read_line(const struct comments *comments, const char *line, const char *end,
                      uint32_t number)
{
    for (const char *at = line; (at = memchr(at, MARK[0], (size_t)(end - at))); at++) {
        if (!begins_with(at, end, MARK))
            continue;
        const char *ids = at + strlen(MARK);
        if (begins_with(ids, end, "-file"))
            pass_ids(comments, ids + strlen("-file"), end, 0, UINT32_MAX);
        else
            pass_ids(comments, ids, end, number, number + is_blank(line, at));
        return;
    }
}

void cordon_lint_comments(const char *text, size_t length,
                          void (*id)(void *context, const char *id, size_t length,
                                     uint32_t first_line, uint32_t last_line),
                          void *context)
{
    const struct comments comments = {id, context};
    const char *end = text + length;
    uint32_t number = 1;
    for (const char *line = text; line < end; number++) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        read_line(&comments, line, newline ? newline : end, number);
        line = newline ? newline + 1 : end;
    }
}

#define MAX_WHOLE 256u /* comments for the whole text: each lint is compared with all of them */

struct reading {
    struct cordon_lint_comment *comments;
    uint32_t count, room, whole;
};

static void note_comment(void *context, const char *id, size_t length, uint32_t first,
                         uint32_t last)
{
    struct reading *reading = context;
    enum cordon_lint lint = cordon_lint_by_id(id, length);
    reading->whole += last == UINT32_MAX;
    if (lint == CORDON_LINT_NONE || (last == UINT32_MAX && reading->whole > MAX_WHOLE))
        return;
    if (reading->count < reading->room)
        reading->comments[reading->count] = (struct cordon_lint_comment){first, last, lint};
    reading->count++;
}

/* Comments for the whole text come first: their line is 0. */
static int compare_lines(const void *a, const void *b)
{
    uint32_t first = ((const struct cordon_lint_comment *)a)->first_line;
    uint32_t second = ((const struct cordon_lint_comment *)b)->first_line;
    return (first > second) - (first < second);
}

uint32_t cordon_lint_comments_read(const char *text, size_t length,
                                   struct cordon_lint_comment *comments, uint32_t room)
{
    struct reading reading = {comments, 0, room, 0};
    cordon_lint_comments(text, length, note_comment, &reading);
    uint32_t kept = reading.count < room ? reading.count : room;
    if (kept)
        qsort(comments, kept, sizeof *comments, compare_lines);
    return reading.count;
}

/* The first comment that isn't for lines before `line` alone. */
static uint32_t first_for(const struct cordon_lint_comment *comments, uint32_t count, uint32_t line)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (comments[middle].first_line + 1 < line)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool cordon_lint_is_ignored(enum cordon_lint lint, const struct cordon_lint_comment *comments,
                            uint32_t count, uint32_t line)
{
    for (uint32_t i = 0; i < count && comments[i].last_line == UINT32_MAX; i++)
        if (comments[i].lint == lint)
            return true;
    for (uint32_t i = first_for(comments, count, line); i < count && comments[i].first_line <= line;
         i++)
        if (line && comments[i].last_line >= line && comments[i].lint == lint)
            return true;
    return false;
}
