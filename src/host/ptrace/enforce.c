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
#include "enforce.h"
#include "inject.h"
#include "judge.h"
#include "nested.h"
#include "next.h"
#include "park.h"
#include "proc.h"
#include "report.h"
#include "task.h"
#include "tracee.h"

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
 * is neither allow nor block. The selector used is the first byte of the call's instruction. A
 * thread that changes that byte meanwhile may get to the entry of its call: stops.c.
 */
static struct next kill_by_dispatch(struct task *task)
{
    enum { SET_DISPATCH = 59, DISPATCH_ON = 1 };
    task->dying = true;
    long result = task_inject(task, CALL_PRCTL, SET_DISPATCH, DISPATCH_ON, 0, 0,
                              machine_call_address(task->call.ip));
    if (task->lost)
        return next_stand(); /* it was killed, perhaps alone, by an execve of a sibling */
    if (result) {
        task_kill(task); /* older than Linux 5.11 */
        return next_stand();
    }
    task->injection.mask = UINT64_MAX; /* all stay blocked: no handler may run before the call */
    return call_again(task);
}

static struct next send_sigsys(struct task *task)
{
    struct machine_regs regs;
    uint64_t mask = task_sigmask(task);
    struct proc_status status = proc_status(task->tid);
    bool forced = task->dying || (mask | status.ignored) & BIT(SIGSYS);
    bool dies = forced || !(status.caught & BIT(SIGSYS));
    /* Else others may set a handler, if only at the end of a call that they are in. */
    bool is_known = status.tgid && task->process->memory->users == 1 && task->process->live == 1;
    if ((forced && !is_known) || !status.tgid || (dies && proc_is_init(task->process->tgid)) ||
        (forced && (status.caught | status.ignored) & BIT(SIGSYS) && !reset_handler(task)))
        return kill_by_dispatch(task);
    if (task->injection.active)
        task_inject_end(task);
    if (forced)
        task_set_sigmask(task, mask & ~BIT(SIGSYS));
    if (task_regs(task, &regs)) {
        machine_show_call(&regs, task->call.nr);
        task_set_regs(task, &regs);
    }
    task->at = AT_EXIT;
    /* Where its tracer looks first, the signal is sent when it is let go: stops.c. */
    return nested_show_exit(task) ? next_stand() : next_go(SIGSYS);
}

static struct next trap(struct task *task, uint16_t data)
{
    fill_siginfo(task, data);
    task->sigsys = true;
    task->at_exit = send_sigsys;
    return call_skip(task);
}

bool enforce_sigsys(struct task *task, struct next *next)
{
    siginfo_t now;
    if (!task->sigsys)
        return false;
    /* Without SI_KERNEL it isn't the signal that we sent. Ours was not sent if another was pending,
     * which then has to kill in its place. */
    if (!task->dying &&
        (ptrace(PTRACE_GETSIGINFO, task->tid, NULL, &now) || now.si_code != SI_KERNEL))
        return false;
    task->sigsys = false;
    ptrace(PTRACE_SETSIGINFO, task->tid, NULL, &task->sigsys_info);
    /* Its tracer must not see a kill. */
    *next = !task->dying && nested_show_signal(task, SIGSYS) ? next_stand() : next_go(SIGSYS);
    return true;
}

/* The thread calls exit(2) with this code. */
static struct next end_thread(struct task *task, int code)
{
    struct machine_regs regs;
    bool compat = task_is_compat(task);
    if (!task_regs(task, &regs))
        return next_stand();
    machine_set_argument(&regs, compat, 0, (uint64_t)code);
    return next_call(judge_own_call(task, &regs, machine_nr(compat, CALL_EXIT)));
}

static struct next kill_process(struct task *task, uint16_t data)
{
    task->process->dying = true;
    task->dying = true;
    return trap(task, data);
}

static struct next kill_thread(struct task *task, uint16_t data)
{
    task->dying = true;
    return task->process->live > 1 ? end_thread(task, SIGSYS) : kill_process(task, data);
}

static struct next kill_strict(struct task *task)
{
    task->dying = true;
    if (task->process->live > 1)
        return end_thread(task, SIGKILL);
    kill(task->process->tgid, SIGKILL);
    return next_stand();
}

/* The kernel treats the result as that of an interrupted call only if there was a call. */
static struct next restore_call(struct task *task)
{
    struct machine_regs regs;
    if (task_regs(task, &regs)) {
        machine_set_call(&regs, task->call.nr);
        task_set_regs(task, &regs);
    }
    return next_done();
}

/* ERRNO with a number that means a restart inside the kernel: where a signal is pending, the call
 * is made again or fails with EINTR. */
static struct next skip(struct task *task, int64_t result)
{
    if (!machine_is_restart(result))
        return call_finish(task, result);
    task->at_exit = restore_call;
    return next_call(judge_result(task, result));
}

/* Makes the call fail, as nobody handles RET_TRACE. */
static struct next refuse(struct task *task, const struct cordon_decision *decision)
{
    struct cordon_data data;
    task_data(task, &data);
    cordon_task_refuse(&task->seccomp, decision, &data);
    return call_finish(task, -ENOSYS);
}

static struct next decided(struct task *task, const struct cordon_decision *decision,
                           const struct pass *pass)
{
    struct cordon_data data;
    if (decision->verdict != (uint32_t)CORDON_ALLOW && task->session->emulation->verdict) {
        task_data(task, &data);
        report_verdict(task, &data, decision);
    }
    switch (decision->kind) {
    case CORDON_DO_RUN:
        return next_allowed(pass);
    case CORDON_DO_SKIP:
        return skip(task, decision->result);
    case CORDON_DO_TRAP:
        return trap(task, decision->data);
    case CORDON_DO_TRACE:
        return refuse(task, decision);
    case CORDON_DO_WAIT:
        return park(task, PARK_TARGET, NULL);
    case CORDON_DO_KILL_THREAD:
        return kill_thread(task, decision->data);
    case CORDON_DO_KILL_PROCESS:
        return kill_process(task, decision->data);
    case CORDON_DO_KILL_STRICT:
        return kill_strict(task);
    }
    return next_stand();
}

struct next enforce(struct task *task)
{
    struct cordon_decision decision;
    const struct pass *pass = judge(task, &decision);
    if (pass && decision.verdict == (uint32_t)CORDON_ALLOW)
        return next_allowed(pass);
    if (decision.kind == CORDON_DO_TRACE && nested_show_seccomp(task, &decision))
        return next_stand();
    return decided(task, &decision, pass);
}

struct next enforce_changed(struct task *task)
{
    struct cordon_decision decision;
    if (task->call.nr < 0) { /* its tracer has left a result */
        struct cordon_data data;
        task_data(task, &data);
        cordon_task_refuse(&task->seccomp, &task->nested.decision, &data);
        return call_skip(task);
    }
    const struct pass *pass = judge_changed(task, &decision);
    return decided(task, &decision, pass);
}
