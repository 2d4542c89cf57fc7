/* SPDX-License-Identifier: MIT */
/* inject.c: makes a stopped thread do calls. */
#include <errno.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc.h"
#include "session.h"

#define ALL_SIGNALS UINT64_MAX

/* The loop has to handle what happened to the thread. It isn't touched before. */
static bool lose(struct task *task)
{
    task->lost = true;
    return false;
}

/* Runs it to its next syscall stop; false: it ended, or a sibling's execve replaced it. */
static bool step(struct task *task)
{
    for (int signal = 0;;) {
        if (!task_step(task, signal))
            return lose(task);
        signal = 0;
        int status = script_wait(task);
        task->stop++;
        if (!WIFSTOPPED(status) || status >> 16 == PTRACE_EVENT_EXIT ||
            status >> 16 == PTRACE_EVENT_EXEC)
            return lose(task); /* the loop handles it next */
        if (WSTOPSIG(status) == SYSCALL_STOP)
            return true;
        if (!(status >> 16) && WSTOPSIG(status) == SIGSTOP)
            task->injection.stop_pending = true; /* it can't be blocked: sent again at the end */
        else if (!(status >> 16))
            signal = WSTOPSIG(status);
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
    injection->stop_pending = false;
    injection->mask = task_sigmask(task);
    task_set_sigmask(task, ALL_SIGNALS);
    return true;
}

/*
 * At the entry of the injected call. Another thread may have changed the code, so the registers are
 * set here once more, where no thread can change them.
 */
static bool enter(struct task *task, const struct machine_regs *wanted, int32_t nr)
{
    struct call own = task->call;
    bool read = task_read_call(task);
    bool ours = task->call.arch == own.arch && task->call.ip == own.ip;
    struct machine_regs regs = *wanted;
    task->call = own;
    if (!read) {
        task_kill_unread(task);
        return lose(task);
    }
    if (!ours) {
        task_kill(task); /* an attempt to escape */
        return lose(task);
    }
    machine_set_ip(&regs, own.ip);
    machine_set_call(&regs, nr);
    task_set_regs(task, &regs);
    return true;
}

bool task_inject_entry(struct task *task, int32_t nr, const uint64_t args[CORDON_ARGS])
{
    if (task->lost || !begin(task))
        return false;
    struct machine_regs regs = task->injection.regs;
    machine_set_arguments(&regs, task_is_compat(task), args);
    if (task->at == AT_ENTRY) {
        machine_set_call(&regs, nr);
        task_set_regs(task, &regs);
        judge_own_call(task);
        return true;
    }
    machine_rewind(&regs, task->call.ip, nr);
    task_set_regs(task, &regs);
    if (!step(task) || !enter(task, &regs, nr))
        return false;
    task->at = AT_ENTRY;
    task->in_call = true;
    judge_own_call(task);
    task->trap.entry = task->trap.table;
    return true;
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
    if (!task_inject_entry(task, machine_nr(compat, call), args) || !step(task))
        return -ESRCH;
    if (!task_regs(task, &regs)) {
        lose(task);
        return -ESRCH;
    }
    task->at = AT_EXIT;
    task->in_call = task->trap.entry = false;
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
}

bool task_touch(struct task *task, uint64_t address, size_t size)
{
    enum { POPULATE_READ = 22 }; /* madvise(2), Linux 5.14 */
    uint64_t from = address & ~(uint64_t)(SCRATCH_SIZE - 1);
    return task->session->memory_waits &&
           task_inject(task, CALL_MADVISE, from, address + size - from, POPULATE_READ, 0, 0) == 0;
}

uint64_t task_inject_mmap(struct task *task, int protection, int flags, int fd)
{
    bool compat = task_is_compat(task);
    long result = task_inject(task, CALL_MMAP, 0, SCRATCH_SIZE, (uint64_t)protection,
                              (uint64_t)flags, (uint64_t)(int64_t)fd);
    if (result < 0 && result >= -4095)
        return 0;
    return compat ? (uint32_t)result : (uint64_t)result;
}

uint64_t task_scratch(struct task *task)
{
    return task_inject_mmap(task, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

void task_scratch_free(struct task *task, uint64_t address)
{
    task_inject(task, CALL_MUNMAP, address, SCRATCH_SIZE, 0, 0, 0);
}
