/* SPDX-License-Identifier: MIT */
/*
 * waits.c: what a program controls must not keep the host waiting: files that block by name, an
 * instruction that never ends, memory that another thread serves, sockets that are full. Another
 * process goes on, and the program gets the kernel's results.
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[300];

/* Runs a part in a child that has two seconds. */
static void limited(void (*body)(void *), void *argument)
{
    pid_t pid = forked();
    if (pid == 0) {
        body(argument);
        _exit(0);
    }
    if (!ends_within(pid, 2000))
        differs("the call doesn't end");
}

/* ---- files that block ---- */

static void open_fifo(void *name)
{
    snprintf(path, sizeof path, "%s/%s", folder, (const char *)name);
    int fd = open(path, O_RDONLY | O_NONBLOCK);
    if (fd < 0)
        differs("open: %d", errno);
    char byte;
    expect("read", CALL(SYS_read, fd, &byte, 1), 0);
    expect("openat", CALL(SYS_openat, AT_FDCWD, path, O_WRONLY | O_NONBLOCK), fd + 1);
    expect("a path", CALL(SYS_open, path, O_PATH), fd + 2);
}

static void open_terminal(void *unused)
{
    (void)unused;
    int fd = posix_openpt(O_RDWR | O_NOCTTY);
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    close(open(link, O_RDWR | O_NONBLOCK | O_NOCTTY));
}

/* A blocking open of a FIFO, in a process of its own that is killed. */
static void block_on_fifo(void *unused)
{
    (void)unused;
    snprintf(path, sizeof path, "%s/status", folder);
    pid_t pid = forked();
    if (pid == 0) {
        close(open(path, O_RDONLY));
        _exit(0);
    }
    pause_us(20000);
    end_child(pid);
}

static void exec_fifo(void *unused)
{
    (void)unused;
    snprintf(path, sizeof path, "%s/status", folder);
    char *const arguments[] = {path, NULL};
    expect("execve", CALL(SYS_execve, path, arguments, NULL), -EACCES);
}

static void files(long unused)
{
    (void)unused;
    static const char *const names[] = {"status",         "stat", "syscall",
                                        "actions_logged", "maps", "mem"};
    start_heartbeat();
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        if (mkfifo(path, 0700))
            not_run("mkfifo");
        limited(open_fifo, (void *)names[i]);
    }
    limited(block_on_fifo, NULL);
    limited(exec_fifo, NULL);
    limited(open_terminal, NULL);
    check_heartbeat();
}

/* ---- an instruction that never ends ---- */

static const unsigned short instructions[] = {0xfeeb /* jmp to itself */, 0x0b0f /* ud2 */,
                                              0xcccc /* int3 */, 0x90f4 /* hlt */, 0x9090};
static volatile int inside;

static void *change_site(void *value)
{
    volatile unsigned short *site = (volatile unsigned short *)call_site;
    for (unsigned round = 1;; round++) {
        while (!inside)
            ;
        for (volatile unsigned i = 0; i < 500 * (round % 40); i++)
            ;
        *site = (unsigned short)(intptr_t)value;
        for (volatile int i = 0; i < 20000; i++)
            ;
        *site = 0x050f;
        inside = 0;
    }
    return NULL;
}

static void *unmap_site(void *unused)
{
    for (;;) {
        while (!inside)
            ;
        mprotect((void *)((uintptr_t)call_site & ~4095ul), 4096, PROT_READ);
        for (volatile int i = 0; i < 20000; i++)
            ;
        open_site();
        inside = 0;
    }
    return unused;
}

enum { STATUS, LISTEN, BIRTH, WAIT };

static void call_at_site(long kind)
{
    if (kind == STATUS) {
        close((int)docall(SYS_openat, AT_FDCWD, (long)"/proc/self/status", O_RDONLY));
    } else if (kind == BIRTH) {
        uint64_t args[11] = {0x100000000ull /* CLONE_CLEAR_SIGHAND */, 0, 0, 0, SIGCHLD};
        if (docall(SYS_clone3, (long)args, sizeof args, 0) == 0)
            _exit(0);
    } else if (kind == WAIT) {
        docall(SYS_wait4, -1, 0, WNOHANG);
    } else {
        struct {
            unsigned short length;
            const void *code;
        } program = {0};
        docall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
               (long)&program);
        docall(SYS_poll, 0, 0, 0);
    }
}

