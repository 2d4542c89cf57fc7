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
/* Ended by one without a name. */
extern const struct scenario actions[], births[], escapes[], notifying[], signals[], tracing[];

struct rule {
    long nr;
    uint32_t action;
};

/* A line of what the scenario sees, in one write. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);
/* Something that must work didn't: the scenario ends. */
__attribute__((noreturn)) void give_up(const char *what);

/* seccomp(2) with a filter that answers calls as the rules say, others by `otherwise`; -errno. */
long install(unsigned flags, size_t count, const struct rule *rules, uint32_t otherwise);
/* no_new_privs, and a filter that answers one call so; others are allowed. Gives up if it can't. */
void deny(long nr, uint32_t action);
/* The same with NEW_LISTENER and more flags; the listener's descriptor. */
int deny_with_listener(long nr, unsigned more_flags);
/* A call's result, -errno for a failure. */
long result_of(long nr, long a, long b, long c, long d, long e);
#define CALL(nr, a, b, c) result_of((nr), (long)(a), (long)(b), (long)(c), 0, 0)

/* A child; give_up if there can't be one: whoever kills a pid of -1 kills everybody. */
pid_t forked(void);
/* How a child stands, in words. */
const char *status_text(int status);
/* Runs it in a child process, which exits with 0 if it comes back, and says how that ended. */
void in_child(const char *what, void (*body)(void));
/* A thread; give_up if there can't be one. */
void *thread_run(void *(*body)(void *), void *argument);
void thread_join(void *thread);
/* A field of a status file of /proc, as a number; -1: none. */
long status_field(const char *path, const char *key);
/* Waits until another process is in this state (a letter of /proc/PID/stat); false: not within
 * seconds. */
bool await_state(pid_t pid, char state);
/* A little time, in milliseconds. */
void pause_for(int milliseconds);
/* Copies this program to `path`; give_up if it can't. */
void copy_self(const char *path);

/* The call getppid, at a known place: from before_call; the instruction behind it is after_call. */
long call_getppid(void);
extern const char before_call[], after_call[];

#define ERRNO(number) (SECCOMP_RET_ERRNO | (number))

#endif
