/* SPDX-License-Identifier: MIT */
/* state.c: executes one instruction symbolically, on terms instead of numbers. */
#include "state.h"

/* ---- liveness ---- */

struct effect {
    uint32_t reads, writes;
};

static struct effect effect_of(const struct cordon_insn *insn)
{
    uint32_t cell = insn->k < CORDON_SCRATCH ? UINT32_C(1) << insn->k : 0;
    uint32_t operand = cordon_opcode_uses_x(insn->code) ? LIVE_X : 0;
    switch (cordon_opcode_class(insn->code)) {
    case CORDON_CLASS_LD:
        return (struct effect){insn->code == CORDON_OP_LD_MEM ? cell : 0, LIVE_A};
    case CORDON_CLASS_LDX:
        return (struct effect){insn->code == CORDON_OP_LDX_MEM ? cell : 0, LIVE_X};
    case CORDON_CLASS_ST:
        return (struct effect){LIVE_A, cell};
    case CORDON_CLASS_STX:
        return (struct effect){LIVE_X, cell};
    case CORDON_CLASS_ALU:
        return (struct effect){LIVE_A | operand, LIVE_A};
    case CORDON_CLASS_JMP:
        return (struct effect){insn->code == CORDON_OP_JA ? 0 : LIVE_A | operand, 0};
    case CORDON_CLASS_RET:
        return (struct effect){insn->code == CORDON_OP_RET_A ? LIVE_A : 0, 0};
    default:
        return insn->code == CORDON_OP_TAX ? (struct effect){LIVE_A, LIVE_X}
                                           : (struct effect){LIVE_X, LIVE_A};
    }
}

/* Jumps only go forward, so one pass from the end is enough. */
void find_live(const struct cordon_program *program, uint32_t *live)
{
    for (uint32_t i = program->length; i-- > 0;) {
        const struct cordon_insn *insn = &program->insns[i];
        struct effect effect = effect_of(insn);
        uint32_t after = 0;
        if (insn->code == CORDON_OP_JA)
            after = live[i + 1 + insn->k];
        else if (cordon_opcode_is_branch(insn->code))
            after = live[i + 1 + insn->jt] | live[i + 1 + insn->jf];
        else if (!cordon_opcode_is_return(insn->code))
            after = live[i + 1];
        live[i] = (after & ~effect.writes) | effect.reads;
    }
}

void forget_dead(struct state *state, uint32_t live)
{
    if (!(live & LIVE_A))
        state->a = CORDON_TERM_NONE;
    if (!(live & LIVE_X))
        state->x = CORDON_TERM_NONE;
    for (uint32_t i = 0; i < CORDON_SCRATCH; i++)
        if (!(live >> i & 1))
            state->m[i] = CORDON_TERM_NONE;
}

/* ---- execution ---- */

static void calculate(struct cordon_model *model, struct state *state,
                      const struct cordon_insn *insn)
{
    static const uint8_t ops[] = {
        [CORDON_OP_ADD_K] = CORDON_TERM_ADD, [CORDON_OP_SUB_K] = CORDON_TERM_SUB,
        [CORDON_OP_MUL_K] = CORDON_TERM_MUL, [CORDON_OP_DIV_K] = CORDON_TERM_DIV,
        [CORDON_OP_OR_K] = CORDON_TERM_OR,   [CORDON_OP_AND_K] = CORDON_TERM_AND,
        [CORDON_OP_LSH_K] = CORDON_TERM_LSH, [CORDON_OP_RSH_K] = CORDON_TERM_RSH,
        [CORDON_OP_XOR_K] = CORDON_TERM_XOR};
    if (insn->code == CORDON_OP_NEG) {
        state->a =
            cordon_model_term(model, CORDON_TERM_SUB, cordon_model_constant(model, 0), state->a);
        return;
    }
    bool with_x = cordon_opcode_uses_x(insn->code);
    cordon_term operand = with_x ? state->x : cordon_model_constant(model, insn->k);
    state->a = cordon_model_term(model, (enum cordon_term_op)ops[cordon_opcode_with_k(insn->code)],
                                 state->a, operand);
}

