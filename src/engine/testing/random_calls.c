/* SPDX-License-Identifier: MIT */
/* random_calls.c: makes random calls on both sides; see random_calls.h. */
#include "random_calls.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cordon/action.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct judged_call judged_calls[JUDGED_CALLS] = {
    {KERNEL_SYSCALL, 111, 0},        /* getpgrp */
    {KERNEL_SYSCALL, 500, 0},        /* no call */
    {KERNEL_SYSCALL, 0x4000006f, 0}, /* getpgrp of x32, if there is one */
    {KERNEL_SYSCALL, 0xffffffff, 0}, /* no call */
    {KERNEL_SYSCALL, 336, 0},        /* uprobe: filters don't judge it */
    {KERNEL_INT80, 65, 0},           /* getpgrp */
    {KERNEL_INT80, 500, 0},          /* no call */
    {KERNEL_INT80, 1000, 0},         /* no call */
    {KERNEL_INT80, 0xffffffff, 0},   /* no call */
};

/* ---- calls that filters judge ---- */

int64_t judged_effect(unsigned slot, const struct kernel_order *order)
{
    (void)slot;
    for (size_t i = 0; i < JUDGED_CALLS; i++)
        if (judged_calls[i].entry == order->entry && judged_calls[i].nr == (uint32_t)order->nr)
            return judged_calls[i].result;
    return -ENOSYS;
}

struct kernel_order random_judged_order(struct random *random)
{
    const struct judged_call *judged = &judged_calls[random_under(random, JUDGED_CALLS)];
    if (random_under(random, 2))
        judged = &judged_calls[random_under(random, 2) ? 0 : 5];
    struct kernel_order order = {judged->entry, (int32_t)judged->nr, {0}};
    for (int i = 0; i < 6; i++)
        order.args[i] = random_argument(random);
    return order;
}

bool would_be(unsigned slot, const struct kernel_order *order, uint32_t action)
{
    struct cordon_data data = both_data(order);
    const struct cordon_filter *winner;
    uint32_t verdict = cordon_task_interpret(&both_thread(slot)->task, &data, &winner);
    return (verdict & CORDON_ACTION_FULL) == action;
}

static void call(struct random *random, unsigned slot)
{
    struct kernel_order order = random_judged_order(random);
    if (would_be(slot, &order, CORDON_USER_NOTIF) && (both_free_count() < 2 || order.nr == -1))
        return; /* /proc also shows -1 for running threads */
    both_say("\n# %u: %s %d (%llx, %llx)", slot, order.entry == KERNEL_INT80 ? "int80" : "call",
             (int)order.nr, (unsigned long long)order.args[0], (unsigned long long)order.args[1]);
    both_call(slot, &order, judged_effect);
}

/* ---- seccomp and prctl but filters ---- */

static int64_t seccomp_effect(unsigned slot, const struct kernel_order *order)
{
    return cordon_seccomp(&both_thread(slot)->task, (uint32_t)order->args[0],
                          (uint32_t)order->args[1], order->args[2], false);
}

static void seccomp(struct random *random, unsigned slot)
{
    static const uint32_t operations[] = {2, 2, 2, 3, 3, 4, 0xffffffff, 0, 0};
    static const uint32_t values[] = {CORDON_ERRNO, CORDON_ERRNO | 1, 0, 0x80000000, 0x7ffe0000};
    struct kernel_order order = {KERNEL_SYSCALL, SYS_seccomp, {0}};
    uint64_t args[] = {BOTH_WINDOW(slot) + 64, BOTH_WINDOW(slot) + 64, 0, PLAIN_NOWHERE,
                       PLAIN_CONSTANT};
    order.args[0] = operations[random_under(random, COUNT(operations))];
    order.args[1] = random_under(random, 10) == 0;
    order.args[2] = args[random_under(random, COUNT(args))];
    if (order.args[0] == 0 && random_under(random, 4)) /* strict mode ends most of a sequence */
        order.args[1] = 1;
    uint32_t value = values[random_under(random, COUNT(values))];
    both_write(slot, BOTH_WINDOW(slot) + 64, &value, sizeof value);
    both_say("\n# %u: seccomp %x %llx %llx", slot, (unsigned)order.args[0],
             (unsigned long long)order.args[1], (unsigned long long)order.args[2]);
    both_call(slot, &order, seccomp_effect);
}

static int64_t prctl_effect(unsigned slot, const struct kernel_order *order)
{
    struct plain_thread *thread = both_thread(slot);
    bool is_plain = !order->args[2] && !order->args[3] && !order->args[4];
    switch (order->args[0]) {
    case PR_GET_SECCOMP:
        return cordon_prctl_get(&thread->task);
    case PR_SET_SECCOMP:
        return cordon_prctl_set(&thread->task, order->args[1], order->args[2], false);
    case PR_GET_NO_NEW_PRIVS:
        return is_plain && !order->args[1] ? thread->no_new_privs : -EINVAL;
    default:
        if (!is_plain || order->args[1] != 1)
            return -EINVAL;
        thread->no_new_privs = true;
        return 0;
    }
}

