/* SPDX-License-Identifier: MIT */
/* session.h: a program that is run under a filter, shared by the files of this room. */
#ifndef TRACE_SESSION_H
#define TRACE_SESSION_H

#include <sched.h>

#include "cordon/launch.h"
#include "machine.h"

struct session {
    const struct cordon_launch *launch;
    pid_t main;   /* the program's first process */
    int image;    /* image.c: a descriptor, the same in `main` */
    int filters;  /* that `main` has before ours; -1: the kernel doesn't count them */
    int listener; /* of the filter that --explain installs; -1: none */
    bool installed;
    bool shares_cpu;
    cpu_set_t cpus;          /* the caller's own set */
    enum cordon_error error; /* why nothing was run */
    struct cordon_diag *diag;
};

/* The ptrace options for `main`; until the filter is installed, PTRACE_O_EXITKILL too. */
#define SESSION_FOLLOW                                                                             \
    (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |       \
     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXIT)

/* ---- install.c ---- */

/*
 * At the stop of the first execve, makes the new image install the filter. On failure sets `error`
 * and kills the program.
 */
void session_install(struct session *session);

/* ---- image.c: what seccomp(2) reads, in a file that nobody can change ---- */

#define IMAGE_PLACES 2 /* addresses at which it can be mapped */

/* A descriptor that is kept over execve; -1: see errno. */
int image_make(const struct cordon_program *program);
/* How many bytes to map. */
size_t image_size(const struct cordon_program *program);
uint64_t image_address(unsigned place);
/* Where in the file the copy for an address and a layout is. */
uint64_t image_offset(const struct cordon_program *program, bool compat, unsigned place);

/* ---- inject.c: calls that a stopped program is made to do ---- */

struct injection {
    pid_t tid;
    bool compat;
    uint64_t address; /* of the instruction that makes the calls */
    struct machine_regs start;
    uint64_t text; /* what the instruction replaces */
    bool replaced;
    uint64_t mask;
    bool stopped; /* SIGSTOP came meanwhile */
};

/*
 * At the stop of an execve. Signals wait until inject_end(), when the program is right before its
 * first instruction, as if nothing had happened. NULL, or what is wrong: then it has to be killed.
 */
const char *inject_begin(struct injection *injection, pid_t tid);
/* The call as a filter sees it. */
void inject_data(const struct injection *injection, enum machine_call call,
                 const uint64_t args[CORDON_ARGS], struct cordon_data *data);
/* Stops the program at the entry of a call; false: the kernel doesn't say that it is this call. */
bool inject_enter(struct injection *injection, enum machine_call call,
                  const uint64_t args[CORDON_ARGS]);
/* Lets the call be made, whose entry the program is at. */
bool inject_run(const struct injection *injection);
/* Waits for its end; *result is what it returned. */
bool inject_leave(struct injection *injection, int64_t *result);
/* All three. */
bool inject_call(struct injection *injection, enum machine_call call,
                 const uint64_t args[CORDON_ARGS], int64_t *result);
bool inject_end(struct injection *injection);

/* ---- interpreter.c ---- */

/* The address of a call's instruction in the dynamic loader that starts at `ip`; 0: none known. */
uint64_t interpreter_call(bool compat, uint64_t ip);

/* ---- denied.c: reports calls that fail or are logged ---- */

/*
 * Takes over the listener that the program's filter has made, and closes the program's own. NULL,
 * or what is wrong: then the program has to be killed.
 */
const char *denied_listen(struct session *session, struct injection *injection, int fd);
/* waitpid() for any child, while calls that were denied are looked after. */
pid_t denied_wait(struct session *session, int *status);
/* At a stop of any kind: reports and ends the denied call that the thread was interrupted in. */
void denied_stop(const struct session *session, pid_t tid);

/* ---- follow.c ---- */

/* Handles stops until the first process ends, and returns its exit status. Its descendants
 * continue without a tracer. */
int session_follow(struct session *session);
/* Reads the call that the thread is in, and its verdict; false: it is in none. */
bool follow_look(const struct session *session, pid_t tid, struct cordon_stop *stop);
void follow_report(const struct session *session, struct cordon_stop *stop);

/* ---- untraced.c ---- */

/*
 * Executes the program in this process, without a tracer. Returns only if that fails; *status is
 * then the exit status of a shell.
 */
enum cordon_error session_become(struct session *session, int *status);

#endif
