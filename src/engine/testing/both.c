/* SPDX-License-Identifier: MIT */
/* both.c: see both.h. */
#include "both.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "audit_records.h"

#define PATIENCE    10000
#define NO_ID       UINT64_MAX
#define KEEP_MEMORY 0x00000100u /* CLONE_VM */
#define X86_64      0xc000003eu
#define I386        0x40000003u

enum waits {
    WAITS_NOT,
    WAITS_AT_FILTER, /* for a supervisor */
    WAITS_IN_CALL    /* in RECV or ADDFD */
};

static struct both {
    struct plain_thread *plain;
    struct kernel_order order;
    both_effect effect;
    enum waits waits;
    struct plain_file *held; /* by the call */
    uint32_t handled;        /* signals that its handlers must have seen when it answers */
    bool has_pending;
    bool is_new_sleeper; /* the kernel's wasn't looked at yet */
    uint64_t id_at;      /* NO_ID: nowhere */
} threads[KERNEL_SLOTS];

static bool was_used[KERNEL_SLOTS];
static bool differs, tells_all;
static char story[1 << 16];
static size_t story_length;
static int processes_seen[KERNEL_SLOTS];
static unsigned processes_seen_count;

#define LISTENERS 512 /* more than calls of a sequence */
static struct {
    bool is_known;
    uint64_t offset; /* the kernel's ids minus ours */
} listeners[LISTENERS];
static uint64_t call_count;

/* ---- telling -------------------------------------------------------------------------------- */

static void tell(const char *format, va_list arguments)
{
    size_t room = sizeof story - story_length;
    int length = vsnprintf(story + story_length, room, format, arguments);
    if (length > 0)
        story_length += (size_t)length < room ? (size_t)length : room - 1;
}

void both_say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell(format, arguments);
    va_end(arguments);
}

bool both_differ(const char *format, ...)
{
    if (differs)
        return false;
    differs = true;
    va_list arguments;
    va_start(arguments, format);
    both_say("\n#   DIFFERS: ");
    tell(format, arguments);
    va_end(arguments);
    return false;
}

bool both_is_ok(void)
{
    return !differs;
}

struct plain_thread *both_thread(unsigned slot)
{
    return threads[slot].plain;
}

bool both_is_free(unsigned slot)
{
    return threads[slot].plain && threads[slot].waits == WAITS_NOT;
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
    const struct both *t = &threads[slot];
    bool is_recv = t->waits == WAITS_IN_CALL && (uint32_t)t->order.args[1] == CORDON_IOCTL_RECV;
    return is_recv ? t->held->listener : NULL;
}

bool both_is_interruptible(unsigned slot)
{
    return threads[slot].waits != WAITS_NOT && !threads[slot].has_pending;
}

/* ---- memory --------------------------------------------------------------------------------- */

void both_write(unsigned slot, uint64_t to, const void *from, size_t size)
{
    plain_write(threads[slot].plain->process, to, from, size);
    memcpy((void *)(uintptr_t)to, from, size);
}

bool both_write_id(unsigned slot, uint64_t to, uint64_t id)
{
    uint64_t which = id >> 32;
    if (which >= LISTENERS || !listeners[which].is_known)
        return false;
    uint64_t theirs = id + listeners[which].offset;
    plain_write(threads[slot].plain->process, to, &id, sizeof id);
    memcpy((void *)(uintptr_t)to, &theirs, sizeof theirs);
    threads[slot].id_at = to;
    return true;
}

void both_expect_id(unsigned slot, uint64_t at)
{
    threads[slot].id_at = at;
}

/* The kernel's id as ours would be: where the listener is new, the first tells by how much. */
static void translate_id(const unsigned char *ours, unsigned char *theirs)
{
    uint64_t id, kernel_id;
    memcpy(&id, ours, sizeof id);
    memcpy(&kernel_id, theirs, sizeof kernel_id);
    uint64_t which = id >> 32;
    if (which == 0 || which >= LISTENERS || kernel_id == 0)
        return;
    if (!listeners[which].is_known) {
        listeners[which].is_known = true;
        listeners[which].offset = kernel_id - id;
    }
    kernel_id -= listeners[which].offset;
    memcpy(theirs, &kernel_id, sizeof kernel_id);
}

