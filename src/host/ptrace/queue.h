/* SPDX-License-Identifier: MIT */
/* queue.h: which stop is served next. */
#ifndef QUEUE_H
#define QUEUE_H

#include "next.h"
#include "task.h"

/* The thread goes on from an earlier stop, as task->gone says, in its turn. */
void queue_go_on(struct task *task);
void queue_remove(struct task *task);
/* Takes what wait(2) has now. */
void queue_collect(struct session *session);
/* Waits if there is none; NULL: interrupted, or nobody is left (errno is ECHILD). */
struct task *queue_next(struct session *session);
void queue_begin(void);
/* Interrupts the wait periodically while something must be checked that sends no event. */
void queue_tick(const struct session *session);

#endif
