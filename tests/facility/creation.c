/* SPDX-License-Identifier: MIT */
/* creation.c: scenarios of creation: every fork, thread and execve inherits the filters, however
 * it is made. */
#include "scenario.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* 7: the filter is installed. */
static int seen(void)
{
    long result = call_getppid();
    return result < 0 ? (int)-result : 100;
}

/* ---- fork, vfork, clone ---- */

static void report(const char *what, pid_t pid)
{
    int status;
    if (pid < 0)
        say("%s: errno %d", what, errno);
    else if (waitpid(pid, &status, __WALL) != pid)
        say("%s: can't wait: errno %d", what, errno);
    else
        say("%s: %s", what, status_text(status));
}

static char stack[65536] __attribute__((aligned(16)));

static int child_main(void *unused)
{
    (void)unused;
    return seen();
}

static void forks(void)
{
    deny(SYS_getppid, ERRNO(7));
    pid_t pid = forked();
    if (pid == 0)
        _exit(seen());
    report("fork", pid);
    if ((pid = vfork()) == 0)
        _exit(seen());
    report("vfork", pid);
    static const struct {
        const char *name;
        int flags;
    } kinds[] = {{"clone", SIGCHLD},
                 {"no signal", 0},
                 {"another signal", SIGURG},
                 {"CLONE_VM", CLONE_VM | SIGCHLD},
                 {"CLONE_VM, CLONE_VFORK", CLONE_VM | CLONE_VFORK | SIGCHLD},
                 {"CLONE_FILES", CLONE_FILES | CLONE_FS | SIGCHLD},
                 {"CLONE_UNTRACED", CLONE_UNTRACED | SIGCHLD},
                 {"CLONE_UNTRACED, CLONE_VFORK", CLONE_UNTRACED | CLONE_VFORK | CLONE_VM | SIGCHLD},
                 {"CLONE_PTRACE", CLONE_PTRACE | SIGCHLD},
                 {"CLONE_NEWNS", CLONE_NEWNS | SIGCHLD},
                 {"CLONE_NEWPID", CLONE_NEWPID | SIGCHLD},
                 {"CLONE_NEWUSER", CLONE_NEWUSER | SIGCHLD},
                 {"CLONE_THREAD alone", CLONE_THREAD | SIGCHLD},
                 {"CLONE_SIGHAND alone", CLONE_SIGHAND | SIGCHLD}};
    signal(SIGURG, SIG_DFL);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        report(kinds[i].name, clone(child_main, stack + sizeof stack, kinds[i].flags, NULL));
}

static int late_main(void *unused)
{
    pause_for(60);
    return child_main(unused);
}

/* The new process is a sibling of this one: our own parent waits for it. */
static void clone_parent(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t between = forked();
    if (between == 0) {
        deny(SYS_getppid, ERRNO(7));
        pid_t pid = clone(late_main, stack + sizeof stack, CLONE_PARENT | SIGCHLD, NULL);
        say("made: %d, mine to wait for: %d", pid > 0, waitpid(pid, NULL, 0) == pid);
        _exit(0);
    }
    for (int i = 0, status; i < 2; i++) {
        pid_t pid = wait(&status);
        say("%s: %s", pid == between ? "the creator" : "its sibling", status_text(status));
    }
}

static void with_clone3(const char *what, struct clone_args args, size_t size)
{
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, size);
    if (pid == 0)
        _exit(seen());
    report(what, pid);
}

