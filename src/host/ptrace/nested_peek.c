/* SPDX-License-Identifier: MIT */
/* nested_peek.c: requests of a traced tracer that read or change a stopped thread: passed on to the
 * kernel. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "layouts.h"
#include "nested.h"
#include "proc.h"
#include "task.h"
#include "tracee.h"

#define LARGEST_SET 16384 /* of registers: NT_X86_XSTATE */

static int64_t ask(const struct nested_request *request, uint64_t address, void *data)
{
    errno = 0;
    long result = ptrace((enum __ptrace_request)request->request, request->task->tid,
                         (void *)(uintptr_t)address, data);
    return errno ? -errno : result;
}

/* A request that fills a buffer of a fixed size at `data`, or reads one. */
static int64_t get(const struct nested_request *request, size_t size)
{
    unsigned char buffer[MACHINE_TRANSFER_MOST] = {0};
    int64_t result = ask(request, request->address, buffer);
    if (result < 0)
        return result;
    return task_copy_out(request->tracer, request->data, buffer, size) ? -EFAULT : result;
}

static int64_t set(const struct nested_request *request, size_t size)
{
    unsigned char buffer[MACHINE_TRANSFER_MOST] = {0};
    if (task_copy_in(request->tracer, buffer, request->data, size))
        return -EFAULT;
    return ask(request, request->address, buffer);
}

static int64_t get_at_address(const struct nested_request *request, size_t size)
{
    unsigned char buffer[MACHINE_TRANSFER_MOST] = {0};
    int64_t result = ask(request, (uint64_t)(uintptr_t)buffer, (void *)(uintptr_t)request->data);
    if (result < 0)
        return result;
    return task_copy_out(request->tracer, request->address, buffer, size) ? -EFAULT : result;
}

/* ---- words ---- */

/* The system call stores the result in memory, unlike the library function. */
static int64_t peek_word(const struct nested_request *request)
{
    errno = 0;
    long word = ptrace((enum __ptrace_request)request->request, request->task->tid,
                       (void *)(uintptr_t)request->address, NULL);
    if (errno)
        return -errno;
    return task_copy_out(request->tracer, request->data, &word, sizeof word) ? -EFAULT : 0;
}

static int64_t poke_word(const struct nested_request *request)
{
    return ask(request, request->address, (void *)(uintptr_t)request->data);
}

/* ---- sets of registers ---- */

int64_t nested_register_set(const struct nested_request *request, uint64_t base, uint64_t *length)
{
    size_t size = *length < LARGEST_SET ? *length : LARGEST_SET;
    unsigned char *buffer = calloc(1, LARGEST_SET);
    struct iovec ours = {buffer, size};
    int64_t result = buffer ? 0 : -ENOMEM;
    if (!result && request->request == PTRACE_SETREGSET &&
        task_copy_in(request->tracer, buffer, base, size))
        result = -EFAULT;
    if (!result)
        result = ask(request, request->address, &ours);
    if (result >= 0 && request->request == PTRACE_GETREGSET &&
        task_copy_out(request->tracer, base, buffer, ours.iov_len))
        result = -EFAULT;
    *length = ours.iov_len;
    free(buffer);
    return result;
}

static int64_t register_set(const struct nested_request *request)
{
    struct iovec theirs;
    if (task_copy_in(request->tracer, &theirs, request->data, sizeof theirs))
        return -EFAULT;
    uint64_t length = theirs.iov_len;
    int64_t result = nested_register_set(request, (uint64_t)(uintptr_t)theirs.iov_base, &length);
    theirs.iov_len = length;
    if (result >= 0 && task_copy_out(request->tracer, request->data, &theirs, sizeof theirs))
        result = -EFAULT;
    return result;
}

/* ---- the stop ---- */

static int64_t event_message(const struct nested_request *request)
{
    const unsigned long *message = &request->task->nested.message;
    return task_copy_out(request->tracer, request->data, message, sizeof *message) ? -EFAULT : 0;
}

