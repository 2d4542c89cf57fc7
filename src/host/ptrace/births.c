/* SPDX-License-Identifier: MIT */
/*
 * births.c: nobody is born out of our sight, which CLONE_UNTRACED would bring about.
 *
 * The flags of clone3(2) stand in memory, where others could add it behind our back. What clone(2)
 * can say too is said with it, all in registers. For the rest the kernel reads a copy that nobody
 * can write: a sealed file, mapped to be read. Others with the same memory could put something else
 * in its place, so to them clone3 is refused, as by a kernel that hasn't got it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

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

/* The call is made with registers that aren't the program's. */
static void give_birth(struct task *task, uint32_t flags, void (*behind)(struct task *task))
{
    task->clone_flags = flags;
    task->births = task->restore = true;
    task->at_exit = behind;
    task_resume(task, 0);
}

void call_clone(struct task *task)
{
    uint32_t flags = (uint32_t)task->call.args[0];
    struct user_regs_struct regs;
    if (flags & CLONE_UNTRACED && task_regs(task, &regs)) {
        *(task_is_i386(task) ? &regs.rbx : &regs.rdi) &= ~(uint64_t)CLONE_UNTRACED;
        task_set_regs(task, &regs);
        give_birth(task, flags, cloned);
    } else {
        task->clone_flags = flags;
        task->births = true;
        task_resume(task, 0);
    }
}

/* ---- clone3 ---- */

/* Can clone(2) say the same, with all of it in registers, and would the kernel take it? */
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
    give_birth(task, (uint32_t)args->flags, cloned);
}

/* A file with these bytes that can't be changed any more, opened to be read; or -1. */
static int sealed_file(const void *bytes, size_t size)
{
    char path[64];
    int file = memfd_create("clone_args", MFD_CLOEXEC | MFD_ALLOW_SEALING), reader = -1;
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (file >= 0 && write(file, bytes, size) == (ssize_t)size &&
        !fcntl(file, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE))
        reader = open(path, O_RDONLY | O_CLOEXEC);
    if (file >= 0)
        close(file);
    return reader;
}

/* Where the thread finds them, not in its children; 0: there is no room. */
static uint64_t map_sealed(struct task *task, const void *bytes, size_t size)
{
    enum { I386_MADVISE = 219, I386_CLOSE = 6 };
    int file = sealed_file(bytes, size);
    if (file < 0)
        return 0;
    int theirs = descriptor_install(task, file, false, 0, true);
    close(file);
    if (theirs < 0)
        return 0;
    long address = task_inject_mmap(task, PROT_READ, MAP_SHARED, theirs);
    task_inject(task, task_nr(task, SYS_close, I386_CLOSE), (uint64_t)theirs, 0, 0, 0, 0);
    if (address)
        task_inject(task, task_nr(task, SYS_madvise, I386_MADVISE), (uint64_t)address, ARGS_MOST,
                    MADV_DONTFORK, 0, 0);
    return (uint64_t)address;
}

static void sealed_cloned(struct task *task)
{
    clone_restore(task);
    task_scratch_free(task, task->sealed);
    task_inject_end(task);
    task->sealed = 0;
    exit_go_on(task);
}

/* The call comes again, with the address of the copy. */
static void from_sealed(struct task *task, const void *bytes, size_t size)
{
    uint64_t pointer = task->call.args[0];
    task->sealed = map_sealed(task, bytes, size);
    if (!task->sealed) {
        task_finish(task, -ENOSYS);
        return;
    }
    task->sealed_for = pointer;
    task->call.args[0] = task->sealed;
    task_inject_end(task);
    struct user_regs_struct regs;
    if (task_regs(task, &regs)) {
        *(task_is_i386(task) ? &regs.rbx : &regs.rdi) = task->sealed;
        task_set_regs(task, &regs);
    }
    task_again(task);
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
        task_finish(task, -EFAULT);
        return;
    }
    memcpy(&args, bytes, size < sizeof args ? size : sizeof args);
    if (task->sealed && from == task->sealed) {
        task->call.args[0] = task->sealed_for;
        give_birth(task, (uint32_t)args.flags, sealed_cloned);
    } else if (size <= sizeof args && fits_clone(&args)) {
        as_clone(task, &args);
    } else if (process_shares_memory(task->process)) {
        task_finish(task, -ENOSYS);
    } else {
        args.flags &= ~(uint64_t)CLONE_UNTRACED;
        memcpy(bytes, &args.flags, sizeof args.flags);
        from_sealed(task, bytes, size);
    }
}
