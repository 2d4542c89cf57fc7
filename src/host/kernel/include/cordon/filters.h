/* SPDX-License-Identifier: MIT */
/*
 * filters.h: the filters of a live thread, read from the kernel.
 *
 * Facts: ptrace(2), PTRACE_SECCOMP_GET_FILTER (kernel/seccomp.c, seccomp_get_filter): the caller
 * needs CAP_SYS_ADMIN and must itself be under no filter; the kernel needs CHECKPOINT_RESTORE.
 */
#ifndef CORDON_FILTERS_H
#define CORDON_FILTERS_H

#include <sys/types.h>

#include "cordon/api.h"
#include "cordon/diag.h"
#include "cordon/engine.h"

CORDON_BEGIN

/* The stack of one thread, oldest filter first. */
struct cordon_filters {
    struct cordon_program *programs;
    uint32_t count;
};

/*
 * Stops the thread for a moment. PRIVILEGE: *diag says what is missing; NOT_FOUND: there is no such
 * thread. A thread without filters has 0. Freed with cordon_filters_free().
 */
enum cordon_error cordon_filters_read(struct cordon_filters *filters, pid_t thread,
                                      struct cordon_diag *diag) CORDON_MUST_CHECK;
void cordon_filters_free(struct cordon_filters *filters);

CORDON_END

#endif
