/* SPDX-License-Identifier: MIT */
/* park.h: calls that sleep in the emulation. */
#ifndef PARK_H
#define PARK_H

#include "next.h"
#include "task.h"

/* `ask` returns the result, or CORDON_WAIT. */
struct next park(struct task *task, enum park_kind kind, int64_t (*ask)(struct task *task));
/* A wait that the kernel may answer too, unless there is a tracee to wait for. */
struct next park_in_call(struct task *task, const struct waiting *waiting);
struct next park_entered(struct task *task);
/* It makes another call than the one that it slept in: the supervisor is told. */
void park_abandon(struct task *task);
/* A signal is about to be delivered to a thread that may sleep in the emulation. Has it to wait? */
bool park_holds_back(struct task *task, int signal, struct next *next);
bool signal_is_ignored(struct task *task, int signal);

#endif
