/* SPDX-License-Identifier: MIT */
/* filters.c: reads the filters of a thread, which is seized and stopped for that. */
#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "cordon/filters.h"
#include "proc.h"

#ifndef PTRACE_SECCOMP_GET_FILTER
#define PTRACE_SECCOMP_GET_FILTER 0x420c
#endif

static enum cordon_error explain(struct cordon_diag *diag, pid_t thread, int error)
{
    switch (error) {
    case ESRCH:
        return cordon_diag_set(diag, CORDON_E_NOT_FOUND, "no process or thread %d", (int)thread);
    case EPERM:
        return cordon_diag_set(
            diag, CORDON_E_PRIVILEGE,
            "cannot trace process %d: this needs root (CAP_SYS_PTRACE), and no other tracer",
            (int)thread);
    case EACCES:
        return cordon_diag_set(diag, CORDON_E_PRIVILEGE,
                               "reading filters needs root (CAP_SYS_ADMIN), and this process may "
                               "not be under a filter itself");
    case EINVAL:
    case EIO:
        return cordon_diag_set(
            diag, CORDON_E_UNSUPPORTED,
            "this kernel cannot export filters (CONFIG_CHECKPOINT_RESTORE is missing)");
    case ENOMEM:
        return cordon_diag_set(diag, CORDON_E_NO_MEMORY, "out of memory");
    default:
        return cordon_diag_set(diag, CORDON_E_SYSTEM, "process %d: %s", (int)thread,
                               strerror(error));
    }
}

/* Reads the next filter of the stack. 0, ENOENT if there is no other, or an error. */
static int read_one(struct cordon_filters *filters, pid_t thread)
{
    unsigned long index = filters->count;
    long length = ptrace(PTRACE_SECCOMP_GET_FILTER, thread, (void *)index, NULL);
    if (length < 0)
        return errno;
    struct cordon_insn *insns = calloc((size_t)length + 1, sizeof *insns);
    struct cordon_program *programs =
        realloc(filters->programs, (filters->count + 1) * sizeof *programs);
    struct cordon_fault fault;
    if (programs)
        filters->programs = programs;
    int error = insns && programs ? 0 : ENOMEM;
    if (!error && ptrace(PTRACE_SECCOMP_GET_FILTER, thread, (void *)index, insns) != length)
        error = errno;
    if (!error && !cordon_program_verify(&programs[index], insns, (uint32_t)length, &fault))
        error = EBADMSG;
    if (error)
        free(insns);
    else
        filters->count++;
    return error;
}

/* Waits until the thread is stopped; false: it ended first. */
static bool wait_stop(pid_t thread)
{
    int status;
    while (waitpid(thread, &status, __WALL) < 0)
        if (errno != EINTR)
            return false;
    return WIFSTOPPED(status);
}

enum cordon_error cordon_filters_read(struct cordon_filters *result, pid_t thread,
                                      struct cordon_diag *diag)
{
    struct cordon_filters filters = {0};
    if (ptrace(PTRACE_SEIZE, thread, NULL, NULL) || ptrace(PTRACE_INTERRUPT, thread, NULL, NULL))
        return explain(diag, thread, errno);
    if (!wait_stop(thread))
        return explain(diag, thread, ESRCH);
    /* EINVAL would mean both that it is in another mode, and that the kernel can't show filters. */
    int error = proc_status(thread).seccomp == SECCOMP_MODE_FILTER ? 0 : ENOENT;
    while (!error)
        error = read_one(&filters, thread);
    ptrace(PTRACE_DETACH, thread, NULL, NULL);
    if (error != ENOENT) {
        cordon_filters_free(&filters);
        return explain(diag, thread, error);
    }
    *result = filters;
    return CORDON_OK;
}

void cordon_filters_free(struct cordon_filters *filters)
{
    for (uint32_t i = 0; i < filters->count; i++)
        free((void *)(uintptr_t)filters->programs[i].insns);
    free(filters->programs);
    *filters = (struct cordon_filters){0};
}
