/* SPDX-License-Identifier: MIT */
/* load.c: installs a filter, and explains why that failed. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cordon/load.h"
#include "proc.h"

#define NOT_COMPILED 524 /* the kernel's ENOTSUPP, which errno.h lacks */

/* EINVAL has several causes. */
static enum cordon_error explain_invalid(struct cordon_diag *diag, unsigned flags)
{
    if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
        return cordon_diag_set(diag, CORDON_E_UNSUPPORTED, "this kernel has no seccomp");
    static const struct {
        unsigned flag, kernel_flag;
        const char *name;
    } rows[] = {{CORDON_LOAD_TSYNC, SECCOMP_FILTER_FLAG_TSYNC, "TSYNC"},
                {CORDON_LOAD_LOG, SECCOMP_FILTER_FLAG_LOG, "LOG"},
                {CORDON_LOAD_SPEC_ALLOW, SECCOMP_FILTER_FLAG_SPEC_ALLOW, "SPEC_ALLOW"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (flags & rows[i].flag &&
            (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, rows[i].kernel_flag, NULL) != -1 ||
             errno != EFAULT))
            return cordon_diag_set(diag, CORDON_E_UNSUPPORTED,
                                   "this kernel does not support the flag %s", rows[i].name);
    return cordon_diag_set(diag, CORDON_E_PROGRAM,
                           "the kernel refuses the filter, or the process is in strict mode");
}

enum cordon_error cordon_load_explain(struct cordon_diag *diag, long result, int error_number,
                                      unsigned flags)
{
    if (result > 0) {
        char path[64], name[PROC_COMM];
        snprintf(path, sizeof path, "/proc/self/task/%ld/comm", result);
        proc_line(path, name, sizeof name);
        return cordon_diag_set(diag, CORDON_E_THREADS,
                               "thread %ld (%s) has a filter of its own: nothing was installed",
                               result, name);
    }
    switch (error_number) {
    case EACCES:
        return cordon_diag_set(diag, CORDON_E_PRIVILEGE,
                               "the kernel refuses filters without no_new_privs or CAP_SYS_ADMIN");
    case ENOSYS:
        return cordon_diag_set(diag, CORDON_E_UNSUPPORTED, "this kernel has no seccomp(2)");
    case ENOMEM:
        return cordon_diag_set(diag, CORDON_E_TOO_LONG,
                               "the filters of this process would exceed 32768 instructions in "
                               "total, or memory is short");
    case EFAULT:
        return cordon_diag_set(diag, CORDON_E_SYSTEM, "the kernel cannot read the filter");
    case ESRCH:
        return cordon_diag_set(diag, CORDON_E_THREADS, "a thread has a filter of its own");
    case EINVAL:
        return explain_invalid(diag, flags);
    case NOT_COMPILED:
        return cordon_diag_set(diag, CORDON_E_TOO_LONG,
                               "the kernel's BPF compiler refuses the filter, and it has no "
                               "interpreter: a shorter filter may do (on 32-bit ARM)");
    default:
        return cordon_diag_set(diag, CORDON_E_SYSTEM, "seccomp(2): %s", strerror(error_number));
    }
}

enum cordon_error cordon_load(const struct cordon_program *program, unsigned flags,
                              struct cordon_diag *diag)
{
    if (!(flags & CORDON_LOAD_NEW_PRIVS) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return cordon_diag_set(diag, CORDON_E_SYSTEM, "no_new_privs: %s", strerror(errno));
    struct sock_fprog request = {(unsigned short)program->length,
                                 (struct sock_filter *)(uintptr_t)program->insns};
    unsigned kernel_flags = flags & 7; /* the same bits */
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, kernel_flags, &request);
    return result == 0 ? CORDON_OK : cordon_load_explain(diag, result, errno, flags);
}
