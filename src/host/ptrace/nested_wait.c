/* SPDX-License-Identifier: MIT */
/*
 * nested_wait.c: wait4(2) and waitid(2) of traced tracers: stops that are shown to them are
 * reported by cordon, and ends of their children by the kernel.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "inject.h"
#include "layouts.h"
#include "nested.h"
#include "next.h"
#include "park.h"
#include "queue.h"
#include "task.h"
#include "tracee.h"

struct request {
    bool by_id; /* waitid(2) */
    idtype_t type;
    pid_t id;
    int options;
    uint64_t status, info, usage;
};

static struct request read_request(const struct task *task)
{
    const uint64_t *args = task->call.args;
    struct request request = {.by_id = task_is_call(task, CALL_WAITID)};
    if (request.by_id) {
        request.type = (idtype_t)args[0];
        request.id = (pid_t)args[1];
        request.info = task_pointer(task, 2);
        request.options = (int)args[3];
        request.usage = task_pointer(task, 4);
        return request;
    }
    pid_t pid = (pid_t)args[0];
    request.type = pid == -1 ? P_ALL : pid > 0 ? P_PID : P_PGID;
    request.id = pid < -1 ? -pid : pid;
    request.status = task_pointer(task, 1);
    request.options = (int)args[2];
    if (!task_is_call(task, CALL_WAITPID))
        request.usage = task_pointer(task, 3);
    return request;
}

static bool matches(const struct task *waiter, const struct request *request, pid_t id, pid_t tid)
{
    switch (request->type) {
    case P_ALL:
        return true;
    case P_PID:
        return id == request->id;
    case P_PGID:
        return getpgid(tid) == (request->id ? request->id : getpgid(waiter->tid));
    default:
        return false;
    }
}

static void fill_info(siginfo_t *info, pid_t id, int status)
{
    memset(info, 0, sizeof *info);
    info->si_signo = SIGCHLD;
    info->si_pid = id;
    if (WIFSTOPPED(status)) {
        info->si_code = CLD_TRAPPED;
        info->si_status = status >> 8;
    } else if (WIFEXITED(status)) {
        info->si_code = CLD_EXITED;
        info->si_status = WEXITSTATUS(status);
    } else {
        info->si_code = WCOREDUMP(status) ? CLD_DUMPED : CLD_KILLED;
        info->si_status = WTERMSIG(status);
    }
}

static int64_t answer(struct task *task, const struct request *request, pid_t id, int status)
{
    static const char nothing[MACHINE_RUSAGE_MOST];
    siginfo_t info;
    fill_info(&info, id, status);
    if (request->by_id && request->info && task_put_siginfo(task, request->info, &info))
        return -EFAULT;
    if (request->status && task_copy_out(task, request->status, &status, sizeof status))
        return -EFAULT;
    if (request->usage &&
        task_copy_out(task, request->usage, nothing, machine_rusage_size(task_is_compat(task))))
        return -EFAULT;
    return request->by_id ? 0 : id;
}

static int64_t ask_stopped(struct task *task, const struct request *request)
{
    for (struct task *tracee = task->process->tracees; tracee; tracee = tracee->nested.next) {
        if (!tracee->nested.shown || tracee->nested.reported)
            continue;
        if (!matches(task, request, tracee->nested.id, tracee->tid))
            continue;
        if (!(request->options & WNOWAIT))
            tracee->nested.reported = true;
        return answer(task, request, tracee->nested.id, tracee->nested.status);
    }
    return CORDON_WAIT;
}

static int64_t ask_ended(struct task *task, const struct request *request)
{
    for (struct ended **at = &task->process->ended; *at; at = &(*at)->next) {
        struct ended *ended = *at;
        if (!matches(task, request, ended->id, 0))
            continue;
        int64_t result = answer(task, request, ended->id, ended->status);
        if (!(request->options & WNOWAIT)) {
            *at = ended->next;
            free(ended);
        }
        return result;
    }
    return CORDON_WAIT;
}

static int64_t ask(struct task *task)
{
    struct request request = read_request(task);
    int64_t result = ask_ended(task, &request);
    return result == CORDON_WAIT ? ask_stopped(task, &request) : result;
}

static bool has_any(struct task *task)
{
    struct request request = read_request(task);
    for (struct task *tracee = task->process->tracees; tracee; tracee = tracee->nested.next)
        if (matches(task, &request, tracee->nested.id, tracee->tid))
            return true;
    for (struct ended *ended = task->process->ended; ended; ended = ended->next)
        if (matches(task, &request, ended->id, 0))
            return true;
    return false;
}

/* Does it wait for one tracee alone? The kernel has a tracer wait for children of any kind. */
static bool is_for_tracee(struct task *task)
{
    struct request request = read_request(task);
    if (request.type != P_PID)
        return false;
    for (struct task *tracee = task->process->tracees; tracee; tracee = tracee->nested.next)
        if (tracee->nested.id == request.id)
            return true;
    return false;
}

/* Which argument has its options? */
static unsigned options(const struct task *task)
{
    return task_is_call(task, CALL_WAITID) ? 3 : 2;
}

static const struct waiting waiting = {ask, has_any, is_for_tracee, options};

/* Without children the kernel returns ECHILD, but there are tracees to wait for. */
static struct next not_hanging(struct task *task)
{
    int64_t result;
    if (task_result(task, &result) && result == -ECHILD)
        return call_finish(task, 0);
    return next_done();
}

struct next call_wait(struct task *task, const struct pass *pass)
{
    struct request request = read_request(task);
    /* A process that has ended is a child to wait for only when its tracer has heard of it. */
    queue_collect(task->session);
    int64_t result = task->process->tracees || task->process->ended ? ask(task) : CORDON_WAIT;
    if (result != CORDON_WAIT)
        return call_finish(task, result);
    if (!(request.options & WNOHANG))
        /* It may have tracees when it is woken. */
        return park_in_call(task, &waiting);
    if (has_any(task))
        task->at_exit = not_hanging;
    return next_call(pass);
}
