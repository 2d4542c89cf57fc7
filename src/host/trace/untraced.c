/* SPDX-License-Identifier: MIT */
/* untraced.c: runs a program under a filter without a tracer. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cordon/action.h"
#include "proc.h"
#include "session.h"

/* In a grandchild of the process that becomes the program: installs the filter there, and exits. */
static void install_from_aside(struct session *session, int ready)
{
    int status;
    if (ptrace(
            PTRACE_SEIZE, session->main, NULL,
            (void *)(uintptr_t)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)) ||
        write(ready, "r", 1) != 1)
        _exit(1);
    close(ready);
    for (;;) {
        if (waitpid(session->main, &status, __WALL) != session->main || !WIFSTOPPED(status))
            _exit(1);
        if (status >> 16 == PTRACE_EVENT_EXEC)
            break;
        int signal = status >> 16 ? 0 : WSTOPSIG(status);
        ptrace(PTRACE_CONT, session->main, NULL, (void *)(intptr_t)signal);
    }
    session_install(session);
    if (session->error) { /* session_install() ended the program */
        waitpid(session->main, &status, __WALL);
        _exit(1);
    }
    ptrace(PTRACE_DETACH, session->main, NULL, NULL);
    _exit(0);
}

/* Without permission to trace, the filter is loaded before the execve, which it must allow. */
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

enum cordon_error session_become(struct session *session, int *status)
{
    int ready[2];
    char byte;
    if (pipe2(ready, O_CLOEXEC))
        return cordon_diag_set(session->diag, CORDON_E_SYSTEM, "pipe: %s", strerror(errno));
    session->main = getpid();
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0,
          0); /* Yama: let a descendant trace this process */
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
    if (!traced)
        fcntl(session->image, F_SETFD, FD_CLOEXEC);
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
