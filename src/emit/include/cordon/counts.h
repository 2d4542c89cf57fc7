/* SPDX-License-Identifier: MIT */
/*
 * counts.h: how often calls are made, read from a text, for CORDON_WEIGHTS_COUNTS (emit.h).
 *
 * A line is `[ARCH] CALL COUNT`, or `CALL: COUNT` as in minijail's frequency files, which also have
 * `CALL[arch=ARCH,…]: COUNT`. A # begins a comment.
 *
 * Thread safety: functions of their arguments.
 */
#ifndef CORDON_COUNTS_H
#define CORDON_COUNTS_H

#include "cordon/abi.h"
#include "cordon/alloc.h"
#include "cordon/api.h"
#include "cordon/diag.h"
#include "cordon/emit.h"

CORDON_BEGIN

struct cordon_counts {
    struct cordon_call_count *calls;
    uint32_t count;
    size_t room;
    const struct cordon_allocator *allocator;
};

/*
 * Reads all lines; `abi` is that of calls without an ARCH, `name` that of the text in messages.
 * allocator NULL: libc. Each line that can't be used is reported, and *counts is untouched then:
 * SYNTAX or NAME (the first error), FORMAT if no call is counted, NO_MEMORY.
 */
enum cordon_error cordon_counts_read(struct cordon_counts *counts, const char *text, size_t length,
                                     const char *name, const struct cordon_abi *abi,
                                     const struct cordon_allocator *allocator,
                                     struct cordon_reporter *reporter) CORDON_MUST_CHECK;
void cordon_counts_free(struct cordon_counts *counts); /* also of zeroed ones */

CORDON_END

#endif
