/* SPDX-License-Identifier: MIT */
/*
 * confine.c: the tracer's own filter. A bug of ours that a program finds gives it a process that
 * traces, but makes no files, no connections and no mounts.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "loop.h"
#include "task.h"

/* Made of tracer.cordon. */
static const struct sock_filter filter[] = {
#include "tracer.inc"
};

bool confine_tracer(void)
{
    struct sock_fprog program = {sizeof filter / sizeof *filter,
                                 (struct sock_filter *)(uintptr_t)filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return false;
    /* A kernel without seccomp is what the emulation is for. */
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
                   &program) == 0 ||
           errno == ENOSYS || errno == EINVAL;
}
