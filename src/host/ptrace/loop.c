/* SPDX-License-Identifier: MIT */
/*
 * loop.c: queue ─► is it still true? ─► handler, on a stack of its own ─► resumed, or left standing
 *
 * The handlers say what a thread does next. Here alone it is done, so a thread goes on only when
 * every decision about it has been made.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "affinity.h"
#include "facility.h"
#include "inject.h"
#include "lives.h"
#include "loop.h"
#include "queue.h"
#include "resume.h"
#include "script.h"
#include "task.h"
#include "tracee.h"

static const char *const state_names[STATES] = {
    [STATE_OUTSIDE] = "outside",     [STATE_UNBORN] = "unborn",
    [STATE_REPEATING] = "repeating", [STATE_REPEATING_ALLOWED] = "repeating, allowed",
    [STATE_STEPPING] = "stepping",   [STATE_IN_CALL] = "in call",
    [STATE_CREATING] = "creating",   [STATE_PARKED] = "parked",
    [STATE_INJECTED] = "injected",   [STATE_ENDING] = "ending"};

/* CORDON_DUMP=stops: prints every stop. */
static void dump_stop(const struct task *task, int status)
{
    int event = WIFSTOPPED(status) ? status >> 16 : 0;
    fprintf(stderr, "%d: status %04x event %d %s nr %d park %d shown %d\n", task->tid,
            status & 0xffff, event, state_names[task->state], task->call.nr, task->park.kind,
            task->nested.shown);
}

static void apply(struct task *task, struct next next)
{
    if (next.kind == NEXT_GO || next.kind == NEXT_CALL)
        affinity_resumed(task);
    task_resume(task, next);
}

/* A handler that waits for its thread is done when that ends: then the end is handled. */
static void serve(struct task *task)
{
    int status = task->status;
    bool waits = task->state == STATE_INJECTED;
    if (WIFSTOPPED(status) && !task->goes_on && !tracee_is_at(task->tid, status))
        return;
    if (task->session->dump)
        dump_stop(task, status);
    if (waits) {
        struct next next = script_continue(task, status);
        if (!injection_ends(status)) {
            apply(task, next);
            return;
        }
    }
    if (WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_EXEC)
        task = executed(task->session, task);
    if (task)
        apply(task, script_start(task, status, stop_handle));
}

void session_loop(struct session *session)
{
    bool ended = session->main_ended;
    while (session->task_count && session->main_ended == ended) {
        struct task *task = queue_next(session);
        if (!task && errno == ECHILD)
            break;
        if (task)
            serve(task);
        if (session->unreaped) {
            unreaped_check(session);
            queue_tick(session);
        }
        if (session->ports)
            listeners_check(session);
        if (session->near_count > 1)
            affinity_scan(session);
    }
}
