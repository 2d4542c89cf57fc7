/* SPDX-License-Identifier: MIT */
/* random_trace.c: random uses of ptrace(2): filters shown to a tracer, calls without filters,
 * changed calls. */
#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "cordon/action.h"
#include "random_calls.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define GET_FILTER   0x420c
#define GET_METADATA 0x420d

/* ---- a thread looks at another's filters ---- */

static unsigned inspected; /* slot of the tracee */

static int64_t ptrace_effect(unsigned slot, const struct kernel_order *order)
{
    struct plain_thread *tracer = both_thread(slot);
    const struct cordon_task *tracee = &both_thread(inspected)->task;
    switch (order->args[0]) {
    case GET_FILTER:
        return cordon_ptrace_get_filter(&tracer->task, tracee, tracer->is_admin, order->args[2],
                                        order->args[3]);
    case GET_METADATA:
        return cordon_ptrace_get_metadata(&tracer->task, tracee, tracer->is_admin, order->args[2],
                                          order->args[3]);
    default:
        return 0;
    }
}

static int64_t wait_effect(unsigned slot, const struct kernel_order *order)
{
    (void)slot;
    return (int64_t)order->args[0];
}

/* false: the tracer didn't survive it. */
static bool trace(unsigned slot, uint64_t request, uint64_t address, uint64_t data)
{
    uint64_t id = (uint64_t)both_thread(inspected)->id;
    struct kernel_order order = {KERNEL_SYSCALL, SYS_ptrace, {request, id, address, data}};
    both_call(slot, &order, ptrace_effect);
    return both_thread(slot) && both_is_ok();
}

static void compare_program(unsigned slot)
{
    static unsigned char ours[CORDON_MAX_INSNS * 8];
    plain_read(both_thread(slot)->process, ours, PLAIN_INSNS, sizeof ours);
    if (memcmp(ours, (const void *)(uintptr_t)PLAIN_INSNS, sizeof ours))
        both_differ("the program that ptrace shows");
}

void random_inspection(struct random *random, unsigned slot)
{
    inspected = random_under(random, KERNEL_SLOTS);
    if (!both_is_free(inspected) || both_thread(inspected)->process == both_thread(slot)->process)
        return;
    struct kernel_order wait = {
        KERNEL_SYSCALL, SYS_wait4, {(uint64_t)both_thread(inspected)->id, 0, __WALL, 0}};
    both_say("\n# %u: inspects %u", slot, inspected);
    if (!trace(slot, PTRACE_SEIZE, 0, 0) || !trace(slot, PTRACE_INTERRUPT, 0, 0))
        return;
    both_call(slot, &wait, wait_effect);
    static const unsigned char zeros[CORDON_MAX_INSNS * 8];
    static const uint64_t data[] = {PLAIN_INSNS, PLAIN_INSNS, 0, PLAIN_NOWHERE};
    both_write(slot, PLAIN_INSNS, zeros, sizeof zeros);
    trace(slot, GET_FILTER, random_under(random, 5), data[random_under(random, COUNT(data))]);
    compare_program(slot);
    uint64_t index = random_under(random, 4);
    uint64_t buffer = random_under(random, 8) ? BOTH_WINDOW(slot) : PLAIN_CONSTANT;
    both_write(slot, BOTH_WINDOW(slot), &index, sizeof index);
    trace(slot, GET_METADATA, random_under(random, 4) ? 16 : random_under(random, 24), buffer);
    trace(slot, PTRACE_DETACH, 0, 0);
}

/* ---- we do ---- */

void random_suspended_call(struct random *random, unsigned slot)
{
    struct kernel_order order = random_judged_order(random);
    both_say("\n# %u: suspended: %d", slot, (int)order.nr);
    both_call_suspended(slot, &order, judged_effect);
}

/* What the tracer does with the call: leaves it, cancels it, or replaces it by another of the
 * judged calls. */
static struct both_change random_change(struct random *random, const struct kernel_order *order)
{
    struct both_change change = {random_under(random, 4) != 0, order->nr, -ENOSYS,
                                 random_argument(random)};
    if (random_under(random, 3) == 0) {
        change.nr = -1;
        change.result = random_under(random, 2) ? -ENOSYS : 4321;
    } else if (random_under(random, 2)) {
        change.nr = order->entry == KERNEL_INT80 ? 65 : 111;
    }
    return change;
}

/* No thread may sleep while it is traced: detaching would wake it. */
void random_traced_call(struct random *random, unsigned slot)
{
    struct kernel_order order = random_judged_order(random);
    for (int i = 0; i < 8 && !would_be(slot, &order, CORDON_TRACE); i++)
        order = random_judged_order(random);
    struct both_change change = random_change(random, &order);
    struct kernel_order changed = order;
    changed.nr = change.nr;
    changed.args[0] = change.argument;
    if (would_be(slot, &order, CORDON_USER_NOTIF) || would_be(slot, &changed, CORDON_USER_NOTIF))
        return;
    both_say("\n# %u: traced: %d, changed %d: %d (%llx), result %d", slot, (int)order.nr,
             change.is_some, (int)change.nr, (unsigned long long)change.argument,
             (int)change.result);
    both_call_traced(slot, &order, judged_effect, &change);
}
