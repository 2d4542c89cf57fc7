/* SPDX-License-Identifier: MIT */
/* task.h: the traced threads and processes, and their states. */
#ifndef TASK_H
#define TASK_H

#include <sched.h>
#include <signal.h>
#include <sys/types.h>

#include "cordon/emulate.h"
#include "machine.h"
#include "next.h"
#include "trap_program.h"

#define CALL_TABLE 640 /* numbers below this can have a handler */

struct task;
struct process;
struct port;
struct session;

/* A call, as the kernel reports it at its entry. */
struct call {
    uint32_t arch;
    int32_t nr;
    uint64_t args[CORDON_ARGS];
    uint64_t ip, sp;
};

/*
 * The state of a thread: what its next stop means. stops.c has a table of states and events.
 * Injected calls have one of their own, as their handler waits for the stop.
 */
enum state {
    STATE_OUTSIDE,           /* in its own code */
    STATE_UNBORN,            /* stopped for the first time, before its creator's event */
    STATE_REPEATING,         /* right before a call that is to be made again, */
    STATE_REPEATING_ALLOWED, /* and was judged already */
    STATE_STEPPING,          /* goes on by PTRACE_SYSEMU_SINGLESTEP */
    STATE_IN_CALL,           /* in a call; it stops at its exit */
    STATE_CREATING,          /* in a call that makes another thread or process */
    STATE_PARKED,            /* sleeps in the emulation, in a call of ours */
    STATE_INJECTED,          /* does calls of ours, and its handler waits */
    STATE_ENDING,            /* its PTRACE_EVENT_EXIT has been */
    STATES
};

/* Where a thread is stopped. Only the tracer can resume it from there. */
enum at {
    AT_RUN,    /* it runs, or sleeps in a call */
    AT_ENTRY,  /* stopped before a call */
    AT_EXIT,   /* stopped after one */
    AT_SIGNAL, /* stopped before a signal is delivered */
    AT_EVENT,  /* stopped at another event of ptrace */
    AT_GROUP,  /* stopped with its process (SIGSTOP) */
    AT_END     /* on its way out: PTRACE_EVENT_EXIT has been */
};

/*
 * A call that sleeps in the emulation: the thread sleeps in pause(2) instead, so that signals, its
 * state in /proc and its death are the kernel's. PTRACE_INTERRUPT wakes it to check for a result.
 */
enum park_kind { PARK_NONE, PARK_TARGET, PARK_IOCTL, PARK_WAIT, PARK_ATTACH };

/* A wait that sleeps in its own call. */
struct waiting {
    int64_t (*ask)(struct task *task);        /* the result, or CORDON_WAIT */
    bool (*has_any)(struct task *task);       /* does it match any tracee, or one that has ended? */
    bool (*is_for_tracee)(struct task *task); /* for one alone? */
    unsigned (*options)(const struct task *task); /* which argument has its options? */
};

struct park {
    enum park_kind kind;
    int64_t (*ask)(struct task *task); /* is there a result? PARK_TARGET has none */
    const struct waiting *waiting;     /* it sleeps in its own call; NULL: in pause */

    bool poked;       /* the tracer has woken it */
    bool interrupted; /* a signal made it leave; it comes back unless the signal is delivered */
    bool widened;     /* its own call has other options than the program's */
    bool held;        /* signals are blocked, `mask` is the program's own */
    bool stop;        /* SIGSTOP came meanwhile: it is sent again at the end */
    uint64_t mask;
};

/* Calls that it is made to do, between an entry and the result that the program sees. */
struct injection {
    bool active;
    struct machine_regs regs; /* the program's own, after its call */
    uint64_t mask;
    bool stopped;      /* its process was stopped meanwhile */
    bool stop_pending; /* SIGSTOP came meanwhile, and its tracer has to see it */
};

