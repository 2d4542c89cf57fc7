/* SPDX-License-Identifier: MIT */
/* chain.c: the tree of filters: reference counts, the length of chains, synchronising all
 * threads. */
#include <errno.h>

#include "chain.h"

#define COST_OF_FILTER 4u /* cost of each filter below another, besides its length */

/* ---- counts ---- */

struct cordon_filter *chain_filter_make(const struct cordon_host *host, uint32_t length,
                                        uint32_t flags)
{
    struct cordon_filter *filter =
        host->allocate(sizeof *filter + length * sizeof(struct cordon_insn));
    if (filter)
        *filter = (struct cordon_filter){
            .host = host, .users = 1, .references = 1, .flags = flags, .program.length = length};
    return filter;
}

void chain_filter_discard(struct cordon_filter *filter)
{
    filter->host->release(filter->plan);
    filter->host->release(filter);
}

void chain_refer(struct cordon_filter *filter)
{
    filter->references++;
}

void chain_unrefer(struct cordon_filter *filter)
{
    while (filter && --filter->references == 0) {
        struct cordon_filter *older = filter->older;
        chain_filter_discard(filter);
        filter = older;
    }
}

static void take(struct cordon_filter *filter)
{
    if (!filter)
        return;
    filter->users++;
    filter->references++;
}

/* A thread releases the filter. Supervisors of filters without users are notified. */
static void drop(struct cordon_filter *newest)
{
    for (struct cordon_filter *f = newest; f && --f->users == 0; f = f->older)
        if (f->listener)
            f->host->listener_changed(f->listener);
    chain_unrefer(newest);
}

/* ---- length ---- */

/* A jump is one instruction in the translation if one of its targets is the next instruction. If
 * that is the true one, the jump is inverted, which is impossible for JSET. */
static uint32_t cost_of_branch(const struct cordon_insn *insn)
{
    bool is_jset = cordon_opcode_with_k(insn->code) == CORDON_OP_JSET_K;
    bool is_one = insn->jf == 0 || (insn->jt == 0 && !is_jset);
    bool needs_register = !cordon_opcode_uses_x(insn->code) && insn->k >= 0x80000000u;
    return (is_one ? 1 : 2) + needs_register;
}

static uint32_t cost_of(const struct cordon_insn *insn)
{
    if (cordon_opcode_is_branch(insn->code))
        return cost_of_branch(insn);
    if (insn->code == CORDON_OP_RET_K)
        return 2;
    return insn->code == CORDON_OP_DIV_X ? 5 : 1;
}

uint32_t chain_cost(const struct cordon_program *program)
{
    uint32_t cost = 3; /* instructions at the beginning of each translated program */
    for (uint32_t i = 0; i < program->length; i++)
        cost += cost_of(&program->insns[i]);
    return cost;
}

static bool is_too_long(const struct cordon_filter *chain, const struct cordon_filter *more)
{
    uint32_t total = more->cost;
    for (; chain && total <= CORDON_PATH_LIMIT; chain = chain->older)
        total += chain->cost + COST_OF_FILTER;
    return total > CORDON_PATH_LIMIT;
}

/* ---- all threads of a process at once ---- */

static bool is_in_chain(const struct cordon_filter *filter, const struct cordon_filter *newest)
{
    while (newest && newest != filter)
        newest = newest->older;
    return newest;
}

static bool can_follow(const struct cordon_task *thread, const struct cordon_task *caller)
{
    return thread->mode == CORDON_MODE_DISABLED ||
           (thread->mode == CORDON_MODE_FILTER && is_in_chain(thread->filter, caller->filter));
}

/* 0, or the id of a thread that can't be synchronised. */
static int64_t first_divergent(struct cordon_task *caller)
{
    const struct cordon_host *host = caller->host;
    struct cordon_task *thread = NULL;
    while ((thread = host->next_thread(caller, thread)))
        if (!can_follow(thread, caller)) {
            int32_t id = host->thread_id(caller, thread);
            return id ? id : -ESRCH;
        }
    return 0;
}

