/* SPDX-License-Identifier: MIT */
/* tracee.h: one stopped thread: its registers as a call, and calls made on its behalf. x86_64. */
#ifndef TRACE_TRACEE_H
#define TRACE_TRACEE_H

#include "cordon/launch.h"

/* The call that a thread was stopped in; false: it isn't in one. */
bool tracee_call(pid_t tid, struct cordon_data *data);
/*
 * Did the call at hand not run? Before the kernel kills a process it puts the result register back
 * to the number; in a thread that it ends alone, the register still holds the ENOSYS of a call's
 * entry.
 */
bool tracee_call_not_run(pid_t tid);
/* Makes the call at hand return `result` without running it (at a seccomp event stop). */
bool tracee_skip_call(pid_t tid, long result);
/*
 * At the event stop of an execve: makes the new image install the filter. *result is seccomp(2)'s,
 * or -errno. false: the thread is gone or can't be written to.
 */
bool tracee_install(pid_t tid, const struct cordon_program *program, long *result);

#endif
