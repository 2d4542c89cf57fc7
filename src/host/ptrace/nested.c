/* SPDX-License-Identifier: MIT */
/*
 * nested.c: traced programs that trace others: debuggers, strace, init systems.
 *
 * For the kernel a thread has one tracer, which is cordon. So ptrace(2) of traced programs is
 * emulated here: a stop that their tracer wants is shown to it (nested_wait.c), the thread stays
 * stopped until that tracer resumes it, and its requests are passed to the kernel meanwhile.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "cordon/action.h"
#include "inject.h"
#include "layouts.h"
#include "nested.h"
#include "next.h"
#include "park.h"
#include "proc.h"
#include "queue.h"
#include "resume.h"
#include "task.h"
#include "tracee.h"

#define SUSPEND_SECCOMP (1u << 21)
#define EXIT_KILL       (1u << 20)
#define KNOWN_OPTIONS   (0xffu | EXIT_KILL | SUSPEND_SECCOMP)
#define ENTRY_MESSAGE   1 /* PTRACE_EVENTMSG_SYSCALL_ENTRY, linux/ptrace.h */
#define EXIT_MESSAGE    2
#define BIT(signal)     (UINT64_C(1) << ((signal)-1))

/* ---- who traces whom ---- */

static void link_tracee(struct task *task, struct process *tracer, pid_t thread, bool seized)
{
    task->nested = (struct nested){.tracer = tracer,
                                   .thread = thread,
                                   .next = tracer->tracees,
                                   .id = task_id_for(tracer->tasks, task),
                                   .seized = seized,
                                   .resume = PTRACE_CONT};
    tracer->tracees = task;
}

void nested_forget(struct task *task)
{
    struct process *tracer = task->nested.tracer;
    if (!tracer)
        return;
    struct task **at = &tracer->tracees;
    while (*at != task)
        at = &(*at)->nested.next;
    *at = task->nested.next;
    task->nested = (struct nested){0};
    task->seccomp.suspended = false;
}

/* ---- showing a stop ---- */

/* Its tracer may be waiting, or want SIGCHLD. */
static void notify_tracer(struct process *tracer)
{
    for (struct task *task = tracer->tasks; task; task = task->sibling)
        if (task->park.kind == PARK_WAIT || task->park.kind == PARK_ATTACH)
            task_wake(task);
    struct task *any = tracer->tasks;
    if (!any)
        return;
    struct proc_status status = proc_status(any->tid);
    if ((status.caught | status.blocked) & BIT(SIGCHLD))
        kill(tracer->tgid, SIGCHLD);
}

/* As the kernel fills it for the stop of a tracee: do_notify_parent_cldstop() in kernel/signal.c.
 */
static void set_child_info(struct task *task)
{
    struct process *tracer = task->nested.tracer;
    const struct task *reader = process_leader(tracer);
    siginfo_t *info = &tracer->child_info;
    *info = (siginfo_t){.si_signo = SIGCHLD, .si_code = CLD_TRAPPED};
    info->si_status = WSTOPSIG(task->nested.status) & 0x7f;
    info->si_pid = reader ? task_id_for(reader, task) : 0;
    info->si_uid = proc_status(task->tid).uid;
}

static bool show(struct task *task, enum shown_kind kind, int status, unsigned long message)
{
    task->nested.shown = kind;
    task->nested.has_info = false;
    task->nested.interrupt = false; /* any stop answers it */
    task->nested.status = status;
    task->nested.message = message;
    task->nested.reported = false;
    task->nested.listening = false;
    set_child_info(task);
    notify_tracer(task->nested.tracer);
    return true;
}

static int stopped_by(int signal)
{
    return signal << 8 | 0x7f;
}

static int event_status(int event, int signal)
{
    return event << 16 | stopped_by(signal);
}

static int syscall_status(const struct task *task)
{
    return stopped_by(SIGTRAP | (task->nested.options & PTRACE_O_TRACESYSGOOD ? 0x80 : 0));
}

