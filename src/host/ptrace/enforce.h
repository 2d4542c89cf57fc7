/* SPDX-License-Identifier: MIT */
/* enforce.h: what a decision does to a thread. */
#ifndef ENFORCE_H
#define ENFORCE_H

#include "next.h"
#include "task.h"

/* Judges the call. */
struct next enforce(struct task *task);
/* Judges it as its tracer has left it after a trace verdict. */
struct next enforce_changed(struct task *task);
/* At the delivery of SIGSYS; false: the emulation hasn't sent it. */
bool enforce_sigsys(struct task *task, struct next *next);

#endif
