/* SPDX-License-Identifier: MIT */
/*
 * proc.h: other processes and threads, as /proc and wait(2) show them.
 *
 * In files under /proc, a pid or tid of 0 means the calling process. All functions but
 * proc_forward_*() are thread safe. None allocates memory that the caller must free.
 *
 * Facts: proc(5), process_vm_readv(2), pid_namespaces(7), waitpid(2).
 */
#ifndef PROC_H
#define PROC_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>

/* ---- status.c: /proc/TID/status ---- */

#define PROC_NESTING 33 /* pid namespaces that a thread can be in (kernel/pid_namespace.c) */

struct proc_status {
    char state;       /* R, S, D, T, t, Z, X …; '\0': the thread is gone */
    pid_t tgid, ppid; /* of the process and of its parent */
    uid_t uid;        /* real */
    gid_t gid;
    uid_t uids[3]; /* real, effective, saved */
    gid_t gids[3];
    uint64_t pending, blocked, ignored, caught; /* signals of the thread: bit number - 1 */
    uint64_t capabilities;                      /* effective: bit CAP_* of linux/capability.h */
    uint64_t permitted;
    uint32_t no_new_privs;
    uint32_t seccomp;        /* mode */
    int32_t seccomp_filters; /* -1: this kernel doesn't count them (before 5.9) */
    pid_t ids[PROC_NESTING]; /* in our pid namespace and those inside it, to its own */
    unsigned id_count;
};

/* Of a thread that is gone all fields are zero, except seccomp_filters: -1. */
struct proc_status proc_status(pid_t tid);
/* The same from an open file. */
struct proc_status proc_status_parse(FILE *file);
/* Is it dead or gone, though wait(2) may not have reported it? */
bool proc_is_dead(pid_t tid);
bool proc_has_capability(pid_t tid, unsigned capability);

/* ---- files.c: files and links ---- */

/*
 * From now on, files under /proc are those that are mounted there now, also when something else is
 * mounted later, or nothing. False: /proc isn't procfs, or is that of another pid namespace. Called
 * once in a process, before it has threads.
 */
bool proc_hold(void);
/* Opens /proc/PID/NAME with flags of open(2), and O_CLOEXEC; -1: see errno. */
int proc_open(pid_t pid, const char *name, int flags);
/* As stat(2), which follows links. */
bool proc_stat(pid_t pid, const char *name, struct stat *info);

#define PROC_COMM 32 /* room for the name of a thread, which has at most 15 bytes */

/* The first line of a file, cut to the room, without its end; "" and false: it can't be read. */
bool proc_line(const char *path, char *line, int room);
/* The name of a thread up to a line feed in it; "": the thread is gone. */
void proc_comm(pid_t tid, char comm[PROC_COMM]);
/* What /proc/PID/NAME links to, cut to the room; "" and false: it can't be read. */
bool proc_link(pid_t pid, const char *name, char *target, size_t room);

/* ---- descriptor.c: descriptors of other processes ---- */

/* Our own descriptor for a file that another process has open, or -errno. */
int proc_fetch(pid_t pid, int fd);
/* The inode of the socket at a descriptor; 0: it is no socket. */
ino_t proc_socket(pid_t pid, int fd);
/* The number of a descriptor for that socket, or -1. */
int proc_socket_number(pid_t pid, ino_t inode);
/* Opens a file of ours again, with other flags; -1: see errno. */
int proc_reopen(int fd, int flags);

/* ---- maps.c: what is mapped in another process ---- */

/* Is this file of ours mapped there, from its beginning, in one piece of at least `size` bytes? */
bool proc_maps_file(pid_t pid, uint64_t address, uint64_t size, int file);

/* ---- memory.c: memory of another process ---- */

