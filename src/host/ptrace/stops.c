/* SPDX-License-Identifier: MIT */
/*
 * stops.c: the loop that handles every stop of every traced thread.
 *
 *     entry ─► (its tracer) ─► judged ─► run, skipped, trapped, parked … ─► exit ─► (its tracer)
 *
 * A thread is resumed only once every decision about it has been made, so an unexpected stop leaves
 * it stopped.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc.h"
#include "session.h"

#define TICK_USEC 10000

/* ---- is a status still true? ---- */

/*
 * Is the thread still at the stop that wait(2) has reported? Between the two it may have been
 * killed, and then stands at its end, or another thread of its process has taken its id by
 * execve(2). Only such a change happens without us, and wait(2) reports it in its turn.
 */
static bool is_current(pid_t tid, int status)
{
    siginfo_t info;
    int event = status >> 16, signal = WSTOPSIG(status);
    if (ptrace(PTRACE_GETSIGINFO, tid, NULL, &info))
        return errno == EINVAL && event == PTRACE_EVENT_STOP;
    if (event || signal == SYSCALL_STOP)
        return info.si_code == status >> 8;
    return info.si_signo == signal;
}

/* False: it is no longer at the event, and the message may be another's. */
static bool event_message(pid_t tid, int event, unsigned long *message)
{
    return !ptrace(PTRACE_GETEVENTMSG, tid, NULL, message) &&
           is_current(tid, event << 16 | SIGTRAP << 8 | 0x7f);
}

/* ---- entry and exit ---- */

/* Repeats the call from its entry, where it is judged. */
static void make_again(struct task *task)
{
    task_again(task);
    task->skip_judge = false;
}

/* Sets what a sibling's TSYNC requires of this thread. */
static void set_no_new_privs(struct task *task)
{
    enum { SET_NO_NEW_PRIVS = 38 };
    task->wants_nnp = false;
    if (task_inject(task, CALL_PRCTL, SET_NO_NEW_PRIVS, 1, 0, 0, 0) != -ESRCH)
        make_again(task);
}

void entry_go_on(struct task *task)
{
    if (task->nested.emulated) {
        task->nested.emulated = false; /* its tracer emulates the call: it isn't judged */
        task_skip(task);
    } else {
        judge(task);
    }
}

/* Reads the call. *same: it is the one to be repeated, as only that one isn't judged again. */
static bool read_again(struct task *task, bool *same)
{
    struct call before = task->call;
    if (!task_read_call(task))
        return false;
    *same = (task->again || task->park.interrupted) && before.ip == task->call.ip &&
            before.nr == task->call.nr && before.arch == task->call.arch &&
            !memcmp(before.args, task->call.args, sizeof before.args);
    task->again = false;
    task->skip_judge &= *same;
    return true;
}

/* Is this the stop after a call that Syscall User Dispatch has refused? It had no entry, and the
 * signal that kills is pending. */
static bool is_killed_by_dispatch(const struct task *task)
{
    const uint64_t kills = UINT64_C(1) << (SIGSYS - 1) | UINT64_C(1) << (SIGSEGV - 1);
    return task_is_after_call(task) && proc_status(task->tid).pending & kills;
}

static void at_entry(struct task *task)
{
    bool same;
    task->at = AT_ENTRY;
    task->in_call = true;
    task->at_exit = NULL;
    if (!read_again(task, &same)) {
        if (is_killed_by_dispatch(task)) {
            judge_no_call(task);
            task_resume(task, 0);
        } else {
            task_kill_unread(task);
        }
        return;
    }
    affinity_note(task);
    if (task->stepping) { /* the kernel skips this call: it is repeated afterwards */
        task->at_exit = make_again;
        task_skip(task);
        return;
    }
    if (task->process->dying) {
        if (task->dying)
            kill(task->process->tgid, SIGKILL); /* SIGSYS did not kill it */
        return;                                 /* other threads stay stopped: see enforce.c */
    }
    if (task->park.kind && !same)
        park_abandon(task);
    if (task->park.kind) {
        park_entered(task);
    } else if (task->wants_nnp) {
        set_no_new_privs(task);
    } else if (trap_is_behind(task) && !task->skip_judge && !task_is_call(task, CALL_SECCOMP)) {
        trap_catch_up(task);
        make_again(task);
    } else if (task->skip_judge) {
        task->skip_judge = false;
        judge_run(task); /* the same call was judged before */
    } else if (!nested_show_entry(task)) {
        judge(task);
    }
}

