/* SPDX-License-Identifier: MIT */
/* tracing.c: scenarios of programs that trace others: what they see of filtered calls, and that
 * ptrace(2) keeps working. */
#include "scenario.h"

#include <asm/prctl.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ptrace.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __x86_64__
#define PLACE_NUMBER (15 * 8)
#define PLACE_RESULT (10 * 8)
#define PLACE_IP     (16 * 8)
#else
#define PLACE_NUMBER (11 * 4)
#define PLACE_RESULT (6 * 4)
#define PLACE_IP     (12 * 4)
#endif

#define TRACE(request, pid, address, data)                                                         \
    result_of(SYS_ptrace, (request), (pid), (long)(address), (long)(data), 0)

static long peek_user(pid_t pid, long place)
{
    long word = 0;
    TRACE(PTRACE_PEEKUSR, pid, place, &word);
    return word;
}

/* Makes a child that we trace, stopped before it runs this. */
static pid_t traced(void (*body)(void))
{
    int status;
    pid_t pid = forked();
    if (pid == 0) {
        if (TRACE(PTRACE_TRACEME, 0, 0, 0))
            _exit(90);
        raise(SIGSTOP);
        body();
        _exit(0);
    }
    waitpid(pid, &status, 0);
    if (!WIFSTOPPED(status))
        give_up("a traced child");
    return pid;
}

/* Prints a stop, with the result of GET_SYSCALL_INFO. */
static void tell(const char *what, pid_t pid, int status)
{
    struct ptrace_syscall_info info = {0};
    unsigned long message = 0;
    if (!WIFSTOPPED(status)) {
        say("%s: %s", what, status_text(status));
        return;
    }
    long size = TRACE(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info);
    TRACE(PTRACE_GETEVENTMSG, pid, 0, &message);
    siginfo_t signal = {0};
    long told = TRACE(PTRACE_GETSIGINFO, pid, 0, &signal);
    say("%s: %s, op %d of %ld, siginfo %ld %d %#x", what, status_text(status), info.op, size, told,
        signal.si_signo, (unsigned)signal.si_code);
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
        say("  entry of %llu, message %lu", info.entry.nr, message);
    else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
        say("  exit, error %d, value %lld, message %lu", info.exit.is_error,
            info.exit.is_error || info.exit.rval < 2 ? (long long)info.exit.rval : 2LL, message);
    else if (info.op == PTRACE_SYSCALL_INFO_SECCOMP)
        say("  seccomp %llu, data %u, message %lu", info.seccomp.nr, info.seccomp.ret_data,
            message);
}

/* Resumes it with one request until it ends, or this many times. */
static void follow(pid_t pid, int request, int most)
{
    int status, signal = 0;
    for (int i = 0; i < most; i++) {
        if (TRACE(request, pid, 0, signal))
            break;
        if (waitpid(pid, &status, __WALL) != pid)
            break;
        tell("stop", pid, status);
        if (!WIFSTOPPED(status))
            return;
        signal = status >> 16 || WSTOPSIG(status) == (SIGTRAP | 0x80) || WSTOPSIG(status) == SIGTRAP
                     ? 0
                     : WSTOPSIG(status);
    }
    TRACE(PTRACE_KILL, pid, 0, 0);
    kill(pid, SIGKILL);
    waitpid(pid, &status, __WALL);
    say("stopped looking");
}

/* ---- filtered calls as a tracer sees them ---- */

static void on_sigsys(int number)
{
    (void)number;
}

static void filtered_body(void)
{
    syscall(SYS_getpgrp);
    call_getppid();
    syscall(SYS_getuid);
}

