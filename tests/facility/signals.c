/* SPDX-License-Identifier: MIT */
/* signals.c: scenarios of signals at every point of filtered calls and of waits, of stops of
 * whole processes, and of exits. */
#include "scenario.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t handled;

static void on_alarm(int number)
{
    (void)number;
    int saved = errno;
    handled++;
    call_getppid();
    errno = saved;
}

static void on_sigsys(int number)
{
    (void)number;
}

static void alarms(int flags, int microseconds)
{
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = flags};
    struct itimerval timer = {{0, microseconds}, {0, microseconds}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void no_alarms(void)
{
    struct itimerval never = {0};
    setitimer(ITIMER_REAL, &never, NULL);
}

/* ---- a timer ---- */

static void with_timer(int flags)
{
    int wrong = 0;
    signal(SIGSYS, on_sigsys);
    deny(SYS_getppid, ERRNO(7));
    deny(SYS_getpgrp, SECCOMP_RET_TRAP | 3);
    alarms(flags, 700);
    for (int i = 0; i < 400 || handled < 5; i++) {
        wrong += call_getppid() != -7;
        wrong += CALL(SYS_getpgrp, 0, 0, 0) != SYS_getpgrp;
        wrong += CALL(SYS_getpid, 0, 0, 0) != getpid();
    }
    no_alarms();
    say("wrong %d", wrong);
}

static void timer_restarts(void)
{
    with_timer((int)SA_RESTART);
}

static void timer_fails(void)
{
    with_timer(0);
}

/* ERRNO with a number of the kernel's own restarts: EINTR if a handler runs just then, or the call
 * is made again. */
static void restart_numbers(void)
{
    static const int numbers[] = {512, 514, 516};
    struct sigaction action = {.sa_handler = on_sigsys};
    struct itimerval timer = {{0, 300}, {0, 300}};
    sigaction(SIGALRM, &action, NULL);
    static const long calls[] = {SYS_getppid, SYS_getpgrp, SYS_getuid};
    for (int i = 0; i < 3; i++)
        deny(calls[i], ERRNO(numbers[i]));
    for (int i = 0; i < 3; i++)
        say("quiet %ld", CALL(calls[i], 0, 0, 0));
    setitimer(ITIMER_REAL, &timer, NULL);
    for (int i = 0; i < 3; i++) {
        int others = 0, interrupted = 0;
        for (int k = 0; k < 3000000 && !interrupted; k++) {
            long result = CALL(calls[i], 0, 0, 0);
            interrupted = result == -EINTR;
            others += result != -numbers[i] && !interrupted;
        }
        say("%d interrupted %d, others %d", numbers[i], interrupted, others);
    }
    no_alarms();
}

/* Calls that sleep are restarted, or fail, as without cordon. */
static void sleeping_calls(void)
{
    static const int kinds[] = {0, (int)SA_RESTART};
    int ends[2];
    if (pipe(ends))
        give_up("pipe");
    deny(SYS_getppid, ERRNO(7));
    for (int i = 0; i < 2; i++) {
        char byte;
        struct timespec time = {20, 0};
        struct pollfd poller = {.fd = ends[0], .events = POLLIN};
        alarms(kinds[i], 10000);
        say("nanosleep %ld", CALL(SYS_nanosleep, &time, &time, 0));
        say("poll %ld", CALL(SYS_poll, &poller, 1, 20000));
        if (kinds[i]) { /* otherwise it would be restarted for ever */
            pid_t writer = forked();
            if (writer == 0) {
                pause_for(40);
                _exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
            }
        }
        say("read %ld", CALL(SYS_read, ends[0], &byte, 1));
        no_alarms();
    }
}

/* ---- waits ---- */

/* A tracer that is signalled continuously still sees every stop. */
static void tracer_with_timer(int flags)
{
    int status, stops = 0, interrupted = 0;
    pid_t pid = forked();
    if (pid == 0) {
        deny(SYS_getppid, ERRNO(7));
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        int wrong = 0;
        for (int i = 0; i < 100; i++)
            wrong += call_getppid() != -7;
        syscall(SYS_exit_group, wrong);
    }
    alarms(flags, 500);
    for (;;) {
        pid_t got = waitpid(pid, &status, 0);
        if (got < 0 && errno == EINTR) {
            interrupted++;
            continue;
        }
        if (got != pid || !WIFSTOPPED(status))
            break;
        stops++;
        ptrace(PTRACE_SYSCALL, pid, 0, 0);
    }
    no_alarms();
    say("stops %d, %s%s", stops, status_text(status),
        interrupted && flags ? ", interrupted though it restarts" : "");
}

static void tracer_restarts(void)
{
    tracer_with_timer((int)SA_RESTART);
}

static void tracer_fails(void)
{
    tracer_with_timer(0);
}

static long receive(int listener, struct seccomp_notif *request)
{
    memset(request, 0, sizeof *request);
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, request) ? -errno : 0;
}

