/* SPDX-License-Identifier: MIT */
/*
 * resume.c: the only place that lets a stopped thread go on.
 *
 * From the entry of a call it goes on only if judge.c has decided about the call at this stop.
 */
#include <sys/ptrace.h>

#include "session.h"

void task_resume(struct task *task, int signal)
{
    int request = trap_wants_stop(task) ? PTRACE_SYSCALL : PTRACE_CONT;
    if (task->lost)
        return;
    if (task->at == AT_ENTRY && !judge_has_decided(task)) {
        task_kill(task);
        return;
    }
    affinity_resumed(task);
    task->in_call &= request == PTRACE_SYSCALL;
    task->trap.passing = task->trap.entry;
    task->trap.entry = false;
    task->stepping = task->nested.tracer && task->nested.resume == PTRACE_SINGLESTEP &&
                     !task->in_call && !task->again;
    if (task->stepping)
        request = PTRACE_SYSEMU_SINGLESTEP; /* a plain step would run a call unseen */
    if (task->at == AT_END)
        request = PTRACE_CONT;
    else
        task->at = AT_RUN;
    if (task->nested
            .interrupt) /* the current stop has cancelled the interrupt that its tracer requested */
        ptrace(PTRACE_INTERRUPT, task->tid, NULL, NULL);
    ptrace((enum __ptrace_request)request, task->tid, NULL, (void *)(intptr_t)signal);
}

bool task_step(struct task *task, int signal)
{
    return ptrace(PTRACE_SYSCALL, task->tid, NULL, (void *)(intptr_t)signal) == 0;
}

void task_listen(struct task *task)
{
    ptrace(PTRACE_LISTEN, task->tid, NULL, NULL);
}

void task_end(struct task *task)
{
    ptrace(PTRACE_CONT, task->tid, NULL, NULL);
}

void task_finish(struct task *task, int64_t result)
{
    if (task->injection.active)
        task_inject_end(task);
    struct machine_regs regs;
    if (task_regs(task, &regs)) {
        machine_return(&regs, result);
        task_set_regs(task, &regs);
    }
    judge_no_call(task);
    task->at_exit = NULL;
    if (task->at == AT_EXIT)
        exit_go_on(task);
    else
        task_resume(task, 0);
}

void task_skip(struct task *task)
{
    struct machine_regs regs;
    if (task_regs(task, &regs)) {
        machine_skip(&regs);
        task_set_regs(task, &regs);
    }
    judge_no_call(task);
    task_resume(task, 0);
}

void task_again(struct task *task)
{
    struct machine_regs regs;
    if (task->injection.active)
        task_inject_end(task);
    if (task_regs(task, &regs)) {
        machine_rewind(&regs, task->call.ip, task->call.nr);
        task_set_regs(task, &regs);
    }
    judge_no_call(task); /* at this stop */
    task->skip_judge = task->again = true;
    task_resume(task, 0);
}
