/* SPDX-License-Identifier: MIT */
/* actions.c: scenarios of each action of a filter, of strict mode, and of the calls themselves. */
#include "scenario.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

/* ---- skipped calls ---- */

static void errno_values(void)
{
    static const uint32_t data[] = {0, 1, 38, 512, 513, 514, 516, 4095, 4096, 5000, 0xffff};
    for (size_t i = 0; i < sizeof data / sizeof *data; i++) {
        pid_t pid = forked();
        if (pid == 0) {
            deny(SYS_getppid, ERRNO(data[i]));
            say("errno %u: %ld", data[i], call_getppid());
            _exit(0);
        }
        waitpid(pid, NULL, 0);
    }
}

static void call_it(void)
{
    say("result %ld", CALL(SYS_getppid, 0, 0, 0) > 0 ? 1L : CALL(SYS_getppid, 0, 0, 0));
}

#define ANSWER(name, action)                                                                       \
    static void name##_body(void)                                                                  \
    {                                                                                              \
        deny(SYS_getppid, action);                                                                 \
        call_it();                                                                                 \
    }                                                                                              \
    static void name(void)                                                                         \
    {                                                                                              \
        in_child(#name, name##_body);                                                              \
    }

ANSWER(answer_log, SECCOMP_RET_LOG)
ANSWER(answer_allow_data, SECCOMP_RET_ALLOW | 5)
ANSWER(answer_above_allow, 0x7fff0001u + 0xffffu)
ANSWER(answer_trace_untraced, SECCOMP_RET_TRACE | 9)
ANSWER(answer_notify_unheard, SECCOMP_RET_USER_NOTIF)
ANSWER(answer_kill_process, SECCOMP_RET_KILL_PROCESS)
ANSWER(answer_kill_thread, SECCOMP_RET_KILL_THREAD)
ANSWER(answer_trap_default, SECCOMP_RET_TRAP)
ANSWER(answer_unknown, 0x00010000u)
ANSWER(answer_unknown_negative, 0x90000000u)
ANSWER(answer_unknown_high, 0x7ffe0000u)

static void precedence(void)
{
    static const uint32_t all[] = {
        SECCOMP_RET_ALLOW, SECCOMP_RET_LOG,  SECCOMP_RET_TRACE,       ERRNO(3),
        ERRNO(7),          SECCOMP_RET_TRAP, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_KILL_PROCESS};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        for (size_t j = 0; j < sizeof all / sizeof *all; j++) {
            int status;
            pid_t pid = forked();
            if (pid == 0) {
                deny(SYS_getppid, all[i]);
                deny(SYS_getppid, all[j]);
                long result = call_getppid();
                _exit(result > 0 ? 100 : (int)-result);
            }
            waitpid(pid, &status, 0);
            say("%08x then %08x: %s", all[i], all[j], status_text(status));
        }
}

/* ---- trap ---- */

#ifdef __x86_64__
#define RESULT_REGISTER REG_RAX
#else
#define RESULT_REGISTER REG_EAX
#endif

static volatile long handler_result;

static void on_sigsys(int number, siginfo_t *info, void *context)
{
    ucontext_t *user = context;
    const char *place = info->si_call_addr;
    say("signal %d errno %d code %d call_addr %+ld syscall %d arch %#x", number, info->si_errno,
        info->si_code, (long)(place - after_call), info->si_syscall, info->si_arch);
    say("result register %lld", (long long)user->uc_mcontext.gregs[RESULT_REGISTER]);
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    say("SIGSYS blocked in handler: %d", sigismember(&mask, SIGSYS));
    if (handler_result)
        user->uc_mcontext.gregs[RESULT_REGISTER] = handler_result;
}

static void handle_sigsys(int flags)
{
    struct sigaction action = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO | flags};
    sigaction(SIGSYS, &action, NULL);
}

