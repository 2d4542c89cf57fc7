/* SPDX-License-Identifier: MIT */
/* session.h: the traced threads and their states, shared by the files of this room. */
#ifndef SESSION_H
#define SESSION_H

#include <sched.h>
#include <signal.h>
#include <sys/types.h>

#include "cordon/emulate.h"
#include "machine.h"
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

/* The state of a thread. Only the tracer can resume it from a stop. */
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
struct park {
    enum park_kind kind;
    bool poked;       /* the tracer has woken it */
    bool interrupted; /* a signal made it leave; it comes back unless the signal is delivered */
    bool in_call;     /* it sleeps in its own call, not in pause */
    bool widened;     /* and that has other options than the program's */
    bool held;        /* signals are blocked, `mask` is the program's own */
    bool stop;        /* SIGSTOP came meanwhile: it is sent again at the end */
    uint64_t mask;
};

/* Calls that it is made to do, between an entry and the result that the program sees. */
struct injection {
    bool active;
    struct machine_regs regs; /* the program's own, after its call */
    uint64_t mask;
    bool stop_pending; /* SIGSTOP came meanwhile */
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

/* trap.c: the kernel's filters of the thread. */
struct trap {
    struct trap_table *table; /* what they answer; NULL: it has none */
    bool stops;               /* it stops at all calls for good */
    bool behind;              /* they must follow the engine before its next call */
    bool doubtful;            /* its next child may have fewer */
    bool entry;               /* it is stopped at a call that its filters are asked about next, */
    bool passing;             /* and it was resumed there */
    bool no_new_privs;        /* as the program sees it, where it is hidden */
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
    bool goes_on; /* its tracer has let it go from the stop that was shown */
    enum shown_kind gone_from;
    int gone_signal; /* with this signal */
    struct task *next_queued;
    struct script *script; /* a handler that waits for its next stop */
    struct port *port;     /* listener.c: of the listener that it is about to make */
    enum at at;
    uint32_t stop;   /* stops that it has made */
    uint32_t judged; /* the last of them at which judge.c has decided about its call */
    bool in_call;
    bool woken;      /* a trap is pending that only wakes it for us */
    bool lost;       /* it ended during an injected call; the loop will handle that */
    bool births;     /* it is in a call that makes another thread or process */
    bool unborn;     /* it has stopped for the first time, before its creator's event */
    bool again;      /* it is right before a call that is to be repeated */
    bool skip_judge; /* the next entry repeats a call that was judged */
    bool wants_tsc;  /* its use of the time-stamp counter is to be forbidden */
    bool wants_nnp;  /* no_new_privs is to be set at its next call */
    bool stepping;   /* it goes on by PTRACE_SYSEMU_SINGLESTEP */
    bool dying;      /* it is being killed; its calls aren't judged any more */
    struct call call;
    uint32_t clone_flags;
    uint64_t sealed;   /* births.c: the copy of clone3's arguments */
    bool restore;      /* the argument registers are not what the program put there */
    bool restore_mask; /* a newborn: its signals are blocked, injection.mask is its own mask */
    void (*at_exit)(struct task *task); /* NULL: nothing is to be done after the call */
    int sigsys;                         /* 1: our SIGSYS is pending; 2: and must kill */
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
    bool main_started;
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

/* ---- task.c: who is there ---- */

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
struct task *process_leader(const struct process *process);
/* The thread's id as `reader` sees it; 0: it doesn't. And back: NULL: none of ours. */
pid_t task_id_for(const struct task *reader, const struct task *task);
struct task *task_by_id(const struct task *reader, pid_t id);
pid_t process_id_for(const struct task *reader, const struct process *process);
/* ---- tracee.c: a stopped thread ---- */

#define SYSCALL_STOP (SIGTRAP | 0x80) /* the signal of a stop at a call (PTRACE_O_TRACESYSGOOD) */

/* Is the thread's call one of the compat ABI? */
bool task_is_compat(const struct task *task);
/* Is the thread's call this one? */
bool task_is_call(const struct task *task, enum machine_call call);
/* An argument that is an address. */
uint64_t task_pointer(const struct task *task, unsigned argument);
bool task_regs(struct task *task, struct machine_regs *regs);
void task_set_regs(struct task *task, const struct machine_regs *regs);
/* Its process dies at once. */
void task_kill(const struct task *task);
/* At the stop of a call that can't be read: the same, unless the thread has left the stop because
 * it is killed, alone perhaps, by an execve: then its end is reported next. */
void task_kill_unread(const struct task *task);
/* What the call returned, at a stop after it; false: the thread is gone. */
bool task_result(const struct task *task, int64_t *result);
/* Reads the call at an entry stop; false: the thread is gone. */
bool task_read_call(struct task *task);
/* Does the kernel report this stop as the end of a call? */
bool task_is_after_call(const struct task *task);
void task_data(const struct task *task, struct cordon_data *data);
/* 0, or -EFAULT. */
int task_copy_in(struct task *task, void *to, uint64_t from, size_t size);
int task_copy_out(struct task *task, uint64_t to, const void *from, size_t size);
/* Lets the thread itself touch memory that isn't there yet; true: it did, and its call has to be
 * made again. */
bool task_touch(struct task *task, uint64_t address, size_t size);
uint64_t task_sigmask(struct task *task);
void task_set_sigmask(struct task *task, uint64_t mask);

/* ---- inject.c: calls that a stopped thread is made to do ---- */

#define SCRATCH_SIZE 4096

/*
 * Takes the thread to the entry of a call with these arguments, all its signals blocked; false: it
 * is gone. What is done there is up to the caller; the call's exit is a stop like any other.
 */
bool task_inject_entry(struct task *task, int32_t nr, const uint64_t args[CORDON_ARGS]);
/* After it: the registers are what task_inject_end() restores. */
void task_inject_keep(struct task *task);
/* Makes the thread do a call; it is stopped at AT_EXIT after it. -ESRCH: it is gone. */
long task_inject(struct task *task, enum machine_call call, uint64_t a, uint64_t b, uint64_t c,
                 uint64_t d, uint64_t e);
/* SCRATCH_SIZE bytes of memory, as its mmap(2) makes them; 0: there are none to have. */
uint64_t task_inject_mmap(struct task *task, int protection, int flags, int fd);
/* The same to read and write, of no file. */
uint64_t task_scratch(struct task *task);
void task_scratch_free(struct task *task, uint64_t address);
/* Its registers and signal mask become those of the program again; it is stopped at AT_EXIT. */
void task_inject_end(struct task *task);

/* ---- descriptor.c ---- */

/* Our copy of its descriptor, or -errno; and the other way, its number or -errno. */
int descriptor_fetch(const struct task *task, int fd);
int descriptor_install(struct task *task, int ours, bool set, int newfd, bool cloexec);

/* ---- resume.c: how a stopped thread goes on ---- */

/* Until its next stop, whatever stops it. False: it is gone. */
bool task_step(struct task *task, int signal);
/* It stays stopped with its process, and hears of SIGCONT. */
void task_listen(struct task *task);
/* From its last stop. */
void task_end(struct task *task);
/* Until the next call or event; `signal` is delivered. */
void task_resume(struct task *task, int signal);
/* The call isn't executed, its result is this; the thread goes on. At an entry or an exit stop. */
void task_finish(struct task *task, int64_t result);
/* The call isn't executed, its result is what is in the result register; the thread goes on. */
void task_skip(struct task *task);
/* The call is made (again) from its beginning, without being judged. At an exit stop. */
void task_again(struct task *task);

/* ---- queue.c: which stop is served next ---- */

/* The thread goes on from a stop that was shown to its tracer: nested_go_on() in its turn. */
void queue_go_on(struct task *task);
void queue_remove(struct task *task);
/* Takes what wait(2) has now. */
void queue_collect(struct session *session);
/* Waits if there is none; NULL: interrupted, or nobody is left (errno is ECHILD). */
struct task *queue_next(struct session *session);

/* ---- script.c: handlers that wait for their own thread ---- */

/* Calls stop_handle() on a stack of its own. */
void script_start(struct task *task, int status);
/* Within a handler of this thread: the status of its next stop or end. */
int script_wait(struct task *task);
/* The thread's handler, which waits, gets this status. */
void script_continue(struct task *task, int status);

/* ---- confine.c ---- */

/* Puts this process, the tracer, under its own filter; false: the kernel refused it. */
bool confine_tracer(void);

/* ---- emulate.c ---- */

/* Reports to the parent how the first process has ended, once. */
void session_report(struct session *session);

/* ---- stops.c: the loop ---- */

void session_loop(struct session *session);
/* Handles a stop or the end of a thread. */
void stop_handle(struct task *task, int status);
void session_tick(struct session *session);
/* Continues after a stop that may have been shown to its tracer. */
void entry_go_on(struct task *task);
void exit_go_on(struct task *task);
void signal_go_on(struct task *task, int signal);
void event_go_on(struct task *task);

/* ---- judge.c: decides that a call may be made ---- */

/* Has it decided about the call at this stop? */
bool judge_has_decided(const struct task *task);
/* Asks the engine and does what it says. */
void judge(struct task *task);
/* The call was judged, by the engine or a supervisor, now or before: it is made, or handled. */
void judge_run(struct task *task);
/* It makes a call of ours, or none. */
void judge_own_call(struct task *task);
void judge_no_call(struct task *task);

/* ---- enforce.c: what a decision does to a thread ---- */

void enforce(struct task *task, const struct cordon_decision *decision);
/* At the delivery of SIGSYS; false: the emulation hasn't sent it. */
bool enforce_sigsys(struct task *task);
void enforce_end(struct task *task, const struct cordon_decision *decision);

/* ---- calls.c: calls that mean something here ---- */

void calls_prepare(struct session *session);
/* Runs the call, or its handler. */
void call_run(struct task *task);
/* Marks the calls that have a handler. */
void calls_mark_seen(struct trap_table *table);

/* ---- doors.c: calls by which a program could reach the tracer ---- */

void doors_prepare(struct session *session);
void call_by_id(struct task *task);
void call_by_second_id(struct task *task);
void call_by_two_ids(struct task *task);
void call_kill(struct task *task);
void call_tgkill(struct task *task);
void call_pidfd_signal(struct task *task);
void call_by_pidfd(struct task *task);
void call_uring(struct task *task);
/* After an open that has returned `fd`: does it reach our memory? */
bool door_was_opened(const struct task *task, int fd);

/* ---- trap.c: the kernel's seccomp as the trap ---- */

bool trap_is_available(void);
/* In the process that will be the program: the first filter. */
bool trap_begin(void);
void trap_prepare(struct session *session);
/* The program is executed: it has the first filter. */
void trap_started(struct task *task);
void trap_born(struct task *child, const struct task *creator);
void trap_ended(struct task *task);
/* Does the thread stop at the next call or, in one, at its exit? */
bool trap_wants_stop(const struct task *task);
/* The engine has a filter more for the thread, and with TSYNC for its siblings. */
void trap_installed(struct task *task, uint32_t flags);
bool trap_is_behind(const struct task *task);
/* At an entry stop: the thread installs what its kernel filters lack. */
void trap_catch_up(struct task *task);

/* ---- births.c ---- */

void call_fork(struct task *task);
void call_clone(struct task *task);
void call_clone3(struct task *task);
/* Restores the arguments of a thread whose call was made with others. */
void clone_restore(struct task *task);

/* ---- affinity.c ---- */

void affinity_start(struct session *session);
void affinity_note(struct task *task);
void affinity_resumed(struct task *task);
void affinity_scan(struct session *session);
void affinity_born(struct task *child, const struct task *creator);
void affinity_ended(struct task *task);
void call_getaffinity(struct task *task);
void call_setaffinity(struct task *task);
/* ---- park.c ---- */

void park(struct task *task, enum park_kind kind);
/* A wait that the kernel may answer too. */
void park_in_call(struct task *task);
void park_wake(struct task *task);
void park_entered(struct task *task);
/* It makes another call than the one that it slept in: the supervisor is told. */
void park_abandon(struct task *task);
/* A signal is about to be delivered to a thread that may sleep in the emulation; false: the signal
 * has to wait. */
bool park_signal(struct task *task, int signal);
bool signal_is_ignored(struct task *task, int signal);

/* ---- facility.c, listener.c: the engine's host ---- */

void facility_prepare(struct session *session);
/* Before the engine is asked for a listener: makes its descriptor; and closes what wasn't used. */
void listener_prepare(struct task *task);
void listener_settle(struct task *task);
int host_listener_make(struct cordon_task *task, struct cordon_listener *listener);
void host_listener_publish(struct cordon_task *task, struct cordon_listener *listener, int fd);
void host_listener_drop(struct cordon_task *task, struct cordon_listener *listener, int fd);
void host_listener_changed(struct cordon_listener *listener);
/* The listener at a descriptor; NULL: it is none. */
struct cordon_listener *listener_of(struct task *task, int fd);
bool is_listener(const struct session *session, ino_t inode);
/* Has the process a descriptor of any? */
bool listeners_are_held(const struct process *process, const struct port *ports);
/* Closes those that no process has any more. */
void listeners_check(struct session *session);

/* ---- unreaped.c ---- */

/* It has ended, and still uses filters. */
void unreaped_add(struct task *task);
/* Those that have been reaped meanwhile don't. */
void unreaped_check(struct session *session);

/* ---- disguise.c ---- */

void call_poll(struct task *task);
void call_readlink(struct task *task);
void call_stat(struct task *task);

/* ---- nested.c, nested_wait.c: those who trace others ---- */

void nested_ptrace(struct task *task);
/* Handles what follows the stop that its tracer has let it go from. */
void nested_go_on(struct task *task);
/* PR_SET_PTRACER with this argument. */
void nested_set_wanted(struct task *task, uint64_t id);
void nested_wait(struct task *task);
int64_t nested_wait_ask(struct task *task);
/* Does its wait match any tracee, or one that has ended? */
bool nested_wait_has_any(struct task *task);
/* Does it wait for one tracee alone? The kernel has a tracer wait for children of any kind. */
bool nested_wait_is_for_tracee(struct task *task);
/* Which argument has its options? */
unsigned nested_wait_options(const struct task *task);
/* PTRACE_ATTACH of a thread whose process is stopped: 0 once it can be asked, or CORDON_WAIT. */
int64_t nested_attach_ask(struct task *tracer);
/* Shows a stop to a tracer that wants it; true: the thread stays stopped. */
bool nested_show_entry(struct task *task);
bool nested_show_exit(struct task *task);
bool nested_show_signal(struct task *task, int signal);
bool nested_show_event(struct task *task, int event, unsigned long message);
bool nested_show_group(struct task *task, int signal);
bool nested_show_seccomp(struct task *task, const struct cordon_decision *decision);
void nested_born(struct task *child, struct task *creator, int event);
void nested_ended(struct task *task, int status);
void nested_thread_ended(struct task *task);
void nested_process_ended(struct process *process);
/* It is gone, and its tracer isn't told. */
void nested_forget(struct task *task);
/* A tracer's thread gets another id. */
void nested_thread_renamed(struct process *process, pid_t before, pid_t now);
/* At the delivery of a signal sent for ptrace(2): makes it look like the kernel's. */
void nested_fix_siginfo(struct task *task, int signal);

/* ---- view.c: what /proc says ---- */

/* At the entry of an open: may the file be one that is corrected? */
bool view_is_concerned(struct task *task);
void view_opened(struct task *task);
/* Handles a write to actions_logged; false: it is another file. */
bool view_written(struct task *task);

/* ---- report.c: evidence and log ---- */

void report_verdict(struct task *task, const struct cordon_data *data,
                    const struct cordon_decision *decision);
void report_installed(struct task *task, uint32_t flags, int64_t result);
void report_log(struct cordon_task *task, const struct cordon_log_record *record);

#endif