/* And makes it equal again: the ids are not. */
static bool has_same_memory(unsigned slot)
{
    static unsigned char ours[BOTH_WINDOW_SIZE], theirs[BOTH_WINDOW_SIZE];
    uint64_t window = BOTH_WINDOW(slot), id_at = threads[slot].id_at - window;
    plain_read(threads[slot].plain->process, ours, window, sizeof ours);
    memcpy(theirs, (const void *)(uintptr_t)window, sizeof theirs);
    if (id_at < BOTH_WINDOW_SIZE - 8)
        translate_id(ours + id_at, theirs + id_at);
    for (size_t i = 0; i < sizeof ours; i++)
        if (ours[i] != theirs[i])
            return both_differ("memory of thread %u at %zu: 0x%02x, kernel 0x%02x", slot, i,
                               ours[i], theirs[i]);
    threads[slot].id_at = NO_ID;
    memcpy((void *)(uintptr_t)window, ours, sizeof ours);
    return true;
}

/* ---- what must happen now ------------------------------------------------------------------- */

static void let_go(struct both *t)
{
    struct plain_file *held = t->held;
    t->held = NULL;
    plain_host.file_drop(held);
}

static void finish(unsigned slot)
{
    struct both *t = &threads[slot];
    if (t->has_pending)
        t->handled++;
    t->has_pending = t->is_new_sleeper = false;
    t->waits = WAITS_NOT;
    let_go(t);
}

static bool is_same_trap(unsigned slot, const struct kernel_report *report,
                         const struct cordon_decision *trap)
{
    const struct kernel_order *order = &threads[slot].order;
    uint32_t arch = order->door == KERNEL_INT80 ? I386 : X86_64;
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
    uint32_t handled = threads[slot].handled;
    if (kernel_waits_for_handler(slot, handled) && kernel_signals_handled(slot) == handled)
        return true;
    return both_differ("thread %u: %u signals, kernel %u", slot, handled,
                       kernel_signals_handled(slot));
}

static bool answers_the_same(unsigned slot, int64_t result, const struct cordon_decision *trap)
{
    struct kernel_report report;
    if (!kernel_answer(slot, PATIENCE, &report))
        return both_differ("thread %u answers %lld, kernel: nothing", slot, (long long)result);
    int64_t kernel = trap ? (int32_t)report.result : report.result;
    if (kernel != result)
        return both_differ("thread %u answers %lld, kernel %lld", slot, (long long)result,
                           (long long)kernel);
    return is_same_trap(slot, &report, trap) && has_handled_the_same(slot) && has_same_memory(slot);
}

/* `trap`: a handler saw this decision before. */
static void must_answer(unsigned slot, int64_t result, const struct cordon_decision *trap)
{
    finish(slot);
    both_say(" [%u: %lld]", slot, (long long)result);
    if (!differs)
        answers_the_same(slot, result, trap);
}

/* Unless something that happens at once wakes it: settle() looks when all is quiet. */
static void must_sleep(unsigned slot, enum waits waits)
{
    threads[slot].waits = waits;
    threads[slot].is_new_sleeper = true;
}

