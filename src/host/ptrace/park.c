/* SPDX-License-Identifier: MIT */
/*
 * park.c: calls that sleep in the emulation: a target of a notification, a supervisor in RECV or
 * ADDFD, a tracer in wait(2) or PTRACE_ATTACH.
 *
 * The thread sleeps in pause(2), so that the kernel shows it asleep, and signals reach it as usual.
 * PTRACE_INTERRUPT wakes it. After pause(2) it checks for a result, and otherwise sleeps again. If
 * a signal woke it, it returns -ERESTARTSYS and the kernel does the rest: without a handler the
 * call is restarted.
 */
#include <errno.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc.h"
#include "session.h"

#define BIT(signal)         (UINT64_C(1) << ((signal)-1))
#define IGNORED_BY_DEFAULT  (BIT(SIGCHLD) | BIT(SIGCONT) | BIT(SIGURG) | BIT(SIGWINCH))
#define STOPPING_BY_DEFAULT (BIT(SIGSTOP) | BIT(SIGTSTP) | BIT(SIGTTIN) | BIT(SIGTTOU))

struct dispositions {
    uint64_t caught, ignored;
};

static struct dispositions dispositions(const struct task *task)
{
    struct proc_status status = proc_status(task->tid);
    struct dispositions now = {status.caught, status.ignored};
    now.ignored |= IGNORED_BY_DEFAULT & ~now.caught;
    return now;
}

bool signal_is_ignored(struct task *task, int signal)
{
    return (dispositions(task).ignored & BIT(signal)) != 0;
}

static bool signal_is_fatal(struct task *task, int signal)
{
    struct dispositions now = dispositions(task);
    return !((now.caught | now.ignored | STOPPING_BY_DEFAULT) & BIT(signal));
}

static void hold(struct task *task, uint64_t signals)
{
    if (!task->park.held)
        task->park.mask = task_sigmask(task);
    task->park.held = true;
    task_set_sigmask(task, task->park.mask | signals);
}

/* Blocks all signals except those that kill it, as for a sleep in the state TASK_KILLABLE. */
static void hold_signals(struct task *task)
{
    struct dispositions now = dispositions(task);
    hold(task, now.caught | now.ignored | STOPPING_BY_DEFAULT);
}

/* Does only a fatal signal end its sleep? */
static bool is_killable(const struct task *task)
{
    return task->park.kind == PARK_ATTACH ||
           (task->park.kind == PARK_TARGET && cordon_notify_killable(&task->seccomp));
}

/* Before it sleeps again: signals that were blocked for a moment may end the sleep. */
static void release_signals(struct task *task)
{
    if (is_killable(task)) {
        hold_signals(task);
    } else {
        task_set_sigmask(task, task->park.mask);
        task->park.held = false;
    }
}

/* The thread no longer sleeps for the tracer; its own signal mask is restored. */
static void park_leave(struct task *task)
{
    if (task->park.held)
        task_set_sigmask(task, task->park.mask);
    if (task->park.stop)
        syscall(SYS_tgkill, task->process->tgid, task->tid, SIGSTOP);
    task->park = (struct park){.kind = PARK_NONE};
}

/* The wait is over; at an entry or an exit stop. */
static void over(struct task *task, int64_t result)
{
    park_leave(task);
    task_finish(task, result);
}

/* Installs descriptors that supervisors have sent; true: the thread was resumed. */
static bool target_asks(struct task *task)
{
    struct cordon_addfd *addfd;
    int64_t result;
    for (;;) {
        switch (cordon_notify_next(&task->seccomp, &addfd, &result)) {
        case CORDON_NOTIFY_SLEEP:
            return false;
        case CORDON_NOTIFY_INSTALL: {
            int file = (int)(intptr_t)addfd->file - 1;
            cordon_addfd_done(addfd, descriptor_install(task, file, addfd->set, (int)addfd->newfd,
                                                        addfd->cloexec));
            break;
        }
        case CORDON_NOTIFY_RUN:
            park_leave(task);
            if (task->at == AT_ENTRY)
                judge_run(task); /* the supervisor has decided */
            else
                task_again(task);
            return true;
        case CORDON_NOTIFY_RESULT:
            over(task, result);
            return true;
        }
    }
}

static bool supervisor_asks(struct task *task)
{
    int64_t result;
    if (CORDON_IOCTL_IS_ADDFD((uint32_t)task->call.args[1])) {
        result = cordon_addfd_finish(&task->seccomp);
    } else {
        struct cordon_listener *listener = listener_of(task, (int)task->call.args[0]);
        result = listener ? cordon_listener_ioctl(listener, &task->seccomp,
                                                  (uint32_t)task->call.args[1], task->call.args[2])
                          : -EBADF;
    }
    if (result == CORDON_WAIT)
        return false;
    over(task, result);
    return true;
}

static bool waiter_asks(struct task *task)
{
    int64_t result = nested_wait_ask(task);
    if (result == CORDON_WAIT)
        return false;
    over(task, result);
    return true;
}

static bool attacher_asks(struct task *task)
{
    if (nested_attach_ask(task) == CORDON_WAIT)
        return false;
    over(task, 0);
    return true;
}

static bool asks(struct task *task)
{
    switch (task->park.kind) {
    case PARK_TARGET:
        return target_asks(task);
    case PARK_IOCTL:
        return supervisor_asks(task);
    case PARK_WAIT:
        return waiter_asks(task);
    case PARK_ATTACH:
        return attacher_asks(task);
    case PARK_NONE:
        break;
    }
    return false;
}

