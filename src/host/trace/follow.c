/* SPDX-License-Identifier: MIT */
/* follow.c: handles the stops of a program that runs under a filter, and reports denied calls. */
#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "cordon/action.h"
#include "machine.h"
#include "proc.h"
#include "session.h"

#define SYS_SECCOMP_CODE 1 /* si_code of a SIGSYS that a filter sent */

/* ---- a call that the filter stopped ---- */

size_t cordon_stop_read(const struct cordon_stop *stop, uint64_t address, void *bytes, size_t size)
{
    return proc_read(stop->tid, address, bytes, size);
}

/* Reads the call that the thread is in, and its verdict; false: it is in none, or it is allowed. */
static bool look(struct session *session, pid_t tid, struct cordon_stop *stop)
{
    *stop = (struct cordon_stop){.tid = tid};
    if (!machine_read_call(tid, &stop->data))
        return false;
    stop->verdict = cordon_program_run(session->launch->program, &stop->data).value;
    uint32_t action = stop->verdict & CORDON_ACTION_FULL;
    return action != (uint32_t)CORDON_ALLOW && action != (uint32_t)CORDON_LOG;
}

static void report(struct session *session, struct cordon_stop *stop)
{
    stop->pid = proc_status(stop->tid).tgid;
    proc_comm(stop->tid, stop->comm);
    if (session->launch->stopped)
        session->launch->stopped(session->launch->context, stop);
}

static bool kills(uint32_t verdict)
{
    uint32_t action = verdict & CORDON_ACTION_FULL;
    return action == (uint32_t)CORDON_KILL_PROCESS || action == (uint32_t)CORDON_KILL_THREAD ||
           !cordon_action_of(verdict);
}

/* Reports the call if the thread exits because of SIGSYS. */
static void at_exit(struct session *session, pid_t tid)
{
    unsigned long code = 0;
    struct cordon_stop stop;
    struct machine_regs regs;
    if (ptrace(PTRACE_GETEVENTMSG, tid, NULL, &code) || (code & 0x7f) != SIGSYS)
        return;
    if (machine_get_regs(tid, &regs) && machine_call_not_run(&regs) && look(session, tid, &stop) &&
        kills(stop.verdict))
        report(session, &stop);
}

/* Reports a trapped call if the program has no handler for SIGSYS. */
static void at_sigsys(struct session *session, pid_t tid)
{
    siginfo_t info;
    struct cordon_stop stop;
    if (ptrace(PTRACE_GETSIGINFO, tid, NULL, &info) || info.si_code != SYS_SECCOMP_CODE)
        return;
    if (!(proc_status(tid).caught >> (SIGSYS - 1) & 1) && look(session, tid, &stop))
        report(session, &stop);
}

/* At the stop of a trace verdict: the call returns an error without running. */
static void fail_call(pid_t tid, long result)
{
    struct machine_regs regs;
    if (!machine_get_regs(tid, &regs))
        return;
    machine_return(&regs, result);
    machine_set_regs(tid, &regs);
}

/* With --explain, errno verdicts are installed as trace: report them and return the errno. */
static void at_seccomp(struct session *session, pid_t tid)
{
    struct cordon_stop stop;
    if (!look(session, tid, &stop) || (stop.verdict & CORDON_ACTION_FULL) != CORDON_ERRNO) {
        fail_call(tid, -ENOSYS);
        return;
    }
    report(session, &stop);
    uint32_t error = stop.verdict & CORDON_ACTION_DATA;
    fail_call(tid, -(long)(error < CORDON_MAX_ERRNO ? error : CORDON_MAX_ERRNO));
}

/* ---- the loop ---- */

static void go_on(pid_t tid, int signal)
{
    ptrace(PTRACE_CONT, tid, NULL, (void *)(intptr_t)signal);
}

static void at_event(struct session *session, pid_t tid, int event, int signal)
{
    switch (event) {
    case PTRACE_EVENT_EXEC:
        if (tid == session->main && !session->installed)
            session_install(session);
        break;
    case PTRACE_EVENT_EXIT:
        at_exit(session, tid);
        break;
    case PTRACE_EVENT_SECCOMP:
        at_seccomp(session, tid);
        break;
    case PTRACE_EVENT_STOP:
        if (proc_signal_stops(signal)) {
            ptrace(PTRACE_LISTEN, tid, NULL, NULL);
            return;
        }
        break;
    default:
        break;
    }
    go_on(tid, 0);
}

static void at_stop(struct session *session, pid_t tid, int status)
{
    int event = status >> 16, signal = WSTOPSIG(status);
    if (event) {
        at_event(session, tid, event, signal);
        return;
    }
    if (signal == SIGSYS)
        at_sigsys(session, tid);
    go_on(tid, signal);
}

int session_follow(struct session *session)
{
    for (;;) {
        int status;
        pid_t tid = waitpid(-1, &status, __WALL);
        if (tid < 0 && errno == EINTR)
            continue;
        if (tid < 0)
            return 126;
        if (WIFSTOPPED(status))
            at_stop(session, tid, status);
        else if (tid == session->main)
            return proc_exit_status(status);
    }
}