static void process_must_end(struct plain_process *process, int status)
{
    static struct plain_file *held[KERNEL_SLOTS];
    int32_t id = process->id;
    for (unsigned slot = 0; slot < KERNEL_SLOTS; slot++) {
        struct both *t = &threads[slot];
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
    int kernel = differs ? status : kernel_process_status(id);
    if ((kernel & ~0x80) != status)
        both_differ("the process ends with 0x%x, kernel 0x%x", (unsigned)status, (unsigned)kernel);
}

static void thread_must_end(unsigned slot, int status)
{
    struct both *t = &threads[slot];
    if (t->plain->process->thread_count == 1) {
        process_must_end(t->plain->process, status);
        return;
    }
    struct plain_file *held = t->held;
    plain_thread_exit(t->plain);
    plain_host.file_drop(held);
    *t = (struct both){0};
    both_say(" [%u ends]", slot);
    if (!differs && !kernel_is_gone(slot))
        both_differ("thread %u ends, not so the kernel's", slot);
}

/* ---- calls ---------------------------------------------------------------------------------- */

struct cordon_data both_data(const struct kernel_order *order)
{
    struct cordon_data data = {{(uint32_t)order->nr}};
    data.word[CORDON_WORD_ARCH] = order->door == KERNEL_INT80 ? I386 : X86_64;
    uint64_t address = kernel_return_address(order->door);
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
    struct both *t = &threads[slot];
    int64_t result = t->effect(slot, &t->order);
    if (result == CORDON_WAIT)
        must_sleep(slot, WAITS_IN_CALL);
    else if (result == BOTH_RESULT_EXIT)
        thread_must_end(slot, (int)(t->order.args[0] & 0xff) << 8);
    else if (result == BOTH_RESULT_REPORTED)
        finish(slot);
    else
        must_answer(slot, result, NULL);
}

static void judge(unsigned slot)
{
    struct both *t = &threads[slot];
    struct cordon_task *task = &t->plain->task;
    struct cordon_data data = both_data(&t->order);
    struct cordon_decision decision = cordon_task_judge(task, &data);
    switch (decision.kind) {
    case CORDON_DO_RUN:
        run(slot);
        break;
    case CORDON_DO_SKIP:
        must_answer(slot, decision.result, NULL);
        break;
    case CORDON_DO_TRAP:
        must_answer(slot, (int32_t)t->order.nr, &decision);
        break;
    case CORDON_DO_TRACE:
        cordon_task_refuse(task, &decision, &data);
        must_answer(slot, -ENOSYS, NULL);
        break;
    case CORDON_DO_WAIT:
        must_sleep(slot, WAITS_AT_FILTER);
        break;
    case CORDON_DO_KILL_THREAD:
        thread_must_end(slot, SIGSYS);
        break;
    case CORDON_DO_KILL_PROCESS:
        process_must_end(t->plain->process, SIGSYS);
        break;
    case CORDON_DO_KILL_STRICT:
        thread_must_end(slot, SIGKILL);
        break;
    }
}

/* What the thread can do while it waits for a supervisor; false: nothing. */
static bool go_on_at_filter(unsigned slot)
{
    struct both *t = &threads[slot];
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
        must_answer(slot, result, NULL);
        break;
    }
    return true;
}

static bool go_on_in_call(unsigned slot)
{
    struct both *t = &threads[slot];
    bool is_addfd = CORDON_IOCTL_IS_ADDFD((uint32_t)t->order.args[1]);
    int64_t result = is_addfd ? cordon_addfd_finish(&t->plain->task) : t->effect(slot, &t->order);
    if (result == CORDON_WAIT)
        return false;
    must_answer(slot, result, NULL);
    return true;
}

static bool go_on(unsigned slot)
{
    switch (threads[slot].waits) {
    case WAITS_AT_FILTER:
        return go_on_at_filter(slot);
    case WAITS_IN_CALL:
        return go_on_in_call(slot);
    default:
        return false;
    }
}

