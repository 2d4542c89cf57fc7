/* SPDX-License-Identifier: MIT */
/* both.c: makes calls on the engine and on the kernel; see both.h. */
#include "both.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "audit_records.h"
#include "both_inside.h"

#define KEEP_MEMORY 0x00000100u /* CLONE_VM */
#define X86_64      0xc000003eu
#define I386        0x40000003u

struct both both_threads[KERNEL_SLOTS];
static bool was_used[KERNEL_SLOTS];
static bool prints_all;
static int processes_seen[KERNEL_SLOTS];
static unsigned processes_seen_count;

struct plain_thread *both_thread(unsigned slot)
{
    return both_threads[slot].plain;
}

bool both_is_free(unsigned slot)
{
    return both_threads[slot].plain && both_threads[slot].waits == WAITS_NOT;
}

unsigned both_free_count(void)
{
    unsigned count = 0;
    for (unsigned slot = 0; slot < KERNEL_SLOTS; slot++)
        count += both_is_free(slot);
    return count;
}

bool both_was_used(unsigned slot)
{
    return was_used[slot];
}

struct cordon_listener *both_receives(unsigned slot)
{
    const struct both *t = &both_threads[slot];
    bool is_recv = t->waits == WAITS_IN_CALL && (uint32_t)t->order.args[1] == CORDON_IOCTL_RECV;
    return is_recv ? t->held->listener : NULL;
}

bool both_is_interruptible(unsigned slot)
{
    return both_threads[slot].waits != WAITS_NOT && !both_threads[slot].has_pending;
}

/* ---- calls ---- */

struct cordon_data both_data(const struct kernel_order *order)
{
    struct cordon_data data = {{(uint32_t)order->nr}};
    data.word[CORDON_WORD_ARCH] = order->entry == KERNEL_INT80 ? I386 : X86_64;
    uint64_t address = kernel_return_address(order->entry);
    data.word[CORDON_WORD_IP] = (uint32_t)address;
    data.word[CORDON_WORD_IP + 1] = (uint32_t)(address >> 32);
    for (unsigned i = 0; i < CORDON_ARGS; i++) {
        data.word[CORDON_WORD_ARGS + 2 * i] = (uint32_t)order->args[i];
        data.word[CORDON_WORD_ARGS + 2 * i + 1] = (uint32_t)(order->args[i] >> 32);
    }
    return data;
}

static void run(unsigned slot)
{
    struct both *t = &both_threads[slot];
    int64_t result = t->effect(slot, &t->order);
    if (result == CORDON_WAIT)
        both_must_sleep(slot, WAITS_IN_CALL);
    else if (result == BOTH_RESULT_EXIT)
        both_thread_must_end(slot, (int)(t->order.args[0] & 0xff) << 8);
    else if (result == BOTH_RESULT_REPORTED)
        both_finish(slot);
    else
        both_must_answer(slot, result, NULL);
}

static void call_tracer(unsigned slot, const struct cordon_decision *decision);

static void carry_out(unsigned slot, struct cordon_decision decision)
{
    struct both *t = &both_threads[slot];
    switch (decision.kind) {
    case CORDON_DO_RUN:
        run(slot);
        break;
    case CORDON_DO_SKIP:
        both_must_answer(slot, decision.result, NULL);
        break;
    case CORDON_DO_TRAP:
        both_must_answer(slot, (int32_t)t->order.nr, &decision);
        break;
    case CORDON_DO_TRACE:
        call_tracer(slot, &decision);
        break;
    case CORDON_DO_WAIT:
        both_must_sleep(slot, WAITS_AT_FILTER);
        break;
    case CORDON_DO_KILL_THREAD:
        both_thread_must_end(slot, SIGSYS);
        break;
    case CORDON_DO_KILL_PROCESS:
        both_process_must_end(t->plain->process, SIGSYS);
        break;
    case CORDON_DO_KILL_STRICT:
        both_thread_must_end(slot, SIGKILL);
        break;
    }
}

static void refuse(unsigned slot, const struct cordon_decision *decision, int64_t result)
{
    struct both *t = &both_threads[slot];
    struct cordon_data data = both_data(&t->order);
    cordon_task_refuse(&t->plain->task, decision, &data);
    both_must_answer(slot, result, NULL);
}

