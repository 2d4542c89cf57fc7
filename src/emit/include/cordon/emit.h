/* SPDX-License-Identifier: MIT */
/*
 * emit.h: decision graph → seccomp program.
 *
 * Code is generated backwards, so every jump target already has an address. For graphs that test
 * words, only the instructions that the kernel's constant-verdict emulation understands are used
 * (load of a word, JA, JEQ, JGT, JGE, JSET with a constant, AND with a constant, RET with a
 * constant; kernel/seccomp.c, seccomp_is_const_allow), and arguments are loaded only on paths whose
 * verdict depends on them.
 *
 * Thread safety: functions of their arguments.
 */
#ifndef CORDON_EMIT_H
#define CORDON_EMIT_H

#include "cordon/api.h"
#include "cordon/diag.h"
#include "cordon/engine.h"
#include "cordon/model.h"

CORDON_BEGIN

/* A program that owns its instructions. */
struct cordon_code {
    struct cordon_program program;
    const struct cordon_allocator *allocator;
};

/* The calls for which the mean number of executed instructions is minimized. */
enum cordon_weights_kind {
    /* The kernel caches a number whose answer is a constant allow: such a number costs its path
     * once, when the filter is installed; calls whose arguments are checked cost theirs each time.
     */
    CORDON_WEIGHTS_KERNEL_CACHE,
    CORDON_WEIGHTS_EQUAL, /* all calls that may be allowed weigh the same */
    CORDON_WEIGHTS_COUNTS /* `calls` weigh their counts, others almost nothing */
};

struct cordon_weights {
    enum cordon_weights_kind kind;
    const struct cordon_call_count {
        uint32_t arch, nr; /* as filters see them */
        double count;
    } * calls; /* borrowed */
    uint32_t count;
    bool quick; /* compile faster, for a program that is about to start; the tree is nearly as good
                 */
};

/*
 * Emits the program that returns, for every call, the leaf value of `node`. weights NULL:
 * kernel-cache. TOO_LONG: the program needs more than CORDON_MAX_INSNS instructions, or more
 * scratch words than there are. allocator NULL: libc. *code is freed with cordon_code_free().
 */
enum cordon_error cordon_emit(struct cordon_code *code, struct cordon_model *model,
                              cordon_node node, const struct cordon_weights *weights,
                              const struct cordon_allocator *allocator,
                              struct cordon_diag *diag) CORDON_MUST_CHECK;
void cordon_code_free(struct cordon_code *code);

CORDON_END

#endif
