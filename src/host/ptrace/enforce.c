/* SPDX-License-Identifier: MIT */
/*
 * enforce.c: applies a verdict to a thread: skip, trap, kill.
 *
 * SIGSYS is sent at the exit stop, where the kernel delivers it at once, and gets its siginfo right
 * before its delivery. A kill must not be caught: handler and mask are reset first, while the other
 * threads of the process are stopped, so that none can set them again.
 */
#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>

#include "cordon/action.h"
#include "proc.h"
#include "session.h"

#define SYS_SECCOMP_CODE 1 /* si_code */
#define BIT(signal)      (UINT64_C(1) << ((signal)-1))

/* The fields of a SIGSYS (asm-generic/siginfo.h) are set in the kernel's layout. */
static void fill_siginfo(struct task *task, uint16_t data)
{
    siginfo_t *info = &task->sigsys_info;
    memset(info, 0, sizeof *info);
    info->si_signo = SIGSYS;
    info->si_code = SYS_SECCOMP_CODE;
    info->si_errno = data;
    info->si_call_addr = (void *)(uintptr_t)task->call.ip;
    info->si_syscall = task->call.nr;
    info->si_arch = task->call.arch;
}

/* Injects a call that sets SIG_DFL for SIGSYS: a page of zeros is the struct sigaction. */
static bool reset_handler(struct task *task)
{
    uint64_t page = task_scratch(task);
    if (!page)
        return false;
    task_inject(task, CALL_RT_SIGACTION, SIGSYS, page, 0, 8, 0);
    task_scratch_free(task, page);
    return true;
}

/*
 * For a process that the signal would not kill. The kernel kills a process by SIGSYS, with a core
 * and regardless of handlers, when it makes a call under Syscall User Dispatch while the selector
 * is neither allow nor block. The selector used is the first byte of the call's instruction.
 */
static void kill_by_dispatch(struct task *task)
{
    enum { SET_DISPATCH = 59, DISPATCH_ON = 1 };
    task->dying = true;
    long result = task_inject(task, CALL_PRCTL, SET_DISPATCH, DISPATCH_ON, 0, 0,
                              machine_call_address(task->call.ip));
    if (task->lost)
        return; /* it was killed, perhaps alone, by an execve of a sibling */
    if (result)
        task_kill(task); /* older than Linux 5.11 */
    else
        task_again(task);
}

static void send_sigsys(struct task *task)
{
    struct machine_regs regs;
    bool is_kill = task->sigsys == 2;
    uint64_t mask = task_sigmask(task);
    struct proc_status status = proc_status(task->tid);
    bool forced = is_kill || (mask | status.ignored) & BIT(SIGSYS);
    bool dies = forced || !(status.caught & BIT(SIGSYS));
    /* Else others may set a handler. */
    bool is_known = status.tgid && task->process->memory->users == 1 &&
                    (!task->trap.table || task->process->live == 1);
    if ((forced && !is_known) || !status.tgid || (dies && proc_is_init(task->process->tgid)) ||
        (forced && (status.caught | status.ignored) & BIT(SIGSYS) && !reset_handler(task))) {
        kill_by_dispatch(task);
        return;
    }
    if (task->injection.active)
        task_inject_end(task);
    if (forced)
        task_set_sigmask(task, mask & ~BIT(SIGSYS));
    if (task_regs(task, &regs)) {
        machine_show_call(&regs, task->call.nr);
        task_set_regs(task, &regs);
    }
    task->at = AT_EXIT;
    if (nested_show_exit(task))
        return; /* the signal is sent when its tracer resumes it: nested.c */
    task_resume(task, SIGSYS);
}

static void trap(struct task *task, uint16_t data, int sigsys)
{
    fill_siginfo(task, data);
    task->sigsys = sigsys;
    task->at_exit = send_sigsys;
    task_skip(task);
}

