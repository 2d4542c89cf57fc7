/* SPDX-License-Identifier: MIT */
/* prove.c: whether a program means the same as the graph that it was emitted from. */
#include "cordon/prove.h"

#include "cordon/compare.h"
#include "cordon/lift.h"

/* The call that shows the difference, with the policy, is enough to reproduce the error. */
static enum cordon_error refute(struct cordon_model *model, cordon_node node,
                                const struct cordon_program *program,
                                const struct cordon_data *call, struct cordon_diag *diag)
{
    char text[CORDON_WORDS * 11 + 1];
    struct cordon_buffer buffer = {text, sizeof text, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    for (int i = 0; i < CORDON_WORDS; i++) {
        cordon_sink_text(&sink, i ? " " : "");
        cordon_sink_hex(&sink, call->word[i], 1);
    }
    return cordon_diag_set(
        diag, CORDON_E_INTERNAL, "returns 0x%08x instead of 0x%08x for the words %s",
        cordon_program_run(program, call).value, cordon_model_evaluate(model, node, call), text);
}

enum cordon_error cordon_prove(struct cordon_model *model, cordon_node node,
                               const struct cordon_program *program, struct cordon_diag *diag)
{
    cordon_node lifted;
    struct cordon_data call;
    enum cordon_error error = cordon_lift(&lifted, model, program, NULL, diag);
    if (error)
        return error;
    switch (cordon_model_equal(model, node, lifted, &call)) {
    case CORDON_YES:
        return CORDON_OK;
    case CORDON_NO:
        return refute(model, node, program, &call, diag);
    case CORDON_UNDECIDED:
        break;
    }
    return cordon_diag_set(diag, CORDON_E_BUDGET,
                           "cannot prove the program equivalent to the policy");
}

enum cordon_error cordon_emit_proven(struct cordon_code *code, struct cordon_model *model,
                                     cordon_node node, const struct cordon_weights *weights,
                                     struct cordon_diag *diag)
{
    struct cordon_code made = {0};
    enum cordon_error error = cordon_emit(&made, model, node, weights, NULL, diag);
    if (!error)
        error = cordon_prove(model, node, &made.program, diag);
    if (error)
        cordon_code_free(&made);
    else
        *code = made;
    return error;
}