static void clone3_kinds(void)
{
    int pidfd = -1;
    pid_t child = 0, parent = 0;
    unsigned char large[128] = {0};
    deny(SYS_getppid, ERRNO(7));
    with_clone3("clone3", (struct clone_args){.exit_signal = SIGCHLD}, 64);
    with_clone3("80 bytes", (struct clone_args){.exit_signal = SIGCHLD}, 80);
    with_clone3("88 bytes", (struct clone_args){.exit_signal = SIGCHLD}, 88);
    with_clone3("8 bytes", (struct clone_args){.exit_signal = SIGCHLD}, 8);
    with_clone3("bad signal", (struct clone_args){.exit_signal = 65}, 88);
    with_clone3("no signal", (struct clone_args){0}, 88);
    with_clone3("unknown flag", (struct clone_args){.flags = 1ull << 40}, 88);
    with_clone3("CLONE_DETACHED", (struct clone_args){.flags = 0x400000, .exit_signal = SIGCHLD},
                88);
    with_clone3("CLONE_UNTRACED",
                (struct clone_args){.flags = CLONE_UNTRACED, .exit_signal = SIGCHLD}, 88);
    with_clone3("CLONE_VFORK",
                (struct clone_args){.flags = CLONE_VFORK | CLONE_UNTRACED, .exit_signal = SIGCHLD},
                88);
    with_clone3("a stack without size",
                (struct clone_args){.stack = (uintptr_t)stack, .exit_signal = SIGCHLD}, 88);
    with_clone3("a size without stack",
                (struct clone_args){.stack_size = sizeof stack, .exit_signal = SIGCHLD}, 88);
    with_clone3("a descriptor",
                (struct clone_args){
                    .flags = CLONE_PIDFD, .pidfd = (uintptr_t)&pidfd, .exit_signal = SIGCHLD},
                88);
    say("descriptor made: %d", pidfd >= 0);
    with_clone3("numbers told",
                (struct clone_args){.flags = CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_PIDFD,
                                    .parent_tid = (uintptr_t)&parent,
                                    .child_tid = (uintptr_t)&child,
                                    .pidfd = (uintptr_t)&pidfd,
                                    .exit_signal = SIGCHLD},
                88);
    say("number told: %d", parent > 0);
    say("nowhere: %ld, larger: %ld, much larger: %ld", CALL(SYS_clone3, 1, 88, 0),
        CALL(SYS_clone3, large, 4097, 0),
        (memset(large + 88, 1, 8), CALL(SYS_clone3, large, 96, 0)));
}

static void on_signal(int number)
{
    (void)number;
}

static void clone3_special(void)
{
    struct sigaction now;
    int root = open("/sys/fs/cgroup/unified", O_RDONLY | O_DIRECTORY);
    if (root < 0)
        root = open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY);
    deny(SYS_getppid, ERRNO(7));
    signal(SIGUSR1, on_signal);
    struct clone_args args = {.flags = CLONE_CLEAR_SIGHAND | CLONE_UNTRACED,
                              .exit_signal = SIGCHLD};
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    if (pid == 0) {
        sigaction(SIGUSR1, NULL, &now);
        say("handler cleared: %d", now.sa_handler == SIG_DFL);
        _exit(seen());
    }
    report("CLONE_CLEAR_SIGHAND", pid);
    say("flags left alone: %d", args.flags == (CLONE_CLEAR_SIGHAND | CLONE_UNTRACED));
    with_clone3("CLONE_INTO_CGROUP",
                (struct clone_args){
                    .flags = CLONE_INTO_CGROUP, .cgroup = (uint64_t)root, .exit_signal = SIGCHLD},
                88);
    with_clone3(
        "CLONE_INTO_CGROUP, a bad one",
        (struct clone_args){.flags = CLONE_INTO_CGROUP, .cgroup = 999, .exit_signal = SIGCHLD}, 88);
    with_clone3("CLONE_NEWTIME",
                (struct clone_args){.flags = CLONE_NEWTIME, .exit_signal = SIGCHLD}, 88);
    if (unshare(CLONE_NEWPID))
        give_up("a pid namespace");
    pid_t wanted[] = {1};
    with_clone3("set_tid",
                (struct clone_args){
                    .set_tid = (uintptr_t)wanted, .set_tid_size = 1, .exit_signal = SIGCHLD},
                88);
}

/* ---- execve ---- */

static void write_file(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0700);
    if (fd < 0 || write(fd, text, strlen(text)) < 0 || fchmod(fd, mode))
        give_up(path);
    close(fd);
}

