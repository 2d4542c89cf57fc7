/* SPDX-License-Identifier: MIT */
/*
 * dispatch.c: one stop per call instead of two: dispatch COUNT prints nanoseconds per call.
 *
 * Syscall User Dispatch turns a call into SIGSYS, which stops the thread once; the tracer lets it
 * make the call from a stub that is exempt, which jumps back by itself. Whoever jumps into the stub
 * makes a call that nobody hears of: so it can't enforce anything, and cordon doesn't use it. This
 * measures what that costs.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_ON           1
#endif

extern const char stub[], stub_end[];
extern unsigned long stub_return;
__asm__(".data\nstub_return: .quad 0\n.text\n.balign 64\nstub: syscall\nstub_end: jmp "
        "*stub_return(%rip)\n");

static unsigned char selector; /* 0: calls are let through, 1: SIGSYS */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void make_calls(long count)
{
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGSTOP);
    /* the address behind the call is compared */
    if (prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, stub, stub_end - stub + 1,
              &selector)) {
        perror("dispatch");
        _exit(1);
    }
    double start = now();
    selector = 1;
    for (long i = 0; i < count; i++)
        syscall(SYS_getppid);
    selector = 0;
    printf("%.0f\n", (now() - start) / (double)count);
    fflush(stdout);
    _exit(0);
}

/* The call is made from the stub, and the thread goes on behind its own instruction. */
static void through_stub(pid_t pid)
{
    struct user_regs_struct regs;
    ptrace(PTRACE_GETREGS, pid, NULL, &regs);
    ptrace(PTRACE_POKEDATA, pid, &stub_return, (void *)regs.rip);
    regs.rip = (unsigned long)stub;
    ptrace(PTRACE_SETREGS, pid, NULL, &regs);
    ptrace(PTRACE_CONT, pid, NULL, NULL);
}

int main(int argc, char **argv)
{
    int status;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(sched_getcpu(), &set);
    sched_setaffinity(0, sizeof set, &set);
    pid_t pid = fork();
    if (pid == 0)
        make_calls(argc > 1 ? atol(argv[1]) : 30000);
    waitpid(pid, &status, 0);
    ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_EXITKILL);
    ptrace(PTRACE_CONT, pid, NULL, NULL);
    while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status))
        if (WSTOPSIG(status) == SIGSYS)
            through_stub(pid);
        else
            ptrace(PTRACE_CONT, pid, NULL, (void *)(long)WSTOPSIG(status));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
