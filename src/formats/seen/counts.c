/* SPDX-License-Identifier: MIT */
/* counts.c: tables of calls with their counts. */
#include "counts.h"

#include <string.h>

#include "lines.h"

#define MAX_COLUMNS 12u

struct word {
    const char *text;
    size_t length;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The words of a line, the last ones in the last place. */
static unsigned split(const char *at, const char *end, struct word words[MAX_COLUMNS])
{
    unsigned count = 0;
    for (;;) {
        while (at < end && is_blank(*at))
            at++;
        if (at == end)
            return count;
        const char *start = at;
        while (at < end && !is_blank(*at))
            at++;
        count += count < MAX_COLUMNS;
        words[count - 1] = (struct word){start, (size_t)(at - start)};
    }
}

static bool is(const struct word *word, const char *text)
{
    return word->length == strlen(text) && !memcmp(word->text, text, word->length);
}

bool counts_heading(const char *line, const char *end, bool *name_first)
{
    struct word words[MAX_COLUMNS];
    unsigned count = split(line, end, words);
    bool first = count > 1 && is(&words[0], "syscall"),
         last = count > 1 && is(&words[count - 1], "syscall"), calls = false;
    for (unsigned i = 0; i < count; i++)
        calls |= is(&words[i], "calls");
    if (!calls || (!first && !last))
        return false;
    *name_first = first;
    return true;
}

/* Below the heading: the units of perf's columns, and rulers. */
static bool is_ruler(const struct word *word)
{
    return word->text[0] == '-' || word->text[0] == '(';
}

bool counts_line(struct counts *counts, const char *line, const char *end, const char **name,
                 size_t *length)
{
    struct word words[MAX_COLUMNS];
    *name = NULL;
    if (counts_heading(line, end, &counts->name_first)) {
        counts->is_open = true;
        return true;
    }
    unsigned count = counts->is_open ? split(line, end, words) : 0;
    const struct word *call = &words[counts->name_first || !count ? 0 : count - 1];
    counts->is_open = count > 1 && !is(call, "total");
    if (count > 1 && counts->is_open && !is_ruler(&words[0])) {
        counts->any = true;
        *name = call->text;
        *length = call->length;
    }
    return count > 0;
}
