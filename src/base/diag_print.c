/* SPDX-License-Identifier: MIT */
/*
 * diag_print.c: prints a diagnostic as text: place, severity, text, the line with a caret, hint;
 * finds diagnostics that were printed already.
 */
#include <string.h>

#include "cordon/diag.h"

#define SHOWN 400u /* bytes of a line */

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

/* Keeps tabs, so that the caret is below the right character. */
static void print_caret(struct cordon_sink *sink, const struct cordon_place *place,
                        const char *line, uint32_t length)
{
    uint32_t shown = length < SHOWN ? length : SHOWN;
    uint32_t column = place->column ? place->column - 1 : 0;
    char text[SHOWN + 1];
    for (uint32_t i = 0; i < shown; i++) /* one column for each byte */
        text[i] = (line[i] & 0xe0) || line[i] == '\t' || !line[i] ? line[i] : '?';
    text[shown] = '\0';
    cordon_sink_text(sink, "    ");
    cordon_sink_text(sink, text);
    cordon_sink_text(sink, "\n    ");
    for (uint32_t i = 0; i < column && i < shown; i++)
        cordon_sink_text(sink, line[i] == '\t' ? "\t" : " ");
    cordon_sink_text(sink, "^");
    for (uint32_t i = 1; i < place->length && column + i < shown; i++)
        cordon_sink_text(sink, "~");
    cordon_sink_text(sink, "\n");
}

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
