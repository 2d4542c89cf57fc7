/* SPDX-License-Identifier: MIT */
/* print.c: an instruction as text, one form per kind of operand. parse.c reads the same forms. */
#include "cordon/engine.h"

#include "isa.h"

static void print_branch(struct cordon_sink *sink, const struct cordon_insn *insn, uint32_t index)
{
    cordon_sink_text(sink, ", ");
    cordon_sink_decimal(sink, index + 1 + insn->jt);
    cordon_sink_text(sink, ", ");
    cordon_sink_decimal(sink, index + 1 + insn->jf);
}

static void print_constant(struct cordon_sink *sink, uint32_t k)
{
    cordon_sink_text(sink, "#");
    cordon_sink_hex(sink, k, 1);
}

static void print_indexed(struct cordon_sink *sink, const char *before, uint32_t k)
{
    cordon_sink_text(sink, before);
    cordon_sink_decimal(sink, k);
    cordon_sink_text(sink, "]");
}

static void print_operand(struct cordon_sink *sink, enum operand operand,
                          const struct cordon_insn *insn, uint32_t index)
{
    switch (operand) {
    case OPERAND_NONE:
        break;
    case OPERAND_K:
        print_constant(sink, insn->k);
        break;
    case OPERAND_X:
        cordon_sink_text(sink, "x");
        break;
    case OPERAND_WORD:
        print_indexed(sink, "[", insn->k);
        break;
    case OPERAND_MEM:
        print_indexed(sink, "M[", insn->k);
        break;
    case OPERAND_LEN:
        cordon_sink_text(sink, "#len");
        break;
    case OPERAND_A:
        cordon_sink_text(sink, "a");
        break;
    case OPERAND_JUMP:
        cordon_sink_decimal(sink, (uint64_t)index + 1 + insn->k);
        break;
    case OPERAND_BRANCH_K:
        print_constant(sink, insn->k);
        print_branch(sink, insn, index);
        break;
    case OPERAND_BRANCH_X:
        cordon_sink_text(sink, "x");
        print_branch(sink, insn, index);
        break;
    }
}

/* Values that are no opcode are printed as four fields, which parse.c also reads. */
static void print_raw(struct cordon_sink *sink, const struct cordon_insn *insn)
{
    cordon_sink_text(sink, "raw ");
    cordon_sink_hex(sink, insn->code, 4);
    cordon_sink_text(sink, ", ");
    cordon_sink_decimal(sink, insn->jt);
    cordon_sink_text(sink, ", ");
    cordon_sink_decimal(sink, insn->jf);
    cordon_sink_text(sink, ", ");
    cordon_sink_hex(sink, insn->k, 8);
}

void cordon_insn_print(struct cordon_sink *sink, const struct cordon_insn *insn, uint32_t index)
{
    const struct isa_row *row = isa_find(insn->code);
    if (!row) {
        print_raw(sink, insn);
        return;
    }
    cordon_sink_text(sink, row->mnemonic);
    if (row->operand != OPERAND_NONE)
        cordon_sink_text(sink, " ");
    print_operand(sink, row->operand, insn, index);
}

struct cordon_insn cordon_insn_swap(struct cordon_insn insn)
{
    insn.code = __builtin_bswap16(insn.code);
    insn.k = __builtin_bswap32(insn.k);
    return insn;
}
