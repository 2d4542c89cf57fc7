/* SPDX-License-Identifier: MIT */
/* nested_compat.c: requests of ptrace(2) that differ for a 32-bit tracer. */
#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>

#include "layouts.h"
#include "nested.h"
#include "task.h"
#include "tracee.h"

/* ---- siginfo ---- */

static int64_t set_siginfo(const struct nested_request *request)
{
    char image[MACHINE_SIGINFO_SIZE];
    siginfo_t info;
    if (task_copy_in(request->tracer, image, request->data, sizeof image))
        return -EFAULT;
    machine_siginfo_from_compat(image, &info);
    return nested_set_siginfo(request->task, &info);
}

/* ---- registers ---- */

static int64_t get_registers(const struct nested_request *request)
{
    struct machine_regs regs;
    uint32_t image[MACHINE_COMPAT_REGISTERS];
    if (!task_regs(request->task, &regs))
        return -ESRCH;
    unsigned count = machine_get_compat(&regs, image);
    return task_copy_out(request->tracer, request->data, image, count * sizeof *image);
}

static int64_t set_registers(const struct nested_request *request)
{
    struct machine_regs regs;
    uint32_t image[MACHINE_COMPAT_REGISTERS];
    if (!task_regs(request->task, &regs))
        return -ESRCH;
    unsigned count = machine_get_compat(&regs, image);
    if (task_copy_in(request->tracer, image, request->data, count * sizeof *image))
        return -EFAULT;
    for (unsigned i = 0; i < count; i++)
        machine_set_compat(&regs, i, image[i]);
    return machine_set_regs(request->task->tid, &regs) ? 0 : -errno;
}

/* A word of struct user, which begins with the registers. The rest reads as 0. */
static int64_t user_word(const struct nested_request *request)
{
    struct machine_regs regs;
    uint32_t image[MACHINE_COMPAT_REGISTERS], value = 0;
    bool poke = request->request == PTRACE_POKEUSER;
    uint64_t index = request->address / sizeof value;
    if (!task_regs(request->task, &regs))
        return -ESRCH;
    unsigned count = machine_get_compat(&regs, image);
    if (request->address % sizeof value || (poke && index >= count))
        return -EIO;
    if (poke) {
        machine_set_compat(&regs, (unsigned)index, (uint32_t)request->data);
        return machine_set_regs(request->task->tid, &regs) ? 0 : -errno;
    }
    if (index < count)
        value = image[index];
    return task_copy_out(request->tracer, request->data, &value, sizeof value);
}

static int64_t register_set(const struct nested_request *request)
{
    struct {
        uint32_t base, length;
    } vector;
    if (task_copy_in(request->tracer, &vector, request->data, sizeof vector))
        return -EFAULT;
    uint64_t length = vector.length;
    int64_t result = nested_register_set(request, vector.base, &length);
    vector.length = (uint32_t)length;
    if (result >= 0 && task_copy_out(request->tracer, request->data, &vector, sizeof vector))
        return -EFAULT;
    return result;
}

/* ---- memory: words of 4 bytes, where the kernel gives us 8 ---- */

static int64_t memory_word(const struct nested_request *request)
{
    pid_t tid = request->task->tid;
    uint64_t address = request->address;
    uint32_t halves[2];
    int which = 0;
    errno = 0;
    long word = ptrace(PTRACE_PEEKDATA, tid, (void *)(uintptr_t)address, NULL);
    if (errno) { /* at the end of what is mapped */
        which = 1, address -= 4, errno = 0;
        word = ptrace(PTRACE_PEEKDATA, tid, (void *)(uintptr_t)address, NULL);
    }
    if (errno)
        return -errno;
    memcpy(halves, &word, sizeof word);
    if (request->request == PTRACE_PEEKTEXT || request->request == PTRACE_PEEKDATA)
        return task_copy_out(request->tracer, request->data, &halves[which], sizeof halves[which]);
    halves[which] = (uint32_t)request->data;
    memcpy(&word, halves, sizeof word);
    return ptrace(PTRACE_POKEDATA, tid, (void *)(uintptr_t)address, (void *)word) ? -errno : 0;
}

/* ---- the table ---- */

static int64_t event_message(const struct nested_request *request)
{
    uint32_t message = (uint32_t)request->task->nested.message;
    return task_copy_out(request->tracer, request->data, &message, sizeof message);
}

const struct nested_handler nested_compat_handlers[] = {{PTRACE_PEEKTEXT, memory_word},
                                                        {PTRACE_PEEKDATA, memory_word},
                                                        {PTRACE_POKETEXT, memory_word},
                                                        {PTRACE_POKEDATA, memory_word},
                                                        {PTRACE_PEEKUSER, user_word},
                                                        {PTRACE_POKEUSER, user_word},
                                                        {PTRACE_GETREGS, get_registers},
                                                        {PTRACE_SETREGS, set_registers},
                                                        {PTRACE_GETREGSET, register_set},
                                                        {PTRACE_SETREGSET, register_set},
                                                        {PTRACE_SETSIGINFO, set_siginfo},
                                                        {PTRACE_GETEVENTMSG, event_message},
                                                        {0, NULL}};