void exit_go_on(struct task *task)
{
    task->at = AT_EXIT;
    if (!nested_show_exit(task))
        task_resume(task, 0);
}

static bool is_being_born(const struct session *session, const struct task *unborn)
{
    struct proc_status status = proc_status(unborn->tid);
    for (size_t i = 0; i < sizeof session->tasks / sizeof *session->tasks; i++)
        for (struct task *task = session->tasks[i]; task; task = task->chain)
            if (task->births &&
                (task->process->tgid == status.tgid || task->process->tgid == status.ppid ||
                 task->clone_flags & CLONE_PARENT))
                return true;
    return false;
}

/* Its creator was killed before its event, so its filters are unknown: it is killed too. */
static void kill_orphan(struct task *task)
{
    if (task->at == AT_END) {
        task_free(task);
        return;
    }
    task->dying = true;
    kill(task->tid, SIGKILL);
}

static void kill_orphans(struct session *session)
{
    for (size_t i = 0; i < sizeof session->tasks / sizeof *session->tasks; i++)
        for (struct task *task = session->tasks[i], *next; task; task = next) {
            next = task->chain;
            if (task->unborn && !is_being_born(session, task))
                kill_orphan(task);
        }
}

/* The thread creates nobody any more: those that waited for its event may be nobody's. */
static void end_births(struct task *task)
{
    bool births = task->births;
    task->births = false;
    if (births && task->session->unborn_count)
        kill_orphans(task->session);
}

/* It has created somebody of whom there was no event, and whom nobody would stop. */
static bool has_escaped(const struct task *task)
{
    int64_t result;
    return task->births && task_result(task, &result) && result > 0;
}