static void trap_siginfo(void)
{
    handle_sigsys(0);
    deny(SYS_getppid, SECCOMP_RET_TRAP | 0x1234);
    deny(SYS_getpgrp, SECCOMP_RET_TRAP | 0xffff);
    say("result %ld", call_getppid());
    handler_result = 77;
    say("result %ld", call_getppid());
    handler_result = -ENOENT;
    say("result %ld", call_getppid());
    struct sigaction now;
    sigaction(SIGSYS, NULL, &now);
    say("handler kept: %d", now.sa_sigaction == on_sigsys);
}

static void trap_restart(void)
{
    handle_sigsys(SA_RESTART);
    handler_result = -512;
    deny(SYS_getppid, SECCOMP_RET_TRAP | 1);
    say("result %ld", call_getppid());
}

static void trap_reset_body(void)
{
    handle_sigsys((int)SA_RESETHAND);
    deny(SYS_getppid, SECCOMP_RET_TRAP | 1);
    say("result %ld", call_getppid());
    say("result %ld", call_getppid());
}

static void trap_in_handler_body(void)
{
    handle_sigsys(SA_NODEFER);
    deny(SYS_getppid, SECCOMP_RET_TRAP | 2);
    call_getppid();
    signal(SIGSYS, SIG_IGN);
    call_getppid();
}

static void block_sigsys(void)
{
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGSYS);
    sigprocmask(SIG_BLOCK, &mask, NULL);
}

static void trap_blocked_body(void)
{
    handle_sigsys(0);
    block_sigsys();
    deny(SYS_getppid, SECCOMP_RET_TRAP);
    call_getppid();
}

static void *wait_for_sigsys(void *unused)
{
    sigset_t mask;
    siginfo_t info;
    sigemptyset(&mask);
    sigaddset(&mask, SIGSYS);
    sigwaitinfo(&mask, &info);
    say("somebody else got it");
    return unused;
}

static void trap_sigwait_body(void)
{
    block_sigsys();
    thread_run(wait_for_sigsys, NULL);
    pause_for(20);
    deny(SYS_getppid, SECCOMP_RET_TRAP);
    call_getppid();
}

static void trap_pending_body(void)
{
    block_sigsys();
    raise(SIGSYS);
    deny(SYS_getppid, SECCOMP_RET_TRAP);
    call_getppid();
}

static void trap_altstack(void)
{
    static char room[65536];
    stack_t stack = {.ss_sp = room, .ss_size = sizeof room};
    sigaltstack(&stack, NULL);
    handle_sigsys(SA_ONSTACK);
    deny(SYS_getppid, SECCOMP_RET_TRAP | 3);
    say("result %ld", call_getppid());
}

static void trap_deaths(void)
{
    in_child("reset by the first", trap_reset_body);
    in_child("ignored", trap_in_handler_body);
    in_child("blocked", trap_blocked_body);
    in_child("blocked, another thread waits", trap_sigwait_body);
    in_child("blocked and pending", trap_pending_body);
}

static void trap_other_sender(void)
{
    handle_sigsys(0);
    struct sigaction action = {.sa_handler = SIG_IGN};
    deny(SYS_getppid, SECCOMP_RET_TRAP | 3);
    say("result %ld", call_getppid());
    sigaction(SIGSYS, &action, NULL);
    say("sent to itself: %d", raise(SIGSYS));
}

/* ---- kill ---- */

static void kill_handled_body(void)
{
    handle_sigsys(0);
    deny(SYS_getppid, SECCOMP_RET_KILL_PROCESS);
    call_getppid();
}

static void kill_ignored_body(void)
{
    signal(SIGSYS, SIG_IGN);
    deny(SYS_getppid, SECCOMP_RET_KILL_THREAD);
    call_getppid();
}

static void kill_blocked_body(void)
{
    block_sigsys();
    handle_sigsys(0);
    deny(SYS_getppid, SECCOMP_RET_KILL_PROCESS);
    call_getppid();
}

