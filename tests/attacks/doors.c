/* SPDX-License-Identifier: MIT */
/*
 * doors.c: each way into another process, tried on the tracer: its memory, descriptors, limits,
 * scheduling and namespaces. None may be open, whoever asks. The files of /proc are opened by
 * several names, and by calls that a tracer doesn't see.
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/kcmp.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t tracer;
static char path[400];

/* Says ESCAPED if a call succeeded. */
static void must_fail(const char *what, long result)
{
    if (result >= 0)
        escaped("%s: %ld", what, result);
}

static const char *in_proc(const char *format)
{
    snprintf(path, sizeof path, format, tracer, tracer);
    return path;
}

/* ---- files of /proc ---- */

static const struct {
    const char *name;
    int flags;
} files[] = {
    {"mem", O_RDWR},
    {"task/%2$d/mem", O_RDONLY},
    {"mem", O_WRONLY},
    {"maps", O_RDONLY},
    {"smaps", O_RDONLY},
    {"environ", O_RDONLY},
    {"auxv", O_RDONLY},
    {"pagemap", O_RDONLY},
    {"clear_refs", O_WRONLY},
    {"syscall", O_RDONLY},
    {"stack", O_RDONLY},
    {"oom_score_adj", O_WRONLY},
    {"oom_adj", O_WRONLY},
    {"timerslack_ns", O_WRONLY},
    {"coredump_filter", O_WRONLY},
    {"root/etc", O_RDONLY},
    {"cwd", O_RDONLY},
    {"ns/mnt", O_RDONLY},
    {"ns/user", O_RDONLY},
    {"fd/0", O_RDONLY},
    {"fd", O_RDONLY},
    {"fdinfo", O_RDONLY},
    {"map_files", O_RDONLY},
    {"autogroup", O_RDWR},
    {"sched", O_WRONLY},
    {"loginuid", O_WRONLY},
    {"attr/current", O_WRONLY},
    {"setgroups", O_WRONLY},
    {"uid_map", O_WRONLY},
    {"numa_maps", O_RDONLY},
    {"personality", O_RDONLY},
    {"timens_offsets", O_WRONLY},
    {"comm", O_WRONLY},
};

/* An open alone is no access: reading or writing must fail, too. */
static bool can_use(int fd, int flags)
{
    char buffer[4096];
    struct stat status;
    if (fstat(fd, &status))
        return false;
    if (S_ISDIR(status.st_mode))
        return syscall(SYS_getdents64, fd, buffer, sizeof buffer) > 0;
    if (flags != O_RDONLY)
        return true;
    return read(fd, buffer, 8) >= 0 || (errno != EPERM && errno != EACCES && errno != ESRCH);
}

static void try_file(long number)
{
    tracer = getppid();
    char name[100];
    snprintf(name, sizeof name, "/proc/%%1$d/%s", files[number].name);
    int fd = open(in_proc(name), files[number].flags | O_NONBLOCK);
    if (fd >= 0 && can_use(fd, files[number].flags))
        escaped("%s can be used", path);
}

/* ---- other ways to the memory's file ---- */

static void opened(const char *how, int fd)
{
    if (fd >= 0)
        escaped("%s opens mem", how);
}

static void by_folder(long unused)
{
    (void)unused;
    tracer = getppid();
    int dir = open(in_proc("/proc/%d"), O_PATH | O_DIRECTORY);
    opened("openat", openat(dir, "mem", O_RDWR));
    struct open_how how = {.flags = O_RDWR};
    opened("openat2", (int)syscall(SYS_openat2, dir, "mem", &how, sizeof how));
    if (chdir(in_proc("/proc/%d/task")) == 0)
        opened("a relative path", open("../mem", O_RDWR));
}

