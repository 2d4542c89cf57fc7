/* SPDX-License-Identifier: MIT */
/* proc_test.c: texts of /proc/TID/status, a stopped child, and what becomes of endings. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "kernel_test.h"
#include "proc.h"

#define SIZE(array) (sizeof(array) / sizeof *(array))

/* ---- status ---- */

static struct proc_status parse(const char *text)
{
    FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    assert_non_null(file);
    struct proc_status status = proc_status_parse(file);
    fclose(file);
    return status;
}

static const char whole[] = "Name:\tcat\n"
                            "Umask:\t0022\n"
                            "State:\tt (tracing stop)\n"
                            "Tgid:\t71\n"
                            "Ngid:\t0\n"
                            "Pid:\t72\n"
                            "PPid:\t70\n"
                            "TracerPid:\t5\n"
                            "Uid:\t1000\t1001\t1002\t1003\n"
                            "Gid:\t100\t101\t102\t103\n"
                            "NStgid:\t71\t2\n"
                            "NSpid:\t72\t3\t1\n"
                            "SigPnd:\t0000000040000000\n"
                            "ShdPnd:\t0000000000000001\n"
                            "SigBlk:\t0000000000010000\n"
                            "SigIgn:\t0000000000001000\n"
                            "SigCgt:\tfffffffe00000002\n"
                            "CapPrm:\t00000000ffffffff\n"
                            "CapEff:\t000001ffffffffff\n"
                            "NoNewPrivs:\t1\n"
                            "Seccomp:\t2\n"
                            "Seccomp_filters:\t3\n";

static void all_fields_are_read(void **state)
{
    struct proc_status status = parse(whole);
    (void)state;
    assert_int_equal(status.state, 't');
    assert_int_equal(status.tgid, 71);
    assert_int_equal(status.ppid, 70);
    assert_int_equal(status.uid, 1000);
    assert_int_equal(status.gid, 100);
    assert_int_equal(status.id_count, 3);
    assert_int_equal(status.ids[0], 72);
    assert_int_equal(status.ids[1], 3);
    assert_int_equal(status.ids[2], 1);
    assert_int_equal(status.pending, 0x40000000);
    assert_int_equal(status.blocked, 0x10000);
    assert_int_equal(status.ignored, 0x1000);
    assert_int_equal(status.caught, 0xfffffffe00000002);
    assert_int_equal(status.capabilities, 0x1ffffffffff);
    assert_int_equal(status.no_new_privs, 1);
    assert_int_equal(status.seccomp, 2);
    assert_int_equal(status.seccomp_filters, 3);
}

static void missing_fields_are_zero(void **state)
{
    struct proc_status status = parse("Name:\tcat\nTgid:\t71");
    (void)state;
    assert_int_equal(status.tgid, 71);
    assert_int_equal(status.state, '\0');
    assert_int_equal(status.id_count, 0);
    assert_int_equal(status.caught, 0);
    assert_int_equal(status.seccomp_filters, -1);
}

static void keys_count_at_the_beginning_of_lines_only(void **state)
{
    char text[2048] = "Name:\tTgid:\\nTgid:\t5\nGroups:\t", *end = text + strlen(text);
    (void)state;
    /* A list of groups so long that the reader's line ends right before the text of a key. */
    memset(end, '1', 503);
    strcpy(end + 503, "Tgid:\t6\nTgid:\t71\nXTgid:\t7\nTgid7:\t8\n");
    assert_int_equal(parse(text).tgid, 71);
}

/* ---- a child ---- */

struct child {
    pid_t pid;
    char *shared; /* two pages; in the child nothing is mapped after them */
    int pair[2];
};

#define PAGE 4096

static void need_proc(void)
{
    if (access("/proc/self/status", R_OK))
        SKIP_BECAUSE("there is no /proc here");
}