void execute(struct cordon_model *model, struct state *state, const struct cordon_insn *insn)
{
    switch (insn->code) {
    case CORDON_OP_LD_WORD:
        state->a = insn->k / 4;
        break;
    case CORDON_OP_LD_IMM:
        state->a = cordon_model_constant(model, insn->k);
        break;
    case CORDON_OP_LDX_IMM:
        state->x = cordon_model_constant(model, insn->k);
        break;
    case CORDON_OP_LD_MEM:
        state->a = state->m[insn->k];
        break;
    case CORDON_OP_LDX_MEM:
        state->x = state->m[insn->k];
        break;
    case CORDON_OP_LD_LEN:
        state->a = cordon_model_constant(model, sizeof(struct cordon_data));
        break;
    case CORDON_OP_LDX_LEN:
        state->x = cordon_model_constant(model, sizeof(struct cordon_data));
        break;
    case CORDON_OP_ST:
        state->m[insn->k] = state->a;
        break;
    case CORDON_OP_STX:
        state->m[insn->k] = state->x;
        break;
    case CORDON_OP_TAX:
        state->x = state->a;
        break;
    case CORDON_OP_TXA:
        state->a = state->x;
        break;
    default:
        calculate(model, state, insn);
    }
}

/* ---- questions ---- */

static bool constant_value(const struct cordon_model *model, cordon_term term, uint32_t *value)
{
    if (term < CORDON_WORDS || term == CORDON_TERM_NONE)
        return false;
    struct cordon_term_view view = cordon_model_term_view(model, term);
    *value = view.value;
    return view.op == CORDON_TERM_CONSTANT;
}

/* A and a constant operand. */
static struct condition compare_constant(struct cordon_model *model, uint32_t jump, cordon_term a,
                                         uint32_t k)
{
    switch (jump) {
    case CORDON_OP_JEQ_K:
        return (struct condition){a, k, k};
    case CORDON_OP_JGT_K:
        if (k == UINT32_MAX)
            return (struct condition){cordon_model_constant(model, 0), 1, 1}; /* unreachable */
        return (struct condition){a, k + 1, UINT32_MAX};
    case CORDON_OP_JGE_K:
        return (struct condition){a, k, UINT32_MAX};
    default:
        return (struct condition){
            cordon_model_term(model, CORDON_TERM_AND, a, cordon_model_constant(model, k)), 1,
            UINT32_MAX};
    }
}

/* A, when it is constant, and X. */
static struct condition compare_reversed(struct cordon_model *model, uint32_t jump, uint32_t a,
                                         cordon_term x)
{
    if (jump == CORDON_OP_JGE_K)
        return (struct condition){x, 0, a};
    if (jump != CORDON_OP_JGT_K)
        return compare_constant(model, jump, x, a);
    if (a == 0)
        return (struct condition){cordon_model_constant(model, 0), 1, 1};
    return (struct condition){x, 0, a - 1};
}

static struct condition compare_terms(struct cordon_model *model, uint32_t jump, cordon_term a,
                                      cordon_term x)
{
    switch (jump) {
    case CORDON_OP_JEQ_K:
        return (struct condition){cordon_model_term(model, CORDON_TERM_XOR, a, x), 0, 0};
    case CORDON_OP_JGT_K:
        return (struct condition){cordon_model_term(model, CORDON_TERM_GT, a, x), 1, UINT32_MAX};
    case CORDON_OP_JGE_K:
        return (struct condition){cordon_model_term(model, CORDON_TERM_GT, x, a), 0, 0};
    default:
        return (struct condition){cordon_model_term(model, CORDON_TERM_AND, a, x), 1, UINT32_MAX};
    }
}

struct condition ask(struct cordon_model *model, const struct state *state,
                     const struct cordon_insn *insn)
{
    uint32_t jump = cordon_opcode_with_k(insn->code), k;
    if (!cordon_opcode_uses_x(insn->code))
        return compare_constant(model, jump, state->a, insn->k);
    if (constant_value(model, state->x, &k))
        return compare_constant(model, jump, state->a, k);
    if (constant_value(model, state->a, &k))
        return compare_reversed(model, jump, k, state->x);
    return compare_terms(model, jump, state->a, state->x);
}
