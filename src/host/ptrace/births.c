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

#include "proc.h"
#include "session.h"

struct clone_args { /* include/uapi/linux/sched.h */
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
    uint64_t set_tid, set_tid_size, cgroup;
};
#define ARGS_LEAST 64
#define ARGS_MOST  4096
#define DETACHED   0x400000 /* CLONE_DETACHED, unknown to clone3 */

void call_fork(struct task *task)
{
    task->clone_flags = 0;
    task->births = true;
    task_resume(task, 0);
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

static void cloned(struct task *task)
{
    clone_restore(task);
    exit_go_on(task);
}

/* Makes the call with other registers than the program's. */
static void give_birth(struct task *task, uint32_t flags, void (*after)(struct task *task))
{
    task->clone_flags = flags;
    task->births = task->restore = true;
    task->at_exit = after;
    task_resume(task, 0);
}

void call_clone(struct task *task)
{
    uint32_t flags = (uint32_t)task->call.args[0];
    struct machine_regs regs;
    if (flags & CLONE_UNTRACED && task_regs(task, &regs)) {
        machine_set_argument(&regs, task_is_compat(task), 0,
                             task->call.args[0] & ~(uint64_t)CLONE_UNTRACED);
        task_set_regs(task, &regs);
        give_birth(task, flags, cloned);
    } else {
        task->clone_flags = flags;
        task->births = true;
        task_resume(task, 0);
    }
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

static void as_clone(struct task *task, const struct clone_args *args)
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
    give_birth(task, (uint32_t)args->flags, cloned);
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
    int file = sealed_file(bytes, size);
    if (file < 0)
        return 0;
    int theirs = descriptor_install(task, file, false, 0, true);
    close(file);
    if (theirs < 0)
        return 0;
    long address = task_inject_mmap(task, PROT_READ, MAP_SHARED, theirs);
    task_inject(task, CALL_CLOSE, (uint64_t)theirs, 0, 0, 0, 0);
    if (address)
        task_inject(task, CALL_MADVISE, (uint64_t)address, ARGS_MOST, MADV_DONTFORK, 0, 0);
    return (uint64_t)address;
}

static void sealed_cloned(struct task *task)
{
    int64_t result;
    if (!task_result(task, &result))
        return;
    clone_restore(task);
    task_inject_keep(task);
    task_scratch_free(task, task->sealed);
    task->sealed = 0;
    if (machine_is_restart(result)) { /* SIGSTOP has interrupted it: from the beginning, judged */
        task_again(task);
        task->skip_judge = false;
        return;
    }
    task_inject_end(task);
    exit_go_on(task);
}

/*
 * Makes the call with the address of the copy. Signals are blocked from before the copy exists to
 * after the call, so no handler can learn the address and map something else there.
 */
static void from_sealed(struct task *task, const void *bytes, size_t size, uint32_t flags)
{
    task->sealed = map_sealed(task, bytes, size);
    if (!task->sealed) {
        task_finish(task, -ENOSYS);
        return;
    }
    uint64_t args[CORDON_ARGS];
    memcpy(args, task->call.args, sizeof args);
    args[0] = task->sealed;
    if (task_inject_entry(task, task->call.nr, args))
        give_birth(task, flags, sealed_cloned);
}

void call_clone3(struct task *task)
{
    struct clone_args args = {0};
    unsigned char bytes[ARGS_MOST];
    uint64_t size = task->call.args[1], from = task_pointer(task, 0);
    if (size < ARGS_LEAST || size > ARGS_MOST) {
        task_finish(task, size < ARGS_LEAST ? -EINVAL : -E2BIG);
        return;
    }
    if (task_copy_in(task, bytes, from, size)) {
        if (task_touch(task, from, size))
            task_again(task);
        else /* the C library uses clone(2) then, whose flags are in a register */
            task_finish(task, proc_is_closed(task->tid) ? -ENOSYS : -EFAULT);
        return;
    }
    memcpy(&args, bytes, size < sizeof args ? size : sizeof args);
    if (size <= sizeof args && fits_clone(&args)) {
        as_clone(task, &args);
    } else if (process_shares_memory(task->process)) {
        task_finish(task, -ENOSYS);
    } else {
        uint32_t flags = (uint32_t)args.flags;
        args.flags &= ~(uint64_t)CLONE_UNTRACED;
        memcpy(bytes, &args.flags, sizeof args.flags);
        from_sealed(task, bytes, size, flags);
    }
}
