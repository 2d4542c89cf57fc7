/* SPDX-License-Identifier: MIT */
/*
 * prove.h: proofs of programs: an emitted program is lifted again and compared with the graph that
 * it was emitted from, before the caller gets it.
 *
 * Thread safety: functions of their arguments.
 */
#ifndef CORDON_PROVE_H
#define CORDON_PROVE_H

#include "cordon/api.h"
#include "cordon/emit.h"

CORDON_BEGIN

/*
 * INTERNAL: the program doesn't mean `node`, *diag has a call that shows this. BUDGET: it can't be
 * decided within the limits.
 */
enum cordon_error cordon_prove(struct cordon_model *model, cordon_node node,
                               const struct cordon_program *program,
                               struct cordon_diag *diag) CORDON_MUST_CHECK;
/* cordon_emit() and the proof. What can't be proven isn't handed out. */
enum cordon_error cordon_emit_proven(struct cordon_code *code, struct cordon_model *model,
                                     cordon_node node, const struct cordon_weights *weights,
                                     struct cordon_diag *diag) CORDON_MUST_CHECK;

CORDON_END

#endif
