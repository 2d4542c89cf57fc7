/* SPDX-License-Identifier: MIT */
/*
 * births.c: whoever is born must be filtered before its first instruction: by every call, also
 * where it asks to be untraced, and also where its creator dies at any moment of it. Nobody may be
 * left for good.
 */
#include "attack.h"

#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FORK, VFORK, CLONE, CLONE3, THREAD, INT80, WAYS };

/* Each newborn that shares memory gets one of many stacks. */
static char stacks[64][4096] __attribute__((aligned(16)));

static char *next_stack(void)
{
    static unsigned number;
    return stacks[number++ % 64] + sizeof *stacks;
}

static int born(void *unused)
{
    (void)unused;
    try_forbidden();
    syscall(SYS_exit, 0);
    return 0;
}

static void born_process(long pid)
{
    if (pid == 0) {
        try_forbidden();
        _exit(0);
    }
}

static long by_clone3(uint64_t flags)
{
    struct clone_args args = {.flags = flags, .exit_signal = SIGCHLD};
    return syscall(SYS_clone3, &args, sizeof args);
}

static long by_int80(uint64_t flags)
{
    long result = 120; /* clone of i386 */
    __asm__ volatile("int $0x80"
                     : "+a"(result)
                     : "b"(flags | SIGCHLD), "c"(0L), "d"(0L), "S"(0L), "D"(0L)
                     : "memory", "r8", "r9", "r10", "r11");
    return result;
}

static void give_birth(long way, unsigned long flags)
{
    switch (way) {
    case FORK:
        born_process(syscall(SYS_fork));
        break;
    case VFORK:
        clone(born, next_stack(), (int)(flags | CLONE_VM | CLONE_VFORK | SIGCHLD), NULL);
        break;
    case CLONE:
        born_process(CALL(SYS_clone, flags | SIGCHLD));
        break;
    case CLONE3:
        born_process(by_clone3(flags));
        break;
    case THREAD:
        clone(born, next_stack(),
              (int)(flags | CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD),
              NULL);
        break;
    default:
        born_process(by_int80(flags));
    }
}

static void reap(void)
{
    while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
        ;
}

/* Each kind, with flags that ask to be left alone. */
static void kinds(long way)
{
    static const unsigned long flags[] = {0,
                                          CLONE_UNTRACED,
                                          CLONE_PTRACE,
                                          CLONE_PTRACE | CLONE_UNTRACED,
                                          CLONE_PARENT | CLONE_UNTRACED,
                                          CLONE_FILES | CLONE_FS | CLONE_UNTRACED,
                                          CLONE_SYSVSEM | CLONE_IO | CLONE_UNTRACED};
    for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++) {
        give_birth(way, flags[i]);
        pause_us(1000);
        reap();
    }
    pause_us(20000);
    reap();
}

/* The creator is killed at a random moment. */
static void killed(long way)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    for (int i = 0; goes_on(); i++) {
        pid_t creator = forked();
        while (creator == 0) {
            give_birth(way, i % 2 ? CLONE_UNTRACED : 0);
            if (i % 3)
                reap();
            pause_us(10);
        }
        pause_us(rand() % 1500);
        kill(creator, SIGKILL);
        pause_us(rand() % 200);
        reap();
    }
    pause_us(20000);
    for (int i = 0; i < 5000 && waitpid(-1, NULL, WNOHANG | __WALL) >= 0; i++)
        pause_us(1000);
}

/* The creator's process ends, or becomes another program, by another thread. */
static void *end_later(void *exec)
{
    pause_us(rand() % 2000);
    char *const arguments[] = {(char *)self, "--try", (char *)folder, NULL};
    if (exec)
        execv(self, arguments);
    syscall(SYS_exit_group, 3);
    return NULL;
}

static void ended(long way)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    for (int i = 0; goes_on(); i++) {
        pid_t creator = forked();
        if (creator == 0) {
            srand((unsigned)getpid());
            thread_run(end_later, i % 2 ? "" : NULL);
            for (;;) {
                give_birth(way, i % 4 > 1 ? CLONE_UNTRACED : 0);
                pause_us(20);
            }
        }
        if (!ends_within(creator, 10000))
            differs("round %d hangs", i);
        reap();
    }
}

/* A signal comes amid births, and its handler gives birth itself. */
static void on_signal(int number)
{
    (void)number;
    long pid = CALL(SYS_clone, CLONE_UNTRACED | SIGCHLD);
    born_process(pid);
    if (pid > 0)
        waitpid((pid_t)pid, NULL, 0);
}

static void amid_signals(long way)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    pid_t me = getpid(), other = forked();
    while (other == 0) {
        kill(me, SIGUSR1);
        pause_us(400);
    }
    for (int i = 0; goes_on(); i++) {
        give_birth(way, i % 2 ? CLONE_UNTRACED : 0);
        reap();
    }
    signal(SIGUSR1, SIG_IGN);
    end_child(other);
}

#define EACH_WAY(prefix, run)                                                                      \
    {prefix "-fork", POLICY, run, FORK, EXPLAIN}, {prefix "-vfork", POLICY, run, VFORK, EXPLAIN},  \
        {prefix "-clone", POLICY, run, CLONE, EXPLAIN},                                            \
        {prefix "-clone3", POLICY, run, CLONE3, EXPLAIN},                                          \
        {prefix "-thread", POLICY, run, THREAD, EXPLAIN},                                          \
    {                                                                                              \
        prefix "-int80", POLICY, run, INT80, 0                                                     \
    }

const struct attack attacks[] = {EACH_WAY("kinds", kinds),
                                 EACH_WAY("killed", killed),
                                 EACH_WAY("ended", ended),
                                 {"amid-signals-fork", POLICY, amid_signals, FORK, EXPLAIN},
                                 {"amid-signals-clone3", POLICY, amid_signals, CLONE3, EXPLAIN},
                                 {0}};
