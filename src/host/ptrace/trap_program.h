/* SPDX-License-Identifier: MIT */
/*
 * trap_program.h: what the kernel's filters of a traced thread answer, and the programs for it.
 *
 * Where the kernel has seccomp, it is the trap: its filters let calls pass that are constantly
 * allowed by the thread's whole stack in the engine and that the host needn't see, and stop the
 * thread (SECCOMP_RET_TRACE) at all others. Kernel filters are only added, and the strictest answer
 * counts. So for an installation in the engine, the kernel gets a filter for the difference only,
 * or none.
 *
 * Functions of their arguments: no state, nothing is called but the engine.
 */
#ifndef TRAP_PROGRAM_H
#define TRAP_PROGRAM_H

#include "cordon/facility.h"
#include "machine.h"

#define TRAP_ABIS  2   /* native and compat; calls of others are always seen */
#define TRAP_CALLS 512 /* numbers of an ABI; calls with others are always seen */

/* Answers, in the order of their strictness. */
enum {
    TRAP_ALLOW,
    TRAP_CHECKED,       /* plus the number of a check: seen or allowed by an argument */
    TRAP_SEEN = 0x100,  /* the thread stops, and the engine decides */
    TRAP_ERRNO = 0x1000 /* plus the error: the engine's constant answer */
};

struct trap_table {
    uint32_t users;   /* threads that have it */
    bool descriptors; /* calls are seen that only matter if a descriptor isn't what it seems */
    uint16_t answer[TRAP_ABIS][TRAP_CALLS];
};

/* The answers for a thread without a filter, if the host handles no call. */
void trap_table_begin(struct trap_table *table);
/* The host handles this call: it is seen, unless it only matters if a descriptor isn't what it
 * seems. */
void trap_table_see(struct trap_table *table, const char *call);

enum trap_change {
    TRAP_SAME,      /* the kernel's filters are right already */
    TRAP_STRICTER,  /* they need another */
    TRAP_IMPOSSIBLE /* what the kernel answers has to be seen now: the thread stops at every call */
};
/* What the answers are made for. */
struct trap_wishes {
    bool errors;      /* the kernel gives constant errors itself: nobody wants to hear of them */
    bool descriptors; /* as in struct trap_table */
};
/* *next: the answers for the thread's stack, if the kernel answers as in `now`. */
enum trap_change trap_table_follow(struct trap_table *next, const struct trap_table *now,
                                   const struct cordon_task *task, struct trap_wishes wishes);

/*
 * A program that makes the kernel answer as in `next` if it does as in `now`; NULL: it has no
 * filter. Returns the length.
 */
uint32_t trap_program(struct cordon_insn insns[CORDON_MAX_INSNS], const struct trap_table *now,
                      const struct trap_table *next);

#endif