/* What its tracer, which is traced too (gdb, strace), has been shown of it: nested.c. */
enum shown_kind {
    SHOWN_NONE,
    SHOWN_ENTRY,
    SHOWN_EXIT,
    SHOWN_SECCOMP,
    SHOWN_SIGNAL,
    SHOWN_EVENT,
    SHOWN_GROUP
};
struct nested {
    struct process *tracer; /* NULL: none */
    struct task *next;      /* of the same tracer */
    pid_t id;               /* in its tracer's namespace, also when it is gone */
    pid_t parent;           /* when it ended */
    bool seized;
    uint32_t options;
    int resume; /* the request that resumed it: PTRACE_CONT, PTRACE_SYSCALL … */
    enum shown_kind shown;
    int status;            /* of the stop, as wait shows it */
    bool reported;         /* wait has shown it */
    unsigned long message; /* PTRACE_GETEVENTMSG */
    siginfo_t info;        /* that its tracer has set at a stop other than a signal */
    bool has_info;
    bool listening;  /* PTRACE_LISTEN */
    bool interrupt;  /* PTRACE_INTERRUPT was requested, no stop has been shown since */
    bool emulated;   /* shown at its entry under PTRACE_SYSEMU: the call isn't made */
    pid_t thread;    /* of the tracer: only this one may make requests */
    bool outside;    /* PTRACE_TRACEME, but its parent isn't traced by us */
    bool stop_first; /* its first stop is shown: its creator was traced with fork options */
    struct cordon_decision decision;
};

/* Where its tracer, or its creator's event, has let it go from a stop: it goes on in its turn. */
struct gone {
    enum shown_kind from; /* SHOWN_NONE: it is born */
    int signal;
    bool listens; /* it stays stopped with its process */
};

/* trap.c: the kernel's filters of the thread. */
struct trap {
    struct trap_table *table; /* what they answer; NULL: it has none */
    bool stops;               /* it stops at all calls for good */
    bool behind;              /* they must follow the engine before its next call */
    bool doubtful;            /* its next child may have fewer */
    bool entry;               /* it is stopped at a call that its filters are asked about next, */
    bool passing;             /* and it was resumed there */
    bool no_new_privs;        /* as the program sees it, where it is hidden */
    uint8_t stopped;          /* calls at which only a descriptor made it stop */
};

struct task {
    struct cordon_task seccomp; /* first: the engine passes pointers to it */
    struct session *session;
    struct process *process;
    struct task *sibling; /* of the same process */
    struct task *chain;   /* of the same hash */
    pid_t tid;
    int status; /* of wait(2), while it is queued */
    bool queued;
    bool goes_on; /* it goes on from an earlier stop: `gone` */
    struct gone gone;
    struct task *next_queued;
    struct script *script; /* a handler that waits for its next stop */
    struct port *port;     /* listener.c: of the listener that it is about to make */
    enum state state;
    enum at at;
    uint32_t stop;       /* stops that it has made */
    uint32_t judged;     /* the last of them at which judge.c has decided about its call */
    bool woken;          /* a trap is pending that only wakes it for us */
    bool lost;           /* it ended during an injected call; the loop will handle that */
    pid_t first_seen[2]; /* unborn: its process and that of its parent, at its first stop */
    bool wants_tsc;      /* its use of the time-stamp counter is to be forbidden */
    bool wants_nnp;      /* no_new_privs is to be set at its next call */
    bool dying;          /* it is being killed; its calls aren't judged any more */
    struct call call;
    uint32_t clone_flags;
    uint64_t sealed;   /* births.c: the copy of clone3's arguments */
    bool restore;      /* the argument registers are not what the program put there */
    bool restore_mask; /* a newborn: its signals are blocked, injection.mask is its own mask */
    struct next (*at_exit)(struct task *task); /* NULL: nothing is to be done after the call */
    bool sigsys; /* our SIGSYS is pending; it must kill a thread that is dying */
    siginfo_t sigsys_info;
    struct park park;
    struct injection injection;
    struct nested nested;
    struct trap trap;
    /* affinity.c */
    bool near;     /* it shares our CPU now; `cpus` is its own set */
    bool own_cpus; /* it has chosen its CPUs itself */
    uint8_t busy;  /* calls in quick succession */
    uint64_t left; /* when it was last resumed, ns */
    cpu_set_t cpus;
};

/* What processes with the same memory have in common. */
struct memory {
    uint32_t users;
    bool page_busy; /* the page that is kept is used by one of their threads */
};

