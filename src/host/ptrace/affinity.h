/* SPDX-License-Identifier: MIT */
/* affinity.h: the CPUs that threads run on. */
#ifndef AFFINITY_H
#define AFFINITY_H

#include "next.h"
#include "task.h"

void affinity_start(struct session *session);
void affinity_note(struct task *task);
void affinity_resumed(struct task *task);
void affinity_scan(struct session *session);
void affinity_born(struct task *child, const struct task *creator);
void affinity_ended(struct task *task);

#endif
