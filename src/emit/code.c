/* SPDX-License-Identifier: MIT */
/* code.c: terms as instructions: operands in scratch words while others are computed. */
#include "code.h"

#define LD_IMM  0x00
#define LDX_MEM 0x61
#define ST      0x02
#define TAX     0x07
#define NEG     0x84
#define OR      0x44

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
        [CORDON_TERM_ADD] = 0x04, [CORDON_TERM_SUB] = 0x14, [CORDON_TERM_MUL] = 0x24,
        [CORDON_TERM_DIV] = 0x34, [CORDON_TERM_AND] = AND,  [CORDON_TERM_OR] = OR,
        [CORDON_TERM_XOR] = 0xa4, [CORDON_TERM_LSH] = 0x64, [CORDON_TERM_RSH] = 0x74};
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
        add(code, TAX, 0);
        if (simple)
            compute(code, model, a, scratch);
        return;
    }
    if (scratch == CORDON_SCRATCH)
        code->failed = true;
    add(code, ST, scratch);
    compute(code, model, a, scratch + 1);
    add(code, LDX_MEM, scratch);
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
        add(code, LD, view.value * 4);
    } else if (view.op == CORDON_TERM_CONSTANT) {
        add(code, LD_IMM, view.value);
    } else if (is_constant(model, view.right, &k)) {
        bool or = is_or(model, &view, k, &x);
        compute(code, model, or ? x : view.left, scratch);
        add(code, or ? OR : opcode_of(view.op), k);
    } else if (view.op == CORDON_TERM_SUB && is_constant(model, view.left, &k)) {
        compute(code, model, view.right, scratch);
        add(code, NEG, 0);
        if (k)
            add(code, opcode_of(CORDON_TERM_ADD), k);
    } else {
        compute_pair(code, model, view.left, view.right, scratch);
        add(code, opcode_of(view.op) | BY_X, 0);
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
