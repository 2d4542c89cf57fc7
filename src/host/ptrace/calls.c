/* SPDX-License-Identifier: MIT */
/* calls.c: the calls that the emulation changes: those of the facility, those that create threads,
 * and those that would reveal the tracer. */
#include <errno.h>
#include <string.h>

#include "calls.h"
#include "facility.h"
#include "inject.h"
#include "nested.h"
#include "next.h"
#include "park.h"
#include "report.h"
#include "task.h"
#include "tracee.h"
#include "trap.h"
#include "trap_program.h"

/* ---- the facility ---- */

/* Are pointers in its struct sock_fprog 32 bits wide? */
static bool is_narrow(const struct task *task)
{
    return machine_has_narrow_pointers(task->call.arch, (uint32_t)task->call.nr);
}

/* After a request to install a filter. */
static void installed(struct task *task, uint32_t flags, int64_t result)
{
    bool failed = result < 0 || (result > 0 && !(flags & CORDON_FLAG_NEW_LISTENER));
    report_installed(task, flags, result);
    if (!failed)
        trap_installed(task, flags);
}

/* Does what the engine has asked the thread for, which the engine doesn't wait for. */
static struct next finish_facility(struct task *task, int64_t result)
{
    enum { SET_TSC = 26, TSC_SIGSEGV = 2 };
    listener_settle(task);
    if (task->wants_tsc)
        task_inject(task, CALL_PRCTL, SET_TSC, TSC_SIGSEGV, 0, 0, 0);
    task->wants_tsc = false;
    return call_finish(task, result);
}

/* Lets the thread touch a program that isn't in memory yet; true: it did. */
static bool touch_program(struct task *task, uint64_t header)
{
    bool narrow = is_narrow(task);
    uint64_t words[2] = {0};
    size_t size = narrow ? 8 : 16;
    if (!task->session->memory_waits)
        return false;
    if (task_copy_in(task, words, header, size))
        return task_touch(task, header, size);
    uint64_t from = narrow ? words[0] >> 32 : words[1];
    char byte;
    for (uint64_t at = from; at < from + (uint16_t)words[0] * UINT64_C(8); at += 8)
        if (task_copy_in(task, &byte, at, sizeof byte))
            return task_touch(task, at, sizeof byte);
    return false;
}

static struct next call_seccomp(struct task *task, const struct pass *pass)
{
    (void)pass; /* the engine answers */
    uint32_t operation = (uint32_t)task->call.args[0], flags = (uint32_t)task->call.args[1];
    uint64_t args = task_pointer(task, 2);
    if (operation == CORDON_SET_MODE_FILTER && touch_program(task, args))
        return call_again_judged(task);
    if (operation == CORDON_SET_MODE_FILTER && flags & CORDON_FLAG_NEW_LISTENER)
        listener_prepare(task);
    int64_t result = cordon_seccomp(&task->seccomp, operation, flags, args, is_narrow(task));
    if (operation == CORDON_SET_MODE_FILTER)
        installed(task, flags, result);
    return finish_facility(task, result);
}

/* PR_SET_NO_NEW_PRIVS and PR_GET_NO_NEW_PRIVS where the kernel's is ours. */
static struct next call_no_new_privs(struct task *task, bool get, const struct pass *pass)
{
    const uint64_t *args = task->call.args;
    if (args[1] == !get && !args[2] && !args[3] && !args[4]) {
        task->trap.no_new_privs |= !get;
        return call_finish(task, get ? task->trap.no_new_privs : 0);
    }
    return next_call(pass);
}

static struct next call_prctl(struct task *task, const struct pass *pass)
{
    enum { SET_NO_NEW_PRIVS = 38, GET_NO_NEW_PRIVS = 39 };
    enum { GET_SECCOMP = 21, SET_SECCOMP = 22, SET_PTRACER = 0x59616d61 };
    uint32_t option = (uint32_t)task->call.args[0];
    uint64_t mode = task_pointer(task, 1);
    if (option == GET_SECCOMP)
        return call_finish(task, cordon_prctl_get(&task->seccomp));
    if (option == SET_SECCOMP) {
        uint64_t args = task_pointer(task, 2);
        int64_t result = cordon_prctl_set(&task->seccomp, mode, args, is_narrow(task));
        if (mode == CORDON_MODE_FILTER)
            installed(task, 0, result);
        return finish_facility(task, result);
    }
    if (task->session->hides_no_new_privs &&
        (option == SET_NO_NEW_PRIVS || option == GET_NO_NEW_PRIVS))
        return call_no_new_privs(task, option == GET_NO_NEW_PRIVS, pass);
    if (option == SET_PTRACER)
        nested_set_wanted(task, task->call.args[1]);
    return next_call(pass);
}

/* A supervisor that sleeps asks again. */
static int64_t ask_listener(struct task *task)
{
    uint32_t request = (uint32_t)task->call.args[1];
    if (CORDON_IOCTL_IS_ADDFD(request))
        return cordon_addfd_finish(&task->seccomp);
    struct cordon_listener *listener = listener_of(task, (int)task->call.args[0]);
    return listener ? cordon_listener_ioctl(listener, &task->seccomp, request, task->call.args[2])
                    : -EBADF;
}

