/* SPDX-License-Identifier: MIT */
/*
 * emulate.c: starts the program and its tracer, and returns how the program ended.
 *
 * The tracer is a separate process, in a process group of its own, so that no signal of a terminal
 * or for the program's group reaches it. When the first process of the program ends, the caller
 * gets its status, and the tracer stays for the others. If the tracer dies, all traced processes
 * die; it dies with the caller as long as the first process lives.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "affinity.h"
#include "calls.h"
#include "cordon/emulate.h"
#include "facility.h"
#include "loop.h"
#include "next.h"
#include "proc.h"
#include "queue.h"
#include "resume.h"
#include "task.h"
#include "trap.h"

#define FOLLOW                                                                                     \
    (PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |        \
     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_TRACEVFORKDONE |     \
     PTRACE_O_TRACESECCOMP)

/* From the tracer to its parent: first the process id of the program, then how it ended. */
struct message {
    pid_t main;
    bool ended;
    int status;
    enum cordon_error error;
    struct cordon_diag diag;
};

static enum cordon_error system_error(struct cordon_diag *diag, const char *what)
{
    return cordon_diag_set(diag, CORDON_E_SYSTEM, "%s: %s", what, strerror(errno));
}

static bool begin_trap(void)
{
    struct trap_table seen;
    calls_see(&seen);
    return trap_begin(&seen);
}

static bool uses_kernel(const struct cordon_emulation *emulation)
{
    return emulation->trap != CORDON_TRAP_STOPS && trap_is_available();
}

/* Executes the program as soon as this process is traced; returns the errno of a failure. */
static int become(const struct cordon_emulation *emulation, int go)
{
    char byte;
    if (emulation->program)
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (read(go, &byte, 1) != 1)
        return ECANCELED; /* the tracer is gone */
    close(go);
    if (uses_kernel(emulation) && !begin_trap())
        return errno;
    execvp(emulation->argv[0], emulation->argv);
    return errno;
}

/* ---- the tracer ---- */

#define MOST_KEPT 16

/* Descriptors that we inherited would stay open for as long as any process of the program lives. */
static void close_inherited(const struct cordon_emulation *emulation, int go, int report)
{
    int kept[MOST_KEPT] = {go, report};
    unsigned count = 2;
    for (unsigned i = 0; i < emulation->keep_count && count < MOST_KEPT; i++)
        kept[count++] = emulation->keep[i];
    proc_close_others(kept, count);
    proc_close_standard(STDIN_FILENO, STDOUT_FILENO);
}

static void close_stderr(const struct cordon_emulation *emulation)
{
    for (unsigned i = 0; i < emulation->keep_count; i++)
        if (emulation->keep[i] == STDERR_FILENO)
            return;
    proc_close_standard(STDERR_FILENO, STDERR_FILENO);
}

/* The program was started before, so it has our caller's limits and signals. */
static void protect(const struct cordon_emulation *emulation, int go, int report)
{
    proc_ignore_signals();
    close_inherited(emulation, go, report);
    proc_raise_limits();
    prctl(PR_SET_DUMPABLE, 0); /* unprivileged processes can't read this one */
}

/* ---- what the kernel must have ---- */

/* NULL, or what is missing; the thread is stopped. */
static const char *missing(pid_t tid)
{
    struct __ptrace_syscall_info info;
    struct machine_regs regs;
    uint64_t mask;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info) <= 0)
        return "PTRACE_GET_SYSCALL_INFO (Linux 5.3)";
    if (ptrace(PTRACE_GETSIGMASK, tid, sizeof mask, &mask))
        return "PTRACE_GETSIGMASK";
    if (!machine_get_regs(tid, &regs) || !machine_set_regs(tid, &regs))
        return "access to registers";
    return NULL;
}

/* Runs a seized thread to the stop of PTRACE_INTERRUPT; false: it ended. */
static bool interrupt(struct task *task)
{
    int status;
    if (!task_interrupt(task))
        return false;
    for (;;) {
        pid_t got = waitpid(task->tid, &status, __WALL);
        if (got < 0 && errno == EINTR)
            continue;
        if (got != task->tid || !WIFSTOPPED(status))
            return false;
        if (status >> 16 == PTRACE_EVENT_STOP)
            return true;
        task_resume(task, next_leave(status >> 16 ? 0 : WSTOPSIG(status)));
    }
}

