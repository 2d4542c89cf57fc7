/* SPDX-License-Identifier: MIT */
/* calls.c: the calls that mean something here: the facility's own, births, and those that would
 * show that another traces. */
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session.h"

/* ---- the facility ---- */

/* Whose pointers in struct sock_fprog have 32 bits. */
static bool is_compat(const struct task *task)
{
    return task_is_i386(task) || (uint32_t)task->call.nr & CORDON_X32_BIT;
}

static void call_seccomp(struct task *task)
{
    uint32_t operation = (uint32_t)task->call.args[0], flags = (uint32_t)task->call.args[1];
    uint64_t args = task_pointer(task, 2);
    int64_t result = cordon_seccomp(&task->seccomp, operation, flags, args, is_compat(task));
    if (operation == CORDON_SET_MODE_FILTER)
        report_installed(task, flags, result);
    task_finish(task, result);
}

static void call_prctl(struct task *task)
{
    enum { GET_SECCOMP = 21, SET_SECCOMP = 22 };
    uint32_t option = (uint32_t)task->call.args[0];
    uint64_t mode = task_pointer(task, 1);
    if (option == GET_SECCOMP) {
        task_finish(task, cordon_prctl_get(&task->seccomp));
    } else if (option == SET_SECCOMP) {
        uint64_t args = task_pointer(task, 2);
        int64_t result = cordon_prctl_set(&task->seccomp, mode, args, is_compat(task));
        if (mode == CORDON_MODE_FILTER)
            report_installed(task, 0, result);
        task_finish(task, result);
    } else {
        task_resume(task, 0);
    }
}

static void call_ioctl(struct task *task)
{
    uint32_t request = (uint32_t)task->call.args[1];
    struct cordon_listener *listener =
        task->session->ports ? listener_of(task, (int)task->call.args[0]) : NULL;
    if (!listener) {
        task_resume(task, 0);
        return;
    }
    int64_t result =
        cordon_listener_ioctl(listener, &task->seccomp, request, task_pointer(task, 2));
    if (result == CORDON_WAIT)
        park(task, PARK_IOCTL);
    else
        task_finish(task, result);
}

/* A listener can't be read or written. */
static void call_transfer(struct task *task)
{
    if (view_written(task))
        return;
    if (task->session->ports && listener_of(task, (int)task->call.args[0]))
        task_finish(task, -EINVAL);
    else
        task_resume(task, 0);
}

static void call_socket_only(struct task *task)
{
    if (task->session->ports && listener_of(task, (int)task->call.args[0]))
        task_finish(task, -ENOTSOCK);
    else
        task_resume(task, 0);
}

/* The i386 door to the same; all but socket and socketpair are about a descriptor. */
static void call_socketcall(struct task *task)
{
    enum { SOCKET = 1, SOCKETPAIR = 8 };
    uint32_t which = (uint32_t)task->call.args[0];
    int fd;
    if (task->session->ports && which != SOCKET && which != SOCKETPAIR &&
        !task_copy_in(task, &fd, task_pointer(task, 1), sizeof fd) && listener_of(task, fd))
        task_finish(task, -ENOTSOCK);
    else
        task_resume(task, 0);
}

/* ---- others ---- */

/* Reaching into us would be a way out. */
static void call_process_memory(struct task *task)
{
    if ((pid_t)task->call.args[0] == task->session->tracer)
        task_finish(task, -ESRCH);
    else
        task_resume(task, 0);
}

static void call_open(struct task *task)
{
    task->at_exit = view_opened;
    task_resume(task, 0);
}

/* ---- the table ---- */

static const struct {
    const char *name;
    void (*run)(struct task *task);
} handlers[] = {
    {"", NULL},
    {"seccomp", call_seccomp},
    {"prctl", call_prctl},
    {"ptrace", nested_ptrace},
    {"wait4", nested_wait},
    {"waitid", nested_wait},
    {"waitpid", nested_wait},
    {"ioctl", call_ioctl},
    {"read", call_transfer},
    {"write", call_transfer},
    {"readv", call_transfer},
    {"writev", call_transfer},
    {"recvfrom", call_socket_only},
    {"recvmsg", call_socket_only},
    {"sendto", call_socket_only},
    {"sendmsg", call_socket_only},
    {"shutdown", call_socket_only},
    {"setsockopt", call_socket_only},
    {"getsockopt", call_socket_only},
    {"getsockname", call_socket_only},
    {"getpeername", call_socket_only},
    {"bind", call_socket_only},
    {"connect", call_socket_only},
    {"listen", call_socket_only},
    {"accept", call_socket_only},
    {"accept4", call_socket_only},
    {"sendmmsg", call_socket_only},
    {"recvmmsg", call_socket_only},
    {"socketcall", call_socketcall},
    {"fstat", call_stat},
    {"fstat64", call_stat},
    {"newfstatat", call_stat},
    {"fstatat64", call_stat},
    {"statx", call_stat},
    {"poll", call_poll},
    {"ppoll", call_poll},
    {"ppoll_time64", call_poll},
    {"readlink", call_readlink},
    {"readlinkat", call_readlink},
    {"fork", call_fork},
    {"vfork", call_fork},
    {"clone", call_clone},
    {"clone3", call_clone3},
    {"process_vm_readv", call_process_memory},
    {"process_vm_writev", call_process_memory},
    {"open", call_open},
    {"openat", call_open},
    {"openat2", call_open},
    {"sched_getaffinity", call_getaffinity},
    {"sched_setaffinity", call_setaffinity},
};

enum { TABLE_X86_64, TABLE_I386, TABLE_X32 };
static const enum cordon_abi_id tables[] = {CORDON_ABI_X86_64, CORDON_ABI_I386, CORDON_ABI_X32};

/* Asked by a child: a filter that we are under may kill for it. */
static bool has_x32(void)
{
    int status;
    pid_t child = fork();
    if (child < 0)
        return syscall(CORDON_X32_BIT | SYS_getpid) > 0;
    if (child == 0) {
        (void)prctl(PR_SET_DUMPABLE, 0); /* no core file then */
        _exit(syscall(CORDON_X32_BIT | SYS_getpid) > 0 ? 0 : 1);
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void calls_prepare(struct session *session)
{
    for (int table = 0; table < 3; table++)
        for (uint8_t i = 1; i < sizeof handlers / sizeof *handlers; i++) {
            const char *name = handlers[i].name;
            uint32_t nr = cordon_syscall_nr(cordon_abi(tables[table]),
                                            cordon_syscall_id(name, (uint32_t)strlen(name)));
            if (nr != CORDON_NO_NR && (nr & ~CORDON_X32_BIT) < CALL_TABLE)
                session->handlers[table][nr & ~CORDON_X32_BIT] = i;
        }
    session->has_x32 = has_x32();
}

void call_run(struct task *task)
{
    const struct session *session = task->session;
    uint32_t nr = (uint32_t)task->call.nr;
    int table = task_is_i386(task) ? TABLE_I386 : TABLE_X86_64;
    if (table == TABLE_X86_64 && nr & CORDON_X32_BIT && nr != UINT32_MAX) {
        table = session->has_x32 ? TABLE_X32 : -1; /* without it they are calls of no ABI */
        nr &= ~CORDON_X32_BIT;
    }
    void (*run)(struct task * task) = NULL;
    if (table >= 0 && nr < sizeof session->handlers[0])
        run = handlers[session->handlers[table][nr]].run;
    if (run)
        run(task);
    else
        task_resume(task, 0);
}
