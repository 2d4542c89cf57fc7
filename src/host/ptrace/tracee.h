/* SPDX-License-Identifier: MIT */
/* tracee.h: a stopped thread: its registers, call, memory and signal mask. */
#ifndef TRACEE_H
#define TRACEE_H

#include "next.h"
#include "task.h"

#define SYSCALL_STOP (SIGTRAP | 0x80) /* the signal of a stop at a call (PTRACE_O_TRACESYSGOOD) */

/* Is the thread's call one of the compat ABI? */
bool task_is_compat(const struct task *task);
/* Is the thread's call this one? */
bool task_is_call(const struct task *task, enum machine_call call);
/* An argument that is an address. */
uint64_t task_pointer(const struct task *task, unsigned argument);
bool task_regs(struct task *task, struct machine_regs *regs);
void task_set_regs(struct task *task, const struct machine_regs *regs);
/* Its process dies at once. */
void task_kill(const struct task *task);
/* At the stop of a call that can't be read: the same, unless the thread has left the stop because
 * it is killed, alone perhaps, by an execve: then its end is reported next. */
void task_kill_unread(const struct task *task);
/* What the call returned, at a stop after it; false: the thread is gone. */
bool task_result(const struct task *task, int64_t *result);
/* Reads the call at an entry stop; false: the thread is gone. */
bool task_read_call(struct task *task);
/* Does the kernel report this stop as the end of a call? */
bool task_is_after_call(const struct task *task);
/* Is the thread at the stop that wait(2) has reported? */
bool tracee_is_at(pid_t tid, int status);
/* The message of an event; false: it is no longer there, and the message may be another's. */
bool tracee_message(pid_t tid, int event, unsigned long *message);
void task_data(const struct task *task, struct cordon_data *data);
/* 0, or -EFAULT. */
int task_copy_in(struct task *task, void *to, uint64_t from, size_t size);
int task_copy_out(struct task *task, uint64_t to, const void *from, size_t size);
/* To the reader's memory, as its ABI lays it out. */
int task_put_siginfo(struct task *reader, uint64_t to, const siginfo_t *info);
uint64_t task_sigmask(struct task *task);
void task_set_sigmask(struct task *task, uint64_t mask);

#endif
