/* SPDX-License-Identifier: MIT */
/* nested.h: what the three files about nested tracing share. */
#ifndef NESTED_H
#define NESTED_H

#include <stdio.h>

#include "session.h"

/* A tracee that ended, as its tracer's wait is to hear. */
struct ended {
    struct ended *next;
    pid_t id;
    int status;
};

/* Requests that look at a stopped thread or change it. */
int64_t nested_peek(struct task *tracer, struct task *task, int request, uint64_t address,
                    uint64_t data);

#endif