static struct next call_ioctl(struct task *task, const struct pass *pass)
{
    enum { NEW_USERFAULTFD = 0xaa00 }; /* of /dev/userfaultfd */
    uint32_t request = (uint32_t)task->call.args[1];
    if (request == NEW_USERFAULTFD)
        task->session->memory_waits = true;
    struct cordon_listener *listener =
        task->session->ports ? listener_of(task, (int)task->call.args[0]) : NULL;
    if (!listener)
        return next_call(pass);
    task->process->holds = true;
    int64_t result =
        cordon_listener_ioctl(listener, &task->seccomp, request, task_pointer(task, 2));
    return result == CORDON_WAIT ? park(task, PARK_IOCTL, ask_listener) : call_finish(task, result);
}

/* A listener can't be read or written. */
static struct next call_transfer(struct task *task, const struct pass *pass)
{
    int64_t result;
    if (view_written(task, &result))
        return call_finish(task, result);
    if (task->session->ports && listener_of(task, (int)task->call.args[0]))
        return call_finish(task, -EINVAL);
    return next_call(pass);
}

static struct next call_socket_only(struct task *task, const struct pass *pass)
{
    if (task->session->ports && listener_of(task, (int)task->call.args[0]))
        return call_finish(task, -ENOTSOCK);
    return next_call(pass);
}

/* All its sub-calls except socket and socketpair take a descriptor. */
static struct next call_socketcall(struct task *task, const struct pass *pass)
{
    enum { SOCKET = 1, SOCKETPAIR = 8 };
    uint32_t which = (uint32_t)task->call.args[0];
    int fd;
    if (task->session->ports && which != SOCKET && which != SOCKETPAIR &&
        !task_copy_in(task, &fd, task_pointer(task, 1), sizeof fd) && listener_of(task, fd))
        return call_finish(task, -ENOTSOCK);
    return next_call(pass);
}

/* ---- others ---- */

/* From now on, memory may be behind somebody who doesn't answer. */
static struct next call_userfaultfd(struct task *task, const struct pass *pass)
{
    task->session->memory_waits = true;
    return next_call(pass);
}

static struct next call_open(struct task *task, const struct pass *pass)
{
    if (task->session->can_be_reached || view_is_concerned(task))
        task->at_exit = view_opened;
    return next_call(pass);
}

/* ---- the table ---- */

static const struct {
    const char *name;
    struct next (*run)(struct task *task, const struct pass *pass);
} handlers[] = {
    {"", NULL},
    {"seccomp", call_seccomp},
    {"prctl", call_prctl},
    {"ptrace", call_ptrace},
    {"wait4", call_wait},
    {"waitid", call_wait},
    {"waitpid", call_wait},
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
    {"process_vm_readv", call_by_id},
    {"process_vm_writev", call_by_id},
    {"prlimit64", call_by_id},
    {"kill", call_kill},
    {"tkill", call_kill},
    {"tgkill", call_tgkill},
    {"rt_sigqueueinfo", call_kill},
    {"rt_tgsigqueueinfo", call_tgkill},
    {"migrate_pages", call_by_id},
    {"move_pages", call_by_id},
    {"sched_setscheduler", call_by_id},
    {"sched_setattr", call_by_id},
    {"sched_setparam", call_by_id},
    {"get_robust_list", call_by_id},
    {"setpriority", call_by_second_id},
    {"ioprio_set", call_by_second_id},
    {"perf_event_open", call_by_second_id},
    {"kcmp", call_by_two_ids},
    {"setns", call_by_pidfd},
    {"pidfd_getfd", call_by_pidfd},
    {"pidfd_send_signal", call_pidfd_signal},
    {"process_madvise", call_by_pidfd},
    {"process_mrelease", call_by_pidfd},
    {"io_uring_setup", call_uring},
    {"userfaultfd", call_userfaultfd},
    {"open", call_open},
    {"openat", call_open},
    {"openat2", call_open},
    {"sched_getaffinity", call_getaffinity},
    {"sched_setaffinity", call_setaffinity},
};

void calls_see(struct trap_table *table)
{
    trap_table_begin(table);
    for (size_t i = 1; i < sizeof handlers / sizeof *handlers; i++)
        trap_table_see(table, handlers[i].name);
}

void calls_prepare(struct session *session)
{
    for (int abi = 0; abi < MACHINE_ABIS && machine_abis[abi] != CORDON_ABI_COUNT; abi++) {
        const struct cordon_abi *facts = cordon_abi(machine_abis[abi]);
        for (uint8_t i = 1; i < sizeof handlers / sizeof *handlers; i++) {
            const char *name = handlers[i].name;
            uint32_t nr = cordon_syscall_nr(facts, cordon_syscall_id(name, (uint32_t)strlen(name)));
            if (nr != CORDON_NO_NR && nr - facts->nr_first < CALL_TABLE)
                session->handlers[abi][nr - facts->nr_first] = i;
        }
        session->has_abi[abi] = machine_has_abi(machine_abis[abi]);
    }
}

struct next call_run(struct task *task, const struct pass *pass)
{
    const struct session *session = task->session;
    uint32_t nr = (uint32_t)task->call.nr;
    int abi = machine_abi_of(task->call.arch, nr);
    struct next (*run)(struct task * task, const struct pass *pass) = NULL;
    if (abi >= 0 && session->has_abi[abi]) {
        nr -= cordon_abi(machine_abis[abi])->nr_first;
        if (nr < CALL_TABLE)
            run = handlers[session->handlers[abi][nr]].run;
    }
    return run ? run(task, pass) : next_call(pass);
}
