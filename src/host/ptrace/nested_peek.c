/* SPDX-License-Identifier: MIT */
/* nested_peek.c: what a tracer among the traced asks about a stopped thread: asked of the kernel,
 * and handed on. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nested.h"
#include "proc.h"

#define LARGEST_SET 16384 /* of registers: NT_X86_XSTATE */

static int64_t ask(struct task *task, int request, uint64_t address, void *data)
{
    errno = 0;
    long result =
        ptrace((enum __ptrace_request)request, task->tid, (void *)(uintptr_t)address, data);
    return errno ? -errno : result;
}

/* A request that fills a buffer of a fixed size, or reads one. */
static int64_t get(struct task *tracer, struct task *task, int request, uint64_t address,
                   uint64_t data, size_t size)
{
    unsigned char buffer[1024] = {0};
    int64_t result = ask(task, request, address, buffer);
    if (result < 0)
        return result;
    return task_copy_out(tracer, data, buffer, size) ? -EFAULT : result;
}

static int64_t set(struct task *tracer, struct task *task, int request, uint64_t address,
                   uint64_t data, size_t size)
{
    unsigned char buffer[1024] = {0};
    if (task_copy_in(tracer, buffer, data, size))
        return -EFAULT;
    return ask(task, request, address, buffer);
}

/* The result goes to memory: that is how the system call differs from the library's function. */
static int64_t peek_word(struct task *tracer, struct task *task, int request, uint64_t address,
                         uint64_t data)
{
    errno = 0;
    long word = ptrace((enum __ptrace_request)request, task->tid, (void *)(uintptr_t)address, NULL);
    if (errno)
        return -errno;
    return task_copy_out(tracer, data, &word, sizeof word) ? -EFAULT : 0;
}

int64_t nested_register_set(struct task *tracer, struct task *task, int request, uint64_t type,
                            uint64_t base, uint64_t *length)
{
    size_t size = *length < LARGEST_SET ? *length : LARGEST_SET;
    unsigned char *buffer = calloc(1, LARGEST_SET);
    struct iovec ours = {buffer, size};
    int64_t result = buffer ? 0 : -ENOMEM;
    if (!result && request == PTRACE_SETREGSET && task_copy_in(tracer, buffer, base, size))
        result = -EFAULT;
    if (!result)
        result = ask(task, request, type, &ours);
    if (result >= 0 && request == PTRACE_GETREGSET &&
        task_copy_out(tracer, base, buffer, ours.iov_len))
        result = -EFAULT;
    *length = ours.iov_len;
    free(buffer);
    return result;
}

static int64_t register_set(struct task *tracer, struct task *task, int request, uint64_t type,
                            uint64_t data)
{
    struct iovec theirs;
    if (task_copy_in(tracer, &theirs, data, sizeof theirs))
        return -EFAULT;
    uint64_t length = theirs.iov_len;
    int64_t result = nested_register_set(tracer, task, request, type,
                                         (uint64_t)(uintptr_t)theirs.iov_base, &length);
    theirs.iov_len = length;
    if (result >= 0 && task_copy_out(tracer, data, &theirs, sizeof theirs))
        result = -EFAULT;
    return result;
}

/* As the kernel makes it for a stop that isn't a signal (ptrace_do_notify() in kernel/signal.c). */
static int64_t stop_siginfo(struct task *tracer, struct task *task, uint64_t data)
{
    siginfo_t info = {0};
    if (task->nested.shown == SHOWN_GROUP && !task->nested.seized)
        return -EINVAL; /* a group stop has none */
    if (task->nested.shown == SHOWN_SIGNAL) {
        int64_t result = ask(task, PTRACE_GETSIGINFO, 0, &info);
        return result < 0 ? result : nested_put_siginfo(tracer, data, &info);
    }
    info.si_signo = WSTOPSIG(task->nested.status) & 0x7f;
    info.si_code = task->nested.status >> 8;
    info.si_pid = task_id_for(tracer, task);
    info.si_uid = proc_status(task->tid).uid;
    return nested_put_siginfo(tracer, data, &info);
}

