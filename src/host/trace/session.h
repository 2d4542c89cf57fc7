/* SPDX-License-Identifier: MIT */
/* session.h: a program that runs under a filter, as the files of this room share it. */
#ifndef TRACE_SESSION_H
#define TRACE_SESSION_H

#include <sched.h>

#include "cordon/launch.h"

struct session {
    const struct cordon_launch *launch;
    pid_t main; /* the program's first process */
    bool installed;
    bool shares_cpu;
    cpu_set_t cpus;          /* where it may run */
    enum cordon_error error; /* why nothing was run */
    struct cordon_diag *diag;
};

/* What `main` is traced with. It is killed when the tracer ends before the filter is installed. */
#define SESSION_FOLLOW                                                                             \
    (PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |         \
     PTRACE_O_TRACEEXIT | PTRACE_O_TRACESECCOMP)

/*
 * install.c: at the stop of the first execve: makes the new image install the filter. On failure
 * `error` is set, and the program killed.
 */
void session_install(struct session *session);
/* follow.c: handles stops until the first process has ended, and returns its exit status. */
int session_follow(struct session *session);
/*
 * untraced.c: turns this process into the program, which no tracer follows. Returns only if that
 * fails; *status is what a shell would show then.
 */
enum cordon_error session_become(struct session *session, int *status);

#endif