static void kill_pending_body(void)
{
    block_sigsys();
    raise(SIGSYS);
    deny(SYS_getppid, SECCOMP_RET_KILL_PROCESS);
    call_getppid();
}

static void kill_process_pending_body(void)
{
    block_sigsys();
    kill(getpid(), SIGSYS);
    deny(SYS_getppid, SECCOMP_RET_KILL_PROCESS);
    call_getppid();
}

static void kill_without_memory_body(void)
{
    struct rlimit none = {0, 0};
    handle_sigsys(0);
    deny(SYS_getppid, SECCOMP_RET_KILL_PROCESS);
    setrlimit(RLIMIT_AS, &none);
    call_getppid();
}

static void kill_deaths(void)
{
    in_child("handled", kill_handled_body);
    in_child("ignored", kill_ignored_body);
    in_child("blocked", kill_blocked_body);
    in_child("pending for the thread", kill_pending_body);
    in_child("pending for the process", kill_process_pending_body);
    in_child("no memory to be had", kill_without_memory_body);
}

static void *killed_thread(void *unused)
{
    call_getppid();
    say("not killed");
    return unused;
}

static void *ends_process(void *unused)
{
    await_state(getpid(), 'Z');
    syscall(SYS_exit_group, 33);
    return unused;
}

static void *ends_itself(void *unused)
{
    await_state(getpid(), 'Z');
    syscall(SYS_exit, 34);
    return unused;
}

static void *sleeps(void *unused)
{
    for (;;)
        pause();
    return unused;
}

static void thread_killed_body(void)
{
    deny(SYS_getppid, SECCOMP_RET_KILL_THREAD);
    thread_join(thread_run(killed_thread, NULL));
    say("joined; the process goes on");
    _exit(33);
}

static void leader_killed_group_body(void)
{
    deny(SYS_getppid, SECCOMP_RET_KILL_THREAD);
    thread_run(ends_process, NULL);
    call_getppid();
}

static void leader_killed_exit_body(void)
{
    deny(SYS_getppid, SECCOMP_RET_KILL_THREAD);
    thread_run(ends_itself, NULL);
    call_getppid();
}

static void all_killed_body(void)
{
    deny(SYS_getppid, SECCOMP_RET_KILL_THREAD);
    thread_join(thread_run(killed_thread, NULL));
    call_getppid();
}

static void process_by_thread_body(void)
{
    deny(SYS_getppid, SECCOMP_RET_KILL_PROCESS);
    thread_run(sleeps, NULL);
    thread_run(killed_thread, NULL);
    sleeps(NULL);
}

static void process_by_leader_body(void)
{
    deny(SYS_getppid, SECCOMP_RET_KILL_PROCESS);
    thread_run(sleeps, NULL);
    thread_run(sleeps, NULL);
    call_getppid();
}

static void trap_by_thread_body(void)
{
    deny(SYS_getppid, SECCOMP_RET_TRAP);
    thread_run(killed_thread, NULL);
    sleeps(NULL);
}

static void kill_threads(void)
{
    in_child("a thread is killed", thread_killed_body);
    in_child("the leader is killed, exit_group", leader_killed_group_body);
    in_child("all are killed", all_killed_body);
    in_child("a thread kills the process", process_by_thread_body);
    in_child("the leader kills the process", process_by_leader_body);
    in_child("a thread traps", trap_by_thread_body);
}

static void kill_leader_exit(void)
{
    in_child("the leader is killed, the other exits", leader_killed_exit_body);
}

/* Sibling threads keep changing the handler. */
static void *handler_changer(void *unused)
{
    for (;;)
        handle_sigsys(0);
    return unused;
}

static void *mask_changer(void *unused)
{
    for (;;)
        block_sigsys();
    return unused;
}

static void kill_amid_changes_body(void)
{
    deny(SYS_getppid, SECCOMP_RET_KILL_PROCESS);
    thread_run(handler_changer, NULL);
    thread_run(handler_changer, NULL);
    thread_run(mask_changer, NULL);
    pause_for(5);
    call_getppid();
}