static void spin(long kind)
{
    open_site();
    start_heartbeat();
    for (unsigned i = 0; i <= sizeof instructions / sizeof *instructions; i++) {
        pid_t pid = forked();
        if (pid == 0) {
            if (i < sizeof instructions / sizeof *instructions)
                thread_run(change_site, (void *)(intptr_t)instructions[i]);
            else
                thread_run(unmap_site, NULL);
            for (int round = 0; round < 100; round++) {
                inside = 1;
                call_at_site(kind);
            }
            _exit(0);
        }
        pause_us(40000);
        end_child(pid);
    }
    check_heartbeat();
}

/* ---- memory that another thread serves ---- */

static char *page;
static int faults;

static void *serve(void *late)
{
    static char content[4096] __attribute__((aligned(4096)));
    struct uffd_msg message;
    while (read(faults, &message, sizeof message) == sizeof message) {
        if (late)
            pause_us(30000);
        struct uffdio_copy copy = {.dst = (uintptr_t)page, .src = (uintptr_t)content, .len = 4096};
        ioctl(faults, UFFDIO_COPY, &copy);
    }
    return NULL;
}

static void register_page(void)
{
    page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
    struct uffdio_api api = {.api = UFFD_API};
    if (faults < 0 || ioctl(faults, UFFDIO_API, &api))
        not_run("userfaultfd");
    struct uffdio_register area = {.range = {(uintptr_t)page, 4096},
                                   .mode = UFFDIO_REGISTER_MODE_MISSING};
    if (ioctl(faults, UFFDIO_REGISTER, &area))
        not_run("userfaultfd");
}

enum { NUMBERS, PROGRAM, PATH, CHILD_STATUS, VECTOR, REGISTERS, POLLED, STATBUF, WORDS };

static long use_page(void *kind)
{
    switch ((intptr_t)kind) {
    case NUMBERS: {
        long pid = CALL(SYS_clone3, page, 88); /* of zeros: a child without a signal */
        if (pid == 0)
            _exit(0);
        return pid > 0 ? 0 : pid;
    }
    case PROGRAM:
        return CALL(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, page);
    case PATH:
        return CALL(SYS_openat, AT_FDCWD, page, O_RDONLY);
    case CHILD_STATUS:
        if (fork() == 0)
            _exit(3);
        return CALL(SYS_wait4, -1, page, 0, 0) > 0 ? 0 : -1;
    case VECTOR:
        return CALL(SYS_readv, 0, page, 1);
    case REGISTERS:
        return CALL(SYS_ptrace, PTRACE_GETREGS, getpid(), 0, page);
    case POLLED:
        return CALL(SYS_poll, page, 1, 0);
    case STATBUF:
        return CALL(SYS_fstat, 0, page);
    default:
        return CALL(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, page);
    }
}

static void memory_body(void *kind)
{
    static const long wanted[] = {0, -EINVAL, -ENOENT, 0, 0, -ESRCH, 0, 0, 0};
    register_page();
    thread_run(serve, "late");
    expect("the result", use_page(kind), wanted[(intptr_t)kind]);
}

/* Nobody serves it: the call sleeps until the process is killed. */
static void forsaken(void *kind)
{
    register_page();
    pid_t pid = forked();
    if (pid == 0) {
        register_page();
        use_page(kind);
        _exit(0);
    }
    pause_us(50000);
    end_child(pid);
}

static void memory(long kind)
{
    start_heartbeat();
    limited(memory_body, (void *)kind);
    limited(forsaken, (void *)kind);
    check_heartbeat();
}

/* ---- sockets and pipes ---- */

static int receive(const void *data, size_t length)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        not_run("socketpair");
    return (int)write(pair[0], data, length);
}