bool nested_show_entry(struct task *task)
{
    int resume = task->nested.resume;
    if (!task->nested.tracer ||
        (resume != PTRACE_SYSCALL && resume != PTRACE_SYSEMU && resume != PTRACE_SYSEMU_SINGLESTEP))
        return false;
    task->nested.emulated = resume != PTRACE_SYSCALL;
    return show(task, SHOWN_ENTRY, syscall_status(task), ENTRY_MESSAGE);
}

/* Skipping a call removed its number, which its tracer expects to see. */
static void restore_number(struct task *task)
{
    struct machine_regs regs;
    if (task->call.nr < 0 || !task_regs(task, &regs) || !machine_is_skipped(&regs))
        return;
    machine_set_call(&regs, task->call.nr);
    task_set_regs(task, &regs);
}

bool nested_show_exit(struct task *task)
{
    if (!task->nested.tracer)
        return false;
    if (task->nested.resume == PTRACE_SINGLESTEP)
        return show(task, SHOWN_EXIT, stopped_by(SIGTRAP), 0); /* a step over the whole call */
    if (task->nested.resume != PTRACE_SYSCALL)
        return false;
    restore_number(task);
    return show(task, SHOWN_EXIT, syscall_status(task), EXIT_MESSAGE);
}

bool nested_show_signal(struct task *task, int signal)
{
    return task->nested.tracer && show(task, SHOWN_SIGNAL, stopped_by(signal), 0);
}

bool nested_show_group(struct task *task, int signal)
{
    if (!task->nested.tracer)
        return false;
    return show(task, SHOWN_GROUP,
                task->nested.seized ? event_status(PTRACE_EVENT_STOP, signal) : stopped_by(signal),
                0);
}

bool nested_show_seccomp(struct task *task, const struct cordon_decision *decision)
{
    if (!task->nested.tracer || !(task->nested.options & PTRACE_O_TRACESECCOMP))
        return false;
    task->nested.decision = *decision;
    return show(task, SHOWN_SECCOMP, event_status(PTRACE_EVENT_SECCOMP, SIGTRAP), decision->data);
}

/* A trap that only woke it for cordon isn't shown; one that its tracer requested is. */
static bool show_trap(struct task *task)
{
    struct nested *nested = &task->nested;
    bool woken = task->woken || !nested->seized; /* else its process was continued */
    if (!nested->stop_first && !nested->interrupt && !nested->listening && woken)
        return false;
    bool as_signal = nested->stop_first && !nested->seized;
    nested->stop_first = false;
    return as_signal ? show(task, SHOWN_EVENT, stopped_by(SIGSTOP), 0)
                     : show(task, SHOWN_EVENT, event_status(PTRACE_EVENT_STOP, SIGTRAP), 0);
}

static unsigned long message_for(struct task *task, int event, unsigned long message)
{
    if (event == PTRACE_EVENT_EXIT)
        return message;
    if (event == PTRACE_EVENT_EXEC) { /* it has become the first thread of its process */
        pid_t former = task->nested.id;
        task->nested.id = task_id_for(task->nested.tracer->tasks, task);
        return (unsigned long)former;
    }
    const struct task *reader = task->nested.tracer->tasks;
    const struct task *meant = task_find(task->session, (pid_t)message);
    return reader && meant ? (unsigned long)task_id_for(reader, meant) : message;
}

bool nested_show_event(struct task *task, int event, unsigned long message)
{
    if (!task->nested.tracer)
        return false;
    if (event == PTRACE_EVENT_STOP)
        return show_trap(task);
    if (event == PTRACE_EVENT_EXIT)
        task->nested.parent = proc_status(task->tid).ppid;
    message = message_for(task, event, message);
    if (task->nested.options & 1u << event)
        return show(task, SHOWN_EVENT, event_status(event, SIGTRAP), message);
    if (event == PTRACE_EVENT_EXEC && !task->nested.seized)
        syscall(SYS_tgkill, task->process->tgid, task->tid,
                SIGTRAP); /* for a tracer without PTRACE_O_TRACEEXEC */
    return false;
}

