/* SPDX-License-Identifier: MIT */
/* task.c: the traced threads and processes, and their numbers in each other's pid namespace. */
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session.h"

#define TASKS(session)     (sizeof(session)->tasks / sizeof *(session)->tasks)
#define PROCESSES(session) (sizeof(session)->processes / sizeof *(session)->processes)
#define MAX_NESTING        32 /* of pid namespaces (kernel/pid_namespace.c) */

static struct task **slot(struct session *session, pid_t tid)
{
    struct task **at = &session->tasks[(unsigned)tid % TASKS(session)];
    while (*at && (*at)->tid != tid)
        at = &(*at)->chain;
    return at;
}

struct task *task_find(struct session *session, pid_t tid)
{
    if (session->recent && session->recent->tid == tid)
        return session->recent;
    return session->recent = *slot(session, tid);
}

struct task *task_new(struct session *session, pid_t tid)
{
    struct task *task = calloc(1, sizeof *task), **at = slot(session, tid);
    if (!task)
        return NULL;
    task->seccomp.host = &ptrace_host;
    task->session = session;
    task->tid = tid;
    task->chain = *at;
    *at = task;
    session->task_count++;
    return task;
}

static void unhash(struct task *task)
{
    struct task **at = slot(task->session, task->tid);
    if (*at == task)
        *at = task->chain;
    if (task->session->recent == task)
        task->session->recent = NULL;
}

/* ---- processes ---- */

static struct process *process_find(struct session *session, pid_t tgid)
{
    struct process *process = session->processes[(unsigned)tgid % PROCESSES(session)];
    while (process && process->tgid != tgid)
        process = process->chain;
    return process;
}

static void leave_memory(struct process *process)
{
    if (process->memory && --*process->memory == 0)
        free(process->memory);
    process->memory = NULL;
}

void process_own_memory(struct process *process)
{
    leave_memory(process);
    process->memory = malloc(sizeof *process->memory);
    if (!process->memory)
        abort(); /* as below */
    *process->memory = 1;
}

void process_share_memory(struct process *process, const struct process *with)
{
    leave_memory(process);
    process->memory = with->memory;
    ++*process->memory;
}

bool process_shares_memory(const struct process *process)
{
    return process->live > 1 || *process->memory > 1;
}

void task_join(struct task *task, pid_t tgid)
{
    struct session *session = task->session;
    struct process *process = process_find(session, tgid);
    if (!process) {
        process = calloc(1, sizeof *process);
        if (!process)
            abort(); /* no thread goes on that isn't looked after: EXITKILL takes them all */
        process->tgid = tgid;
        process_own_memory(process);
        process->chain = session->processes[(unsigned)tgid % PROCESSES(session)];
        session->processes[(unsigned)tgid % PROCESSES(session)] = process;
    }
    task->process = process;
    task->sibling = process->tasks;
    process->tasks = task;
    process->live++;
}

/* Its children belong to nobody here now. */
static void orphan_children(struct session *session, const struct process *parent)
{
    for (size_t i = 0; i < PROCESSES(session); i++)
        for (struct process *process = session->processes[i]; process; process = process->chain)
            if (process->parent == parent)
                process->parent = NULL;
}

static void process_drop(struct process *process)
{
    struct session *session = process->tasks->session;
    struct process **at = &session->processes[(unsigned)process->tgid % PROCESSES(session)];
    while (*at != process)
        at = &(*at)->chain;
    *at = process->chain;
    nested_process_ended(process);
    orphan_children(session, process);
    leave_memory(process);
    free(process);
}

void task_free(struct task *task)
{
    struct process *process = task->process;
    nested_forget(task);
    cordon_task_exit(&task->seccomp);
    affinity_ended(task);
    unhash(task);
    task->session->task_count--;
    if (process) {
        if (task->at != AT_END)
            process->live--;
        if (process->tasks == task && !task->sibling) {
            process_drop(process);
        } else {
            struct task **at = &process->tasks;
            while (*at != task)
                at = &(*at)->sibling;
            *at = task->sibling;
        }
    }
    free(task);
}

void task_rename(struct task *task, pid_t tid)
{
    unhash(task);
    nested_thread_renamed(task->process, task->tid, tid);
    task->tid = tid;
    struct task **at = slot(task->session, tid);
    task->chain = *at;
    *at = task;
}

