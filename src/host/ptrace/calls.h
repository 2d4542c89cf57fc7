/* SPDX-License-Identifier: MIT */
/* calls.h: calls that mean something here. */
#ifndef CALLS_H
#define CALLS_H

#include "next.h"
#include "task.h"
#include "trap_program.h"

/* ---- calls.c: calls that mean something here ---- */

void calls_prepare(struct session *session);
/* Makes the call, or asks its handler. */
struct next call_run(struct task *task, const struct pass *pass);
/* What the kernel's first filter answers: the calls that have a handler are seen. */
void calls_see(struct trap_table *table);

/* ---- doors.c: calls by which a program could reach the tracer ---- */

void doors_prepare(struct session *session);
struct next call_by_id(struct task *task, const struct pass *pass);
struct next call_by_second_id(struct task *task, const struct pass *pass);
struct next call_by_two_ids(struct task *task, const struct pass *pass);
struct next call_kill(struct task *task, const struct pass *pass);
struct next call_tgkill(struct task *task, const struct pass *pass);
struct next call_pidfd_signal(struct task *task, const struct pass *pass);
struct next call_by_pidfd(struct task *task, const struct pass *pass);
struct next call_uring(struct task *task, const struct pass *pass);
/* After an open that has returned `fd`: does it reach our memory? */
bool door_was_opened(const struct task *task, int fd);

/* ---- births.c ---- */

struct next call_fork(struct task *task, const struct pass *pass);
struct next call_clone(struct task *task, const struct pass *pass);
struct next call_clone3(struct task *task, const struct pass *pass);
/* Restores the arguments of a thread whose call was made with others. */
void clone_restore(struct task *task);

/* ---- disguise.c ---- */

struct next call_poll(struct task *task, const struct pass *pass);
struct next call_readlink(struct task *task, const struct pass *pass);
struct next call_stat(struct task *task, const struct pass *pass);

/* ---- view.c: what /proc says ---- */

/* At the entry of an open: may the file be one that is corrected? */
bool view_is_concerned(struct task *task);
struct next view_opened(struct task *task);
/* Handles a write to actions_logged; false: it is another file. */
bool view_written(struct task *task, int64_t *result);

/* ---- affinity.c ---- */

struct next call_getaffinity(struct task *task, const struct pass *pass);
struct next call_setaffinity(struct task *task, const struct pass *pass);

/* ---- nested.c, nested_wait.c ---- */

struct next call_ptrace(struct task *task, const struct pass *pass);
struct next call_wait(struct task *task, const struct pass *pass);

#endif