static struct child start(const char *name)
{
    struct child child;
    int ready[2];
    char byte;
    char *pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(pages, MAP_FAILED);
    munmap(pages + 2 * PAGE, PAGE);
    child.shared = pages;
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, child.pair), 0);
    child.pid = fork();
    if (child.pid == 0) {
        prctl(PR_SET_NAME, name);
        memset(pages, 'x', 2 * PAGE);
        strcpy(pages + PAGE - 3, "across");
        if (write(ready[1], "r", 1) == 1)
            pause();
        _exit(1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return child;
}

static void finish(const struct child *child)
{
    kill(child->pid, SIGKILL);
    waitpid(child->pid, NULL, 0);
    munmap(child->shared, 2 * PAGE);
    close(child->pair[0]);
    close(child->pair[1]);
}

static void names_are_read_whole(void **state)
{
    static const struct {
        const char *name, *comm;
    } rows[] = {{"plain", "plain"},
                {"with) space", "with) space"},
                {"(", "("},
                {"Tgid:\t1", "Tgid:\t1"},
                {"two\nTgid:\t1", "two\nTgid:\t1"},
                {"sixteen_bytes_long", "sixteen_bytes_l"},
                {"", ""}};
    (void)state;
    need_proc();
    for (size_t i = 0; i < SIZE(rows); i++) {
        struct child child = start(rows[i].name);
        char comm[PROC_COMM];
        proc_comm(child.pid, comm);
        assert_string_equal(comm, rows[i].comm);
        assert_int_equal(proc_status(child.pid).tgid, child.pid);
        assert_int_equal(proc_status(child.pid).ppid, getpid());
        finish(&child);
    }
}

static void a_thread_that_is_gone_has_nothing(void **state)
{
    (void)state;
    need_proc();
    struct child child = start("gone");
    char comm[PROC_COMM], target[64], byte;
    assert_false(proc_is_dead(child.pid));
    kill(child.pid, SIGKILL);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)child.pid, &info, WEXITED | WNOWAIT), 0);
    assert_true(proc_is_dead(child.pid));
    assert_int_equal(proc_status(child.pid).state, 'Z');
    finish(&child);
    assert_true(proc_is_dead(child.pid));
    assert_int_equal(proc_status(child.pid).state, '\0');
    proc_comm(child.pid, comm);
    assert_string_equal(comm, "");
    assert_false(proc_link(child.pid, "exe", target, sizeof target));
    assert_string_equal(target, "");
    assert_int_equal(proc_read(child.pid, (uintptr_t)child.shared, &byte, 1), 0);
    assert_int_equal(proc_socket(child.pid, 0), 0);
    assert_int_equal(proc_socket_number(child.pid, 1), -1);
    assert_int_equal(proc_fetch(child.pid, 0), -ESRCH);
}

static void memory_is_read_and_written(void **state)
{
    struct child child = start("memory");
    uintptr_t end = (uintptr_t)child.shared + 2 * PAGE;
    char bytes[16];
    (void)state;
    assert_int_equal(proc_write(child.pid, end - 4, "abcd", 4), 4);
    assert_int_equal(proc_read(child.pid, end - 4, bytes, 4), 4);
    assert_memory_equal(bytes, "abcd", 4);
    assert_int_equal(proc_read(child.pid, end, bytes, 4), 0);
    assert_int_equal(proc_write(child.pid, end, bytes, 4), 0);
    assert_true(proc_read(child.pid, end - 4, bytes, 8) <= 4);
    assert_int_equal(proc_read(child.pid, end, bytes, 0), 0);
    finish(&child);
}

/* As in Docker's containers: process_vm_readv(2) and process_vm_writev(2) fail with EPERM. */
static bool deny_memory_calls(void)
{
    enum { ERRNO_EPERM = SECCOMP_RET_ERRNO | EPERM };
    struct sock_filter insns[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_writev, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW), BPF_STMT(BPF_RET | BPF_K, ERRNO_EPERM)};
    struct sock_fprog program = {SIZE(insns), insns};
    return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
           !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static int use_memory_file(void)
{
    enum { DENIED = 1, WRONG = 2 };
    char bytes[4];
    struct child child = start("memory");
    uintptr_t end = (uintptr_t)child.shared + 2 * PAGE;
    bool denied = deny_memory_calls() && process_vm_readv(child.pid, NULL, 0, NULL, 0, 0) < 0 &&
                  errno == EPERM;
    bool good = proc_write(child.pid, end - 4, "abcd", 4) == 4 &&
                proc_read(child.pid, end - 4, bytes, 4) == 4 && !memcmp(bytes, "abcd", 4) &&
                proc_read(child.pid, end - 2, bytes, 4) <= 2 &&
                proc_read(child.pid, end, bytes, 4) == 0 &&
                proc_write(child.pid, end, bytes, 4) == 0;
    finish(&child);
    return (denied ? 0 : DENIED) | (good ? 0 : WRONG);
}

static void memory_is_a_file_where_its_calls_are_denied(void **state)
{
    (void)state;
    need_proc();
    if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
        SKIP_BECAUSE("this kernel has no filters");
    assert_int_equal(in_child(use_memory_file), 0);
}