static void by_link(long unused)
{
    (void)unused;
    tracer = getppid();
    char link[500];
    snprintf(link, sizeof link, "%s/link", folder);
    if (symlink(in_proc("/proc/%d/mem"), link)) {
        /* The policy forbids links: a path through a folder that is one already. */
        snprintf(link, sizeof link, "/proc/self/root%s", path);
    }
    opened("a link", open(link, O_RDWR));
    snprintf(link, sizeof link, "/proc/self/task/../../%d/mem", tracer);
    opened("a winding path", open(link, O_RDWR));
    snprintf(link, sizeof link, "/dev/fd/../../%d/mem", tracer);
    opened("a path by /dev/fd", open(link, O_RDWR));
}

static void by_opath(long unused)
{
    (void)unused;
    tracer = getppid();
    int fd = open(in_proc("/proc/%d/mem"), O_PATH);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    opened("O_PATH and a second open", open(path, O_RDWR));
}

static void by_mount(long unused)
{
    (void)unused;
    tracer = getppid();
    char place[300];
    snprintf(place, sizeof place, "%s/proc", folder);
    if (mkdir(place, 0700) || unshare(CLONE_NEWNS) || mount("", "/", "", MS_REC | MS_PRIVATE, "") ||
        mount("proc", place, "proc", 0, ""))
        not_run("mount");
    snprintf(path, sizeof path, "%s/%d/mem", place, tracer);
    opened("another procfs", open(path, O_RDWR));
}

static void by_fsmount(long unused)
{
    (void)unused;
    tracer = getppid();
    long fs = syscall(SYS_fsopen, "proc", 0);
    if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
        not_run("fsopen");
    long dir = syscall(SYS_fsmount, fs, 0, 0);
    snprintf(path, sizeof path, "%d/mem", tracer);
    opened("a detached procfs", openat((int)dir, path, O_RDWR));
}

static void by_bind(long unused)
{
    (void)unused;
    tracer = getppid();
    char place[300];
    snprintf(place, sizeof place, "%s/file", folder);
    close(open(place, O_CREAT | O_WRONLY, 0600));
    if (unshare(CLONE_NEWNS) || mount("", "/", "", MS_REC | MS_PRIVATE, ""))
        not_run("unshare");
    if (mount(in_proc("/proc/%d/mem"), place, "", MS_BIND, "") == 0)
        opened("a bind mount", open(place, O_RDWR));
}

/* The path changes while the call is made. */
static volatile char changing[64];

static void *change_path(void *unused)
{
    char number[16];
    size_t length = (size_t)snprintf(number, sizeof number, "%d", tracer);
    for (;;) {
        memcpy((char *)changing + 6, "self/mem\0\0\0", 11);
        memcpy((char *)changing + 6, number, length);
        memcpy((char *)changing + 6 + length, "/mem", 5);
    }
    return unused;
}

static void by_race(long unused)
{
    (void)unused;
    tracer = getppid();
    memcpy((char *)changing, "/proc/self/mem", 15);
    thread_run(change_path, NULL);
    char own[32], found[64], link[64];
    snprintf(own, sizeof own, "/proc/%d/mem", tracer);
    for (int i = 0; i < 1000 || goes_on(); i++) {
        int fd = open((const char *)changing, O_RDWR);
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = fd < 0 ? -1 : readlink(link, found, sizeof found - 1);
        if (length > 0 && !strncmp(found, own, (size_t)length))
            opened("a changing path", fd);
        if (fd >= 0)
            close(fd);
    }
}

