/* SPDX-License-Identifier: MIT */
/*
 * stat.h: figures about a filter: what it costs, what the kernel will cache, where its holes are.
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
 * Does the kernel (5.11 and later) answer this number without running the filter? It emulates the
 * instructions for the architecture and number alone, and caches a constant allow
 * (kernel/seccomp.c, seccomp_is_const_allow). *steps: the instructions that it emulated.
 */
bool cordon_is_cached(const struct cordon_program *program, uint32_t arch, uint32_t nr,
                      uint32_t *steps);

/* The most instructions that any way through the program has, whether a call takes it or not. */
uint32_t cordon_program_worst(const struct cordon_program *program);

/* The known calls of one ABI. */
struct cordon_abi_stat {
    uint32_t allowed; /* or logged, whatever the arguments */
    uint32_t checked; /* answered by arguments */
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

/* Calls hole() for each thing that deserves a look, in words. */
void cordon_find_holes(struct cordon_model *model, cordon_node node,
                       void (*hole)(void *context, const char *text), void *context);

CORDON_END

#endif
