/* SPDX-License-Identifier: MIT */
/*
 * random_filter.h: random filters about call numbers, some like those of compilers and some unlike
 * any; and the plain meaning of a stack of them.
 */
#ifndef ENGINE_TESTING_RANDOM_FILTER_H
#define ENGINE_TESTING_RANDOM_FILTER_H

#include "cordon/specialise.h"
#include "random_program.h"

/* Architectures with a chain or a search tree of numbers each, some with a check of arguments.
 * Up to CORDON_MAX_INSNS instructions; returns the length. */
uint32_t random_filter(struct random *random, struct cordon_insn *insns);

/* A random program most of whose loads are of the number and the architecture. */
uint32_t random_number_program(struct random *random, struct cordon_insn *insns, uint32_t room);

/* A call at which a filter of the stack may change its verdict. */
struct cordon_data random_number_call(struct random *random, const struct cordon_program *stack,
                                      uint32_t depth);

/* The kernel's algorithm: runs all filters, newest (the last) first. */
struct cordon_outcome interpret_stack(const struct cordon_program *stack, uint32_t depth,
                                      const struct cordon_data *data);

#endif