/* As the kernel fills it for a stop other than a signal: ptrace_do_notify() in kernel/signal.c. */
static int64_t get_siginfo(const struct nested_request *request)
{
    const struct task *task = request->task;
    siginfo_t info = {0};
    if (task->nested.shown == SHOWN_GROUP && !task->nested.seized)
        return -EINVAL; /* a group stop has none */
    if (task->nested.shown == SHOWN_SIGNAL) {
        int64_t result = ask(request, 0, &info);
        return result < 0 ? result : task_put_siginfo(request->tracer, request->data, &info);
    }
    if (task->nested.has_info)
        return task_put_siginfo(request->tracer, request->data, &task->nested.info);
    info.si_signo = WSTOPSIG(task->nested.status) & 0x7f;
    info.si_code = task->nested.status >> 8;
    info.si_pid = task_id_for(request->tracer, task);
    info.si_uid = proc_status(task->tid).uid;
    return task_put_siginfo(request->tracer, request->data, &info);
}

static int64_t set_siginfo(const struct nested_request *request)
{
    siginfo_t info;
    if (task_copy_in(request->tracer, &info, request->data, sizeof info))
        return -EFAULT;
    return nested_set_siginfo(request->task, &info);
}

/* PTRACE_GET_SYSCALL_INFO goes by it, so at the stop of a call the kernel's must stay. */
int64_t nested_set_siginfo(struct task *task, const siginfo_t *info)
{
    if (task->nested.shown == SHOWN_SIGNAL)
        return ptrace(PTRACE_SETSIGINFO, task->tid, NULL, info) ? -errno : 0;
    if (task->nested.shown == SHOWN_GROUP && !task->nested.seized)
        return -EINVAL;
    task->nested.info = *info;
    task->nested.has_info = true;
    return 0;
}

/* What the stop is for its tracer: an entry may be a seccomp stop for the kernel, and the other
 * way. */
static uint8_t shown_op(const struct task *task, const struct __ptrace_syscall_info *own)
{
    const struct nested *nested = &task->nested;
    bool is_call = (nested->shown == SHOWN_ENTRY || nested->shown == SHOWN_EXIT) &&
                   (!nested->has_info || nested->info.si_code == (SIGTRAP | 0x80)) &&
                   nested->options & PTRACE_O_TRACESYSGOOD;
    if (nested->shown == SHOWN_SECCOMP)
        return PTRACE_SYSCALL_INFO_SECCOMP;
    if (!is_call)
        return PTRACE_SYSCALL_INFO_NONE;
    return own->op == PTRACE_SYSCALL_INFO_SECCOMP ? PTRACE_SYSCALL_INFO_ENTRY : own->op;
}

static int64_t syscall_info(const struct nested_request *request)
{
    const struct nested *nested = &request->task->nested;
    struct __ptrace_syscall_info info = {0};
    int64_t result = ask(request, sizeof info, &info);
    if (result < 0)
        return result;
    info.op = shown_op(request->task, &info);
    if (info.op == PTRACE_SYSCALL_INFO_SECCOMP) {
        info.seccomp.ret_data = nested->decision.data;
        result =
            offsetof(struct __ptrace_syscall_info, seccomp.ret_data) + sizeof info.seccomp.ret_data;
    } else if (info.op == PTRACE_SYSCALL_INFO_NONE) {
        result = offsetof(struct __ptrace_syscall_info, entry);
    }
    uint64_t size = request->address;
    if (task_copy_out(request->tracer, request->data, &info,
                      size < (uint64_t)result ? size : (size_t)result))
        return -EFAULT;
    return result;
}

/* As the stop is shown, or as the kernel knows it: op is the only difference. */
static int64_t set_syscall_info(const struct nested_request *request)
{
    struct __ptrace_syscall_info theirs, own = {0};
    if (request->address < sizeof theirs)
        return -EINVAL;
    if (task_copy_in(request->tracer, &theirs, request->data, sizeof theirs))
        return -EFAULT;
    struct nested_request get = *request;
    get.request = PTRACE_GET_SYSCALL_INFO;
    int64_t known = ask(&get, sizeof own, &own);
    if (known < 0)
        return known;
    if (theirs.op != shown_op(request->task, &own))
        return -EINVAL;
    theirs.op = own.op;
    if (own.op == PTRACE_SYSCALL_INFO_SECCOMP)
        theirs.seccomp.ret_data = 0;
    return ask(request, sizeof theirs, &theirs);
}

