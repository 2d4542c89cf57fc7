/* SPDX-License-Identifier: MIT */
/* session.h: what the rooms' files share: the traced threads, and where each of them stands. */
#ifndef SESSION_H
#define SESSION_H

#include <sched.h>
#include <signal.h>
#include <sys/types.h>

#include "cordon/emulate.h"
#include "machine.h"

#define CALL_TABLE 640 /* numbers below this can have a meaning of their own here */

struct task;
struct process;
struct port;
struct session;

/* What the kernel tells of a call at its entry. */
struct call {
    uint32_t arch;
    int32_t nr;
    uint64_t args[CORDON_ARGS];
    uint64_t ip, sp;
};

/* Where a thread stands. Held at one of the stops, only we can set it going. */
enum at {
    AT_RUN,    /* it runs, or sleeps in a call */
    AT_ENTRY,  /* stopped before a call */
    AT_EXIT,   /* stopped behind one */
    AT_SIGNAL, /* stopped before a signal is delivered */
    AT_EVENT,  /* stopped at another event of ptrace */
    AT_GROUP,  /* stopped with its process (SIGSTOP) */
    AT_END     /* on its way out: PTRACE_EVENT_EXIT has been */
};

/*
 * A call that sleeps for us: the thread sleeps in pause(2) instead, so that signals, states in
 * /proc and death are the kernel's. It is waked by PTRACE_INTERRUPT and asked again.
 */
enum park_kind { PARK_NONE, PARK_TARGET, PARK_IOCTL, PARK_WAIT };
struct park {
    enum park_kind kind;
    bool poked;       /* we have waked it */
    bool interrupted; /* a signal made it leave; it comes back unless the signal is delivered */
    bool in_call;     /* it sleeps in its own call, not in pause */
    bool held;        /* signals are blocked, `mask` is the program's own */
    bool stop;        /* SIGSTOP came while it was so: it is sent again at the end */
    uint64_t mask;
};

/* Calls that we make it do, between an entry and what it sees of it. */
struct injection {
    bool active;
    struct machine_regs regs; /* as the program knows them, behind its call */
    uint64_t mask;
    bool stop_pending; /* SIGSTOP came meanwhile */
};

/* What its tracer among the traced (gdb, strace) knows of it: nested.c. */
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
    pid_t id;               /* as its tracer knows it, also when it is gone */
    bool seized;
    uint32_t options;
    int resume; /* the request that set it going: PTRACE_CONT, PTRACE_SYSCALL … */
    enum shown_kind shown;
    int status;            /* of the stop, as wait shows it */
    bool reported;         /* wait has shown it */
    unsigned long message; /* PTRACE_GETEVENTMSG */
    bool listening;        /* PTRACE_LISTEN */
    bool interrupt;        /* PTRACE_INTERRUPT was asked, no stop has been shown since */
    bool emulated;         /* shown at its entry under PTRACE_SYSEMU: the call isn't made */
    pid_t thread;          /* of the tracer: only this one may ask */
    bool outside;          /* PTRACE_TRACEME, but its parent isn't one of ours */
    bool stop_first; /* a stop is due when it begins: its creator was traced with fork options */
    struct cordon_decision decision;
};

struct task {
    struct cordon_task seccomp; /* first: the engine hands us pointers to it */
    struct session *session;
    struct process *process;
    struct task *sibling; /* of the same process */
    struct task *chain;   /* of the same hash */
    pid_t tid;
    enum at at;
    bool in_call;
    bool waked;      /* a trap is on its way that only wakes it for us */
    bool lost;       /* it ended while we made it do a call; the loop is about to hear of it */
    bool births;     /* it is in a call that makes another thread or process */
    bool unborn;     /* it has stopped for the first time, but its creator hasn't told of it yet */
    bool again;      /* it stands right before a call that is to be made again */
    bool skip_judge; /* the next entry repeats a call that was judged */
    bool wants_nnp;  /* no_new_privs is to be set at its next call */
    bool stepping;   /* it goes on by PTRACE_SYSEMU_SINGLESTEP */
    bool dying;      /* a kill was decided; nothing of it is judged any more */
    struct call call;
    uint32_t clone_flags;
    uint64_t sealed,
        sealed_for; /* births.c: the copy of clone3's arguments, the program's pointer */
    bool restore;   /* the argument registers are not what the program put there */
    void (*at_exit)(struct task *task); /* NULL: nothing is to do behind the call */
    int sigsys;                         /* 1: SIGSYS that we sent is on its way; 2: it must kill */
    siginfo_t sigsys_info;
    struct park park;
    struct injection injection;
    struct nested nested;
    /* affinity.c */
    bool near;     /* it shares our CPU now; `cpus` is its own set */
    bool own_cpus; /* it has chosen its CPUs itself */
    uint8_t busy;  /* calls in quick succession */
    uint64_t left; /* when we last set it going, ns */
    cpu_set_t cpus;
};

