/* SPDX-License-Identifier: MIT */
/*
 * dispatch.c: one stop per call instead of two: dispatch COUNT prints nanoseconds per call.
 *
 * Syscall User Dispatch turns a call into SIGSYS, which stops the thread once. The tracer lets it
 * make the call from a stub that is exempt from dispatch, and the stub jumps back. A program that
 * jumps into the stub itself makes a call that the tracer doesn't see. So this cannot enforce
 * anything, and cordon doesn't use it; this program only measures its cost.
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

static unsigned char selector; /* 0: calls are made, 1: they raise SIGSYS */

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
    /* the kernel compares the address after the call instruction */
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

/* Makes the call from the stub; the thread continues after its own instruction. */
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
