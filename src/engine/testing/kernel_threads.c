/* SPDX-License-Identifier: MIT */
/* kernel_threads.c: controls threads of real processes; see kernel_threads.h. kernel_worker.c
 * runs in them. */
#include "kernel_threads.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel_worker.h"
#include "plain_host.h"

#define PATIENCE 10000 /* milliseconds after which an expected event counts as missing */

static struct worker_slot *slots;

static int traced; /* a thread, as the test sees it */

static struct {
    int process, thread; /* 0: the slot is empty */
    int order, report;   /* the test's ends of its pipes */
} ours[KERNEL_SLOTS];

static int processes[KERNEL_SLOTS];
static unsigned process_count;

/* ---- processes ---- */

static bool map(uint64_t address, size_t size, int protection, int flags)
{
    void *wanted = (void *)(uintptr_t)address;
    return mmap(wanted, size, protection, flags | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) ==
           wanted;
}

bool kernel_threads_prepare(void)
{
    slots = mmap(NULL, KERNEL_SLOTS * sizeof *slots, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return slots != MAP_FAILED &&
           map(PLAIN_MEMORY, PLAIN_MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED) &&
           map(PLAIN_CONSTANT, PLAIN_CONSTANT_SIZE, PROT_READ, MAP_PRIVATE);
}

static void must(bool condition, const char *what)
{
    if (condition)
        return;
    perror(what);
    exit(1);
}

/* Only the pipes stay open, above the numbers that calls can get. */
static void become_worker(const int ends[KERNEL_SLOTS][2])
{
    for (int i = 0; i < KERNEL_SLOTS; i++) {
        dup2(ends[i][0], WORKER_IN(i));
        dup2(ends[i][1], WORKER_OUT(i));
    }
    syscall(SYS_close_range, 0, WORKER_IN(0) - 1, 0);
    syscall(SYS_close_range, WORKER_IN(KERNEL_SLOTS), ~0U, 0);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max = KERNEL_DESCRIPTORS;
    setrlimit(RLIMIT_NOFILE, &limit);
    prctl(PR_SET_DUMPABLE, 0); /* no cores */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    worker_run(slots);
}

static void add_process(int process)
{
    processes[process_count++] = process;
}

int kernel_threads_begin(void)
{
    int ends[KERNEL_SLOTS][2];
    for (int i = 0; i < KERNEL_SLOTS; i++) {
        int down[2], up[2];
        must(!pipe2(down, O_CLOEXEC) && !pipe2(up, O_CLOEXEC), "pipe2");
        ends[i][0] = down[0];
        ends[i][1] = up[1];
        ours[i].order = down[1];
        ours[i].report = up[0];
        ours[i].process = ours[i].thread = 0;
        slots[i] = (struct worker_slot){.number = i};
    }
    fflush(stdout);
    int process = fork();
    must(process >= 0, "fork");
    if (!process)
        become_worker((const int(*)[2])ends);
    for (int i = 0; i < KERNEL_SLOTS; i++) {
        close(ends[i][0]);
        close(ends[i][1]);
    }
    process_count = 0;
    traced = 0;
    add_process(process);
    ours[0].process = ours[0].thread = process;
    return process;
}

static void forget_process(int process)
{
    for (unsigned i = 0; i < process_count; i++)
        if (processes[i] == process)
            processes[i] = processes[--process_count];
    for (int i = 0; i < KERNEL_SLOTS; i++)
        if (ours[i].process == process)
            ours[i].process = ours[i].thread = 0;
}

void kernel_threads_end(void)
{
    while (process_count) {
        int process = processes[0];
        kill(process, SIGKILL);
        if (traced)
            waitpid(traced, NULL, __WALL);
        traced = 0;
        waitpid(process, NULL, __WALL);
        forget_process(process);
    }
    for (int i = 0; i < KERNEL_SLOTS; i++) {
        close(ours[i].order);
        close(ours[i].report);
    }
}

void kernel_adopt(unsigned slot, int process, int thread)
{
    ours[slot].process = process;
    ours[slot].thread = thread;
    if (process == thread)
        add_process(process);
}

/* ---- orders and reports ---- */

void kernel_order(unsigned slot, const struct kernel_order *order)
{
    slots[slot].order = *order;
    must(write(ours[slot].order, "", 1) == 1, "write");
}

bool kernel_answer(unsigned slot, int milliseconds, struct kernel_report *report)
{
    struct pollfd poller = {.fd = ours[slot].report, .events = POLLIN};
    char byte;
    if (poll(&poller, 1, milliseconds) != 1 || read(ours[slot].report, &byte, 1) != 1)
        return false;
    *report = slots[slot].report;
    return true;
}

void kernel_signal(unsigned slot, int signal)
{
    syscall(SYS_tgkill, ours[slot].process, ours[slot].thread, signal);
}

uint32_t kernel_signals_handled(unsigned slot)
{
    return __atomic_load_n(&slots[slot].signals, __ATOMIC_SEQ_CST);
}

/* ---- looking and waiting ---- */

static bool read_file(unsigned slot, const char *name, char *text, size_t room)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/%s", ours[slot].process, ours[slot].thread, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t length = read(fd, text, room - 1);
    close(fd);
    text[length > 0 ? length : 0] = '\0';
    return length > 0;
}

