/* SPDX-License-Identifier: MIT */
/*
 * forward.c: signals that are meant for the program that we wait for.
 *
 * A signal that was sent to us alone is forwarded. One that was sent to our process group, by a
 * terminal or by kill(2), reaches the program without us, and the sender can't be told from the
 * signal. So a witness is in our group: a process that blocks all signals, in which those of the
 * group stay pending.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "path.h"
#include "proc.h"

/* A handler gets no context, so these are the only variables of their kind. */
static volatile sig_atomic_t forward_to;
static volatile sig_atomic_t came_early; /* bits of signals that wait for the first program */
static struct {
    pid_t pid;   /* 0: there is none */
    pid_t owner; /* the process that has started it */
    char stack[8192] __attribute__((aligned(16)));
} witness;

/* ---- the witness ---- */

/*
 * It shares our memory, errno too, so it may make no call that fails. With all signals blocked,
 * pause(2) never returns.
 */
static int watch(void *unused)
{
    (void)unused;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (getppid() == witness.owner)
        pause();
    _exit(0);
}

static void start_witness(void)
{
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    witness.owner = getpid();
    pid_t pid = clone(watch, witness.stack + sizeof witness.stack,
                      CLONE_VM | CLONE_FS | CLONE_FILES, NULL);
    witness.pid = pid > 0 ? pid : 0;
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static void end_witness(void)
{
    if (witness.pid && witness.owner == getpid()) {
        kill(witness.pid, SIGKILL);
        while (waitpid(witness.pid, NULL, __WALL) < 0 && errno == EINTR)
            continue;
    }
    witness.pid = 0;
}

/* Is a signal pending in the whole process? Called by a handler, so without stdio. */
static bool is_pending(pid_t pid, int number)
{
    static const char key[] = "\nShdPnd:\t";
    char path[PROC_PATH], text[8192];
    int file = open(proc_path(path, pid, "status"), O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? 0 : read(file, text, sizeof text - 1);
    if (file >= 0)
        close(file);
    text[length > 0 ? length : 0] = '\0';
    const char *found = strstr(text, key);
    return found && strtoull(found + sizeof key - 1, NULL, 16) >> (number - 1) & 1;
}

/*
 * Was the signal sent to our group? The kernel holds a lock while it sends to a group, and
 * setpgid(2) waits for it, so afterwards every member has the signal.
 */
static bool was_for_group(int number)
{
    if (!witness.pid)
        return false;
    (void)setpgid(0, getpgrp());
    if (!is_pending(witness.pid, number))
        return false;
    end_witness(); /* a new one has nothing pending */
    start_witness();
    return true;
}

/* ---- the signals ---- */

static void forward(int number)
{
    int error = errno;
    if (!was_for_group(number)) {
        if (forward_to > 0)
            kill((pid_t)forward_to, number);
        else
            came_early |= 1 << number;
    }
    errno = error;
}

static const struct {
    int signal;
    void (*handler)(int number);
} taken[] = {{SIGTERM, forward}, {SIGHUP, forward},  {SIGUSR1, forward}, {SIGUSR2, forward},
             {SIGINT, forward},  {SIGQUIT, forward}, {SIGCHLD, SIG_DFL}};

_Static_assert(sizeof taken / sizeof *taken == PROC_TAKEN_SIGNALS, "one place for each");

void proc_forward_begin(struct proc_forwarding *forwarding)
{
    came_early = 0;
    start_witness();
    for (size_t i = 0; i < PROC_TAKEN_SIGNALS; i++) {
        struct sigaction action = {.sa_handler = taken[i].handler, .sa_flags = SA_RESTART};
        sigfillset(&action.sa_mask);
        sigaction(taken[i].signal, &action, &forwarding->before[i]);
    }
}

void proc_forward_to(pid_t pid)
{
    forward_to = pid;
    if (pid <= 0)
        return;
    for (size_t i = 0; i < PROC_TAKEN_SIGNALS; i++)
        if (came_early & 1 << taken[i].signal)
            kill(pid, taken[i].signal);
    came_early = 0;
}

void proc_forward_end(const struct proc_forwarding *forwarding)
{
    for (size_t i = 0; i < PROC_TAKEN_SIGNALS; i++)
        sigaction(taken[i].signal, &forwarding->before[i], NULL);
    forward_to = 0;
    end_witness();
}
