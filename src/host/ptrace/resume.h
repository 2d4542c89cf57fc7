/* SPDX-License-Identifier: MIT */
/* resume.h: how a stopped thread goes on, and how a running one is woken. */
#ifndef RESUME_H
#define RESUME_H

#include "next.h"
#include "task.h"

/* False: it isn't there any more, or its process dies. */
bool task_resume(struct task *task, struct next next);
bool task_interrupt(const struct task *task);
/* The same for the emulation: its tracer isn't shown the trap. */
void task_trap(struct task *task);
/* A thread that sleeps in the emulation looks for a result. */
void task_wake(struct task *task);

/* Do the kernel's filters let calls pass that matter because a descriptor isn't what it seems? The
 * thread stops at all calls, until it has made so many that a filter for these costs less. */
bool task_lacks_descriptors(const struct task *task);

#endif
