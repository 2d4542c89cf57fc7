/* SPDX-License-Identifier: MIT */
/* launch.c: start a program under a filter, stay out of its way, and hear when it is stopped. */
#include "cordon/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cordon/action.h"
#include "proc.h"
#include "tracee.h"

#define FOLLOW                                                                                     \
    (PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |         \
     PTRACE_O_TRACEEXIT | PTRACE_O_TRACESECCOMP)

#define SYS_SECCOMP_CODE 1 /* si_code of a SIGSYS that a filter sent */

/* ---- the start ---- */

/*
 * What the program's process is made with. It shares our memory until its execve, which is quicker
 * than a copy of it; meanwhile we wait and touch nothing.
 */
struct child {
    const struct cordon_launch *launch;
    int go;           /* read end: a byte says that it is traced */
    int error_number; /* of a failed execve */
    size_t stack_size;
    char stack[] __attribute__((aligned(16)));
};

/* execvp puts a path, and for a script without #! a copy of the arguments, on the stack. */
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
    if (!child->launch->new_privs)
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (read(child->go, &byte, 1) != 1)
        _exit(126); /* the tracer is gone */
    execvp(child->launch->argv[0], child->launch->argv);
    child->error_number = errno;
    _exit(proc_exec_status(errno));
}

/* ---- one CPU ---- */

/*
 * While the two hand the turn to each other at every stop, they are quicker on one CPU: waking
 * another one costs several times as much.
 */
static bool share_cpu(cpu_set_t *before)
{
    cpu_set_t one;
    int cpu = sched_getcpu();
    if (cpu < 0 || sched_getaffinity(0, sizeof *before, before))
        return false;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    return sched_setaffinity(0, sizeof one, &one) == 0;
}

struct session {
    const struct cordon_launch *launch;
    pid_t main; /* the program's first process */
    bool installed;
    bool shares_cpu;
    cpu_set_t cpus;          /* where it may run */
    enum cordon_error error; /* why nothing was run */
    struct cordon_diag *diag;
};

/* The program may run anywhere again; we stay, as we only run when it stands still. */
static void spread_out(const struct session *session)
{
    if (session->shares_cpu)
        sched_setaffinity(session->main, sizeof session->cpus, &session->cpus);
}

static void must_die(struct session *session, enum cordon_error error)
{
    session->error = error;
    kill(session->main, SIGKILL);
}

static void install(struct session *session)
{
    const struct cordon_launch *launch = session->launch;
    long result = -1;
    if (!tracee_install(session->main, launch->installed ? launch->installed : launch->program,
                        &result)) {
        must_die(session, cordon_diag_set(session->diag, CORDON_E_SYSTEM,
                                          "the filter could not be written into the program"));
        return;
    }
    if (result != 0) {
        struct cordon_diag cause;
        enum cordon_error error = CORDON_E_SYSTEM;
        if (result == -EACCES)
            error = cordon_diag_set(&cause, CORDON_E_PRIVILEGE,
                                    "neither no_new_privs nor CAP_SYS_ADMIN");
        else
            cordon_diag_set(&cause, error, "%s", strerror((int)-result));
        must_die(session, cordon_diag_set(session->diag, error, "the kernel refused the filter: %s",
                                          cause.text));
        return;
    }
    session->installed = true;
    spread_out(session);
    /* From here on the program may outlive us. */
    ptrace(PTRACE_SETOPTIONS, session->main, NULL, (void *)(uintptr_t)FOLLOW);
}

/* ---- looking at a stop ---- */

/* What the policy says about the call that the thread is in; false: no call, or none that it stops.
 */
static bool look(struct session *session, pid_t tid, struct cordon_stop *stop)
{
    *stop = (struct cordon_stop){.tid = tid};
    if (!tracee_call(tid, &stop->data))
        return false;
    stop->verdict = cordon_program_run(session->launch->program, &stop->data).value;
    uint32_t action = stop->verdict & CORDON_ACTION_FULL;
    return action != (uint32_t)CORDON_ALLOW && action != (uint32_t)CORDON_LOG;
}

static void tell(struct session *session, struct cordon_stop *stop)
{
    stop->pid = proc_status(stop->tid).tgid;
    proc_comm(stop->tid, stop->comm);
    if (session->launch->stopped)
        session->launch->stopped(session->launch->context, stop);
}

