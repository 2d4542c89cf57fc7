/* SPDX-License-Identifier: MIT */
/*
 * doors.c: calls by which a program could reach the tracer, which decides about it.
 *
 * The kernel keeps unprivileged programs out, as the tracer isn't dumpable. A program with
 * CAP_SYS_PTRACE is kept out here: by the number of the process, by a descriptor for it, by its
 * memory as a file. Ptrace(2) is emulated anyway: nested.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "calls.h"
#include "inject.h"
#include "next.h"
#include "proc.h"
#include "task.h"

void doors_prepare(struct session *session)
{
    session->can_be_reached = proc_has_capability(0, CAP_SYS_PTRACE);
    if (getrandom(session->own_mark, sizeof session->own_mark, 0) != sizeof session->own_mark)
        session->own_mark[0] = (uint64_t)(uintptr_t)session;
}

static bool is_tracer(const struct task *task, pid_t id)
{
    pid_t tracer = task->session->tracer;
    return id > 0 && id == proc_id_for(task->tid, tracer);
}

/* Calls whose first argument is a process: nothing about the tracer is read, changed or sent. */
struct next call_by_id(struct task *task, const struct pass *pass)
{
    pid_t id = (pid_t)task->call.args[0];
    if (is_tracer(task, id))
        return call_finish(task, -EPERM);
    return next_call(pass);
}

/* Calls whose second argument is a process. */
struct next call_by_second_id(struct task *task, const struct pass *pass)
{
    if (is_tracer(task, (pid_t)task->call.args[1]))
        return call_finish(task, -EPERM);
    return next_call(pass);
}

/* Both are, of kcmp(2). */
struct next call_by_two_ids(struct task *task, const struct pass *pass)
{
    if (is_tracer(task, (pid_t)task->call.args[0]))
        return call_finish(task, -EPERM);
    return call_by_second_id(task, pass);
}

/* A stopped tracer would leave everybody hanging, and others mean nothing to it. If it is killed,
 * all are killed with it. Whether it is there can be asked: it may be the parent. */
static struct next signal_to(struct task *task, bool to_tracer, uint64_t signal,
                             const struct pass *pass)
{
    if (to_tracer && signal && (int)signal != SIGKILL)
        return call_finish(task, -EPERM);
    return next_call(pass);
}

struct next call_kill(struct task *task, const struct pass *pass)
{
    return signal_to(task, is_tracer(task, (pid_t)task->call.args[0]), task->call.args[1], pass);
}

/* tgkill(2) and others whose signal follows two ids. */
struct next call_tgkill(struct task *task, const struct pass *pass)
{
    return signal_to(task, is_tracer(task, (pid_t)task->call.args[1]), task->call.args[2], pass);
}

/* The process that a descriptor means, in our namespace; 0: none. */
static pid_t process_of(const struct task *task, int fd)
{
    char name[32], line[64];
    int pid = 0;
    snprintf(name, sizeof name, "fdinfo/%d", fd);
    int info = proc_open(task->tid, name, O_RDONLY);
    FILE *file = info < 0 ? NULL : fdopen(info, "r");
    while (file && !pid && fgets(line, sizeof line, file))
        if (sscanf(line, "Pid:\t%d", &pid) != 1)
            pid = 0;
    if (file)
        fclose(file);
    else if (info >= 0)
        close(info);
    return pid;
}

struct next call_pidfd_signal(struct task *task, const struct pass *pass)
{
    pid_t to = process_of(task, (int)task->call.args[0]);
    return signal_to(task, to == task->session->tracer, task->call.args[1], pass);
}

struct next call_by_pidfd(struct task *task, const struct pass *pass)
{
    if (process_of(task, (int)task->call.args[0]) == task->session->tracer)
        return call_finish(task, -EPERM);
    return next_call(pass);
}

/* It opens files without a call that is seen. */
struct next call_uring(struct task *task, const struct pass *pass)
{
    if (task->session->can_be_reached)
        return call_finish(task, -EPERM);
    return next_call(pass);
}

/* Opens the file at a descriptor of the thread for reading if it looks like memory; else -1. */
static int open_memory(const struct task *task, int fd)
{
    char name[32];
    struct stat info;
    struct statfs fs;
    snprintf(name, sizeof name, "fd/%d", fd);
    int file = -1, place = proc_open(task->tid, name, O_PATH);
    if (place >= 0 && !fstatfs(place, &fs) && fs.f_type == PROC_SUPER_MAGIC &&
        !fstat(place, &info) && S_ISREG(info.st_mode) && (info.st_mode & 0777) == 0600)
        file = proc_reopen(place, O_RDONLY | O_NONBLOCK);
    if (place >= 0)
        close(place);
    return file;
}

/* Whatever its name was: a file that shows our mark where we have it is our memory. */
bool door_was_opened(const struct task *task, int fd)
{
    const struct session *session = task->session;
    uint64_t found[2] = {0};
    int file = session->can_be_reached ? open_memory(task, fd) : -1;
    if (file < 0)
        return false;
    bool ours =
        pread(file, found, sizeof found, (off_t)(uintptr_t)session->own_mark) == sizeof found &&
        !memcmp(found, session->own_mark, sizeof found);
    close(file);
    return ours;
}