static void left(struct task *task);

/* The options of a wait that sleeps in its own call. */
static void set_options(struct task *task, uint64_t options)
{
    struct machine_regs regs;
    if (!task_regs(task, &regs))
        return;
    machine_set_argument(&regs, task_is_compat(task), nested_wait_options(task), options);
    task_set_regs(task, &regs);
}

/* At an entry stop: goes to sleep. A wait sleeps in its own call as long as it has children. */
static void sleep_now(struct task *task)
{
    struct machine_regs regs;
    if (task->park.held)
        release_signals(task);
    if (!task->park.in_call && task_regs(task, &regs)) {
        machine_set_call(&regs, machine_nr(task_is_compat(task), CALL_PAUSE));
        task_set_regs(task, &regs);
    }
    if (task->park.in_call && nested_wait_is_for_tracee(task)) {
        task->park.widened = true;
        set_options(task, task->call.args[nested_wait_options(task)] | __WALL);
    }
    task->park.poked = false;
    task->park.interrupted = false;
    judge_own_call(task); /* pause(2), or a wait that was judged before it slept */
    task->at_exit = left;
    task_resume(task, 0);
}

/* At an exit stop: goes back to the entry of the same call. */
static void come_back(struct task *task)
{
    task->park.poked = false;
    task_again(task);
    task->skip_judge = false; /* park_entered() handles it */
}

/* A signal has ended the sleep: the kernel restarts the call or lets it fail. */
static void interrupted(struct task *task)
{
    struct machine_regs regs;
    if (task->park.kind == PARK_WAIT)
        park_leave(task); /* it starts again, visibly for its tracer */
    else
        task->park.interrupted = true;
    if (task->injection.active)
        task_inject_end(task);
    if (task_regs(task, &regs)) {
        machine_interrupt(&regs, task->call.nr);
        task_set_regs(task, &regs);
    }
    exit_go_on(task);
}

/* The call that a wait slept in has returned. */
static bool own_end(struct task *task)
{
    int64_t result;
    if (!task->park.in_call || !task_result(task, &result) || machine_is_restart(result))
        return false;
    if (result == -ECHILD && nested_wait_has_any(task)) { /* no child, but tracees */
        task->park.in_call = false;
        come_back(task);
        return true;
    }
    park_leave(task);
    exit_go_on(task);
    return true;
}

static void left(struct task *task)
{
    if (task->park.widened)
        set_options(task, task->call.args[nested_wait_options(task)]);
    task->park.widened = false;
    if (own_end(task) || asks(task))
        return;
    if (task->park.poked) {
        come_back(task);
    } else if (is_killable(task)) {
        if (task->injection.active)
            task_inject_end(task);
        hold_signals(task);
        come_back(task);
    } else {
        interrupted(task);
    }
}

void park(struct task *task, enum park_kind kind)
{
    task->park = (struct park){.kind = kind};
    if (kind == PARK_ATTACH)
        hold_signals(task);
    if (task->at == AT_ENTRY)
        sleep_now(task);
    else
        come_back(task); /* injected calls have moved it past its entry */
}

void park_in_call(struct task *task)
{
    task->park = (struct park){.kind = PARK_WAIT, .in_call = true};
    sleep_now(task);
}

void park_entered(struct task *task)
{
    if (asks(task))
        return;
    if (task->at == AT_ENTRY)
        sleep_now(task);
    else
        come_back(task); /* it has installed a descriptor */
}

void park_abandon(struct task *task)
{
    cordon_notify_abandon(&task->seccomp);
    park_leave(task);
}

/* The descriptor may have been installed while the signal was on its way; false: that is going on,
 * so the signal has to wait. */
static bool interrupt_addfd(struct task *task)
{
    struct machine_regs regs;
    int64_t result = cordon_addfd_interrupt(&task->seccomp);
    if (result == CORDON_WAIT)
        return false;
    if (result == -EINTR || !task_regs(task, &regs))
        return true;
    machine_return(&regs, result);
    task_set_regs(task, &regs);
    return true;
}

/* Blocks the signal and delivers it: the kernel then queues it again. */
static void hold_back(struct task *task, int signal)
{
    struct dispositions now = dispositions(task);
    hold(task, now.caught | now.ignored | STOPPING_BY_DEFAULT | BIT(signal));
    if (signal == SIGSTOP)
        task->park.stop = true; /* can't be blocked: sent again at the end */
    task_resume(task, signal == SIGSTOP ? 0 : signal);
}

bool park_signal(struct task *task, int signal)
{
    if (!task->park.kind || (signal_is_ignored(task, signal) && !task->nested.tracer))
        return true;
    if (task->park.kind == PARK_TARGET &&
        !cordon_notify_interrupt(&task->seccomp, signal_is_fatal(task, signal))) {
        hold_back(task, signal);
        return false;
    }
    if (task->park.kind == PARK_ATTACH && !signal_is_fatal(task, signal)) {
        hold_back(task, signal);
        return false;
    }
    if (task->park.kind == PARK_IOCTL && CORDON_IOCTL_IS_ADDFD((uint32_t)task->call.args[1]) &&
        !interrupt_addfd(task)) {
        hold_back(task, signal);
        return false;
    }
    park_abandon(task);
    return true;
}

void park_wake(struct task *task)
{
    if (!task->park.kind || task->park.poked || task->at != AT_RUN)
        return;
    task->park.poked = task->woken = true;
    ptrace(PTRACE_INTERRUPT, task->tid, NULL, NULL);
}
