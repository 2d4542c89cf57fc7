/* SPDX-License-Identifier: MIT */
/*
 * launch.h: run a program under a filter, and inspect a thread that the filter stopped.
 *
 * The filter is installed after execve(2), before the program's first instruction: the tracer makes
 * the new image call seccomp(2). So a policy needs no rule for the execve that starts the program.
 * From then on the program runs at full speed: the tracer is woken by forks and exits, never by
 * calls.
 *
 * Facts: ptrace(2), seccomp(2). x86_64 only. Not thread safe: it waits for all children of the
 * caller.
 */
#ifndef CORDON_LAUNCH_H
#define CORDON_LAUNCH_H

#include <sys/types.h>

#include "cordon/api.h"
#include "cordon/diag.h"
#include "cordon/engine.h"
#include "cordon/sink.h"

CORDON_BEGIN

/* A call that the filter stopped; valid during the callback, in which the thread is stopped. */
struct cordon_stop {
    pid_t tid, pid;
    char comm[32];
    struct cordon_data data;
    uint32_t verdict;
};

struct cordon_launch {
    const struct cordon_program *program;   /* the policy's program */
    const struct cordon_program *installed; /* what is installed; NULL: the same */
    bool explain; /* report errno, trace and log too; in `installed` they are notifications */
    char *const *argv;
    bool no_trace;        /* exec without a tracer; cordon_launch() then does not return */
    bool new_privs;       /* don't set no_new_privs */
    bool die_with_parent; /* kill the caller when its parent ends, and the program and its
                             descendants when the caller ends; with no_trace: the program when the
                             caller's parent ends */
    void (*stopped)(void *context, const struct cordon_stop *stop);
    /* With no_trace, in another process: why the program ends with status 126, as the filter can't
     * be installed. */
    struct cordon_reporter failures;
    void *context;
};

/*
 * Runs argv[0] (searched for in PATH). *status is what a shell would report: the exit status, 128 +
 * the signal it died of, 126 or 127 if it could not be started (*diag gives the reason). An error
 * code means that nothing was run.
 */
enum cordon_error cordon_launch(const struct cordon_launch *launch, int *status,
                                struct cordon_diag *diag) CORDON_MUST_CHECK;

/* Reads memory of a stopped thread's process; returns how many bytes could be read. */
size_t cordon_stop_read(const struct cordon_stop *stop, uint64_t address, void *bytes, size_t size);

struct cordon_frame {
    uint64_t address;
    const char *function; /* NULL: unknown */
    uint64_t offset;    /* into the function; if it is unknown, the address in the module's file */
    const char *module; /* file; NULL: unknown */
    const char *source; /* NULL: no debug information */
    int line;
};
/* Prints "FUNCTION+OFFSET SOURCE:LINE (MODULE)", "MODULE+OFFSET", or an address. */
void cordon_frame_print(struct cordon_sink *sink, const struct cordon_frame *frame);
/*
 * Calls frame() for each frame, innermost first, at most 64. Returns NULL, or why there is no
 * backtrace. libdw is loaded when it is first needed, so other programs do not pay for it.
 */
const char *cordon_stop_backtrace(const struct cordon_stop *stop,
                                  void (*frame)(void *context, const struct cordon_frame *frame),
                                  void *context);

CORDON_END

#endif
