/* SPDX-License-Identifier: MIT */
/* trap.h: the kernel's seccomp as the trap. */
#ifndef TRAP_H
#define TRAP_H

#include "next.h"
#include "task.h"

bool trap_is_available(void);
/* In the process that will be the program: the first filter. */
bool trap_begin(const struct trap_table *seen);
void trap_prepare(struct session *session);
/* The program is executed: it has the first filter. */
void trap_started(struct task *task, const struct trap_table *seen);
void trap_born(struct task *child, const struct task *creator);
void trap_ended(struct task *task);
/* The engine has a filter more for the thread, and with TSYNC for its siblings. */
void trap_installed(struct task *task, uint32_t flags);
/* At an entry stop: do the kernel's filters lack something? */
bool trap_is_behind(struct task *task);
/* Then: the thread installs it. */
void trap_catch_up(struct task *task);

#endif
