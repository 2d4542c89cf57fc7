/* SPDX-License-Identifier: MIT */
/* tracee.c: registers, call, stop, memory and signal mask of a stopped thread. */
#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "layouts.h"
#include "proc.h"
#include "task.h"
#include "tracee.h"

bool task_is_compat(const struct task *task)
{
    return machine_is_compat(task->call.arch);
}

uint64_t task_pointer(const struct task *task, unsigned argument)
{
    uint64_t value = task->call.args[argument];
    return task_is_compat(task) ? (uint32_t)value : value;
}

bool task_is_call(const struct task *task, enum machine_call call)
{
    return task->call.nr != MACHINE_NO_NR &&
           task->call.nr == machine_nr(task_is_compat(task), call);
}

bool task_regs(struct task *task, struct machine_regs *regs)
{
    return machine_get_regs(task->tid, regs);
}

void task_set_regs(struct task *task, const struct machine_regs *regs)
{
    if (!task->lost)
        machine_set_regs(task->tid, regs); /* fails only for a thread that is being killed */
}

bool task_result(const struct task *task, int64_t *result)
{
    struct machine_regs regs;
    if (!machine_get_regs(task->tid, &regs))
        return false;
    *result = machine_result(&regs, task_is_compat(task));
    return true;
}

bool task_read_call(struct task *task)
{
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, task->tid, sizeof info, &info) <= 0 ||
        (info.op != PTRACE_SYSCALL_INFO_ENTRY && info.op != PTRACE_SYSCALL_INFO_SECCOMP))
        return false; /* both have number and arguments at the same place */
    task->call.arch = info.arch;
    task->call.nr = (int32_t)info.entry.nr;
    memcpy(task->call.args, info.entry.args, sizeof task->call.args);
    task->call.ip = info.instruction_pointer;
    task->call.sp = info.stack_pointer;
    return true;
}

void task_kill(const struct task *task)
{
    kill(task->process ? task->process->tgid : task->tid, SIGKILL);
}

void task_kill_unread(const struct task *task)
{
    siginfo_t info;
    if (!ptrace(PTRACE_GETSIGINFO, task->tid, NULL, &info) &&
        (info.si_code == SYSCALL_STOP || info.si_code == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)))
        task_kill(task);
}

bool task_is_after_call(const struct task *task)
{
    struct __ptrace_syscall_info info;
    return ptrace(PTRACE_GET_SYSCALL_INFO, task->tid, sizeof info, &info) > 0 &&
           info.op == PTRACE_SYSCALL_INFO_EXIT;
}

void task_data(const struct task *task, struct cordon_data *data)
{
    const struct call *call = &task->call;
    data->word[CORDON_WORD_NR] = (uint32_t)call->nr;
    data->word[CORDON_WORD_ARCH] = call->arch;
    memcpy(&data->word[CORDON_WORD_IP], &call->ip, sizeof call->ip);
    memcpy(&data->word[CORDON_WORD_ARGS], call->args, sizeof call->args);
}

/* ---- the stop ---- */

/*
 * Is the thread still at the stop that wait(2) has reported? Between the two it may have been
 * killed, and then stands at its end, or another thread of its process has taken its id by
 * execve(2). Only such a change happens without us, and wait(2) reports it in its turn.
 */
bool tracee_is_at(pid_t tid, int status)
{
    siginfo_t info;
    int event = status >> 16, signal = WSTOPSIG(status);
    if (ptrace(PTRACE_GETSIGINFO, tid, NULL, &info))
        return errno == EINVAL && event == PTRACE_EVENT_STOP;
    if (event || signal == SYSCALL_STOP)
        return info.si_code == status >> 8;
    return info.si_signo == signal;
}

bool tracee_message(pid_t tid, int event, unsigned long *message)
{
    return !ptrace(PTRACE_GETEVENTMSG, tid, NULL, message) &&
           tracee_is_at(tid, event << 16 | SIGTRAP << 8 | 0x7f);
}

/* ---- memory ---- */

int task_copy_in(struct task *task, void *to, uint64_t from, size_t size)
{
    size_t done = task->session->memory_waits ? proc_read_now(task->tid, from, to, size)
                                              : proc_read(task->tid, from, to, size);
    return done == size ? 0 : -EFAULT;
}

int task_copy_out(struct task *task, uint64_t to, const void *from, size_t size)
{
    size_t done = task->session->memory_waits ? proc_write_now(task->tid, to, from, size)
                                              : proc_write(task->tid, to, from, size);
    return done == size ? 0 : -EFAULT;
}

/* ---- signals ---- */

int task_put_siginfo(struct task *reader, uint64_t to, const siginfo_t *info)
{
    char image[MACHINE_SIGINFO_SIZE];
    if (!task_is_compat(reader))
        return task_copy_out(reader, to, info, sizeof *info);
    machine_siginfo_to_compat(info, image);
    return task_copy_out(reader, to, image, sizeof image);
}

uint64_t task_sigmask(struct task *task)
{
    uint64_t mask = 0;
    ptrace(PTRACE_GETSIGMASK, task->tid, sizeof mask, &mask);
    return mask;
}

void task_set_sigmask(struct task *task, uint64_t mask)
{
    if (!task->lost)
        ptrace(PTRACE_SETSIGMASK, task->tid, sizeof mask, &mask);
}
