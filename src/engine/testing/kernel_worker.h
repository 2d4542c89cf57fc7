/* SPDX-License-Identifier: MIT */
/* kernel_worker.h: shared by kernel_threads.c and the code that runs in its threads. */
#ifndef ENGINE_TESTING_KERNEL_WORKER_H
#define ENGINE_TESTING_KERNEL_WORKER_H

#include "kernel_threads.h"

/* The ends of the pipes from which a thread reads orders and to which it writes reports. */
#define WORKER_IN(slot)  (200 + 2 * (slot))
#define WORKER_OUT(slot) (201 + 2 * (slot))

/* In memory that all processes share. */
struct worker_slot {
    int number;
    struct kernel_order order;
    struct kernel_report report;
    uint32_t signals; /* number of SIGUSR1 and SIGUSR2 handled */
};

/* The leader of a new process: serves slots[0], never returns. */
void worker_run(struct worker_slot *slots);

#endif
