/* SPDX-License-Identifier: MIT */
/* state.h: what the machine holds while a program is executed symbolically, and what of it matters.
 */
#ifndef LIFT_STATE_H
#define LIFT_STATE_H

#include "cordon/engine.h"
#include "cordon/term.h"

/* Registers as bits of a live set: M[0] … M[15], A, X. */
#define LIVE_A (UINT32_C(1) << 16)
#define LIVE_X (UINT32_C(1) << 17)
#define LIVE_M UINT32_C(0xffff)

/* Registers that don't matter any more hold CORDON_TERM_NONE. */
struct state {
    cordon_term a, x;
    cordon_term m[CORDON_SCRATCH];
};

/* live[i]: what may be read from instruction i on before it is written. */
void find_live(const struct cordon_program *program, uint32_t *live);
/* Forgets what isn't live. */
void forget_dead(struct state *state, uint32_t live);
/* Carries out an instruction that neither jumps nor returns nor divides by X. */
void execute(struct cordon_model *model, struct state *state, const struct cordon_insn *insn);

/* What a conditional jump asks: first <= term <= last. */
struct question {
    cordon_term term;
    uint32_t first, last;
};
struct question ask(struct cordon_model *model, const struct state *state,
                    const struct cordon_insn *insn);

#endif
