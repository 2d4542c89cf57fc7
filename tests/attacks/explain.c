/* SPDX-License-Identifier: MIT */
/*
 * explain.c: `cordon run --explain` learns of failing calls from the kernel. Whatever happens to
 * its tracer, and whoever else traces, the call must fail.
 */
#include "attack.h"

#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A tracer of our own lets all go on that stops. */
static void let_go_on(pid_t pid)
{
    int status;
    if (ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESECCOMP)) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, __WALL);
        return;
    }
    kill(pid, SIGCONT);
    while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status)) {
        int number = WSTOPSIG(status);
        bool passes = status >> 16 == 0 && number != SIGSTOP && number != SIGCONT;
        ptrace(PTRACE_CONT, pid, 0, passes ? number : 0);
    }
}

static void stop_and_try(long unused)
{
    (void)unused;
    raise(SIGSTOP);
    try_forbidden();
    _exit(0);
}

static void untraced(long flags)
{
    long pid = CALL(SYS_clone, flags | SIGCHLD);
    if (pid == 0)
        stop_and_try(0);
    if (pid < 0) {
        try_forbidden();
        return;
    }
    pause_us(30000);
    let_go_on((pid_t)pid);
}

/* The grandchild of somebody whom the tracer lost. */
static void grandchild(long unused)
{
    (void)unused;
    long pid = CALL(SYS_clone, CLONE_UNTRACED | SIGCHLD);
    if (pid == 0) {
        untraced(0);
        _exit(0);
    }
    if (pid > 0)
        waitpid((pid_t)pid, NULL, 0);
    try_forbidden();
}

static void *try_for_ever(void *unused)
{
    for (;;)
        try_forbidden();
    return unused;
}

/* The tracer is killed while calls stand at its stops. */
static void tracer_killed(long number)
{
    pid_t pid = forked();
    if (pid == 0) {
        for (int i = 0; i < 3; i++)
            thread_run(try_for_ever, NULL);
        try_for_ever(NULL);
    }
    pause_us(3000 + number * 2000);
    kill(getppid(), SIGKILL);
    pause_us(50000);
    try_forbidden();
    end_child(pid);
    untraced(0);
}

const struct attack attacks[] = {
    {"untraced", POLICY, untraced, CLONE_UNTRACED, EXPLAIN},
    {"traced", POLICY, untraced, 0, EXPLAIN},
    {"grandchild", POLICY, grandchild, 0, EXPLAIN},
    {"tracer-killed", POLICY, tracer_killed, 0, EXPLAIN | PARENT},
    {"tracer-killed-later", POLICY, tracer_killed, 3, EXPLAIN | PARENT},
    {0},
};