struct wish {
    unsigned slot;
    int64_t number;
};

static bool until(bool (*is_so)(const struct wish *), const struct wish *wish)
{
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        if (is_so(wish))
            return true;
        sched_yield();
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 <
             PATIENCE);
    return false;
}

static bool has_answered(unsigned slot)
{
    struct pollfd poller = {.fd = ours[slot].report, .events = POLLIN};
    return poll(&poller, 1, 0) == 1;
}

static bool sleeps_or_has_answered(const struct wish *wish)
{
    char text[256];
    if (has_answered(wish->slot))
        return true;
    return read_file(wish->slot, "syscall", text, sizeof text) && text[0] != 'r' &&
           strtoll(text, NULL, 10) == wish->number;
}

bool kernel_sleeps_in(unsigned slot, int64_t nr)
{
    return until(sleeps_or_has_answered, &(struct wish){slot, nr}) && !has_answered(slot);
}

static bool is_gone(const struct wish *wish)
{
    char text[512];
    if (!read_file(wish->slot, "stat", text, sizeof text))
        return true;
    const char *name_end = strrchr(text, ')');
    return name_end && strchr("ZX", name_end[2]);
}

/* The tracer must receive the end of a thread before the end of its process is reported. */
static void forget_traced(void)
{
    if (traced && waitpid(traced, NULL, __WALL | WNOHANG) == traced)
        traced = 0;
}

bool kernel_is_gone(unsigned slot)
{
    if (!until(is_gone, &(struct wish){slot, 0}))
        return false;
    forget_traced();
    ours[slot].thread = 0;
    return true;
}

static int ended_status;

static bool has_ended(const struct wish *wish)
{
    if (traced != wish->number)
        forget_traced();
    return waitpid((pid_t)wish->number, &ended_status, __WALL | WNOHANG) == wish->number;
}

int kernel_process_status(int process)
{
    if (!until(has_ended, &(struct wish){0, process}))
        return -1;
    forget_process(process);
    return ended_status;
}

static bool has_handled(const struct wish *wish)
{
    return kernel_signals_handled(wish->slot) >= wish->number;
}

bool kernel_waits_for_handler(unsigned slot, uint32_t handled)
{
    return until(has_handled, &(struct wish){slot, handled});
}

static unsigned number_after(const char *text, const char *label)
{
    const char *found = strstr(text, label);
    return found ? (unsigned)strtoul(found + strlen(label), NULL, 10) : 99;
}

bool kernel_status(unsigned slot, struct kernel_status *status)
{
    char text[4096];
    if (!read_file(slot, "status", text, sizeof text))
        return false;
    status->mode = number_after(text, "\nSeccomp:");
    status->filters = number_after(text, "\nSeccomp_filters:");
    status->no_new_privs = number_after(text, "\nNoNewPrivs:");
    return true;
}

/* ---- ptrace ---- */

#ifndef PTRACE_O_SUSPEND_SECCOMP
#define PTRACE_O_SUSPEND_SECCOMP (1 << 21)
#endif

static bool seize(unsigned slot, unsigned long options)
{
    traced = ours[slot].thread;
    return !ptrace(PTRACE_SEIZE, traced, 0, options);
}

bool kernel_suspend(unsigned slot)
{
    return seize(slot, PTRACE_O_SUSPEND_SECCOMP);
}

bool kernel_trace(unsigned slot)
{
    return seize(slot, PTRACE_O_TRACESECCOMP);
}

bool kernel_release(unsigned slot)
{
    int thread = ours[slot].thread;
    traced = 0;
    return !ptrace(PTRACE_INTERRUPT, thread, 0, 0) && waitpid(thread, NULL, __WALL) == thread &&
           !ptrace(PTRACE_DETACH, thread, 0, 0);
}

static bool stops(unsigned slot, int status)
{
    int thread = ours[slot].thread;
    return until(has_ended, &(struct wish){slot, thread}) && ended_status == (status << 8 | 0x7f);
}

bool kernel_stops_for_trace(unsigned slot, unsigned data)
{
    unsigned long message = 0;
    return stops(slot, PTRACE_EVENT_SECCOMP << 8 | SIGTRAP) &&
           !ptrace(PTRACE_GETEVENTMSG, ours[slot].thread, 0, &message) && message == data;
}

bool kernel_stops_for_signal(unsigned slot, int signal)
{
    return stops(slot, signal);
}

bool kernel_change(unsigned slot, enum kernel_entry entry, int64_t nr, int64_t result,
                   uint64_t argument)
{
#ifdef __x86_64__
    struct user_regs_struct registers;
    int thread = ours[slot].thread;
    if (ptrace(PTRACE_GETREGS, thread, 0, &registers))
        return false;
    registers.orig_rax = (unsigned long long)nr;
    registers.rax = (unsigned long long)result;
    *(entry == KERNEL_INT80 ? &registers.rbx : &registers.rdi) = argument;
    return !ptrace(PTRACE_SETREGS, thread, 0, &registers);
#else
    (void)slot, (void)entry, (void)nr, (void)result, (void)argument;
    return false;
#endif
}

bool kernel_resume(unsigned slot, int signal)
{
    return !ptrace(PTRACE_CONT, ours[slot].thread, 0, signal);
}
