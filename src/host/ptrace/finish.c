/* SPDX-License-Identifier: MIT */
/* finish.c: a call that isn't made, or is made again. */
#include "inject.h"
#include "judge.h"
#include "next.h"
#include "task.h"
#include "tracee.h"

struct next call_finish(struct task *task, int64_t result)
{
    struct machine_regs regs;
    if (task->injection.active)
        task_inject_end(task);
    task->at_exit = NULL;
    if (task->at == AT_ENTRY)
        return next_call(judge_result(task, result));
    if (task_regs(task, &regs)) {
        machine_return(&regs, result);
        task_set_regs(task, &regs);
    }
    return next_done();
}

struct next call_skip(struct task *task)
{
    return next_call(judge_no_call(task));
}

struct next call_again(struct task *task)
{
    struct machine_regs regs;
    if (task->injection.active)
        task_inject_end(task);
    if (task_regs(task, &regs)) {
        machine_rewind(&regs, task->call.ip, task->call.nr);
        task_set_regs(task, &regs);
    }
    task->state = STATE_REPEATING;
    return next_go(0);
}

struct next call_again_judged(struct task *task)
{
    struct next next = call_again(task);
    task->state = STATE_REPEATING_ALLOWED;
    return next;
}