void nested_born(struct task *child, struct task *creator, int event)
{
    struct nested *nested = &creator->nested;
    if (!nested->tracer ||
        !(nested->options & 1u << event || creator->clone_flags & 0x2000 /* CLONE_PTRACE */))
        return;
    link_tracee(child, nested->tracer, nested->thread, nested->seized);
    child->nested.options = nested->options;
    child->nested.stop_first = true;
    child->seccomp.suspended = creator->seccomp.suspended;
}

void nested_fix_siginfo(struct task *task, int signal)
{
    siginfo_t info;
    bool child = signal == SIGCHLD && task->process->child_info.si_signo;
    bool own = task->nested.tracer && (signal == SIGSTOP || signal == SIGTRAP);
    if ((!child && !own) || ptrace(PTRACE_GETSIGINFO, task->tid, NULL, &info) ||
        info.si_code != (child ? SI_USER : SI_TKILL) ||
        (info.si_pid && info.si_pid != task->session->tracer))
        return;
    if (child)
        info = task->process->child_info;
    else
        info.si_code = signal == SIGSTOP ? SI_KERNEL : SI_USER;
    if (own)
        info.si_pid = 0;
    ptrace(PTRACE_SETSIGINFO, task->tid, NULL, &info);
}

/* ---- letting it go ---- */

static void let_go(struct task *task, enum shown_kind kind, int signal)
{
    task->nested.shown = SHOWN_NONE;
    task->nested.listening = false;
    task->gone = (struct gone){.from = kind, .signal = signal};
    if (kind != SHOWN_NONE)
        queue_go_on(task);
}

static void let_listen(struct task *task)
{
    task->gone = (struct gone){.from = task->nested.shown, .listens = true};
    queue_go_on(task);
}

static void detach(struct task *task, int signal)
{
    enum shown_kind kind = task->nested.shown;
    bool group = kind == SHOWN_GROUP && task->at == AT_GROUP;
    bool emulated = task->nested.emulated && kind == SHOWN_ENTRY;
    nested_forget(task);
    task->nested.emulated = emulated; /* a call under PTRACE_SYSEMU isn't made in any case */
    if (group && !signal)
        let_listen(task); /* its process stays stopped */
    else
        let_go(task, kind, signal);
}

static void let_all_go(struct process *process, pid_t thread)
{
    for (struct task *task = process->tracees, *next; task; task = next) {
        next = task->nested.next;
        if (thread && task->nested.thread != thread)
            continue;
        if (task->nested.options & EXIT_KILL)
            kill(task->process->tgid, SIGKILL);
        detach(task, 0);
    }
}

void nested_thread_ended(struct task *task)
{
    let_all_go(task->process, task->tid);
}

void nested_thread_renamed(struct process *process, pid_t before, pid_t now)
{
    for (struct task *task = process->tracees; task; task = task->nested.next)
        if (task->nested.thread == before)
            task->nested.thread = now;
}

void nested_process_ended(struct process *process)
{
    let_all_go(process, 0);
    while (process->ended) {
        struct ended *ended = process->ended;
        process->ended = ended->next;
        free(ended);
    }
}

/* Is its tracer also the one that the kernel tells of its end: its parent, or its reaper? */
static bool kernel_reports(const struct task *task)
{
    const struct process *tracer = task->nested.tracer;
    if (task->tid != task->process->tgid)
        return false;
    pid_t parent = proc_status(task->tid).ppid; /* 0: it has been waited for already */
    return parent ? parent == tracer->tgid
                  : task->process->parent == tracer || task->nested.parent == tracer->tgid;
}

void nested_ended(struct task *task, int status)
{
    struct process *tracer = task->nested.tracer;
    if (!tracer)
        return;
    struct ended *ended = kernel_reports(task) || !tracer->tasks ? NULL : calloc(1, sizeof *ended);
    if (ended) {
        ended->id = task->nested.id;
        ended->status = status;
        ended->next = tracer->ended;
        tracer->ended = ended;
    }
    nested_forget(task);
    notify_tracer(tracer);
}

/* ---- attaching ---- */

