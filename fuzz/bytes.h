/* SPDX-License-Identifier: MIT */
/*
 * bytes.h: makes numbers and programs of the fuzzer's bytes.
 *
 * A program is one byte of length and seven bytes per instruction. They are mapped to instructions
 * that the verifier always accepts.
 */
#ifndef FUZZ_BYTES_H
#define FUZZ_BYTES_H

#include <stddef.h>

#include "cordon/engine.h"

#define MAX_TAKEN 64u /* instructions in a program */

struct input {
    const uint8_t *bytes;
    size_t left;
};

/* A number of up to four bytes, big-endian; fewer at the end of the input. */
uint32_t take(struct input *input, uint32_t count);
/* A number at which filters change: a call's number, an architecture, or the end of a range. */
uint32_t take_constant(struct input *input);
/* insns has room for MAX_TAKEN. */
void take_program(struct input *input, struct cordon_program *program, struct cordon_insn *insns);

#endif