struct task *process_leader(const struct process *process)
{
    for (struct task *task = process->tasks; task; task = task->sibling)
        if (task->tid == process->tgid)
            return task;
    return process->tasks;
}

/* ---- /proc/TID/status ---- */

static bool status_line(pid_t tid, const char *key, char *line, int room)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", tid);
    FILE *file = fopen(path, "re");
    size_t length = strlen(key);
    bool found = false;
    while (file && !found && fgets(line, room, file))
        found = !strncmp(line, key, length);
    if (file)
        fclose(file);
    return found;
}

uint64_t task_status(pid_t tid, const char *key, int base)
{
    char line[256];
    return status_line(tid, key, line, sizeof line) ? strtoull(line + strlen(key), NULL, base) : 0;
}

bool task_is_zombie(pid_t tid)
{
    char line[256];
    return !status_line(tid, "State:", line, sizeof line) || strchr("ZX", line[7]);
}

void task_comm(pid_t tid, char comm[32])
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/comm", tid);
    FILE *file = fopen(path, "re");
    comm[0] = '\0';
    if (file && fgets(comm, 32, file))
        comm[strcspn(comm, "\n")] = '\0';
    if (file)
        fclose(file);
}

/* ---- numbers in pid namespaces ---- */

/* The numbers of a thread from our namespace inwards; how many. */
static unsigned numbers(pid_t tid, pid_t list[MAX_NESTING])
{
    char line[512], *at = line + 6, *end;
    unsigned count = 0;
    if (!status_line(tid, "NSpid:", line, sizeof line))
        return 0;
    for (; count < MAX_NESTING; count++, at = end) {
        list[count] = (pid_t)strtol(at, &end, 10);
        if (end == at)
            break;
    }
    return count;
}

bool process_is_init(const struct process *process)
{
    pid_t list[MAX_NESTING];
    unsigned count = numbers(process->tgid, list);
    return count && list[count - 1] == 1;
}

static int open_namespace(pid_t tid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/pid", tid);
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* Is the namespace of `tid`, `up` levels further out, that of `reader`? */
static bool same_namespace(pid_t reader, pid_t tid, unsigned up)
{
    struct stat here, there;
    int fd = open_namespace(tid), mine = open_namespace(reader);
    while (fd >= 0 && up--) {
        int parent = ioctl(fd, NS_GET_PARENT);
        close(fd);
        fd = parent;
    }
    bool same = fd >= 0 && mine >= 0 && !fstat(fd, &there) && !fstat(mine, &here) &&
                here.st_ino == there.st_ino;
    if (fd >= 0)
        close(fd);
    if (mine >= 0)
        close(mine);
    return same;
}

static bool in_our_namespace(pid_t tid)
{
    char path[64], there[64] = "", ours[64] = "";
    snprintf(path, sizeof path, "/proc/%d/ns/pid", tid);
    ssize_t a = readlink(path, there, sizeof there - 1), b;
    b = readlink("/proc/self/ns/pid", ours, sizeof ours - 1);
    return a > 0 && b > 0 && !strcmp(there, ours);
}

static pid_t number_for(pid_t reader, pid_t tid)
{
    pid_t theirs[MAX_NESTING], list[MAX_NESTING];
    if (in_our_namespace(reader))
        return tid;
    unsigned depth = numbers(reader, theirs), count = numbers(tid, list);
    if (!depth || depth > count || !same_namespace(reader, tid, count - depth))
        return 0;
    return list[depth - 1];
}

pid_t task_id_for(const struct task *reader, const struct task *task)
{
    return number_for(reader->tid, task->tid);
}

pid_t process_id_for(const struct task *reader, const struct process *process)
{
    return number_for(reader->tid, process->tgid);
}

struct task *task_by_id(const struct task *reader, pid_t id)
{
    struct session *session = reader->session;
    if (in_our_namespace(reader->tid))
        return task_find(session, id);
    for (size_t i = 0; i < TASKS(session); i++)
        for (struct task *task = session->tasks[i]; task; task = task->chain)
            if (task_id_for(reader, task) == id)
                return task;
    return NULL;
}