static void at_exit_stop(struct task *task)
{
    task->at = AT_EXIT;
    task->in_call = false;
    if (has_escaped(task)) {
        proc_kill_children(task->process->tgid, task->tid);
        task_kill(task);
    }
    end_births(task);
    if (task->at_exit) {
        void (*then)(struct task * task) = task->at_exit;
        task->at_exit = NULL;
        then(task);
    } else {
        exit_go_on(task);
    }
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

/* At the first stop of a new thread. */
static void begin_child(struct task *child)
{
    if (child->restore)
        clone_restore(child);
    if (child->restore_mask)
        task_set_sigmask(child, child->injection.mask);
    child->restore_mask = false;
    bool shown = nested_show_event(child, PTRACE_EVENT_STOP, 0);
    child->woken = false;
    if (!shown)
        event_go_on(child);
}

static void born(struct task *creator, int event, pid_t tid)
{
    struct session *session = creator->session;
    struct task *child = task_find(session, tid);
    bool stopped = child && !child->queued;
    if (child && child->at == AT_END) { /* it was killed before its creator's event */
        task_free(child);
        return;
    }
    if (!child)
        child = task_new_unborn(session, tid);
    bool thread = creator->clone_flags & CLONE_THREAD;
    task_join(child, thread ? creator->process->tgid : tid);
    if (!thread)
        begin_process(child->process, creator, event);
    cordon_task_fork(&child->seccomp, &creator->seccomp);
    if (child->unborn)
        session->unborn_count--;
    child->unborn = false;
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
    if (stopped)
        begin_child(child);
}

/* After execve in another thread than the first: it takes the id of the first, which is gone. */
static struct task *executed(struct session *session, struct task *task, pid_t tid)
{
    unsigned long former = 0;
    if (!event_message(tid, PTRACE_EVENT_EXEC, &former))
        return NULL;
    struct task *self = task_find(session, (pid_t)former);
    if ((pid_t)former == tid || !self)
        return task;
    if (task)
        task_free(task);
    task_rename(self, tid);
    return self;
}

/* ---- other stops ---- */

static void start_main(struct task *task)
{
    const struct cordon_program *program = task->session->emulation->program;
    task->session->main_started = true;
    trap_started(task);
    if (!program)
        return;
    if (cordon_task_install(&task->seccomp, program->insns, program->length, 0)) {
        task->session->error = cordon_diag_set(&task->session->diag, CORDON_E_NO_MEMORY,
                                               "the filter could not be installed");
        kill(task->tid, SIGKILL);
        return;
    }
    report_installed(task, 0, 0);
    trap_installed(task, 0);
}

static void at_exec(struct task *task)
{
    task->in_call = true;
    task->process->page = 0;
    task->process->holds &= listeners_are_held(task->process, task->session->ports);
    process_own_memory(task->process);
    task->process->dying = task->dying; /* threads that were to be killed are gone */
    if (task->tid == task->session->main && !task->session->main_started)
        start_main(task);
    unsigned long former = (unsigned long)task->tid;
    ptrace(PTRACE_GETEVENTMSG, task->tid, NULL, &former);
    if (!nested_show_event(task, PTRACE_EVENT_EXEC, former))
        event_go_on(task);
}

static void at_end(struct task *task)
{
    unsigned long code = 0;
    ptrace(PTRACE_GETEVENTMSG, task->tid, NULL, &code);
    if (task->at != AT_END) {
        task->process->live--;
        cordon_task_exit(&task->seccomp);
    }
    task->at = AT_END;
    nested_thread_ended(task);
    if (!task->process->live)
        nested_process_ended(task->process);
    if (!nested_show_event(task, PTRACE_EVENT_EXIT, code))
        event_go_on(task);
}

static void at_birth(struct task *task, int event)
{
    unsigned long tid = 0;
    task->at = AT_EVENT;
    if (!event_message(task->tid, event, &tid))
        return;
    if (event != PTRACE_EVENT_VFORK_DONE) {
        born(task, event, (pid_t)tid);
        end_births(task);
    }
    if (task->clone_flags & CLONE_UNTRACED) /* its tracer isn't told */
        event_go_on(task);
    else if (!nested_show_event(task, event, tid))
        event_go_on(task);
}

static void at_trap(struct task *task, int signal)
{
    if (proc_signal_stops(signal)) {
        task->at = AT_GROUP;
        if (!nested_show_group(task, signal))
            task_listen(task);
        return;
    }
    task->at = AT_EVENT;
    begin_child(task);
}

void event_go_on(struct task *task)
{
    task_resume(task, 0);
}

/* The kernel's filters stop it at a call. */
static void at_seccomp(struct task *task)
{
    if (task->trap.passing && task->in_call) {
        task->trap.passing = false; /* it has already stopped at the call, which was judged */
        task_step(task, 0);
    } else {
        at_entry(task);
    }
}

static void at_event(struct task *task, int event, int signal)
{
    switch (event) {
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
    case PTRACE_EVENT_VFORK_DONE:
        at_birth(task, event);
        break;
    case PTRACE_EVENT_EXEC:
        at_exec(task);
        break;
    case PTRACE_EVENT_EXIT:
        at_end(task);
        break;
    case PTRACE_EVENT_STOP:
        at_trap(task, signal);
        break;
    case PTRACE_EVENT_SECCOMP:
        at_seccomp(task);
        break;
    default:
        task->at = AT_EVENT;
        event_go_on(task);
    }
}

void signal_go_on(struct task *task, int signal)
{
    task_resume(task, signal);
}

/*
 * A signal before a call that was to be repeated is treated as if it had come during the call: the
 * kernel restarts it or lets it fail.
 */
static void interrupt_again(struct task *task, int signal)
{
    struct machine_regs regs;
    if (!signal_is_ignored(task, signal))
        task->skip_judge = false;
    if (!task_regs(task, &regs))
        return;
    machine_set_ip(&regs, task->call.ip);
    machine_interrupt(&regs, task->call.nr);
    task_set_regs(task, &regs);
}

static void at_signal(struct task *task, int signal)
{
    task->at = AT_SIGNAL;
    if (task->again)
        interrupt_again(task, signal);
    if (signal == SIGSYS && enforce_sigsys(task))
        return;
    nested_fix_siginfo(task, signal);
    if (task->dying)
        task_resume(task, 0); /* nothing may delay the kill */
    if (task->dying || task->process->dying)
        return;
    if (!park_signal(task, signal))
        return;
    if (!nested_show_signal(task, signal))
        signal_go_on(task, signal);
}

/* ---- ends ---- */

static void gone(struct session *session, struct task *task, pid_t tid, int status)
{
    if (tid == session->main) {
        session->main_status = proc_exit_status(status);
        session_report(session);
    }
    if (task->unborn && !task->dying) {
        task->at = AT_END; /* kept until its creator's event */
        return;
    }
    bool births = task->births;
    nested_ended(task, status);
    task_free(task);
    if (births && session->unborn_count)
        kill_orphans(session);
}

/* ---- the loop ---- */

static void handle_trace(struct task *task, int status)
{
    int event = status >> 16, signal = WSTOPSIG(status);
    if (event != PTRACE_EVENT_SECCOMP)
        task->trap.passing = false; /* only the stop right after the entry is of the same call */
    task->trap.entry = !event && signal == SYSCALL_STOP && !task->in_call && task->trap.table;
    if (event)
        at_event(task, event, signal);
    else if (signal == SYSCALL_STOP && !task->in_call)
        at_entry(task);
    else if (signal == SYSCALL_STOP)
        at_exit_stop(task);
    else
        at_signal(task, signal);
}

/* CORDON_DUMP=stops: prints every stop. */
static void dump_stop(const struct task *task, pid_t tid, int status)
{
    int event = WIFSTOPPED(status) ? status >> 16 : 0;
    fprintf(stderr, "%d: status %04x event %d", tid, status & 0xffff, event);
    if (task)
        fprintf(stderr, " %s nr %d park %d shown %d", task->in_call ? "in call" : "outside",
                task->call.nr, task->park.kind, task->nested.shown);
    fputc('\n', stderr);
}

/* A thread that isn't known stays stopped until its creator's event. */
static void handle_unborn(struct task *task, int status)
{
    if (status >> 16 == PTRACE_EVENT_EXIT)
        task_end(task); /* freed at its creator's event, or killed */
    else if (!is_being_born(task->session, task))
        kill_orphan(task); /* its creator is already gone */
}

void stop_handle(struct task *task, int status)
{
    struct session *session = task->session;
    pid_t tid = task->tid;
    task->lost = false;
    task->stop += !task->goes_on;
    if (task->goes_on) {
        task->goes_on = false;
        nested_go_on(task);
        return;
    }
    if (!WIFSTOPPED(status)) {
        gone(session, task, tid, status);
        return;
    }
    if (status >> 16 == PTRACE_EVENT_EXEC && !(task = executed(session, task, tid)))
        return;
    if (task->unborn)
        handle_unborn(task, status);
    else
        handle_trace(task, status);
}

/* Is that the end of the calls that its handler made it do? */
static bool ends_script(int status)
{
    return !WIFSTOPPED(status) || status >> 16 == PTRACE_EVENT_EXIT ||
           status >> 16 == PTRACE_EVENT_EXEC;
}

static void serve(struct task *task)
{
    int status = task->status;
    if (WIFSTOPPED(status) && !task->goes_on && !is_current(task->tid, status))
        return;
    if (task->session->dump)
        dump_stop(task, task->tid, status);
    bool waits = task->script;
    if (waits)
        script_continue(task, status);
    if (!waits || ends_script(status))
        script_start(task, status);
}

static void tick(int number)
{
    (void)number; /* only interrupts the wait */
}

/* Interrupts the wait periodically while something must be checked that sends no event. */
void session_tick(struct session *session)
{
    struct itimerval timer = {0};
    if (session->near_count > 1 || session->unreaped)
        timer.it_value.tv_usec = timer.it_interval.tv_usec = TICK_USEC;
    setitimer(ITIMER_REAL, &timer, NULL);
}

void session_loop(struct session *session)
{
    struct sigaction action = {.sa_handler = tick};
    sigaction(SIGALRM, &action, NULL);
    affinity_start(session);
    while (session->task_count) {
        struct task *task = queue_next(session);
        if (!task && errno == ECHILD)
            break;
        if (task)
            serve(task);
        if (session->unreaped) {
            unreaped_check(session);
            session_tick(session);
        }
        if (session->ports)
            listeners_check(session);
        if (session->near_count > 1)
            affinity_scan(session);
    }
}
