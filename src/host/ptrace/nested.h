/* SPDX-License-Identifier: MIT */
/* nested.h: those who trace others. */
#ifndef NESTED_H
#define NESTED_H

#include <signal.h>

#include "task.h"

/* ---- nested.c ---- */

/* PR_SET_PTRACER with this argument. */
void nested_set_wanted(struct task *task, uint64_t id);
/* Shows a stop to a tracer that wants it; true: the thread stays stopped. */
bool nested_show_entry(struct task *task);
bool nested_show_exit(struct task *task);
bool nested_show_signal(struct task *task, int signal);
bool nested_show_event(struct task *task, int event, unsigned long message);
bool nested_show_group(struct task *task, int signal);
bool nested_show_seccomp(struct task *task, const struct cordon_decision *decision);
void nested_born(struct task *child, struct task *creator, int event);
void nested_ended(struct task *task, int status);
void nested_thread_ended(struct task *task);
void nested_process_ended(struct process *process);
/* Its tracer loses it, and isn't told. */
void nested_forget(struct task *task);
/* A tracer's thread gets another id. */
void nested_thread_renamed(struct process *process, pid_t before, pid_t now);
/* At the delivery of a signal sent for ptrace(2): makes it look like the kernel's. */
void nested_fix_siginfo(struct task *task, int signal);

/* ---- among the files of nested tracing ---- */

/* A tracee that ended, which its tracer's wait still has to return. */
struct ended {
    struct ended *next;
    pid_t id;
    int status;
};

/* A request of ptrace(2) about a stopped thread. */
struct nested_request {
    struct task *tracer, *task;
    int request;
    uint64_t address, data;
};
struct nested_handler {
    int request;
    int64_t (*run)(const struct nested_request *request);
};

/* Requests that read or change a stopped thread; `compat`: those that differ for the tracer. */
int64_t nested_peek(struct task *tracer, struct task *task, int request, uint64_t address,
                    uint64_t data, const struct nested_handler *compat);

/* Copies registers between the tracer's memory and the thread; *length becomes the bytes moved. */
int64_t nested_register_set(const struct nested_request *request, uint64_t base, uint64_t *length);

/* Of the stop that is shown. */
int64_t nested_set_siginfo(struct task *task, const siginfo_t *info);

/* ---- nested_compat.c: the layouts of a 32-bit caller ---- */

/* Requests that differ for it; the last has no handler. */
extern const struct nested_handler nested_compat_handlers[];

#endif