static void kill_amid_changes(void)
{
    for (int i = 0; i < 5; i++)
        in_child("killed amid changes", kill_amid_changes_body);
}

static void with_core(void (*body)(void), const char *what)
{
    struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_CORE, &unlimited);
    in_child(what, body);
    struct rlimit none = {0, RLIM_INFINITY};
    setrlimit(RLIMIT_CORE, &none);
}

static void undumpable_body(void)
{
    prctl(PR_SET_DUMPABLE, 0);
    kill_handled_body();
}

static void cores(void)
{
    with_core(kill_handled_body, "kill_process");
    with_core(kill_ignored_body, "kill_thread, the only one");
    with_core(thread_killed_body, "kill_thread, another");
    with_core(answer_trap_default_body, "trap");
    with_core(answer_unknown_body, "unknown");
    with_core(undumpable_body, "not dumpable");
    with_core(process_by_thread_body, "kill_process by a thread");
}

static void child_siginfo(void)
{
    void (*const bodies[])(void) = {kill_handled_body, answer_trap_default_body,
                                    thread_killed_body};
    for (int i = 0; i < 3; i++) {
        siginfo_t info = {0};
        pid_t pid = forked();
        if (pid == 0) {
            bodies[i]();
            _exit(0);
        }
        waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
        waitid(P_PID, (id_t)pid, &info, WEXITED);
        say("code %d status %d, ours: %d", info.si_code, info.si_status, info.si_pid == pid);
    }
}

/* ---- the first process of a pid namespace ---- */

static void as_init(const char *what, void (*body)(void))
{
    pid_t pid = forked();
    if (pid == 0) {
        if (unshare(CLONE_NEWPID))
            give_up("a pid namespace");
        in_child(what, body);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
}

static void init_killed(void)
{
    as_init("init, kill_process", answer_kill_process_body);
    as_init("init, kill_thread", answer_kill_thread_body);
    as_init("init, handled", kill_handled_body);
    as_init("init, by a thread", process_by_thread_body);
}

static void init_trapped(void)
{
    as_init("init, trap", answer_trap_default_body);
    as_init("init, trap blocked", trap_blocked_body);
}

/* ---- strict mode ---- */

static void go_strict(void)
{
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0))
        give_up("strict");
}

static void strict_exit_body(void)
{
    go_strict();
    say("still writing");
    syscall(SYS_exit, 3);
}

static void strict_group_body(void)
{
    go_strict();
    syscall(SYS_exit_group, 3);
}

static void strict_getpid_body(void)
{
    struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_CORE, &unlimited);
    go_strict();
    syscall(SYS_getpid);
}

static void strict_rdtsc_body(void)
{
    go_strict();
    unsigned low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    say("read it");
}

static void strict_again_body(void)
{
    go_strict();
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0);
}

static void *strict_thread(void *unused)
{
    go_strict();
    syscall(SYS_getpid);
    say("not killed");
    return unused;
}

static void strict_one_thread_body(void)
{
    thread_join(thread_run(strict_thread, NULL));
    say("the process goes on, mode %d", prctl(PR_GET_SECCOMP));
    _exit(7);
}

static void strict_signal_body(void)
{
    signal(SIGUSR1, SIG_IGN);
    handle_sigsys(0);
    go_strict();
    say("in strict mode");
    syscall(SYS_exit, 4);
}

static void strict(void)
{
    in_child("exit", strict_exit_body);
    in_child("exit_group", strict_group_body);
    in_child("getpid", strict_getpid_body);
    in_child("rdtsc", strict_rdtsc_body);
    in_child("strict again", strict_again_body);
    in_child("one thread", strict_one_thread_body);
    in_child("with handlers", strict_signal_body);
}

