/* SPDX-License-Identifier: MIT */
/* unit.c: splits unit files into lines, assignments and words. */
#include "unit.h"

#include <string.h>

static bool is_blank(int c)
{
    return c == ' ' || c == '\t';
}

/* A line ends at either byte, or at both of them. */
static bool is_end(int c)
{
    return c == '\n' || c == '\r' || c == -1;
}

static uint32_t end_length(const struct reading *reading, uint32_t ahead)
{
    int c = reading_peek(reading, ahead), next = reading_peek(reading, ahead + 1);
    if (c == -1 || !is_end(c))
        return 0;
    return next != c && next != -1 && is_end(next) ? 2 : 1;
}

static void take(struct reading *reading, uint32_t count)
{
    while (count-- > 0)
        reading_take(reading);
}

static void skip_blanks(struct reading *reading)
{
    while (is_blank(reading_peek(reading, 0)))
        reading_take(reading);
}

static void skip_line(struct reading *reading)
{
    while (!is_end(reading_peek(reading, 0)))
        reading_take(reading);
    take(reading, end_length(reading, 0));
}

static bool at_comment(const struct reading *reading)
{
    int c = reading_peek(reading, 0);
    return c == '#' || c == ';';
}

bool unit_start(struct unit *unit, struct cordon_tree *tree, const char *name)
{
    *unit = (struct unit){0};
    return reading_start(&unit->reading, tree, name);
}

bool unit_is(const struct unit_word *word, const char *text)
{
    return word->length == strlen(text) && !memcmp(word->text, text, word->length);
}

/* ---- words ---- */

/* The length of a backslash and the line end after it; 0: there is none here. */
static uint32_t continuation(const struct reading *reading)
{
    uint32_t line_end = end_length(reading, 1), before = 0;
    if (reading_peek(reading, 0) != '\\' || !line_end)
        return 0;
    while (before < reading->at && reading->text[reading->at - before - 1] == '\\')
        before++;
    return before % 2 ? 0 : line_end + 1; /* the backslash is itself escaped by another */
}

/* Advances to the next character of the value that isn't blank, across continued lines. */
static void skip_space(struct reading *reading)
{
    for (;;) {
        skip_blanks(reading);
        uint32_t hidden = continuation(reading);
        if (!hidden)
            return;
        take(reading, hidden);
        for (skip_blanks(reading); at_comment(reading); skip_blanks(reading))
            skip_line(reading);
    }
}

bool unit_word(struct unit *unit, struct unit_word *word)
{
    struct reading *reading = &unit->reading;
    skip_space(reading);
    uint32_t from = reading->at;
    for (int c = reading_peek(reading, 0); !is_end(c) && !is_blank(c) && !continuation(reading);
         c = reading_peek(reading, 0))
        reading_take(reading);
    uint32_t length = reading->at - from;
    *word = (struct unit_word){reading->text + from, length, reading_place(reading, from, length)};
    return length > 0;
}

/* ---- lines ---- */

/* Skips the rest of a value. */
static void skip_value(struct unit *unit)
{
    struct unit_word word;
    while (unit_word(unit, &word))
        ;
    skip_line(&unit->reading);
}

/* Takes the current line up to `end`; the result has no surrounding blanks. */
static struct unit_word take_until(struct reading *reading, char end)
{
    skip_blanks(reading);
    uint32_t from = reading->at, last = from;
    for (int c = reading_peek(reading, 0); !is_end(c) && c != end; c = reading_peek(reading, 0)) {
        reading_take(reading);
        if (!is_blank(c))
            last = reading->at;
    }
    return (struct unit_word){reading->text + from, last - from,
                              reading_place(reading, from, last - from)};
}

static bool take_section(struct unit *unit)
{
    struct unit_word line = take_until(&unit->reading, '\n');
    if (line.length < 2 || line.text[line.length - 1] != ']') {
        cordon_tree_error(unit->reading.tree, CORDON_E_SYNTAX, line.place, "[Service]",
                          "the section header has no \"]\"");
        return false;
    }
    line.text++, line.length -= 2;
    line.place.column++, line.place.length = line.length;
    unit->section = line;
    skip_line(&unit->reading);
    return true;
}

/* Is there an assignment? Otherwise the line is ignored. */
static bool take_key(struct unit *unit)
{
    struct reading *reading = &unit->reading;
    unit->key = take_until(reading, '=');
    if (reading_peek(reading, 0) != '=') {
        cordon_tree_warn(reading->tree, CORDON_LINT_IGNORED_TEXT, unit->key.place, NULL,
                         "systemd ignores a line without \"=\"");
        return false;
    }
    if (!unit->section.length) {
        cordon_tree_warn(reading->tree, CORDON_LINT_IGNORED_TEXT, unit->key.place,
                         "put [Service] before it",
                         "systemd ignores assignments outside of sections");
        return false;
    }
    reading_take(reading);
    return true;
}

bool unit_next(struct unit *unit)
{
    struct reading *reading = &unit->reading;
    if (unit->key.text)
        skip_value(unit);
    unit->key.text = NULL;
    while (reading_peek(reading, 0) != -1) {
        skip_blanks(reading);
        int c = reading_peek(reading, 0);
        if (c == '[') {
            if (!take_section(unit))
                return false;
        } else if (is_end(c) || at_comment(reading)) {
            skip_line(reading);
        } else if (take_key(unit)) {
            return true;
        } else {
            skip_value(unit);
        }
    }
    return false;
}
