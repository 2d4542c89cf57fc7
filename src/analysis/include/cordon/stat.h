/* SPDX-License-Identifier: MIT */
/*
 * stat.h: statistics of a filter: its cost, what the kernel caches, and its holes.
 *
 * Thread safety: functions of their arguments; a graph belongs to one thread.
 */
#ifndef CORDON_STAT_H
#define CORDON_STAT_H

#include "cordon/api.h"
#include "cordon/diag.h"
#include "cordon/emit.h"

CORDON_BEGIN

/*
 * Does the kernel (5.11 and later) decide this number without running the filter? It emulates the
 * instructions for the architecture and number alone, and caches a constant allow
 * (kernel/seccomp.c, seccomp_is_const_allow). *steps: the instructions that it emulated.
 */
bool cordon_is_cached(const struct cordon_program *program, uint32_t arch, uint32_t nr,
                      uint32_t *steps);

/* The length of the longest path through the program, whether any call takes it or not. */
uint32_t cordon_program_worst(const struct cordon_program *program);

/* The known calls of one ABI. */
struct cordon_abi_stat {
    uint32_t allowed; /* or logged, whatever the arguments */
    uint32_t checked; /* decided by arguments */
    uint32_t denied;  /* anything else, whatever the arguments */
    uint32_t cached;  /* by the kernel */
    uint64_t install; /* instructions that the kernel emulates for these numbers */
    double mean;      /* instructions executed over calls that aren't denied, arguments 0 */
    double uncached;  /* the same over those of them that run the filter */
    double weighted;  /* over the calls of `weights` */
};
/* model and node: what the program means. weights NULL: weighted is 0. */
struct cordon_abi_stat cordon_stat_abi(struct cordon_model *model, cordon_node node,
                                       const struct cordon_program *program,
                                       const struct cordon_abi *abi,
                                       const struct cordon_weights *weights);

/* Have all numbers that belong to an ABI the same answer? Then *value is it. */
bool cordon_is_uniform(struct cordon_model *model, cordon_node node, const struct cordon_abi *abi,
                       uint32_t *value);
/* The arguments that the answer to a number depends on: bit i for argument i, bit CORDON_ARGS for
 * the instruction pointer. */
uint32_t cordon_tested_arguments(struct cordon_model *model, cordon_node node,
                                 const struct cordon_abi *abi, uint32_t nr);

/* The figures as two lines of text; `weighted`: with the weighted mean. */
void cordon_stat_print(struct cordon_sink *sink, const struct cordon_abi *abi,
                       const struct cordon_abi_stat *stat, bool weighted);
/* A line for each call of which arguments are tested: "  openat looks at flags". */
void cordon_tested_print(struct cordon_sink *sink, struct cordon_model *model, cordon_node node,
                         const struct cordon_abi *abi);

CORDON_END

#endif
