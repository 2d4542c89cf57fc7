/* SPDX-License-Identifier: MIT */
/*
 * facility.h: the seccomp facility: what a kernel does for threads with seccomp modes and filters.
 *
 * Facts: kernel/seccomp.c, include/uapi/linux/seccomp.h, seccomp(2), seccomp_unotify(2), prctl(2),
 * ptrace(2); probed on Linux 6.18.
 *
 * The engine decides; a *host* traps calls, reaches memory, blocks and wakes, through the functions
 * of struct cordon_host. The engine never sleeps: an operation that would block returns
 * CORDON_WAIT and is retried. It allocates memory only through the host.
 *
 * Results of calls and ioctls are the kernel's: zero or positive, or a negative errno.
 *
 * Thread safety: none. The host calls with one lock held over all tasks that can share a filter.
 */
#ifndef CORDON_FACILITY_H
#define CORDON_FACILITY_H

#include "cordon/engine.h"

CORDON_BEGIN

struct cordon_filter;   /* one installed filter: immutable, shared by the threads that have it */
struct cordon_listener; /* the supervisor's end of a filter installed with NEW_LISTENER */
struct cordon_task;
struct cordon_host;

/* ---- constants of the interface (include/uapi/linux/seccomp.h) ---- */

enum cordon_mode {
    CORDON_MODE_DISABLED,
    CORDON_MODE_STRICT,
    CORDON_MODE_FILTER,
    CORDON_MODE_DEAD /* a kill was decided: every further call kills the thread */
};

enum {
    CORDON_SET_MODE_STRICT,
    CORDON_SET_MODE_FILTER,
    CORDON_GET_ACTION_AVAIL,
    CORDON_GET_NOTIF_SIZES
};

enum {
    CORDON_FLAG_TSYNC = 1,
    CORDON_FLAG_LOG = 2,
    CORDON_FLAG_SPEC_ALLOW = 4,
    CORDON_FLAG_NEW_LISTENER = 8,
    CORDON_FLAG_TSYNC_ESRCH = 16,
    CORDON_FLAG_WAIT_KILLABLE_RECV = 32,
    CORDON_FLAG_ALLOW_NESTED_LISTENERS = 64 /* with cordon_rules.nested_listeners */
};

/* Ioctls of a listener. ADDFD is any request of type '!' and number 3. */
#define CORDON_IOCTL_RECV         0xc0502100u
#define CORDON_IOCTL_SEND         0xc0182101u
#define CORDON_IOCTL_ID_VALID     0x40082102u
#define CORDON_IOCTL_ID_VALID_OLD 0x80082102u
#define CORDON_IOCTL_ADDFD        0x40182103u
#define CORDON_IOCTL_SET_FLAGS    0x40082104u
#define CORDON_IOCTL_IS_ADDFD(nr) (((nr)&0xffffu) == (CORDON_IOCTL_ADDFD & 0xffffu))
#define CORDON_IOCTL_SIZE(nr)     ((nr) >> 16 & 0x3fffu)

#define CORDON_PATH_LIMIT 32768u /* of a chain, in translated instructions: facility.c */

/* ---- the state of a thread ---- */

enum cordon_notify_state {
    CORDON_NOTIFY_NONE,   /* the thread does not wait for a supervisor */
    CORDON_NOTIFY_INIT,   /* waiting to be read */
    CORDON_NOTIFY_SENT,   /* read, not answered */
    CORDON_NOTIFY_REPLIED /* answered; the target has not taken the answer yet */
};

/*
 * A supervisor's request to give a target a descriptor. It is part of the supervisor's task; while
 * the target installs it, a copy is in the target's task, because the supervisor may die.
 */
struct cordon_addfd {
    struct cordon_addfd *next;      /* queued at the target, last in first out */
    struct cordon_task *supervisor; /* waits for the result; NULL: it has died */
    struct cordon_task *target;     /* NULL: neither queued nor being installed */
    void *file;                     /* the host's own, from host.file_take() */
    uint32_t newfd;
    bool set; /* exactly newfd */
    bool cloexec;
    bool send; /* answers the notification too */
    bool done;
    int32_t result; /* once done: the new number, or a negative errno */
};