/* A thread that waits for its tracer's answer to TRACE stands at an entry stop of ours. */
static int64_t syscall_info(struct task *tracer, struct task *task, uint64_t size, uint64_t data)
{
    struct __ptrace_syscall_info info = {0};
    int64_t result = ask(task, PTRACE_GET_SYSCALL_INFO, sizeof info, &info);
    if (result < 0)
        return result;
    bool is_call = task->nested.shown == SHOWN_ENTRY || task->nested.shown == SHOWN_EXIT;
    if (task->nested.shown == SHOWN_SECCOMP) {
        info.op = PTRACE_SYSCALL_INFO_SECCOMP;
        info.seccomp.ret_data = task->nested.decision.data;
        result = (char *)(&info.seccomp.ret_data + 1) - (char *)&info;
    } else if (!is_call || !(task->nested.options & PTRACE_O_TRACESYSGOOD)) {
        info.op = PTRACE_SYSCALL_INFO_NONE;
        result = (char *)&info.entry - (char *)&info;
    }
    if (task_copy_out(tracer, data, &info, size < (uint64_t)result ? size : (size_t)result))
        return -EFAULT;
    return result;
}

int64_t nested_peek(struct task *tracer, struct task *task, int request, uint64_t address,
                    uint64_t data)
{
    int64_t result;
    if (task_is_i386(tracer) && nested_peek_i386(tracer, task, request, address, data, &result))
        return result;
    switch (request) {
    case PTRACE_PEEKTEXT:
    case PTRACE_PEEKDATA:
    case PTRACE_PEEKUSER:
        return peek_word(tracer, task, request, address, data);
    case PTRACE_POKETEXT:
    case PTRACE_POKEDATA:
    case PTRACE_POKEUSER:
        return ask(task, request, address, (void *)(uintptr_t)data);
    case PTRACE_GETREGS:
        return get(tracer, task, request, address, data, sizeof(struct user_regs_struct));
    case PTRACE_SETREGS:
        return set(tracer, task, request, address, data, sizeof(struct user_regs_struct));
    case PTRACE_GETFPREGS:
        return get(tracer, task, request, address, data, sizeof(struct user_fpregs_struct));
    case PTRACE_SETFPREGS:
        return set(tracer, task, request, address, data, sizeof(struct user_fpregs_struct));
    case PTRACE_GETREGSET:
    case PTRACE_SETREGSET:
        return register_set(tracer, task, request, address, data);
    case PTRACE_GETEVENTMSG:
        return task_copy_out(tracer, data, &task->nested.message, sizeof task->nested.message)
                   ? -EFAULT
                   : 0;
    case PTRACE_GETSIGINFO:
        return stop_siginfo(tracer, task, data);
    case PTRACE_SETSIGINFO:
        return set(tracer, task, request, 0, data, sizeof(siginfo_t));
    case PTRACE_GETSIGMASK:
        return address == 8 ? get(tracer, task, request, address, data, 8) : -EINVAL;
    case PTRACE_SETSIGMASK:
        return address == 8 ? set(tracer, task, request, address, data, 8) : -EINVAL;
    case PTRACE_GET_SYSCALL_INFO:
        return syscall_info(tracer, task, address, data);
    case PTRACE_GET_RSEQ_CONFIGURATION:
        return address <= 64 ? get(tracer, task, request, address, data, address) : -EINVAL;
    case PTRACE_ARCH_PRCTL:
        return data == 0x1003 || data == 0x1004 /* ARCH_GET_FS, ARCH_GET_GS */
                   ? get(tracer, task, request, address, address, 8)
                   : ask(task, request, address, (void *)(uintptr_t)data);
    default:
        return -EIO;
    }
}