/* io_uring makes the call in the kernel: no tracer and no filter sees it. */
static void by_ring(long unused)
{
    (void)unused;
    tracer = getppid();
    struct io_uring_params params = {0};
    int ring = (int)syscall(SYS_io_uring_setup, 4, &params);
    if (ring < 0)
        not_run("io_uring_setup");
    size_t size = params.sq_off.array + params.sq_entries * sizeof(unsigned);
    char *queue = mmap(NULL, size + params.cq_off.cqes + 256, PROT_READ | PROT_WRITE, MAP_SHARED,
                       ring, IORING_OFF_SQ_RING);
    struct io_uring_sqe *entry = mmap(NULL, params.sq_entries * sizeof *entry,
                                      PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
    if (queue == MAP_FAILED || (void *)entry == MAP_FAILED)
        not_run("mmap of the ring");
    *entry = (struct io_uring_sqe){.opcode = IORING_OP_OPENAT,
                                   .fd = AT_FDCWD,
                                   .addr = (uintptr_t)in_proc("/proc/%d/mem"),
                                   .open_flags = O_RDWR};
    *(unsigned *)(queue + params.sq_off.tail) = 1;
    if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
        not_run("io_uring_enter");
    const struct io_uring_cqe *done = (struct io_uring_cqe *)(queue + params.cq_off.cqes);
    opened("io_uring", done->res);
}

/* ---- calls that name a process ---- */

static void by_ptrace(long request)
{
    tracer = getppid();
    long result = ptrace((enum __ptrace_request)request, tracer, 0, 0);
    must_fail("ptrace", result);
    if (result == 0) {
        ptrace(PTRACE_INTERRUPT, tracer, 0, 0);
        waitpid(tracer, NULL, __WALL);
        ptrace(PTRACE_DETACH, tracer, 0, 0);
    }
}

static char word[8];
static struct iovec here = {word, sizeof word}, there;

static void by_memory(long nr)
{
    tracer = getppid();
    there = (struct iovec){(void *)&word, sizeof word};
    must_fail("memory", CALL(nr, tracer, &here, 1, &there, 1));
    for (uintptr_t at = 0x400000; at < 0x700000; at += 0x1000) {
        there.iov_base = (void *)at;
        if (CALL(nr, tracer, &here, 1, &there, 1) > 0)
            escaped("memory at %lx", at);
    }
    /* The number is an int: what stands above it doesn't matter. */
    must_fail("a long number", CALL(nr, (1L << 32) + (unsigned)tracer, &here, 1, &there, 1));
}

static int pidfd_of_tracer(void)
{
    tracer = getppid();
    return (int)syscall(SYS_pidfd_open, tracer, 0);
}

static void by_getfd(long unused)
{
    (void)unused;
    int pidfd = pidfd_of_tracer();
    for (int fd = 0; fd < 64; fd++)
        must_fail("pidfd_getfd", CALL(SYS_pidfd_getfd, pidfd, fd));
}

static void by_madvise(long advice)
{
    char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int pidfd = pidfd_of_tracer();
    for (uintptr_t at = (uintptr_t)page & ~0xfffful; at < (uintptr_t)page + 65536; at += 4096) {
        there = (struct iovec){(void *)at, 4096};
        must_fail("process_madvise", CALL(SYS_process_madvise, pidfd, &there, 1, advice));
    }
}

static void by_namespace(long kind)
{
    must_fail("setns", CALL(SYS_setns, pidfd_of_tracer(), kind));
}

static void by_pidfd_signal(long unused)
{
    (void)unused;
    must_fail("pidfd_send_signal", CALL(SYS_pidfd_send_signal, pidfd_of_tracer(), SIGCONT));
}

static void by_kcmp(long unused)
{
    (void)unused;
    tracer = getppid();
    must_fail("kcmp", CALL(SYS_kcmp, tracer, getpid(), KCMP_VM));
    must_fail("kcmp", CALL(SYS_kcmp, getpid(), tracer, KCMP_FILE, 0, 3));
}

static void by_limit(long number)
{
    tracer = getppid();
    struct rlimit limit;
    long result = CALL(SYS_prlimit64, tracer, number, 0, &limit);
    must_fail("prlimit reads", result);
    if (getrlimit((__rlimit_resource_t)number, &limit) == 0)
        must_fail("prlimit writes", CALL(SYS_prlimit64, tracer, number, &limit));
}

static void by_affinity(long unused)
{
    (void)unused;
    tracer = getppid();
    cpu_set_t set;
    sched_getaffinity(0, sizeof set, &set);
    must_fail("sched_setaffinity", CALL(SYS_sched_setaffinity, tracer, sizeof set, &set));
}

static void by_scheduler(long nr)
{
    tracer = getppid();
    struct sched_param param = {0};
    unsigned attr[12] = {48, SCHED_OTHER};
    if (nr == SYS_sched_setscheduler)
        must_fail("sched_setscheduler", CALL(nr, tracer, SCHED_OTHER, &param));
    else if (nr == SYS_sched_setparam)
        must_fail("sched_setparam", CALL(nr, tracer, &param));
    else
        must_fail("sched_setattr", CALL(nr, tracer, attr, 0));
}

static void by_priority(long unused)
{
    (void)unused;
    tracer = getppid();
    must_fail("setpriority",
              CALL(SYS_setpriority, PRIO_PROCESS, tracer, getpriority(PRIO_PROCESS, 0)));
}

static void by_ioprio(long unused)
{
    (void)unused;
    tracer = getppid();
    must_fail("ioprio_set", CALL(SYS_ioprio_set, 1, tracer, 2 << 13 | 4));
}

static void by_pages(long nr)
{
    tracer = getppid();
    unsigned long from = 1, to = 1;
    void *page = word;
    int node = 0, status = 0;
    if (nr == SYS_migrate_pages)
        must_fail("migrate_pages", CALL(nr, tracer, 64, &from, &to));
    else
        must_fail("move_pages",
                  syscall(nr, tracer, 1L, &page, &node, &status, 2L) == 0 ? 0 : -errno);
}

static void by_perf(long unused)
{
    (void)unused;
    tracer = getppid();
    struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
                                   .size = sizeof attr,
                                   .config = PERF_COUNT_SW_TASK_CLOCK,
                                   .exclude_kernel = 1};
    must_fail("perf_event_open", CALL(SYS_perf_event_open, &attr, tracer, -1, -1));
}