/* A target's notification. It is part of the target's task. */
struct cordon_notification {
    enum cordon_notify_state state;
    const struct cordon_filter *filter;  /* whose supervisor is asked */
    const struct cordon_filter *winner;  /* that decided; `filter` may be an older one */
    struct cordon_listener *listener;    /* NULL: has been closed */
    struct cordon_task *next, *previous; /* in the listener's list, oldest first */
    uint64_t id;
    struct cordon_data data;
    int64_t value; /* the answer */
    int32_t error;
    bool proceed; /* SECCOMP_USER_NOTIF_FLAG_CONTINUE */
    struct cordon_addfd *addfds;
    struct cordon_addfd installing; /* taken from those, by cordon_notify_next() */
};

/*
 * The facility's part of a thread: embed it in the host's own structure. With all members 0
 * except `host` it is a thread in mode 0. Anyone may read it; only the engine writes it.
 */
struct cordon_task {
    const struct cordon_host *host;
    enum cordon_mode mode;
    uint32_t filter_count;
    struct cordon_filter *filter; /* the newest, NULL: none */
    bool suspended; /* PTRACE_O_SUSPEND_SECCOMP: no call is checked. Written by the host */
    struct cordon_notification notification;
    struct cordon_addfd addfd;
};

/* ---- the host ---- */

/* A record of audit type 1326; the host adds what the engine does not know (uids, comm, exe).
 */
struct cordon_log_record {
    const struct cordon_data *data;
    uint32_t action; /* action part of the verdict */
    int signal;      /* 31 kills by a filter, 9 strict mode, else 0 */
};

/* Which kernel's facility it is; with all members 0 that of the newest. */
struct cordon_rules {
    /*
     * CORDON_LINUX(), 6.1 or later; 0: the newest. What programs can see of it:
     *  6.6  CORDON_IOCTL_SET_FLAGS; EINVAL before.
     *  6.11 A thread no longer uses its filters once it exits; before, once it has been reaped: so
     *       a listener hangs up later, and TSYNC fails because of a dead first thread. RECV fails
     *       with ENOENT when nobody uses the filter; before, it waits.
     *  6.14 uretprobe(2) isn't judged, on x86_64.
     *  6.18 Nor is uprobe(2).
     * What the actions do is the same in all of them.
     */
    uint16_t kernel;
    /*
     * As proposed for Linux in December 2025 (not in 7.3): a thread with a listener may install
     * another. The newest answers first; after its CONTINUE an older one is asked, if its filter
     * says USER_NOTIF too. The newest open listener must have been installed with
     * CORDON_FLAG_ALLOW_NESTED_LISTENERS. Here that isn't necessary if no open listener has it,
     * for programs that don't know it.
     */
    bool nested_listeners;
};

struct cordon_host {
    struct cordon_rules rules;
    /* Memory of the task, by its address: 0, or -EFAULT with `to` undefined. */
    int (*copy_in)(struct cordon_task *task, void *to, uint64_t from, size_t size);
    int (*copy_out)(struct cordon_task *task, uint64_t to, const void *from, size_t size);
    /* NULL: none left. release(NULL) does nothing. */
    void *(*allocate)(size_t size);
    void (*release)(void *memory);

    bool (*no_new_privs)(struct cordon_task *task);
    void (*set_no_new_privs)(struct cordon_task *task);
    /* CAP_SYS_ADMIN in the task's own user namespace. */
    bool (*is_admin)(struct cordon_task *task);
    /* The threads of the task's process except itself and those that are exiting: the one after
     * `previous` (NULL: the first); NULL: no more. */
    struct cordon_task *(*next_thread)(struct cordon_task *task, struct cordon_task *previous);
    /* The thread's id in the pid namespace of `reader`; 0: it has none there. */
    int32_t (*thread_id)(struct cordon_task *reader, struct cordon_task *task);
    /* PR_SET_TSC, PR_TSC_SIGSEGV on entering strict mode. */
    void (*forbid_tsc)(struct cordon_task *task);

    /*
     * A descriptor for a new listener (number or -errno), which cannot be used yet. It is then
     * either published or dropped. When its last descriptor is closed, the host calls
     * cordon_listener_close().
     */
    int (*listener_make)(struct cordon_task *task, struct cordon_listener *listener);
    void (*listener_publish)(struct cordon_task *task, struct cordon_listener *listener, int fd);
    void (*listener_drop)(struct cordon_task *task, struct cordon_listener *listener, int fd);
    /* The result of cordon_listener_events() may have changed: wake the threads that poll or wait
     * in RECV. */
    void (*listener_changed)(struct cordon_listener *listener);
    /* A target has an answer or a descriptor to take (cordon_notify_next()), or a supervisor's
     * ADDFD is done. */
    void (*wake)(struct cordon_task *task);
    /* The open file of descriptor `fd` of a supervisor, or NULL; released when ADDFD is done. */
    void *(*file_take)(struct cordon_task *supervisor, uint32_t fd);
    void (*file_drop)(void *file);

