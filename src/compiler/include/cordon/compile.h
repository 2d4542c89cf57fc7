/* SPDX-License-Identifier: MIT */
/*
 * compile.h: from a policy to a program, as one list of passes: build, emit, prove.
 *
 * Thread safety: a compiled policy is constant once made.
 */
#ifndef CORDON_COMPILE_H
#define CORDON_COMPILE_H

#include "cordon/api.h"
#include "cordon/emit.h"
#include "cordon/policy.h"

CORDON_BEGIN

struct cordon_compiled {
    const struct cordon_policy *policy; /* borrowed */
    struct cordon_model *model;
    struct cordon_meaning meaning; /* deciders: see below */
    struct cordon_code code;
    bool big_endian; /* byte order of the machines the program is for */
};

/*
 * abi_count 0: the ABIs that the policy names. All ABIs must share one byte order (ARCH otherwise).
 * weights NULL: kernel-cache. The program is proven (prove.h). reporter NULL: no warnings, and
 * deciders are CORDON_NODE_NONE, which costs a tenth less; cordon_policy_build() makes them, too.
 */
enum cordon_error cordon_compile(struct cordon_compiled *compiled,
                                 const struct cordon_policy *policy, const enum cordon_abi_id *abis,
                                 uint32_t abi_count, const struct cordon_weights *weights,
                                 struct cordon_reporter *reporter) CORDON_MUST_CHECK;
void cordon_compiled_free(struct cordon_compiled *compiled);

CORDON_END

#endif