static bool has_same_status(unsigned slot)
{
    struct kernel_status status;
    const struct plain_thread *plain = threads[slot].plain;
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
    struct both *t = &threads[slot];
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

static void settle(void)
{
    bool is_over;
    do {
        is_over = true;
        for (unsigned slot = 0; slot < KERNEL_SLOTS; slot++)
            if (threads[slot].plain && go_on(slot))
                is_over = false;
    } while (!is_over);
    for (unsigned slot = 0; slot < KERNEL_SLOTS && !differs; slot++)
        if (threads[slot].plain && has_same_status(slot) && threads[slot].waits)
            sleeps_the_same(slot);
}

static void order(unsigned slot, const struct kernel_order *order, both_effect effect)
{
    struct both *t = &threads[slot];
    t->order = *order;
    t->effect = effect;
    plain_world.next_random = ++call_count << 32 | 0x1000; /* a listener that it makes */
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
    struct plain_thread *plain = threads[slot].plain;
    if (!kernel_suspend(slot)) {
        both_differ("can't suspend thread %u", slot);
        return;
    }
    plain->task.suspended = true;
    order(slot, what, effect);
    plain->task.suspended = false;
    if (!differs && !kernel_release(slot))
        both_differ("can't release thread %u", slot);
    settle();
}

/* ---- signals and deaths --------------------------------------------------------------------- */

static void interrupt(unsigned slot, bool restarts)
{
    struct both *t = &threads[slot];
    if (t->waits == WAITS_AT_FILTER && !cordon_notify_interrupt(&t->plain->task, false)) {
        t->has_pending = true;
        return;
    }
    t->handled++;
    if (!restarts) {
        must_answer(slot, -EINTR, NULL);
    } else if (!kernel_waits_for_handler(slot, t->handled)) {
        both_differ("thread %u handles a signal, not so the kernel's", slot);
    } else {
        let_go(t);
        judge(slot);
    }
}

void both_signal(unsigned slot, bool restarts)
{
    kernel_signal(slot, restarts ? SIGUSR2 : SIGUSR1);
    interrupt(slot, restarts);
    settle();
}

void both_kill(unsigned slot)
{
    kernel_signal(slot, SIGKILL);
    process_must_end(threads[slot].plain->process, SIGKILL);
    settle();
}

/* ---- effects -------------------------------------------------------------------------------- */

int64_t both_adopt(unsigned slot, const struct kernel_order *what)
{
    struct kernel_report report;
    unsigned child = (unsigned)what->args[1];
    if (!kernel_answer(slot, PATIENCE, &report) || report.result <= 0) {
        both_differ("clone doesn't work");
        return BOTH_RESULT_REPORTED;
    }
    struct plain_thread *parent = threads[slot].plain;
    int32_t id = (int32_t)report.result;
    bool is_thread = what->args[0] & KEEP_MEMORY;
    threads[child] = (struct both){.id_at = NO_ID};
    was_used[child] = true;
    threads[child].plain = is_thread ? plain_clone(parent, id) : plain_fork(parent, id);
    threads[child].handled = kernel_signals_handled(child);
    kernel_adopt(child, threads[child].plain->process->id, id);
    if (!is_thread)
        processes_seen[processes_seen_count++] = id;
    return BOTH_RESULT_REPORTED;
}

int64_t both_ioctl(unsigned slot, const struct kernel_order *what)
{
    struct both *t = &threads[slot];
    struct cordon_task *task = &t->plain->task;
    if (!t->held)
        t->held = plain_host.file_take(task, (uint32_t)what->args[0]);
    if (!t->held)
        return -EBADF;
    return cordon_listener_ioctl(t->held->listener, task, (uint32_t)what->args[1], what->args[2]);
}

/* ---- the whole ------------------------------------------------------------------------------ */

void both_begin(bool tells)
{
    tells_all = tells;
    plain_world = (struct plain_world){.allocations_left = -1};
    memset(threads, 0, sizeof threads);
    memset(listeners, 0, sizeof listeners);
    memset(was_used, 0, sizeof was_used);
    was_used[0] = true;
    memset((void *)(uintptr_t)PLAIN_MEMORY, 0, PLAIN_MEMORY_SIZE);
    call_count = story_length = 0;
    differs = false;
    int process = kernel_threads_begin();
    processes_seen[0] = process;
    processes_seen_count = 1;
    threads[0].id_at = NO_ID;
    threads[0].plain = plain_thread_new(plain_process_new(), process);
    threads[0].plain->is_admin = true;
}

bool both_end(void)
{
    for (unsigned slot = 0; slot < KERNEL_SLOTS; slot++)
        if (threads[slot].plain) {
            kernel_signal(slot, SIGKILL);
            process_must_end(threads[slot].plain->process, SIGKILL);
        }
    kernel_threads_end();
    if (plain_world.allocations || plain_world.files)
        both_differ("%u allocations, %u files are left", plain_world.allocations,
                    plain_world.files);
    if (!differs)
        audit_compare(processes_seen, processes_seen_count);
    if (differs || tells_all)
        printf("#%s\n", story);
    return !differs;
}