static char **self_arguments(const char *what)
{
    static char name[] = "scenario", self[] = "--self", text[32];
    static char *list[] = {name, self, text, NULL};
    snprintf(text, sizeof text, "%s", what);
    return list;
}

static void execute(const char *path)
{
    char *const environment[] = {NULL};
    say("execve: %ld", CALL(SYS_execve, path, self_arguments("executed"), environment));
}

static void exec_body(void)
{
    deny(SYS_getppid, ERRNO(7));
    execute("/proc/self/exe");
}

static void exec_kinds(void)
{
    copy_self("./program");
    write_file("./script", "#!./program --self\n", 0755);
    write_file("./broken", "#!/nowhere\n", 0755);
    write_file("./text", "no program\n", 0755);
    write_file("./locked", "no program\n", 0644);
    in_child("itself", exec_body);
    deny(SYS_getppid, ERRNO(7));
    execute("./nothing");
    execute("./broken");
    execute("./text");
    execute("./locked");
    execute(".");
    say("still filtered: %d", seen());
    pid_t pid = forked();
    if (pid == 0)
        execute("./script");
    report("a script", pid);
    pid = vfork();
    if (pid == 0) {
        execv("/proc/self/exe", self_arguments("by vfork"));
        _exit(1);
    }
    report("by vfork", pid);
    char *const environment[] = {NULL};
    int error =
        posix_spawn(&pid, "/proc/self/exe", NULL, NULL, self_arguments("by spawn"), environment);
    report("by posix_spawn", pid);
    say("posix_spawn: %d", error);
    say("posix_spawn, nothing: %d",
        posix_spawn(&pid, "./nothing", NULL, NULL, self_arguments("by spawn"), environment));
}

static void exec_denied_body(void)
{
    deny(SYS_execve, ERRNO(13));
    execute("/proc/self/exe");
}

static void exec_killed_body(void)
{
    deny(SYS_execve, SECCOMP_RET_KILL_PROCESS);
    execute("/proc/self/exe");
}

static void exec_denied(void)
{
    in_child("denied", exec_denied_body);
    in_child("killed", exec_killed_body);
}

static void *in_getppid(void *unused)
{
    for (;;)
        call_getppid();
    return unused;
}

static void *in_pause(void *unused)
{
    pause();
    return unused;
}

static void *executes(void *unused)
{
    const struct rule rule = {SYS_getpgrp, ERRNO(9)};
    install(0, 1, &rule, SECCOMP_RET_ALLOW); /* this thread alone has two */
    pause_for(2);
    execute("/proc/self/exe");
    return unused;
}

static void exec_by_thread_body(void)
{
    deny(SYS_getppid, ERRNO(7));
    for (int i = 0; i < 3; i++)
        thread_run(in_getppid, NULL);
    thread_run(in_pause, NULL);
    thread_run(executes, NULL);
    in_getppid(NULL);
}

static void exec_by_leader_body(void)
{
    deny(SYS_getppid, ERRNO(7));
    for (int i = 0; i < 3; i++)
        thread_run(in_getppid, NULL);
    executes(NULL);
}

static void exec_with_threads(void)
{
    for (int i = 0; i < 5; i++) {
        in_child("by a thread", exec_by_thread_body);
        in_child("by the leader", exec_by_leader_body);
    }
}

static void *becomes_dead(void *unused)
{
    pause_for(2);
    syscall(SYS_getpgrp);
    return unused;
}

