/* SPDX-License-Identifier: MIT */
/*
 * unread.c: a tracer inside changes what the host reads of a stop: registers, the number of the
 * call, the siginfo, the code segment. A call that can't be read isn't made.
 */
#include "attack.h"

#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SIGINFO,
    SIGINFO_EXIT,
    NUMBER,
    NUMBER_HIGH,
    SEGMENT,
    RESTART,
    AT_SIGNAL,
    AT_SECCOMP,
    POKE,
    SYSEMU,
    STEP,
    REGSET,
    SET_CALL,
    KILLED
};
enum { SET_SYSCALL_INFO = 0x4212 };

static pid_t child;

static void make_calls(void)
{
    for (int i = 0; i < 4; i++) {
        syscall(SYS_getpgrp, forbidden, forbidden);
        try_forbidden();
        raise(SIGUSR1);
    }
    _exit(0);
}

static void change_siginfo(void)
{
    static const int codes[] = {SI_USER, SIGTRAP, 0x80, SI_KERNEL, SIGTRAP | 7 << 8, -1};
    static unsigned next;
    siginfo_t info;
    if (ptrace(PTRACE_GETSIGINFO, child, 0, &info))
        return;
    info.si_code = codes[next % 6];
    info.si_signo = next++ % 2 ? SIGTRAP : SIGUSR1;
    ptrace(PTRACE_SETSIGINFO, child, 0, &info);
}

/* The harmless call becomes the forbidden one. */
static void change_call(long how)
{
    struct user_regs_struct regs;
    struct iovec vector = {&regs, sizeof regs};
    ptrace(PTRACE_GETREGS, child, 0, &regs);
    if (how != SEGMENT && regs.orig_rax != SYS_getpgrp && how != RESTART && how != AT_SIGNAL)
        return;
    regs.rdi = regs.rsi = (uintptr_t)forbidden;
    regs.orig_rax = SYS_symlink;
    if (how == NUMBER_HIGH)
        regs.orig_rax |= 7ul << 32;
    if (how == SEGMENT)
        regs.cs = 0x23;
    if (how == RESTART || how == AT_SIGNAL) {
        regs.rax = (unsigned long)-513L; /* -ERESTARTNOINTR */
        regs.orig_rax = SYS_symlink;
    }
    if (how == REGSET)
        ptrace(PTRACE_SETREGSET, child, NT_PRSTATUS, &vector);
    else if (how == POKE)
        ptrace(PTRACE_POKEUSER, child, offsetof(struct user_regs_struct, orig_rax), SYS_symlink);
    else
        ptrace(PTRACE_SETREGS, child, 0, &regs);
    int number = SYS_symlink;
    vector = (struct iovec){&number, sizeof number};
    if (how == REGSET)
        ptrace(PTRACE_SETREGSET, child, 0x404 /* NT_ARM_SYSTEM_CALL, unknown here */, &vector);
}

/* PTRACE_SET_SYSCALL_INFO, of kernels since 6.16. */
static void set_call(void)
{
    uint64_t info[11] = {0};
    long size = ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, info);
    if (size <= 0 || (uint8_t)info[0] != PTRACE_SYSCALL_INFO_ENTRY || info[3] != SYS_getpgrp)
        return;
    info[3] = SYS_symlink;
    info[4] = info[5] = (uintptr_t)forbidden;
    ptrace((enum __ptrace_request)SET_SYSCALL_INFO, child, sizeof info, info);
}

static void at_stop(long how, int status)
{
    bool call = WSTOPSIG(status) == (SIGTRAP | 0x80);
    if (how == SIGINFO && call)
        change_siginfo();
    else if (how == SIGINFO_EXIT)
        change_siginfo();
    else if (how == AT_SIGNAL && WSTOPSIG(status) == SIGUSR1)
        change_call(how);
    else if (how == AT_SECCOMP && status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8))
        change_call(NUMBER);
    else if (how == SET_CALL && call)
        set_call();
    else if (how == KILLED && call)
        kill(child, SIGKILL);
    else if (call && how != AT_SIGNAL && how != AT_SECCOMP)
        change_call(how);
}

static void run(long how)
{
    int request = how == SYSEMU ? PTRACE_SYSEMU : how == STEP ? PTRACE_SINGLESTEP : PTRACE_SYSCALL;
    child = forked();
    if (child == 0) {
        signal(SIGUSR1, how == AT_SIGNAL ? SIG_DFL : SIG_IGN);
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        if (how == AT_SECCOMP)
            filter(SYS_getpgrp, 0x7ff00001 /* SECCOMP_RET_TRACE */, 0);
        raise(SIGSTOP);
        make_calls();
    }
    int status;
    waitpid(child, &status, 0);
    ptrace(PTRACE_SETOPTIONS, child, 0,
           PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP);
    ptrace((enum __ptrace_request)request, child, 0, 0);
    for (int i = 0; i < 3000 && waitpid(child, &status, 0) == child && WIFSTOPPED(status); i++) {
        at_stop(how, status);
        ptrace((enum __ptrace_request)request, child, 0, 0);
    }
    end_child(child);
}

/* Natively all that counts is that the change has an effect; the child tries by itself, too. */
#define UNREAD(name, how)                                                                          \
    {                                                                                              \
        name, POLICY, run, how, TRACES                                                             \
    }

const struct attack attacks[] = {
    UNREAD("siginfo", SIGINFO),
    UNREAD("siginfo-at-exit", SIGINFO_EXIT),
    UNREAD("number", NUMBER),
    UNREAD("number-high", NUMBER_HIGH),
    UNREAD("segment", SEGMENT),
    UNREAD("restart", RESTART),
    UNREAD("at-signal", AT_SIGNAL),
    UNREAD("at-seccomp", AT_SECCOMP),
    UNREAD("poke", POKE),
    {"sysemu", FILTER, run, SYSEMU, TRACES},
    {"step", POLICY, run, STEP, TRACES},
    UNREAD("regset", REGSET),
    UNREAD("set-call", SET_CALL),
    {"killed", FILTER, run, KILLED, TRACES},
    {0},
};