/* Is the thread one of the process's descendants? */
static bool descends(const struct task *task, pid_t tgid)
{
    for (pid_t pid = task->process->tgid; pid > 1; pid = proc_status(pid).ppid)
        if (pid == tgid)
            return true;
    return false;
}

/* Yama, yama_ptrace_access_check() in security/yama/yama_lsm.c. */
static bool is_in_scope(const struct task *tracer, const struct task *task)
{
    enum { RELATIONAL = 1, CAPABILITY = 2 };
    pid_t excepted = task->process->tracer_wanted;
    int scope = task->session->yama;
    if (scope < RELATIONAL)
        return true;
    if (scope > CAPABILITY)
        return false;
    return proc_is_capable(tracer->tid, task->tid, CAP_SYS_PTRACE) ||
           (scope == RELATIONAL && (excepted < 0 || descends(task, tracer->process->tgid) ||
                                    (excepted > 0 && excepted == tracer->process->tgid)));
}

static bool may_trace(const struct task *tracer, const struct task *task)
{
    return proc_may_trace(tracer->tid, task->tid) && is_in_scope(tracer, task);
}

void nested_set_wanted(struct task *task, uint64_t id)
{
    const struct task *tracer = (int32_t)id > 0 ? task_by_id(task, (pid_t)id) : NULL;
    task->process->tracer_wanted = id == UINT64_MAX ? -1 : tracer ? tracer->process->tgid : 0;
}

static bool is_privileged(const struct task *task)
{
    return proc_has_capability(task->tid, CAP_SYS_ADMIN) &&
           proc_in_our_namespace(task->tid, "user");
}

static int64_t check_options(const struct task *tracer, uint64_t options, int unknown)
{
    if (options & ~(uint64_t)KNOWN_OPTIONS)
        return -unknown;
    if (!(options & SUSPEND_SECCOMP))
        return 0;
    return is_privileged(tracer) && tracer->seccomp.mode == CORDON_MODE_DISABLED &&
                   !tracer->seccomp.suspended
               ? 0
               : -EPERM;
}

static void set_options(struct task *task, uint64_t options)
{
    task->nested.options = (uint32_t)options;
    task->seccomp.suspended = options & SUSPEND_SECCOMP;
}

static int64_t trace_me(struct task *task)
{
    struct process *parent = task->process->parent;
    if (task->nested.tracer || task->nested.outside ||
        (parent && (task->session->yama > 2 || !proc_may_be_asked(parent->tgid, task->tid))))
        return -EPERM;
    task->nested.outside = !parent; /* its parent waits for cordon, not for it */
    if (parent)
        link_tracee(task, parent,
                    task_find(task->session, task->process->parent_thread)
                        ? task->process->parent_thread
                        : parent->tgid,
                    false);
    return 0;
}

static int64_t attach(struct task *tracer, struct task *task, bool seize, uint64_t address,
                      uint64_t options)
{
    int64_t bad = seize ? check_options(tracer, options, EIO) : 0;
    if (seize && address)
        return -EIO;
    if (bad)
        return bad;
    if (task->process == tracer->process || task->nested.tracer || task->nested.outside ||
        task->at == AT_END || !may_trace(tracer, task))
        return -EPERM;
    link_tracee(task, tracer->process, tracer->tid, seize);
    if (seize)
        set_options(task, options);
    else if (task->at != AT_GROUP)
        syscall(SYS_tgkill, task->process->tgid, task->tid, SIGSTOP);
    if (task->at == AT_GROUP) /* in PTRACE_LISTEN it has to trap again before requests work */
        task->nested.interrupt = task_interrupt(task);
    return 0;
}

/* The stop of its process becomes one of the thread, and requests work: the kernel waits for it. */
static int64_t ask_attached(struct task *tracer)
{
    const struct task *task = task_by_id(tracer, (pid_t)tracer->call.args[1]);
    bool waits =
        task && task->nested.tracer == tracer->process && task->at != AT_END && !task->nested.shown;
    return waits ? CORDON_WAIT : 0;
}

/* ---- requests on a stopped thread ---- */

