/* SPDX-License-Identifier: MIT */
/*
 * call.h: one call: its arguments as values, and a parser for the form that `cordon sim` takes:
 * `openat AT_FDCWD 0 O_RDONLY|O_CLOEXEC`.
 *
 * Thread safety: functions of their arguments.
 */
#ifndef CORDON_CALL_H
#define CORDON_CALL_H

#include "cordon/abi.h"
#include "cordon/api.h"
#include "cordon/diag.h"

CORDON_BEGIN

/* The value of an argument as the call passes it (CORDON_ARGS: the instruction pointer): both
 * halves, or only the low half on 32-bit ABIs. */
uint64_t cordon_data_argument(const struct cordon_abi *abi, const struct cordon_data *data,
                              unsigned arg);
/* 32-bit ABIs pass the low half of an argument; the high half becomes 0. */
void cordon_data_set_argument(const struct cordon_abi *abi, struct cordon_data *data, unsigned arg,
                              uint64_t value);

/* The call that the data are of, its arguments as these values specify them; without a name: it is
 * unknown. */
struct cordon_syscall cordon_data_syscall(const struct cordon_abi *abi,
                                          const struct cordon_data *data);

/* A decimal, hexadecimal (0x…) or octal (0…) number; a negative one is its 64 bits. */
bool cordon_number_parse(const char *text, size_t length, uint64_t *value);
/* Numbers and constants of the ABI, joined by `|`. */
bool cordon_argument_parse(const struct cordon_abi *abi, const char *text, size_t length,
                           uint64_t *value);
/* The number of a call, given its name or number. */
bool cordon_nr_parse(const struct cordon_abi *abi, const char *text, size_t length, uint32_t *nr);

/*
 * Parses the call words[0] with the arguments that follow; the other arguments are 0. A single word
 * can be a call as it is printed, "openat(AT_FDCWD, "a file", O_RDONLY)": texts and structures
 * count as some address. NAME: the ABI
 * has no such call (the hint is the nearest name) or no such constant. RANGE: there are more than
 * six arguments.
 */
enum cordon_error cordon_call_parse(struct cordon_data *data, const struct cordon_abi *abi,
                                    const char *const *words, size_t count,
                                    struct cordon_diag *diag) CORDON_MUST_CHECK;
/*
 * The same of a line "ARCH CALL [ARGUMENT…]", which it cuts into words. NAME: also an unknown
 * architecture. SYNTAX: there is no call.
 */
enum cordon_error cordon_call_parse_line(struct cordon_data *data, const struct cordon_abi **abi,
                                         char *line, struct cordon_diag *diag) CORDON_MUST_CHECK;

CORDON_END

#endif
