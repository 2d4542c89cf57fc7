/* SPDX-License-Identifier: MIT */
/* facility.c: the engine's host: memory, privilege, threads, time-stamp counter. */
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "facility.h"
#include "inject.h"
#include "proc.h"
#include "report.h"
#include "resume.h"
#include "task.h"
#include "tracee.h"

static struct task *of(struct cordon_task *task)
{
    return (struct task *)task;
}

static int copy_in(struct cordon_task *task, void *to, uint64_t from, size_t size)
{
    return task_copy_in(of(task), to, from, size);
}

static int copy_out(struct cordon_task *task, uint64_t to, const void *from, size_t size)
{
    return task_copy_out(of(task), to, from, size);
}

static void *allocate(size_t size)
{
    return malloc(size);
}

static bool no_new_privs(struct cordon_task *task)
{
    if (of(task)->session->hides_no_new_privs)
        return of(task)->trap.no_new_privs;
    return of(task)->wants_nnp || proc_status(of(task)->tid).no_new_privs;
}

/* The thread sets it at its next call, as only it can. */
static void set_no_new_privs(struct cordon_task *task)
{
    of(task)->trap.no_new_privs = true;
    of(task)->wants_nnp = !of(task)->session->hides_no_new_privs;
}

static bool is_admin(struct cordon_task *task)
{
    return proc_has_capability(of(task)->tid, CAP_SYS_ADMIN);
}

/* A first thread that is dead counts as long as it uses filters. */
static bool is_exiting(const struct task *task)
{
    return task->at == AT_END &&
           !(task->tid == task->process->tgid && cordon_task_lingers(&task->seccomp));
}

static struct cordon_task *next_thread(struct cordon_task *task, struct cordon_task *previous)
{
    struct task *next = previous ? of(previous)->sibling : of(task)->process->tasks;
    while (next && (&next->seccomp == task || is_exiting(next)))
        next = next->sibling;
    return next ? &next->seccomp : NULL;
}

static int32_t thread_id(struct cordon_task *reader, struct cordon_task *task)
{
    return task_id_for(of(reader), of(task));
}

/* The thread does it after its call, as only it can: calls.c. */
static void forbid_tsc(struct cordon_task *task)
{
    of(task)->wants_tsc = true;
}

static void wake(struct cordon_task *task)
{
    task_wake(of(task));
}

/* A file is a descriptor of the tracer plus one, as NULL means none. */
static void *file_take(struct cordon_task *supervisor, uint32_t fd)
{
    int ours = descriptor_fetch(of(supervisor), (int)fd);
    return ours < 0 ? NULL : (void *)(intptr_t)(ours + 1);
}

static void file_drop(void *file)
{
    close((int)(intptr_t)file - 1);
}

static uint64_t random_id(void)
{
    uint64_t id = 0;
    return getrandom(&id, sizeof id, 0) == sizeof id ? id : 1;
}

static const struct cordon_host functions = {.copy_in = copy_in,
                                             .copy_out = copy_out,
                                             .allocate = allocate,
                                             .release = free,
                                             .no_new_privs = no_new_privs,
                                             .set_no_new_privs = set_no_new_privs,
                                             .is_admin = is_admin,
                                             .next_thread = next_thread,
                                             .thread_id = thread_id,
                                             .forbid_tsc = forbid_tsc,
                                             .listener_make = host_listener_make,
                                             .listener_publish = host_listener_publish,
                                             .listener_drop = host_listener_drop,
                                             .listener_changed = host_listener_changed,
                                             .wake = wake,
                                             .file_take = file_take,
                                             .file_drop = file_drop,
                                             .log = report_log,
                                             .random = random_id};

void facility_prepare(struct session *session)
{
    session->host = functions;
    session->host.rules = session->emulation->rules;
}