struct process {
    struct process *chain;
    pid_t tgid;
    struct process *parent; /* who waits for it; NULL: not one of ours */
    pid_t parent_thread;    /* that made it */
    struct task *tasks;
    uint32_t *memory;     /* how many processes have the same */
    uint32_t live;        /* threads that are not on their way out */
    bool dying;           /* SIGSYS is about to kill it: no other thread goes on */
    struct task *tracees; /* whom it traces */
    siginfo_t child_info; /* of the SIGCHLD that we send it for a stop of one of them */
    uint64_t page;        /* of scratch memory that it keeps; 0: none */
    struct ended *ended;  /* tracees that ended, for its wait */
};

/* A stop or end that was met while waiting for another: the loop handles it next. */
struct deferred {
    pid_t tid;
    int status;
};

struct session {
    const struct cordon_emulation *emulation;
    struct task *tasks[1024];
    struct process *processes[256];
    struct task *recent;
    uint32_t task_count;
    pid_t main;
    bool main_started;
    int main_status;
    int report_fd; /* where the end of `main` is told, or -1 */
    bool has_abi[MACHINE_ABIS];
    ino_t logged;       /* the file that stands for actions_logged, opened to be written; 0: none */
    bool dump;          /* CORDON_DUMP=stops */
    struct port *ports; /* listeners */
    uint8_t handlers[MACHINE_ABIS][CALL_TABLE];
    pid_t tracer;
    struct deferred deferred[64];
    unsigned deferred_count;
    uint64_t page_mark[2]; /* of pages that processes keep: descriptor.c; 0: not made yet */
    /* affinity.c */
    bool shares_cpu;
    bool in_turn; /* the order of priorities counts */
    int cpu;
    cpu_set_t cpus;
    uint32_t near_count;
    uint64_t scanned;
    struct deferred waiting[64]; /* for their turn */
    unsigned waiting_count;
    enum cordon_error error;
    struct cordon_diag diag;
};

/* ---- task.c: who is there ---- */

struct task *task_find(struct session *session, pid_t tid);
/* NULL: out of memory. */
struct task *task_new(struct session *session, pid_t tid);
void task_join(struct task *task, pid_t tgid);
void task_free(struct task *task);
void task_rename(struct task *task, pid_t tid);
/* It has its creator's memory (CLONE_VM), or by execve memory of its own. */
void process_share_memory(struct process *process, const struct process *with);
void process_own_memory(struct process *process);
/* Can somebody beside the calling thread change its memory by calls? */
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
/* What the call returned, at a stop after it; false: the thread is gone. */
bool task_result(const struct task *task, int64_t *result);
/* Reads the call at an entry stop; false: the thread is gone. */
bool task_read_call(struct task *task);
/* Does the kernel report this stop as the end of a call? */
bool task_is_behind_call(const struct task *task);
void task_data(const struct task *task, struct cordon_data *data);
/* 0, or -EFAULT. */
int task_copy_in(struct task *task, void *to, uint64_t from, size_t size);
int task_copy_out(struct task *task, uint64_t to, const void *from, size_t size);
uint64_t task_sigmask(struct task *task);
void task_set_sigmask(struct task *task, uint64_t mask);

/* ---- inject.c: calls that a stopped thread is made to do ---- */

#define SCRATCH_SIZE 4096

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

/* Our copy of a descriptor of its, or -errno; ours becomes one of its: its number or -errno. */
int descriptor_fetch(const struct task *task, int fd);
int descriptor_install(struct task *task, int ours, bool set, int newfd, bool cloexec);

/* ---- resume.c: how a stopped thread goes on ---- */

