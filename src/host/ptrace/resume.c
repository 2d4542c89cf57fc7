/* SPDX-License-Identifier: MIT */
/*
 * resume.c: the only place that lets a stopped thread go on.
 *
 * From the entry of a call it goes on only with a pass that judge.c has made at this stop;
 * otherwise its process dies. So a way to forget it never ends in a call.
 */
#include <sys/ptrace.h>

#include "judge.h"
#include "resume.h"
#include "task.h"
#include "tracee.h"

/* ---- how far ---- */

bool task_lacks_descriptors(const struct task *task)
{
    const struct session *session = task->session;
    bool matter = (task->process->holds && session->ports) || session->logged;
    return matter && task->trap.table && !task->trap.table->descriptors;
}

/* Does the thread stop at all its calls, as without the kernel's filters? */
static bool stops_at_all(const struct task *task)
{
    const struct trap *trap = &task->trap;
    bool shown = task->nested.tracer && task->nested.resume != PTRACE_CONT;
    bool strict =
        task->seccomp.mode == CORDON_MODE_STRICT || task->seccomp.mode == CORDON_MODE_DEAD;
    return !trap->table || trap->stops || trap->behind || task_is_repeating(task) ||
           task->wants_nnp || task->seccomp.suspended || task->dying || shown || strict ||
           task_lacks_descriptors(task);
}

/* Until its execve the first process runs our code, which installs the kernel's first filter. */
static bool is_ours(const struct task *task)
{
    const struct session *session = task->session;
    return session->trapping && task->tid == session->main && !session->main_started &&
           !task_is_in_call(task);
}

/* Does the thread stop at the next call or, in one, at its exit? */
static bool stops_at_calls(const struct task *task)
{
    if (is_ours(task))
        return false;
    if (stops_at_all(task))
        return true;
    /* `entry`: only with a stop at the exit, a stop for the kernel's filters is surely of this call
     * and not of the next one. */
    return task_is_in_call(task) &&
           (task->trap.entry || task->at_exit || task->state == STATE_CREATING || task->restore ||
            task->park.kind);
}

static int request_for(struct task *task)
{
    bool calls = stops_at_calls(task);
    if ((task_is_in_call(task) && !calls) || task->state == STATE_STEPPING)
        task->state = STATE_OUTSIDE;
    task->trap.passing = task->trap.entry;
    task->trap.entry = false;
    if (task->state == STATE_OUTSIDE && task->nested.tracer &&
        task->nested.resume == PTRACE_SINGLESTEP) {
        task->state = STATE_STEPPING;
        return PTRACE_SYSEMU_SINGLESTEP; /* a plain step would run a call unseen */
    }
    return calls && task->state != STATE_ENDING ? PTRACE_SYSCALL : PTRACE_CONT;
}

/* ---- going on ---- */

static bool request(const struct task *task, int what, int signal)
{
    return !ptrace((enum __ptrace_request)what, task->tid, NULL, (void *)(intptr_t)signal);
}

static void go_on(struct task *task, int signal)
{
    int what = request_for(task);
    if (task->at != AT_END)
        task->at = AT_RUN;
    if (task->nested.interrupt) /* the current stop has cancelled what its tracer requested */
        task_interrupt(task);
    request(task, what, signal);
}

bool task_resume(struct task *task, struct next next)
{
    if (next.kind == NEXT_STAND || task->lost)
        return true;
    if (task->at == AT_ENTRY && !judge_has_made(task, next.pass)) {
        task_kill(task);
        return false;
    }
    switch (next.kind) {
    case NEXT_GO:
    case NEXT_CALL:
        go_on(task, next.signal);
        return true;
    case NEXT_STEP:
        if (!task->injection.active)
            task->at = AT_RUN;
        return request(task, PTRACE_SYSCALL, next.signal);
    case NEXT_LISTEN:
        request(task, PTRACE_LISTEN, 0);
        if (task->nested.interrupt)
            task_interrupt(task);
        return true;
    case NEXT_LEAVE:
        return request(task, PTRACE_CONT, next.signal);
    case NEXT_STAND:
    case NEXT_ALLOWED: /* stops.c has replaced it and the next */
    case NEXT_DONE:
        break;
    }
    return false;
}

/* ---- waking ---- */

bool task_interrupt(const struct task *task)
{
    return !ptrace(PTRACE_INTERRUPT, task->tid, NULL, NULL);
}

void task_trap(struct task *task)
{
    task->woken = true;
    task_interrupt(task);
}

void task_wake(struct task *task)
{
    if (!task->park.kind || task->park.poked || task->at != AT_RUN)
        return;
    task->park.poked = true;
    task_trap(task);
}
