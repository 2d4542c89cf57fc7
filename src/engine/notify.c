/* SPDX-License-Identifier: MIT */
/*
 * notify.c: targets that wait for a supervisor, and the listener between them.
 *
 *              | INIT               | SENT                 | REPLIED
 * -----------+--------------------+----------------------+----------------------------
 * RECV       | SENT               | -                    | -
 * not written|                    | INIT                 |
 * SEND       | EINPROGRESS        | REPLIED              | EINPROGRESS
 * ADDFD      | EINPROGRESS        | queued; SEND: REPLIED| EINPROGRESS
 * installed  |                    | SENT                 | REPLIED; SEND failed: SENT
 * withdrawn  |                    | SENT                 | REPLIED; SEND: SENT
 * signal     | gone               | gone, or none if     | none
 *              |                    | WAIT_KILLABLE_RECV   |
 * fatal      | gone               | gone                 | none
 * close      | REPLIED, ENOSYS    | REPLIED, ENOSYS      | -
 * taken      | -                  | -                    | gone; CONTINUE, and an older
 *            |                    |                      | listener is asked: INIT there
 *
 * The requests of supervisors are in supervise.c. Facts: kernel/seccomp.c
 * (seccomp_do_user_notification, seccomp_handle_addfd, seccomp_notify_detach).
 */
#include <errno.h>

#include "chain.h"
#include "cordon/action.h"

/* ---- the listener ---- */

struct cordon_listener *notify_listener_make(struct cordon_filter *filter)
{
    struct cordon_listener *listener = filter->host->allocate(sizeof *listener);
    if (!listener)
        return NULL;
    *listener = (struct cordon_listener){.filter = filter, .next_id = filter->host->random()};
    filter->listener = listener;
    chain_refer(filter);
    return listener;
}

void notify_listener_discard(struct cordon_listener *listener)
{
    struct cordon_filter *filter = listener->filter;
    filter->listener = NULL;
    filter->host->release(listener);
    chain_unrefer(filter);
}

/* No answer will come: targets without an answer get ENOSYS. */
void cordon_listener_close(struct cordon_listener *listener)
{
    struct cordon_task *next;
    for (struct cordon_task *target = listener->first; target; target = next) {
        struct cordon_notification *n = &target->notification;
        next = n->next;
        n->listener = NULL;
        n->next = n->previous = NULL;
        if (n->state == CORDON_NOTIFY_REPLIED)
            continue;
        n->state = CORDON_NOTIFY_REPLIED;
        n->value = 0;
        n->error = -ENOSYS;
        n->proceed = false;
        target->host->wake(target);
    }
    notify_listener_discard(listener);
}

void cordon_listener_set_context(struct cordon_listener *listener, void *context)
{
    listener->context = context;
}

void *cordon_listener_context(const struct cordon_listener *listener)
{
    return listener->context;
}

unsigned cordon_listener_events(const struct cordon_listener *listener)
{
    unsigned events = listener->filter->users ? 0 : CORDON_EVENT_HUP;
    for (const struct cordon_task *t = listener->first; t; t = t->notification.next) {
        if (t->notification.state == CORDON_NOTIFY_INIT)
            events |= CORDON_EVENT_IN;
        if (t->notification.state == CORDON_NOTIFY_SENT)
            events |= CORDON_EVENT_OUT;
    }
    return events;
}

static void append(struct cordon_listener *listener, struct cordon_task *target)
{
    target->notification.previous = listener->last;
    if (listener->last)
        listener->last->notification.next = target;
    else
        listener->first = target;
    listener->last = target;
}

static void unlink_target(struct cordon_listener *listener, struct cordon_task *target)
{
    struct cordon_notification *n = &target->notification;
    if (n->previous)
        n->previous->notification.next = n->next;
    else
        listener->first = n->next;
    if (n->next)
        n->next->notification.previous = n->previous;
    else
        listener->last = n->previous;
}

