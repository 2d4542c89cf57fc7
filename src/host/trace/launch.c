/* SPDX-License-Identifier: MIT */
/* launch.c: starts a program under a filter and its tracer. */
#include "cordon/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc.h"
#include "session.h"

/* ---- the start ---- */

/*
 * The arguments of the child. It shares our memory until its execve, which is faster than copying
 * it; until then this process only waits.
 */
struct child {
    const struct cordon_launch *launch;
    int go[2];        /* a byte arrives when the child is traced */
    int error_number; /* of a failed execve */
    size_t stack_size;
    char stack[] __attribute__((aligned(16)));
};

/* execvp() puts a path on the stack, and for a script without #! a copy of the arguments. */
static struct child *new_child(const struct cordon_launch *launch)
{
    const char *path = getenv("PATH");
    size_t size = 64 * 1024 + (path ? strlen(path) : 0);
    for (size_t i = 0; launch->argv[i]; i++)
        size += sizeof *launch->argv;
    size = (size + 15) & ~(size_t)15;
    struct child *child = malloc(sizeof *child + size);
    if (child)
        *child = (struct child){.launch = launch, .stack_size = size};
    return child;
}

static int become(void *argument)
{
    struct child *child = argument;
    char byte;
    close(child->go[1]); /* else the end of the tracer couldn't be noticed */
    if (!child->launch->new_privs)
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (read(child->go[0], &byte, 1) != 1)
        _exit(126); /* the tracer is gone */
    execvp(child->launch->argv[0], child->launch->argv);
    child->error_number = errno;
    _exit(proc_exec_status(errno));
}

/* ---- one CPU ---- */

/*
 * Until the filter is installed, tracer and program take turns at every stop. On one CPU a turn
 * costs a fraction of what waking another CPU costs.
 */
static bool share_cpu(cpu_set_t *before)
{
    int cpu = sched_getcpu();
    return cpu >= 0 && !sched_getaffinity(0, sizeof *before, before) && proc_use_cpu(0, cpu);
}

/* ---- the tracer ---- */

static enum cordon_error seize(struct session *session)
{
    if (ptrace(PTRACE_SEIZE, session->main, NULL,
               (void *)(uintptr_t)(SESSION_FOLLOW | PTRACE_O_EXITKILL)) == 0)
        return CORDON_OK;
    enum cordon_error error =
        cordon_diag_set(session->diag, CORDON_E_PRIVILEGE,
                        "cannot trace the program: %s (is it already traced, or does Yama forbid "
                        "it?); --no-trace needs no tracer if the policy allows execve",
                        strerror(errno));
    kill(session->main, SIGKILL);
    waitpid(session->main, NULL, 0);
    return error;
}

static enum cordon_error run_traced(struct session *session, struct child *child, int *status)
{
    struct proc_forwarding forwarding;
    enum cordon_error error = seize(session);
    if (error)
        return error;
    proc_forward_to(session->main);
    proc_forward_begin(&forwarding);
    /* Others of the same user may not read our memory, nor take the listener. The child has our
     * memory until its execve, and can't be seized after this. */
    int dumpable = prctl(PR_GET_DUMPABLE);
    prctl(PR_SET_DUMPABLE, 0);
    if (write(child->go[1], "g", 1) != 1)
        kill(session->main, SIGKILL);
    *status = session_follow(session);
    proc_forward_end(&forwarding);
    if (session->listener >= 0)
        close(session->listener);
    prctl(PR_SET_DUMPABLE, dumpable == 1);
    if (session->error)
        return session->error;
    if (session->installed || !child->error_number)
        return CORDON_OK;
    return cordon_diag_set(session->diag, CORDON_E_NOT_FOUND, "%s: %s", session->launch->argv[0],
                           strerror(child->error_number));
}

static enum cordon_error start(struct session *session, struct child *child, int *status)
{
    if (pipe2(child->go, O_CLOEXEC))
        return cordon_diag_set(session->diag, CORDON_E_SYSTEM, "pipe: %s", strerror(errno));
    session->shares_cpu = share_cpu(&session->cpus);
    session->main = clone(become, child->stack + child->stack_size, CLONE_VM | SIGCHLD, child);
    enum cordon_error error = session->main < 0 ? cordon_diag_set(session->diag, CORDON_E_SYSTEM,
                                                                  "clone: %s", strerror(errno))
                                                : run_traced(session, child, status);
    if (session->shares_cpu)
        sched_setaffinity(0, sizeof session->cpus, &session->cpus);
    close(child->go[0]);
    close(child->go[1]);
    return error;
}

static enum cordon_error run_child(struct session *session, int *status)
{
    if (session->launch->no_trace)
        return session_become(session, status);
    struct child *child = new_child(session->launch);
    if (!child)
        return cordon_diag_set(session->diag, CORDON_E_NO_MEMORY, "out of memory");
    enum cordon_error error = start(session, child, status);
    free(child);
    return error;
}

enum cordon_error cordon_launch(const struct cordon_launch *launch, int *status,
                                struct cordon_diag *diag)
{
    struct cordon_diag unused;
    struct session session = {.launch = launch,
                              .listener = -1,
                              .filters = proc_status(0).seccomp_filters,
                              .diag = diag ? diag : &unused};
    *status = 126;
    if (launch->die_with_parent)
        proc_end_with(getppid());
    session.image = image_make(launch->installed ? launch->installed : launch->program);
    if (session.image < 0)
        return cordon_diag_set(session.diag, CORDON_E_SYSTEM, "memfd_create: %s", strerror(errno));
    enum cordon_error error = run_child(&session, status);
    close(session.image);
    return error;
}
