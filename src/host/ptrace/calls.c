/* SPDX-License-Identifier: MIT */
/* calls.c: the calls that mean something here: the facility's own, births, and those that would show
 * that another traces. */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "session.h"

/* ---- the facility ------------------------------------------------------------------------------- */

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
    enum { GET_SECCOMP = 21, SET_SECCOMP = 22, GET_NO_NEW_PRIVS = 39 };
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
    int64_t result = cordon_listener_ioctl(listener, &task->seccomp, request, task_pointer(task, 2));
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

/* ---- births: nobody is born out of our sight ------------------------------------------------------ */

struct clone_args { /* include/uapi/linux/sched.h */
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
    uint64_t set_tid, set_tid_size, cgroup;
};
#define CLONE_ARGS_LEAST 64
#define NEW_TIME         0x80 /* CLONE_NEWTIME, whose bit means something else to clone(2) */

static void call_fork(struct task *task)
{
    task->clone_flags = 0;
    task->births = true;
    task_resume(task, 0);
}

static void call_clone(struct task *task)
{
    task->clone_flags = (uint32_t)task->call.args[0];
    task->births = true;
    if (task->clone_flags & CLONE_UNTRACED) {
        struct user_regs_struct regs;
        if (task_regs(task, &regs)) {
            *(task_is_i386(task) ? &regs.rbx : &regs.rdi) &= ~(uint64_t)CLONE_UNTRACED;
            task_set_regs(task, &regs);
        }
    }
    task_resume(task, 0);
}

/* Can clone(2) say the same, with all of it in registers? */
static bool fits_clone(const struct clone_args *args)
{
    bool one_place = !(args->flags & CLONE_PIDFD) || !(args->flags & CLONE_PARENT_SETTID);
    return !(args->flags >> 32) && !(args->flags & NEW_TIME) && one_place && !args->set_tid &&
           !args->set_tid_size && !args->cgroup && args->exit_signal <= 64 &&
           !args->stack == !args->stack_size;
}

/* Behind the call the registers are the program's again; in the child too. */
void clone_restore(struct task *task)
{
    struct user_regs_struct regs;
    const uint64_t *args = task->call.args;
    task->restore = false;
    if (!task_regs(task, &regs))
        return;
    if (task_is_i386(task)) {
        regs.rbx = args[0], regs.rcx = args[1], regs.rdx = args[2];
        regs.rsi = args[3], regs.rdi = args[4], regs.rbp = args[5];
    } else {
        regs.rdi = args[0], regs.rsi = args[1], regs.rdx = args[2];
        regs.r10 = args[3], regs.r8 = args[4], regs.r9 = args[5];
    }
    task_set_regs(task, &regs);
}

static void cloned(struct task *task)
{
    clone_restore(task);
    exit_go_on(task);
}

static void as_clone(struct task *task, const struct clone_args *args)
{
    enum { I386_CLONE = 120 };
    struct user_regs_struct regs;
    uint64_t parent_tid = args->flags & CLONE_PIDFD ? args->pidfd : args->parent_tid;
    uint64_t flags = (args->flags & ~(uint64_t)CLONE_UNTRACED) | args->exit_signal;
    uint64_t stack = args->stack ? args->stack + args->stack_size : 0;
    if (task_regs(task, &regs)) {
        regs.orig_rax = (uint64_t)task_nr(task, SYS_clone, I386_CLONE);
        if (task_is_i386(task)) {
            regs.rbx = flags, regs.rcx = stack, regs.rdx = parent_tid;
            regs.rsi = args->tls, regs.rdi = args->child_tid;
        } else {
            regs.rdi = flags, regs.rsi = stack, regs.rdx = parent_tid;
            regs.r10 = args->child_tid, regs.r8 = args->tls;
        }
        task_set_regs(task, &regs);
    }
    task->restore = true;
    task->at_exit = cloned;
    task_resume(task, 0);
}

/*
 * The flags of clone3 stand in memory, where another thread could add CLONE_UNTRACED behind our back:
 * what clone(2) can say too is said with it. What it can't is refused where there are other threads, as
 * a kernel without clone3 does.
 */
static void call_clone3(struct task *task)
{
    struct clone_args args = {0};
    uint64_t size = task->call.args[1], from = task_pointer(task, 0);
    if (size < CLONE_ARGS_LEAST || size > 4096) {
        task_finish(task, size < CLONE_ARGS_LEAST ? -EINVAL : -E2BIG);
        return;
    }
    if (task_copy_in(task, &args, from, size < sizeof args ? size : sizeof args)) {
        task_finish(task, -EFAULT);
        return;
    }
    task->clone_flags = (uint32_t)args.flags;
    task->births = true;
    if (fits_clone(&args)) {
        as_clone(task, &args);
    } else if (task->process->live > 1) {
        task_finish(task, -ENOSYS);
    } else {
        uint64_t flags = args.flags & ~(uint64_t)CLONE_UNTRACED;
        if (flags != args.flags)
            task_copy_out(task, from, &flags, sizeof flags);
        task_resume(task, 0);
    }
}

/* ---- others ------------------------------------------------------------------------------------- */

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

/* ---- the table ------------------------------------------------------------------------------------ */

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
    session->has_x32 = syscall(CORDON_X32_BIT | SYS_getpid) > 0;
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