struct cordon_task *notify_find(const struct cordon_listener *listener, uint64_t id)
{
    struct cordon_task *target = listener->first;
    while (target && target->notification.id != id)
        target = target->notification.next;
    return target;
}

/* ---- descriptors for a target ---- */

static bool is_installing(const struct cordon_task *target)
{
    return target->notification.installing.target;
}

/* `addfd` is the supervisor's own, or the copy that the target was installing. */
static void complete(const struct cordon_host *host, struct cordon_addfd *addfd, int32_t result)
{
    struct cordon_task *supervisor = addfd->supervisor;
    void *file = addfd->file;
    *addfd = (struct cordon_addfd){0};
    if (supervisor) {
        supervisor->addfd = (struct cordon_addfd){.done = true, .result = result};
        host->wake(supervisor);
    }
    host->file_drop(file); /* last, because it may close a listener, even this one */
}

/* The target takes no more descriptors. */
static void refuse_queued(struct cordon_task *target)
{
    struct cordon_addfd *addfd;
    while ((addfd = target->notification.addfds)) {
        target->notification.addfds = addfd->next;
        complete(target->host, addfd, -ESRCH);
    }
}

static struct cordon_addfd *take_newest(struct cordon_notification *n)
{
    struct cordon_addfd *addfd = n->addfds;
    n->addfds = addfd->next;
    n->installing = *addfd;
    addfd->next = NULL;
    addfd->file = NULL; /* the copy owns the file now */
    return &n->installing;
}

/* The descriptor that was to be the answer wasn't installed. */
static void unanswer(struct cordon_notification *n)
{
    if (n->listener)
        n->state = CORDON_NOTIFY_SENT; /* it can still be answered */
    else
        n->error = -ENOSYS; /* no answer: the listener has been closed */
}

void cordon_addfd_done(struct cordon_addfd *addfd, int32_t result)
{
    struct cordon_task *target = addfd->target;
    if (!target)
        return;
    struct cordon_notification *n = &target->notification;
    bool send = addfd->send;
    if (send && result >= 0)
        n->value = result;
    else if (send)
        unanswer(n);
    complete(target->host, addfd, result);
    if (n->state == CORDON_NOTIFY_REPLIED)
        refuse_queued(target);
    else if (send && n->listener)
        target->host->listener_changed(n->listener);
}

static void withdraw(struct cordon_task *supervisor)
{
    struct cordon_addfd *addfd = &supervisor->addfd;
    struct cordon_addfd **link = &addfd->target->notification.addfds;
    while (*link != addfd)
        link = &(*link)->next;
    *link = addfd->next;
    struct cordon_notification *n = &addfd->target->notification;
    bool send = addfd->send;
    void *file = addfd->file;
    *addfd = (struct cordon_addfd){0};
    if (send)
        unanswer(n);
    if (send && n->listener)
        supervisor->host->listener_changed(n->listener);
    supervisor->host->file_drop(file);
}

static struct cordon_addfd *being_installed(const struct cordon_task *supervisor)
{
    struct cordon_task *target = supervisor->addfd.target;
    if (!target || target->notification.installing.supervisor != supervisor)
        return NULL;
    return &target->notification.installing;
}

int64_t cordon_addfd_finish(struct cordon_task *supervisor)
{
    if (!supervisor->addfd.done)
        return CORDON_WAIT;
    int32_t result = supervisor->addfd.result;
    supervisor->addfd = (struct cordon_addfd){0};
    return result;
}

int64_t cordon_addfd_interrupt(struct cordon_task *supervisor)
{
    if (supervisor->addfd.done || being_installed(supervisor))
        return cordon_addfd_finish(supervisor);
    if (supervisor->addfd.target)
        withdraw(supervisor);
    return -EINTR;
}

/* ---- the target ---- */

void notify_begin(struct cordon_task *task, const struct cordon_filter *filter,
                  const struct cordon_filter *winner, const struct cordon_data *data)
{
    struct cordon_listener *listener = filter->listener;
    task->notification = (struct cordon_notification){.state = CORDON_NOTIFY_INIT,
                                                      .filter = filter,
                                                      .winner = winner,
                                                      .listener = listener,
                                                      .id = listener->next_id++,
                                                      .data = *data};
    append(listener, task);
    listener->requests++;
    task->host->listener_changed(listener);
}

