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

bool follow_look(const struct session *session, pid_t tid, struct cordon_stop *stop)
{
    *stop = (struct cordon_stop){.tid = tid};
    if (!machine_read_call(tid, &stop->data))
        return false;
    stop->verdict = cordon_program_run(session->launch->program, &stop->data).value;
    return true;
}

void follow_report(const struct session *session, struct cordon_stop *stop)
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
    if (machine_get_regs(tid, &regs) && machine_call_not_run(&regs) &&
        follow_look(session, tid, &stop) && kills(stop.verdict))
        follow_report(session, &stop);
}

/* Reports a trapped call if the program has no handler for SIGSYS. */
static void at_sigsys(struct session *session, pid_t tid)
{
    siginfo_t info;
    struct cordon_stop stop;
    if (ptrace(PTRACE_GETSIGINFO, tid, NULL, &info) || info.si_code != SYS_SECCOMP_CODE)
        return;
    if (!(proc_status(tid).caught >> (SIGSYS - 1) & 1) && follow_look(session, tid, &stop) &&
        (stop.verdict & CORDON_ACTION_FULL) == CORDON_TRAP)
        follow_report(session, &stop);
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
    if (event != PTRACE_EVENT_EXIT)
        denied_stop(session, tid);
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
        pid_t tid = denied_wait(session, &status);
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
