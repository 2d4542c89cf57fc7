/* SPDX-License-Identifier: MIT */
/* state.h: the state of a program that is executed symbolically, and which registers are live. */
#ifndef LIFT_STATE_H
#define LIFT_STATE_H

#include "cordon/engine.h"
#include "cordon/term.h"

/* Registers as bits of a live set: M[0] … M[15], A, X. */
#define LIVE_A (UINT32_C(1) << 16)
#define LIVE_X (UINT32_C(1) << 17)
#define LIVE_M UINT32_C(0xffff)

/* Registers that are no longer live hold CORDON_TERM_NONE. */
struct state {
    cordon_term a, x;
    cordon_term m[CORDON_SCRATCH];
};

/* live[i]: the registers that may be read from instruction i on before they are written. */
void find_live(const struct cordon_program *program, uint32_t *live);
/* Clears the registers that aren't live. */
void forget_dead(struct state *state, uint32_t live);
/* Executes an instruction that neither jumps, returns nor divides by X. */
void execute(struct cordon_model *model, struct state *state, const struct cordon_insn *insn);

/* The condition of a conditional jump: first <= term <= last. */
struct condition {
    cordon_term term;
    uint32_t first, last;
};
struct condition ask(struct cordon_model *model, const struct state *state,
                     const struct cordon_insn *insn);

#endif
