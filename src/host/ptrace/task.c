/* SPDX-License-Identifier: MIT */
/* task.c: the traced threads and processes, and their ids in each other's pid namespace. */
#include <stdlib.h>

#include "proc.h"
#include "task.h"

#define TASKS(session)     (sizeof(session)->tasks / sizeof *(session)->tasks)
#define PROCESSES(session) (sizeof(session)->processes / sizeof *(session)->processes)

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
    task->seccomp.host = &session->host;
    task->session = session;
    task->tid = tid;
    task->chain = *at;
    *at = task;
    session->task_count++;
    return task;
}

struct task *task_new_unborn(struct session *session, pid_t tid)
{
    struct task *task = task_new(session, tid);
    if (!task)
        abort(); /* no thread may run unobserved: PTRACE_O_EXITKILL kills all */
    task->state = STATE_UNBORN;
    task->at = AT_EVENT;
    session->unborn_count++;
    return task;
}

void task_forget_id(struct task *task)
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
    if (process->memory && --process->memory->users == 0)
        free(process->memory);
    process->memory = NULL;
}

void process_own_memory(struct process *process)
{
    leave_memory(process);
    process->memory = calloc(1, sizeof *process->memory);
    if (!process->memory)
        abort(); /* as below */
    process->memory->users = 1;
}

void process_share_memory(struct process *process, const struct process *with)
{
    leave_memory(process);
    process->memory = with->memory;
    process->memory->users++;
}

bool process_shares_memory(const struct process *process)
{
    return process->live > 1 || process->memory->users > 1;
}

void task_join(struct task *task, pid_t tgid)
{
    struct session *session = task->session;
    struct process *process = process_find(session, tgid);
    if (!process) {
        process = calloc(1, sizeof *process);
        if (!process)
            abort(); /* no thread may run unobserved: PTRACE_O_EXITKILL kills all */
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

/* Its children have no traced parent now. */
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
    orphan_children(session, process);
    leave_memory(process);
    free(process);
}

void task_free(struct task *task)
{
    struct process *process = task->process;
    task_forget_id(task);
    task->session->task_count--;
    if (task->state == STATE_UNBORN)
        task->session->unborn_count--;
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
    task_forget_id(task);
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

/* ---- ids in pid namespaces ---- */

pid_t task_id_for(const struct task *reader, const struct task *task)
{
    return proc_id_for(reader->tid, task->tid);
}

pid_t process_id_for(const struct task *reader, const struct process *process)
{
    return proc_id_for(reader->tid, process->tgid);
}

struct task *task_by_id(const struct task *reader, pid_t id)
{
    struct session *session = reader->session;
    if (proc_in_our_namespace(reader->tid, "pid"))
        return task_find(session, id);
    for (size_t i = 0; i < TASKS(session); i++)
        for (struct task *task = session->tasks[i]; task; task = task->chain)
            if (task_id_for(reader, task) == id)
                return task;
    return NULL;
}
