/* SPDX-License-Identifier: MIT */
/*
 * lives.c: how threads begin, change their id and end.
 *
 * A newborn stops by itself, before or after its creator's event. Only then is it known whose
 * filters it has, so it stays stopped until that event. If its creator is killed before, nobody
 * knows them, and the newborn is killed too.
 */
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "affinity.h"
#include "calls.h"
#include "facility.h"
#include "lives.h"
#include "nested.h"
#include "next.h"
#include "proc.h"
#include "queue.h"
#include "task.h"
#include "tracee.h"
#include "trap.h"

/* ---- newborns without their creator's event ---- */

/* As it was at its first stop: a process that has ended, or got another parent, shows no creator.
 */
static void look_for_creator(struct task *unborn)
{
    struct proc_status status = proc_status(unborn->tid);
    if (unborn->first_seen[0])
        return;
    unborn->first_seen[0] = status.tgid;
    unborn->first_seen[1] = status.ppid;
}

static bool is_being_born(const struct session *session, struct task *unborn)
{
    look_for_creator(unborn);
    for (size_t i = 0; i < sizeof session->tasks / sizeof *session->tasks; i++)
        for (struct task *task = session->tasks[i]; task; task = task->chain)
            if (task->state == STATE_CREATING &&
                (!unborn->first_seen[0] || task->process->tgid == unborn->first_seen[0] ||
                 task->process->tgid == unborn->first_seen[1] || task->clone_flags & CLONE_PARENT))
                return true;
    return false;
}

static void kill_orphan(struct task *task)
{
    if (task->at == AT_END) {
        task_free(task);
        return;
    }
    task->dying = true;
    kill(task->tid, SIGKILL);
}

/* Somebody creates nobody any more: those that waited for that event may be nobody's. */
static void kill_orphans(struct session *session)
{
    for (size_t i = 0; session->unborn_count && i < sizeof session->tasks / sizeof *session->tasks;
         i++)
        for (struct task *task = session->tasks[i], *next; task; task = next) {
            next = task->chain;
            if (task->state == STATE_UNBORN && !is_being_born(session, task))
                kill_orphan(task);
        }
}

void creation_over(struct task *task, enum state now)
{
    bool creating = task->state == STATE_CREATING;
    task->state = now;
    if (creating)
        kill_orphans(task->session);
}

/* Another's execve or its end: it isn't there any more, for anybody. */
static void bury(struct task *task)
{
    struct process *process = task->process;
    creation_over(task, STATE_ENDING);
    queue_remove(task);
    task->lost = true;
    listener_settle(task);
    nested_forget(task);
    cordon_task_exit(&task->seccomp);
    if (cordon_task_lingers(&task->seccomp))
        unreaped_add(task);
    affinity_ended(task);
    trap_ended(task);
    if (process->tasks == task && !task->sibling)
        nested_process_ended(process);
    task_free(task);
}

struct next at_unborn_stop(struct task *task, int status)
{
    (void)status;
    if (!is_being_born(task->session, task))
        kill_orphan(task);
    return next_stand();
}

struct next at_unborn_end(struct task *task, int status)
{
    (void)status;
    look_for_creator(task);
    return next_leave(0);
}

/* Its creator's event may still come: until then it is kept. */
struct next at_unborn_gone(struct task *task, int status)
{
    (void)status;
    task->at = AT_END;
    if (task->dying || !is_being_born(task->session, task))
        task_free(task);
    return next_stand();
}

/* ---- births ---- */

/* A new process: its parent, and what it shares with its creator. */
static void begin_process(struct process *process, const struct task *creator, int event)
{
    bool sibling = creator->clone_flags & CLONE_PARENT;
    process->parent = sibling ? creator->process->parent : creator->process;
    process->parent_thread = sibling ? creator->process->parent_thread : creator->tid;
    process->page = creator->process->page;
    process->holds = creator->process->holds;
    if (event == PTRACE_EVENT_VFORK || creator->clone_flags & CLONE_VM)
        process_share_memory(process, creator->process);
}

