/* SPDX-License-Identifier: MIT */
/* inject.h: calls that a stopped thread is made to do, and what becomes of its own. */
#ifndef INJECT_H
#define INJECT_H

#include "next.h"
#include "task.h"

/* ---- inject.c: calls that a stopped thread is made to do ---- */

#define SCRATCH_SIZE 4096

/*
 * Takes the thread to the entry of a call with these arguments, all its signals blocked; NULL: it
 * is gone. What is done there is up to the caller; the call's exit is a stop like any other.
 */
const struct pass *task_inject_entry(struct task *task, int32_t nr,
                                     const uint64_t args[CORDON_ARGS]);
/* Is a status the end of the calls that the thread was to do? */
bool injection_ends(int status);
/* After it: the registers are what task_inject_end() restores. */
void task_inject_keep(struct task *task);
/* Makes the thread do a call; it is stopped at AT_EXIT after it. -ESRCH: it is gone. */
long task_inject(struct task *task, enum machine_call call, uint64_t a, uint64_t b, uint64_t c,
                 uint64_t d, uint64_t e);
/* Memory, as its mmap(2) makes it; 0: there is none to have. */
uint64_t task_inject_mmap(struct task *task, uint64_t size, int protection, int flags, int fd);
/* SCRATCH_SIZE bytes to read and write, of no file. */
uint64_t task_scratch(struct task *task);
void task_scratch_free(struct task *task, uint64_t address);
/* Lets the thread itself touch memory that isn't there yet; true: it did, and its call has to be
 * made again. */
bool task_touch(struct task *task, uint64_t address, size_t size);
/* Its registers and signal mask become those of the program again; it is stopped at AT_EXIT. */
void task_inject_end(struct task *task);

/* ---- descriptor.c ---- */

/* Our copy of its descriptor, or -errno; and the other way, its number or -errno. */
int descriptor_fetch(const struct task *task, int fd);
int descriptor_install(struct task *task, int ours, bool set, int newfd, bool cloexec);
/* Maps the beginning of our file in its memory, to be read only, and closes our descriptor (or -1).
 * 0: it can't be. */
uint64_t descriptor_map(struct task *task, int ours, uint64_t size);

/* ---- finish.c: a call that isn't made, or is made again ---- */

/* The call isn't executed, its result is this. At an entry or an exit stop. */
struct next call_finish(struct task *task, int64_t result);
/* At an entry: the call isn't executed, its result is what is in the result register. */
struct next call_skip(struct task *task);
/* At an exit: the call is made again from its beginning; the second doesn't judge it again. */
struct next call_again(struct task *task);
struct next call_again_judged(struct task *task);

#endif