/* The listener is filled up, shut down and changed in every way that a socket can be. */
static void listener_body(void *unused)
{
    (void)unused;
    int fd = (int)filter(SYS_getpgrp, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
    if (fd < 0)
        not_run("seccomp");
    char bytes[4096] = {0};
    int ends[2], small = 1;
    if (pipe(ends) || write(ends[1], bytes, 100) != 100)
        not_run("pipe");
    expect("write", CALL(SYS_write, fd, bytes, 1), -EINVAL);
    expect("send", CALL(SYS_sendto, fd, bytes, 1, MSG_DONTWAIT), -ENOTSOCK);
    expect("SO_SNDBUF", CALL(SYS_setsockopt, fd, SOL_SOCKET, SO_SNDBUF, &small, 4), -ENOTSOCK);
    expect("splice", CALL(SYS_splice, ends[0], 0, fd, 0, 10, SPLICE_F_NONBLOCK), -EINVAL);
    expect("sendfile", CALL(SYS_sendfile, fd, open(self, O_RDONLY), 0, 10), -EINVAL);
    expect("pwrite", CALL(SYS_pwrite64, fd, bytes, 1, 0), -ESPIPE);
    struct iovec vector = {bytes, 1};
    expect("writev", CALL(SYS_writev, fd, &vector, 1), -EINVAL);
    expect("readv", CALL(SYS_readv, fd, &vector, 1), -EINVAL);
    expect("pwritev", CALL(SYS_pwritev, fd, &vector, 1, 0), -ESPIPE);
    int copy = dup(fd);
    expect("write to a copy", CALL(SYS_write, copy, bytes, 1), -EINVAL);
    receive(bytes, 1);
    struct pollfd polled = {.fd = fd, .events = POLLIN | POLLOUT};
    expect("poll", CALL(SYS_poll, &polled, 1, 0), 0);
    /* It still works. */
    pid_t child = forked();
    if (child == 0)
        _exit(CALL(SYS_getpgrp, 0) == -5 ? 0 : 1);
    struct seccomp_notif request = {0};
    expect("RECV", CALL(SYS_ioctl, fd, SECCOMP_IOCTL_NOTIF_RECV, &request), 0);
    struct seccomp_notif_resp response = {.id = request.id, .error = -5};
    expect("SEND", CALL(SYS_ioctl, fd, SECCOMP_IOCTL_NOTIF_SEND, &response), 0);
    int status = 0;
    waitpid(child, &status, 0);
    expect("the child", status, 0);
}

static void listener(long unused)
{
    (void)unused;
    start_heartbeat();
    limited(listener_body, NULL);
    check_heartbeat();
}

/* A thread that is stopped, or traced and stopped, amid calls that take the host long. */
static void stopped(long unused)
{
    (void)unused;
    start_heartbeat();
    for (int i = 0; i < 30; i++) {
        pid_t pid = forked();
        for (; pid == 0;)
            call_at_site(STATUS);
        pause_us(i * 50);
        kill(pid, SIGSTOP);
        pause_us(500);
        if (i % 3 == 0)
            kill(pid, SIGCONT);
        end_child(pid);
    }
    check_heartbeat();
}

#define MEMORY(name, kind)                                                                         \
    {                                                                                              \
        "memory-" name, SAME, memory, kind, ROOT                                                   \
    }

const struct attack attacks[] = {
    {"files", SAME, files, 0, 0},
    {"spin-status", SAME, spin, STATUS, 0},
    {"spin-listen", SAME, spin, LISTEN, 0},
    {"spin-birth", SAME, spin, BIRTH, 0},
    {"spin-wait", SAME, spin, WAIT, 0},
    MEMORY("clone3", NUMBERS),
    MEMORY("program", PROGRAM),
    MEMORY("path", PATH),
    MEMORY("wait", CHILD_STATUS),
    MEMORY("vector", VECTOR),
    MEMORY("ptrace", REGISTERS),
    MEMORY("poll", POLLED),
    MEMORY("stat", STATBUF),
    MEMORY("action", WORDS),
    {"listener", SAME, listener, 0, 0},
    {"stopped", SAME, stopped, 0, 0},
    {0},
};