static void call_tracer(unsigned slot, const struct cordon_decision *decision)
{
    struct both *t = &both_threads[slot];
    const struct both_change *change = t->change;
    if (!change) {
        refuse(slot, decision, -ENOSYS);
        return;
    }
    both_say(" (trace %d)", decision->data);
    if (both_is_ok() && !kernel_stops_for_trace(slot, decision->data))
        both_differ("thread %u stops for its tracer, not so the kernel's", slot);
    if (both_is_ok() && change->is_some &&
        !kernel_change(slot, t->order.entry, change->nr, change->result, change->argument))
        both_differ("can't change the call of thread %u", slot);
    if (both_is_ok())
        kernel_resume(slot, 0);
    if (change->is_some) {
        t->order.nr = change->nr;
        t->order.args[0] = change->argument;
    }
    if ((int32_t)t->order.nr < 0) {
        refuse(slot, decision, change->is_some ? change->result : -ENOSYS);
    } else {
        struct cordon_data data = both_data(&t->order);
        carry_out(slot, cordon_task_judge_again(&t->plain->task, &data));
    }
}

static void judge(unsigned slot)
{
    struct both *t = &both_threads[slot];
    struct cordon_data data = both_data(&t->order);
    carry_out(slot, cordon_task_judge(&t->plain->task, &data));
}

/* A step that the thread can take while it waits for a supervisor; false: none. */
static bool go_on_at_filter(unsigned slot)
{
    struct both *t = &both_threads[slot];
    struct cordon_addfd *addfd;
    int64_t result;
    switch (cordon_notify_next(&t->plain->task, &addfd, &result)) {
    case CORDON_NOTIFY_SLEEP:
        return false;
    case CORDON_NOTIFY_INSTALL:
        cordon_addfd_done(addfd, plain_install(t->plain->process, addfd));
        break;
    case CORDON_NOTIFY_RUN:
        run(slot);
        break;
    case CORDON_NOTIFY_RESULT:
        both_must_answer(slot, result, NULL);
        break;
    }
    return true;
}

static bool go_on_in_call(unsigned slot)
{
    struct both *t = &both_threads[slot];
    bool is_addfd = CORDON_IOCTL_IS_ADDFD((uint32_t)t->order.args[1]);
    int64_t result = is_addfd ? cordon_addfd_finish(&t->plain->task) : t->effect(slot, &t->order);
    if (result == CORDON_WAIT)
        return false;
    both_must_answer(slot, result, NULL);
    return true;
}

static bool go_on(unsigned slot)
{
    switch (both_threads[slot].waits) {
    case WAITS_AT_FILTER:
        return go_on_at_filter(slot);
    case WAITS_IN_CALL:
        return go_on_in_call(slot);
    default:
        return false;
    }
}

static void settle(void)
{
    bool is_over;
    do {
        is_over = true;
        for (unsigned slot = 0; slot < KERNEL_SLOTS; slot++)
            if (both_threads[slot].plain && go_on(slot))
                is_over = false;
    } while (!is_over);
    both_must_be_quiet();
}

static void order(unsigned slot, const struct kernel_order *order, both_effect effect)
{
    struct both *t = &both_threads[slot];
    t->order = *order;
    t->effect = effect;
    both_choose_first_id();
    kernel_order(slot, order);
    judge(slot);
}

void both_call(unsigned slot, const struct kernel_order *what, both_effect effect)
{
    order(slot, what, effect);
    settle();
}

void both_call_suspended(unsigned slot, const struct kernel_order *what, both_effect effect)
{
    struct plain_thread *plain = both_threads[slot].plain;
    if (!kernel_suspend(slot)) {
        both_differ("can't suspend thread %u", slot);
        return;
    }
    plain->task.suspended = true;
    order(slot, what, effect);
    plain->task.suspended = false;
    if (both_is_ok() && !kernel_release(slot))
        both_differ("can't release thread %u", slot);
    settle();
}

void both_call_traced(unsigned slot, const struct kernel_order *what, both_effect effect,
                      const struct both_change *change)
{
    if (!kernel_trace(slot)) {
        both_differ("can't trace thread %u", slot);
        return;
    }
    both_threads[slot].change = change;
    order(slot, what, effect);
    both_threads[slot].change = NULL;
    if (both_is_ok() && both_threads[slot].plain && !kernel_release(slot))
        both_differ("can't release thread %u", slot);
    settle();
}