struct process {
    struct process *chain;
    pid_t tgid;
    struct process *parent; /* the traced process that waits for it, or NULL */
    pid_t parent_thread;    /* that made it */
    struct task *tasks;
    struct memory *memory;
    uint32_t live;        /* threads that are not on their way out */
    bool holds;           /* it may have a listener */
    bool dying;           /* SIGSYS is about to kill it: no other thread goes on */
    struct task *tracees; /* threads that it traces */
    siginfo_t child_info; /* of the SIGCHLD sent to it for a stop of one of them */
    uint64_t page;        /* of scratch memory that it keeps; 0: none */
    struct ended *ended;  /* tracees that ended, until its wait returns them */
    pid_t tracer_wanted;  /* PR_SET_PTRACER: this process may trace it; -1: any */
};

struct session {
    const struct cordon_emulation *emulation;
    struct cordon_host host; /* the engine's */
    struct task *tasks[1024];
    struct process *processes[256];
    struct task *recent;
    uint32_t task_count, unborn_count;
    pid_t main;
    bool main_started, main_ended;
    int main_status;
    int report_fd; /* where the end of `main` is reported, or -1 */
    bool has_abi[MACHINE_ABIS];
    ino_t logged;       /* of the file that replaces actions_logged, opened for writing; 0: none */
    bool dump;          /* CORDON_DUMP=stops */
    struct port *ports; /* listeners */
    struct unreaped *unreaped;
    uint8_t handlers[MACHINE_ABIS][CALL_TABLE];
    pid_t tracer;
    int yama;                  /* kernel.yama.ptrace_scope */
    bool can_be_reached;       /* privileged programs could read and write our memory */
    uint64_t own_mark[2];      /* doors.c: found only in our memory */
    bool trapping;             /* the kernel's seccomp is the trap */
    bool had_no_new_privs;     /* the program is started with it, */
    bool hides_no_new_privs;   /* or it was only set for the kernel's filters */
    struct task *first, *last; /* queue.c: stops to be served, in this order */
    struct script *running;    /* script.c: the handler that runs now */
    struct script *idle;       /* stacks that are free */
    bool memory_waits;         /* there may be memory behind userfaultfd(2) */
    uint64_t page_mark[2];     /* of pages that processes keep: descriptor.c; 0: not made yet */
    /* affinity.c */
    bool shares_cpu;
    bool in_turn; /* stops are handled in the order of priorities */
    int cpu;
    cpu_set_t cpus;
    uint32_t near_count;
    uint64_t scanned;
    enum cordon_error error;
    struct cordon_diag diag;
};

/* ---- task.c ---- */

struct task *task_find(struct session *session, pid_t tid);
/* NULL: out of memory. */
struct task *task_new(struct session *session, pid_t tid);
void task_join(struct task *task, pid_t tgid);
void task_free(struct task *task);
/* For a first stop before its creator's event; the tracer ends where there is no memory. */
struct task *task_new_unborn(struct session *session, pid_t tid);
/* It isn't found by its id any more. */
void task_forget_id(struct task *task);
void task_rename(struct task *task, pid_t tid);
/* The process has its creator's memory (CLONE_VM), or memory of its own after execve. */
void process_share_memory(struct process *process, const struct process *with);
void process_own_memory(struct process *process);
/* Can other threads or processes change its memory? */
bool process_shares_memory(const struct process *process);
/* Does it stop at the exit of a call next? */
static inline bool task_is_in_call(const struct task *task)
{
    return task->state >= STATE_IN_CALL && task->state <= STATE_PARKED;
}
static inline bool task_is_repeating(const struct task *task)
{
    return task->state == STATE_REPEATING || task->state == STATE_REPEATING_ALLOWED;
}
struct task *process_leader(const struct process *process);
/* The thread's id as `reader` sees it; 0: it doesn't. And back: NULL: none of ours. */
pid_t task_id_for(const struct task *reader, const struct task *task);
struct task *task_by_id(const struct task *reader, pid_t id);
pid_t process_id_for(const struct task *reader, const struct process *process);

#endif