/* Until the next call or event; `signal` is delivered. */
void task_resume(struct task *task, int signal);
/* The call isn't executed, its result is this; the thread goes on. At an entry or an exit stop. */
void task_finish(struct task *task, int64_t result);
/* The call isn't executed, its result is what is in the result register; the thread goes on. */
void task_skip(struct task *task);
/* The call is made (again) from its beginning, without being judged. At an exit stop. */
void task_again(struct task *task);

/* ---- emulate.c ---- */

/* Tells whoever started us how the first process has ended, once. */
void session_report(struct session *session);

/* ---- stops.c: the loop ---- */

void session_loop(struct session *session);
void session_tick(struct session *session);
/* The entry stop has been shown to whoever wanted it. */
void entry_go_on(struct task *task);
void exit_go_on(struct task *task);
void signal_go_on(struct task *task, int signal);
void event_go_on(struct task *task);

/* ---- enforce.c: what a decision does to a thread ---- */

void enforce(struct task *task, const struct cordon_decision *decision);
/* At the delivery of SIGSYS; false: it isn't ours. */
bool enforce_sigsys(struct task *task);
void enforce_end(struct task *task, const struct cordon_decision *decision);

/* ---- calls.c: calls that mean something here ---- */

void calls_prepare(struct session *session);
/* Runs the call, or what we make of it. */
void call_run(struct task *task);

/* ---- births.c ---- */

void call_fork(struct task *task);
void call_clone(struct task *task);
void call_clone3(struct task *task);
/* Gives a thread that we made use other registers for the call those of the program back. */
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
/* waitpid() for whoever is next. */
pid_t next_stop(struct session *session, int *status);

/* ---- park.c ---- */

void park(struct task *task, enum park_kind kind);
/* A wait that the kernel may answer as well. */
void park_in_call(struct task *task);
void park_wake(struct task *task);
void park_entered(struct task *task);
/* It comes to another call than the one that it slept in: whom it waited for is told. */
void park_abandon(struct task *task);
/* A signal is about to be delivered to a thread that may sleep for us; false: it has to wait, and
 * sleeps on. */
bool park_signal(struct task *task, int signal);
bool signal_is_ignored(struct task *task, int signal);

/* ---- facility.c, listener.c: the engine's host ---- */

extern const struct cordon_host ptrace_host;
int host_listener_make(struct cordon_task *task, struct cordon_listener *listener);
void host_listener_publish(struct cordon_task *task, struct cordon_listener *listener, int fd);
void host_listener_drop(struct cordon_task *task, struct cordon_listener *listener, int fd);
void host_listener_changed(struct cordon_listener *listener);
/* The listener behind a descriptor; NULL: it is none. */
struct cordon_listener *listener_of(struct task *task, int fd);
bool is_listener(const struct session *session, ino_t inode);
/* Closes those that nobody has any more. */
void listeners_check(struct session *session);

/* ---- disguise.c ---- */

void call_poll(struct task *task);
void call_readlink(struct task *task);
void call_stat(struct task *task);

/* ---- nested.c, nested_wait.c: those who trace others ---- */

void nested_ptrace(struct task *task);
void nested_wait(struct task *task);
int64_t nested_wait_ask(struct task *task);
/* Is there any tracee that its wait is about, or one that has ended since? */
bool nested_wait_has_any(struct task *task);
/* Shows a stop if there is a tracer that wants it: true: the thread is held. */
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
/* It is gone without a word to its tracer. */
void nested_forget(struct task *task);
/* A tracer's thread goes on under another number. */
void nested_thread_renamed(struct process *process, pid_t before, pid_t now);
/* At the delivery of a signal that we sent for ptrace(2): as the kernel's would look. */
void nested_fix_siginfo(struct task *task, int signal);

/* ---- view.c: what /proc says ---- */

void view_opened(struct task *task);
/* A write to actions_logged is taken; false: it is to another file. */
bool view_written(struct task *task);

/* ---- report.c: evidence and log ---- */

void report_verdict(struct task *task, const struct cordon_data *data,
                    const struct cordon_decision *decision);
void report_installed(struct task *task, uint32_t flags, int64_t result);
void report_log(struct cordon_task *task, const struct cordon_log_record *record);

#endif
