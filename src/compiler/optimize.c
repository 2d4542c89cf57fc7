/* SPDX-License-Identifier: MIT */
/* optimize.c: makes a graph of a stack of filters, and the shortest program that the weights
 * give. */
#include "cordon/optimize.h"

#include <string.h>

#include "cordon/lift.h"
#include "cordon/prove.h"

enum cordon_error cordon_stack_lift(cordon_node *node, struct cordon_model *model,
                                    const struct cordon_program *stack, uint32_t count,
                                    struct cordon_diag *diag)
{
    cordon_node joined = CORDON_NODE_NONE;
    for (uint32_t i = 0; i < count; i++) {
        cordon_node newer;
        enum cordon_error error = cordon_lift(&newer, model, &stack[i], NULL, diag);
        if (error)
            return error;
        joined = i ? cordon_model_stack(model, joined, newer) : newer;
    }
    joined = cordon_model_reduce(model, joined);
    enum cordon_error error = cordon_model_status(model);
    if (error)
        return cordon_diag_set(diag, error, "%s", cordon_error_text(error));
    *node = joined;
    return CORDON_OK;
}

enum cordon_error cordon_stack_join(struct cordon_code *code, struct cordon_model *model,
                                    const struct cordon_program *stack, uint32_t count,
                                    const struct cordon_weights *weights, struct cordon_diag *diag)
{
    cordon_node node;
    enum cordon_error error = cordon_stack_lift(&node, model, stack, count, diag);
    return error ? error : cordon_emit_proven(code, model, node, weights, diag);
}

/* The first program that isn't longer than `most`, by the requested weights or by others. */
static enum cordon_error emit_short(struct cordon_code *code, struct cordon_model *model,
                                    cordon_node node, uint32_t most,
                                    const struct cordon_weights *weights, struct cordon_diag *diag)
{
    static const struct cordon_weights equal = {.kind = CORDON_WEIGHTS_EQUAL},
                                       none = {.kind = CORDON_WEIGHTS_COUNTS};
    const struct cordon_weights *tries[] = {weights, &equal, &none};
    enum cordon_error error = CORDON_OK;
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        struct cordon_code made = {0};
        error = cordon_emit_proven(&made, model, node, tries[i], diag);
        if (error == CORDON_E_NO_MEMORY)
            break;
        if (error)
            continue;
        if (made.program.length <= most) {
            *code = made;
            return CORDON_OK;
        }
        cordon_code_free(&made);
        error =
            cordon_diag_set(diag, CORDON_E_TOO_LONG,
                            "one filter would be longer than the stack's %u instructions", most);
    }
    return error;
}

static enum cordon_error copy_program(struct cordon_code *code,
                                      const struct cordon_program *program,
                                      struct cordon_diag *diag)
{
    const struct cordon_allocator *allocator = &cordon_allocator_libc;
    size_t size = program->length * sizeof *program->insns;
    struct cordon_insn *insns = allocator->resize(allocator->context, NULL, 0, size);
    if (!insns)
        return cordon_diag_set(diag, CORDON_E_NO_MEMORY, "%s",
                               cordon_error_text(CORDON_E_NO_MEMORY));
    memcpy(insns, program->insns, size);
    *code = (struct cordon_code){{insns, program->length}, allocator};
    return CORDON_OK;
}

enum cordon_error cordon_optimize(struct cordon_optimized *optimized, struct cordon_model *model,
                                  const struct cordon_program *stack, uint32_t count,
                                  const struct cordon_weights *weights, struct cordon_diag *diag)
{
    struct cordon_optimized result = {0};
    cordon_node node;
    for (uint32_t i = 0; i < count; i++)
        result.before += stack[i].length;
    enum cordon_error error = cordon_stack_lift(&node, model, stack, count, diag);
    if (!error)
        error = emit_short(&result.code, model, node, result.before, weights, diag);
    if (count == 1 && (error == CORDON_E_TOO_LONG || error == CORDON_E_BUDGET)) {
        result.copied = error;
        error = copy_program(&result.code, &stack[0], diag);
    }
    if (!error)
        *optimized = result;
    return error;
}
