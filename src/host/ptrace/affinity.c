/* SPDX-License-Identifier: MIT */
/*
 * affinity.c: the CPUs that traced threads run on.
 *
 * Tracer and thread take turns at every stop of a call, which is much faster on one CPU than
 * between two. A thread that computes is better off on another CPU. So threads are moved to the
 * tracer's CPU while they make many calls, and get their own set back afterwards. The program can't
 * notice: calls that ask for its CPUs return its own set.
 */
#include <string.h>
#include <time.h>

#include "affinity.h"
#include "calls.h"
#include "next.h"
#include "proc.h"
#include "queue.h"
#include "task.h"
#include "tracee.h"

#define BUSY_NS  UINT64_C(200000)  /* between the end of a call and the next one */
#define IDLE_NS  UINT64_C(5000000) /* without a call: it computes or sleeps */
#define BUSY_RUN 16                /* calls in a row */

static uint64_t clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void affinity_start(struct session *session)
{
    int cpu = sched_getcpu();
    if (cpu < 0 || sched_getaffinity(0, sizeof session->cpus, &session->cpus) ||
        CPU_COUNT(&session->cpus) < 2)
        return;
    session->shares_cpu = proc_use_cpu(0, cpu);
    session->cpu = cpu;
}

static void spread(struct task *task)
{
    sched_setaffinity(task->tid, sizeof task->cpus, &task->cpus);
    task->near = false;
    task->busy = 0;
    if (--task->session->near_count == 1)
        queue_tick(task->session);
}

static void draw_near(struct task *task)
{
    if (sched_getaffinity(task->tid, sizeof task->cpus, &task->cpus) ||
        !CPU_ISSET(task->session->cpu, &task->cpus) || !proc_use_cpu(task->tid, task->session->cpu))
        return;
    task->near = true;
    if (++task->session->near_count == 2)
        queue_tick(task->session); /* so that two threads that compute don't stay on one CPU */
}

/* At every entry of a call. */
void affinity_note(struct task *task)
{
    if (!task->session->shares_cpu || task->own_cpus)
        return;
    uint64_t since = clock_now() - task->left;
    if (since > IDLE_NS && task->near)
        spread(task);
    task->busy = since < BUSY_NS ? task->busy + (task->busy < BUSY_RUN) : 0;
    if (task->busy == BUSY_RUN && !task->near)
        draw_near(task);
}

/* Time that it slept in a call, or was stopped, doesn't count. */
void affinity_resumed(struct task *task)
{
    if (task->session->shares_cpu && !task->own_cpus)
        task->left = clock_now();
}

/* After the timer: spreads threads that have made no call for long. */
void affinity_scan(struct session *session)
{
    uint64_t now = session->near_count > 1 ? clock_now() : 0;
    if (now < session->scanned + IDLE_NS)
        return;
    session->scanned = now;
    for (size_t i = 0; i < sizeof session->tasks / sizeof *session->tasks; i++)
        for (struct task *task = session->tasks[i]; task; task = task->chain)
            if (task->near && now - task->left > IDLE_NS)
                spread(task);
}

/* A child starts with the set of its creator, not with the CPU that the tracer chose. */
void affinity_born(struct task *child, const struct task *creator)
{
    if (creator->near)
        sched_setaffinity(child->tid, sizeof creator->cpus, &creator->cpus);
}

void affinity_ended(struct task *task)
{
    if (task->near && --task->session->near_count == 1)
        queue_tick(task->session);
}

/* ---- what the program asks ---- */

static struct task *meant(struct task *task)
{
    pid_t id = (pid_t)task->call.args[0];
    return id ? task_by_id(task, id) : task;
}

/* After the call: for a thread that was moved, its own set replaces the result. */
static struct next asked(struct task *task)
{
    int64_t size;
    const struct task *about = meant(task);
    if (about && about->near && task_result(task, &size) && size > 0)
        task_copy_out(task, task_pointer(task, 2), &about->cpus,
                      (size_t)size < sizeof about->cpus ? (size_t)size : sizeof about->cpus);
    return next_done();
}

struct next call_getaffinity(struct task *task, const struct pass *pass)
{
    const struct task *about = meant(task);
    if (about && about->near)
        task->at_exit = asked;
    return next_call(pass);
}

/*
 * A program that puts its threads on one CPU may depend on their priorities there. So the tracer
 * moves to that CPU, where running threads keep it from resuming others, and handles stops in the
 * order of priorities.
 */
static void follow(struct session *session, int cpu)
{
    session->in_turn = true;
    if (!session->shares_cpu || cpu == session->cpu || !proc_use_cpu(0, cpu))
        return;
    session->cpu = cpu;
    for (size_t i = 0; i < sizeof session->tasks / sizeof *session->tasks; i++)
        for (struct task *task = session->tasks[i]; task; task = task->chain)
            if (task->near)
                spread(task);
}

static struct next chosen(struct task *task)
{
    cpu_set_t cpus;
    const struct task *about = meant(task);
    if (about && !sched_getaffinity(about->tid, sizeof cpus, &cpus) && CPU_COUNT(&cpus) == 1)
        for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
            if (CPU_ISSET(cpu, &cpus))
                follow(task->session, cpu);
    return next_done();
}

/* The program has chosen CPUs for the thread: it isn't moved any more. */
struct next call_setaffinity(struct task *task, const struct pass *pass)
{
    struct task *about = meant(task);
    if ((pid_t)task->call.args[0] == task->session->tracer)
        return call_by_id(task, pass);
    if (about) {
        if (about->near)
            spread(about);
        about->own_cpus = true;
        task->at_exit = chosen;
    }
    return next_call(pass);
}
