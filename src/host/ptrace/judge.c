/* SPDX-License-Identifier: MIT */
/*
 * judge.c: decides that a call may be made.
 *
 * resume.c lets no thread go on from the entry of a call without such a decision, which is only
 * made here and only holds for the stop at which it was made. A way to forget it thus ends in the
 * death of the process, never in a call.
 */
#include "session.h"

static void decide(struct task *task)
{
    task->judged = task->stop;
}

bool judge_has_decided(const struct task *task)
{
    return task->judged == task->stop;
}

void judge(struct task *task)
{
    struct cordon_data data;
    if (task->seccomp.mode == CORDON_MODE_DISABLED) {
        judge_run(task);
        return;
    }
    task_data(task, &data);
    struct cordon_decision decision = cordon_task_judge(&task->seccomp, &data);
    enforce(task, &decision);
}

void judge_run(struct task *task)
{
    decide(task);
    call_run(task);
}

void judge_own_call(struct task *task)
{
    decide(task);
}

void judge_no_call(struct task *task)
{
    decide(task);
}
