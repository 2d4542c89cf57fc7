/* SPDX-License-Identifier: MIT */
/* code.h: instructions that compute a term. */
#ifndef EMIT_CODE_H
#define EMIT_CODE_H

#include "cordon/engine.h"
#include "cordon/term.h"

/* The instructions, first to last. Once `failed` is set (no room, no scratch word left), no more
 * are added. */
struct code {
    struct cordon_insn *insns;
    uint32_t count, room;
    bool failed;
};

/* Computes the term into A. */
void code_term(struct code *code, const struct cordon_model *model, cordon_term term);
/* Computes one term into A, another into X. */
void code_pair(struct code *code, const struct cordon_model *model, cordon_term a, cordon_term x);

#endif
