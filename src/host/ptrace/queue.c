/* SPDX-License-Identifier: MIT */
/*
 * queue.c: which stop is served next.
 *
 * All statuses that wait(2) has are collected, then served in the order in which they came. A
 * thread has one place in the queue: it isn't resumed before it has been served, so nobody gets a
 * second turn before everybody had one. A later status of a thread replaces an earlier one. Only
 * its death or an execve in another thread of its process can cause that, and then the earlier stop
 * is over. A thread that wait(2) has reported as ended is no longer found by its id, which the
 * kernel may use again.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "queue.h"
#include "task.h"

#define STOPPED   0x7f /* a status for WIFSTOPPED() */
#define TICK_USEC 10000

static void take(struct session *session, struct task *task, struct task *before)
{
    if (before)
        before->next_queued = task->next_queued;
    else
        session->first = task->next_queued;
    if (session->last == task)
        session->last = before;
    task->queued = false;
    task->next_queued = NULL;
}

void queue_remove(struct task *task)
{
    struct task *before = NULL;
    if (!task->queued)
        return;
    for (struct task *at = task->session->first; at != task; at = at->next_queued)
        before = at;
    take(task->session, task, before);
}

/* The status of wait(2) is served in its turn; it replaces one that is queued. */
static void queue_add(struct task *task, int status)
{
    struct session *session = task->session;
    queue_remove(task); /* an execve is served after the ends of the other threads */
    task->status = status;
    task->goes_on = false;
    task->queued = true;
    task->next_queued = NULL;
    if (session->last)
        session->last->next_queued = task;
    else
        session->first = task;
    session->last = task;
}

void queue_go_on(struct task *task)
{
    if (task->queued)
        return; /* it was killed: that stop is over */
    queue_add(task, STOPPED);
    task->goes_on = true;
}

/* ---- collecting ---- */

static void came(struct session *session, pid_t tid, int status)
{
    struct task *task = task_find(session, tid);
    if (!task && !WIFSTOPPED(status))
        return;
    if (!task)
        task = task_new_unborn(session, tid);
    if (!WIFSTOPPED(status) && task->state != STATE_UNBORN)
        task_forget_id(task);
    queue_add(task, status);
}

/* Takes what wait(2) has; false: it fails, or was interrupted. */
static bool collect(struct session *session, int options)
{
    int status;
    pid_t tid;
    while ((tid = waitpid(-1, &status, __WALL | options)) > 0) {
        came(session, tid, status);
        if (session->task_count == 1)
            break;
        options = WNOHANG;
    }
    return tid >= 0 || (errno == ECHILD && session->first);
}

void queue_collect(struct session *session)
{
    collect(session, WNOHANG);
}

/* ---- ticks ---- */

static void tick(int number)
{
    (void)number; /* only interrupts the wait */
}

void queue_begin(void)
{
    struct sigaction action = {.sa_handler = tick};
    sigaction(SIGALRM, &action, NULL);
}

void queue_tick(const struct session *session)
{
    struct itimerval timer = {0};
    if (session->near_count > 1 || session->unreaped)
        timer.it_value.tv_usec = timer.it_interval.tv_usec = TICK_USEC;
    setitimer(ITIMER_REAL, &timer, NULL);
}

/* ---- whose turn it is ---- */

/* Where threads share a CPU because the program wants that, their priorities count. */
static int rank(const struct task *task)
{
    struct sched_param param;
    int policy = WIFSTOPPED(task->status) ? sched_getscheduler(task->tid) : -1;
    if (policy < 0)
        return 1000; /* it has ended */
    if (policy == SCHED_IDLE)
        return -1;
    return policy != SCHED_OTHER && !sched_getparam(task->tid, &param) ? param.sched_priority : 0;
}

static struct task *take_best(struct session *session)
{
    struct task *best = session->first, *before_best = NULL, *before = best;
    int most = best->next_queued ? rank(best) : 0;
    for (struct task *task = best->next_queued; task; before = task, task = task->next_queued) {
        int other = rank(task);
        if (other > most)
            most = other, best = task, before_best = before;
    }
    take(session, best, before_best);
    return best;
}

struct task *queue_next(struct session *session)
{
    if ((!session->first || session->in_turn) && !collect(session, session->first ? WNOHANG : 0))
        return NULL;
    if (!session->first) {
        errno = EINTR;
        return NULL;
    }
    if (session->in_turn)
        return take_best(session);
    struct task *task = session->first;
    take(session, task, NULL);
    return task;
}
