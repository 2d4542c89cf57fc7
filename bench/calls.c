/* SPDX-License-Identifier: MIT */
/*
 * calls.c: the cost of a call: calls [--filters N] [--errno | --seen] COUNT makes COUNT calls and
 * prints nanoseconds per call: of one that filters allow, of one that they make fail, or of one
 * that a host of the facility must see. calls --trace PROGRAM… only stops the program twice per
 * call: the minimum for any tracer that sees each call.
 */
#include <errno.h>
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
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Tests numbers and an argument, as filters do: getppid is allowed, getpgrp fails. */
static void install(void)
{
    struct sock_filter insns[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
                                  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpgrp, 4, 0),
                                  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 2),
                                  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 24),
                                  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x5412, 1, 0),
                                  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
                                  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)};
    struct sock_fprog program = {7, insns};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, 2, &program)) {
        perror("calls: filter");
        exit(1);
    }
}

static int make_calls(long nr, long count, long filters)
{
    for (long i = 0; i < filters; i++)
        install();
    for (long i = 0; i < count / 10; i++)
        syscall(nr, PR_GET_SECCOMP, 0, 0);
    double start = now();
    for (long i = 0; i < count; i++)
        syscall(nr, PR_GET_SECCOMP, 0, 0);
    printf("%.0f\n", (now() - start) / (double)count);
    return 0;
}

static void one_cpu(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(sched_getcpu(), &set);
    sched_setaffinity(0, sizeof set, &set);
}

static int trace(char **argv)
{
    one_cpu();
    pid_t pid = fork();
    if (pid == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        execvp(argv[0], argv);
        _exit(127);
    }
    int status;
    waitpid(pid, &status, 0);
    ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    do
        ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
    while (waitpid(-1, &status, __WALL) == pid && WIFSTOPPED(status));
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 2 && !strcmp(argv[1], "--trace"))
        return trace(argv + 2);
    long nr = SYS_getppid, filters = 0, count = 100000;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--errno"))
            nr = SYS_getpgrp;
        else if (!strcmp(argv[i], "--seen"))
            nr = SYS_prctl;
        else if (!strcmp(argv[i], "--filters") && i + 1 < argc)
            filters = atol(argv[++i]);
        else
            count = atol(argv[i]);
    }
    return make_calls(nr, count, filters);
}
