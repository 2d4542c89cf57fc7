/* SPDX-License-Identifier: MIT */
/*
 * bytes.h: the fuzzer's bytes as numbers and programs.
 *
 * A program is a byte of length, and seven bytes per instruction, read so that the verifier always
 * accepts them.
 */
#ifndef FUZZ_BYTES_H
#define FUZZ_BYTES_H

#include <stddef.h>

#include "cordon/engine.h"

#define MAX_TAKEN 64u /* instructions of a program */

struct input {
    const uint8_t *bytes;
    size_t left;
};

/* A number of up to four bytes, big-endian; bytes beyond the end are missing. */
uint32_t take(struct input *input, uint32_t count);
/* A number at which filters change: of a call, an architecture, or an end of a range. */
uint32_t take_constant(struct input *input);
/* insns has room for MAX_TAKEN. */
void take_program(struct input *input, struct cordon_program *program, struct cordon_insn *insns);

#endif
