/* SPDX-License-Identifier: MIT */
/* inject.c: makes a stopped thread do calls. */
#include <errno.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inject.h"
#include "judge.h"
#include "next.h"
#include "proc.h"
#include "resume.h"
#include "script.h"
#include "task.h"
#include "tracee.h"

#define ALL_SIGNALS UINT64_MAX

/* The loop has to handle what happened to the thread. It isn't touched before. */
static bool lose(struct task *task)
{
    task->lost = true;
    return false;
}

/* Is that the end of the calls that it was to do? The loop handles it next. */
bool injection_ends(int status)
{
    return !WIFSTOPPED(status) || status >> 16 == PTRACE_EVENT_EXIT ||
           status >> 16 == PTRACE_EVENT_EXEC;
}

/*
 * Blocked signals are delivered, and the kernel queues them again. SIGSTOP can't be blocked: it
 * stops the process at once, and this thread afterwards. A tracer has to see it first, so there it
 * is sent again.
 */
static int signal_during(struct task *task, int signal)
{
    if (signal != SIGSTOP || !task->nested.tracer)
        return signal;
    task->injection.stop_pending = true;
    return 0;
}

/* Runs it to its next syscall stop; false: it ended, or a sibling's execve replaced it. */
static bool step(struct task *task, struct next next)
{
    for (;;) {
        enum state before = task->state;
        task->state = STATE_INJECTED;
        int status = script_wait(task, next), event = status >> 16;
        task->state = before;
        task->stop++;
        if (injection_ends(status))
            return lose(task);
        if (WSTOPSIG(status) == SYSCALL_STOP)
            return true;
        if (event == PTRACE_EVENT_SECCOMP)
            next = next_step_call(judge_passing(task)); /* its call stops at the filters too */
        else
            next = next_step(event ? 0 : signal_during(task, WSTOPSIG(status)));
        task->injection.stopped |=
            event == PTRACE_EVENT_STOP && proc_signal_stops(WSTOPSIG(status));
    }
}

static bool begin(struct task *task)
{
    struct injection *injection = &task->injection;
    if (injection->active)
        return true;
    if (!task_regs(task, &injection->regs))
        return lose(task);
    injection->active = true;
    injection->stopped = injection->stop_pending = false;
    injection->mask = task_sigmask(task);
    task_set_sigmask(task, ALL_SIGNALS);
    return true;
}

/*
 * At the entry of the injected call. Another thread may have changed the code, so the registers are
 * set here once more, where no thread can change them.
 */
static const struct pass *enter(struct task *task, struct machine_regs *regs, int32_t nr)
{
    struct call own = task->call;
    bool read = task_read_call(task);
    bool ours = task->call.arch == own.arch && task->call.ip == own.ip;
    const struct pass *pass = NULL;
    task->call = own;
    task->state = STATE_IN_CALL;
    if (!read)
        task_kill_unread(task);
    else if (!ours)
        task_kill(task); /* an attempt to escape */
    else
        pass = judge_own_call(task, regs, nr);
    if (!pass)
        lose(task);
    return pass;
}

const struct pass *task_inject_entry(struct task *task, int32_t nr,
                                     const uint64_t args[CORDON_ARGS])
{
    if (task->lost || !begin(task))
        return NULL;
    struct machine_regs regs = task->injection.regs;
    machine_set_arguments(&regs, task_is_compat(task), args);
    if (task->at != AT_ENTRY) {
        machine_rewind(&regs, task->call.ip, nr);
        task_set_regs(task, &regs);
        if (!step(task, next_step(0)))
            return NULL;
        machine_set_ip(&regs, task->call.ip);
        task->at = AT_ENTRY;
        task->trap.entry = task->trap.table;
        return enter(task, &regs, nr);
    }
    const struct pass *pass = judge_own_call(task, &regs, nr);
    if (!pass)
        lose(task);
    return pass;
}

void task_inject_keep(struct task *task)
{
    task_regs(task, &task->injection.regs);
}

long task_inject(struct task *task, enum machine_call call, uint64_t a, uint64_t b, uint64_t c,
                 uint64_t d, uint64_t e)
{
    bool compat = task_is_compat(task);
    struct machine_regs regs;
    const uint64_t args[CORDON_ARGS] = {a, b, c, d, e, 0};
    const struct pass *pass = task_inject_entry(task, machine_nr(compat, call), args);
    if (!pass || !step(task, next_step_call(pass)))
        return -ESRCH;
    if (!task_regs(task, &regs)) {
        lose(task);
        return -ESRCH;
    }
    task->at = AT_EXIT;
    task->state = STATE_OUTSIDE;
    task->trap.entry = false;
    return (long)machine_result(&regs, compat);
}

void task_inject_end(struct task *task)
{
    struct injection *injection = &task->injection;
    if (!injection->active)
        return;
    injection->active = false;
    struct machine_regs regs = injection->regs;
    machine_set_ip(&regs, task->call.ip);
    task_set_regs(task, &regs);
    task_set_sigmask(task, injection->mask);
    if (injection->stop_pending)
        syscall(SYS_tgkill, task->process->tgid, task->tid, SIGSTOP);
    if (injection->stopped)
        task_trap(task); /* the kernel knows whether its process has been continued meanwhile */
}

bool task_touch(struct task *task, uint64_t address, size_t size)
{
    enum { POPULATE_READ = 22 }; /* madvise(2), Linux 5.14 */
    uint64_t from = address & ~(uint64_t)(SCRATCH_SIZE - 1);
    return task->session->memory_waits &&
           task_inject(task, CALL_MADVISE, from, address + size - from, POPULATE_READ, 0, 0) == 0;
}

uint64_t task_inject_mmap(struct task *task, uint64_t size, int protection, int flags, int fd)
{
    bool compat = task_is_compat(task);
    long result = task_inject(task, CALL_MMAP, 0, size, (uint64_t)protection, (uint64_t)flags,
                              (uint64_t)(int64_t)fd);
    if (result < 0 && result >= -4095)
        return 0;
    return compat ? (uint32_t)result : (uint64_t)result;
}

uint64_t task_scratch(struct task *task)
{
    return task_inject_mmap(task, SCRATCH_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                            -1);
}

void task_scratch_free(struct task *task, uint64_t address)
{
    task_inject(task, CALL_MUNMAP, address, SCRATCH_SIZE, 0, 0, 0);
}
