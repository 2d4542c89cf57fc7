/* SPDX-License-Identifier: MIT */
/* script.h: handlers that wait for their own thread. */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "next.h"
#include "task.h"

typedef struct next stop_handler(struct task *task, int status);
/* Calls the handler on a stack of its own. The result is what the thread does next: when the
 * handler is done, or waits for the thread meanwhile (task->script). */
struct next script_start(struct task *task, int status, stop_handler *handle);
/* Within a handler of this thread: does that, and returns the status of its next stop or end. */
int script_wait(struct task *task, struct next next);
/* The thread's handler, which waits, gets this status. */
struct next script_continue(struct task *task, int status);

#endif
