/* SPDX-License-Identifier: MIT */
/*
 * kernel_threads.h: threads of real processes that make requested calls, and otherwise only read
 * and write pipes, so that the effects of the running kernel's seccomp on them can be observed.
 *
 * There are up to KERNEL_SLOTS threads at a time, in one or more processes. Their memory is laid
 * out as on the plain host (PLAIN_MEMORY, PLAIN_CONSTANT), and shared with the caller and among
 * themselves. x86_64 only.
 */
#ifndef ENGINE_TESTING_KERNEL_THREADS_H
#define ENGINE_TESTING_KERNEL_THREADS_H

#include <stdbool.h>
#include <stdint.h>

#define KERNEL_SLOTS       8
#define KERNEL_DESCRIPTORS 16 /* RLIMIT_NOFILE; all numbers below are free at first */

enum kernel_entry {
    KERNEL_SYSCALL,
    KERNEL_INT80,
    KERNEL_CLONE /* args[0]: flags of clone(2), args[1]: slot of the child */
};

struct kernel_order {
    enum kernel_entry entry;
    int64_t nr;
    uint64_t args[6];
};

struct kernel_report {
    int64_t result;
    uint32_t traps;            /* number of SIGSYS received, and the last one's siginfo */
    int32_t code, error, nr;   /* si_code, si_errno, si_syscall */
    uint32_t arch;             /* si_arch */
    bool is_at_return_address; /* si_call_addr is where the thread continues */
};

/* Call it once; false: the memory isn't available. */
bool kernel_threads_prepare(void);
/* Starts a process with its leader in slot 0; returns its id. All earlier processes must have
 * ended. */
int kernel_threads_begin(void);
/* Kills and reaps the remaining processes. */
void kernel_threads_end(void);

/* The address at which threads continue after a call: the instruction pointer that filters see. */
uint64_t kernel_return_address(enum kernel_entry entry);

/* Sends an order to a thread. */
void kernel_order(unsigned slot, const struct kernel_order *order);
/* Receives its report, waiting up to this many milliseconds; false: there is none. */
bool kernel_answer(unsigned slot, int milliseconds, struct kernel_report *report);
/* Waits until the thread sleeps in that call; false: it doesn't, or has reported. */
bool kernel_sleeps_in(unsigned slot, int64_t nr);
/* Waits until the thread is gone, or a zombie; false: it is still alive. */
bool kernel_is_gone(unsigned slot);
/* Waits until the process has ended; returns its wait status, -1 if it hasn't. */
int kernel_process_status(int process);

/* Registers a child, made by an order with KERNEL_CLONE, in this slot. */
void kernel_adopt(unsigned slot, int process, int thread);
/* Sends SIGUSR1 (interrupts) or SIGUSR2 (restarts) to a thread; the number of signals that it
 * has handled. */
void kernel_signal(unsigned slot, int signal);
uint32_t kernel_signals_handled(unsigned slot);
bool kernel_waits_for_handler(unsigned slot, uint32_t handled);

/* From /proc: mode, number of filters, no_new_privs. */
struct kernel_status {
    unsigned mode, filters, no_new_privs;
};
bool kernel_status(unsigned slot, struct kernel_status *status);

/* Attaches to the thread, so that no filter judges its calls until it is released. */
bool kernel_suspend(unsigned slot);
/* Attaches, so that the test receives the filters' TRACE. */
bool kernel_trace(unsigned slot);
bool kernel_release(unsigned slot);
/* Waits for a stop for a TRACE, with this data; or for a signal. */
bool kernel_stops_for_trace(unsigned slot, unsigned data);
bool kernel_stops_for_signal(unsigned slot, int signal);
/* Changes the call: its number, result register and first argument. */
bool kernel_change(unsigned slot, enum kernel_entry entry, int64_t nr, int64_t result,
                   uint64_t argument);
bool kernel_resume(unsigned slot, int signal);

#endif
