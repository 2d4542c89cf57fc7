/* SPDX-License-Identifier: MIT */
/*
 * emulate.h: a program gets seccomp from our engine in the kernel's place.
 *
 * The program and all its descendants are traced with ptrace(2). Their calls of seccomp(2) and
 * prctl(2) install filters in the engine (cordon/facility.h), every call of theirs is judged there,
 * and what filters answer is done to them. The kernel's own facility is never used, and needn't
 * exist.
 *
 * x86_64 only. Not thread safe: one emulation per process, as it waits for all children.
 */
#ifndef CORDON_EMULATE_H
#define CORDON_EMULATE_H

#include "cordon/diag.h"
#include "cordon/facility.h"

CORDON_BEGIN

/* A call that wasn't simply allowed. Valid during the callback; the thread stands still. */
struct cordon_verdict_event {
    int tid, pid;
    const char *comm;
    const struct cordon_data *data;
    uint32_t verdict;
    const struct cordon_filter *filter; /* the one that decided; NULL: strict mode */
    uint32_t filter_index;              /* counted from the oldest */
};

struct cordon_install_event {
    int tid, pid;
    const char *comm;
    uint32_t flags;
    struct cordon_program program;
    int64_t result; /* of the request */
};

/*
 * What makes threads stop at calls: filters in the kernel's own seccomp, which let calls pass that
 * the engine allows whatever their arguments are; or ptrace(2) alone, at every call.
 */
enum cordon_trap {
    CORDON_TRAP_BEST, /* the kernel, if it has seccomp */
    CORDON_TRAP_KERNEL,
    CORDON_TRAP_STOPS
};

struct cordon_emulation {
    char *const *argv;                    /* PROGRAM ARGUMENTS… NULL */
    const struct cordon_program *program; /* it starts under this; NULL: nothing */
    bool detach; /* PROGRAM replaces this process, the tracer is a separate one */
    enum cordon_trap trap;
    struct cordon_rules rules;
    bool die_with_parent; /* kill the caller when its parent ends, and PROGRAM's descendants when
                             the caller or PROGRAM's first process ends */
    /* Descriptors that the callbacks use, at most 14; the tracer closes all others, standard error
       when PROGRAM's first process ends. */
    const int *keep;
    unsigned keep_count;
    /* Each may be NULL. Called in the tracer's process. */
    void (*verdict)(void *context, const struct cordon_verdict_event *event);
    void (*installed)(void *context, const struct cordon_install_event *event);
    void (*log)(void *context, const char *record); /* as the kernel's audit records, type 1326 */
    void *context;
};

/*
 * Runs until the program's first process has ended; what it left behind is still looked after by a
 * process that we leave for that. *status is what a shell would show, as for cordon_launch(). With
 * `detach` it only returns where nothing was run.
 */
enum cordon_error cordon_emulate(const struct cordon_emulation *emulation, int *status,
                                 struct cordon_diag *diag) CORDON_MUST_CHECK;

CORDON_END

#endif