/* A supervisor that is signalled continuously answers every call once. */
static void supervisor_with_timer(int flags)
{
    struct seccomp_notif request;
    int status, answered = 0, listener = deny_with_listener(SYS_getpgrp, 0);
    pid_t pid = forked();
    if (pid == 0) {
        int wrong = 0;
        for (int i = 0; i < 100; i++)
            wrong += CALL(SYS_getpgrp, 0, 0, 0) != 30 + i;
        _exit(wrong);
    }
    alarms(flags, 500);
    while (answered < 100) {
        long got = receive(listener, &request);
        if (got)
            continue;
        struct seccomp_notif_resp response = {.id = request.id, .val = 30 + answered};
        while (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response) && errno == EINTR)
            ;
        answered++;
    }
    while (waitpid(pid, &status, 0) < 0)
        ;
    no_alarms();
    say("%s", status_text(status));
    close(listener);
}

static void supervisor_storm(void)
{
    supervisor_with_timer((int)SA_RESTART);
    supervisor_with_timer(0);
}

/* ---- stops of a process ---- */

static void *calls_on(void *unused)
{
    for (;;)
        call_getppid();
    return unused;
}

static void job_control(void)
{
    static const int stops[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
    int status;
    pid_t pid = forked();
    if (pid == 0) {
        setpgid(0, 0);
        deny(SYS_getppid, ERRNO(7));
        thread_run(calls_on, NULL);
        calls_on(NULL);
    }
    setpgid(pid, pid);
    pause_for(20);
    for (int i = 0; i < 4; i++) {
        siginfo_t info = {0};
        kill(pid, stops[i]);
        waitid(P_PID, (id_t)pid, &info, WSTOPPED);
        say("%d: code %d status %d", stops[i], info.si_code, info.si_status);
        say("nothing more %d", waitpid(pid, &status, WNOHANG | WUNTRACED));
        kill(pid, SIGCONT);
        waitid(P_PID, (id_t)pid, &info, WCONTINUED);
        say("code %d status %d", info.si_code, info.si_status);
    }
    kill(pid, SIGSTOP);
    waitpid(pid, &status, WUNTRACED);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    say("%s", status_text(status));
}

static void stop_storm(void)
{
    int status;
    pid_t pid = forked();
    if (pid == 0) {
        int wrong = 0;
        deny(SYS_getppid, ERRNO(7));
        for (int i = 0; i < 300; i++)
            wrong += call_getppid() != -7;
        _exit(wrong);
    }
    while (waitpid(pid, &status, WNOHANG) == 0) {
        kill(pid, SIGSTOP);
        kill(pid, SIGCONT);
        sched_yield();
    }
    say("%s", status_text(status));
}

/* ---- ends ---- */

/* Killed at any point of being traced. */
static void killed_amid_tracing(void)
{
    for (int i = 0; i < 30; i++) {
        int status;
        pid_t pid = forked();
        if (pid == 0) {
            deny(SYS_getppid, ERRNO(7));
            ptrace(PTRACE_TRACEME, 0, 0, 0);
            raise(SIGSTOP);
            calls_on(NULL);
        }
        pid_t killer = forked();
        if (killer == 0) {
            pause_for(i % 5 + 1);
            kill(pid, SIGKILL);
            _exit(0);
        }
        while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status))
            ptrace(i % 2 ? PTRACE_SYSCALL : PTRACE_SINGLESTEP, pid, 0, 0);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
            say("%s", status_text(status));
        waitpid(killer, &status, 0);
    }
    say("all killed");
}

static void *calls_denied(void *number)
{
    pause_for(2);
    syscall((int)(intptr_t)number);
    return NULL;
}

/* KILL_THREAD, KILL_PROCESS, exit_group and a signal from different threads at once. */
static void ends_at_once(void)
{
    for (int i = 0; i < 20; i++) {
        int status;
        pid_t pid = forked();
        if (pid == 0) {
            deny(SYS_getppid, SECCOMP_RET_KILL_PROCESS);
            deny(SYS_getpgrp, SECCOMP_RET_KILL_THREAD);
            for (int j = 0; j < 3; j++)
                thread_run(calls_denied, (void *)(intptr_t)SYS_getpgrp);
            thread_run(calls_denied, (void *)(intptr_t)SYS_getppid);
            pause_for(2);
            if (i % 2)
                raise(SIGTERM);
            syscall(SYS_exit_group, 3);
        }
        waitpid(pid, &status, 0);
        bool good =
            (WIFEXITED(status) && WEXITSTATUS(status) == 3) ||
            (WIFSIGNALED(status) && (WTERMSIG(status) == SIGSYS || WTERMSIG(status) == SIGTERM));
        if (!good)
            say("%s", status_text(status));
    }
    say("all ended");
}

const struct scenario signals[] = {{"timer-restarts", timer_restarts},
                                   {"timer-fails", timer_fails},
                                   {"restart-numbers", restart_numbers},
                                   {"sleeping-calls", sleeping_calls},
                                   {"timer-in-tracer-restarts", tracer_restarts},
                                   {"timer-in-tracer-fails", tracer_fails},
                                   {"timer-in-supervisor", supervisor_storm},
                                   {"job-control", job_control},
                                   {"stop-storm", stop_storm},
                                   {"killed-amid-tracing", killed_amid_tracing},
                                   {"ends-at-once", ends_at_once},
                                   {0}};
