/* SPDX-License-Identifier: MIT */
/*
 * both.h: the same calls made by threads of the plain host and by threads of the running kernel,
 * and everything that can be seen compared: results, who sleeps and who wakes, memory, signals,
 * deaths, mode and number of filters of each thread, records of the audit.
 *
 * The engine says what is to happen, then the kernel is asked. The first difference ends it.
 */
#ifndef ENGINE_TESTING_BOTH_H
#define ENGINE_TESTING_BOTH_H

#include "kernel_threads.h"
#include "plain_host.h"

/* A thread's own piece of memory, for what its calls point to. Before the first there is as much
 * that nobody compares. */
#define BOTH_WINDOW_SIZE     0x800u
#define BOTH_WINDOW(slot)    (PLAIN_MEMORY + ((slot) + 1) * BOTH_WINDOW_SIZE)
#define BOTH_RESULT_EXIT     INT64_C(0x7ffffffe) /* an effect: the thread ends */
#define BOTH_RESULT_REPORTED INT64_C(0x7ffffffd) /* an effect has looked at the kernel's report */

/* NULL, unmapped memory, and memory that can only be read. */
extern const uint64_t both_bad_pointers[3];

/* What a call does that isn't skipped, on the plain host: its result, or CORDON_WAIT. */
typedef int64_t (*both_effect)(unsigned slot, const struct kernel_order *order);

/* A process with one thread in slot 0, which may be admin. */
void both_begin(bool tells_all);
/* Ends all processes; false: something differed, what was done has been printed. */
bool both_end(void);
bool both_is_ok(void);

/* Notes a difference; false. */
bool both_differ(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Tells what is going to be done; printed when something differs. */
void both_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* NULL: nobody lives in this slot. */
struct plain_thread *both_thread(unsigned slot);
bool both_is_free(unsigned slot); /* alive and waiting for nothing */
unsigned both_free_count(void);
bool both_was_used(unsigned slot);         /* somebody lived here */
bool both_is_interruptible(unsigned slot); /* waits, and no signal is pending */
/* The listener that the thread sleeps in RECV of, or NULL. */
struct cordon_listener *both_receives(unsigned slot);
struct cordon_data both_data(const struct kernel_order *order);

/* The thread makes a call, and what that wakes is waited for. */
void both_call(unsigned slot, const struct kernel_order *order, both_effect effect);
/* The same with no filter asked: PTRACE_O_SUSPEND_SECCOMP. */
void both_call_suspended(unsigned slot, const struct kernel_order *order, both_effect effect);
/* The same with a tracer that listens, and changes the call when a filter asks it. */
struct both_change {
    bool is_some;       /* else the tracer lets it be */
    int64_t nr, result; /* result register: what the call answers if it is cancelled by nr < 0 */
    uint64_t argument;  /* the first */
};
void both_call_traced(unsigned slot, const struct kernel_order *order, both_effect effect,
                      const struct both_change *change);
void both_signal(unsigned slot, bool restarts);
void both_kill(unsigned slot); /* the process of that thread */

/* Puts bytes into the memory of the thread in both worlds. */
void both_write(unsigned slot, uint64_t to, const void *from, size_t size);
/* The id of a notification, which differ by a constant for each listener; false: not known yet. */
bool both_write_id(unsigned slot, uint64_t to, uint64_t id);
/* After the call an id stands at this address in the kernel's memory. */
void both_expect_id(unsigned slot, uint64_t at);

/* For effects: the thread in `slot` makes a child there too; takes the kernel's report. */
int64_t both_adopt(unsigned slot, const struct kernel_order *order);
/* A request of an open listener; keeps it open as long as it lasts. */
int64_t both_ioctl(unsigned slot, const struct kernel_order *order);

#endif