    void (*log)(struct cordon_task *task, const struct cordon_log_record *record);
    uint64_t (*random)(void); /* the first id of a listener's notifications */
};

/* ---- the calls seccomp(2) and prctl(2) ---- */

/* seccomp(2). `compat`: the caller's struct sock_fprog is the 8-byte one of 32-bit ABIs. */
int64_t cordon_seccomp(struct cordon_task *task, uint32_t operation, uint32_t flags, uint64_t args,
                       bool compat);
/* prctl(PR_GET_SECCOMP) and prctl(PR_SET_SECCOMP, mode, args). */
int64_t cordon_prctl_get(const struct cordon_task *task);
int64_t cordon_prctl_set(struct cordon_task *task, uint64_t mode, uint64_t args, bool compat);

/*
 * Installs a program from this process's memory, to start a program under a policy: no flags
 * except LOG, no privilege required. 0, -EINVAL, -ENOMEM.
 */
int64_t cordon_task_install(struct cordon_task *task, const struct cordon_insn *insns,
                            uint32_t length, uint32_t flags);

/* ---- judging a call ---- */

enum cordon_decision_kind {
    CORDON_DO_RUN,          /* the call is executed */
    CORDON_DO_SKIP,         /* it is not; `result` goes to the result register */
    CORDON_DO_TRAP,         /* not executed; SIGSYS with `data` as si_errno */
    CORDON_DO_TRACE,        /* ask the tracer, `data` is the event message. No tracer listens:
                               cordon_task_refuse(), skip with -ENOSYS. Else, when it resumes the
                               thread, cordon_task_judge_again() on what it left */
    CORDON_DO_WAIT,         /* the thread sleeps until cordon_notify_next() has a step for it */
    CORDON_DO_KILL_THREAD,  /* exits with code 31, or is killed as below if it is the last thread */
    CORDON_DO_KILL_PROCESS, /* SIGSYS that can't be caught, core allowed */
    CORDON_DO_KILL_STRICT   /* the thread exits with code 9 */
};

struct cordon_decision {
    enum cordon_decision_kind kind;
    uint32_t verdict;                   /* the winning filter's, action and data */
    uint16_t data;                      /* its data part */
    int64_t result;                     /* for SKIP */
    const struct cordon_filter *filter; /* the winner; NULL: none, ALLOW or strict mode */
};

struct cordon_decision cordon_task_judge(struct cordon_task *task, const struct cordon_data *data);
/* After a TRACE that was answered: TRACE now counts as RUN. */
struct cordon_decision cordon_task_judge_again(struct cordon_task *task,
                                               const struct cordon_data *data);
/* There is no tracer for a TRACE, or it cancelled the call: logs it if the filter was installed
 * with LOG. `data`: as the tracer left it. */
void cordon_task_refuse(struct cordon_task *task, const struct cordon_decision *decision,
                        const struct cordon_data *data);

/* The verdict of the chain by interpreting each filter; judging must give the same. */
uint32_t cordon_task_interpret(const struct cordon_task *task, const struct cordon_data *data,
                               const struct cordon_filter **winner);

/*
 * Has every call of the thread with this number the same verdict, whatever its arguments are? Then
 * *verdict is that. Without filters all calls are allowed; nothing is constant in strict mode, or
 * after a kill was decided.
 */
bool cordon_task_constant(const struct cordon_task *task, uint32_t arch, uint32_t nr,
                          uint32_t *verdict);

/* ---- life of a thread ---- */

/* A new thread or process: the child has mode, chain and count of its parent. */
void cordon_task_fork(struct cordon_task *child, const struct cordon_task *parent);
/* It has ended: its chain is released (see cordon_rules) and its pending requests are withdrawn. */
void cordon_task_exit(struct cordon_task *task);
/* After that: nobody will wait for it any more. Only kernels before 6.11 still have its chain. */
void cordon_task_reap(struct cordon_task *task);
/* Does it still use filters, after it has ended? */
bool cordon_task_lingers(const struct cordon_task *task);

/* ---- the notifier ---- */

