/* SPDX-License-Identifier: MIT */
/*
 * load.h: load filters into the running kernel, and probe what that kernel supports.
 *
 * Facts: seccomp(2), prctl(2), kernel/seccomp.c.
 */
#ifndef CORDON_LOAD_H
#define CORDON_LOAD_H

#include <sys/types.h>

#include "cordon/api.h"
#include "cordon/diag.h"
#include "cordon/engine.h"
#include "cordon/sink.h"

CORDON_BEGIN

enum {
    CORDON_LOAD_TSYNC = 1,      /* for all threads of the process */
    CORDON_LOAD_LOG = 2,        /* log all verdicts except allow */
    CORDON_LOAD_SPEC_ALLOW = 4, /* leave the speculation mitigations as they are */
    CORDON_LOAD_NEW_PRIVS = 256 /* don't set no_new_privs: needs CAP_SYS_ADMIN */
};

/*
 * Installs a filter in the calling thread (TSYNC: in all threads), irrevocably. On failure nothing
 * is installed, though no_new_privs stays set, and *diag names the cause.
 */
enum cordon_error cordon_load(const struct cordon_program *program, unsigned flags,
                              struct cordon_diag *diag) CORDON_MUST_CHECK;

/* Explains why a request to install a filter failed: `result` as returned by seccomp(2) (a
 * thread's id, or -1 with `error_number`). */
enum cordon_error cordon_load_explain(struct cordon_diag *diag, long result, int error_number,
                                      unsigned flags);

/* UNSAID: the answer isn't the kernel's, or the kernel has no way to ask. */
enum cordon_support { CORDON_NO_SUPPORT, CORDON_SUPPORT, CORDON_UNSAID };

/* Features of the running kernel. A number of -1: unknown. */
struct cordon_kernel {
    char release[64];
    enum cordon_support seccomp; /* the system call */
    enum cordon_support filter;
    enum cordon_support actions[8]; /* in the order of CORDON_ACTIONS */
    struct {
        const char *name;
        enum cordon_support there;
    } flags[6];
    const char *doubt; /* who may have answered instead of the kernel; NULL: nobody */
    char actions_logged[128];
    int jit;                            /* net.core.bpf_jit_enable */
    enum cordon_support constant_cache; /* calls allowed by their number run no filter (5.11) */
    int landlock;                       /* ABI version; 0: none; -1: unsaid */
    int user_namespaces;                /* how many may be created */
    int ptrace_scope;                   /* Yama's; -1: no Yama */
    int mode;                           /* this process: 0, 1, 2; -1: unsaid */
    int filters;                        /* that this process is under */
    bool no_new_privs;
};
void cordon_kernel_probe(struct cordon_kernel *kernel);
/* What `cordon emulate` uses there unless it is told: "kernel" or "stops". */
const char *cordon_kernel_trap(const struct cordon_kernel *kernel);
/* Lines for people. */
void cordon_kernel_print(struct cordon_sink *sink, const struct cordon_kernel *kernel);

CORDON_END

#endif
