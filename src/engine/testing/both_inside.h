/* SPDX-License-Identifier: MIT */
/* both_inside.h: shared by the files that implement both.h. */
#ifndef ENGINE_TESTING_BOTH_INSIDE_H
#define ENGINE_TESTING_BOTH_INSIDE_H

#include "both.h"

#define BOTH_PATIENCE 10000 /* milliseconds */
#define BOTH_NO_ID    UINT64_MAX

enum both_waits {
    WAITS_NOT,
    WAITS_AT_FILTER, /* waits for a supervisor */
    WAITS_IN_CALL    /* in RECV or ADDFD */
};

struct both {
    struct plain_thread *plain;
    struct kernel_order order;
    both_effect effect;
    const struct both_change *change; /* signals from its tracer; NULL: it has none */
    enum both_waits waits;
    struct plain_file *held; /* signals by the call */
    uint32_t handled;        /* signals that its handlers must have seen by the next report */
    bool has_pending;
    bool is_new_sleeper; /* the kernel's thread wasn't checked yet */
    uint64_t id_at;      /* address of an id; BOTH_NO_ID: none */
};
extern struct both both_threads[KERNEL_SLOTS];

/* ---- both_memory.c ---- */

void both_begin_story(void);
void both_print_story(void);
/* Before each call, because it may make a listener. */
void both_choose_first_id(void);
bool both_has_same_memory(unsigned slot);

/* ---- both_must.c: checks that the kernel's threads do the same ---- */

/* The call is over. `trap`: a handler saw this decision before. */
void both_must_answer(unsigned slot, int64_t result, const struct cordon_decision *trap);
/* The thread sleeps, unless something that happens at once wakes it: checked when all threads
 * are idle. */
void both_must_sleep(unsigned slot, enum both_waits waits);
void both_thread_must_end(unsigned slot, int status);
void both_process_must_end(struct plain_process *process, int status);
/* The thread is no longer in its call. */
void both_finish(unsigned slot);
void both_let_go(struct both *thread);
/* When all threads are idle: checks which ones sleep, and the state of each. */
void both_must_be_quiet(void);

#endif