static bool kills(uint32_t verdict)
{
    uint32_t action = verdict & CORDON_ACTION_FULL;
    return action == (uint32_t)CORDON_KILL_PROCESS || action == (uint32_t)CORDON_KILL_THREAD ||
           !cordon_action_of(verdict);
}

/* A thread ends with SIGSYS. */
static void at_exit(struct session *session, pid_t tid)
{
    unsigned long code = 0;
    struct cordon_stop stop;
    if (ptrace(PTRACE_GETEVENTMSG, tid, NULL, &code) || (code & 0x7f) != SIGSYS)
        return;
    if (tracee_call_not_run(tid) && look(session, tid, &stop) && kills(stop.verdict))
        tell(session, &stop);
}

/* A trap that no handler takes. */
static void at_sigsys(struct session *session, pid_t tid)
{
    siginfo_t info;
    struct cordon_stop stop;
    if (ptrace(PTRACE_GETSIGINFO, tid, NULL, &info) || info.si_code != SYS_SECCOMP_CODE)
        return;
    if (!(proc_status(tid).caught >> (SIGSYS - 1) & 1) && look(session, tid, &stop))
        tell(session, &stop);
}

/* An errno answer that was turned into a trace, to be explained: the call fails as it would have.
 */
static void at_seccomp(struct session *session, pid_t tid)
{
    struct cordon_stop stop;
    if (!look(session, tid, &stop) || (stop.verdict & CORDON_ACTION_FULL) != CORDON_ERRNO) {
        tracee_skip_call(tid, -ENOSYS);
        return;
    }
    tell(session, &stop);
    uint32_t error = stop.verdict & CORDON_ACTION_DATA;
    tracee_skip_call(tid, -(long)(error < CORDON_MAX_ERRNO ? error : CORDON_MAX_ERRNO));
}

/* ---- the loop ---- */

static void go_on(pid_t tid, int signal)
{
    ptrace(PTRACE_CONT, tid, NULL, (void *)(intptr_t)signal);
}

static void at_event(struct session *session, pid_t tid, int event, int signal)
{
    switch (event) {
    case PTRACE_EVENT_EXEC:
        if (tid == session->main && !session->installed)
            install(session);
        break;
    case PTRACE_EVENT_EXIT:
        at_exit(session, tid);
        break;
    case PTRACE_EVENT_SECCOMP:
        at_seccomp(session, tid);
        break;
    case PTRACE_EVENT_STOP:
        if (proc_signal_stops(signal)) {
            ptrace(PTRACE_LISTEN, tid, NULL, NULL);
            return;
        }
        break;
    default:
        break;
    }
    go_on(tid, 0);
}

static void at_stop(struct session *session, pid_t tid, int status)
{
    int event = status >> 16, signal = WSTOPSIG(status);
    if (event) {
        at_event(session, tid, event, signal);
        return;
    }
    if (signal == SIGSYS)
        at_sigsys(session, tid);
    go_on(tid, signal);
}

/* Until the first process has ended; its descendants go on alone when we end. */
static int follow(struct session *session)
{
    for (;;) {
        int status;
        pid_t tid = waitpid(-1, &status, __WALL);
        if (tid < 0 && errno == EINTR)
            continue;
        if (tid < 0)
            return 126;
        if (WIFSTOPPED(status))
            at_stop(session, tid, status);
        else if (tid == session->main)
            return proc_exit_status(status);
    }
}

