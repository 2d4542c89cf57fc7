/* SPDX-License-Identifier: MIT */
/*
 * scenario.h: small programs that use the facility and print what they see of it. Each is run
 * natively and under `cordon emulate`, and must print the same: differential_test.py.
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct scenario {
    const char *name;
    void (*run)(void);
};
/* The last one has no name. */
extern const struct scenario actions[], creating[], escapes[], notifying[], signals[], tracing[];

struct rule {
    long nr;
    uint32_t action;
};

/* Prints a line of what the scenario sees, in one write. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);
/* Something that must work failed: ends the scenario. */
__attribute__((noreturn)) void give_up(const char *what);

/* seccomp(2) with a filter that decides calls by the rules, others by `otherwise`; or -errno. */
long install(unsigned flags, size_t count, const struct rule *rules, uint32_t otherwise);
/* Sets no_new_privs and installs a filter with this verdict for one call; others are allowed.
 * Gives up if that fails. */
void deny(long nr, uint32_t action);
/* The same with NEW_LISTENER and more flags; returns the listener's descriptor. */
int deny_with_listener(long nr, unsigned more_flags);
/* A call's result, -errno for a failure. */
long result_of(long nr, long a, long b, long c, long d, long e);
#define CALL(nr, a, b, c) result_of((nr), (long)(a), (long)(b), (long)(c), 0, 0)

/* Makes a child; gives up if that fails, because a kill(2) of pid -1 would kill all processes. */
pid_t forked(void);
/* The state of a child, in words. */
const char *status_text(int status);
/* Runs it in a child process, which exits with 0 if it returns, and prints how the child ended. */
void in_child(const char *what, void (*body)(void));
/* Makes a thread; gives up if that fails. */
void *thread_run(void *(*body)(void *), void *argument);
void thread_join(void *thread);
/* A field of a status file of /proc, as a number; -1: none. */
long status_field(const char *path, const char *key);
/* Waits until another process is in this state (a letter of /proc/PID/stat); false: not within
 * seconds. */
bool await_state(pid_t pid, char state);
/* Sleeps for some milliseconds. */
void pause_for(int milliseconds);
/* Copies this program to `path`; gives up if that fails. */
void copy_self(const char *path);

/* The call getppid, at a known place: it begins at before_call; the instruction after it is at
 * after_call. */
long call_getppid(void);
extern const char before_call[], after_call[];

#define ERRNO(number) (SECCOMP_RET_ERRNO | (number))

#endif