/* Supervisors no longer see it; the call wasn't executed, except after CONTINUE. */
static void end(struct cordon_task *target)
{
    struct cordon_notification *n = &target->notification;
    if (is_installing(target))
        complete(target->host, &n->installing, -ESRCH);
    refuse_queued(target);
    struct cordon_listener *listener = n->listener;
    if (listener)
        unlink_target(listener, target);
    if (!n->proceed)
        log_verdict(target, n->winner, CORDON_USER_NOTIF, &n->data, 0);
    *n = (struct cordon_notification){0};
    if (listener)
        target->host->listener_changed(listener);
}

/*
 * The filter whose listener is asked after a CONTINUE; NULL: none, the call runs. It is one that
 * says USER_NOTIF too, even if its listener has been closed. After the first listener nobody is
 * asked, as in a chain with one listener.
 */
static const struct cordon_filter *next_asked(const struct cordon_notification *n)
{
    if (!n->filter->is_nested)
        return NULL;
    const struct cordon_filter *f = n->filter->older;
    while (f && !(f->flags & CORDON_FLAG_NEW_LISTENER &&
                  (cordon_program_run(&f->program, &n->data).value & CORDON_ACTION_FULL) ==
                      CORDON_USER_NOTIF))
        f = f->older;
    return f;
}

/* An older listener is asked; it has been closed: the call fails. */
static enum cordon_notify_step ask_older(struct cordon_task *target,
                                         const struct cordon_filter *older, int64_t *result)
{
    struct cordon_notification before = target->notification;
    end(target);
    if (older->listener) {
        notify_begin(target, older, before.winner, &before.data);
        return CORDON_NOTIFY_SLEEP;
    }
    log_verdict(target, before.winner, CORDON_USER_NOTIF, &before.data, 0);
    *result = -ENOSYS;
    return CORDON_NOTIFY_RESULT;
}

enum cordon_notify_step cordon_notify_next(struct cordon_task *target, struct cordon_addfd **addfd,
                                           int64_t *result)
{
    struct cordon_notification *n = &target->notification;
    if (is_installing(target))
        return CORDON_NOTIFY_SLEEP;
    if (n->addfds) {
        *addfd = take_newest(n);
        return CORDON_NOTIFY_INSTALL;
    }
    if (n->state != CORDON_NOTIFY_REPLIED)
        return CORDON_NOTIFY_SLEEP;
    bool proceeds = n->proceed;
    const struct cordon_filter *older = proceeds ? next_asked(n) : NULL;
    if (older)
        return ask_older(target, older, result);
    if (!proceeds)
        *result = n->error ? n->error : n->value;
    end(target);
    return proceeds ? CORDON_NOTIFY_RUN : CORDON_NOTIFY_RESULT;
}

bool cordon_notify_killable(const struct cordon_task *target)
{
    const struct cordon_notification *n = &target->notification;
    return n->state >= CORDON_NOTIFY_SENT && n->filter->flags & CORDON_FLAG_WAIT_KILLABLE_RECV;
}

bool cordon_notify_interrupt(struct cordon_task *target, bool fatal)
{
    const struct cordon_notification *n = &target->notification;
    if (n->addfds || is_installing(target) || n->state == CORDON_NOTIFY_REPLIED)
        return false;
    if (!fatal && cordon_notify_killable(target))
        return false;
    if (n->state != CORDON_NOTIFY_NONE)
        end(target);
    return true;
}

void cordon_notify_abandon(struct cordon_task *task)
{
    if (task->notification.state != CORDON_NOTIFY_NONE)
        end(task);
    struct cordon_addfd *taken = being_installed(task);
    if (taken)
        taken->supervisor = NULL;
    else if (task->addfd.target)
        withdraw(task);
    task->addfd = (struct cordon_addfd){0};
}
