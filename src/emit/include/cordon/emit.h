/* SPDX-License-Identifier: MIT */
/*
 * emit.h: decision graph → seccomp program.
 *
 * Code is generated backwards, so every jump target already has its place. Only the instructions
 * that the kernel's constant-verdict emulation understands are used (load of a word, JA, JEQ, JGT,
 * JGE, JSET with a constant, AND with a constant, RET with a constant; kernel/seccomp.c,
 * seccomp_is_const_allow), and arguments are loaded only on paths whose verdict depends on them.
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

/*
 * Emits the program that returns, for every call, the leaf value of `node`. TOO_LONG: the program
 * needs more than CORDON_MAX_INSNS instructions. allocator NULL: libc. *code is freed with
 * cordon_code_free().
 */
enum cordon_error cordon_emit(struct cordon_code *code, struct cordon_model *model,
                              cordon_node node, const struct cordon_allocator *allocator,
                              struct cordon_diag *diag) CORDON_MUST_CHECK;
void cordon_code_free(struct cordon_code *code);

CORDON_END

#endif
