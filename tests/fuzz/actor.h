/* SPDX-License-Identifier: MIT */
/*
 * actor.h: a random program for the facility. A director makes a list of operations from a seed and
 * lets actors, which are processes and threads, do one after the other. What it prints depends on
 * the seed only, not on time, so it must be the same natively and under `cordon emulate`.
 */
#ifndef ACTOR_H
#define ACTOR_H

#include <stdint.h>
#include <sys/types.h>

enum { ACTORS = 8, RESULTS = 6, FIRST_FD = 40 };

enum operation {
    CALL,      /* a: which of `calls` */
    INSTALL,   /* a: which of calls, b: action, c: flags */
    STATUS,    /* results: Seccomp, Seccomp_filters, NoNewPrivs, PR_GET_SECCOMP */
    PRIVILEGE, /* no_new_privs */
    STRICT,
    BIRTH,   /* a: slot, b: how */
    EXEC,    /* results: none; it answers when the new program runs */
    END,     /* a: how, b: code */
    HANDLE,  /* a: signal, b: 0 default, 1 ignored, 2 handler, 3 handler with SA_RESTART */
    MASK,    /* a: signal, b: blocks it */
    SEND,    /* a: pid, b: tid, c: signal, d: how */
    SEEN,    /* results: number, code, pid, value of the last signal handled, count */
    WAIT,    /* a: pid or -1, b: options, c: how */
    TRACE,   /* a: request, b: tid, c: address, d: data */
    STOPS,   /* a: tid; results of a wait for a traced thread */
    POLL,    /* a: pid; a pidfd's events */
    RECEIVE, /* a: pid, b: its descriptor */
    RESPOND, /* a: value, b: error, c: flags */
    CLOSE,   /* a: descriptor */
    OPERATIONS
};

struct command {
    int32_t operation;
    int64_t a, b, c, d;
};

struct reply {
    int64_t results[RESULTS];
};

enum { CALLS = 6 }; /* that filters are about */

/* Does what comes through the actor's pipe, for ever. */
__attribute__((noreturn)) void actor_run(int slot);

static inline int command_fd(int slot, int end)
{
    return FIRST_FD + 4 * slot + end;
}
static inline int reply_fd(int slot, int end)
{
    return FIRST_FD + 4 * slot + 2 + end;
}

#endif
