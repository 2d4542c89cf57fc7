/* SPDX-License-Identifier: MIT */
/*
 * script.c: handling that waits for its own thread, while the loop serves all others.
 *
 * A stop is handled on a stack of its own. Where the handler makes the thread do a call, it leaves
 * that stack with what the thread does next, until the thread stops again. A thread that doesn't
 * come back is only its own problem.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "machine.h"
#include "script.h"
#include "task.h"

#define STACK_SIZE (256 * 1024)
#define GUARD_SIZE 4096

struct script {
    struct script *free; /* the next of those that are free */
    void *own, *loop;    /* the stacks, where each was left */
    struct session *session;
    struct task *task; /* whose stop it handles; NULL: none */
    int status;        /* of the stop that it handles, or waited for */
    struct next next;  /* what the thread does when the stack is left */
    stop_handler *handle;
};

static void run(void *argument)
{
    struct script *script = argument;
    for (;;) {
        script->next = script->handle(script->task, script->status);
        script->task = NULL;
        machine_stack_switch(&script->own, script->loop);
    }
}

/* Without memory no thread may go on: the tracer ends, and PTRACE_O_EXITKILL kills all. */
static struct script *make(struct session *session)
{
    struct script *script = calloc(1, sizeof *script);
    char *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (!script || stack == MAP_FAILED || mprotect(stack, GUARD_SIZE, PROT_NONE))
        abort();
    script->session = session;
    script->own = machine_stack_make(stack + STACK_SIZE, run, script);
    return script;
}

/* Runs the handler until it is done, or waits. */
static struct next enter(struct script *script)
{
    struct session *session = script->session;
    session->running = script;
    machine_stack_switch(&script->loop, script->own);
    session->running = NULL;
    if (!script->task) {
        script->free = session->idle;
        session->idle = script;
    }
    return script->next;
}

struct next script_start(struct task *task, int status, stop_handler *handle)
{
    struct session *session = task->session;
    struct script *script = session->idle;
    if (script)
        session->idle = script->free;
    else
        script = make(session);
    script->task = task;
    script->status = status;
    script->handle = handle;
    return enter(script);
}

int script_wait(struct task *task, struct next next)
{
    struct script *script = task->session->running;
    task->script = script;
    script->next = next;
    machine_stack_switch(&script->own, script->loop);
    task->script = NULL;
    return script->status;
}

struct next script_continue(struct task *task, int status)
{
    struct script *script = task->script;
    script->status = status;
    return enter(script);
}
