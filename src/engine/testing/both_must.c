/* SPDX-License-Identifier: MIT */
/* both_must.c: checks that the kernel's threads do what the plain host's threads have done. */
#include <signal.h>
#include <string.h>

#include "both_inside.h"

#define X86_64 0xc000003eu
#define I386   0x40000003u

void both_let_go(struct both *t)
{
    struct plain_file *held = t->held;
    t->held = NULL;
    plain_host.file_drop(held);
}

void both_finish(unsigned slot)
{
    struct both *t = &both_threads[slot];
    if (t->has_pending)
        t->handled++;
    t->has_pending = t->is_new_sleeper = false;
    t->waits = WAITS_NOT;
    both_let_go(t);
}

static bool is_same_trap(unsigned slot, const struct kernel_report *report,
                         const struct cordon_decision *trap)
{
    const struct kernel_order *order = &both_threads[slot].order;
    uint32_t arch = order->entry == KERNEL_INT80 ? I386 : X86_64;
    if (report->traps != (trap != NULL))
        return both_differ("thread %u: %d traps, kernel %u", slot, trap != NULL, report->traps);
    if (!trap || (report->error == trap->data && report->nr == (int32_t)order->nr &&
                  report->arch == arch && report->code == 1 && report->is_at_return_address))
        return true;
    return both_differ("thread %u: siginfo: errno %d, nr %d, arch %x, code %d", slot, report->error,
                       report->nr, report->arch, report->code);
}

static bool has_handled_the_same(unsigned slot)
{
    uint32_t handled = both_threads[slot].handled;
    if (kernel_waits_for_handler(slot, handled) && kernel_signals_handled(slot) == handled)
        return true;
    return both_differ("thread %u: %u signals, kernel %u", slot, handled,
                       kernel_signals_handled(slot));
}

static bool answers_the_same(unsigned slot, int64_t result, const struct cordon_decision *trap)
{
    struct kernel_report report;
    if (!kernel_answer(slot, BOTH_PATIENCE, &report))
        return both_differ("thread %u answers %lld, kernel: nothing", slot, (long long)result);
    int64_t kernel = trap ? (int32_t)report.result : report.result;
    if (kernel != result)
        return both_differ("thread %u answers %lld, kernel %lld", slot, (long long)result,
                           (long long)kernel);
    return is_same_trap(slot, &report, trap) && has_handled_the_same(slot) &&
           both_has_same_memory(slot);
}

/* `trap`: a handler saw this decision before. */
void both_must_answer(unsigned slot, int64_t result, const struct cordon_decision *trap)
{
    both_finish(slot);
    if (trap && both_threads[slot].change && both_is_ok() &&
        !(kernel_stops_for_signal(slot, SIGSYS) && kernel_resume(slot, SIGSYS)))
        both_differ("thread %u tells its tracer of a trap, not so the kernel's", slot);
    both_say(" [%u: %lld]", slot, (long long)result);
    if (both_is_ok())
        answers_the_same(slot, result, trap);
}

/* Unless something that happens at once wakes it: settle() checks when all threads are idle. */
void both_must_sleep(unsigned slot, enum both_waits waits)
{
    both_threads[slot].waits = waits;
    both_threads[slot].is_new_sleeper = true;
}

void both_process_must_end(struct plain_process *process, int status)
{
    static struct plain_file *held[KERNEL_SLOTS];
    int32_t id = process->id;
    for (unsigned slot = 0; slot < KERNEL_SLOTS; slot++) {
        struct both *t = &both_threads[slot];
        held[slot] = NULL;
        if (!t->plain || t->plain->process != process)
            continue;
        held[slot] = t->held;
        *t = (struct both){0};
    }
    plain_process_free(process);
    for (unsigned slot = 0; slot < KERNEL_SLOTS; slot++)
        plain_host.file_drop(held[slot]);
    both_say(" [process ends: 0x%x]", (unsigned)status);
    int kernel = !both_is_ok() ? status : kernel_process_status(id);
    if ((kernel & ~0x80) != status)
        both_differ("the process ends with 0x%x, kernel 0x%x", (unsigned)status, (unsigned)kernel);
}

void both_thread_must_end(unsigned slot, int status)
{
    struct both *t = &both_threads[slot];
    if (t->plain->process->thread_count == 1) {
        both_process_must_end(t->plain->process, status);
        return;
    }
    struct plain_file *held = t->held;
    plain_thread_exit(t->plain);
    plain_host.file_drop(held);
    *t = (struct both){0};
    both_say(" [%u ends]", slot);
    if (both_is_ok() && !kernel_is_gone(slot))
        both_differ("thread %u ends, not so the kernel's", slot);
}

static bool has_same_status(unsigned slot)
{
    struct kernel_status status;
    const struct plain_thread *plain = both_threads[slot].plain;
    if (!kernel_status(slot, &status))
        return both_differ("thread %u lives, not so the kernel's", slot);
    if (status.mode == plain->task.mode && status.filters == plain->task.filter_count &&
        status.no_new_privs == plain->no_new_privs)
        return true;
    return both_differ("thread %u: mode %d, %u filters, no_new_privs %d, kernel %u, %u, %u", slot,
                       plain->task.mode, plain->task.filter_count, plain->no_new_privs, status.mode,
                       status.filters, status.no_new_privs);
}

static bool sleeps_the_same(unsigned slot)
{
    struct both *t = &both_threads[slot];
    struct kernel_report report;
    if (t->is_new_sleeper && !kernel_sleeps_in(slot, (int32_t)t->order.nr))
        return both_differ("thread %u sleeps, not so the kernel's", slot);
    if (kernel_answer(slot, 0, &report))
        return both_differ("thread %u sleeps on, kernel: %lld", slot, (long long)report.result);
    if (t->is_new_sleeper)
        both_say(" [%u sleeps]", slot);
    t->is_new_sleeper = false;
    return true;
}

void both_must_be_quiet(void)
{
    for (unsigned slot = 0; slot < KERNEL_SLOTS && both_is_ok(); slot++)
        if (both_threads[slot].plain && has_same_status(slot) && both_threads[slot].waits)
            sleeps_the_same(slot);
}
