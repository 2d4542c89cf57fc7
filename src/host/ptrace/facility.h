/* SPDX-License-Identifier: MIT */
/* facility.h: the engine's host, and its listeners. */
#ifndef FACILITY_H
#define FACILITY_H

#include "next.h"
#include "task.h"

/* ---- facility.c, listener.c: the engine's host ---- */

void facility_prepare(struct session *session);
/* Before the engine is asked for a listener: makes its descriptor; and closes what wasn't used. */
void listener_prepare(struct task *task);
void listener_settle(struct task *task);
int host_listener_make(struct cordon_task *task, struct cordon_listener *listener);
void host_listener_publish(struct cordon_task *task, struct cordon_listener *listener, int fd);
void host_listener_drop(struct cordon_task *task, struct cordon_listener *listener, int fd);
void host_listener_changed(struct cordon_listener *listener);
/* The listener at a descriptor; NULL: it is none. */
struct cordon_listener *listener_of(struct task *task, int fd);
bool is_listener(const struct session *session, ino_t inode);
/* Has the process a descriptor of any? */
bool listeners_are_held(const struct process *process, const struct port *ports);
/* Closes those that no process has any more. */
void listeners_check(struct session *session);

/* ---- unreaped.c ---- */

/* It has ended, and still uses filters. */
void unreaped_add(struct task *task);
/* Those that have been reaped meanwhile don't. */
void unreaped_check(struct session *session);

#endif
