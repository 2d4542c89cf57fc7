/* SPDX-License-Identifier: MIT */
/* forward.c: signals to us are meant for the program that we wait for. */
#include "proc.h"

/* A handler gets no context, so this is the one variable of its kind. */
static volatile sig_atomic_t forward_to;

static void forward(int number)
{
    if (forward_to > 0)
        kill((pid_t)forward_to, number);
}

static const struct {
    int signal;
    void (*handler)(int number);
} taken[] = {{SIGTERM, forward}, {SIGHUP, forward},  {SIGUSR1, forward}, {SIGUSR2, forward},
             {SIGINT, SIG_IGN},  {SIGQUIT, SIG_IGN}, {SIGCHLD, SIG_DFL}};

_Static_assert(sizeof taken / sizeof *taken == PROC_TAKEN_SIGNALS, "one place for each");

void proc_forward_begin(struct proc_forwarding *forwarding)
{
    for (size_t i = 0; i < PROC_TAKEN_SIGNALS; i++) {
        struct sigaction action = {.sa_handler = taken[i].handler,
                                   .sa_flags = taken[i].handler == forward ? SA_RESTART : 0};
        sigaction(taken[i].signal, &action, &forwarding->before[i]);
    }
}

void proc_forward_to(pid_t pid)
{
    forward_to = pid;
}

void proc_forward_end(const struct proc_forwarding *forwarding)
{
    for (size_t i = 0; i < PROC_TAKEN_SIGNALS; i++)
        sigaction(taken[i].signal, &forwarding->before[i], NULL);
    forward_to = 0;
}
