/* SPDX-License-Identifier: MIT */
/*
 * lint.h: lints, which are what cordon warns of in a policy or filter; lints.def lists them.
 *
 * Thread safety: constant tables; functions of their arguments.
 */
#ifndef CORDON_LINT_H
#define CORDON_LINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cordon/api.h"

CORDON_BEGIN

#define LINT(name, id, severity, summary) CORDON_LINT_##name,
enum cordon_lint {
    CORDON_LINT_NONE,
#include "cordon/lints.def"
    CORDON_LINT_END
};
#undef LINT

enum cordon_severity { CORDON_NOTE, CORDON_WARNING, CORDON_ERROR };

struct cordon_lint_row {
    const char *id; /* "dead-rule" */
    enum cordon_severity severity;
    const char *summary;
};
/* NONE and END have no row: NULL. */
const struct cordon_lint_row *cordon_lint_row(enum cordon_lint lint);
/* NONE: there is no such id. */
enum cordon_lint cordon_lint_by_id(const char *id, size_t length);

/*
 * Comments that hide lints, in any syntax of comments:
 *
 *     … cordon: ignore dead-rule, clone3      on this line; alone on a line: on the next one
 *     … cordon: ignore-file half-argument     in the whole text
 *
 * Calls id(context, …) for each id in the text, with the lines it is for (last UINT32_MAX: all).
 */
void cordon_lint_comments(const char *text, size_t length,
                          void (*id)(void *context, const char *id, size_t length,
                                     uint32_t first_line, uint32_t last_line),
                          void *context);
/* The comments of a text, in the order of their lines; made once, so that looking one up is cheap.
 */
struct cordon_lint_comment {
    uint32_t first_line, last_line; /* UINT32_MAX: the whole text, first_line is 0 */
    enum cordon_lint lint;
};
/* Fills up to `room` comments that name lints; returns how many there are. */
uint32_t cordon_lint_comments_read(const char *text, size_t length,
                                   struct cordon_lint_comment *comments, uint32_t room);
/* Does one of them hide this lint on line `line` (0: only for the whole text)? */
bool cordon_lint_is_ignored(enum cordon_lint lint, const struct cordon_lint_comment *comments,
                            uint32_t count, uint32_t line);

CORDON_END

#endif
