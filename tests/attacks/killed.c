/* SPDX-License-Identifier: MIT */
/*
 * killed.c: after kill_process nothing of the process runs, not even a handler of SIGSYS: also
 * where /proc is covered or missing, and where descriptors have run out.
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYS_SECCOMP_CODE 1 /* si_code */

static char small_stack[16384] __attribute__((aligned(16)));

static void on_sigsys(int number)
{
    (void)number;
    try_forbidden();
    escaped("the handler runs");
    _exit(0);
}

/* Natively, without the policy, this is reached. */
static void fatal_call(void)
{
    syscall(SYS_getpriority, 0, 0);
    try_forbidden();
    escaped("it goes on after the call");
}

static void handle(int flags)
{
    struct sigaction action = {.sa_handler = on_sigsys, .sa_flags = flags};
    sigaction(SIGSYS, &action, NULL);
}

static void check(void (*body)(void *))
{
    int status = in_child(body, NULL);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        return;
    differs("the process ends with status %x", (unsigned)status);
}

static void handled(void *flags)
{
    handle((int)(intptr_t)flags);
    fatal_call();
}

static void on_other_stack(void *unused)
{
    (void)unused;
    stack_t stack = {.ss_sp = small_stack, .ss_size = sizeof small_stack};
    sigaltstack(&stack, NULL);
    handle(SA_ONSTACK | SA_NODEFER | SA_RESTART);
    fatal_call();
}

static void blocked(void *unused)
{
    (void)unused;
    sigset_t all;
    handle(0);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    raise(SIGSYS);
    fatal_call();
}

static void *handle_again(void *unused)
{
    for (;;)
        handle(SA_NODEFER);
    return unused;
}

static int handle_in_child(void *unused)
{
    (void)unused;
    for (int i = 0; i < 3000; i++)
        handle(SA_NODEFER);
    return 0;
}

static void racing_thread(void *unused)
{
    (void)unused;
    for (int i = 0; i < 2; i++)
        thread_run(handle_again, NULL);
    pause_us(300);
    fatal_call();
}

/* Another process shares the handlers. */
static void racing_process(void *unused)
{
    (void)unused;
    pid_t pid = clone(handle_in_child, small_stack + sizeof small_stack,
                      CLONE_VM | CLONE_SIGHAND | SIGCHLD, NULL);
    pause_us(300);
    kill(pid, 0);
    fatal_call();
}

/* The signal that kills is the kernel's alone: one that was sent doesn't take its place. */
static void on_sent(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    if (info->si_code == SYS_SECCOMP_CODE)
        escaped("the handler runs after the call");
}

static void *send_sigsys(void *thread)
{
    for (;;)
        syscall(SYS_tgkill, getpid(), (pid_t)(intptr_t)thread, SIGSYS);
    return thread;
}