static void strict_leader_body(void)
{
    thread_run(ends_itself, NULL);
    go_strict();
    syscall(SYS_getpid);
}

static void strict_leader_group_body(void)
{
    thread_run(ends_process, NULL);
    go_strict();
    syscall(SYS_getpid);
}

static void strict_leader(void)
{
    in_child("the leader is killed, exit_group", strict_leader_group_body);
}

static void strict_leader_exit(void)
{
    in_child("the leader is killed, the other exits", strict_leader_body);
}

static void strict_requests(void)
{
    say("flags: %ld", CALL(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1, 0));
    say("args: %ld", CALL(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, 1));
    deny(SYS_getppid, ERRNO(1));
    say("in filter mode: %ld", CALL(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, 0));
    say("by prctl: %ld", CALL(SYS_prctl, PR_SET_SECCOMP, 1, 0));
}

/* ---- the calls themselves ---- */

static void requests(void)
{
    struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_filter bad[] = {BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0),
                                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog good = {1, code}, empty = {0, code}, none = {1, NULL}, wrong = {2, bad};
    static const unsigned flags[] = {1, 2, 4, 8, 9, 16, 17, 25, 32, 40, 64, 0x80000000u};
    uint32_t action = SECCOMP_RET_ERRNO, unknown = SECCOMP_RET_ERRNO | 1;
    uint16_t sizes[3] = {0};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        say("flags %#x, no program: %ld", flags[i], CALL(SYS_seccomp, 1, flags[i], 0));
    say("operation 9: %ld", CALL(SYS_seccomp, 9, 0, 0));
    say("empty: %ld", CALL(SYS_seccomp, 1, 0, &empty));
    say("prctl, no program: %ld", CALL(SYS_prctl, PR_SET_SECCOMP, 2, 0));
    say("prctl 0: %ld, 3: %ld", CALL(SYS_prctl, PR_SET_SECCOMP, 0, 0),
        CALL(SYS_prctl, PR_SET_SECCOMP, 3, 0));
    say("action: %ld", CALL(SYS_seccomp, 2, 0, &action));
    say("unknown action: %ld", CALL(SYS_seccomp, 2, 0, &unknown));
    say("action with flags: %ld, nowhere: %ld", CALL(SYS_seccomp, 2, 1, &action),
        CALL(SYS_seccomp, 2, 0, 1));
    say("sizes: %ld %u %u %u", CALL(SYS_seccomp, 3, 0, sizes), sizes[0], sizes[1], sizes[2]);
    say("nnp: %ld %ld %ld", CALL(SYS_prctl, PR_SET_NO_NEW_PRIVS, 2, 0),
        CALL(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 1), CALL(SYS_prctl, PR_GET_NO_NEW_PRIVS, 1, 0));
    if (setresuid(65534, 65534, 65534))
        give_up("setresuid");
    say("without privilege: %ld", CALL(SYS_seccomp, 1, 0, &good));
    say("empty: %ld, no instructions: %ld", CALL(SYS_seccomp, 1, 0, &empty),
        CALL(SYS_seccomp, 1, 0, &none));
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    say("no instructions: %ld, bad: %ld", CALL(SYS_seccomp, 1, 0, &none),
        CALL(SYS_seccomp, 1, 0, &wrong));
    say("good: %ld", CALL(SYS_seccomp, 1, 0, &good));
}

