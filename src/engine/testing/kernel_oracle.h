/* SPDX-License-Identifier: MIT */
/*
 * kernel_oracle.h: runs a program in the kernel.
 *
 * A seccomp program is also a socket filter over 64 bytes. It is attached to one end of a datagram
 * pair, and the call is sent as a packet (packet loads are big-endian, so the bytes of each word
 * are swapped). The length that arrives is the program's return value, or 64 if that is larger. So
 * return values are mapped to 0 … 63: constants are masked, and `ret a` becomes a jump to a tail
 * that shows six bits of A.
 */
#ifndef KERNEL_ORACLE_H
#define KERNEL_ORACLE_H

#include "random_program.h"

/* Maps return values to what a packet length can show; returns the new length, at most three
 * more. */
uint32_t make_observable(struct random *random, struct cordon_insn *insns, uint32_t length);
/* Makes the program the filter of a socket. */
bool oracle_attach(int receiver, const struct cordon_insn *insns, uint32_t length);
/* The result of the kernel's run, or -1 if it can't run the program. pair[1] has the filter. */
long oracle_run(const int pair[2], const struct cordon_data *data);

#endif