/* While the program waits to be traced: without what is needed, nothing is run at all. */
static bool probe(struct session *session, struct task *main)
{
    const char *name = interrupt(main) ? missing(main->tid) : "PTRACE_INTERRUPT";
    if (!name)
        return task_resume(main, next_leave(0));
    session->error = cordon_diag_set(&session->diag, CORDON_E_UNSUPPORTED,
                                     "this kernel can't be used: it lacks %s", name);
    ptrace(PTRACE_DETACH, main->tid, NULL, NULL);
    return false;
}

/* ---- the start ---- */

static bool seize(struct session *session, pid_t main, int go)
{
    struct task *task = task_new(session, main);
    if (!task)
        return false;
    session->main = main;
    task_join(task, main);
    if (session->error)
        return false;
    if (ptrace(PTRACE_SEIZE, main, NULL, (void *)(uintptr_t)FOLLOW)) {
        system_error(&session->diag, "cannot trace the program");
        session->error = CORDON_E_PRIVILEGE;
        return false;
    }
    if (!probe(session, task))
        return false;
    if (!confine_tracer()) {
        session->error = system_error(&session->diag, "the tracer's own filter");
        return false;
    }
    return write(go, "g", 1) == 1;
}

static struct session *session_new(const struct cordon_emulation *emulation)
{
    struct session *session = calloc(1, sizeof *session);
    if (!session)
        return NULL;
    session->emulation = emulation;
    session->report_fd = -1;
    session->tracer = getpid();
    session->trapping = uses_kernel(emulation);
    facility_prepare(session);
    trap_prepare(session);
    if (!proc_hold())
        session->error = cordon_diag_set(&session->diag, CORDON_E_PRIVILEGE,
                                         "/proc isn't mounted for this pid namespace");
    char scope[16];
    proc_line("/proc/sys/kernel/yama/ptrace_scope", scope, sizeof scope);
    session->yama = atoi(scope);
    doors_prepare(session);
    const char *dump = getenv("CORDON_DUMP");
    session->dump = dump && strstr(dump, "stops");
    calls_prepare(session);
    return session;
}

static void send_message(int fd, const struct session *session, bool ended)
{
    struct message message = {.main = session->main,
                              .ended = ended,
                              .status = session->main_status,
                              .error = session->error,
                              .diag = session->diag};
    if (write(fd, &message, sizeof message) != sizeof message)
        return; /* the parent is gone */
}

/* The first process has ended: the parent may exit, the tracer stays for the other processes. */
static void report_end(struct session *session)
{
    if (session->report_fd >= 0) {
        prctl(PR_SET_PDEATHSIG, 0); /* the parent may be gone as soon as it has the message */
        send_message(session->report_fd, session, true);
        close(session->report_fd);
        session->report_fd = -1;
        close_stderr(session->emulation);
    }
    if (session->emulation->die_with_parent)
        _exit(0); /* PTRACE_O_EXITKILL ends the others */
}

/* The process that traces. Never returns. */
static void trace(const struct cordon_emulation *emulation, pid_t main, int go, int report)
{
    struct session *session = session_new(emulation);
    if (!session)
        _exit(1);
    if (!seize(session, main, go)) {
        if (report >= 0) {
            kill(main, SIGKILL);
            send_message(report, session, true);
        }
        _exit(1);
    }
    session->report_fd = report;
    if (report >= 0)
        send_message(report, session, false);
    queue_begin();
    affinity_start(session);
    session_loop(session);
    report_end(session);
    session_loop(session);
    _exit(0);
}

/* ---- beside it ---- */

static enum cordon_error listen_to(int report, int failures, const char *program, int *status,
                                   struct cordon_diag *diag)
{
    struct message message;
    int error_number = 0;
    ssize_t got;
    for (;;) {
        got = read(report, &message, sizeof message);
        if (got < 0 && errno == EINTR)
            continue;
        if (got != sizeof message || message.ended)
            break;
        proc_forward_to(message.main);
    }
    if (got != sizeof message)
        return cordon_diag_set(diag, CORDON_E_INTERNAL, "the tracer died");
    *status = message.status;
    if (message.error) {
        *diag = message.diag;
        return message.error;
    }
    if (read(failures, &error_number, sizeof error_number) == sizeof error_number) {
        *status = proc_exec_status(error_number);
        return cordon_diag_set(diag, CORDON_E_NOT_FOUND, "%s: %s", program, strerror(error_number));
    }
    return CORDON_OK;
}

