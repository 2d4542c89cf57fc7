/* SPDX-License-Identifier: MIT */
/* nested.h: what the three files about nested tracing share. */
#ifndef NESTED_H
#define NESTED_H

#include <signal.h>

#include "session.h"

/* A tracee that ended, as its tracer's wait is to hear. */
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

/* Requests that look at a stopped thread or change it. */
int64_t nested_peek(struct task *tracer, struct task *task, int request, uint64_t address,
                    uint64_t data);

/* Registers between the tracer's memory and the thread; *length becomes what was moved. */
int64_t nested_register_set(const struct nested_request *request, uint64_t base, uint64_t *length);

/* ---- nested_compat.c: the layouts of a 32-bit caller ---- */

/* Requests that differ for it; the last has no handler. */
extern const struct nested_handler nested_compat_handlers[];
/* As the reader's ABI lays it out; 0 or -EFAULT. */
int nested_put_siginfo(struct task *reader, uint64_t to, const siginfo_t *info);

#endif
