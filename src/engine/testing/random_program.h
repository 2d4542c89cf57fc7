/* SPDX-License-Identifier: MIT */
/*
 * random_program.h: random seccomp programs and calls for tests: all opcodes, constants at which
 * behaviour may change, valid and invalid data flow, and mutations that break valid programs.
 *
 * Deterministic: the seed determines everything. Thread safe: one generator per thread.
 */
#ifndef ENGINE_TESTING_RANDOM_PROGRAM_H
#define ENGINE_TESTING_RANDOM_PROGRAM_H

#include "cordon/engine.h"

struct random {
    uint64_t state;
};

uint32_t random_bits(struct random *random);
/* 0 … bound - 1 */
uint32_t random_under(struct random *random, uint32_t bound);

/* A program of up to `room` instructions that the kernel accepts; returns its length (at least 1).
 */
uint32_t random_program(struct random *random, struct cordon_insn *insns, uint32_t room);

/* A few changes: a field, an opcode, an instruction added or removed. Returns the new length
 * (may be 0). */
uint32_t random_mutation(struct random *random, struct cordon_insn *insns, uint32_t length,
                         uint32_t room);

/* A call with words that matter to this program: its own constants, neighbours of these, and
 * random ones. */
struct cordon_data random_call(struct random *random, const struct cordon_insn *insns,
                               uint32_t length);

#endif