static void by_signal(long nr)
{
    tracer = getppid();
    siginfo_t info = {.si_signo = SIGCONT, .si_code = SI_QUEUE};
    if (nr == SYS_kill || nr == SYS_tkill)
        must_fail("a signal", CALL(nr, tracer, SIGCONT));
    else if (nr == SYS_tgkill)
        must_fail("a signal", CALL(nr, tracer, tracer, SIGCONT));
    else if (nr == SYS_rt_sigqueueinfo)
        must_fail("a signal", CALL(nr, tracer, SIGCONT, &info));
    else
        must_fail("a signal", CALL(nr, tracer, tracer, SIGCONT, &info));
}

static void by_robust_list(long unused)
{
    (void)unused;
    tracer = getppid();
    void *head;
    size_t length;
    must_fail("get_robust_list", CALL(SYS_get_robust_list, tracer, &head, &length));
}

/* A child of the tracer may wait for what the tracer waits for, and dies with it. */
static void by_parent(long unused)
{
    (void)unused;
    tracer = getppid();
    long pid = CALL(SYS_clone, CLONE_PARENT | CLONE_UNTRACED | SIGCHLD);
    if (pid == 0) {
        try_forbidden();
        _exit(0);
    }
    pause_us(50000);
}

#define FILE_ATTACK(number, title)                                                                 \
    {                                                                                              \
        title, TRACER, try_file, number, 0                                                         \
    }