static void own_user_namespace(void)
{
    if (setresuid(65534, 65534, 65534))
        give_up("setresuid");
    const struct rule rule = {SYS_getppid, ERRNO(1)};
    if (unshare(CLONE_NEWUSER))
        give_up("a user namespace");
    say("installed: %ld, nnp %d", install(0, 1, &rule, SECCOMP_RET_ALLOW),
        prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    say("result %ld", call_getppid());
}

static void show_state(const char *when)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", getpid());
    int proc = open("/proc", O_RDONLY | O_DIRECTORY);
    int fd = openat(proc, "self/status", O_RDONLY);
    char text[4096] = "";
    ssize_t got = read(fd, text, sizeof text - 1);
    close(fd);
    close(proc);
    const char *line = got > 0 ? strstr(text, "\nSeccomp:") : NULL;
    say("%s: prctl %d, mode %ld %ld %.11s, filters %ld %ld, nnp %ld %d, tracer %ld", when,
        prctl(PR_GET_SECCOMP), status_field("/proc/self/status", "Seccomp"),
        status_field("/proc/thread-self/status", "Seccomp"), line ? line + 1 : "none",
        status_field(path, "Seccomp_filters"),
        status_field("/proc/thread-self/status", "Seccomp_filters"),
        status_field(path, "NoNewPrivs"), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
        status_field(path, "TracerPid"));
}

static void state_shown(void)
{
    show_state("before");
    deny(SYS_getppid, ERRNO(1));
    show_state("one");
    deny(SYS_getppid, ERRNO(2));
    show_state("two");
    pid_t pid = forked();
    if (pid == 0) {
        deny(SYS_getppid, ERRNO(3));
        show_state("child");
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    show_state("parent");
}

/* Another mount of procfs, with other process numbers. */
static void state_in_namespace(void)
{
    deny(SYS_getppid, ERRNO(1));
    if (unshare(CLONE_NEWPID | CLONE_NEWNS))
        give_up("namespaces");
    pid_t pid = forked();
    if (pid == 0) {
        mkdir("proc", 0755);
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
        if (mount("proc", "proc", "proc", 0, NULL))
            give_up("mount");
        deny(SYS_getppid, ERRNO(2));
        int ends[2];
        char path[64];
        if (pipe(ends))
            give_up("pipe");
        pid_t child = forked();
        if (child == 0) {
            deny(SYS_getppid, ERRNO(3));
            close(ends[1]);
            pause();
        }
        close(ends[1]);
        if (read(ends[0], path, 1)) /* until the child has got there */
            give_up("read");
        snprintf(path, sizeof path, "proc/%d/status", child);
        int folder = open("proc/1", O_RDONLY | O_DIRECTORY);
        char text[4096] = "";
        int file = openat(folder, "status", O_RDONLY);
        ssize_t got = read(file, text, sizeof text - 1);
        const char *line = got > 0 ? strstr(text, "\nSeccomp:") : NULL;
        say("itself %ld, by its number %ld, relative %.11s",
            status_field("proc/self/status", "Seccomp"),
            status_field("proc/1/status", "Seccomp_filters"), line ? line + 1 : "none");
        say("child %ld %ld", status_field(path, "Seccomp"), status_field(path, "Seccomp_filters"));
        kill(child, SIGKILL);
        umount("proc");
        _exit(0);
    }
    waitpid(pid, NULL, 0);
}

static void odd_numbers(void)
{
    static const long numbers[] = {-1, -2, 100000, 0x40000027, 511, 0x7fffffff};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        pid_t pid = forked();
        if (pid == 0) {
            say("%ld without: %ld", numbers[i], CALL(numbers[i], 0, 0, 0));
            deny(numbers[i], ERRNO(77));
            say("%ld denied: %ld", numbers[i], CALL(numbers[i], 0, 0, 0));
            _exit(0);
        }
        waitpid(pid, NULL, 0);
    }
}

#ifdef __x86_64__
static long by_int80(long nr, long a)
{
    long result = nr;
    __asm__ volatile("int $0x80"
                     : "+a"(result)
                     : "b"(a), "c"(0), "d"(0)
                     : "memory", "r8", "r9", "r10", "r11");
    return result;
}

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))

/* The filter distinguishes the i386 call from the 64-bit one with the same number, and sees
 * upper halves. */