static void synchronise(struct cordon_task *caller)
{
    const struct cordon_host *host = caller->host;
    bool privileges_are_given_up = host->no_new_privs(caller);
    struct cordon_task *thread = NULL;
    while ((thread = host->next_thread(caller, thread))) {
        take(caller->filter);
        drop(thread->filter);
        thread->filter = caller->filter;
        thread->filter_count = caller->filter_count;
        thread->mode = CORDON_MODE_FILTER;
        if (privileges_are_given_up)
            host->set_no_new_privs(thread);
    }
}

/* ---- growing and ending ---- */

static bool plan(struct cordon_filter *filter, const struct cordon_filter *older)
{
    const struct cordon_host *host = filter->host;
    filter->plan = cordon_plan_make(older ? older->plan : NULL, &filter->program, host->allocate,
                                    host->release);
    return filter->plan;
}

/* A filter whose only user is a younger filter can never become a thread's newest again. */
static void forget_plan(struct cordon_filter *older)
{
    if (!older || older->users > 1)
        return;
    older->host->release(older->plan);
    older->plan = NULL;
}

/* ---- listeners ---- */

/* The newest filter with an open listener; NULL: none. */
static const struct cordon_filter *listening(const struct cordon_filter *chain)
{
    while (chain && !chain->listener)
        chain = chain->older;
    return chain;
}

static bool allows_nesting(const struct cordon_filter *filter)
{
    return filter->flags & CORDON_FLAG_ALLOW_NESTED_LISTENERS;
}

static bool may_listen(const struct cordon_task *task, const struct cordon_filter *filter)
{
    const struct cordon_filter *newest = listening(task->filter);
    if (!newest || (task->host->rules.nested_listeners && allows_nesting(newest)))
        return true;
    bool knows_flag = allows_nesting(filter);
    for (const struct cordon_filter *f = newest; f; f = listening(f->older))
        knows_flag |= allows_nesting(f);
    return task->host->rules.nested_listeners && !knows_flag;
}

/* ---- attaching ---- */

int64_t chain_attach(struct cordon_task *task, struct cordon_filter *filter, uint32_t flags)
{
    if (task->mode != CORDON_MODE_DISABLED && task->mode != CORDON_MODE_FILTER)
        return -EINVAL;
    if (filter->listener && !may_listen(task, filter))
        return -EBUSY;
    if (is_too_long(task->filter, filter))
        return -ENOMEM;
    if (flags & CORDON_FLAG_TSYNC) {
        int64_t thread = first_divergent(task);
        if (thread)
            return flags & CORDON_FLAG_TSYNC_ESRCH ? -ESRCH : thread;
    }
    if (!plan(filter, task->filter))
        return -ENOMEM;
    filter->is_nested = filter->listener && listening(task->filter);
    filter->older = task->filter; /* the filter takes over the thread's reference */
    task->filter = filter;
    task->filter_count++;
    if (flags & CORDON_FLAG_TSYNC)
        synchronise(task);
    forget_plan(filter->older);
    task->mode = CORDON_MODE_FILTER;
    return 0;
}

void cordon_task_fork(struct cordon_task *child, const struct cordon_task *parent)
{
    take(parent->filter);
    child->mode = parent->mode;
    child->filter = parent->filter;
    child->filter_count = parent->filter_count;
}

void cordon_task_exit(struct cordon_task *task)
{
    cordon_notify_abandon(task);
    if (rules_since(task->host, CORDON_LINUX(6, 11)))
        cordon_task_reap(task);
}

void cordon_task_reap(struct cordon_task *task)
{
    struct cordon_filter *filter = task->filter;
    task->filter = NULL;
    drop(filter);
}

bool cordon_task_lingers(const struct cordon_task *task)
{
    return task->filter;
}