bool enforce_sigsys(struct task *task)
{
    int sigsys = task->sigsys;
    siginfo_t now;
    if (!sigsys)
        return false;
    /* Without SI_KERNEL it isn't the signal that we sent. Ours was not sent if another was pending,
     * which then has to kill in its place. */
    if (sigsys != 2 &&
        (ptrace(PTRACE_GETSIGINFO, task->tid, NULL, &now) || now.si_code != SI_KERNEL))
        return false;
    task->sigsys = 0;
    ptrace(PTRACE_SETSIGINFO, task->tid, NULL, &task->sigsys_info);
    if (sigsys == 2)
        task_resume(task, SIGSYS); /* its tracer must not see it */
    else if (!nested_show_signal(task, SIGSYS))
        signal_go_on(task, SIGSYS);
    return true;
}

/* The thread calls exit(2) with this code. */
static void end_thread(struct task *task, int code)
{
    struct machine_regs regs;
    if (task_regs(task, &regs)) {
        machine_set_call(&regs, machine_nr(task_is_compat(task), CALL_EXIT));
        machine_set_argument(&regs, task_is_compat(task), 0, (uint64_t)code);
        task_set_regs(task, &regs);
    }
    judge_own_call(task);
    task_resume(task, 0);
}

static void kill_process(struct task *task, uint16_t data)
{
    task->process->dying = true;
    task->dying = true;
    trap(task, data, 2);
}

static void kill_thread(struct task *task, uint16_t data)
{
    task->dying = true;
    if (task->process->live > 1)
        end_thread(task, SIGSYS);
    else
        kill_process(task, data);
}

static void kill_strict(struct task *task)
{
    task->dying = true;
    if (task->process->live > 1)
        end_thread(task, SIGKILL);
    else
        kill(task->process->tgid, SIGKILL);
}

/* The kernel treats the result as that of an interrupted call only if there was a call. */
static void restore_call(struct task *task)
{
    struct machine_regs regs;
    if (task_regs(task, &regs)) {
        machine_set_call(&regs, task->call.nr);
        task_set_regs(task, &regs);
    }
    exit_go_on(task);
}

/* ERRNO with a number that means a restart inside the kernel: where a signal is pending, the call
 * is made again or fails with EINTR. */
static void skip_restartable(struct task *task, int64_t result)
{
    struct machine_regs regs;
    if (task_regs(task, &regs)) {
        machine_return(&regs, result);
        task_set_regs(task, &regs);
    }
    judge_no_call(task);
    task->at_exit = restore_call;
    task_resume(task, 0);
}

/* Applies the final verdict, after a tracer has changed the call or not. */
void enforce_end(struct task *task, const struct cordon_decision *decision)
{
    struct cordon_data data;
    task_data(task, &data);
    if (decision->verdict != (uint32_t)CORDON_ALLOW && task->session->emulation->verdict)
        report_verdict(task, &data, decision);
    switch (decision->kind) {
    case CORDON_DO_RUN:
        judge_run(task);
        break;
    case CORDON_DO_SKIP:
        if (machine_is_restart(decision->result))
            skip_restartable(task, decision->result);
        else
            task_finish(task, decision->result);
        break;
    case CORDON_DO_TRAP:
        trap(task, decision->data, 1);
        break;
    case CORDON_DO_TRACE: /* it has no tracer */
        cordon_task_refuse(&task->seccomp, decision, &data);
        task_finish(task, -ENOSYS);
        break;
    case CORDON_DO_WAIT:
        park(task, PARK_TARGET);
        break;
    case CORDON_DO_KILL_THREAD:
        kill_thread(task, decision->data);
        break;
    case CORDON_DO_KILL_PROCESS:
        kill_process(task, decision->data);
        break;
    case CORDON_DO_KILL_STRICT:
        kill_strict(task);
        break;
    }
}

void enforce(struct task *task, const struct cordon_decision *decision)
{
    if (decision->kind == CORDON_DO_RUN && decision->verdict == (uint32_t)CORDON_ALLOW) {
        judge_run(task);
        return;
    }
    if (decision->kind == CORDON_DO_TRACE && nested_show_seccomp(task, decision))
        return;
    enforce_end(task, decision);
}