static void int80(void)
{
    struct sock_filter code[] = {
        LOAD(4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x40000003, 0, 5),
        LOAD(0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 64 /* getppid */, 0, 3),
        LOAD(20),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2),
        BPF_STMT(BPF_RET | BPF_K, ERRNO(11)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, ERRNO(12)),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    say("before: %d", by_int80(20, 0) == getpid());
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    say("installed %ld", CALL(SYS_seccomp, 1, 0, &program));
    say("getpid: %d, getppid: %ld, with an upper half: %ld", by_int80(20, 0) == getpid(),
        by_int80(64, 0), by_int80(64, 0x100000000));
    say("64-bit: %d", call_getppid() == getppid());
    say("state by i386: %ld", by_int80(172 /* prctl */, PR_GET_SECCOMP));
    handle_sigsys(0);
    struct sock_filter trap[] = {LOAD(0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 20, 0, 1),
                                 BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP | 4),
                                 BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    program = (struct sock_fprog){4, trap};
    say("installed %ld", CALL(SYS_seccomp, 1, 0, &program));
    handler_result = 99;
    struct sigaction action = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO};
    sigaction(SIGSYS, &action, NULL);
    pid_t pid = forked();
    if (pid == 0) {
        signal(SIGSYS, SIG_DFL);
        by_int80(20, 0);
        _exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
    say("trapped: %s", status_text(status));
}

static void int80_strict_body(void)
{
    go_strict();
    by_int80(20, 0);
}

static void int80_exit_body(void)
{
    go_strict();
    by_int80(1 /* exit */, 6);
}

/* 60 is exit for a 64-bit call and umask for this one. */
static void int80_other_list_body(void)
{
    go_strict();
    by_int80(60, 6);
}

static void int80_kill_body(void)
{
    deny(20, SECCOMP_RET_KILL_PROCESS); /* writev of x86_64, getpid here */
    by_int80(20, 0);
}

static void int80_deaths(void)
{
    in_child("strict, getpid", int80_strict_body);
    in_child("strict, exit", int80_exit_body);
    in_child("strict, exit of the other", int80_other_list_body);
    in_child("kill", int80_kill_body);
}
#endif

const struct scenario actions[] = {{"errno-values", errno_values},
                                   {"answer-log", answer_log},
                                   {"answer-allow-data", answer_allow_data},
                                   {"answer-above-allow", answer_above_allow},
                                   {"answer-trace-untraced", answer_trace_untraced},
                                   {"answer-notify-unheard", answer_notify_unheard},
                                   {"answer-kill-process", answer_kill_process},
                                   {"answer-kill-thread", answer_kill_thread},
                                   {"answer-trap-default", answer_trap_default},
                                   {"answer-unknown", answer_unknown},
                                   {"answer-unknown-negative", answer_unknown_negative},
                                   {"answer-unknown-high", answer_unknown_high},
                                   {"precedence", precedence},
                                   {"trap-siginfo", trap_siginfo},
                                   {"trap-restart", trap_restart},
                                   {"trap-altstack", trap_altstack},
                                   {"trap-deaths", trap_deaths},
                                   {"trap-other-sender", trap_other_sender},
                                   {"kill-deaths", kill_deaths},
                                   {"kill-threads", kill_threads},
                                   {"kill-leader-exit", kill_leader_exit},
                                   {"kill-amid-changes", kill_amid_changes},
                                   {"cores", cores},
                                   {"child-siginfo", child_siginfo},
                                   {"init-killed", init_killed},
                                   {"init-trapped", init_trapped},
                                   {"strict", strict},
                                   {"strict-leader", strict_leader},
                                   {"strict-leader-exit", strict_leader_exit},
                                   {"strict-requests", strict_requests},
                                   {"requests", requests},
                                   {"own-user-namespace", own_user_namespace},
                                   {"state-shown", state_shown},
                                   {"state-in-namespace", state_in_namespace},
                                   {"odd-numbers", odd_numbers},
#ifdef __x86_64__
                                   {"int80", int80},
                                   {"int80-deaths", int80_deaths},
#endif
                                   {0}};