static void control(struct random *random, unsigned slot)
{
    static const uint64_t options[] = {PR_GET_SECCOMP, PR_SET_SECCOMP, PR_GET_NO_NEW_PRIVS,
                                       PR_SET_NO_NEW_PRIVS, PR_SET_NO_NEW_PRIVS};
    struct kernel_order order = {KERNEL_SYSCALL, SYS_prctl, {0}};
    order.args[0] = options[random_under(random, COUNT(options))];
    order.args[1] = random_under(random, 4) ? 1 : random_argument(random);
    if (order.args[0] == PR_GET_NO_NEW_PRIVS && random_under(random, 4))
        order.args[1] = 0;
    if (order.args[0] == PR_SET_SECCOMP) {
        static const uint64_t modes[] = {0, 3, UINT64_C(1) << 32 | 1, 2, 1};
        order.args[1] = modes[random_under(random, random_under(random, 4) ? 4 : 5)];
    }
    if (random_under(random, 8) == 0)
        order.args[2 + random_under(random, 3)] = 1;
    both_say("\n# %u: prctl %d %llx %llx", slot, (int)order.args[0],
             (unsigned long long)order.args[1], (unsigned long long)order.args[2]);
    both_call(slot, &order, prctl_effect);
}

/* ---- privilege ---- */

static struct __user_cap_data_struct permitted[2];

static int64_t admin_on(unsigned slot, const struct kernel_order *order)
{
    (void)order;
    both_thread(slot)->is_admin = true;
    return 0;
}

static int64_t admin_off(unsigned slot, const struct kernel_order *order)
{
    (void)order;
    both_thread(slot)->is_admin = false;
    return 0;
}

static void change_privilege(struct random *random, unsigned slot)
{
    bool is_on = random_under(random, 3) == 0;
    struct {
        struct __user_cap_header_struct header;
        struct __user_cap_data_struct data[2];
    } request = {{_LINUX_CAPABILITY_VERSION_3, 0}, {permitted[0], permitted[1]}};
    request.data[0].effective = request.data[0].permitted;
    request.data[1].effective = request.data[1].permitted;
    if (!is_on)
        request.data[0].effective &= ~(1u << CAP_SYS_ADMIN);
    both_write(slot, BOTH_WINDOW(slot), &request, sizeof request);
    both_say("\n# %u: admin %d", slot, is_on);
    uint64_t data = BOTH_WINDOW(slot) + sizeof request.header;
    struct kernel_order order = {KERNEL_SYSCALL, SYS_capset, {BOTH_WINDOW(slot), data}};
    both_call(slot, &order, is_on ? admin_on : admin_off);
}

/* ---- threads ---- */

static void make_thread(struct random *random, unsigned slot)
{
    unsigned child = 0;
    while (child < KERNEL_SLOTS && (both_thread(child) || both_was_used(child)))
        child++;
    if (child == KERNEL_SLOTS)
        return;
    uint64_t flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
    if (random_under(random, 4) == 0)
        flags = CLONE_PARENT | SIGCHLD;
    both_say("\n# %u: %s %u", slot, flags & CLONE_VM ? "thread" : "fork", child);
    struct kernel_order order = {KERNEL_CLONE, SYS_clone, {flags, child}};
    both_call(slot, &order, both_adopt);
}

static int64_t exit_effect(unsigned slot, const struct kernel_order *order)
{
    (void)slot;
    (void)order;
    return BOTH_RESULT_EXIT;
}

static void end_thread(struct random *random, unsigned slot)
{
    if (both_free_count() < 2 && random_under(random, 8))
        return; /* that would end the sequence */
    both_say("\n# %u: exit", slot);
    struct kernel_order order = {KERNEL_SYSCALL, SYS_exit, {random_under(random, 200)}};
    both_call(slot, &order, exit_effect);
}

static void signal_waiting(struct random *random, unsigned slot)
{
    unsigned target = random_under(random, KERNEL_SLOTS);
    for (int i = 0; i < KERNEL_SLOTS && !both_is_interruptible(target); i++)
        target = (target + 1) % KERNEL_SLOTS;
    if (random_under(random, 12) == 0 && both_free_count() > 1) {
        both_say("\n# %u: killed", slot);
        both_kill(slot);
        return;
    }
    if (!both_is_interruptible(target))
        return;
    bool restarts = random_under(random, 2);
    both_say("\n# %u: signal, restart %d", target, restarts);
    both_signal(target, restarts);
}

/* ---- descriptors ---- */

static int64_t open_effect(unsigned slot, const struct kernel_order *order)
{
    (void)order;
    return plain_open(both_thread(slot)->process);
}

static int64_t close_effect(unsigned slot, const struct kernel_order *order)
{
    return plain_close(both_thread(slot)->process, (uint32_t)order->args[0]);
}

