/* SPDX-License-Identifier: MIT */
/*
 * judge.c: decides that a thread may leave the entry of its call, and makes the pass for that.
 *
 * A pass is for one thread and for the stop at which it was made. It is only an address, that of
 * the thread's `judged`, so nothing is allocated. Where no call may be made, or only one of ours,
 * the registers that ensure it are set here.
 */
#include "judge.h"
#include "cordon/action.h"
#include "task.h"
#include "tracee.h"

static const struct pass *decide(struct task *task)
{
    task->judged = task->stop;
    return (const struct pass *)&task->judged;
}

bool judge_has_made(const struct task *task, const struct pass *pass)
{
    return pass == (const struct pass *)&task->judged && task->judged == task->stop;
}

/* ---- the program's own call ---- */

static const struct pass *if_it_runs(struct task *task, const struct cordon_decision *decision)
{
    return decision->kind == CORDON_DO_RUN ? decide(task) : NULL;
}

const struct pass *judge(struct task *task, struct cordon_decision *decision)
{
    struct cordon_data data;
    if (task->seccomp.mode == CORDON_MODE_DISABLED) {
        decision->kind = CORDON_DO_RUN;
        decision->verdict = (uint32_t)CORDON_ALLOW;
        return decide(task);
    }
    task_data(task, &data);
    *decision = cordon_task_judge(&task->seccomp, &data);
    return if_it_runs(task, decision);
}

const struct pass *judge_changed(struct task *task, struct cordon_decision *decision)
{
    struct cordon_data data;
    task_data(task, &data);
    *decision = cordon_task_judge_again(&task->seccomp, &data);
    return if_it_runs(task, decision);
}

const struct pass *judge_repeated(struct task *task)
{
    return decide(task);
}

const struct pass *judge_answered(struct task *task)
{
    return decide(task);
}

const struct pass *judge_passing(struct task *task)
{
    return task->judged + 1 == task->stop ? decide(task) : NULL;
}

/* ---- no call, or one of ours ---- */

static const struct pass *with_registers(struct task *task, const struct machine_regs *regs)
{
    return machine_set_regs(task->tid, regs) ? decide(task) : NULL;
}

const struct pass *judge_own_call(struct task *task, struct machine_regs *regs, int32_t nr)
{
    machine_set_call(regs, nr);
    return with_registers(task, regs);
}

const struct pass *judge_result(struct task *task, int64_t result)
{
    struct machine_regs regs;
    if (!task_regs(task, &regs))
        return NULL;
    machine_return(&regs, result);
    return with_registers(task, &regs);
}

const struct pass *judge_no_call(struct task *task)
{
    struct machine_regs regs;
    if (!task_regs(task, &regs))
        return NULL;
    machine_skip(&regs);
    return with_registers(task, &regs);
}
