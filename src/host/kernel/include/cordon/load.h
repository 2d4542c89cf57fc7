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

/* Features of the running kernel. A number of -1: unknown. */
struct cordon_kernel {
    char release[64];
    bool seccomp; /* the system call */
    bool filter;
    bool actions[8]; /* in the order of CORDON_ACTIONS */
    struct {
        const char *name;
        bool there;
    } flags[6];
    char actions_logged[128];
    int jit;             /* net.core.bpf_jit_enable */
    bool constant_cache; /* calls allowed by their number run no filter (5.11) */
    int landlock;        /* ABI version; 0: none */
    int user_namespaces; /* how many may be created */
    int ptrace_scope;    /* Yama's; -1: no Yama */
    int mode;            /* this process: 0, 1, 2 */
    int filters;         /* that this process is under */
    bool no_new_privs;
};
void cordon_kernel_probe(struct cordon_kernel *kernel);

CORDON_END

#endif
