/* SPDX-License-Identifier: MIT */
/*
 * diag_print.c: prints a diagnostic as text: place, severity, text, the line with a caret, hint;
 * finds diagnostics that were printed already.
 */
#include <string.h>

#include "cordon/diag.h"

#define WHOLE  160u /* bytes of a line that is shown whole */
#define SHOWN  120u /* of one that is longer, */
#define BEFORE 40u  /* and as many of them before the column */

const char *cordon_severity_name(enum cordon_severity severity)
{
    static const char *const names[] = {
        [CORDON_NOTE] = "note", [CORDON_WARNING] = "warning", [CORDON_ERROR] = "error"};
    return names[severity];
}

static void print_number(struct cordon_sink *sink, uint32_t number)
{
    cordon_sink_decimal(sink, number);
    cordon_sink_text(sink, ":");
}

static void print_place(struct cordon_sink *sink, const struct cordon_diag *diag)
{
    cordon_sink_escaped(sink, diag->place.file ? diag->place.file : "cordon");
    cordon_sink_text(sink, ":");
    if (diag->place.file && diag->place.line) {
        print_number(sink, diag->place.line);
        print_number(sink, diag->place.column);
    }
    cordon_sink_text(sink, " ");
    if (diag->insn != CORDON_NO_INSN) {
        cordon_sink_text(sink, "instruction ");
        print_number(sink, diag->insn);
        cordon_sink_text(sink, " ");
    }
}

void cordon_diag_print_head(struct cordon_sink *sink, const struct cordon_diag *diag, bool color)
{
    static const char *const colors[] = {[CORDON_NOTE] = "\033[1;36m",
                                         [CORDON_WARNING] = "\033[1;35m",
                                         [CORDON_ERROR] = "\033[1;31m"};
    print_place(sink, diag);
    cordon_sink_text(sink, color ? colors[diag->severity] : "");
    cordon_sink_text(sink, cordon_severity_name(diag->severity));
    cordon_sink_text(sink, color ? ":\033[0m " : ": ");
}

/* ---- the line ---- */

struct window {
    uint32_t first, end; /* bytes of the line */
};

static bool is_inside_character(char byte) /* of UTF-8 */
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

static struct window window_of(const char *line, uint32_t length, uint32_t column)
{
    const char *nul = memchr(line, 0, length);
    struct window window = {0, nul ? (uint32_t)(nul - line) : length};
    if (window.end <= WHOLE)
        return window;
    uint32_t last = window.end - SHOWN;
    window.first = column > BEFORE ? column - BEFORE : 0;
    window.first = window.first < last ? window.first : last;
    window.end = window.first + SHOWN;
    while (window.first < window.end && is_inside_character(line[window.first]))
        window.first++;
    while (window.end < length && window.end > window.first &&
           is_inside_character(line[window.end]))
        window.end--;
    return window;
}

static void print_window(struct cordon_sink *sink, const char *line, uint32_t length,
                         struct window window)
{
    cordon_sink_text(sink, window.first ? "…" : "");
    sink->write(sink->context, line + window.first, window.end - window.first);
    cordon_sink_text(sink, window.end < length && line[window.end] ? "…" : "");
}

void cordon_line_print(struct cordon_sink *sink, const char *line, uint32_t length, uint32_t column)
{
    print_window(sink, line, length, window_of(line, length, column));
}

/* Keeps tabs, so that the caret is below the right character. */
static void print_caret(struct cordon_sink *sink, const struct cordon_place *place,
                        const char *line, uint32_t length)
{
    uint32_t column = place->column ? place->column - 1 : 0;
    struct window window = window_of(line, length, place->column);
    cordon_sink_text(sink, "    ");
    print_window(sink, line, length, window);
    cordon_sink_text(sink, window.first ? "\n     " : "\n    ");
    for (uint32_t i = window.first; i < column && i < window.end; i++)
        if (!is_inside_character(line[i]))
            cordon_sink_text(sink, line[i] == '\t' ? "\t" : " ");
    cordon_sink_text(sink, "^");
    for (uint32_t i = 1; i < place->length && column + i < window.end; i++)
        if (!is_inside_character(line[column + i]))
            cordon_sink_text(sink, "~");
    cordon_sink_text(sink, "\n");
}

/* ---- all of it ---- */

static void print_more(struct cordon_sink *sink, const char *what, const char *text)
{
    if (!text[0])
        return;
    cordon_sink_text(sink, "    ");
    cordon_sink_text(sink, what);
    cordon_sink_escaped(sink, text);
    cordon_sink_text(sink, "\n");
}

void cordon_diag_print(struct cordon_sink *sink, const struct cordon_diag *diag, const char *line,
                       uint32_t length, bool color)
{
    cordon_diag_print_head(sink, diag, color);
    cordon_sink_escaped(sink, diag->text);
    if (diag->lint) {
        cordon_sink_text(sink, " [");
        cordon_sink_text(sink, cordon_lint_row(diag->lint)->id);
        cordon_sink_text(sink, "]");
    }
    cordon_sink_text(sink, "\n");
    if (line && diag->place.line)
        print_caret(sink, &diag->place, line, length);
    print_more(sink, "", diag->hint);
    print_more(sink, "for example ", diag->example);
}

/* ---- repetitions ---- */

/* FNV-1a over a message and its place. */
static uint64_t hash_of(const struct cordon_diag *diag)
{
    uint64_t hash = 0xcbf29ce484222325u ^ diag->place.line ^ (uint64_t)diag->place.column << 32;
    const char *const texts[] = {diag->place.file ? diag->place.file : "", diag->text};
    for (int i = 0; i < 2; i++)
        for (const char *at = texts[i]; *at; at++)
            hash = (hash ^ (unsigned char)*at) * 0x100000001b3u;
    return hash;
}

bool cordon_diag_is_repeated(struct cordon_diag_history *history, const struct cordon_diag *diag)
{
    const uint32_t room = sizeof history->hashes / sizeof *history->hashes;
    uint64_t hash = hash_of(diag);
    for (uint32_t i = 0; i < history->count && i < room && diag->place.line; i++)
        if (history->hashes[i] == hash)
            return true;
    history->hashes[history->count++ % room] = hash;
    return false;
}
