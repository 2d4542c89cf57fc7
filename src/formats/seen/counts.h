/* SPDX-License-Identifier: MIT */
/*
 * counts.h: tables of calls with their counts, as strace -c and perf trace -s print them:
 *
 *     % time     seconds  usecs/call     calls    errors syscall       syscall    calls  errors …
 *      40.00    0.000400           4       100           read          read         100       0 …
 *
 * A table ends at a blank line or at the total. It lacks the calls that never return.
 */
#ifndef FORMATS_COUNTS_H
#define FORMATS_COUNTS_H

#include <stdbool.h>
#include <stddef.h>

struct counts {
    bool is_open; /* within a table */
    bool any;     /* there was a row */
    bool name_first;
};

bool counts_heading(const char *line, const char *end, bool *name_first);
/* Does the line belong to a table? *name is the call of a row; NULL: it isn't one. */
bool counts_line(struct counts *counts, const char *line, const char *end, const char **name,
                 size_t *length);

#endif
