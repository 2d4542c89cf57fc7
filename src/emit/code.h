/* SPDX-License-Identifier: MIT */
/* code.h: instructions that compute a term. */
#ifndef EMIT_CODE_H
#define EMIT_CODE_H

#include "cordon/engine.h"
#include "cordon/term.h"

#define LD   0x20
#define AND  0x54
#define JA   0x05
#define JEQ  0x15
#define JGT  0x25
#define JSET 0x45
#define RET  0x06
#define RETA 0x16
#define BY_X 0x08 /* added to an opcode: the operand is X */

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
