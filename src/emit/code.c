/* SPDX-License-Identifier: MIT */
/* code.c: terms as instructions: operands are kept in scratch words while others are computed. */
#include "code.h"

static void add(struct code *code, uint16_t opcode, uint32_t k)
{
    if (code->count == code->room)
        code->failed = true;
    if (!code->failed)
        code->insns[code->count++] = (struct cordon_insn){opcode, 0, 0, k};
}

static uint16_t opcode_of(enum cordon_term_op op)
{
    static const uint16_t opcodes[] = {
        [CORDON_TERM_ADD] = CORDON_OP_ADD_K, [CORDON_TERM_SUB] = CORDON_OP_SUB_K,
        [CORDON_TERM_MUL] = CORDON_OP_MUL_K, [CORDON_TERM_DIV] = CORDON_OP_DIV_K,
        [CORDON_TERM_AND] = CORDON_OP_AND_K, [CORDON_TERM_OR] = CORDON_OP_OR_K,
        [CORDON_TERM_XOR] = CORDON_OP_XOR_K, [CORDON_TERM_LSH] = CORDON_OP_LSH_K,
        [CORDON_TERM_RSH] = CORDON_OP_RSH_K};
    return opcodes[op];
}

static bool is_constant(const struct cordon_model *model, cordon_term term, uint32_t *value)
{
    struct cordon_term_view view = cordon_model_term_view(model, term);
    *value = view.value;
    return view.op == CORDON_TERM_CONSTANT;
}

static void compute(struct code *code, const struct cordon_model *model, cordon_term term,
                    uint32_t scratch);

/* `scratch`: the first free scratch word. */
static void compute_pair(struct code *code, const struct cordon_model *model, cordon_term a,
                         cordon_term x, uint32_t scratch)
{
    uint32_t k;
    bool simple = a < CORDON_WORDS || is_constant(model, a, &k);
    compute(code, model, x, scratch);
    if (simple || a == x) {
        add(code, CORDON_OP_TAX, 0);
        if (simple)
            compute(code, model, a, scratch);
        return;
    }
    if (scratch == CORDON_SCRATCH)
        code->failed = true;
    add(code, CORDON_OP_ST, scratch);
    compute(code, model, a, scratch + 1);
    add(code, CORDON_OP_LDX_MEM, scratch);
}

/* (x & ~c) ^ c is x | c. */
static bool is_or(const struct cordon_model *model, const struct cordon_term_view *view, uint32_t c,
                  cordon_term *x)
{
    struct cordon_term_view inner = cordon_model_term_view(model, view->left);
    uint32_t mask;
    if (view->op != CORDON_TERM_XOR || inner.op != CORDON_TERM_AND)
        return false;
    *x = inner.left;
    return is_constant(model, inner.right, &mask) && mask == ~c;
}

static void compute(struct code *code, const struct cordon_model *model, cordon_term term,
                    uint32_t scratch)
{
    struct cordon_term_view view = cordon_model_term_view(model, term);
    uint32_t k;
    cordon_term x;
    if (code->failed)
        return;
    if (view.op == CORDON_TERM_WORD) {
        add(code, CORDON_OP_LD_WORD, view.value * 4);
    } else if (view.op == CORDON_TERM_CONSTANT) {
        add(code, CORDON_OP_LD_IMM, view.value);
    } else if (is_constant(model, view.right, &k)) {
        bool or = is_or(model, &view, k, &x);
        compute(code, model, or ? x : view.left, scratch);
        add(code, or ? CORDON_OP_OR_K : opcode_of(view.op), k);
    } else if (view.op == CORDON_TERM_SUB && is_constant(model, view.left, &k)) {
        compute(code, model, view.right, scratch);
        add(code, CORDON_OP_NEG, 0);
        if (k)
            add(code, opcode_of(CORDON_TERM_ADD), k);
    } else {
        compute_pair(code, model, view.left, view.right, scratch);
        add(code, cordon_opcode_with_x(opcode_of(view.op)), 0);
    }
}

void code_term(struct code *code, const struct cordon_model *model, cordon_term term)
{
    compute(code, model, term, 0);
}

void code_pair(struct code *code, const struct cordon_model *model, cordon_term a, cordon_term x)
{
    compute_pair(code, model, a, x, 0);
}