static void racing_signal(void *unused)
{
    (void)unused;
    struct sigaction action = {.sa_sigaction = on_sent, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(SIGSYS, &action, NULL);
    thread_run(send_sigsys, (void *)(intptr_t)getpid());
    pause_us(300);
    fatal_call();
}

static void from_thread_body(void *unused)
{
    (void)unused;
    handle(0);
    for (int i = 0; i < 4; i++)
        thread_run((void *(*)(void *))(void (*)(void))fatal_call, NULL);
    pause_us(300000);
}

static void run(long number)
{
    static void (*const bodies[])(void *) = {handled,       on_other_stack, blocked,
                                             racing_thread, racing_process, from_thread_body,
                                             racing_signal};
    check(bodies[number]);
}

/* ---- without a right /proc ---- */

static void own_mounts(void)
{
    if (unshare(CLONE_NEWNS) || mount("", "/", "", MS_REC | MS_PRIVATE, ""))
        not_run("unshare");
}

enum { UNMOUNTED, COVERED, OTHERS, FAKED, ROOT_CHANGED };

static void without_proc(long how)
{
    own_mounts();
    char place[300];
    snprintf(place, sizeof place, "%s/tree", folder);
    if (how == UNMOUNTED && umount2("/proc", MNT_DETACH))
        not_run("umount");
    if (how == COVERED && mount("none", "/proc", "tmpfs", 0, ""))
        not_run("mount");
    if (how == FAKED) { /* says that SIGSYS is handled by nobody */
        if (mount("none", "/proc", "tmpfs", 0, ""))
            not_run("mount");
        char name[64];
        for (int pid = getpid(); pid < getpid() + 20; pid++) {
            snprintf(name, sizeof name, "/proc/%d", pid);
            mkdir(name, 0755);
            strcat(name, "/status");
            int fd = open(name, O_CREAT | O_WRONLY, 0644);
            static const char text[] = "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"
                                       "SigCgt:\t0000000000000000\n";
            if (write(fd, text, sizeof text - 1) < 0)
                not_run("write");
            close(fd);
        }
    }
    if (how == ROOT_CHANGED && (mkdir(place, 0755) || chroot(place)))
        not_run("chroot");
    if (how == OTHERS) {
        if (unshare(CLONE_NEWPID))
            not_run("unshare");
        pid_t pid = forked();
        if (pid == 0) {
            mount("proc", "/proc", "proc", 0, "");
            check(handled);
            _exit(0);
        }
        waitpid(pid, NULL, 0);
        return;
    }
    check(handled);
    check(racing_thread);
}

/* The same by an ordinary user in a namespace. */
static void in_namespace(long how)
{
    if (unshare(CLONE_NEWUSER))
        not_run("unshare");
    without_proc(how);
}

/* ---- without descriptors ---- */

static void listeners(long limit_of_parent)
{
    struct rlimit none = {0, 0};
    if (limit_of_parent)
        prlimit(getppid(), RLIMIT_NOFILE, &none, NULL);
    pid_t pids[60];
    for (int i = 0; i < 60; i++) {
        pids[i] = forked();
        if (pids[i] == 0) {
            filter(SYS_getpgrp, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
            for (;;)
                pause();
        }
    }
    pause_us(20000);
    for (int i = 0; i < 3; i++)
        check(handled);
    for (int i = 0; i < 60; i++)
        end_child(pids[i]);
}

/* All that the program itself may have. */
static void own_limit(long unused)
{
    (void)unused;
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_NOFILE, &none);
    setrlimit(RLIMIT_STACK, &none);
    check(handled);
    check(on_other_stack);
}

/* A filter of the program's own. */
static void own_filter(void *unused)
{
    (void)unused;
    handle(0);
    filter(SYS_getpgrp, SECCOMP_RET_KILL_PROCESS, 0);
    CALL(SYS_getpgrp, 0);
    escaped("it goes on after the call");
}

/* A sibling changes the code of the call while it is made for the last time. */
static void *change_code(void *unused)
{
    for (;;) {
        *(volatile unsigned char *)call_site = 0x00;
        *(volatile unsigned char *)call_site = 0x0f;
    }
    return unused;
}

static void changed_code(void *unused)
{
    (void)unused;
    sigset_t sigsys;
    sigemptyset(&sigsys);
    sigaddset(&sigsys, SIGSYS);
    sigprocmask(SIG_BLOCK, &sigsys, NULL);
    filter(SYS_symlink, SECCOMP_RET_TRAP, 0);
    thread_run(change_code, NULL);
    docall(SYS_symlink, (long)"escaped", (long)forbidden, 0);
}

/* A blocked SIGSYS kills; a fault of the changed code may do so before. */
static void racing_code(long unused)
{
    (void)unused;
    open_site();
    while (goes_on())
        in_child(changed_code, NULL);
}

static void own(long unused)
{
    (void)unused;
    check(own_filter);
}

const struct attack attacks[] = {
    {"handled", KILL, run, 0, 0},
    {"other-stack", KILL, run, 1, 0},
    {"blocked", KILL, run, 2, 0},
    {"racing-thread", KILL, run, 3, 0},
    {"racing-process", KILL, run, 4, 0},
    {"from-thread", KILL, run, 5, 0},
    {"racing-signal", KILL, run, 6, 0},
    {"proc-unmounted", KILL, without_proc, UNMOUNTED, ROOT},
    {"proc-covered", KILL, without_proc, COVERED, ROOT},
    {"proc-of-others", KILL, without_proc, OTHERS, ROOT},
    {"proc-faked", KILL, without_proc, FAKED, ROOT},
    {"root-changed", KILL, without_proc, ROOT_CHANGED, ROOT},
    {"proc-covered-as-user", KILL, in_namespace, COVERED, ORDINARY},
    {"listeners", KILL, listeners, 0, FEW_DESCRIPTORS},
    {"parent-without-descriptors", KILL, listeners, 1, PARENT},
    {"own-limit", KILL, own_limit, 0, 0},
    {"own-filter", FILTER, own, 0, 0},
    {"racing-code", FILTER, racing_code, 0, 0},
    {0},
};
