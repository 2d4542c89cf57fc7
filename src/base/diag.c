/* SPDX-License-Identifier: MIT */
/* diag.c: fills diagnostics, reports them, and finds the nearest name for their hints. */
#include "cordon/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum cordon_error cordon_diag_set(struct cordon_diag *diag, enum cordon_error code,
                                  const char *format, ...)
{
    if (!diag)
        return code;
    memset(diag, 0, sizeof *diag);
    diag->code = code;
    diag->severity = CORDON_ERROR;
    diag->insn = CORDON_NO_INSN;
    va_list args;
    va_start(args, format);
    vsnprintf(diag->text, sizeof diag->text, format, args);
    va_end(args);
    return code;
}

void cordon_reporter_add(struct cordon_reporter *reporter, const struct cordon_diag *diag,
                         const char *line, uint32_t length)
{
    if (!reporter)
        return;
    if (diag->severity == CORDON_ERROR)
        reporter->errors++;
    else if (diag->severity == CORDON_WARNING)
        reporter->warnings++;
    if (reporter->report)
        reporter->report(reporter->context, diag, line, length);
}

static const char *find_line(const struct cordon_text *text, uint32_t number, uint32_t *length)
{
    const char *line = text->text, *end = text->text + text->length;
    for (uint32_t at = 1; at < number; at++) {
        line = memchr(line, '\n', (size_t)(end - line));
        if (!line)
            return NULL;
        line++;
    }
    const char *newline = memchr(line, '\n', (size_t)(end - line));
    *length = (uint32_t)((newline ? newline : end) - line);
    return line;
}

/* The text that a place is in; NULL: none of these. */
static const struct cordon_text *text_of(const struct cordon_text *texts, uint32_t count,
                                         struct cordon_place place)
{
    for (uint32_t i = 0; i < count; i++)
        if (texts[i].name == place.file)
            return &texts[i];
    return NULL;
}

const char *cordon_text_line(const struct cordon_text *texts, uint32_t count,
                             struct cordon_place place, uint32_t *length)
{
    const struct cordon_text *text = place.line ? text_of(texts, count, place) : NULL;
    return text ? find_line(text, place.line, length) : NULL;
}

struct cordon_message cordon_lint_message(enum cordon_lint lint, struct cordon_place place,
                                          const char *hint)
{
    return (struct cordon_message){
        .severity = cordon_lint_row(lint)->severity, .lint = lint, .place = place, .hint = hint};
}

/* Does a comment in the text of its place hide this lint? */
static bool is_ignored(const struct cordon_message *message)
{
    const struct cordon_text *text =
        message->lint ? text_of(message->texts, message->text_count, message->place) : NULL;
    return text && cordon_lint_is_ignored(message->lint, text->comments, text->comment_count,
                                          message->place.line);
}

void cordon_reporter_vtell(struct cordon_reporter *reporter, const struct cordon_message *message,
                           const char *format, va_list args)
{
    struct cordon_diag diag = {.code = message->code,
                               .severity = message->severity,
                               .lint = message->lint,
                               .place = message->place,
                               .insn = CORDON_NO_INSN};
    const char *line = NULL;
    uint32_t length = 0;
    if (is_ignored(message))
        return;
    if (reporter && reporter->report) {
        vsnprintf(diag.text, sizeof diag.text, format, args);
        snprintf(diag.hint, sizeof diag.hint, "%s", message->hint ? message->hint : "");
        snprintf(diag.example, sizeof diag.example, "%s", message->example ? message->example : "");
        line = cordon_text_line(message->texts, message->text_count, message->place, &length);
    }
    cordon_reporter_add(reporter, &diag, line, length);
}

void cordon_reporter_tell(struct cordon_reporter *reporter, const struct cordon_message *message,
                          const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cordon_reporter_vtell(reporter, message, format, args);
    va_end(args);
}

int cordon_name_compare(const char *text, uint32_t length, const char *name)
{
    for (uint32_t i = 0; i < length; i++) {
        if (text[i] != name[i] || !name[i])
            return (unsigned char)text[i] < (unsigned char)name[i] ? -1 : 1;
    }
    return name[length] ? -1 : 0;
}

#define MAX_NAME 64u /* no name in the tables is longer, so longer input has no near name */

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Keeps three rows of the edit matrix: a swap needs the one before the last. Most pairs end early:
 * by their lengths, or after two rows in which every number is the limit or above. */
uint32_t cordon_name_distance(const char *a, uint32_t a_length, const char *b, uint32_t b_length,
                              uint32_t limit)
{
    uint32_t longer = a_length > b_length ? a_length : b_length, before = 0;
    if (longer > MAX_NAME || longer - smaller(a_length, b_length) >= limit)
        return limit;
    uint32_t matrix[3][MAX_NAME + 1];
    for (uint32_t j = 0; j <= b_length; j++)
        matrix[0][j] = j;
    for (uint32_t i = 1; i <= a_length; i++) {
        uint32_t *row = matrix[i % 3];
        const uint32_t *above = matrix[(i + 2) % 3];
        const uint32_t *two_above = matrix[(i + 1) % 3];
        uint32_t least = row[0] = i;
        for (uint32_t j = 1; j <= b_length; j++) {
            uint32_t replaced = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = smaller(replaced, smaller(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = smaller(row[j], two_above[j - 2] + 1);
            least = smaller(least, row[j]);
        }
        if (least >= limit && before >= limit)
            return limit;
        before = least;
    }
    return smaller(matrix[a_length % 3][b_length], limit);
}

/* A third of the letters may differ; in the shortest names, one. */
const char *cordon_name_nearest(const char *name, uint32_t length, uint32_t count,
                                const char *(*nth)(uint32_t index))
{
    uint32_t best = length < 4 ? 2 : length / 3 + 1;
    const char *nearest = NULL;
    for (uint32_t i = 0; i < count; i++) {
        const char *candidate = nth(i);
        uint32_t distance =
            cordon_name_distance(name, length, candidate, (uint32_t)strlen(candidate), best);
        if (distance < best) {
            best = distance;
            nearest = candidate;
        }
    }
    return nearest;
}