/* How many bytes could be read or written from the first on. */
size_t proc_read(pid_t tid, uint64_t address, void *bytes, size_t size);
size_t proc_write(pid_t tid, uint64_t address, const void *bytes, size_t size);
/*
 * The same, but what isn't in memory is never waited for: somebody in the program may be the one
 * who has to provide it (userfaultfd(2)). Protection against access isn't heeded.
 */
size_t proc_read_now(pid_t tid, uint64_t address, void *bytes, size_t size);
size_t proc_write_now(pid_t tid, uint64_t address, const void *bytes, size_t size);
/* May we read none of it, as the process isn't dumpable and we lack the privilege? */
bool proc_is_closed(pid_t tid);
/* A string with its end; false: it can't be read, or is longer. */
bool proc_read_string(pid_t tid, uint64_t address, char *text, size_t room);

/* ---- namespace.c: ids in other pid namespaces ---- */

/* Is the thread in our namespace of a type: "pid", "user" …? */
bool proc_in_our_namespace(pid_t tid, const char *type);
/* The id of a thread in the pid namespace of `reader`; 0: it has none. */
pid_t proc_id_for(pid_t reader, pid_t tid);
/* Is it the first process of its pid namespace? Signals with their default action don't kill it. */
bool proc_is_init(pid_t tid);

/* ---- access.c: what the kernel would permit one process about another ---- */

/* Has `caller` the capability in the user namespace of `target`? */
bool proc_is_capable(pid_t caller, pid_t target, unsigned capability);
/*
 * May `caller` trace `target`, by ids, dumpability and capabilities, as __ptrace_may_access() in
 * kernel/ptrace.c decides? False where that can't be read. Security modules aren't asked.
 */
bool proc_may_trace(pid_t caller, pid_t target);
/* The same where `target` asks for it by PTRACE_TRACEME: only capabilities count. */
bool proc_may_be_asked(pid_t caller, pid_t target);

/* ---- children.c ---- */

/* Kills all processes that the thread has created, in case of emergency. */
void proc_kill_children(pid_t pid, pid_t tid);

/* ---- cpu.c ---- */

/* Lets a thread run on one CPU only; 0 is the calling thread. */
bool proc_use_cpu(pid_t tid, int cpu);

/* ---- ends.c: how a program ends, as a shell shows it ---- */

/* From a status of wait(2): the exit status, or 128 + the signal. */
int proc_exit_status(int wait_status);
/* From the errno of a failed execve(2): 127 where there is no such program, else 126. */
int proc_exec_status(int error_number);
/* Is this the signal of a group stop? */
bool proc_signal_stops(int signal);

/* ---- host.c: what a process that traces does to itself first ---- */

/* This process is killed when its parent ends, which may have happened already. */
void proc_end_with(pid_t parent);
/* To what the hard limits allow. */
void proc_raise_limits(void);
/* All that can be ignored, except SIGCHLD. */
void proc_ignore_signals(void);
/* Closes all descriptors above 2 except some. */
void proc_close_others(const int *kept, unsigned count);
/* Replaces standard descriptors by /dev/null, from the first to the last. */
void proc_close_standard(int first, int last);

/* ---- forward.c: signals that are meant for the program that we wait for ---- */

#define PROC_TAKEN_SIGNALS 7

/* What the caller did on those signals. */
struct proc_forwarding {
    struct sigaction before[PROC_TAKEN_SIGNALS];
};

/*
 * SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1 and SIGUSR2 go to the process of proc_forward_to(),
 * unless they were sent to our process group, of which it is a member. SIGCHLD has its default, as
 * ignoring it would discard exit statuses. One at a time in a process; has a child until the end,
 * which waitpid(2) only shows with __WALL. Without /proc every signal is forwarded.
 */
void proc_forward_begin(struct proc_forwarding *forwarding);
/* What came before goes to it too. 0: to nobody. */
void proc_forward_to(pid_t pid);
/* Restores what was before, and forwards to nobody. */
void proc_forward_end(const struct proc_forwarding *forwarding);

#endif
