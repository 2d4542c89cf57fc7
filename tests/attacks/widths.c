/* SPDX-License-Identifier: MIT */
/*
 * widths.c: arguments wider than what the kernel takes, and addresses at the edge of what a process
 * has. The results are the kernel's, and the host writes nowhere but where the kernel would.
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/elf.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define ABOVE (5L << 32) /* bits that an int doesn't have */
enum { ARCH_PRCTL = 30, GET_GS = 0x1004, GET_FS = 0x1003, SET_FS = 0x1002 };

static pid_t child;
static long word[64];

static long ptraced(long request, long pid, void *at, void *data)
{
    return syscall(SYS_ptrace, request, pid, at, data) < 0 ? -errno : 0;
}

static void start_child(void)
{
    child = forked();
    if (child == 0) {
        ptraced(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        for (;;)
            CALL(SYS_getpgrp, 0);
    }
    waitpid(child, NULL, 0);
}

static void arch_prctl(long unused)
{
    (void)unused;
    start_child();
    struct user_regs_struct regs;
    ptraced(PTRACE_GETREGS, child, NULL, &regs);
    for (long high = 0; high < 3; high++) {
        long option = GET_FS + (high << 32);
        word[0] = 1;
        expect("ARCH_GET_FS", ptraced(ARCH_PRCTL, child, word, (void *)option), 0);
        expect("fs", word[0], (long)regs.fs_base);
        word[0] = 1;
        option = GET_GS + (high << 33);
        expect("ARCH_GET_GS", ptraced(ARCH_PRCTL, child, word, (void *)option), 0);
        expect("gs", word[0], (long)regs.gs_base);
    }
    /* Where the host may have something and the program has nothing. */
    static const unsigned long nowhere[] = {8, 0x400000, 0x600000, 0x7ffffffff000,
                                            0xffffffff80000000};
    for (unsigned i = 0; i < sizeof nowhere / sizeof *nowhere; i++)
        expect("ARCH_GET_FS to nowhere",
               ptraced(ARCH_PRCTL, child, (void *)nowhere[i], (void *)(GET_FS + ABOVE)), -EFAULT);
    end_child(child);
}

/* The request is a long and the number an int. */
static void ptrace_numbers(long unused)
{
    (void)unused;
    start_child();
    struct user_regs_struct regs;
    expect("a long request", ptraced(PTRACE_GETREGS + ABOVE, child, NULL, &regs), -EIO);
    expect("a long number", ptraced(PTRACE_GETREGS, child + ABOVE, NULL, &regs), 0);
    expect("a signal too high", ptraced(PTRACE_CONT, child, NULL, (void *)500L), -EIO);
    expect("a long signal", ptraced(PTRACE_SYSCALL, child, NULL, (void *)(SIGUSR1 + ABOVE)), -EIO);
    expect("unknown options", ptraced(PTRACE_SETOPTIONS, child, NULL, (void *)ABOVE), -EINVAL);
    end_child(child);
}

/* Results that go to memory: at the end of a page, behind it, and where nothing can be written. */
static void edges(long request)
{
    start_child();
    char *pages = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(pages + 4096, 4096);
    mprotect(pages + 8192, 4096, PROT_READ);
    struct iovec vector = {pages + 4096 - 8, 8};
    if (request == PTRACE_GETREGSET) {
        expect("regset of 8", ptraced(request, child, (void *)NT_PRSTATUS, &vector), 0);
        vector = (struct iovec){pages + 4096 - 8, 16};
        expect("regset behind", ptraced(request, child, (void *)NT_PRSTATUS, &vector), -EFAULT);
        expect("regset's vector nowhere",
               ptraced(request, child, (void *)NT_PRSTATUS, pages + 4090), -EFAULT);
        vector = (struct iovec){word, sizeof word};
        expect("regset of long type",
               ptraced(request, child, (void *)(NT_PRSTATUS + ABOVE), &vector), 0);
    } else {
        expect("at the end", ptraced(request, child, NULL, pages + 4092), -EFAULT);
        expect("read only", ptraced(request, child, NULL, pages + 8192), -EFAULT);
        expect("kernel's", ptraced(request, child, NULL, (void *)0xffffffff81000000), -EFAULT);
    }
    end_child(child);
}

static void waits(long unused)
{
    (void)unused;
    int status = 0;
    pid_t pid = forked();
    if (pid == 0)
        _exit(7);
    expect("wait4 of a long number", CALL(SYS_wait4, pid + ABOVE, &status, ABOVE, 0), pid);
    expect("its status", status, 7 << 8);
    expect("wait4 of nobody", CALL(SYS_wait4, -1 + ABOVE, &status, 0, 0), -ECHILD);
    pid = forked();
    if (pid == 0)
        _exit(0);
    expect("waitid of a long type",
           CALL(SYS_waitid, P_PID + ABOVE, pid + ABOVE, 0, WEXITED + ABOVE), 0);
    expect("waitid without options", CALL(SYS_waitid, P_ALL, 0, 0, ABOVE), -EINVAL);
}

static void facility(long unused)
{
    (void)unused;
    uint32_t action = SECCOMP_RET_ALLOW;
    expect("GET_ACTION_AVAIL", CALL(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL + ABOVE, ABOVE, &action),
           0);
    expect("PR_GET_SECCOMP", CALL(SYS_prctl, PR_GET_SECCOMP + ABOVE, 1, 2, 3, 4) & ~2, 0);
    expect("PR_SET_SECCOMP", CALL(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER + ABOVE, 0, 0, 0),
           -EINVAL);
    expect("no_new_privs", CALL(SYS_prctl, PR_SET_NO_NEW_PRIVS + ABOVE, 1 + ABOVE, 0, 0, 0),
           -EINVAL);
    expect("a program nowhere", CALL(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, 8), -EFAULT);
    if (filter(SYS_getpgrp, SECCOMP_RET_ERRNO | 7, 0))
        differs("seccomp");
    /* Judged by 32 bits of the number. */
    expect("a long call", CALL(SYS_getpgrp + ABOVE, 0), -7);
}

static void listener(long unused)
{
    (void)unused;
    long fd = filter(SYS_getpgrp, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
    if (fd < 0)
        not_run("seccomp");
    char buffer[256] = {0};
    expect("an unknown request", CALL(SYS_ioctl, fd, 0x5401, buffer), -EINVAL);
    expect("a long request",
           CALL(SYS_ioctl, fd + ABOVE, SECCOMP_IOCTL_NOTIF_ID_VALID + ABOVE, buffer), -ENOENT);
    expect("SEND of nowhere", CALL(SYS_ioctl, fd, SECCOMP_IOCTL_NOTIF_SEND, 8), -EFAULT);
    expect("a small ADDFD", CALL(SYS_ioctl, fd, _IOW('!', 3, int), buffer), -EINVAL);
    expect("a page of ADDFD", CALL(SYS_ioctl, fd, _IOC(_IOC_WRITE, '!', 3, 4096), buffer), -EINVAL);
    expect("read", CALL(SYS_read, fd, buffer, 8), -EINVAL);
}

/* CLONE_UNTRACED and others above 32 bits, which clone ignores and clone3 doesn't. */
static void clones(long unused)
{
    (void)unused;
    long pid = CALL(SYS_clone, ABOVE | SIGCHLD);
    if (pid == 0)
        _exit(3);
    int status = 0;
    expect("clone with long flags", CALL(SYS_wait4, pid, &status, 0, 0), pid);
    expect("its status", status, 3 << 8);
    uint64_t args[11] = {ABOVE << 4, 0, 0, 0, SIGCHLD};
    expect("clone3 with unknown flags", CALL(SYS_clone3, args, sizeof args), -EINVAL);
    args[0] = 0;
    args[4] = SIGCHLD + ABOVE;
    expect("clone3 with a long signal", CALL(SYS_clone3, args, sizeof args), -EINVAL);
    expect("a small clone3", CALL(SYS_clone3, args, 56), -EINVAL);
    expect("a large clone3", CALL(SYS_clone3, args, 5000), -E2BIG);
    char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(pages + 4096, 4096);
    memset(pages, 1, 4096);
    args[4] = SIGCHLD;
    memcpy(pages + 4096 - 88, args, 88);
    expect("clone3 behind", CALL(SYS_clone3, pages + 4096 - 80, 88), -EFAULT);
}

const struct attack attacks[] = {
    {"arch-prctl", SAME, arch_prctl, 0, TRACES},
    {"ptrace-numbers", SAME, ptrace_numbers, 0, TRACES},
    {"edges-regs", SAME, edges, PTRACE_GETREGS, TRACES},
    {"edges-fpregs", SAME, edges, PTRACE_GETFPREGS, TRACES},
    {"edges-siginfo", SAME, edges, PTRACE_GETSIGINFO, TRACES},
    {"edges-message", SAME, edges, PTRACE_GETEVENTMSG, TRACES},
    {"edges-regset", SAME, edges, PTRACE_GETREGSET, TRACES},
    {"waits", SAME, waits, 0, 0},
    {"facility", SAME, facility, 0, 0},
    {"listener", SAME, listener, 0, 0},
    {"clones", SAME, clones, 0, 0},
    {0},
};
