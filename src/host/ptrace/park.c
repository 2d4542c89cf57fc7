/* SPDX-License-Identifier: MIT */
/*
 * park.c: calls that sleep in the emulation: a target of a notification, a supervisor in RECV or
 * ADDFD, a tracer in wait(2) or PTRACE_ATTACH.
 *
 * The thread sleeps in pause(2), or in its own wait(2) where children may end it too, so that the
 * kernel shows it asleep, and signals reach it as usual. PTRACE_INTERRUPT wakes it. It then checks
 * for a result, and otherwise sleeps again. If a signal woke it, it returns -ERESTARTSYS and the
 * kernel does the rest: without a handler the call is restarted.
 */
#include <errno.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inject.h"
#include "judge.h"
#include "next.h"
#include "park.h"
#include "proc.h"
#include "task.h"
#include "tracee.h"

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
static struct next over(struct task *task, int64_t result)
{
    park_leave(task);
    return call_finish(task, result);
}

/* Its supervisor lets it make the call. */
static struct next allowed(struct task *task)
{
    park_leave(task);
    return task->at == AT_ENTRY ? next_allowed(judge_answered(task)) : call_again_judged(task);
}

/* Installs descriptors that supervisors have sent; true: the wait is over. */
static bool target_asks(struct task *task, struct next *next)
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
            *next = allowed(task);
            return true;
        case CORDON_NOTIFY_RESULT:
            *next = over(task, result);
            return true;
        }
    }
}

/* Is there a result now? */
static bool asks(struct task *task, struct next *next)
{
    if (task->park.kind == PARK_TARGET)
        return target_asks(task, next);
    int64_t result = task->park.ask(task);
    if (result == CORDON_WAIT)
        return false;
    *next = over(task, result);
    return true;
}

static struct next left(struct task *task);

/* The options of a wait that sleeps in its own call. */
static void set_options(struct task *task, uint64_t options)
{
    struct machine_regs regs;
    if (!task_regs(task, &regs))
        return;
    machine_set_argument(&regs, task_is_compat(task), task->park.waiting->options(task), options);
    task_set_regs(task, &regs);
}

/* At an entry stop: goes to sleep. A wait sleeps in its own call as long as it has children. */
static struct next sleep_now(struct task *task)
{
    struct machine_regs regs;
    const struct pass *pass = NULL;
    if (task->park.held)
        release_signals(task);
    if (task->park.waiting && task->park.waiting->is_for_tracee(task)) {
        task->park.widened = true;
        set_options(task, task->call.args[task->park.waiting->options(task)] | __WALL);
    }
    if (task->park.waiting)
        pass = judge_repeated(task); /* it was judged before it slept */
    else if (task_regs(task, &regs))
        pass = judge_own_call(task, &regs, machine_nr(task_is_compat(task), CALL_PAUSE));
    task->park.poked = false;
    task->park.interrupted = false;
    task->state = STATE_PARKED;
    task->at_exit = left;
    return next_call(pass);
}

/* At an exit stop: goes back to the entry of the same call, where park_entered() handles it. */
static struct next come_back(struct task *task)
{
    task->park.poked = false;
    return call_again(task);
}

/* A signal has ended the sleep: the kernel restarts the call or lets it fail. */
static struct next interrupted(struct task *task)
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
    return next_done();
}

/* The call that a wait slept in has returned. */
static struct next own_end(struct task *task, int64_t result)
{
    if (result == -ECHILD && task->park.waiting->has_any(task)) { /* no child, but tracees */
        task->park.waiting = NULL;
        return come_back(task);
    }
    park_leave(task);
    return next_done();
}

static struct next left(struct task *task)
{
    int64_t result;
    struct next next;
    if (task->park.widened)
        set_options(task, task->call.args[task->park.waiting->options(task)]);
    task->park.widened = false;
    if (task->park.waiting && task_result(task, &result) && !machine_is_restart(result))
        return own_end(task, result);
    if (asks(task, &next))
        return next;
    if (task->park.poked)
        return come_back(task);
    if (!is_killable(task))
        return interrupted(task);
    if (task->injection.active)
        task_inject_end(task);
    hold_signals(task);
    return come_back(task);
}

/* Injected calls may have moved it past its entry. */
static struct next sleep_or_come_back(struct task *task)
{
    return task->at == AT_ENTRY ? sleep_now(task) : come_back(task);
}

struct next park(struct task *task, enum park_kind kind, int64_t (*ask)(struct task *task))
{
    task->park = (struct park){.kind = kind, .ask = ask};
    if (kind == PARK_ATTACH)
        hold_signals(task);
    return sleep_or_come_back(task);
}

struct next park_in_call(struct task *task, const struct waiting *waiting)
{
    task->park = (struct park){.kind = PARK_WAIT, .ask = waiting->ask, .waiting = waiting};
    return sleep_now(task);
}

struct next park_entered(struct task *task)
{
    struct next next;
    return asks(task, &next) ? next : sleep_or_come_back(task);
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
static struct next hold_back(struct task *task, int signal)
{
    struct dispositions now = dispositions(task);
    hold(task, now.caught | now.ignored | STOPPING_BY_DEFAULT | BIT(signal));
    if (signal == SIGSTOP)
        task->park.stop = true; /* can't be blocked: sent again at the end */
    return next_go(signal == SIGSTOP ? 0 : signal);
}

bool park_holds_back(struct task *task, int signal, struct next *next)
{
    bool waits = false;
    if (!task->park.kind || (signal_is_ignored(task, signal) && !task->nested.tracer))
        return false;
    if (task->park.kind == PARK_TARGET)
        waits = !cordon_notify_interrupt(&task->seccomp, signal_is_fatal(task, signal));
    else if (task->park.kind == PARK_ATTACH)
        waits = !signal_is_fatal(task, signal);
    else if (task->park.kind == PARK_IOCTL && CORDON_IOCTL_IS_ADDFD((uint32_t)task->call.args[1]))
        waits = !interrupt_addfd(task);
    if (waits)
        *next = hold_back(task, signal);
    else
        park_abandon(task);
    return waits;
}
