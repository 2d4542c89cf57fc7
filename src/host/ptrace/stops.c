/* SPDX-License-Identifier: MIT */
/*
 * stops.c: what is done at each stop of a thread.
 *
 *     entry ─► (its tracer) ─► judged ─► run, skipped, trapped, parked … ─► exit ─► (its tracer)
 */
#include <sched.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "affinity.h"
#include "calls.h"
#include "enforce.h"
#include "facility.h"
#include "inject.h"
#include "judge.h"
#include "lives.h"
#include "loop.h"
#include "nested.h"
#include "next.h"
#include "park.h"
#include "proc.h"
#include "report.h"
#include "task.h"
#include "tracee.h"
#include "trap.h"

/* What follows what the handlers of calls return. */
static struct next follow(struct task *task, struct next next)
{
    if (next.kind == NEXT_ALLOWED)
        next = call_run(task, next.pass);
    if (next.kind != NEXT_DONE)
        return next;
    task->at = AT_EXIT;
    return nested_show_exit(task) ? next_stand() : next_go(0);
}

/* ---- entry and exit ---- */

/* Sets what a sibling's TSYNC requires of this thread. */
static struct next set_no_new_privs(struct task *task)
{
    enum { SET_NO_NEW_PRIVS = 38 };
    task->wants_nnp = false;
    task_inject(task, CALL_PRCTL, SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return call_again(task);
}

static struct next entry_shown(struct task *task)
{
    if (!task->nested.emulated)
        return enforce(task);
    task->nested.emulated = false; /* its tracer emulates the call: it isn't judged */
    return call_skip(task);
}

/* Reads the call. *same: it is the one to be repeated, as only that one isn't judged again. */
static bool read_again(struct task *task, bool *same)
{
    struct call before = task->call;
    if (!task_read_call(task))
        return false;
    *same = (task_is_repeating(task) || task->park.interrupted) && before.ip == task->call.ip &&
            before.nr == task->call.nr && before.arch == task->call.arch &&
            !memcmp(before.args, task->call.args, sizeof before.args);
    return true;
}

/* A call that can't be read: it is one that Syscall User Dispatch has refused, or nothing goes on.
 * There was no entry to it, and the signal that kills is pending. */
static struct next unread(struct task *task)
{
    const uint64_t kills = UINT64_C(1) << (SIGSYS - 1) | UINT64_C(1) << (SIGSEGV - 1);
    if (task_is_after_call(task) && proc_status(task->tid).pending & kills) {
        task->state = STATE_OUTSIDE;
        task->at = AT_EXIT;
        return next_go(0);
    }
    task_kill_unread(task);
    return next_stand();
}

/* The kernel has skipped the call: it is repeated afterwards. */
static struct next stepped(struct task *task)
{
    task->at_exit = call_again;
    return call_skip(task);
}

/* The other threads of a process that is killed stay stopped: enforce.c. */
static struct next dying_calls(struct task *task)
{
    if (task->dying)
        task_kill(task); /* SIGSYS did not do it: a handler came, or the dispatch was led astray */
    return next_stand();
}

/* `same`: the call is the one that was to be repeated, and `allowed` if that was judged. */
static struct next entered(struct task *task, bool same, bool allowed)
{
    if (task->park.kind && !same)
        park_abandon(task);
    if (task->park.kind)
        return park_entered(task);
    if (task->wants_nnp)
        return set_no_new_privs(task);
    if (trap_is_behind(task) && !allowed && !task_is_call(task, CALL_SECCOMP)) {
        trap_catch_up(task);
        if (task->at != AT_ENTRY || task->lost)
            return call_again(task);
    }
    if (allowed)
        return next_allowed(judge_repeated(task));
    return nested_show_entry(task) ? next_stand() : enforce(task);
}

static struct next at_entry(struct task *task)
{
    bool same;
    enum state before = task->state;
    task->at = AT_ENTRY;
    task->at_exit = NULL;
    if (!read_again(task, &same))
        return unread(task);
    task->state = STATE_IN_CALL;
    affinity_note(task);
    if (before == STATE_STEPPING)
        return stepped(task);
    if (task->dying || task->process->dying)
        return dying_calls(task);
    return entered(task, same, same && before == STATE_REPEATING_ALLOWED);
}

static struct next at_call(struct task *task, int status)
{
    (void)status;
    task->trap.entry = task->trap.table;
    return at_entry(task);
}

/* It has created somebody of whom there was no event, and whom nobody would stop. */
static bool has_escaped(const struct task *task)
{
    int64_t result;
    return task->state == STATE_CREATING && task_result(task, &result) && result > 0;
}

static struct next at_exit(struct task *task, int status)
{
    struct next (*then)(struct task * task) = task->at_exit;
    (void)status;
    task->at = AT_EXIT;
    if (has_escaped(task)) {
        proc_kill_children(task->process->tgid, task->tid);
        task_kill(task);
    }
    creation_over(task, STATE_OUTSIDE);
    task->at_exit = NULL;
    return then ? then(task) : next_done();
}

/* The kernel's filters stop it at a call: */
static struct next at_filters(struct task *task, int status)
{
    (void)status;
    return at_entry(task);
}

/* one that it has stopped at before, and which was judged there. */
static struct next at_filters_again(struct task *task, int status)
{
    if (!task->trap.passing)
        return at_filters(task, status);
    task->trap.passing = false;
    task->at = AT_ENTRY;
    return next_step_call(judge_passing(task));
}

/* ---- signals ---- */

/*
 * A signal before a call that was to be repeated is treated as if it had come during the call: the
 * kernel restarts it or lets it fail.
 */
static void interrupt_again(struct task *task, int signal)
{
    struct machine_regs regs;
    if (!signal_is_ignored(task, signal))
        task->state = STATE_REPEATING;
    if (!task_regs(task, &regs))
        return;
    machine_set_ip(&regs, task->call.ip);
    machine_interrupt(&regs, task->call.nr);
    task_set_regs(task, &regs);
}

static struct next at_signal(struct task *task, int status)
{
    struct next next;
    int signal = WSTOPSIG(status);
    task->at = AT_SIGNAL;
    if (signal == SIGSYS && enforce_sigsys(task, &next))
        return next;
    nested_fix_siginfo(task, signal);
    if (task->dying)
        return next_go(0); /* nothing may delay the kill */
    if (task->process->dying)
        return next_stand();
    if (park_holds_back(task, signal, &next))
        return next;
    return nested_show_signal(task, signal) ? next_stand() : next_go(signal);
}

static struct next at_signal_before(struct task *task, int status)
{
    interrupt_again(task, WSTOPSIG(status));
    return at_signal(task, status);
}

/* ---- events ---- */

static void start_main(struct task *task)
{
    const struct cordon_program *program = task->session->emulation->program;
    struct trap_table seen;
    calls_see(&seen);
    task->session->main_started = true;
    trap_started(task, &seen);
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

static struct next at_exec(struct task *task, int status)
{
    (void)status;
    task->state = STATE_IN_CALL;
    task->process->page = 0;
    task->process->holds &= listeners_are_held(task->process, task->session->ports);
    process_own_memory(task->process);
    task->process->dying = task->dying; /* threads that were to be killed are gone */
    if (task->tid == task->session->main && !task->session->main_started)
        start_main(task);
    unsigned long former = (unsigned long)task->tid;
    ptrace(PTRACE_GETEVENTMSG, task->tid, NULL, &former);
    return nested_show_event(task, PTRACE_EVENT_EXEC, former) ? next_stand() : next_go(0);
}

static struct next at_group(struct task *task, int status)
{
    task->at = AT_GROUP;
    task->woken = false;
    return nested_show_group(task, WSTOPSIG(status)) ? next_stand() : next_listen();
}

/* Woken for the emulation, at its tracer's request, or born. */
static struct next at_trap(struct task *task, int status)
{
    (void)status;
    task->at = AT_EVENT;
    return newborn_begins(task);
}

static struct next at_other(struct task *task, int status)
{
    (void)status;
    task->at = AT_EVENT;
    return next_go(0);
}

/* ---- its tracer, or its creator's event, has let it go ---- */

static struct next at_call_shown(struct task *task, const struct gone *from)
{
    if (from->signal)
        syscall(SYS_tgkill, task->process->tgid, task->tid, from->signal);
    if (!task_read_call(task)) {
        task_kill_unread(task);
        return next_stand();
    }
    return from->from == SHOWN_SECCOMP ? enforce_changed(task) : entry_shown(task);
}

static struct next let_go(struct task *task)
{
    const struct gone from = task->gone;
    if (from.listens)
        return next_listen();
    switch (from.from) {
    case SHOWN_ENTRY:
    case SHOWN_SECCOMP:
        return at_call_shown(task, &from);
    case SHOWN_EXIT:
        return next_go(task->sigsys ? SIGSYS : from.signal);
    case SHOWN_SIGNAL:
        return next_go(from.signal);
    case SHOWN_EVENT:
    case SHOWN_GROUP:
        return next_go(0);
    case SHOWN_NONE:
        return newborn_begins(task);
    }
    return next_stand();
}

/* ---- the table ---- */

enum event {
    EVENT_CALL,       /* the entry or the exit of a call */
    EVENT_FILTERS,    /* the kernel's filters answer RET_TRACE */
    EVENT_SIGNAL,     /* a signal is about to be delivered */
    EVENT_GROUP,      /* its process is stopped */
    EVENT_TRAP,       /* PTRACE_INTERRUPT, or its first stop */
    EVENT_BIRTH,      /* it has made another thread or process */
    EVENT_VFORK_DONE, /* which has left its memory */
    EVENT_EXEC,       /* it has executed a program */
    EVENT_END,        /* it is on its way out */
    EVENT_GONE,       /* wait(2) has reported its end */
    EVENT_OTHER,      /* of newer kernels */
    EVENTS
};

static enum event event_of(int status)
{
    if (!WIFSTOPPED(status))
        return EVENT_GONE;
    switch (status >> 16) {
    case 0:
        return WSTOPSIG(status) == SYSCALL_STOP ? EVENT_CALL : EVENT_SIGNAL;
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
        return EVENT_BIRTH;
    case PTRACE_EVENT_VFORK_DONE:
        return EVENT_VFORK_DONE;
    case PTRACE_EVENT_EXEC:
        return EVENT_EXEC;
    case PTRACE_EVENT_EXIT:
        return EVENT_END;
    case PTRACE_EVENT_STOP:
        return proc_signal_stops(WSTOPSIG(status)) ? EVENT_GROUP : EVENT_TRAP;
    case PTRACE_EVENT_SECCOMP:
        return EVENT_FILTERS;
    }
    return EVENT_OTHER;
}

/* The kernel doesn't report that in this state, so the state isn't what it is taken for. */
static struct next impossible(struct task *task, int status)
{
    (void)status;
    task_kill(task);
    return next_stand();
}

#define ENDS  [EVENT_END] = at_end, [EVENT_GONE] = at_gone
#define STOPS [EVENT_GROUP] = at_group, [EVENT_TRAP] = at_trap, [EVENT_OTHER] = at_other

/* A missing entry is impossible. STATE_INJECTED has none: its handler waits, see loop.c. */
static stop_handler *const handlers[STATES][EVENTS] = {
    [STATE_OUTSIDE] = {[EVENT_CALL] = at_call,
                       [EVENT_FILTERS] = at_filters,
                       [EVENT_SIGNAL] = at_signal,
                       [EVENT_VFORK_DONE] = at_vfork_done,
                       [EVENT_EXEC] = at_exec,
                       STOPS,
                       ENDS},
    [STATE_UNBORN] = {[EVENT_GROUP] = at_unborn_stop,
                      [EVENT_TRAP] = at_unborn_stop,
                      [EVENT_END] = at_unborn_end,
                      [EVENT_GONE] = at_unborn_gone},
    [STATE_REPEATING] = {[EVENT_CALL] = at_call,
                         [EVENT_FILTERS] = at_filters,
                         [EVENT_SIGNAL] = at_signal_before,
                         STOPS,
                         ENDS},
    [STATE_REPEATING_ALLOWED] = {[EVENT_CALL] = at_call,
                                 [EVENT_FILTERS] = at_filters,
                                 [EVENT_SIGNAL] = at_signal_before,
                                 STOPS,
                                 ENDS},
    [STATE_STEPPING] = {[EVENT_CALL] = at_call, [EVENT_SIGNAL] = at_signal, STOPS, ENDS},
    [STATE_IN_CALL] = {[EVENT_CALL] = at_exit,
                       [EVENT_FILTERS] = at_filters_again,
                       [EVENT_VFORK_DONE] = at_vfork_done,
                       [EVENT_EXEC] = at_exec,
                       [EVENT_OTHER] = at_other,
                       ENDS},
    [STATE_CREATING] = {[EVENT_CALL] = at_exit,
                        [EVENT_FILTERS] = at_filters_again,
                        [EVENT_BIRTH] = at_birth,
                        [EVENT_OTHER] = at_other,
                        ENDS},
    [STATE_PARKED] = {[EVENT_CALL] = at_exit,
                      [EVENT_FILTERS] = at_filters_again,
                      [EVENT_OTHER] = at_other,
                      ENDS},
    [STATE_ENDING] = {ENDS}};

struct next stop_handle(struct task *task, int status)
{
    task->lost = false;
    if (task->goes_on) {
        task->goes_on = false;
        return follow(task, let_go(task));
    }
    enum event event = event_of(status);
    stop_handler *handle = handlers[task->state][event];
    task->stop++;
    task->trap.entry = false;
    if (event != EVENT_FILTERS)
        task->trap.passing = false; /* only the stop right after the entry is of the same call */
    return follow(task, handle ? handle(task, status) : impossible(task, status));
}
