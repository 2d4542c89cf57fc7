/* SPDX-License-Identifier: MIT */
/*
 * diag.h: diagnostics: what is wrong, where, and what to do about it.
 *
 * A diagnostic is a plain value owned by the caller, so reporting an error never allocates. A
 * function that reports at most one takes `struct cordon_diag *diag` as its last parameter (NULL:
 * ignored) and fills it only if it fails. A function that can report many (the policy
 * reader continues after an error) takes `struct cordon_reporter *`.
 *
 * Thread safety: values; no global state.
 */
#ifndef CORDON_DIAG_H
#define CORDON_DIAG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "cordon/api.h"
#include "cordon/error.h"
#include "cordon/lint.h"
#include "cordon/sink.h"

CORDON_BEGIN

#define CORDON_NO_INSN UINT32_MAX

/* A place in a text. Lines and columns count from 1, columns in bytes; line 0: no place known. */
struct cordon_place {
    const char *file; /* borrowed: lives as long as the thing that was read; NULL: none */
    uint32_t line;
    uint32_t column;
    uint32_t length; /* bytes to underline; 0 as 1 */
};

struct cordon_diag {
    enum cordon_error code;
    enum cordon_severity severity;
    enum cordon_lint lint; /* what it warns of; NONE: an error, or a remark */
    struct cordon_place place;
    uint32_t insn; /* index of the BPF instruction, or CORDON_NO_INSN */
    char text[256];
    char hint[160];    /* what to do about it ("did you mean openat?"); empty: nothing */
    char example[160]; /* a call that shows it; empty: none */
};

/*
 * Receives many diagnostics. `report` gets each with the text of its line (not NUL terminated,
 * without the newline; NULL when there is none), both borrowed for the call. The counters are kept
 * by cordon_reporter_add().
 */
struct cordon_reporter {
    void (*report)(void *context, const struct cordon_diag *diag, const char *line,
                   uint32_t length);
    void *context;
    uint32_t errors;
    uint32_t warnings;
};

/* Fills *diag (NULL allowed) from a printf format, cutting what is too long; returns `code`. */
enum cordon_error cordon_diag_set(struct cordon_diag *diag, enum cordon_error code,
                                  const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Prints a diagnostic as lines of text: the place ("cordon" if there is none), the severity and the
 * text; the line of the place (`length` bytes, not NUL terminated; NULL: none), as
 * cordon_line_print() does, with a caret below; the hint. `color`: the severity is coloured, for a
 * terminal.
 */
void cordon_diag_print(struct cordon_sink *sink, const struct cordon_diag *diag, const char *line,
                       uint32_t length, bool color);
/* Prints a line, or if it is long, the part around a column, with "…" where it is cut. */
void cordon_line_print(struct cordon_sink *sink, const char *line, uint32_t length,
                       uint32_t column);
/* Only what precedes the text, with a space at the end: for a text that is longer. */
void cordon_diag_print_head(struct cordon_sink *sink, const struct cordon_diag *diag, bool color);
/* "note", "warning", "error". */
const char *cordon_severity_name(enum cordon_severity severity);

/* The last diagnostics that were printed. Starts as zeros. */
struct cordon_diag_history {
    uint64_t hashes[200];
    uint32_t count;
};
/*
 * Whether this diagnostic with a line is in the history; otherwise it is added. A message can come
 * once for each of several calls or ABIs of a rule.
 */
bool cordon_diag_is_repeated(struct cordon_diag_history *history, const struct cordon_diag *diag);

/* Passes *diag to the reporter (NULL: dropped) and counts it. */
void cordon_reporter_add(struct cordon_reporter *reporter, const struct cordon_diag *diag,
                         const char *line, uint32_t length);

/* A text that was read. Places refer to it by its `name` pointer, not by the characters. */
struct cordon_text {
    const char *name;
    const char *text; /* not NUL terminated */
    uint32_t length;
    uint32_t comment_count; /* of those that hide lints */
    const struct cordon_lint_comment *comments;
};

/* The line of `place` in one of `count` texts, without its newline; NULL: none of them has it. */
const char *cordon_text_line(const struct cordon_text *texts, uint32_t count,
                             struct cordon_place place, uint32_t *length);

/* A diagnostic without its text. */
struct cordon_message {
    enum cordon_severity severity;
    enum cordon_error code; /* CORDON_OK for a warning */
    enum cordon_lint lint;
    struct cordon_place place;
    const char *hint;                /* NULL: none */
    const char *example;             /* NULL: none */
    const struct cordon_text *texts; /* one of them may have the line of `place` */
    uint32_t text_count;
};

/* The message of a lint, with the severity of its row. `hint` may be NULL. */
struct cordon_message cordon_lint_message(enum cordon_lint lint, struct cordon_place place,
                                          const char *hint);

/*
 * Formats a diagnostic, finds the line that it quotes and passes it to the reporter (NULL:
 * dropped). If the reporter only counts, nothing is formatted. A lint that a comment in its text
 * hides (lint.h) is dropped.
 */
void cordon_reporter_tell(struct cordon_reporter *reporter, const struct cordon_message *message,
                          const char *format, ...) __attribute__((format(printf, 3, 4)));
void cordon_reporter_vtell(struct cordon_reporter *reporter, const struct cordon_message *message,
                           const char *format, va_list args) __attribute__((format(printf, 3, 0)));

/* strcmp(3) of a text that isn't NUL terminated, and may hold anything, with a name. */
int cordon_name_compare(const char *text, uint32_t length, const char *name);

/* Edit distance (insert, delete, replace and swap cost 1 each) between two names; `limit` if it
 * isn't below. */
uint32_t cordon_name_distance(const char *a, uint32_t a_length, const char *b, uint32_t b_length,
                              uint32_t limit);

/* The one of `count` names that is nearest, for "did you mean …?"; NULL: none is near. */
const char *cordon_name_nearest(const char *name, uint32_t length, uint32_t count,
                                const char *(*nth)(uint32_t index));

CORDON_END

#endif