/* ---- Syscall User Dispatch ---- */

static int64_t dispatch_configuration(const struct nested_request *request)
{
    enum { GET_CONFIGURATION = 0x4211, SIZE = 32 };
    if (request->address != SIZE)
        return -EINVAL;
    return request->request == GET_CONFIGURATION ? get(request, SIZE) : set(request, SIZE);
}

/* ---- pending signals ---- */

static int64_t peek_siginfo(const struct nested_request *request)
{
    struct __ptrace_peeksiginfo_args from;
    siginfo_t info;
    if (task_copy_in(request->tracer, &from, request->address, sizeof from))
        return -EFAULT;
    if (from.flags & ~(uint32_t)PTRACE_PEEKSIGINFO_SHARED || from.nr < 0)
        return -EINVAL;
    for (int32_t i = 0; i < from.nr; i++, from.off++) {
        struct __ptrace_peeksiginfo_args one = {from.off, from.flags, 1};
        int64_t found = ask(request, (uint64_t)(uintptr_t)&one, &info);
        if (found > 0 &&
            task_put_siginfo(request->tracer, request->data + (uint64_t)i * sizeof info, &info))
            found = -EFAULT;
        if (found <= 0)
            return i ? i : found;
    }
    return from.nr;
}

/* ---- others ---- */

static int64_t signal_mask(const struct nested_request *request)
{
    if (request->address != sizeof(uint64_t))
        return -EINVAL;
    return request->request == PTRACE_GETSIGMASK ? get(request, sizeof(uint64_t))
                                                 : set(request, sizeof(uint64_t));
}

static int64_t rseq_configuration(const struct nested_request *request)
{
    return request->address <= 64 ? get(request, request->address) : -EINVAL;
}

/* Requests that only this machine has. */
static int64_t transfer(const struct nested_request *request)
{
    size_t size;
    switch (machine_transfer(request->request, request->data, &size)) {
    case MACHINE_GET:
        return get(request, size);
    case MACHINE_SET:
        return set(request, size);
    case MACHINE_GET_AT_ADDRESS:
        return get_at_address(request, size);
    case MACHINE_VALUE:
        return poke_word(request);
    case MACHINE_REFUSED:
        return -EINVAL;
    case MACHINE_UNKNOWN:
        break;
    }
    return -EIO;
}

static const struct nested_handler handlers[] = {
    {PTRACE_PEEKTEXT, peek_word},
    {PTRACE_PEEKDATA, peek_word},
    {PTRACE_PEEKUSER, peek_word},
    {PTRACE_POKETEXT, poke_word},
    {PTRACE_POKEDATA, poke_word},
    {PTRACE_POKEUSER, poke_word},
    {PTRACE_GETREGSET, register_set},
    {PTRACE_SETREGSET, register_set},
    {PTRACE_GETEVENTMSG, event_message},
    {PTRACE_GETSIGINFO, get_siginfo},
    {PTRACE_SETSIGINFO, set_siginfo},
    {PTRACE_GETSIGMASK, signal_mask},
    {PTRACE_SETSIGMASK, signal_mask},
    {PTRACE_GET_SYSCALL_INFO, syscall_info},
    {0x4212 /* PTRACE_SET_SYSCALL_INFO, Linux 6.16 */, set_syscall_info},
    {0x4210 /* PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG, 6.4 */, dispatch_configuration},
    {0x4211 /* and GET */, dispatch_configuration},
    {PTRACE_PEEKSIGINFO, peek_siginfo},
    {PTRACE_GET_RSEQ_CONFIGURATION, rseq_configuration},
    {0, NULL}};

static const struct nested_handler *find(const struct nested_handler *handler, int request)
{
    while (handler->run && handler->request != request)
        handler++;
    return handler->run ? handler : NULL;
}

int64_t nested_peek(struct task *tracer, struct task *task, int request, uint64_t address,
                    uint64_t data, const struct nested_handler *compat)
{
    const struct nested_request all = {tracer, task, request, address, data};
    const struct nested_handler *handler = NULL;
    if (compat)
        handler = find(compat, request);
    if (!handler)
        handler = find(handlers, request);
    if (handler)
        return handler->run(&all);
    return compat ? -EIO : transfer(&all);
}
