/* SPDX-License-Identifier: MIT */
/*
 * attack.h: what the attack programs share. Each program attacks one rule of doc/threat-model.md in
 * several variants. PROGRAM VARIANT FOLDER runs one of them; its last line is the result.
 */
#ifndef ATTACK_H
#define ATTACK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What a variant needs, and what its result means. */
enum goal {
    POLICY, /* the forbidden call under errno.cordon; without a policy it gets through */
    KILL,   /* the forbidden call after getpriority, under kill.cordon */
    FILTER, /* a call that a filter of the program itself denies; denied natively, too */
    SAME,   /* no forbidden call: the kernel's results, and nothing hangs */
    TRACER, /* access to the parent; natively it is given where the caller may have it */
    LAUNCH, /* starts CORDON (third argument) itself, with errno.cordon (fourth) */
};

enum need { ROOT = 1, ORDINARY = 2, FEW_DESCRIPTORS = 4, TRACES = 8, PARENT = 16, EXPLAIN = 32 };

struct attack {
    const char *name;
    enum goal goal;
    void (*run)(long argument);
    long argument;
    unsigned needs;
};

/* Each program defines it; ends with one without a name. */
extern const struct attack attacks[];

/* The forbidden call is symlink or symlinkat; its effect is this link. */
extern char forbidden[256];
/* The variant's folder, this program's file, and the arguments from CORDON on. */
extern const char *folder, *self, *const *more;

/* Makes the forbidden call in both ways. */
void try_forbidden(void);
/* Races are tried while this is true: for a quarter of a second, or ATTACK_MS in the environment,
 * and until the forbidden call was made. */
bool goes_on(void);
/* A line of explanation, and the result is ESCAPED, or differs. In any process. */
__attribute__((format(printf, 1, 2))) void escaped(const char *format, ...);
__attribute__((format(printf, 1, 2))) void differs(const char *format, ...);
/* Ends the program: the variant can't run here. */
__attribute__((noreturn)) void not_run(const char *reason);

/* A child that dies with its parent. */
pid_t forked(void);
/* A child that runs body; waits for its end; its status. */
int in_child(void (*body)(void *), void *argument);
void end_child(pid_t pid);
/* Waits for the end of a child, at most that long, then kills it; true: it ended by itself. */
bool ends_within(pid_t pid, int milliseconds);
/* A detached thread. */
void thread_run(void *(*body)(void *), void *argument);
void pause_us(long microseconds);
/* Binds the caller to the number-th CPU that it may use. */
void use_cpu(int number);
/* A process that counts each millisecond that it gets. check_heartbeat says differs if it got none
 * for five seconds, and ends it. */
void start_heartbeat(void);
void check_heartbeat(void);

/* A call's result, -errno for a failure. */
long call(long nr, long a, long b, long c, long d, long e, long f);
#define CALL(nr, ...) CALL_(nr, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(nr, a, b, c, d, e, f, ...)                                                           \
    call((nr), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
/* no_new_privs, and a filter that answers nr with action and allows others; flags of seccomp(2). */
long filter(long nr, uint32_t action, unsigned flags);
/* Says differs where a result isn't the kernel's. */
void expect(const char *what, long result, long wanted);

/* docall(nr, a, b, c): a call at a known instruction, call_site; the page is writable after
 * open_site. */
long docall(long nr, long a, long b, long c);
extern unsigned char call_site[];
void open_site(void);

#endif
