/* SPDX-License-Identifier: MIT */
/*
 * layouts.h: how ptrace(2), wait(2) and stat(2) lay things out in the memory of their caller.
 *
 * As machine.h: functions are the architecture's own unless marked "common".
 */
#ifndef LAYOUTS_H
#define LAYOUTS_H

#include "machine.h"

/* ---- ptrace(2): requests that only some architectures have ---- */

enum machine_transfer {
    MACHINE_UNKNOWN,        /* no request of this architecture's own */
    MACHINE_GET,            /* from the thread to the tracer's memory at `data` */
    MACHINE_SET,            /* the other way */
    MACHINE_GET_AT_ADDRESS, /* to the tracer's memory at `address`; `data` says what */
    MACHINE_VALUE,          /* both arguments are values; none is an address in the caller */
    MACHINE_REFUSED         /* EINVAL: the kernel would act on the caller, not on the thread */
};
#define MACHINE_OLDSETOPTIONS 21 /* as PTRACE_SETOPTIONS: User-mode Linux uses it */
#define MACHINE_TRANSFER_MOST 1024
/* What a native tracer's request moves, and how many bytes. */
enum machine_transfer machine_transfer(int request, uint64_t data, size_t *size);

/* ---- ptrace(2): what a compat tracer sees ---- */

#define MACHINE_COMPAT_REGISTERS 40
/* Registers in the order of its own struct user_regs_struct; how many. */
unsigned machine_get_compat(const struct machine_regs *regs,
                            uint32_t image[MACHINE_COMPAT_REGISTERS]);
/* One of them. */
void machine_set_compat(struct machine_regs *regs, unsigned index, uint32_t value);

/* ---- common: siginfo of a compat caller ---- */

#define MACHINE_SIGINFO_SIZE 128
void machine_siginfo_to_compat(const siginfo_t *info, char image[MACHINE_SIGINFO_SIZE]);
void machine_siginfo_from_compat(const char image[MACHINE_SIGINFO_SIZE], siginfo_t *info);

/* ---- structures that calls fill in ---- */

#define MACHINE_RUSAGE_MOST 144
/* Common: the size of struct rusage. */
size_t machine_rusage_size(bool compat);

/* Where a call of the stat family puts the mode of the file. */
struct machine_stat_mode {
    uint8_t argument; /* that points to the structure */
    uint8_t offset;   /* of the mode, 16 bits wide everywhere */
};
/* false: the number is none of the family. */
bool machine_stat_mode(bool compat, int32_t nr, struct machine_stat_mode *mode);

#endif