static void strings_end_within_the_room(void **state)
{
    struct child child = start("strings");
    uintptr_t begin = (uintptr_t)child.shared, end = begin + 2 * PAGE;
    char text[16];
    (void)state;
    assert_true(proc_read_string(child.pid, begin + PAGE - 3, text, sizeof text));
    assert_string_equal(text, "across");
    assert_true(proc_read_string(child.pid, begin + PAGE - 3, text, 7));
    assert_false(proc_read_string(child.pid, begin + PAGE - 3, text, 6));
    assert_false(proc_read_string(child.pid, begin, text, sizeof text));
    proc_write(child.pid, end - 3, "at", 3);
    assert_true(proc_read_string(child.pid, end - 3, text, sizeof text));
    assert_string_equal(text, "at");
    proc_write(child.pid, end - 3, "att", 3);
    assert_false(proc_read_string(child.pid, end - 3, text, sizeof text));
    finish(&child);
}

static void descriptors_are_fetched_and_sockets_found(void **state)
{
    (void)state;
    need_proc();
    struct child child = start("sockets");
    struct stat info;
    assert_int_equal(fstat(child.pair[1], &info), 0);
    assert_int_equal(proc_socket(child.pid, child.pair[1]), info.st_ino);
    assert_int_equal(proc_socket_number(child.pid, info.st_ino), child.pair[1]);
    assert_int_equal(proc_socket(child.pid, 1000), 0);
    int ours = proc_fetch(child.pid, child.pair[0]);
    assert_true(ours >= 0);
    assert_int_equal(write(ours, "!", 1), 1);
    char byte = 0;
    assert_int_equal(read(child.pair[1], &byte, 1), 1);
    assert_int_equal(byte, '!');
    close(ours);
    assert_int_equal(proc_fetch(child.pid, 1000), -EBADF);
    int null = open("/dev/null", O_WRONLY), again = proc_reopen(null, O_RDONLY);
    assert_int_equal(read(again, &byte, 1), 0);
    assert_int_equal(proc_reopen(1000, O_RDONLY), -1);
    close(null);
    close(again);
    finish(&child);
}

static void ids_in_one_namespace_are_the_same(void **state)
{
    (void)state;
    need_proc();
    struct child child = start("ids");
    assert_true(proc_in_our_namespace(child.pid, "pid"));
    assert_true(proc_in_our_namespace(child.pid, "user"));
    assert_int_equal(proc_id_for(getpid(), child.pid), child.pid);
    assert_int_equal(proc_id_for(child.pid, getpid()), getpid());
    assert_false(proc_is_init(child.pid));
    finish(&child);
}

static void a_thread_is_kept_on_one_cpu(void **state)
{
    struct child child = start("cpu");
    cpu_set_t all, now;
    int cpu = 0;
    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    while (!CPU_ISSET(cpu, &all))
        cpu++;
    assert_true(proc_use_cpu(child.pid, cpu));
    assert_int_equal(sched_getaffinity(child.pid, sizeof now, &now), 0);
    assert_true(CPU_COUNT(&now) == 1 && CPU_ISSET(cpu, &now));
    if (!CPU_ISSET(CPU_SETSIZE - 1, &all))
        assert_false(proc_use_cpu(child.pid, CPU_SETSIZE - 1));
    finish(&child);
}

/* ---- ends ---- */

static int status_of(int code, int number)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_DUMPABLE, 0); /* no core file */
        signal(number, SIG_DFL);
        if (number)
            raise(number);
        _exit(code);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void endings_are_those_of_a_shell(void **state)
{
    static const struct {
        int code, signal, shown;
    } rows[] = {{0, 0, 0},         {1, 0, 1},         {255, 0, 255},     {256 + 7, 0, 7},
                {0, SIGKILL, 137}, {0, SIGTERM, 143}, {0, SIGSEGV, 139}, {0, SIGSYS, 159}};
    (void)state;
    for (size_t i = 0; i < SIZE(rows); i++)
        assert_int_equal(proc_exit_status(status_of(rows[i].code, rows[i].signal)), rows[i].shown);
}

static void a_failed_start_has_the_status_of_a_shell(void **state)
{
    (void)state;
    assert_int_equal(proc_exec_status(ENOENT), 127);
    assert_int_equal(proc_exec_status(ENOTDIR), 127);
    assert_int_equal(proc_exec_status(EACCES), 126);
    assert_int_equal(proc_exec_status(ENOEXEC), 126);
}

