/* SPDX-License-Identifier: MIT */
/* nested_i386.c: where ptrace(2) and waitid(2) lay things out otherwise for a 32-bit caller. */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "nested.h"

/* ---- siginfo: everything behind the first three fields moves up, and pointers shrink ---- */

#define INFO_SIZE 128

enum layout { LAYOUT_KILL, LAYOUT_VALUE, LAYOUT_CHILD, LAYOUT_FAULT, LAYOUT_POLL, LAYOUT_SYS };

/* siginfo_layout() in kernel/signal.c */
static enum layout layout_of(int signal, int code)
{
    if (code <= SI_USER || code >= SI_KERNEL)
        return code == SI_SIGIO               ? LAYOUT_POLL
               : code < 0 && code != SI_TKILL ? LAYOUT_VALUE
                                              : LAYOUT_KILL;
    switch (signal) {
    case SIGCHLD:
        return LAYOUT_CHILD;
    case SIGILL:
    case SIGFPE:
    case SIGSEGV:
    case SIGBUS:
    case SIGTRAP:
        return LAYOUT_FAULT;
    case SIGPOLL:
        return LAYOUT_POLL;
    case SIGSYS:
        return LAYOUT_SYS;
    default:
        return LAYOUT_KILL;
    }
}

struct field {
    uint8_t at64, size64, at32; /* with 32 bits every one has 4 bytes */
};
static const struct field fields[][6] = {
    [LAYOUT_KILL] = {{16, 4, 12}, {20, 4, 16}},
    [LAYOUT_VALUE] = {{16, 4, 12}, {20, 4, 16}, {24, 8, 20}},
    [LAYOUT_CHILD] = {{16, 4, 12}, {20, 4, 16}, {24, 4, 20}, {32, 8, 24}, {40, 8, 28}},
    [LAYOUT_FAULT] = {{16, 8, 12}, {24, 4, 16}},
    [LAYOUT_POLL] = {{16, 8, 12}, {24, 4, 16}},
    [LAYOUT_SYS] = {{16, 8, 12}, {24, 4, 16}, {28, 4, 20}},
};

int nested_put_siginfo(struct task *reader, uint64_t to, const siginfo_t *info)
{
    if (!task_is_i386(reader))
        return task_copy_out(reader, to, info, sizeof *info);
    char image[INFO_SIZE] = {0};
    memcpy(image, info, 12);
    const struct field *field = fields[layout_of(info->si_signo, info->si_code)];
    for (; field->size64; field++)
        memcpy(image + field->at32, (const char *)info + field->at64, 4);
    return task_copy_out(reader, to, image, sizeof image);
}

static int get_siginfo(struct task *writer, uint64_t from, siginfo_t *info)
{
    char image[INFO_SIZE];
    if (task_copy_in(writer, image, from, sizeof image))
        return -EFAULT;
    memset(info, 0, sizeof *info);
    memcpy(info, image, 12);
    const struct field *field = fields[layout_of(info->si_signo, info->si_code)];
    for (; field->size64; field++)
        memcpy((char *)info + field->at64, image + field->at32, 4);
    return 0;
}

/* ---- registers ---- */

#define REGISTERS   17
#define PLACE(name) offsetof(struct user_regs_struct, name)

/* In the order of struct user_regs_struct on i386 (asm/user_32.h). */
static const size_t places[REGISTERS] = {
    PLACE(rbx), PLACE(rcx), PLACE(rdx),    PLACE(rsi), PLACE(rdi), PLACE(rbp),
    PLACE(rax), PLACE(ds),  PLACE(es),     PLACE(fs),  PLACE(gs),  PLACE(orig_rax),
    PLACE(rip), PLACE(cs),  PLACE(eflags), PLACE(rsp), PLACE(ss)};
#define ORIG_EAX 11

static uint64_t *register_at(struct user_regs_struct *regs, size_t index)
{
    return (uint64_t *)(void *)((char *)regs + places[index]);
}

/* The number of a call is signed: -1 means none. */
static void set_register(struct user_regs_struct *regs, size_t index, uint32_t value)
{
    *register_at(regs, index) = index == ORIG_EAX ? (uint64_t)(int64_t)(int32_t)value : value;
}

static int64_t get_registers(struct task *tracer, struct task *task, uint64_t data)
{
    struct user_regs_struct regs;
    uint32_t image[REGISTERS];
    if (!task_regs(task, &regs))
        return -ESRCH;
    for (size_t i = 0; i < REGISTERS; i++)
        image[i] = (uint32_t)*register_at(&regs, i);
    return task_copy_out(tracer, data, image, sizeof image);
}

