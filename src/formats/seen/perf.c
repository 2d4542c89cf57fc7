/* SPDX-License-Identifier: MIT */
/*
 * perf.c: reads the output of perf trace, and the tables of its -s, as a policy that allows exactly
 * the calls that were made:
 *
 *          ? (         ): true/4864  ... [continued]: execve())          = 0
 *      0.060 ( 0.016 ms): true/4864 brk()                                = 0x558d4daab000
 *
 * Arguments aren't read: perf leaves out those that are 0, and the prefixes of names.
 */
#include "counts.h"
#include "lines.h"
#include "reading.h"
#include "room.h"
#include "seen.h"

#define MAX_COMM 15 /* bytes of a thread's name */

struct name {
    const char *text;
    size_t length;
};

/* A name of a call and a parenthesis. */
static bool is_call(const char *at, const char *end, struct name *name)
{
    const char *start = at;
    while (at < end && reading_is_word(*at))
        at++;
    *name = (struct name){start, (size_t)(at - start)};
    return at > start && at < end && *at == '(';
}

/* The end of "0.060 ( 0.016 ms): "; NULL: the line has no such times. */
static const char *end_of_times(const char *at, const char *end)
{
    const char *start = at = line_skip_blanks(at, end);
    while (at < end && (reading_is_digit(*at) || *at == '.' || *at == '?'))
        at++;
    if (at == start || !line_begins(line_skip_blanks(at, end), end, "("))
        return NULL;
    at = line_find(at, end, "): ");
    return at ? line_skip_blanks(at + 3, end) : NULL;
}

/* The rest of a line after "/4864 ". Threads choose their names: "a/1 mount(" is one, so the last
 * place counts where a name of its length could end. */
static const char *end_of_thread(const char *at, const char *end)
{
    const char *found = NULL;
    for (const char *slash = at; slash < end && slash - at <= MAX_COMM; slash++) {
        const char *digits = slash + 1;
        while (digits < end && reading_is_digit(*digits))
            digits++;
        if (*slash == '/' && digits > slash + 1 && digits < end && *digits == ' ')
            found = digits + 1;
    }
    return found;
}

static bool find_call(const char *line, const char *end, struct name *name)
{
    static const char continued[] = "... [continued]: ";
    const char *at = end_of_times(line, end);
    if (!at)
        return false;
    const char *rest = end_of_thread(at, end);
    at = line_skip_blanks(rest ? rest : at, end);
    if (line_begins(at, end, continued))
        at += sizeof continued - 1;
    return is_call(at, end, name);
}

/* ---- reading ---- */

static void read_line(struct seen *seen, struct counts *counts, const struct lines *lines)
{
    const char *line = lines->line, *end = lines->end, *file = seen->tree->name;
    struct name name;
    const char *lost = line_find(line, end, "LOST ");
    if (lost && line_find(lost, end, " events!"))
        cordon_tree_warn(seen->tree, CORDON_LINT_RECORD_GAPS, lines_place(lines, file, lost, 4),
                         NULL, "the trace has gaps: events were lost, and with them perhaps calls");
    if (find_call(line, end, &name) ||
        (counts_line(counts, line, end, &name.text, &name.length) && name.text))
        seen_add_named(seen, seen->tree->host, name.text, name.length,
                       lines_place(lines, file, name.text, name.length));
}

enum cordon_error perf_read(struct cordon_policy **policy, const char *text, size_t length,
                            const char *name, const struct cordon_format_options *options,
                            struct cordon_reporter *reporter)
{
    struct cordon_tree tree;
    struct seen seen;
    struct counts counts = {0};
    struct lines lines = lines_of(text, length);
    cordon_tree_begin(&tree, text, length, name, &options->policy, reporter);
    if (tree.error)
        return cordon_tree_end(&tree, policy);
    seen_begin(&seen, &tree, options->part);
    if (seen.with_arguments)
        cordon_tree_warn(&tree, CORDON_LINT_UNREAD_VALUE, (struct cordon_place){.file = tree.name},
                         NULL, "perf leaves out arguments that are 0: none is tested");
    while (lines_next(&lines))
        read_line(&seen, &counts, &lines);
    if (counts.any)
        cordon_tree_warn(&tree, CORDON_LINT_RECORD_GAPS, (struct cordon_place){.file = tree.name},
                         NULL, "perf trace -s doesn't count exit, exit_group and rt_sigreturn");
    seen_end(&seen);
    return cordon_tree_end(&tree, policy);
}

int perf_detect(const char *text, size_t length, const char *name)
{
    struct lines lines = lines_of(text, length);
    unsigned calls = 0, read = 0;
    bool name_first, table = false;
    struct name call;
    (void)name;
    for (; read < 64 && lines_next(&lines); read++) {
        calls += find_call(lines.line, lines.end, &call);
        table |= counts_heading(lines.line, lines.end, &name_first) && name_first &&
                 line_find(lines.line, lines.end, "total");
    }
    return table ? 80 : !calls ? 0 : calls * 2 > read ? 90 : 40;
}
