/* SPDX-License-Identifier: MIT */
/*
 * stale.c: a status that the host has collected but not yet handled, while its thread becomes
 * another: by an execve of a sibling, by its end, by a birth that is undone. What is born or
 * started then must still be filtered.
 *
 * Threads on one CPU with low priority are what makes a host keep statuses for long; readers of
 * /proc/self/status are what keeps it busy.
 */
#include "attack.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READERS = 3 };
static pid_t helpers[READERS + 1];

static void start_readers(void)
{
    for (int i = 0; i < READERS; i++) {
        helpers[i] = forked();
        while (helpers[i] == 0)
            close(open(i == 1 ? "/proc/self/stat" : "/proc/self/status", O_RDONLY));
    }
    helpers[READERS] = forked();
    if (helpers[READERS] == 0) {
        use_cpu(0);
        for (;;)
            pause();
    }
    pause_us(10000);
}

static void end_readers(void)
{
    for (int i = 0; i <= READERS; i++)
        end_child(helpers[i]);
}

static void become_last(void)
{
    setpriority(PRIO_PROCESS, 0, 19); /* SCHED_IDLE would starve on a busy machine, natively too */
}

/* Runs body in a child again and again; each child ends by itself. */
static void repeat(void (*body)(int round))
{
    start_readers();
    for (int i = 0; i < 2 || goes_on(); i++) {
        pid_t pid = forked();
        if (pid == 0) {
            srand((unsigned)getpid());
            body(i);
            _exit(0);
        }
        if (!ends_within(pid, 10000)) /* a low priority on a busy machine takes seconds */
            differs("round %d hangs", i);
    }
    end_readers();
}

/* ---- execve of a thread that isn't the first ---- */

static void *exec_later(void *by_descriptor)
{
    static char empty[] = "";
    char *const arguments[] = {(char *)self, "--try", (char *)folder, NULL};
    int fd = by_descriptor ? open(self, O_RDONLY | O_CLOEXEC) : -1;
    pause_us(1000 + rand() % 3000);
    if (by_descriptor)
        syscall(SYS_execveat, fd, empty, arguments, environ, AT_EMPTY_PATH);
    execv(self, arguments);
    _exit(1);
}

static void *call_for_ever(void *unused)
{
    for (;;)
        CALL(SYS_getpgrp, 0);
    return unused;
}

static void leader_calls(int round)
{
    become_last();
    thread_run(exec_later, round % 2 ? "" : NULL);
    call_for_ever(NULL);
}

/* The first thread has already ended when another takes over its number. */
static void leader_ended(int round)
{
    (void)round;
    thread_run(exec_later, NULL);
    thread_run(call_for_ever, NULL);
    syscall(SYS_exit, 0);
}

/* Many threads stand at calls of the kind that the host makes longer. */
static void *open_for_ever(void *unused)
{
    for (;;)
        close(open("/proc/self/status", O_RDONLY));
    return unused;
}

static void siblings_open(int round)
{
    (void)round;
    for (int i = 0; i < 4; i++)
        thread_run(open_for_ever, NULL);
    thread_run(exec_later, NULL);
    open_for_ever(NULL);
}

/* Threads are born while another makes an execve. */
static void *end_at_once(void *unused)
{
    return unused;
}

static void births_and_exec(int round)
{
    thread_run(exec_later, round % 2 ? "" : NULL);
    for (;;) {
        thread_run(end_at_once, NULL);
        pause_us(100);
    }
}

/* Two threads want to. */
static void two_execs(int round)
{
    thread_run(exec_later, NULL);
    thread_run(exec_later, round % 2 ? "" : NULL);
    call_for_ever(NULL);
}

/* ---- ends ---- */

static void *fork_for_ever(void *with_vfork)
{
    become_last();
    for (;;) {
        pid_t pid = with_vfork ? vfork() : fork();
        if (pid == 0) {
            if (!with_vfork)
                try_forbidden();
            _exit(0);
        }
    }
    return NULL;
}

/* The event's message becomes the exit code, when a sibling ends the process. */
static void fork_and_end(int round)
{
    thread_run(fork_for_ever, round % 3 == 2 ? "" : NULL);
    pause_us(500 + rand() % 3000);
    syscall(SYS_exit_group, getppid() >> 8 & 255);
}

static void fork_and_exec(int round)
{
    thread_run(fork_for_ever, NULL);
    exec_later(round % 2 ? "" : NULL);
}

/* Stopped and continued while statuses wait. */
static void stop_and_exec(int round)
{
    pid_t target = getpid(), other = forked();
    while (other == 0) {
        kill(target, SIGSTOP);
        pause_us(50);
        kill(target, SIGCONT);
        pause_us(rand() % 300);
    }
    leader_calls(round);
}

/* A number is used again at once: by clone3 with set_tid where allowed, else by chance. */
static void reuse(int round)
{
    (void)round;
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    for (int i = 0; i < 5; i++) {
        pid_t pid = forked();
        if (pid == 0) {
            try_forbidden();
            for (;;)
                CALL(SYS_getpgrp, 0);
        }
        pause_us(rand() % 500);
        end_child(pid);
        struct {
            uint64_t flags, pidfd, child, parent, signal, stack, size, tls, tids, count, group;
        } args = {.signal = SIGCHLD, .tids = (uintptr_t)&pid, .count = 1};
        long again = syscall(SYS_clone3, &args, sizeof args);
        if (again == 0) {
            try_forbidden();
            _exit(0);
        }
        if (again > 0)
            waitpid((pid_t)again, NULL, 0);
    }
}

static void run(long number)
{
    static void (*const bodies[])(int) = {leader_calls,    leader_ended,  siblings_open,
                                          births_and_exec, two_execs,     fork_and_end,
                                          fork_and_exec,   stop_and_exec, reuse};
    repeat(bodies[number]);
}

const struct attack attacks[] = {
    {"leader-calls", POLICY, run, 0, 0},  {"leader-ended", POLICY, run, 1, 0},
    {"siblings-open", POLICY, run, 2, 0}, {"births-and-exec", POLICY, run, 3, 0},
    {"two-execs", POLICY, run, 4, 0},     {"fork-and-end", POLICY, run, 5, 0},
    {"fork-and-exec", POLICY, run, 6, 0}, {"stop-and-exec", POLICY, run, 7, 0},
    {"reuse", POLICY, run, 8, 0},         {0},
};
