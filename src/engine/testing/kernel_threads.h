/* SPDX-License-Identifier: MIT */
/*
 * kernel_threads.h: threads of real processes that make the calls they are told to, and nothing
 * else but read and write on pipes: what the running kernel's seccomp does to them can be seen.
 *
 * Up to KERNEL_SLOTS threads at a time, in one or more processes. Their memory is as the plain host
 * has it (PLAIN_MEMORY, PLAIN_CONSTANT), shared with the caller and among themselves. x86_64 only.
 */
#ifndef ENGINE_TESTING_KERNEL_THREADS_H
#define ENGINE_TESTING_KERNEL_THREADS_H

#include <stdbool.h>
#include <stdint.h>

#define KERNEL_SLOTS       8
#define KERNEL_DESCRIPTORS 16 /* RLIMIT_NOFILE; all numbers below are free at first */

enum kernel_door {
    KERNEL_SYSCALL,
    KERNEL_INT80,
    KERNEL_CLONE /* args[0]: flags of clone(2), args[1]: slot of the child */
};

struct kernel_order {
    enum kernel_door door;
    int64_t nr;
    uint64_t args[6];
};

struct kernel_report {
    int64_t result;
    uint32_t traps;            /* SIGSYS that came, and the last one's siginfo */
    int32_t code, error, nr;   /* si_code, si_errno, si_syscall */
    uint32_t arch;             /* si_arch */
    bool is_at_return_address; /* si_call_addr is where the thread goes on */
};

/* Once; false: the memory can't be had. */
bool kernel_threads_prepare(void);
/* A process whose leader is in slot 0: its id. All that were there before must be gone. */
int kernel_threads_begin(void);
/* Kills and reaps the processes that are left. */
void kernel_threads_end(void);

/* Where threads go on after a call: what filters see as instruction pointer. */
uint64_t kernel_return_address(enum kernel_door door);

/* Gives a thread an order. */
void kernel_order(unsigned slot, const struct kernel_order *order);
/* Its report, waiting up to so many milliseconds; false: there is none. */
bool kernel_answer(unsigned slot, int milliseconds, struct kernel_report *report);
/* Waits until the thread sleeps in that call; false: it doesn't, or has answered. */
bool kernel_sleeps_in(unsigned slot, int64_t nr);
/* Waits until the thread is gone, or a zombie; false: it lives on. */
bool kernel_is_gone(unsigned slot);
/* Waits until the process has ended: its wait status; -1: it hasn't. */
int kernel_process_status(int process);

/* A child that an order with KERNEL_CLONE has made lives in this slot. */
void kernel_adopt(unsigned slot, int process, int thread);
/* SIGUSR1 (interrupts) or SIGUSR2 (restarts) to a thread; how many it has handled. */
void kernel_signal(unsigned slot, int signal);
uint32_t kernel_signals_handled(unsigned slot);
bool kernel_waits_for_handler(unsigned slot, uint32_t handled);

/* From /proc: mode, number of filters, no_new_privs. */
struct kernel_status {
    unsigned mode, filters, no_new_privs;
};
bool kernel_status(unsigned slot, struct kernel_status *status);

/* Attaches to the thread, so that no filter is asked about its calls, until released. */
bool kernel_suspend(unsigned slot);
/* Attaches so that filters' TRACE comes to us. */
bool kernel_trace(unsigned slot);
bool kernel_release(unsigned slot);
/* Waits for a stop for a TRACE, with this data; or for a signal. */
bool kernel_stops_for_trace(unsigned slot, unsigned data);
bool kernel_stops_for_signal(unsigned slot, int signal);
/* Another call: its number, result register and first argument. */
bool kernel_change(unsigned slot, enum kernel_door door, int64_t nr, int64_t result,
                   uint64_t argument);
bool kernel_resume(unsigned slot, int signal);

#endif