static int64_t set_registers(struct task *tracer, struct task *task, uint64_t data)
{
    struct user_regs_struct regs;
    uint32_t image[REGISTERS];
    if (!task_regs(task, &regs))
        return -ESRCH;
    if (task_copy_in(tracer, image, data, sizeof image))
        return -EFAULT;
    for (size_t i = 0; i < REGISTERS; i++)
        set_register(&regs, i, image[i]);
    return ptrace(PTRACE_SETREGS, task->tid, NULL, &regs) ? -errno : 0;
}

static int64_t user_word(struct task *tracer, struct task *task, bool poke, uint64_t place,
                         uint64_t data)
{
    struct user_regs_struct regs;
    uint32_t value = 0;
    if (place & 3 || (poke && place / 4 >= REGISTERS))
        return -EIO;
    if (!task_regs(task, &regs))
        return -ESRCH;
    if (poke) {
        set_register(&regs, place / 4, (uint32_t)data);
        return ptrace(PTRACE_SETREGS, task->tid, NULL, &regs) ? -errno : 0;
    }
    if (place / 4 < REGISTERS)
        value = (uint32_t)*register_at(&regs, place / 4);
    return task_copy_out(tracer, data, &value, sizeof value);
}

static int64_t register_set(struct task *tracer, struct task *task, int request, uint64_t type,
                            uint64_t data)
{
    struct {
        uint32_t base, length;
    } vector;
    if (task_copy_in(tracer, &vector, data, sizeof vector))
        return -EFAULT;
    uint64_t length = vector.length;
    int64_t result = nested_register_set(tracer, task, request, type, vector.base, &length);
    vector.length = (uint32_t)length;
    if (result >= 0 && task_copy_out(tracer, data, &vector, sizeof vector))
        return -EFAULT;
    return result;
}

/* ---- memory: words of 4 bytes, where the kernel gives us 8 ---- */

static int64_t memory_word(struct task *tracer, struct task *task, bool poke, uint64_t address,
                           uint64_t data)
{
    uint32_t halves[2];
    int which = 0;
    errno = 0;
    long word = ptrace(PTRACE_PEEKDATA, task->tid, (void *)(uintptr_t)address, NULL);
    if (errno) { /* at the end of what is mapped */
        which = 1, address -= 4, errno = 0;
        word = ptrace(PTRACE_PEEKDATA, task->tid, (void *)(uintptr_t)address, NULL);
    }
    if (errno)
        return -errno;
    memcpy(halves, &word, sizeof word);
    if (!poke)
        return task_copy_out(tracer, data, &halves[which], sizeof halves[which]);
    halves[which] = (uint32_t)data;
    memcpy(&word, halves, sizeof word);
    return ptrace(PTRACE_POKEDATA, task->tid, (void *)(uintptr_t)address, (void *)word) ? -errno
                                                                                        : 0;
}

/* ---- requests ---- */

bool nested_peek_i386(struct task *tracer, struct task *task, int request, uint64_t address,
                      uint64_t data, int64_t *result)
{
    uint32_t message = (uint32_t)task->nested.message;
    siginfo_t info;
    switch (request) {
    case PTRACE_PEEKTEXT:
    case PTRACE_PEEKDATA:
        *result = memory_word(tracer, task, false, address, data);
        return true;
    case PTRACE_POKETEXT:
    case PTRACE_POKEDATA:
        *result = memory_word(tracer, task, true, address, data);
        return true;
    case PTRACE_PEEKUSER:
    case PTRACE_POKEUSER:
        *result = user_word(tracer, task, request == PTRACE_POKEUSER, address, data);
        return true;
    case PTRACE_GETREGS:
        *result = get_registers(tracer, task, data);
        return true;
    case PTRACE_SETREGS:
        *result = set_registers(tracer, task, data);
        return true;
    case PTRACE_GETREGSET:
    case PTRACE_SETREGSET:
        *result = register_set(tracer, task, request, address, data);
        return true;
    case PTRACE_GETFPREGS:
    case PTRACE_SETFPREGS:
    case PTRACE_ARCH_PRCTL:
        *result = -EIO;
        return true;
    case PTRACE_GETEVENTMSG:
        *result = task_copy_out(tracer, data, &message, sizeof message);
        return true;
    case PTRACE_SETSIGINFO:
        *result = get_siginfo(tracer, data, &info);
        if (!*result && ptrace(PTRACE_SETSIGINFO, task->tid, NULL, &info))
            *result = -errno;
        return true;
    default:
        return false;
    }
}