static void change_descriptors(struct random *random, unsigned slot)
{
    bool opens = random_under(random, 2);
    struct kernel_order order = {KERNEL_SYSCALL, opens ? SYS_eventfd2 : SYS_close, {0}};
    const struct plain_process *process = both_thread(slot)->process;
    for (int i = 0; !opens && i < 4; i++)
        if (!plain_is_open(process, (uint32_t)order.args[0]) || i == 0)
            order.args[0] = random_under(random, PLAIN_DESCRIPTORS);
    both_say("\n# %u: %s %d", slot, opens ? "open" : "close", (int)order.args[0]);
    both_call(slot, &order, opens ? open_effect : close_effect);
}

static int64_t limit_effect(unsigned slot, const struct kernel_order *order)
{
    struct plain_process *process = both_thread(slot)->process;
    uint64_t limit;
    plain_read(process, &limit, order->args[2], sizeof limit);
    process->descriptor_limit = (uint32_t)limit;
    return 0;
}

static void change_limit(struct random *random, unsigned slot)
{
    const struct rlimit limit = {1 + random_under(random, PLAIN_DESCRIPTORS), PLAIN_DESCRIPTORS};
    both_write(slot, BOTH_WINDOW(slot), &limit, sizeof limit);
    both_say("\n# %u: limit %d", slot, (int)limit.rlim_cur);
    struct kernel_order order = {
        KERNEL_SYSCALL, SYS_prlimit64, {0, RLIMIT_NOFILE, BOTH_WINDOW(slot)}};
    both_call(slot, &order, limit_effect);
}

/* ---- the choice ---- */

enum { REQUESTS = 2, NEW_THREADS };

static struct {
    void (*what)(struct random *random, unsigned slot);
    uint32_t weight;
    const char *name;
    unsigned long count;
} choices[] = {
    {call, 30, "calls", 0},
    {random_install, 22, "installations", 0},
    [REQUESTS] = {random_request, 30, "requests", 0},
    [NEW_THREADS] = {make_thread, 8, "new threads", 0},
    {change_descriptors, 5, "descriptors", 0},
    {random_poll, 4, "polls", 0},
    {signal_waiting, 6, "signals", 0},
    {control, 5, "prctls", 0},
    {seccomp, 4, "other seccomps", 0},
    {change_privilege, 3, "privileges", 0},
    {random_inspection, 5, "inspections", 0},
    {end_thread, 2, "exits", 0},
    {random_suspended_call, 2, "suspended calls", 0},
    {random_traced_call, 5, "traced calls", 0},
    {change_limit, 1, "limits", 0},
    {random_fill, 1, "full chains", 0},
};

static unsigned some_free(struct random *random)
{
    unsigned slot = random_under(random, KERNEL_SLOTS);
    while (!both_is_free(slot))
        slot = (slot + 1) % KERNEL_SLOTS;
    return slot;
}

static bool has_target(void)
{
    for (unsigned slot = 0; slot < KERNEL_SLOTS; slot++)
        if (both_thread(slot) && both_thread(slot)->task.notification.state)
            return true;
    return false;
}

bool random_calls_step(struct random *random)
{
    if (!both_free_count())
        return false;
    uint32_t total = 0;
    for (size_t i = 0; i < COUNT(choices); i++)
        total += choices[i].weight;
    uint32_t pick = random_under(random, total);
    size_t i = 0;
    while (pick >= choices[i].weight)
        pick -= choices[i++].weight;
    if (both_free_count() < 3 && random_under(random, 2))
        i = NEW_THREADS; /* one thread alone can do little */
    else if (has_target() && random_under(random, 3) == 0)
        i = REQUESTS;
    choices[i].count++;
    choices[i].what(random, some_free(random));
    return true;
}

void random_calls_show(void)
{
    printf("#");
    for (size_t i = 0; i < COUNT(choices); i++)
        printf(" %lu %s%s", choices[i].count, choices[i].name, i + 1 < COUNT(choices) ? "," : "\n");
}

const char *random_calls_prepare(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    if (syscall(SYS_capget, &header, permitted) ||
        !(permitted[0].effective & 1u << CAP_SYS_ADMIN) ||
        !(permitted[0].effective & 1u << CAP_SYS_PTRACE))
        return "needs CAP_SYS_ADMIN and CAP_SYS_PTRACE";
    kernel_threads_begin();
    struct kernel_report report;
    const char *why = NULL;
    for (size_t i = 0; i < JUDGED_CALLS && !why; i++) {
        struct kernel_order order = {judged_calls[i].entry, (int32_t)judged_calls[i].nr, {0}};
        kernel_order(0, &order);
        if (!kernel_answer(0, 1000, &report))
            why = "no calls of i386";
        judged_calls[i].result = report.result;
    }
    if (!why && (!kernel_suspend(0) || !kernel_release(0)))
        why = "no PTRACE_O_SUSPEND_SECCOMP";
    kernel_threads_end();
    return why;
}