static void inherit(struct task *child, struct task *creator, int event)
{
    cordon_task_fork(&child->seccomp, &creator->seccomp);
    child->woken = true; /* its first trap isn't shown to a tracer */
    child->wants_nnp = creator->wants_nnp;
    affinity_born(child, creator);
    trap_born(child, creator);
    child->restore = creator->restore;
    child->restore_mask = creator->injection.active;
    child->injection.mask = creator->injection.mask;
    child->call = creator->call;
    if (!(creator->clone_flags & CLONE_UNTRACED))
        nested_born(child, creator, event);
}

/* The creator's event. */
static void born(struct task *creator, int event, pid_t tid)
{
    struct session *session = creator->session;
    struct task *child = task_find(session, tid);
    bool stopped = child && !child->queued;
    if (child && child->at == AT_END) { /* it was killed before */
        task_free(child);
        return;
    }
    if (!child)
        child = task_new_unborn(session, tid);
    bool thread = creator->clone_flags & CLONE_THREAD;
    task_join(child, thread ? creator->process->tgid : tid);
    if (!thread)
        begin_process(child->process, creator, event);
    session->unborn_count--;
    child->state = STATE_OUTSIDE;
    inherit(child, creator, event);
    child->gone = (struct gone){.from = SHOWN_NONE};
    if (stopped)
        queue_go_on(child); /* in its own turn: newborn_begins() */
}

/* Its tracer isn't told where it asked for that. */
static struct next show_birth(struct task *task, int event, unsigned long tid)
{
    bool told = !(task->clone_flags & CLONE_UNTRACED);
    return told && nested_show_event(task, event, tid) ? next_stand() : next_go(0);
}

struct next at_birth(struct task *task, int status)
{
    unsigned long tid = 0;
    task->at = AT_EVENT;
    if (!tracee_message(task->tid, status >> 16, &tid))
        return next_stand();
    born(task, status >> 16, (pid_t)tid);
    creation_over(task, STATE_IN_CALL);
    return show_birth(task, status >> 16, tid);
}

struct next at_vfork_done(struct task *task, int status)
{
    unsigned long tid = 0;
    task->at = AT_EVENT;
    return tracee_message(task->tid, status >> 16, &tid) ? show_birth(task, status >> 16, tid)
                                                         : next_stand();
}

struct next newborn_begins(struct task *child)
{
    if (child->restore)
        clone_restore(child);
    if (child->restore_mask)
        task_set_sigmask(child, child->injection.mask);
    child->restore_mask = false;
    bool shown = nested_show_event(child, PTRACE_EVENT_STOP, 0);
    child->woken = false;
    return shown ? next_stand() : next_go(0);
}

/* ---- other ids, and the end ---- */

struct task *executed(struct session *session, struct task *task)
{
    pid_t tid = task->tid;
    unsigned long former = 0;
    if (!tracee_message(tid, PTRACE_EVENT_EXEC, &former))
        return NULL;
    struct task *self = task_find(session, (pid_t)former);
    if ((pid_t)former == tid || !self)
        return task;
    bury(task);
    nested_thread_renamed(self->process, self->tid, tid);
    task_rename(self, tid);
    return self;
}

struct next at_end(struct task *task, int status)
{
    unsigned long code = 0;
    (void)status;
    ptrace(PTRACE_GETEVENTMSG, task->tid, NULL, &code);
    if (task->at != AT_END) {
        task->process->live--;
        cordon_task_exit(&task->seccomp);
    }
    task->at = AT_END;
    creation_over(task, STATE_ENDING);
    nested_thread_ended(task);
    if (!task->process->live)
        nested_process_ended(task->process);
    return nested_show_event(task, PTRACE_EVENT_EXIT, code) ? next_stand() : next_go(0);
}

struct next at_gone(struct task *task, int status)
{
    struct session *session = task->session;
    if (task->tid == session->main && !session->main_ended) {
        session->main_status = proc_exit_status(status);
        session->main_ended = true;
    }
    nested_ended(task, status);
    bury(task);
    return next_stand();
}