/* One thread kills the process while another calls execve: either may win. */
static void exec_amid_kill(void)
{
    for (int i = 0; i < 10; i++) {
        int status;
        pid_t pid = forked();
        if (pid == 0) {
            deny(SYS_getppid, ERRNO(7));
            deny(SYS_getpgrp, SECCOMP_RET_KILL_PROCESS);
            thread_run(becomes_dead, NULL);
            int null = open("/dev/null", O_WRONLY);
            dup2(null, STDOUT_FILENO);
            pause_for(2);
            execute("/proc/self/exe");
        }
        waitpid(pid, &status, 0);
        bool good = (WIFEXITED(status) && WEXITSTATUS(status) == 5) ||
                    (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
        say("%s", good ? "one of them won" : status_text(status));
    }
}

static void setuid_run(const char *what)
{
    pid_t pid = forked();
    if (pid == 0) {
        if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
            give_up("setresuid");
        if (!strcmp(what, "with nnp"))
            deny(SYS_getppid, ERRNO(7));
        execv("./setuid", self_arguments(what));
        give_up("execv");
    }
    report(what, pid);
}

static void setuid_program(void)
{
    copy_self("./setuid");
    if (chown("./setuid", 0, 0) || chmod("./setuid", 04755))
        give_up("chmod");
    setuid_run("plain");
    setuid_run("with nnp");
    const struct rule rule = {SYS_getppid, ERRNO(7)};
    if (install(0, 1, &rule, SECCOMP_RET_ALLOW)) /* as root, without no_new_privs */
        give_up("seccomp");
    setuid_run("filtered by root");
}

/* ---- TSYNC ---- */

static atomic_int checked, wrong;
static atomic_bool over;

static void *check_when_over(void *unused)
{
    while (!over)
        sched_yield();
    checked++;
    if (call_getppid() != -7)
        wrong++;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        wrong++;
    return unused;
}

static long tsync(unsigned more_flags, long nr, uint32_t action)
{
    const struct rule rule = {nr, action};
    return install(SECCOMP_FILTER_FLAG_TSYNC | more_flags, 1, &rule, SECCOMP_RET_ALLOW);
}

static void tsync_threads(void)
{
    void *threads[8];
    for (int i = 0; i < 8; i++)
        threads[i] = thread_run(check_when_over, NULL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    say("TSYNC: %ld", tsync(0, SYS_getppid, ERRNO(7)));
    over = true;
    for (int i = 0; i < 8; i++)
        thread_join(threads[i]);
    say("checked %d, wrong %d", (int)checked, (int)wrong);
}

static pid_t other_tid;

static void *goes_own_way(void *unused)
{
    deny(SYS_getpgrp, ERRNO(3));
    other_tid = (pid_t)syscall(SYS_gettid);
    over = true;
    in_pause(NULL);
    return unused;
}

static void *goes_strict(void *unused)
{
    other_tid = (pid_t)syscall(SYS_gettid);
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0);
    over = true;
    for (;;)
        ;
    return unused;
}

static void tsync_failures(void)
{
    thread_run(goes_own_way, NULL);
    while (!over)
        pause_for(1);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    say("its number: %d", tsync(0, SYS_getppid, ERRNO(7)) == other_tid);
    say("ESRCH: %ld", tsync(SECCOMP_FILTER_FLAG_TSYNC_ESRCH, SYS_getppid, ERRNO(7)));
    say("nothing installed: %d", call_getppid() == getppid());
}

static void tsync_strict(void)
{
    thread_run(goes_strict, NULL);
    while (!over)
        pause_for(1);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    say("its number: %d", tsync(0, SYS_getppid, ERRNO(7)) == other_tid);
}

static void *short_life(void *unused)
{
    if (over && call_getppid() != -7)
        wrong++;
    return unused;
}

static void *makes_threads(void *unused)
{
    for (int i = 0; i < 60; i++) {
        pthread_t thread;
        bool after = over;
        if (pthread_create(&thread, NULL, short_life, NULL))
            continue;
        pthread_join(thread, NULL);
        if (after && call_getppid() != -7)
            wrong++;
    }
    return unused;
}

static void tsync_amid_creation(void)
{
    void *threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = thread_run(makes_threads, NULL);
    pause_for(10);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    say("TSYNC: %ld", tsync(0, SYS_getppid, ERRNO(7)));
    over = true;
    for (int i = 0; i < 4; i++)
        thread_join(threads[i]);
    say("wrong %d", (int)wrong);
}

/* ---- storms ---- */

static void *filters_itself(void *number)
{
    int own = (int)(intptr_t)number;
    deny(SYS_getpgrp, ERRNO(own));
    if (CALL(SYS_getpgrp, 0, 0, 0) == -own && call_getppid() == -7)
        checked++;
    if (own % 3 == 0)
        CALL(SYS_setsid, 0, 0, 0); /* killed */
    return NULL;
}

static void count_signal(int number)
{
    (void)number;
    if (call_getppid() != -7)
        wrong++;
}

static void thread_storm(void)
{
    struct sigaction action = {.sa_handler = count_signal, .sa_flags = SA_RESTART};
    deny(SYS_getppid, ERRNO(7));
    deny(SYS_setsid, SECCOMP_RET_KILL_THREAD);
    sigaction(SIGUSR1, &action, NULL);
    pid_t target = getpid(), sender = forked();
    while (sender == 0)
        if (kill(target, SIGUSR1))
            _exit(0);
        else
            pause_for(1);
    for (int round = 0; round < 12; round++) {
        void *threads[16];
        for (int i = 0; i < 16; i++)
            threads[i] = thread_run(filters_itself, (void *)(intptr_t)(round * 16 + i + 1));
        for (int i = 0; i < 16; i++)
            thread_join(threads[i]);
    }
    kill(sender, SIGKILL);
    waitpid(sender, NULL, 0);
    say("threads %d, wrong %d", (int)checked, (int)wrong);
}

static void fork_storm(void)
{
    int good = 0, status;
    deny(SYS_getppid, ERRNO(7));
    for (int i = 0; i < 40; i++)
        if (fork() == 0) {
            pid_t pid = forked();
            if (pid == 0)
                _exit(seen());
            waitpid(pid, &status, 0);
            _exit(WEXITSTATUS(status) + seen());
        }
    while (wait(&status) > 0)
        good += WIFEXITED(status) && WEXITSTATUS(status) == 14;
    say("good %d", good);
}

/* Killed at any point of creating threads and processes: none may survive or hang. */
static void killed_amid_creation(void)
{
    for (int i = 0; i < 20; i++) {
        int status;
        pid_t pid = forked();
        if (pid == 0) {
            deny(SYS_getppid, ERRNO(7));
            thread_run(makes_threads, NULL);
            for (;;)
                if (fork() == 0)
                    _exit(0);
        }
        pause_for(1 + i % 7);
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
            say("%s", status_text(status));
    }
    say("all killed");
}

static void *undumpable_thread(void *unused)
{
    say("a thread");
    return unused;
}

/* Its memory is closed to an ordinary user's tracer: the flags of clone3(2) can't be read. */
static void undumpable(void)
{
    prctl(PR_SET_DUMPABLE, 0);
    thread_join(thread_run(undumpable_thread, NULL));
    pid_t pid = forked();
    if (pid == 0)
        _exit(5);
    int status;
    waitpid(pid, &status, 0);
    say("child %s, no_new_privs %ld", status_text(status),
        CALL(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0));
}

const struct scenario creating[] = {{"forks", forks},
                                    {"clone-parent", clone_parent},
                                    {"clone3-kinds", clone3_kinds},
                                    {"clone3-special", clone3_special},
                                    {"exec-kinds", exec_kinds},
                                    {"exec-denied", exec_denied},
                                    {"exec-with-threads", exec_with_threads},
                                    {"exec-amid-kill", exec_amid_kill},
                                    {"setuid-program", setuid_program},
                                    {"tsync-threads", tsync_threads},
                                    {"tsync-failures", tsync_failures},
                                    {"tsync-strict", tsync_strict},
                                    {"tsync-amid-creation", tsync_amid_creation},
                                    {"thread-storm", thread_storm},
                                    {"fork-storm", fork_storm},
                                    {"killed-amid-creation", killed_amid_creation},
                                    {"ordinary-undumpable", undumpable},
                                    {0}};
