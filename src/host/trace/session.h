/* SPDX-License-Identifier: MIT */
/* session.h: a program that is run under a filter, shared by the files of this room. */
#ifndef TRACE_SESSION_H
#define TRACE_SESSION_H

#include <sched.h>

#include "cordon/launch.h"

struct session {
    const struct cordon_launch *launch;
    pid_t main; /* the program's first process */
    bool installed;
    bool shares_cpu;
    cpu_set_t cpus;          /* the caller's own set */
    enum cordon_error error; /* why nothing was run */
    struct cordon_diag *diag;
};

/* The ptrace options for `main`; until the filter is installed, PTRACE_O_EXITKILL too. */
#define SESSION_FOLLOW                                                                             \
    (PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |         \
     PTRACE_O_TRACEEXIT | PTRACE_O_TRACESECCOMP)

/*
 * install.c: at the stop of the first execve, makes the new image install the filter. On failure
 * sets `error` and kills the program.
 */
void session_install(struct session *session);
/* follow.c: handles stops until the first process ends, and returns its exit status. Its
 * descendants continue without a tracer. */
int session_follow(struct session *session);
/*
 * untraced.c: executes the program in this process, without a tracer. Returns only if that fails;
 * *status is then the exit status of a shell.
 */
enum cordon_error session_become(struct session *session, int *status);

#endif