/* What a waiting target must do next; call it until it sleeps or is done. */
enum cordon_notify_step {
    CORDON_NOTIFY_SLEEP,   /* nothing yet */
    CORDON_NOTIFY_INSTALL, /* install the descriptor `addfd`, then cordon_addfd_done() */
    CORDON_NOTIFY_RUN,     /* answered by CONTINUE: the call runs, no filter runs again */
    CORDON_NOTIFY_RESULT   /* answered: the call's result is *result */
};
enum cordon_notify_step cordon_notify_next(struct cordon_task *target, struct cordon_addfd **addfd,
                                           int64_t *result);
/* The target has installed it (result: the number) or could not (-errno). */
void cordon_addfd_done(struct cordon_addfd *addfd, int32_t result);
/*
 * A signal for the target that its disposition does not ignore. true: its wait is over, the call is
 * restarted as after -ERESTARTSYS; false: the signal stays pending, because cordon_notify_next()
 * has a step for it or because it continues to wait (WAIT_KILLABLE_RECV, and it was read).
 */
bool cordon_notify_interrupt(struct cordon_task *target, bool fatal);
/* The thread ends or abandons the call: its pending requests, as target or supervisor, are
 * withdrawn.
 */
void cordon_notify_abandon(struct cordon_task *task);
/* Would a signal stay pending, so that the sleep is only killable? */
bool cordon_notify_killable(const struct cordon_task *target);

#define CORDON_WAIT INT64_C(0x7fffffff) /* not a result: the caller sleeps and asks again */

/*
 * An ioctl by `supervisor`. CORDON_WAIT: RECV with nothing to read (retry after
 * listener_changed), or ADDFD until the target has installed it (after wake:
 * cordon_addfd_finish()).
 */
int64_t cordon_listener_ioctl(struct cordon_listener *listener, struct cordon_task *supervisor,
                              uint32_t request, uint64_t argument);
/* The result of a waiting ADDFD, or CORDON_WAIT. */
int64_t cordon_addfd_finish(struct cordon_task *supervisor);
/*
 * A signal ends a supervisor's wait in ADDFD: withdrawn (-EINTR, restarted as after
 * -ERESTARTSYS), or its result if it was done, or CORDON_WAIT: the target is installing it now.
 */
int64_t cordon_addfd_interrupt(struct cordon_task *supervisor);

enum { CORDON_EVENT_IN = 1, CORDON_EVENT_OUT = 2, CORDON_EVENT_HUP = 4 };
unsigned cordon_listener_events(const struct cordon_listener *listener);
/* The last descriptor is closed: the listener is gone after this. */
void cordon_listener_close(struct cordon_listener *listener);
/* A pointer of the host's, for its own use. */
void cordon_listener_set_context(struct cordon_listener *listener, void *context);
void *cordon_listener_context(const struct cordon_listener *listener);

/* ---- inspecting filters ---- */

/* The index-th filter of a thread, 0 the oldest; NULL: none. */
const struct cordon_filter *cordon_task_filter(const struct cordon_task *task, uint64_t index);
/* The next older filter of the chain; NULL: it is the oldest. */
const struct cordon_filter *cordon_filter_older(const struct cordon_filter *filter);
/* The program as it was given, and the flags it was installed with. */
struct cordon_program cordon_filter_program(const struct cordon_filter *filter);
uint32_t cordon_filter_flags(const struct cordon_filter *filter);

/*
 * PTRACE_SECCOMP_GET_FILTER and PTRACE_SECCOMP_GET_METADATA by `tracer` on a stopped tracee;
 * `privileged`: the tracer has CAP_SYS_ADMIN in the initial user namespace.
 */
int64_t cordon_ptrace_get_filter(struct cordon_task *tracer, const struct cordon_task *tracee,
                                 bool privileged, uint64_t index, uint64_t buffer);
int64_t cordon_ptrace_get_metadata(struct cordon_task *tracer, const struct cordon_task *tracee,
                                   bool privileged, uint64_t size, uint64_t buffer);

/* ---- what is logged: /proc/sys/kernel/seccomp ---- */
/* One set for the whole process; any thread may read and replace it. */

#define CORDON_ACTIONS_AVAIL "kill_process kill_thread trap errno user_notif trace log allow"

/* The names of actions_logged, separated by blanks; returns the length without the ending NUL. */
uint32_t cordon_actions_logged(char *text, uint32_t room);
/* Replaces the set as a write to the file does; 0 or -EINVAL. The host checks privilege. */
int64_t cordon_actions_log(const char *text, uint32_t length);

CORDON_END

#endif