/* ---- signals and deaths ---- */

static void interrupt(unsigned slot, bool restarts)
{
    struct both *t = &both_threads[slot];
    if (t->waits == WAITS_AT_FILTER && !cordon_notify_interrupt(&t->plain->task, false)) {
        t->has_pending = true;
        return;
    }
    t->handled++;
    if (!restarts) {
        both_must_answer(slot, -EINTR, NULL);
    } else if (!kernel_waits_for_handler(slot, t->handled)) {
        both_differ("thread %u handles a signal, not so the kernel's", slot);
    } else {
        both_let_go(t);
        judge(slot);
    }
}

/* The descriptor has become another file's. Threads may sleep in RECV of the old listener, and
 * which of them gets a notification is undefined. */
static bool would_move(unsigned slot)
{
    const struct both *t = &both_threads[slot];
    uint32_t fd = (uint32_t)t->order.args[0];
    return t->held && plain_is_open(t->plain->process, fd) &&
           t->plain->process->descriptors[fd] != t->held;
}

void both_signal(unsigned slot, bool restarts)
{
    restarts = restarts && !would_move(slot);
    kernel_signal(slot, restarts ? SIGUSR2 : SIGUSR1);
    interrupt(slot, restarts);
    settle();
}

void both_kill(unsigned slot)
{
    kernel_signal(slot, SIGKILL);
    both_process_must_end(both_threads[slot].plain->process, SIGKILL);
    settle();
}

/* ---- effects ---- */

int64_t both_adopt(unsigned slot, const struct kernel_order *what)
{
    struct kernel_report report;
    unsigned child = (unsigned)what->args[1];
    if (!kernel_answer(slot, BOTH_PATIENCE, &report) || report.result <= 0) {
        both_differ("clone doesn't work");
        return BOTH_RESULT_REPORTED;
    }
    struct plain_thread *parent = both_threads[slot].plain;
    int32_t id = (int32_t)report.result;
    bool is_thread = what->args[0] & KEEP_MEMORY;
    both_threads[child] = (struct both){.id_at = BOTH_NO_ID};
    was_used[child] = true;
    both_threads[child].plain = is_thread ? plain_clone(parent, id) : plain_fork(parent, id);
    both_threads[child].handled = kernel_signals_handled(child);
    kernel_adopt(child, both_threads[child].plain->process->id, id);
    if (!is_thread)
        processes_seen[processes_seen_count++] = id;
    return BOTH_RESULT_REPORTED;
}

int64_t both_ioctl(unsigned slot, const struct kernel_order *what)
{
    struct both *t = &both_threads[slot];
    struct cordon_task *task = &t->plain->task;
    if (!t->held)
        t->held = plain_host.file_take(task, (uint32_t)what->args[0]);
    if (!t->held)
        return -EBADF;
    return cordon_listener_ioctl(t->held->listener, task, (uint32_t)what->args[1], what->args[2]);
}

/* ---- the whole ---- */

void both_begin(bool prints)
{
    prints_all = prints;
    plain_world = (struct plain_world){.allocations_left = -1};
    memset(both_threads, 0, sizeof both_threads);
    memset(was_used, 0, sizeof was_used);
    was_used[0] = true;
    memset((void *)(uintptr_t)PLAIN_MEMORY, 0, PLAIN_MEMORY_SIZE);
    both_begin_story();
    int process = kernel_threads_begin();
    processes_seen[0] = process;
    processes_seen_count = 1;
    both_threads[0].id_at = BOTH_NO_ID;
    both_threads[0].plain = plain_thread_new(plain_process_new(), process);
    both_threads[0].plain->is_admin = true;
}

bool both_end(void)
{
    for (unsigned slot = 0; slot < KERNEL_SLOTS; slot++)
        if (both_threads[slot].plain) {
            kernel_signal(slot, SIGKILL);
            both_process_must_end(both_threads[slot].plain->process, SIGKILL);
        }
    kernel_threads_end();
    if (plain_world.allocations || plain_world.files)
        both_differ("%u allocations, %u files are left", plain_world.allocations,
                    plain_world.files);
    if (both_is_ok())
        audit_compare(processes_seen, processes_seen_count);
    if (!both_is_ok() || prints_all)
        both_print_story();
    return both_is_ok();
}