static void four_signals_stop(void **state)
{
    int stopping = 0;
    (void)state;
    for (int signal = 1; signal <= 64; signal++)
        stopping += proc_signal_stops(signal);
    assert_int_equal(stopping, 4);
    assert_true(proc_signal_stops(SIGSTOP) && proc_signal_stops(SIGTSTP));
    assert_true(proc_signal_stops(SIGTTIN) && proc_signal_stops(SIGTTOU));
}

/* ---- forwarding ---- */

/* It inherits our handlers, so all signals wait until it has set its own. */
static pid_t start_program(const struct proc_forwarding *forwarding)
{
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    if (pid == 0)
        proc_forward_end(forwarding);
    sigprocmask(SIG_SETMASK, &before, NULL);
    while (pid == 0)
        pause();
    return pid;
}

static void signals_go_to_the_program(void **state)
{
    static const int forwarded[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2};
    struct proc_forwarding forwarding;
    (void)state;
    for (size_t i = 0; i < SIZE(forwarded); i++)
        signal(forwarded[i], SIG_DFL); /* nohup(1) ignores one of them */
    proc_forward_begin(&forwarding);
    raise(SIGTERM); /* for the first program, which isn't known yet */
    for (size_t i = 0; i < SIZE(forwarded); i++) {
        int status;
        pid_t pid = start_program(&forwarding);
        proc_forward_to(pid);
        if (i > 0)
            raise(forwarded[i]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(proc_exit_status(status), 128 + forwarded[i]);
    }
    proc_forward_end(&forwarding);
}

/* In a group of its own: the program gets the signal from the group, and only once. */
static int signals_of_a_group(void)
{
    struct proc_forwarding forwarding;
    int got = 0, taken[2];
    sigset_t set, before;
    if (pipe(taken))
        return 3;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    setpgid(0, 0);
    proc_forward_begin(&forwarding);
    sigprocmask(SIG_BLOCK, &set, &before);
    pid_t pid = fork();
    if (pid == 0) {
        const struct timespec none = {0};
        proc_forward_end(&forwarding);
        sigwait(&set, &got); /* of the group */
        if (write(taken[1], "t", 1) != 1)
            _exit(2);
        sigwait(&set, &got); /* sent to our parent alone */
        _exit(sigtimedwait(&set, NULL, &none) == SIGUSR1 ? 1 : 5);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    proc_forward_to(pid);
    kill(0, SIGUSR1);
    char byte;
    int status;
    if (read(taken[0], &byte, 1) == 1)
        raise(SIGUSR1);
    waitpid(pid, &status, 0);
    proc_forward_end(&forwarding);
    return proc_exit_status(status);
}

static void signals_of_the_group_are_not_forwarded(void **state)
{
    int status;
    (void)state;
    need_proc();
    pid_t pid = fork();
    if (pid == 0)
        _exit(signals_of_a_group());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(proc_exit_status(status), 5);
}

static void the_callers_handlers_come_back(void **state)
{
    static const int signals[] = {SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGINT, SIGQUIT, SIGCHLD};
    struct proc_forwarding forwarding;
    struct sigaction action;
    (void)state;
    for (size_t i = 0; i < SIZE(signals); i++)
        signal(signals[i], i & 1 ? SIG_IGN : SIG_DFL);
    proc_forward_begin(&forwarding);
    sigaction(SIGCHLD, NULL, &action);
    assert_ptr_equal(action.sa_handler, SIG_DFL);
    proc_forward_end(&forwarding);
    for (size_t i = 0; i < SIZE(signals); i++) {
        sigaction(signals[i], NULL, &action);
        assert_ptr_equal(action.sa_handler, i & 1 ? SIG_IGN : SIG_DFL);
        signal(signals[i], SIG_DFL);
    }
}

/* ---- what a tracer does to itself ---- */

static int run_in_child(int (*run)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(run());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return proc_exit_status(status);
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static int close_others(void)
{
    static const int kept[] = {50, -1, 60, 40, 41};
    for (int fd = 3; fd < 70; fd++)
        dup2(STDERR_FILENO, fd);
    proc_close_others(kept, SIZE(kept));
    for (int fd = 3; fd < 70; fd++)
        if (is_open(fd) != (fd == 40 || fd == 41 || fd == 50 || fd == 60))
            return 1;
    proc_close_standard(STDIN_FILENO, STDOUT_FILENO);
    char byte;
    return read(STDIN_FILENO, &byte, 1) == 0 && is_open(STDERR_FILENO) ? 0 : 2;
}

static void descriptors_are_closed_except_some(void **state)
{
    (void)state;
    assert_int_equal(run_in_child(close_others), 0);
}

static int raise_and_ignore(void)
{
    struct rlimit limit = {0};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit = (struct rlimit){10, 20};
    setrlimit(RLIMIT_NOFILE, &limit);
    proc_raise_limits();
    getrlimit(RLIMIT_NOFILE, &limit);
    proc_ignore_signals();
    raise(SIGTERM);
    raise(SIGXCPU);
    raise(SIGRTMIN);
    rlim_t most = proc_has_capability(0, CAP_SYS_RESOURCE) ? 65536 : 20;
    return limit.rlim_cur == most && limit.rlim_max == most ? 0 : 1;
}

static void limits_are_raised_and_signals_ignored(void **state)
{
    (void)state;
    assert_int_equal(run_in_child(raise_and_ignore), 0);
}

static int end_with_another(void)
{
    proc_end_with(1000000000);
    return 0;
}

static void a_process_ends_with_its_parent(void **state)
{
    (void)state;
    assert_int_equal(run_in_child(end_with_another), 128 + SIGKILL);
}

/* ---- who may trace whom ---- */

static int another_user_reaches(void)
{
    struct child ours = start("ours");
    bool root = getuid() == 0;
    pid_t pid = fork();
    if (pid == 0) {
        if (root && (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534)))
            _exit(1);
        pause();
    }
    while (root && proc_status(pid).uid != 65534)
        usleep(1000);
    bool reaches = proc_may_trace(pid, ours.pid);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    finish(&ours);
    return root && reaches;
}

static void only_equals_may_trace(void **state)
{
    (void)state;
    need_proc();
    struct child child = start("child");
    assert_true(proc_may_trace(getpid(), child.pid));
    assert_true(proc_may_be_asked(getpid(), child.pid));
    assert_false(proc_may_trace(getpid(), 1000000000));
    assert_false(proc_may_trace(1000000000, child.pid));
    finish(&child);
    assert_int_equal(another_user_reaches(), 0);
}

static void memory_is_read_without_waiting(void **state)
{
    char bytes[7] = "";
    (void)state;
    need_proc();
    struct child child = start("child");
    uint64_t at = (uint64_t)(uintptr_t)child.shared + PAGE - 3;
    assert_int_equal(proc_read_now(child.pid, at, bytes, 6), 6);
    assert_string_equal(bytes, "across");
    assert_int_equal(proc_write_now(child.pid, at, "ACROSS", 6), 6);
    assert_int_equal(proc_read(child.pid, at, bytes, 6), 6);
    assert_string_equal(bytes, "ACROSS");
    assert_int_equal(proc_read_now(child.pid, 1, bytes, 6), 0);
    finish(&child);
}

/* In a process of its own, as it holds for the rest of one. */
static int hold(void)
{
    return proc_hold() && proc_status(0).tgid == getpid() && proc_status(getppid()).tgid ? 0 : 1;
}

static void the_first_proc_is_held(void **state)
{
    (void)state;
    need_proc();
    assert_int_equal(run_in_child(hold), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_fields_are_read),
        cmocka_unit_test(missing_fields_are_zero),
        cmocka_unit_test(keys_count_at_the_beginning_of_lines_only),
        cmocka_unit_test(names_are_read_whole),
        cmocka_unit_test(a_thread_that_is_gone_has_nothing),
        cmocka_unit_test(memory_is_read_and_written),
        cmocka_unit_test(memory_is_a_file_where_its_calls_are_denied),
        cmocka_unit_test(strings_end_within_the_room),
        cmocka_unit_test(descriptors_are_fetched_and_sockets_found),
        cmocka_unit_test(ids_in_one_namespace_are_the_same),
        cmocka_unit_test(a_thread_is_kept_on_one_cpu),
        cmocka_unit_test(endings_are_those_of_a_shell),
        cmocka_unit_test(a_failed_start_has_the_status_of_a_shell),
        cmocka_unit_test(four_signals_stop),
        cmocka_unit_test(signals_go_to_the_program),
        cmocka_unit_test(signals_of_the_group_are_not_forwarded),
        cmocka_unit_test(the_callers_handlers_come_back),
        cmocka_unit_test(descriptors_are_closed_except_some),
        cmocka_unit_test(limits_are_raised_and_signals_ignored),
        cmocka_unit_test(a_process_ends_with_its_parent),
        cmocka_unit_test(only_equals_may_trace),
        cmocka_unit_test(memory_is_read_without_waiting),
        cmocka_unit_test(the_first_proc_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
