/* SPDX-License-Identifier: MIT */
/* lives.h: how threads begin and end. */
#ifndef LIVES_H
#define LIVES_H

#include "next.h"
#include "task.h"

/* A newborn goes on when its creator's event has come. */
struct next newborn_begins(struct task *child);
/* The thread creates nobody any more: those that waited for its event may be nobody's. */
void creation_over(struct task *task, enum state now);
/* Who has executed: in another thread than the first, that takes the id of the first, which is
 * gone. NULL: it has been killed. */
struct task *executed(struct session *session, struct task *task);

/* ---- stops and ends: see the table in stops.c ---- */

struct next at_unborn_stop(struct task *task, int status);
struct next at_unborn_end(struct task *task, int status);
struct next at_unborn_gone(struct task *task, int status);
struct next at_birth(struct task *task, int status);
struct next at_vfork_done(struct task *task, int status);
struct next at_end(struct task *task, int status);
struct next at_gone(struct task *task, int status);

#endif
