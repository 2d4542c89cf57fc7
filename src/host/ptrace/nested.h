/* SPDX-License-Identifier: MIT */
/* nested.h: shared by the files about nested tracing. */
#ifndef NESTED_H
#define NESTED_H

#include <signal.h>

#include "session.h"

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

/* Requests that read or change a stopped thread. */
int64_t nested_peek(struct task *tracer, struct task *task, int request, uint64_t address,
                    uint64_t data);

/* Copies registers between the tracer's memory and the thread; *length becomes the bytes moved. */
int64_t nested_register_set(const struct nested_request *request, uint64_t base, uint64_t *length);

/* Of the stop that is shown. */
int64_t nested_set_siginfo(struct task *task, const siginfo_t *info);

/* ---- nested_compat.c: the layouts of a 32-bit caller ---- */

/* Requests that differ for it; the last has no handler. */
extern const struct nested_handler nested_compat_handlers[];
/* As the reader's ABI lays it out; 0 or -EFAULT. */
int nested_put_siginfo(struct task *reader, uint64_t to, const siginfo_t *info);

#endif
