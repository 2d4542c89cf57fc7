/* SPDX-License-Identifier: MIT */
/* random_calls.h: random actions of threads that concern seccomp, on the engine and the kernel. */
#ifndef ENGINE_TESTING_RANDOM_CALLS_H
#define ENGINE_TESTING_RANDOM_CALLS_H

#include "both.h"
#include "random_program.h"

/* Call it once; NULL, or the reason why it can't work here. */
const char *random_calls_prepare(void);
/* One random action of some thread; false: no thread is left. */
bool random_calls_step(struct random *random);
/* Prints how often each action was taken. */
void random_calls_show(void);

/* ---- random_install.c: filters and requests to install them ---- */

/* The calls that filters judge; all others are allowed. */
struct judged_call {
    enum kernel_entry entry;
    uint32_t nr;
    int64_t result; /* the result of the call itself */
};
#define JUDGED_CALLS 9
extern struct judged_call judged_calls[JUDGED_CALLS];

/* Values of arguments that filters test. */
uint64_t random_argument(struct random *random);
/* Requests a filter with seccomp(2) or prctl(2). */
void random_install(struct random *random, unsigned slot);
/* Installs long filters and then shorter ones until none fits into the chain. */
void random_fill(struct random *random, unsigned slot);

/* ---- random_trace.c: ptrace(2), by another thread and by the test ---- */

void random_inspection(struct random *random, unsigned slot);
void random_suspended_call(struct random *random, unsigned slot);
void random_traced_call(struct random *random, unsigned slot);

/* ---- random_calls.c ---- */

struct kernel_order random_judged_order(struct random *random);
int64_t judged_effect(unsigned slot, const struct kernel_order *order);
/* Is that the verdict of the thread's filters? */
bool would_be(unsigned slot, const struct kernel_order *order, uint32_t action);

/* ---- random_supervise.c: the other side of a listener ---- */

/* A request of a listener that the thread has, if there is one. */
void random_request(struct random *random, unsigned slot);
void random_poll(struct random *random, unsigned slot);

#endif