static int64_t resume(struct task *task, int request, uint64_t signal)
{
    if (signal > 64)
        return -EIO;
    enum shown_kind kind = task->nested.shown;
    task->nested.resume = request;
    let_go(task, kind, (int)signal);
    return 0;
}

static int64_t listen_on(struct task *task)
{
    if (!task->nested.seized || task->nested.status >> 16 != PTRACE_EVENT_STOP)
        return -EIO;
    task->nested.listening = true;
    task->nested.reported = true;
    let_listen(task);
    return 0;
}

static int64_t interrupt(struct task *task)
{
    if (!task->nested.seized)
        return -EIO;
    task->nested.interrupt = true;
    if (!task->nested.shown || task->nested.listening)
        task_interrupt(task);
    return 0;
}

/* Requests that only look at a stopped thread or change it: nested_peek.c. */
static int64_t stopped_request(struct task *tracer, struct task *task, int request,
                               uint64_t address, uint64_t data)
{
    switch (request) {
    case PTRACE_CONT:
    case PTRACE_SYSCALL:
    case PTRACE_SINGLESTEP:
    case PTRACE_SYSEMU:
    case PTRACE_SYSEMU_SINGLESTEP:
        return resume(task, request, data);
    case PTRACE_DETACH:
        if (data > 64)
            return -EIO;
        detach(task, (int)data);
        return 0;
    case PTRACE_LISTEN:
        return listen_on(task);
    case MACHINE_OLDSETOPTIONS:
    case PTRACE_SETOPTIONS: {
        int64_t bad = check_options(tracer, data, EINVAL);
        if (!bad)
            set_options(task, data);
        return bad;
    }
    case PTRACE_SECCOMP_GET_FILTER:
        return cordon_ptrace_get_filter(&tracer->seccomp, &task->seccomp, is_privileged(tracer),
                                        address, data);
    case PTRACE_SECCOMP_GET_METADATA:
        return cordon_ptrace_get_metadata(&tracer->seccomp, &task->seccomp, is_privileged(tracer),
                                          address, data);
    default:
        return nested_peek(tracer, task, request, address, data,
                           task_is_compat(tracer) ? nested_compat_handlers : NULL);
    }
}

static int64_t tracee_request(struct task *tracer, struct task *task, int request, uint64_t address,
                              uint64_t data)
{
    if (task->nested.tracer != tracer->process || task->nested.thread != tracer->tid)
        return -ESRCH;
    if (request == PTRACE_KILL) {
        kill(task->process->tgid, SIGKILL);
        return 0;
    }
    if (request == PTRACE_INTERRUPT)
        return interrupt(task);
    if (!task->nested.shown || (task->nested.listening && request != PTRACE_DETACH))
        return -ESRCH;
    return stopped_request(tracer, task, request, address, data);
}

struct next call_ptrace(struct task *tracer, const struct pass *pass)
{
    int request = (int)tracer->call.args[0];
    if ((uint64_t)(int64_t)request != tracer->call.args[0] && !task_is_compat(tracer))
        request = -1; /* the kernel compares all 64 bits */
    pid_t pid = (pid_t)tracer->call.args[1];
    uint64_t address = task_pointer(tracer, 2), data = task_pointer(tracer, 3);
    if (request == PTRACE_TRACEME)
        return call_finish(tracer, trace_me(tracer));
    struct task *task = task_by_id(tracer, pid);
    if (!task && pid == tracer->session->tracer)
        return call_finish(tracer, -EPERM);
    if (!task && request != PTRACE_ATTACH)
        return call_finish(tracer, -ESRCH);
    if (!task)
        return next_call(pass); /* a process that is not traced: the kernel decides */
    if (request == PTRACE_ATTACH || request == PTRACE_SEIZE) {
        int64_t result = attach(tracer, task, request == PTRACE_SEIZE, address, data);
        bool waits = !result && request == PTRACE_ATTACH && task->at == AT_GROUP;
        return waits ? park(tracer, PARK_ATTACH, ask_attached) : call_finish(tracer, result);
    }
    return call_finish(tracer, tracee_request(tracer, task, request, address, data));
}
