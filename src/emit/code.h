/* SPDX-License-Identifier: MIT */
/* code.h: instructions that compute a term. */
#ifndef EMIT_CODE_H
#define EMIT_CODE_H

#include "cordon/engine.h"
#include "cordon/term.h"

/* Where instructions go, first to last. Once `failed` (no room, no scratch word left), nothing is
 * added any more. */
struct code {
    struct cordon_insn *insns;
    uint32_t count, room;
    bool failed;
};

/* The term into A. */
void code_term(struct code *code, const struct cordon_model *model, cordon_term term);
/* One term into A, another into X. */
void code_pair(struct code *code, const struct cordon_model *model, cordon_term a, cordon_term x);

#endif
