/* SPDX-License-Identifier: MIT */
/*
 * escapes.c: scenarios of escapes, against the kernel and against cordon: races on what a call is
 * judged by, processes created out of sight, calls made in place of a repeated one. None may
 * succeed. Scenarios whose names begin with `own-` are about cordon's tracer, and only run under
 * it.
 */
#include "scenario.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Set if the denied call was made, which must never happen. In memory that all processes of a
 * scenario share. */
static struct shared {
    atomic_int escapes, rounds;
    atomic_bool over;
    struct clone_args args;
    unsigned char code[4096];
} * shared;

static void share(void)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        give_up("mmap");
}

static void check_denied(void)
{
    if (call_getppid() != -7)
        shared->escapes++;
}

static void end_child(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* ---- processes created out of sight ---- */

static void flip_untraced(void)
{
    volatile __u64 *flags = &shared->args.flags;
    *flags |= CLONE_UNTRACED;
    *flags &= ~(uint64_t)CLONE_UNTRACED;
}

/* A child of clone3 is denied the call as its parent is. */
static void clone3_denied(void)
{
    pid_t pid = (pid_t)syscall(SYS_clone3, &shared->args, sizeof shared->args);
    if (pid == 0) {
        check_denied();
        _exit(0);
    }
    if (pid > 0)
        waitpid(pid, NULL, 0);
}

/* Another process keeps setting and clearing CLONE_UNTRACED in the arguments of clone3. */
static void clone3_race(void)
{
    share();
    deny(SYS_getppid, ERRNO(7));
    pid_t writer = forked();
    while (writer == 0) {
        flip_untraced();
    }
    static const uint64_t kinds[] = {0, CLONE_CLEAR_SIGHAND, CLONE_VFORK, CLONE_NEWTIME};
    for (int i = 0; i < 120; i++) {
        shared->args.flags = kinds[i % 4];
        shared->args.exit_signal = SIGCHLD;
        clone3_denied();
    }
    end_child(writer);
    say("escapes %d", (int)shared->escapes);
}

static void *flag_writer(void *unused)
{
    while (!shared->over) {
        flip_untraced();
    }
    return unused;
}

static void clone3_thread_race(void)
{
    share();
    deny(SYS_getppid, ERRNO(7));
    void *writer = thread_run(flag_writer, NULL);
    for (int i = 0; i < 100; i++) {
        shared->args.exit_signal = SIGCHLD;
        shared->args.flags = i % 2 ? CLONE_PIDFD | CLONE_PARENT_SETTID : 0;
        clone3_denied();
    }
    shared->over = true;
    thread_join(writer);
    say("escapes %d", (int)shared->escapes);
}

#ifdef __x86_64__
static void untraced_by_int80(void)
{
    share();
    deny(SYS_getppid, ERRNO(7));
    long result = 120; /* clone of i386 */
    __asm__ volatile("int $0x80"
                     : "+a"(result)
                     : "b"((long)(CLONE_UNTRACED | SIGCHLD)), "c"(0), "d"(0), "S"(0), "D"(0)
                     : "memory", "r8", "r9", "r10", "r11");
    if (result == 0) {
        check_denied();
        _exit(0);
    }
    waitpid((pid_t)result, NULL, 0);
    say("made %d, escapes %d", result > 0, (int)shared->escapes);
}
#endif

#ifdef __x86_64__
/* 32-bit code in a 64-bit process: retf to the code segment 0x23, the call, retf back to 0x33. */
static long in_32_bits(const unsigned char *instruction, unsigned nr)
{
    static unsigned char *low; /* code and stack below 4 GiB */
    if (!low) {
        low = mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
        if (low == MAP_FAILED)
            give_up("mmap");
    }
    low[0] = instruction[0];
    low[1] = instruction[1];
    low[2] = 0xcb; /* retf, to the two words on the stack */
    unsigned *top = (unsigned *)(low + 8192 - 64);
    long result = nr;
    __asm__ volatile("mov %%rsp, %%r12\n"
                     "lea 1f(%%rip), %%rdx\n"
                     "mov %%edx, (%1)\n"
                     "movl $0x33, 4(%1)\n"
                     "mov %1, %%rsp\n"
                     "sub $16, %%rsp\n"
                     "movq %2, (%%rsp)\n"
                     "movq $0x23, 8(%%rsp)\n"
                     "lretq\n"
                     "1: mov %%r12, %%rsp\n"
                     : "+a"(result)
                     : "r"(top), "r"(low)
                     : "memory", "rdx", "rcx", "r8", "r9", "r10", "r11", "r12");
    return result;
}

static void far_int80_body(void)
{
    static const unsigned char int80[] = {0xcd, 0x80};
    say("20: %d", in_32_bits(int80, 20) == getpid());
    say("64: %ld", in_32_bits(int80, 64));
}

static void far_syscall_body(void)
{
    static const unsigned char fast[] = {0x0f, 0x05};
    say("64: %ld", in_32_bits(fast, 64));
}

static void far_sysenter_body(void)
{
    static const unsigned char fast[] = {0x0f, 0x34};
    say("64: %ld", in_32_bits(fast, 64));
}

static void far_killed_body(void)
{
    static const unsigned char int80[] = {0xcd, 0x80};
    deny(64, SECCOMP_RET_KILL_PROCESS);
    signal(SIGSYS, SIG_IGN);
    in_32_bits(int80, 64);
}

static void far_listener_body(void)
{
    static const unsigned char fast[] = {0x0f, 0x34};
    deny(20, SECCOMP_RET_KILL_PROCESS);
    signal(SIGSYS, SIG_IGN); /* something else must be called instead */
    in_32_bits(fast, 20);
}

static void far_jumps(void)
{
    deny(64, ERRNO(7));
    in_child("int 0x80", far_int80_body);
    in_child("killed", far_killed_body);
    in_child("syscall", far_syscall_body);
    in_child("sysenter", far_sysenter_body);
    in_child("sysenter, killed", far_listener_body);
}

/* time(2) of the vsyscall page. */
static void vsyscall(void)
{
    long (*time_of_page)(long *) = (long (*)(long *))(uintptr_t)0xffffffffff600400;
    deny(SYS_time, ERRNO(7));
    say("denied %d", time_of_page(NULL) == -7);
}
#endif

/* ---- between a verdict and its call ---- */

static void *answer_continue(void *listener)
{
    struct seccomp_notif request;
    struct seccomp_notif_resp response = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    for (;;) {
        memset(&request, 0, sizeof request);
        if (ioctl((int)(intptr_t)listener, SECCOMP_IOCTL_NOTIF_RECV, &request))
            continue;
        response.id = request.id;
        ioctl((int)(intptr_t)listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
    }
    return NULL;
}

static void on_usr1(int number)
{
    (void)number;
    check_denied();
}

static void *disposition_flipper(void *unused)
{
    struct sigaction handler = {.sa_handler = on_usr1, .sa_flags = SA_RESTART};
    while (!shared->over) {
        sigaction(SIGUSR1, &handler, NULL);
        signal(SIGUSR1, SIG_IGN);
    }
    return unused;
}

/* CONTINUE for one call must not allow another: the one of a handler that runs in between. */
static void continue_race(void)
{
    share();
    signal(SIGUSR1, SIG_IGN);
    int listener = deny_with_listener(SYS_getpgrp, 0);
    pid_t supervisor = forked();
    if (supervisor == 0)
        answer_continue((void *)(intptr_t)listener);
    deny(SYS_getppid, ERRNO(7));
    pid_t target = forked();
    if (target == 0) {
        thread_run(disposition_flipper, NULL);
        while (!shared->over) {
            CALL(SYS_getpgrp, 0, 0, 0);
            shared->rounds++;
        }
        _exit(0);
    }
    for (int i = 0; i < 1500 || (shared->rounds <= 10 && i < 60000); i++) {
        if (i % 8 == 0)
            pause_for(1);
    }
    shared->over = true;
    pause_for(5);
    end_child(target);
    end_child(supervisor);
    say("made some: %d, escapes %d", shared->rounds > 10, (int)shared->escapes);
}

/* Signals arrive at every point of calls that are repeated; their handlers make denied calls. */
static void signals_amid_calls(void)
{
    share();
    struct sigaction restart = {.sa_handler = on_usr1, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &restart, NULL);
    deny(SYS_getppid, ERRNO(7));
    pid_t target = forked();
    if (target == 0) {
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        for (int i = 0; i < 40; i++) {
            const struct rule rule = {SYS_getpgrp, SECCOMP_RET_USER_NOTIF};
            long fd = install(SECCOMP_FILTER_FLAG_NEW_LISTENER, 1, &rule, SECCOMP_RET_ALLOW);
            int status = open("/proc/self/status", O_RDONLY);
            check_denied();
            close(status);
            close((int)fd);
        }
        _exit(9);
    }
    int status;
    while (waitpid(target, &status, WNOHANG) == 0) {
        kill(target, SIGUSR1);
        pause_for(0);
        sched_yield();
    }
    say("%s, escapes %d", status_text(status), (int)shared->escapes);
}

/* ---- while it is made to do calls of ours ---- */

#ifdef __x86_64__
/* At 0: openat("/proc/self/status"), whose result is replaced. At 16: setpriority(0, 0, 19),
 * denied. */
static void *code_changer(void *unused)
{
    volatile unsigned short *site = (unsigned short *)(shared->code + 5);
    while (!shared->over) {
        *site = 0x09eb; /* jmp to 16 */
        for (volatile int i = 0; i < 50; i++)
            ;
        *site = 0x050f; /* syscall */
        for (volatile int i = 0; i < 50; i++)
            ;
    }
    return unused;
}

/* Another thread changes the instruction that makes the calls. */
static void changing_code_body(void)
{
    static const unsigned char start[] = {0xb8, 0, 0, 0, 0, 0x0f, 0x05, 0xc3};
    static const unsigned char evil[] = {0xb8, 141, 0, 0, 0, 0x31, 0xff, 0x31, 0xf6,
                                         0xba, 19,  0, 0, 0, 0x0f, 0x05, 0xc3};
    memcpy(shared->code, start, sizeof start);
    shared->code[1] = (unsigned char)SYS_openat;
    shared->code[2] = SYS_openat >> 8;
    memcpy(shared->code + 16, evil, sizeof evil);
    if (mprotect(shared, sizeof *shared, PROT_READ | PROT_WRITE | PROT_EXEC))
        give_up("mprotect");
    long priority = syscall(SYS_getpriority, 0, 0);
    deny(SYS_setpriority, ERRNO(7));
    thread_run(code_changer, NULL);
    for (int i = 0; i < 300; i++) {
        long result, folder = AT_FDCWD, flags = O_RDONLY;
        const char *path = "/proc/self/status";
        __asm__ volatile("call *%4"
                         : "=a"(result), "+D"(folder), "+S"(path), "+d"(flags)
                         : "r"((uintptr_t)shared->code)
                         : "memory", "rcx", "r11");
        if (syscall(SYS_getpriority, 0, 0) != priority)
            shared->escapes++;
        if (result >= 0)
            close((int)result);
        shared->rounds++;
    }
}

static void changing_code(void)
{
    share();
    for (int i = 0; i < 3; i++) {
        pid_t pid = forked();
        if (pid == 0) {
            changing_code_body();
            _exit(0);
        }
        waitpid(pid, NULL, 0); /* cordon kills it if it interferes */
    }
    say("escapes %d", (int)shared->escapes);
}
#endif

static void *unmapper(void *unused)
{
    while (!shared->over) {
        char *place = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        munmap(place, 4096);
        for (int i = -4; i <= 4; i++) /* where the next page would be mapped */
            madvise(place + i * 4096, 4096, MADV_DONTNEED);
        munmap(place - 4096, 4096);
    }
    return unused;
}

/* Scratch pages are unmapped while they are used. */
static void unmapping_body(void)
{
    deny(SYS_getppid, ERRNO(7));
    thread_run(unmapper, NULL);
    for (int i = 0; i < 60; i++) {
        int fd = open("/proc/self/status", O_RDONLY);
        close(fd);
        check_denied();
    }
}

static void unmapping(void)
{
    share();
    pid_t pid = forked();
    if (pid == 0) {
        unmapping_body();
        _exit(0);
    }
    waitpid(pid, NULL, 0); /* it may have unmapped what it needs itself */
    say("escapes %d", (int)shared->escapes);
}

/* The scenarios' processes are killed at every point. */
static void killed_amid_calls(void)
{
    for (int i = 0; i < 60; i++) {
        int status;
        pid_t pid = forked();
        if (pid == 0) {
            if (i % 2)
                thread_run(disposition_flipper, NULL);
            prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            for (;;) {
                const struct rule rule = {SYS_getpgrp, SECCOMP_RET_USER_NOTIF};
                close((int)install(SECCOMP_FILTER_FLAG_NEW_LISTENER, 1, &rule, SECCOMP_RET_ALLOW));
                close(open("/proc/self/status", O_RDONLY));
            }
        }
        pause_for(i % 5);
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
            say("%s", status_text(status));
    }
    say("all killed");
}

static void killed_amid_calls_start(void)
{
    share();
    killed_amid_calls();
}

/* ---- by ptrace ---- */

static void *attaches_sibling(void *tid)
{
    long result = result_of(SYS_ptrace, PTRACE_ATTACH, (long)(intptr_t)tid, 0, 0, 0);
    say("a sibling: %ld", result);
    result = result_of(SYS_ptrace, PTRACE_SEIZE, (long)(intptr_t)tid, 0, 0, 0);
    say("seized: %ld", result);
    return NULL;
}

static void ptrace_entries(void)
{
    thread_join(thread_run(attaches_sibling, (void *)(intptr_t)getpid()));
    say("itself: %ld", result_of(SYS_ptrace, PTRACE_ATTACH, getpid(), 0, 0, 0));
    say("nobody: %ld", result_of(SYS_ptrace, PTRACE_ATTACH, 0x3ffffff, 0, 0, 0));
    say("not traced: %ld", result_of(SYS_ptrace, PTRACE_CONT, getpid(), 0, 0, 0));
}

/* A tracer inside changes the number of a judged call at its entry: the new call is judged. */
static void tracer_changes_call(void)
{
    share();
    pid_t pid = forked();
    if (pid == 0) {
        result_of(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0, 0);
        raise(SIGSTOP);
        deny(SYS_getppid, ERRNO(7));
        long result = syscall(SYS_getpgrp);
        _exit(result == -1 ? errno : 100);
    }
    int status;
    long shown = 0;
    waitpid(pid, &status, 0);
    ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD);
    for (;;) {
        ptrace(PTRACE_SYSCALL, pid, 0, 0);
        if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
            break;
        if (WSTOPSIG(status) != (SIGTRAP | 0x80) || shown++ % 2)
            continue;
#ifdef __x86_64__
        enum { NUMBER = 15 * 8 };
#else
        enum { NUMBER = 11 * 4 };
#endif
        if (ptrace(PTRACE_PEEKUSER, pid, NUMBER, 0) == SYS_getpgrp)
            ptrace(PTRACE_POKEUSER, pid, NUMBER, SYS_getppid);
    }
    say("%s", status_text(status));
}

/* ---- our tracer ---- */

/* The tracer is our parent: without it no process continues. The test ends with the last of us. */
static void own_tracer_killed(void)
{
    share();
    for (int i = 0; i < 3; i++)
        if (fork() == 0) {
            thread_run(flag_writer, NULL);
            for (;;)
                check_denied();
        }
    say("killing it");
    kill(getppid(), SIGKILL);
    for (;;)
        ;
}

static void own_tracer_memory(void)
{
    char path[64], byte = 0;
    pid_t tracer = getppid();
    struct iovec local = {&byte, 1}, remote = {(void *)0x400000, 1};
    if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
        give_up("setresuid");
    snprintf(path, sizeof path, "/proc/%d/mem", tracer);
    say("mem: %d", open(path, O_RDWR) < 0);
    say("read: %d", process_vm_readv(tracer, &local, 1, &remote, 1, 0) < 0);
    say("write: %d", process_vm_writev(tracer, &local, 1, &remote, 1, 0) < 0);
    say("attach: %ld", result_of(SYS_ptrace, PTRACE_ATTACH, tracer, 0, 0, 0));
    say("seize: %d", result_of(SYS_ptrace, PTRACE_SEIZE, tracer, 0, 0, 0) < 0);
    int pidfd = (int)syscall(SYS_pidfd_open, tracer, 0);
    say("descriptor: %d", syscall(SYS_pidfd_getfd, pidfd, 1, 0) < 0);
    say("signal: %d", kill(tracer, SIGSTOP) < 0);
}

const struct scenario escapes[] = {{"clone3-race", clone3_race},
                                   {"clone3-thread-race", clone3_thread_race},
                                   {"continue-race", continue_race},
                                   {"signals-amid-calls", signals_amid_calls},
                                   {"unmapping", unmapping},
                                   {"killed-amid-calls", killed_amid_calls_start},
                                   {"ptrace-entries", ptrace_entries},
                                   {"tracer-changes-call", tracer_changes_call},
                                   {"own-tracer-killed", own_tracer_killed},
                                   {"own-tracer-memory", own_tracer_memory},
#ifdef __x86_64__
                                   {"untraced-by-int80", untraced_by_int80},
                                   {"changing-code", changing_code},
                                   {"far-jumps", far_jumps},
                                   {"vsyscall", vsyscall},
#endif
                                   {0}};
