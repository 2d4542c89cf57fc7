/* SPDX-License-Identifier: MIT */
/*
 * both.h: makes the same calls in threads of the plain host and in threads of the running kernel,
 * and compares everything visible: results, which threads sleep and wake, memory, signals, deaths,
 * mode and number of filters of each thread, records of the audit.
 *
 * The engine predicts what happens, then the kernel runs it. The first difference ends the
 * sequence.
 */
#ifndef ENGINE_TESTING_BOTH_H
#define ENGINE_TESTING_BOTH_H

#include "kernel_threads.h"
#include "plain_host.h"

/* A thread's own memory, for what its calls point to. In front of the first one there is as much
 * memory that isn't compared. */
#define BOTH_WINDOW_SIZE     0x800u
#define BOTH_WINDOW(slot)    (PLAIN_MEMORY + ((slot) + 1) * BOTH_WINDOW_SIZE)
#define BOTH_RESULT_EXIT     INT64_C(0x7ffffffe) /* an effect: the thread ends */
#define BOTH_RESULT_REPORTED INT64_C(0x7ffffffd) /* an effect has taken the kernel's report */

/* NULL, unmapped memory, and read-only memory. */
extern const uint64_t both_bad_pointers[3];

/* The effect of a call that isn't skipped, on the plain host: its result, or CORDON_WAIT. */
typedef int64_t (*both_effect)(unsigned slot, const struct kernel_order *order);

/* Starts a process with one thread in slot 0, which may be admin. */
void both_begin(bool prints_all);
/* Ends all processes; false: something differed, and the sequence was printed. */
bool both_end(void);
bool both_is_ok(void);

/* Records a difference; returns false. */
bool both_differ(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Records what is going to be done; printed if something differs. */
void both_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* NULL: the slot is empty. */
struct plain_thread *both_thread(unsigned slot);
bool both_is_free(unsigned slot); /* alive and waiting for nothing */
unsigned both_free_count(void);
bool both_was_used(unsigned slot);         /* the slot was used */
bool both_is_interruptible(unsigned slot); /* it waits, and no signal is pending */
/* The listener in whose RECV the thread sleeps, or NULL. */
struct cordon_listener *both_receives(unsigned slot);
struct cordon_data both_data(const struct kernel_order *order);

/* The thread makes a call; waits for the threads that this wakes. */
void both_call(unsigned slot, const struct kernel_order *order, both_effect effect);
/* The same without filters: PTRACE_O_SUSPEND_SECCOMP. */
void both_call_suspended(unsigned slot, const struct kernel_order *order, both_effect effect);
/* The same with a tracer that receives TRACE, and changes the call then. */
struct both_change {
    bool is_some;       /* otherwise the tracer leaves the call as it is */
    int64_t nr, result; /* result register: the call's result if nr < 0 cancels it */
    uint64_t argument;  /* the first */
};
void both_call_traced(unsigned slot, const struct kernel_order *order, both_effect effect,
                      const struct both_change *change);
void both_signal(unsigned slot, bool restarts);
void both_kill(unsigned slot); /* the process of that thread */

/* Writes bytes into the thread's memory in both worlds. */
void both_write(unsigned slot, uint64_t to, const void *from, size_t size);
/* The kernel's id of a notification; it differs from the engine's by a constant per listener.
 * false: not known yet. */
bool both_write_id(unsigned slot, uint64_t to, uint64_t id);
/* After the call, an id is at this address in the kernel's memory. */
void both_expect_id(unsigned slot, uint64_t at);

/* For effects: the thread in `slot` makes a child in the kernel, too; receives the kernel's
 * report. */
int64_t both_adopt(unsigned slot, const struct kernel_order *order);
/* A request of an open listener; holds a reference for its duration. */
int64_t both_ioctl(unsigned slot, const struct kernel_order *order);

#endif
