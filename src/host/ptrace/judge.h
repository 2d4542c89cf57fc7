/* SPDX-License-Identifier: MIT */
/* judge.h: decides that a thread may leave the entry of its call. */
#ifndef JUDGE_H
#define JUDGE_H

#include "next.h"
#include "task.h"

/* Was it made for this thread, at its current stop? */
bool judge_has_made(const struct task *task, const struct pass *pass);
/* Asks the engine; NULL: the decision isn't to make the call. */
const struct pass *judge(struct task *task, struct cordon_decision *decision);
/* The same when the thread's tracer has changed the call after a trace verdict. */
const struct pass *judge_changed(struct task *task, struct cordon_decision *decision);
/* The same call was judged before. */
const struct pass *judge_repeated(struct task *task);
/* Its supervisor lets it make the call. */
const struct pass *judge_answered(struct task *task);
/* Its last stop was the entry of the same call, where it was judged. */
const struct pass *judge_passing(struct task *task);
/* NULL for the others: the thread is gone. It makes a call of ours with these registers. */
const struct pass *judge_own_call(struct task *task, struct machine_regs *regs, int32_t nr);
/* It makes no call: the result is this, or what is in its register. */
const struct pass *judge_result(struct task *task, int64_t result);
const struct pass *judge_no_call(struct task *task);

#endif
