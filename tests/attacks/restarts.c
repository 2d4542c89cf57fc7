/* SPDX-License-Identifier: MIT */
/*
 * restarts.c: a call that is made again, after a signal or a stop, is the same call, and is judged
 * again. Handlers that change it don't get another one through.
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static volatile int handled;

static void on_signal(int number)
{
    (void)number;
    handled++;
}

static void handle(int number, int flags)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = flags};
    sigaction(number, &action, NULL);
}

/* Another process that signals this one, with this period. */
static pid_t pester(int number, long microseconds)
{
    pid_t target = getpid(), pid = forked();
    sigset_t end;
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    while (pid == 0) {
        sigprocmask(SIG_BLOCK, &end, NULL);
        kill(target, number);
        if (number == SIGSTOP || number == SIGTSTP)
            kill(target, SIGCONT);
        sigprocmask(SIG_UNBLOCK, &end, NULL);
        pause_us(microseconds);
    }
    return pid;
}

/* Not between a stop and its SIGCONT, which nobody else would send. */
static void end_pestering(pid_t pid)
{
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
}

static void clone3(long flags)
{
    handle(SIGUSR1, SA_RESTART);
    pid_t other = pester(SIGUSR1, 300);
    for (int i = 0; i < 30 || goes_on(); i++) {
        struct clone_args args = {.flags = (uint64_t)flags, .exit_signal = SIGCHLD};
        long pid = CALL(SYS_clone3, &args, sizeof args);
        if (pid == 0)
            _exit(7);
        int status = 0;
        if (pid < 0)
            differs("clone3: %ld", pid);
        else if (CALL(SYS_wait4, pid, &status, 0, 0) != pid || status != 7 << 8)
            differs("the child ends with %x", (unsigned)status);
    }
    end_child(other);
}

static void *add_one(void *sum)
{
    __atomic_add_fetch((int *)sum, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

/* Threads are made while the process is stopped and continued. */
static void threads(long number)
{
    handle(SIGUSR1, SA_RESTART);
    pid_t other = pester((int)number, 500);
    int sum = 0, made = 0;
    for (; made < 30 || goes_on(); made++) {
        pthread_t thread;
        int error = pthread_create(&thread, NULL, add_one, &sum);
        if (error)
            differs("pthread_create: %d", error);
        else
            pthread_join(thread, NULL);
    }
    expect("threads", sum, made);
    end_pestering(other);
}

/* Calls that sleep and are made again: their whole time passes, their results come. */
static void sleeps(long flags)
{
    handle(SIGALRM, (int)flags);
    struct itimerval every = {{0, 3000}, {0, 3000}};
    setitimer(ITIMER_REAL, &every, NULL);
    for (int i = 0; i < 5 || goes_on(); i++) {
        struct timespec time = {1, 0}, left = {0, 0};
        expect("nanosleep", CALL(SYS_nanosleep, &time, &left), -EINTR);
        expect("poll", CALL(SYS_poll, 0, 0, 1000), -EINTR);
        int ends[2], word = 0;
        char byte;
        if (pipe(ends))
            not_run("pipe");
        expect("futex", CALL(SYS_futex, &word, FUTEX_WAIT, 0, &time), -EINTR);
        pid_t writer = forked();
        if (writer == 0) {
            pause_us(12000);
            _exit(write(ends[1], "x", 1) != 1);
        }
        expect("read", CALL(SYS_read, ends[0], &byte, 1), flags ? 1 : -EINTR);
        close(ends[0]);
        close(ends[1]);
        while (waitpid(writer, NULL, 0) < 0 && errno == EINTR)
            ;
    }
}

/* A handler makes another call of the one that is to be made again. */
static void change(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
    if (regs[REG_RIP] != (greg_t)(uintptr_t)call_site &&
        regs[REG_RIP] != (greg_t)(uintptr_t)(call_site + 2))
        return;
    regs[REG_RIP] = (greg_t)(uintptr_t)call_site;
    regs[REG_RAX] = SYS_symlink;
    regs[REG_RDI] = regs[REG_RSI] = (greg_t)(uintptr_t)forbidden;
}

static void changed(long nr)
{
    struct sigaction action = {.sa_sigaction = change, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    pid_t other = pester(SIGUSR1, 700);
    struct timespec time = {0, 2000000};
    for (int i = 0; i < 20 || goes_on(); i++) {
        if (nr == SYS_nanosleep)
            docall(nr, (long)&time, 0, 0);
        else if (nr == SYS_openat)
            close((int)docall(nr, AT_FDCWD, (long)"/proc/self/status", O_RDONLY));
        else
            docall(nr, -1, 0, WNOHANG);
    }
    signal(SIGUSR1, SIG_IGN);
    end_child(other);
}

static long filters_now(void)
{
    static const char key[] = "Seccomp_filters:\t";
    char text[4096] = "";
    int fd = open("/proc/self/status", O_RDONLY);
    if (read(fd, text, sizeof text - 1) < 0)
        not_run("read");
    close(fd);
    const char *line = strstr(text, key);
    return line ? atol(line + sizeof key - 1) : -1;
}

/* Filters are installed amid signals: each once. */
static void installs(long unused)
{
    (void)unused;
    long before = filters_now();
    handle(SIGUSR1, SA_RESTART);
    pid_t other = pester(SIGUSR1, 200);
    for (int i = 0; i < 60; i++)
        expect("seccomp", filter(SYS_getpgrp, SECCOMP_RET_ERRNO | 7, 0), 0);
    end_child(other);
    expect("the number of filters", filters_now(), before + 60);
}

const struct attack attacks[] = {
    {"clone3", SAME, clone3, 0, 0},
    {"clone3-files", SAME, clone3, 0x400 /* CLONE_FILES */, 0},
    {"threads-signals", SAME, threads, SIGUSR1, 0},
    {"threads-stops", SAME, threads, SIGSTOP, 0},
    {"threads-keys", SAME, threads, SIGTSTP, 0},
    {"sleeps", SAME, sleeps, 0, 0},
    {"sleeps-restart", SAME, sleeps, SA_RESTART, 0},
    {"changed-sleep", POLICY, changed, SYS_nanosleep, 0},
    {"changed-open", POLICY, changed, SYS_openat, 0},
    {"changed-wait", POLICY, changed, SYS_wait4, 0},
    {"installs", SAME, installs, 0, 0},
    {0},
};