const struct attack attacks[] = {
    FILE_ATTACK(0, "mem"),
    FILE_ATTACK(1, "task-mem"),
    FILE_ATTACK(2, "mem-write"),
    FILE_ATTACK(3, "maps"),
    FILE_ATTACK(4, "smaps"),
    FILE_ATTACK(5, "environ"),
    FILE_ATTACK(6, "auxv"),
    FILE_ATTACK(7, "pagemap"),
    FILE_ATTACK(8, "clear-refs"),
    FILE_ATTACK(9, "syscall"),
    FILE_ATTACK(10, "stack"),
    FILE_ATTACK(11, "oom-score-adj"),
    FILE_ATTACK(12, "oom-adj"),
    FILE_ATTACK(13, "timerslack"),
    FILE_ATTACK(14, "coredump-filter"),
    FILE_ATTACK(15, "root"),
    FILE_ATTACK(16, "cwd"),
    FILE_ATTACK(17, "ns-mnt"),
    FILE_ATTACK(18, "ns-user"),
    FILE_ATTACK(19, "fd-0"),
    FILE_ATTACK(20, "fd"),
    FILE_ATTACK(21, "fdinfo"),
    FILE_ATTACK(22, "map-files"),
    FILE_ATTACK(23, "autogroup"),
    FILE_ATTACK(24, "sched"),
    FILE_ATTACK(25, "loginuid"),
    FILE_ATTACK(26, "attr-current"),
    FILE_ATTACK(27, "setgroups"),
    FILE_ATTACK(28, "uid-map"),
    FILE_ATTACK(29, "numa-maps"),
    FILE_ATTACK(30, "personality"),
    FILE_ATTACK(31, "timens-offsets"),
    FILE_ATTACK(32, "comm"),
    {"by-folder", TRACER, by_folder, 0, 0},
    {"by-link", TRACER, by_link, 0, 0},
    {"by-opath", TRACER, by_opath, 0, 0},
    {"by-mount", TRACER, by_mount, 0, ROOT},
    {"by-fsmount", TRACER, by_fsmount, 0, ROOT},
    {"by-bind", TRACER, by_bind, 0, ROOT},
    {"by-race", TRACER, by_race, 0, 0},
    {"by-ring", TRACER, by_ring, 0, 0},
    {"attach", TRACER, by_ptrace, PTRACE_ATTACH, 0},
    {"seize", TRACER, by_ptrace, PTRACE_SEIZE, 0},
    {"vm-readv", TRACER, by_memory, SYS_process_vm_readv, 0},
    {"vm-writev", TRACER, by_memory, SYS_process_vm_writev, 0},
    {"pidfd-getfd", TRACER, by_getfd, 0, 0},
    {"madvise-cold", TRACER, by_madvise, MADV_COLD, 0},
    {"madvise-pageout", TRACER, by_madvise, MADV_PAGEOUT, 0},
    {"setns-mnt", TRACER, by_namespace, CLONE_NEWNS, ROOT},
    {"setns-pid", TRACER, by_namespace, CLONE_NEWPID, ROOT},
    {"pidfd-signal", TRACER, by_pidfd_signal, 0, 0},
    {"kcmp", TRACER, by_kcmp, 0, 0},
    {"limit-files", TRACER, by_limit, RLIMIT_NOFILE, 0},
    {"limit-cpu", TRACER, by_limit, RLIMIT_CPU, 0},
    {"limit-memory", TRACER, by_limit, RLIMIT_AS, 0},
    {"affinity", TRACER, by_affinity, 0, 0},
    {"setscheduler", TRACER, by_scheduler, SYS_sched_setscheduler, 0},
    {"setparam", TRACER, by_scheduler, SYS_sched_setparam, 0},
    {"setattr", TRACER, by_scheduler, SYS_sched_setattr, 0},
    {"setpriority", TRACER, by_priority, 0, 0},
    {"ioprio", TRACER, by_ioprio, 0, 0},
    {"move-pages", TRACER, by_pages, SYS_move_pages, 0},
    {"migrate-pages", TRACER, by_pages, SYS_migrate_pages, 0},
    {"perf", TRACER, by_perf, 0, 0},
    {"kill", TRACER, by_signal, SYS_kill, 0},
    {"tkill", TRACER, by_signal, SYS_tkill, 0},
    {"tgkill", TRACER, by_signal, SYS_tgkill, 0},
    {"sigqueue", TRACER, by_signal, SYS_rt_sigqueueinfo, 0},
    {"tgsigqueue", TRACER, by_signal, SYS_rt_tgsigqueueinfo, 0},
    {"robust-list", TRACER, by_robust_list, 0, 0},
    {"clone-parent", POLICY, by_parent, 0, 0},
    {0},
};