static enum cordon_error seize(struct session *session)
{
    if (ptrace(PTRACE_SEIZE, session->main, NULL,
               (void *)(uintptr_t)(FOLLOW | PTRACE_O_EXITKILL)) == 0)
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

static enum cordon_error run_traced(struct session *session, struct child *child, int go,
                                    int *status)
{
    struct proc_forwarding forwarding;
    enum cordon_error error = seize(session);
    if (error)
        return error;
    proc_forward_to(session->main);
    proc_forward_begin(&forwarding);
    if (write(go, "g", 1) != 1)
        kill(session->main, SIGKILL);
    *status = follow(session);
    proc_forward_end(&forwarding);
    if (session->error)
        return session->error;
    if (session->installed || !child->error_number)
        return CORDON_OK;
    return cordon_diag_set(session->diag, CORDON_E_NOT_FOUND, "%s: %s", session->launch->argv[0],
                           strerror(child->error_number));
}

/* ---- without a tracer ---- */

/* Our parent's grandchild: installs the filter in what our parent becomes, and is gone. */
static void install_from_aside(struct session *session, int ready)
{
    int status;
    if (ptrace(PTRACE_SEIZE, session->main, NULL,
               (void *)(uintptr_t)(PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)) ||
        write(ready, "r", 1) != 1)
        _exit(1);
    close(ready);
    for (;;) {
        if (waitpid(session->main, &status, __WALL) != session->main || !WIFSTOPPED(status))
            _exit(1);
        if (status >> 16 == PTRACE_EVENT_EXEC)
            break;
        go_on(session->main, status >> 16 ? 0 : WSTOPSIG(status));
    }
    install(session);
    if (session->error)
        _exit(1); /* EXITKILL has killed it, and must_die before that */
    ptrace(PTRACE_DETACH, session->main, NULL, NULL);
    _exit(0);
}

/* Where nobody may trace, the filter comes before the execve, which it must allow then. */
static enum cordon_error install_here(struct session *session)
{
    const struct cordon_program *program = session->launch->program;
    struct cordon_data execve = {
        .word = {[CORDON_WORD_NR] = SYS_execve, [CORDON_WORD_ARCH] = cordon_abi_native()->token}};
    uint32_t verdict = cordon_program_run(program, &execve).value & CORDON_ACTION_FULL;
    if (verdict != (uint32_t)CORDON_ALLOW && verdict != (uint32_t)CORDON_LOG)
        return cordon_diag_set(session->diag, CORDON_E_PRIVILEGE,
                               "tracing is not permitted here, so the filter must be loaded before "
                               "the program starts, but the policy does not allow execve");
    struct sock_fprog request = {(unsigned short)program->length,
                                 (struct sock_filter *)(uintptr_t)program->insns};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &request))
        return cordon_diag_set(session->diag, CORDON_E_SYSTEM, "the kernel refused the filter: %s",
                               strerror(errno));
    return CORDON_OK;
}

static enum cordon_error become_untraced(struct session *session, int *status)
{
    int ready[2];
    char byte;
    if (pipe2(ready, O_CLOEXEC))
        return cordon_diag_set(session->diag, CORDON_E_SYSTEM, "pipe: %s", strerror(errno));
    session->main = getpid();
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0); /* Yama: a descendant may trace us */
    pid_t child = fork();
    if (child == 0) {
        if (fork() != 0)
            _exit(0);
        install_from_aside(session, ready[1]);
    }
    waitpid(child, NULL, 0);
    close(ready[1]);
    bool traced = child > 0 && read(ready[0], &byte, 1) == 1;
    prctl(PR_SET_PTRACER, 0, 0, 0, 0);
    close(ready[0]);
    if (!session->launch->new_privs)
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    enum cordon_error error = traced ? CORDON_OK : install_here(session);
    if (error)
        return error;
    execvp(session->launch->argv[0], session->launch->argv);
    *status = proc_exec_status(errno);
    return cordon_diag_set(session->diag, CORDON_E_NOT_FOUND, "%s: %s", session->launch->argv[0],
                           strerror(errno));
}

static enum cordon_error start(struct session *session, struct child *child, int *status)
{
    int go[2];
    if (pipe2(go, O_CLOEXEC))
        return cordon_diag_set(session->diag, CORDON_E_SYSTEM, "pipe: %s", strerror(errno));
    child->go = go[0];
    session->shares_cpu = share_cpu(&session->cpus);
    session->main = clone(become, child->stack + child->stack_size, CLONE_VM | SIGCHLD, child);
    enum cordon_error error = session->main < 0 ? cordon_diag_set(session->diag, CORDON_E_SYSTEM,
                                                                  "clone: %s", strerror(errno))
                                                : run_traced(session, child, go[1], status);
    if (session->shares_cpu)
        sched_setaffinity(0, sizeof session->cpus, &session->cpus);
    close(go[0]);
    close(go[1]);
    return error;
}

enum cordon_error cordon_launch(const struct cordon_launch *launch, int *status,
                                struct cordon_diag *diag)
{
    struct cordon_diag unused;
    struct session session = {.launch = launch, .diag = diag ? diag : &unused};
    *status = 126;
    if (launch->no_trace)
        return become_untraced(&session, status);
    struct child *child = new_child(launch);
    if (!child)
        return cordon_diag_set(session.diag, CORDON_E_NO_MEMORY, "out of memory");
    enum cordon_error error = start(&session, child, status);
    free(child);
    return error;
}