static void filtered(uint32_t action, int request, unsigned options)
{
    signal(SIGSYS, on_sigsys);
    pid_t pid = forked();
    if (pid == 0) {
        deny(SYS_getppid, action);
        TRACE(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        filtered_body();
        _exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
    TRACE(PTRACE_SETOPTIONS, pid, 0, options);
    follow(pid, request, 40);
}

static void calls_plain(void)
{
    filtered(SECCOMP_RET_ALLOW, PTRACE_SYSCALL, 0);
}

static void calls_errno(void)
{
    filtered(ERRNO(7), PTRACE_SYSCALL, PTRACE_O_TRACESYSGOOD);
}

static void calls_trap(void)
{
    filtered(SECCOMP_RET_TRAP | 6, PTRACE_SYSCALL, PTRACE_O_TRACESYSGOOD);
}

static void calls_kill(void)
{
    filtered(SECCOMP_RET_KILL_PROCESS, PTRACE_SYSCALL, PTRACE_O_TRACESYSGOOD);
}

static void calls_kill_exit(void)
{
    filtered(SECCOMP_RET_KILL_THREAD, PTRACE_CONT, PTRACE_O_TRACEEXIT);
}

static void calls_trap_cont(void)
{
    filtered(SECCOMP_RET_TRAP | 6, PTRACE_CONT, 0);
}

static void calls_trace(void)
{
    filtered(SECCOMP_RET_TRACE | 0x4321, PTRACE_SYSCALL,
             PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP);
    filtered(SECCOMP_RET_TRACE | 0x4321, PTRACE_CONT, PTRACE_O_TRACESECCOMP);
    filtered(SECCOMP_RET_TRACE | 0x4321, PTRACE_CONT, 0);
}

static void trace_answers_body(void)
{
    for (int i = 0; i < 4; i++) {
        long result = call_getppid();
        say("result %ld", result > 3 ? 3L : result);
    }
}

/* What a tracer does to the call: nothing, another call, a denied one, a result. */
static void trace_answers(void)
{
    int status;
    pid_t pid = forked();
    if (pid == 0) {
        deny(SYS_getppid, SECCOMP_RET_TRACE | 1);
        deny(SYS_getpgrp, ERRNO(9));
        TRACE(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        trace_answers_body();
        _exit(0);
    }
    waitpid(pid, &status, 0);
    TRACE(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESECCOMP);
    for (int i = 0; TRACE(PTRACE_CONT, pid, 0, 0) == 0; i++) {
        waitpid(pid, &status, 0);
        if (!WIFSTOPPED(status))
            break;
        if (i == 1)
            TRACE(PTRACE_POKEUSR, pid, PLACE_NUMBER, SYS_getpgrp);
        if (i == 2)
            TRACE(PTRACE_POKEUSR, pid, PLACE_NUMBER, -1);
        if (i == 3) {
            TRACE(PTRACE_POKEUSR, pid, PLACE_NUMBER, -1);
            TRACE(PTRACE_POKEUSR, pid, PLACE_RESULT, -5);
        }
    }
    say("%s", status_text(status));
}

/* ---- ways of resuming ---- */

/* Steps from the place of the call to the instruction after it. */
static void steps(void)
{
    int status;
    pid_t pid = forked();
    if (pid == 0) {
        deny(SYS_getppid, ERRNO(7));
        TRACE(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        long result = call_getppid();
        _exit(result == -7 ? 5 : 6);
    }
    waitpid(pid, &status, 0);
    for (int i = 0; i < 3000; i++) {
        TRACE(PTRACE_SINGLESTEP, pid, 0, 0);
        waitpid(pid, &status, 0);
        if (!WIFSTOPPED(status))
            break;
        long offset = peek_user(pid, PLACE_IP) - (long)(uintptr_t)before_call;
        if (offset >= 0 && offset <= after_call - before_call)
            say("at %ld: %s", offset, status_text(status));
        if (offset == after_call - before_call)
            break;
    }
    TRACE(PTRACE_CONT, pid, 0, 0);
    waitpid(pid, &status, 0);
    say("%s", status_text(status));
}

static void steps_all_body(void)
{
    CALL(SYS_getpgrp, 0, 0, 0);
    int status;
    pid_t pid = (pid_t)syscall(SYS_fork);
    if (pid == 0)
        syscall(SYS_exit, 3);
    waitpid(pid, &status, 0);
    syscall(SYS_exit_group, WEXITSTATUS(status));
}

static void steps_all(void)
{
    int status, odd = 0;
    pid_t pid = traced(steps_all_body);
    for (int i = 0; i < 20000; i++) {
        TRACE(PTRACE_SINGLESTEP, pid, 0, 0);
        waitpid(pid, &status, 0);
        if (!WIFSTOPPED(status))
            break;
        odd += WSTOPSIG(status) != SIGTRAP && WSTOPSIG(status) != SIGCHLD;
    }
    say("odd %d, %s", odd, status_text(status));
}

static void emulated_body(void)
{
    long result = call_getppid();
    say("told %ld", result);
    _exit(4);
}

static void sysemu(void)
{
    int status;
    pid_t pid = forked();
    if (pid == 0) {
        deny(SYS_getppid, SECCOMP_RET_KILL_PROCESS); /* filters don't run */
        TRACE(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        emulated_body();
    }
    waitpid(pid, &status, 0);
    for (int i = 0; i < 50; i++) {
        TRACE(PTRACE_SYSEMU, pid, 0, 0);
        waitpid(pid, &status, 0);
        if (!WIFSTOPPED(status) || peek_user(pid, PLACE_NUMBER) == SYS_getppid)
            break;
    }
    say("%s", status_text(status));
    TRACE(PTRACE_POKEUSR, pid, PLACE_RESULT, 1234);
    TRACE(PTRACE_CONT, pid, 0, 0);
    waitpid(pid, &status, 0);
    say("%s", status_text(status));
}

/* ---- events ---- */

static void *thread_body(void *unused)
{
    return unused;
}

static char stack[65536] __attribute__((aligned(16)));

static int clone_body(void *unused)
{
    (void)unused;
    return 8;
}

static void creating_body(void)
{
    pid_t pid = (pid_t)syscall(SYS_fork);
    if (pid == 0)
        syscall(SYS_exit_group, 6);
    waitpid(pid, NULL, 0);
    pid = vfork();
    if (pid == 0)
        _exit(7);
    waitpid(pid, NULL, 0);
    pid = clone(clone_body, stack + sizeof stack, CLONE_UNTRACED | SIGCHLD, NULL);
    waitpid(pid, NULL, __WALL);
    pid = clone(clone_body, stack + sizeof stack, 0, NULL);
    waitpid(pid, NULL, __WALL);
    thread_join(thread_run(thread_body, NULL));
    _exit(9);
}

/* Resumes all of them until the first has ended; the others are only counted. */
static void follow_all(pid_t pid, bool seized)
{
    int status, others = 0, stops = 0;
    for (;;) {
        pid_t which = waitpid(-1, &status, __WALL);
        if (which < 0)
            break;
        int signal = 0;
        if (WIFSTOPPED(status) && !(status >> 16) && WSTOPSIG(status) != SIGSTOP &&
            WSTOPSIG(status) != SIGTRAP)
            signal = WSTOPSIG(status);
        if (which != pid) {
            if (WIFSTOPPED(status))
                stops++;
            else
                others++;
        } else if (!WIFSTOPPED(status) || status >> 16) {
            unsigned long message = 0;
            TRACE(PTRACE_GETEVENTMSG, pid, 0, &message);
            bool birth = status >> 16 >= PTRACE_EVENT_FORK &&
                         status >> 16 <= PTRACE_EVENT_VFORK_DONE &&
                         status >> 16 != PTRACE_EVENT_EXEC;
            say("%s, message %lu", status_text(status), birth ? message > 0 : message);
        }
        if (WIFSTOPPED(status))
            TRACE(PTRACE_CONT, which, 0, signal);
        else if (which == pid)
            break;
    }
    while (waitpid(-1, &status, __WALL) > 0)
        others++;
    say("others ended %d, stops of theirs %d%s", others, stops, seized ? ", seized" : "");
}

#define ALL_BIRTHS                                                                                 \
    (PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEVFORKDONE |    \
     PTRACE_O_TRACEEXIT)

static void events(void)
{
    pid_t pid = traced(creating_body);
    TRACE(PTRACE_SETOPTIONS, pid, 0, ALL_BIRTHS);
    TRACE(PTRACE_CONT, pid, 0, 0);
    follow_all(pid, false);
}

static void waits_then_creates(void)
{
    raise(SIGSTOP);
    creating_body();
}

static void events_seized(void)
{
    int status;
    pid_t pid = forked();
    if (pid == 0)
        waits_then_creates();
    waitpid(pid, &status, WUNTRACED);
    say("seize %ld", TRACE(PTRACE_SEIZE, pid, 0, ALL_BIRTHS));
    waitpid(pid, &status, __WALL);
    say("%s", status_text(status));
    kill(pid, SIGCONT);
    TRACE(PTRACE_CONT, pid, 0, 0);
    follow_all(pid, true);
}

static void exec_body(void)
{
    char name[] = "scenario", self[] = "--self", text[] = "traced";
    char *const list[] = {name, self, text, NULL};
    execv("/proc/self/exe", list);
    _exit(1);
}

static void events_exec(void)
{
    static const unsigned options[] = {0, PTRACE_O_TRACEEXEC,
                                       PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT};
    for (int i = 0; i < 3; i++) {
        pid_t pid = traced(exec_body);
        TRACE(PTRACE_SETOPTIONS, pid, 0, options[i]);
        follow(pid, PTRACE_CONT, 10);
    }
}

static void *executes(void *unused)
{
    exec_body();
    return unused;
}

static void exec_by_thread_body(void)
{
    thread_run(executes, NULL);
    for (;;)
        pause();
}

static void events_exec_thread(void)
{
    int status;
    pid_t pid = traced(exec_by_thread_body);
    TRACE(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEEXEC | PTRACE_O_TRACECLONE);
    TRACE(PTRACE_CONT, pid, 0, 0);
    for (;;) {
        pid_t which = waitpid(-1, &status, __WALL);
        if (which < 0)
            break;
        if (which == pid && (status >> 16 == PTRACE_EVENT_EXEC || !WIFSTOPPED(status)))
            say("%s", status_text(status));
        if (WIFSTOPPED(status))
            TRACE(PTRACE_CONT, which, 0, 0);
    }
}

/* ---- attaching, stopping ---- */

static void spins(void)
{
    for (;;)
        call_getppid();
}

static void attach(void)
{
    int status;
    pid_t pid = forked();
    if (pid == 0)
        spins();
    say("attach %ld", TRACE(PTRACE_ATTACH, pid, 0, 0));
    say("again %ld", TRACE(PTRACE_ATTACH, pid, 0, 0));
    waitpid(pid, &status, 0);
    tell("attached", pid, status);
    say("listen %ld, interrupt %ld", TRACE(PTRACE_LISTEN, pid, 0, 0),
        TRACE(PTRACE_INTERRUPT, pid, 0, 0));
    say("bad option %ld, bad signal %ld, bad request %ld",
        TRACE(PTRACE_SETOPTIONS, pid, 0, 1 << 30), TRACE(PTRACE_CONT, pid, 0, 100),
        TRACE(0x7777, pid, 0, 0));
    TRACE(PTRACE_CONT, pid, 0, 0);
    say("running: %ld", TRACE(PTRACE_GETEVENTMSG, pid, 0, &status));
    kill(pid, SIGUSR1);
    waitpid(pid, &status, 0);
    tell("signalled", pid, status);
    say("detach %ld", TRACE(PTRACE_DETACH, pid, 0, 0));
    kill(pid, SIGTERM);
    waitpid(pid, &status, 0);
    say("%s", status_text(status));
}

static void detach_with_signal(void)
{
    int status;
    pid_t pid = traced(spins);
    say("detach %ld", TRACE(PTRACE_DETACH, pid, 0, SIGUSR2));
    waitpid(pid, &status, 0);
    say("%s", status_text(status));
    pid = traced(spins);
    TRACE(PTRACE_CONT, pid, 0, 0);
    kill(pid, SIGUSR1);
    waitpid(pid, &status, 0);
    say("other signal %ld", TRACE(PTRACE_CONT, pid, 0, SIGUSR2));
    waitpid(pid, &status, 0);
    say("%s", status_text(status));
}

static void group_stop(bool seize)
{
    int status;
    pid_t pid = forked();
    if (pid == 0)
        spins();
    if (seize) {
        TRACE(PTRACE_SEIZE, pid, 0, 0);
    } else {
        TRACE(PTRACE_ATTACH, pid, 0, 0);
        waitpid(pid, &status, 0);
        TRACE(PTRACE_CONT, pid, 0, 0);
    }
    kill(pid, SIGSTOP);
    waitpid(pid, &status, 0);
    tell("stopping", pid, status);
    TRACE(PTRACE_CONT, pid, 0, SIGSTOP);
    waitpid(pid, &status, 0);
    tell("stopped", pid, status);
    if (seize) {
        say("listen %ld", TRACE(PTRACE_LISTEN, pid, 0, 0));
        say("nothing to tell: %d", waitpid(pid, &status, WNOHANG));
        kill(pid, SIGCONT);
        waitpid(pid, &status, 0);
        tell("continuing", pid, status);
        TRACE(PTRACE_CONT, pid, 0, 0);
        waitpid(pid, &status, 0);
        tell("then", pid, status);
        TRACE(PTRACE_CONT, pid, 0, 0);
        say("interrupt %ld", TRACE(PTRACE_INTERRUPT, pid, 0, 0));
        waitpid(pid, &status, 0);
        tell("interrupted", pid, status);
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    say("%s", status_text(status));
}

static void group_stops(void)
{
    group_stop(false);
    group_stop(true);
}

static void group_stop_attach(void)
{
    int status;
    pid_t pid = forked();
    if (pid == 0)
        spins();
    kill(pid, SIGSTOP);
    waitpid(pid, &status, WUNTRACED);
    say("attach %ld", TRACE(PTRACE_ATTACH, pid, 0, 0));
    waitpid(pid, &status, 0);
    say("%s", status_text(status));
    say("detach %ld", TRACE(PTRACE_DETACH, pid, 0, SIGSTOP));
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    say("%s", status_text(status));
}

static void two_tracers(void)
{
    int status;
    pid_t pid = forked();
    if (pid == 0)
        spins();
    say("attach %ld", TRACE(PTRACE_ATTACH, pid, 0, 0));
    waitpid(pid, &status, 0);
    pid_t other = forked();
    if (other == 0) {
        say("another attaches %ld, seizes %ld, goes on %ld", TRACE(PTRACE_ATTACH, pid, 0, 0),
            TRACE(PTRACE_SEIZE, pid, 0, 0), TRACE(PTRACE_CONT, pid, 0, 0));
        _exit(0);
    }
    waitpid(other, &status, 0);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    say("traceme %ld", TRACE(PTRACE_TRACEME, 0, 0, 0));
    say("again %ld", TRACE(PTRACE_TRACEME, 0, 0, 0));
}

static pid_t asked_of;

static void *other_thread(void *unused)
{
    say("another thread: %ld", TRACE(PTRACE_CONT, asked_of, 0, 0));
    return unused;
}

static void tracing_threads(void)
{
    int status;
    asked_of = traced(spins);
    thread_join(thread_run(other_thread, NULL));
    say("this one: %ld", TRACE(PTRACE_CONT, asked_of, 0, 0));
    kill(asked_of, SIGKILL);
    waitpid(asked_of, &status, 0);
}

/* ---- ends ---- */

static void tracer_ends(unsigned options, const char *what)
{
    int status, ends[2];
    if (pipe(ends))
        give_up("pipe");
    pid_t pid = forked();
    if (pid == 0) {
        char byte;
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) == 0 ? 11 : 12); /* when the tracer has ended */
    }
    pid_t tracer = forked();
    if (tracer == 0) {
        if (TRACE(PTRACE_SEIZE, pid, 0, options))
            say("can't seize");
        _exit(0);
    }
    waitpid(tracer, &status, 0);
    close(ends[0]);
    close(ends[1]);
    waitpid(pid, &status, 0);
    say("%s: %s", what, status_text(status));
}

static void tracer_death(void)
{
    tracer_ends(0, "left alone");
    tracer_ends(PTRACE_O_EXITKILL, "EXITKILL");
}

static void tracer_death_stopped(void)
{
    int status;
    pid_t pid = forked();
    if (pid == 0)
        for (;;)
            call_getppid();
    pid_t tracer = forked();
    if (tracer == 0) {
        TRACE(PTRACE_ATTACH, pid, 0, 0);
        waitpid(pid, &status, 0);
        raise(SIGKILL);
    }
    waitpid(tracer, &status, 0);
    kill(pid, SIGTERM);
    waitpid(pid, &status, 0);
    say("%s", status_text(status));
}

/* A tracer that isn't the parent sees the end first, then the parent does. */
static void foreign_tracee_ends(void)
{
    int status, go[2];
    if (pipe(go))
        give_up("pipe");
    pid_t pid = forked();
    if (pid == 0) {
        char byte;
        deny(SYS_getppid, SECCOMP_RET_KILL_PROCESS);
        if (read(go[0], &byte, 1) == 1)
            call_getppid();
        _exit(1);
    }
    pid_t tracer = forked();
    if (tracer == 0) {
        say("seize %ld", TRACE(PTRACE_SEIZE, pid, 0, 0));
        if (write(go[1], "g", 1) != 1)
            _exit(1);
        say("told of it: %d", waitpid(pid, &status, 0) == pid);
        say("%s", status_text(status));
        say("no more: %d %d", waitpid(pid, &status, 0), errno);
        _exit(0);
    }
    waitpid(tracer, NULL, 0);
    say("parent told: %d", waitpid(pid, &status, 0) == pid);
    say("%s", status_text(status));
}

/* ---- waiting ---- */

static void wait_kinds(void)
{
    siginfo_t info = {0};
    int status;
    pid_t pid = traced(spins);
    say("no more to hear: %d", waitpid(pid, &status, WNOHANG));
    TRACE(PTRACE_CONT, pid, 0, 0);
    kill(pid, SIGUSR1);
    for (int i = 0; i < 2; i++) {
        memset(&info, 0, sizeof info);
        long result = waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT);
        say("WNOWAIT %ld: signal %d code %d status %d ours %d", result, info.si_signo, info.si_code,
            info.si_status, info.si_pid == pid);
    }
    say("for exits alone: %d", waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG));
    TRACE(PTRACE_CONT, pid, 0, 0);
    kill(pid, SIGUSR1);
    memset(&info, 0, sizeof info);
    long result = waitid(P_ALL, 0, &info, WSTOPPED | WEXITED);
    say("all %ld: code %d status %d", result, info.si_code, info.si_status);
    info.si_pid = 77;
    result = waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOHANG);
    say("nothing %ld: pid %d", result, info.si_pid);
    TRACE(PTRACE_CONT, pid, 0, 0);
    kill(pid, SIGUSR2);
    result = waitpid(0, &status, 0);
    say("by group %d %s", result == pid, status_text(status));
    say("other group %d", waitpid(-4000000, &status, 0) < 0 ? errno : 0);
    kill(pid, SIGKILL);
    memset(&info, 0, sizeof info);
    waitid(P_PID, (id_t)pid, &info, WEXITED);
    say("code %d status %d", info.si_code, info.si_status);
}

static volatile sig_atomic_t child_code, child_status, child_signals;

static void on_child(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    child_code = info->si_code;
    child_status = info->si_status;
    child_signals++;
}

static void child_sigwait(void)
{
    sigset_t mask;
    siginfo_t info;
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    pid_t pid = traced(spins);
    bool got = sigwaitinfo(&mask, &info) == SIGCHLD;
    say("code %d status %d", got ? info.si_code : -1,
        info.si_code == CLD_TRAPPED ? info.si_status : 0);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void child_signal(void)
{
    struct sigaction action = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO | (int)SA_RESTART};
    int status;
    sigaction(SIGCHLD, &action, NULL);
    pid_t pid = traced(spins);
    say("stopped: code %d status %d", (int)child_code, (int)child_status);
    TRACE(PTRACE_CONT, pid, 0, 0);
    child_code = 0;
    kill(pid, SIGUSR1);
    waitpid(pid, &status, 0);
    say("signalled: code %d status %d", (int)child_code, (int)child_status);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    say("killed: code %d status %d", (int)child_code, (int)child_status);
}

/* ---- registers and memory ---- */

static volatile long peeked = 0x12345678;

static void registers(void)
{
    int status;
    long word = 0;
    pid_t pid = forked();
    if (pid == 0) {
        TRACE(PTRACE_TRACEME, 0, 0, 0);
        deny(SYS_getppid, SECCOMP_RET_TRAP | 3);
        call_getppid();
        _exit(peeked == 0x777 ? 3 : 4);
    }
    waitpid(pid, &status, 0);
    say("%s", status_text(status));
    struct user_regs_struct regs = {0};
    struct iovec vector = {&regs, sizeof regs};
    long ip = peek_user(pid, PLACE_IP);
    long got = TRACE(PTRACE_PEEKDATA, pid, &peeked, &word);
    say("peek %ld %#lx", got, word);
    say("poke %ld", TRACE(PTRACE_POKEDATA, pid, &peeked, 0x777));
    say("ip %ld, getregs %ld", ip - (long)(uintptr_t)after_call,
        TRACE(PTRACE_GETREGS, pid, 0, &regs));
#ifdef __x86_64__
    unsigned long base = 0;
    say("same %d, number %lld", (long)regs.rip == ip, regs.orig_rax);
    got = TRACE(PTRACE_ARCH_PRCTL, pid, &base, ARCH_GET_FS);
    say("base %ld, same %d", got, base == regs.fs_base);
    say("set base %ld", TRACE(PTRACE_ARCH_PRCTL, pid, base, ARCH_SET_FS));
#else
    say("same %d, number %ld", regs.eip == ip, regs.orig_eax);
    say("base %ld", TRACE(30 /* ARCH_PRCTL */, pid, &word, 0x1003));
#endif
    got = TRACE(PTRACE_GETREGSET, pid, NT_PRSTATUS, &vector);
    say("getregset %ld, size %zu", got, vector.iov_len);
    say("setregset %ld", TRACE(PTRACE_SETREGSET, pid, NT_PRSTATUS, &vector));
    say("setregs %ld", TRACE(PTRACE_SETREGS, pid, 0, &regs));
    siginfo_t info;
    long told = TRACE(PTRACE_GETSIGINFO, pid, 0, &info);
    say("siginfo %ld: %d %d errno %d place %ld nr %d arch %#x", told, info.si_signo, info.si_code,
        info.si_errno, (long)((const char *)info.si_call_addr - after_call), info.si_syscall,
        info.si_arch);
    say("setsiginfo %ld", TRACE(PTRACE_SETSIGINFO, pid, 0, &info));
    uint64_t mask = 1;
    told = TRACE(PTRACE_GETSIGMASK, pid, 8, &mask);
    say("mask %ld %llx", told, (unsigned long long)mask);
    say("mask of 4 %ld", TRACE(PTRACE_GETSIGMASK, pid, 4, &mask));
    TRACE(PTRACE_CONT, pid, 0, 0);
    waitpid(pid, &status, 0);
    say("%s", status_text(status));
}

/* ---- the facility's own requests ---- */

static void filter_requests(void)
{
    int status;
    struct sock_filter code[16] = {{0}};
    struct {
        uint64_t index, flags;
    } metadata = {0, 9};
    pid_t pid = forked();
    if (pid == 0) {
        const struct rule rule = {SYS_getpgrp, ERRNO(2)};
        deny(SYS_getppid, ERRNO(1));
        install(SECCOMP_FILTER_FLAG_LOG, 1, &rule, SECCOMP_RET_ALLOW);
        TRACE(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    for (int i = 0; i < 3; i++) {
        long length = TRACE(PTRACE_SECCOMP_GET_FILTER, pid, i, code);
        say("filter %d: %ld, call %u, answer %#x", i, length, code[1].k, code[2].k);
    }
    say("length alone %ld", TRACE(PTRACE_SECCOMP_GET_FILTER, pid, 0, 0));
    for (uint64_t i = 0; i < 3; i++) {
        metadata.index = i;
        long size = TRACE(PTRACE_SECCOMP_GET_METADATA, pid, sizeof metadata, &metadata);
        say("metadata %ld, flags %llu", size, (unsigned long long)metadata.flags);
    }
    say("short %ld", TRACE(PTRACE_SECCOMP_GET_METADATA, pid, 4, &metadata));
    TRACE(PTRACE_CONT, pid, 0, 0);
    waitpid(pid, &status, 0);
    pid = traced(spins);
    say("without filters %ld", TRACE(PTRACE_SECCOMP_GET_FILTER, pid, 0, 0));
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
}

static void suspend(void)
{
    int status;
    pid_t pid = forked();
    if (pid == 0) {
        deny(SYS_getppid, SECCOMP_RET_KILL_PROCESS);
        TRACE(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        say("called %d", call_getppid() > 0);
        raise(SIGSTOP);
        call_getppid();
        _exit(0);
    }
    waitpid(pid, &status, 0);
    say("suspend %ld", TRACE(PTRACE_SETOPTIONS, pid, 0, 1 << 21));
    TRACE(PTRACE_CONT, pid, 0, 0);
    waitpid(pid, &status, 0);
    say("%s", status_text(status));
    say("resume %ld", TRACE(PTRACE_SETOPTIONS, pid, 0, 0));
    TRACE(PTRACE_CONT, pid, 0, 0);
    waitpid(pid, &status, 0);
    say("%s", status_text(status));
    pid = traced(spins);
    deny(SYS_getpgrp, ERRNO(1));
    say("by one filtered %ld", TRACE(PTRACE_SETOPTIONS, pid, 0, 1 << 21));
    say("filters by one filtered %ld", TRACE(PTRACE_SECCOMP_GET_FILTER, pid, 0, 0));
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
}

/* ---- ends that the kernel tells somebody else ---- */

static void makes_an_orphan(void)
{
    pid_t parent = getpid();
    if (forked() == 0) {
        while (getppid() == parent)
            pause_for(1);
        _exit(9);
    }
    _exit(3);
}

/* A tracer that is the reaper of its tracee's orphan hears of its end once. */
static void reaps_orphan(void)
{
    int status;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t pid = traced(makes_an_orphan), ended;
    TRACE(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEFORK);
    TRACE(PTRACE_CONT, pid, 0, 0);
    while ((ended = waitpid(-1, &status, __WALL)) > 0)
        if (WIFSTOPPED(status))
            TRACE(PTRACE_CONT, ended, 0, 0);
        else
            say("%s: %s", ended == pid ? "child" : "its child", status_text(status));
    say("then %d", errno);
}

/* When its tracer sleeps in its wait. */
static void ends(void)
{
    pause_for(50);
}

/* A tracee is waited for whatever kind of child it is. */
static void wait_clone(void)
{
    int status;
    pid_t pid = traced(ends);
    TRACE(PTRACE_CONT, pid, 0, 0);
    pid_t ended = waitpid(pid, &status, __WCLONE);
    say("%d %s", ended == pid, status_text(status));
}

/* ---- requests ---- */

/* Requests right after an attach to a process that is stopped. */
static void attach_asks(void)
{
    int status, bad = 0;
    for (int i = 0; i < 30; i++) {
        pid_t pid = forked();
        if (pid == 0)
            spins();
        kill(pid, SIGSTOP);
        waitpid(pid, &status, WUNTRACED);
        bad += TRACE(PTRACE_ATTACH, pid, 0, 0) != 0;
        bad += peek_user(pid, PLACE_IP) == 0;
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
    }
    say("bad %d", bad);
}

static void pending_body(void)
{
    sigset_t both;
    sigemptyset(&both);
    sigaddset(&both, SIGUSR1);
    sigaddset(&both, SIGUSR2);
    sigprocmask(SIG_BLOCK, &both, NULL);
    kill(getpid(), SIGUSR2);
    syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1);
    raise(SIGTRAP);
}

static void peeks_pending(void)
{
    siginfo_t info[3];
    int status;
    pid_t pid = traced(pending_body);
    TRACE(PTRACE_CONT, pid, 0, 0);
    waitpid(pid, &status, 0);
    for (unsigned flags = 0; flags < 3; flags++)
        for (int from = 0; from < 2; from++) {
            struct ptrace_peeksiginfo_args which = {.off = (unsigned)from, .flags = flags, .nr = 3};
            memset(info, 0, sizeof info);
            long count = TRACE(PTRACE_PEEKSIGINFO, pid, &which, info);
            say("flags %u from %d: %ld, signal %d code %d ours %d", flags, from, count,
                info[0].si_signo, info[0].si_code, info[0].si_pid == pid);
        }
    struct ptrace_peeksiginfo_args which = {.nr = -1};
    say("less than none %ld", TRACE(PTRACE_PEEKSIGINFO, pid, &which, info));
    which.nr = 1;
    say("to nowhere %ld", TRACE(PTRACE_PEEKSIGINFO, pid, &which, 8));
    say("from nowhere %ld", TRACE(PTRACE_PEEKSIGINFO, pid, 8, info));
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
}

#ifdef __x86_64__
static void asks_area(pid_t pid)
{
    static unsigned area[4];
    for (long entry = 11; entry < 16; entry++) {
        memset(area, 0, sizeof area);
        long got = TRACE(25 /* PTRACE_GET_THREAD_AREA */, pid, entry, area);
        say("area %ld: %ld, entry %u", entry, got, area[0]);
    }
    say("to nowhere %ld", TRACE(25, pid, 12, 8));
}
#else
static void asks_area(pid_t pid)
{
    (void)pid;
}
#endif

/* Changes a call to another at its entry, and its result. */
static void sets_info(pid_t pid)
{
    enum { SET_SYSCALL_INFO = 0x4212 };
    struct ptrace_syscall_info info = {0};
    int status;
    TRACE(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD);
    for (int stop = 0; stop < 2; stop++) {
        TRACE(PTRACE_SYSCALL, pid, 0, 0);
        waitpid(pid, &status, 0);
        TRACE(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info);
        say("op %d", info.op);
        say("another op %ld", (info.op ^= 3, TRACE(SET_SYSCALL_INFO, pid, sizeof info, &info)));
        info.op ^= 3;
        say("too small %ld", TRACE(SET_SYSCALL_INFO, pid, 80, &info));
        if (stop == 0)
            info.entry.nr = SYS_gettid;
        else
            info.exit.rval += 1000000;
        say("set %ld", TRACE(SET_SYSCALL_INFO, pid, sizeof info, &info));
    }
    long result = peek_user(pid, PLACE_RESULT);
    say("its id and a million %d", result == pid + 1000000);
}

static void getppid_body(void)
{
    call_getppid();
}

static void newer_requests(void)
{
    uint64_t configuration[4] = {7, 7, 7, 7};
    int status;
    pid_t pid = traced(getppid_body);
    asks_area(pid);
    say("dispatch of another size %ld", TRACE(0x4211, pid, 24, configuration));
    say("dispatch %ld: mode %d", TRACE(0x4211, pid, sizeof configuration, configuration),
        (int)configuration[0]);
    say("off again %ld", TRACE(0x4210, pid, sizeof configuration, configuration));
    sets_info(pid);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
}

const struct scenario tracing[] = {{"trace-calls", calls_plain},
                                   {"trace-calls-errno", calls_errno},
                                   {"trace-calls-trap", calls_trap},
                                   {"trace-calls-trap-cont", calls_trap_cont},
                                   {"trace-calls-kill", calls_kill},
                                   {"trace-calls-kill-exit", calls_kill_exit},
                                   {"trace-calls-trace", calls_trace},
                                   {"trace-answers", trace_answers},
                                   {"trace-steps", steps},
                                   {"trace-steps-all", steps_all},
                                   {"trace-sysemu", sysemu},
                                   {"trace-events", events},
                                   {"trace-events-seized", events_seized},
                                   {"trace-events-exec", events_exec},
                                   {"trace-events-exec-thread", events_exec_thread},
                                   {"trace-attach", attach},
                                   {"trace-detach-with-signal", detach_with_signal},
                                   {"trace-group-stops", group_stops},
                                   {"trace-group-stop-attach", group_stop_attach},
                                   {"trace-two-tracers", two_tracers},
                                   {"trace-threads", tracing_threads},
                                   {"trace-tracer-death", tracer_death},
                                   {"trace-tracer-death-stopped", tracer_death_stopped},
                                   {"trace-foreign-tracee", foreign_tracee_ends},
                                   {"trace-wait-kinds", wait_kinds},
                                   {"trace-child-signal", child_signal},
                                   {"trace-child-sigwait", child_sigwait},
                                   {"trace-registers", registers},
                                   {"trace-filter-requests", filter_requests},
                                   {"trace-suspend", suspend},
                                   {"trace-reaps-orphan", reaps_orphan},
                                   {"trace-wait-clone", wait_clone},
                                   {"trace-attach-asks", attach_asks},
                                   {"trace-peeks-pending", peeks_pending},
                                   {"trace-newer-requests", newer_requests},
                                   {0}};
