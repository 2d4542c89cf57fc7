/* SPDX-License-Identifier: MIT */
/*
 * denial.h: the text of a report on a denied call: the call with its arguments decoded, and the
 * smallest rule that would have allowed it.
 *
 * It does not access processes: memory is read through a callback. Thread safety: functions of
 * their arguments.
 */
#ifndef CORDON_DENIAL_H
#define CORDON_DENIAL_H

#include "cordon/abi.h"
#include "cordon/api.h"
#include "cordon/sink.h"

CORDON_BEGIN

/* Copies up to `size` bytes at `address` of the program; returns how many could be read. */
struct cordon_memory {
    size_t (*read)(void *context, uint64_t address, void *bytes, size_t size);
    void *context;
};

/* The value of an argument as the call passes it: both halves, or one on 32-bit ABIs. */
uint64_t cordon_data_argument(const struct cordon_abi *abi, const struct cordon_data *data,
                              unsigned arg);

/* openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC, 0); an unknown number as syscall 999(…). */
void cordon_call_print(struct cordon_sink *sink, const struct cordon_data *data,
                       const struct cordon_memory *memory);

/*
 * The smallest rule that allows this call: its name, and conditions on the arguments that say what
 * kind of call it is (domain, request, command, access mode), not on addresses, descriptors and
 * sizes.
 */
void cordon_call_suggest(struct cordon_sink *sink, const struct cordon_data *data);

CORDON_END

#endif