static void start_tracer(const struct cordon_emulation *emulation, pid_t parent,
                         const int report[2], const int failures[2])
{
    int go[2];
    proc_end_with(parent);
    if (pipe2(go, O_CLOEXEC))
        _exit(1);
    pid_t main = fork();
    if (main < 0)
        _exit(1);
    if (main == 0) {
        close(go[1]);
        int error_number = become(emulation, go[0]);
        if (write(failures[1], &error_number, sizeof error_number) < 0)
            _exit(126);
        _exit(proc_exec_status(error_number));
    }
    /* The same session, so that the program's group isn't orphaned. */
    (void)setpgid(0, 0);
    protect(emulation, go[1], report[1]);
    trace(emulation, main, go[1], report[1]);
}

/* The tracer, and as the first process of a pid namespace whatever becomes our child. */
static void reap(int number)
{
    int error = errno;
    (void)number;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
    errno = error;
}

/* proc_forward_end() ends it. */
static void reap_begin(void)
{
    struct sigaction action = {.sa_handler = reap, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    sigaction(SIGCHLD, &action, NULL);
}

static enum cordon_error run(const struct cordon_emulation *emulation, int *status,
                             struct cordon_diag *diag)
{
    int report[2], failures[2];
    struct proc_forwarding forwarding;
    if (pipe2(report, O_CLOEXEC) || pipe2(failures, O_CLOEXEC))
        return system_error(diag, "pipe");
    fflush(NULL);
    proc_forward_begin(&forwarding); /* the program may have begun when fork(2) returns */
    pid_t self = getpid(), tracer = fork();
    if (tracer <= 0)
        proc_forward_end(&forwarding);
    if (tracer < 0)
        return system_error(diag, "fork");
    if (tracer == 0)
        start_tracer(emulation, self, report, failures);
    close(report[1]);
    close(failures[1]);
    reap_begin();
    enum cordon_error error = listen_to(report[0], failures[0], emulation->argv[0], status, diag);
    proc_forward_end(&forwarding);
    close(report[0]);
    close(failures[0]);
    return error;
}

/* Executes the program in this process; its tracer is a process of its own session. */
static enum cordon_error run_detached(const struct cordon_emulation *emulation, int *status,
                                      struct cordon_diag *diag)
{
    int go[2];
    pid_t self = getpid();
    if (pipe2(go, O_CLOEXEC))
        return system_error(diag, "pipe");
    fflush(NULL);
    pid_t between = fork();
    if (between < 0)
        return system_error(diag, "fork");
    if (between == 0) {
        pid_t tracer = fork();
        if (tracer != 0)
            _exit(tracer < 0);
        setsid();
        protect(emulation, go[1], -1);
        close_stderr(emulation);
        trace(emulation, self, go[1], -1);
    }
    close(go[1]);
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0,
          0); /* Yama: let any process trace this one until its execve */
    waitpid(between, NULL, 0);
    int error_number = become(emulation, go[0]);
    *status = proc_exec_status(error_number);
    return cordon_diag_set(
        diag, error_number == ECANCELED ? CORDON_E_PRIVILEGE : CORDON_E_NOT_FOUND, "%s: %s",
        emulation->argv[0], error_number == ECANCELED ? "can't be traced" : strerror(error_number));
}

enum cordon_error cordon_emulate(const struct cordon_emulation *emulation, int *status,
                                 struct cordon_diag *diag)
{
    if (emulation->trap == CORDON_TRAP_KERNEL && !trap_is_available())
        return cordon_diag_set(diag, CORDON_E_SYSTEM, "this kernel's seccomp can't be the trap");
    if (emulation->die_with_parent)
        proc_end_with(getppid());
    return emulation->detach ? run_detached(emulation, status, diag) : run(emulation, status, diag);
}
