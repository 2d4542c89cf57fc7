/* SPDX-License-Identifier: MIT */
/*
 * denied.c: how --explain learns of calls that the policy makes fail, or only logs.
 *
 * Verdicts of errno, trace and log are installed as notifications. The kernel drops such a call
 * before anybody hears of it: without an answer it fails with ENOSYS, and no other tracer or filter
 * can make it run. The thread that sleeps for the answer is interrupted, and stops with a call that
 * is to be restarted; its result is replaced by the policy's errno. A thread that isn't traced by
 * us (CLONE_UNTRACED) gets the errno as the answer. The answer that runs a call, CONTINUE, is given
 * only where the policy lets the call run (log), and to one call that we make ourselves before the
 * program's first instruction.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cordon/action.h"
#include "proc.h"
#include "session.h"

#define TICK_MS 50

/* ---- taking over the listener ---- */

static bool receive(int listener, struct seccomp_notif *call)
{
    memset(call, 0, sizeof *call);
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, call) == 0;
}

/* Lets the injected call run, which its thread has entered. */
static bool let_run(int listener, pid_t tid)
{
    struct seccomp_notif call;
    struct pollfd poll_of = {.fd = listener, .events = POLLIN};
    while (poll(&poll_of, 1, TICK_MS) <= 0)
        if (proc_is_dead(tid))
            return false;
    if (!receive(listener, &call))
        return false;
    struct seccomp_notif_resp answer = {.id = call.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    return call.pid == (uint32_t)tid && ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) == 0;
}

static const char *close_theirs(const struct session *session, struct injection *injection, int fd)
{
    int64_t result = -1;
    struct cordon_data data;
    const uint64_t args[CORDON_ARGS] = {(uint64_t)fd};
    inject_data(injection, CALL_CLOSE, args, &data);
    uint32_t action =
        cordon_program_run(session->launch->installed, &data).value & CORDON_ACTION_FULL;
    bool asks = action == (uint32_t)CORDON_USER_NOTIF;
    if (!asks && action != (uint32_t)CORDON_ALLOW && action != (uint32_t)CORDON_LOG)
        return "--explain needs a policy that lets close(2) return";
    bool good = inject_enter(injection, CALL_CLOSE, args) && inject_run(injection) &&
                (!asks || let_run(session->listener, injection->tid)) &&
                inject_leave(injection, &result);
    return good && result == 0 ? NULL : "its listener can't be closed";
}

const char *denied_listen(struct session *session, struct injection *injection, int fd)
{
    int listener = proc_fetch(session->main, fd);
    if (listener < 0)
        return "--explain can't take over its listener by pidfd_getfd(2)";
    session->listener = listener;
    return close_theirs(session, injection, fd);
}

/* ---- denied calls ---- */

/* user_notif and trace fail like those without a listener and a tracer. */
static long error_of(uint32_t verdict)
{
    uint32_t error = verdict & CORDON_ACTION_DATA;
    if ((verdict & CORDON_ACTION_FULL) != CORDON_ERRNO)
        return -ENOSYS;
    return -(long)(error < CORDON_MAX_ERRNO ? error : CORDON_MAX_ERRNO);
}

/* For a call that is only logged, or of a thread that isn't ours to interrupt. */
static void answer(const struct session *session, const struct seccomp_notif *call,
                   struct cordon_stop *stop)
{
    bool runs = (stop->verdict & CORDON_ACTION_FULL) == CORDON_LOG;
    struct seccomp_notif_resp response = {
        .id = call->id,
        .error = runs ? 0 : (int32_t)error_of(stop->verdict),
        .flags = runs ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0,
    };
    follow_report(session, stop);
    ioctl(session->listener, SECCOMP_IOCTL_NOTIF_SEND, &response); /* fails if it is gone */
}

static void denied_call(const struct session *session)
{
    struct seccomp_notif call;
    if (!receive(session->listener, &call))
        return; /* it was interrupted before */
    struct cordon_stop stop = {.tid = (pid_t)call.pid};
    _Static_assert(sizeof stop.data == sizeof call.data, "the same words");
    memcpy(&stop.data, &call.data, sizeof stop.data);
    stop.verdict = cordon_program_run(session->launch->program, &stop.data).value;
    if ((stop.verdict & CORDON_ACTION_FULL) == CORDON_LOG || !call.pid ||
        ptrace(PTRACE_INTERRUPT, (pid_t)call.pid, NULL, NULL))
        answer(session, &call, &stop);
}

void denied_stop(const struct session *session, pid_t tid)
{
    struct cordon_stop stop;
    struct machine_regs regs;
    if (session->listener < 0 || !machine_get_regs(tid, &regs) ||
        !machine_is_restart(machine_result(&regs, machine_runs_compat(&regs))) ||
        !follow_look(session, tid, &stop))
        return;
    uint32_t action = stop.verdict & CORDON_ACTION_FULL;
    if (action != CORDON_ERRNO && action != CORDON_TRACE && action != CORDON_USER_NOTIF)
        return;
    follow_report(session, &stop);
    machine_return(&regs, error_of(stop.verdict));
    machine_set_regs(tid, &regs);
}

/* ---- waiting ---- */

static void wake(int number)
{
    (void)number; /* only interrupts the wait */
}

/* Until a child changes, or a call was denied; `during` lets SIGCHLD in. */
static void wait_for_either(struct session *session, const sigset_t *during)
{
    struct pollfd poll_of = {.fd = session->listener, .events = POLLIN};
    if (ppoll(&poll_of, 1, NULL, during) <= 0)
        return;
    if (poll_of.revents & POLLIN) {
        denied_call(session);
    } else { /* nobody has the filter any more */
        close(session->listener);
        session->listener = -1;
    }
}

pid_t denied_wait(struct session *session, int *status)
{
    struct sigaction action = {.sa_handler = wake}, action_before;
    sigset_t child, before, during;
    pid_t tid = 0;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigaction(SIGCHLD, &action, &action_before);
    sigprocmask(SIG_BLOCK, &child, &before);
    during = before;
    sigdelset(&during, SIGCHLD);
    while (tid == 0 && session->listener >= 0) {
        tid = waitpid(-1, status, __WALL | WNOHANG);
        if (tid == 0)
            wait_for_either(session, &during);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    sigaction(SIGCHLD, &action_before, NULL);
    return tid ? tid : waitpid(-1, status, __WALL);
}
