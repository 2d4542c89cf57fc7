/* SPDX-License-Identifier: MIT */
/*
 * kernel_oracle.h: what the running kernel makes of a program.
 *
 * A seccomp program is also a socket filter over 64 bytes: it is attached to one end of a datagram
 * pair, the call is sent as a packet (packet loads are big-endian, so each word goes byte-swapped),
 * and the length that arrives is what the program returned, or 64 where that is more. So returns
 * are mapped to 0 … 63: constants are masked, and `ret a` becomes a jump to a tail that shows six
 * bits of A.
 */
#ifndef KERNEL_ORACLE_H
#define KERNEL_ORACLE_H

#include "random_program.h"

/* Returns mapped into what a packet length can show; the new length, at most three more. */
uint32_t make_observable(struct random *random, struct cordon_insn *insns, uint32_t length);
/* Makes the program the filter of a socket. */
bool oracle_attach(int receiver, const struct cordon_insn *insns, uint32_t length);
/* What the kernel's run returned, or -1 when it can't be asked. pair[1] has the filter. */
long oracle_ask(const int pair[2], const struct cordon_data *data);

#endif
