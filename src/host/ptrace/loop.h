/* SPDX-License-Identifier: MIT */
/* loop.h: the loop, and what is done at each stop. */
#ifndef LOOP_H
#define LOOP_H

#include "script.h"
#include "task.h"

/* Until the first process ends; afterwards until all have. */
void session_loop(struct session *session);
/* Handles a stop or the end of a thread. */
stop_handler stop_handle;

/* ---- confine.c ---- */

/* Puts this process, the tracer, under its own filter; false: the kernel refused it. */
bool confine_tracer(void);

#endif
