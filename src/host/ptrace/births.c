/* SPDX-License-Identifier: MIT */
/*
 * births.c: calls that create threads and processes, which must not escape by CLONE_UNTRACED.
 *
 * The flags of clone3(2) are in memory, where another thread could add CLONE_UNTRACED after they
 * were checked. Where clone(2) can do the same, it is called instead, with all arguments in
 * registers. Otherwise the kernel reads a copy that can't be written: a sealed file, mapped
 * read-only. A process that shares its memory could map something else there, so for it clone3
 * fails as on a kernel without it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calls.h"
#include "inject.h"
#include "next.h"
#include "proc.h"
#include "task.h"
#include "tracee.h"

struct clone_args { /* include/uapi/linux/sched.h */
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
    uint64_t set_tid, set_tid_size, cgroup;
};
#define ARGS_LEAST 64
#define ARGS_MOST  4096
#define DETACHED   0x400000 /* CLONE_DETACHED, unknown to clone3 */

struct next call_fork(struct task *task, const struct pass *pass)
{
    task->clone_flags = 0;
    task->state = STATE_CREATING;
    return next_call(pass);
}

/* After the call, in parent and child: number and arguments are the program's own again, also for
 * the kernel, which repeats a call that a signal has interrupted. */
void clone_restore(struct task *task)
{
    struct machine_regs regs;
    task->restore = false;
    if (!task_regs(task, &regs))
        return;
    machine_set_call(&regs, task->call.nr);
    machine_set_arguments(&regs, task_is_compat(task), task->call.args);
    task_set_regs(task, &regs);
}

static struct next cloned(struct task *task)
{
    clone_restore(task);
    return next_done();
}

/* Makes the call with other registers than the program's. */
static struct next give_birth(struct task *task, uint32_t flags,
                              struct next (*after)(struct task *task), const struct pass *pass)
{
    task->clone_flags = flags;
    task->state = STATE_CREATING;
    task->restore = true;
    task->at_exit = after;
    return next_call(pass);
}

struct next call_clone(struct task *task, const struct pass *pass)
{
    uint32_t flags = (uint32_t)task->call.args[0];
    struct machine_regs regs;
    if (flags & CLONE_UNTRACED && task_regs(task, &regs)) {
        machine_set_argument(&regs, task_is_compat(task), 0,
                             task->call.args[0] & ~(uint64_t)CLONE_UNTRACED);
        task_set_regs(task, &regs);
        return give_birth(task, flags, cloned, pass);
    }
    task->clone_flags = flags;
    task->state = STATE_CREATING;
    return next_call(pass);
}

/* ---- clone3 ---- */

/* Can clone(2) do the same, and would the kernel accept the arguments of clone3(2)? */
static bool fits_clone(const struct clone_args *args)
{
    bool one_place = !(args->flags & CLONE_PIDFD) || !(args->flags & CLONE_PARENT_SETTID);
    bool silent = args->flags & (CLONE_THREAD | CLONE_PARENT);
    return !(args->flags >> 32) && !(args->flags & (0xff | DETACHED)) && one_place &&
           !args->set_tid && !args->set_tid_size && !args->cgroup && args->exit_signal <= 64 &&
           !(silent && args->exit_signal) && !args->stack == !args->stack_size;
}

static struct next as_clone(struct task *task, const struct clone_args *args,
                            const struct pass *pass)
{
    struct machine_regs regs;
    bool compat = task_is_compat(task);
    uint64_t parent_tid = args->flags & CLONE_PIDFD ? args->pidfd : args->parent_tid;
    uint64_t flags = (args->flags & ~(uint64_t)CLONE_UNTRACED) | args->exit_signal;
    uint64_t stack = args->stack ? args->stack + args->stack_size : 0;
    if (task_regs(task, &regs)) {
        machine_set_call(&regs, machine_nr(compat, CALL_CLONE));
        machine_set_clone(&regs, compat, flags, stack, parent_tid, args->child_tid, args->tls);
        task_set_regs(task, &regs);
    }
    return give_birth(task, (uint32_t)args->flags, cloned, pass);
}

/* A read-only descriptor for a sealed file with these bytes, or -1. */
static int sealed_file(const void *bytes, size_t size)
{
    int file = memfd_create("clone_args", MFD_CLOEXEC | MFD_ALLOW_SEALING), reader = -1;
    if (file >= 0 && write(file, bytes, size) == (ssize_t)size &&
        !fcntl(file, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE))
        reader = proc_reopen(file, O_RDONLY);
    if (file >= 0)
        close(file);
    return reader;
}

/* Their address in the thread, not inherited by its children; 0: out of memory. */
static uint64_t map_sealed(struct task *task, const void *bytes, size_t size)
{
    uint64_t address = descriptor_map(task, sealed_file(bytes, size), ARGS_MOST);
    if (address)
        task_inject(task, CALL_MADVISE, address, ARGS_MOST, MADV_DONTFORK, 0, 0);
    return address;
}

static struct next sealed_cloned(struct task *task)
{
    int64_t result;
    if (!task_result(task, &result))
        return next_stand();
    clone_restore(task);
    task_inject_keep(task);
    task_scratch_free(task, task->sealed);
    task->sealed = 0;
    if (machine_is_restart(result)) /* SIGSTOP has interrupted it: from the beginning, judged */
        return call_again(task);
    task_inject_end(task);
    return next_done();
}

/*
 * Makes the call with the address of the copy. Signals are blocked from before the copy exists to
 * after the call, so no handler can learn the address and map something else there.
 */
static struct next from_sealed(struct task *task, const void *bytes, size_t size, uint32_t flags)
{
    task->sealed = map_sealed(task, bytes, size);
    if (!task->sealed)
        return call_finish(task, -ENOSYS);
    uint64_t args[CORDON_ARGS];
    memcpy(args, task->call.args, sizeof args);
    args[0] = task->sealed;
    return give_birth(task, flags, sealed_cloned, task_inject_entry(task, task->call.nr, args));
}

struct next call_clone3(struct task *task, const struct pass *pass)
{
    struct clone_args args = {0};
    unsigned char bytes[ARGS_MOST];
    uint64_t size = task->call.args[1], from = task_pointer(task, 0);
    if (size < ARGS_LEAST || size > ARGS_MOST)
        return call_finish(task, size < ARGS_LEAST ? -EINVAL : -E2BIG);
    if (task_copy_in(task, bytes, from, size)) {
        if (task_touch(task, from, size))
            return call_again_judged(task);
        /* The C library uses clone(2) then, whose flags are in a register. */
        return call_finish(task, proc_is_closed(task->tid) ? -ENOSYS : -EFAULT);
    }
    memcpy(&args, bytes, size < sizeof args ? size : sizeof args);
    if (size <= sizeof args && fits_clone(&args))
        return as_clone(task, &args, pass);
    if (process_shares_memory(task->process))
        return call_finish(task, -ENOSYS);
    uint32_t flags = (uint32_t)args.flags;
    args.flags &= ~(uint64_t)CLONE_UNTRACED;
    memcpy(bytes, &args.flags, sizeof args.flags);
    return from_sealed(task, bytes, size, flags);
}
