/* SPDX-License-Identifier: MIT */
/* bytes.c: makes numbers and programs of the fuzzer's bytes. */
#include "bytes.h"

#include <stdlib.h>

#include "isa.h"

uint32_t take(struct input *input, uint32_t count)
{
    uint32_t value = 0;
    for (; count > 0 && input->left > 0; count--, input->left--)
        value = value << 8 | *input->bytes++;
    return value;
}

uint32_t take_constant(struct input *input)
{
    uint32_t kind = take(input, 1), value = take(input, 2);
    switch (kind % 8) {
    case 0:
        return value << 16;
    case 1:
        return value | CORDON_X32_BIT;
    case 2:
        return ~value;
    case 3:
        return 0xc000003eu ^ value;
    case 4:
        return 0x40000003u ^ value;
    default:
        return value;
    }
}

static struct cordon_insn take_insn(struct input *input, uint32_t left)
{
    const struct isa_row *row = &isa_rows[take(input, 1) % ISA_ROWS];
    if (left == 0 && row->check != CHECK_RETURN)
        row = isa_find(CORDON_OP_RET_K);
    struct cordon_insn insn = {row->code, 0, 0, 0};
    uint32_t jt = take(input, 1), jf = take(input, 1), k = take_constant(input);
    switch ((enum check)row->check) {
    case CHECK_WORD:
        k = jt & 1 ? 0 : 4 * (k % CORDON_WORDS);
        break;
    case CHECK_LOAD:
    case CHECK_STORE:
        k %= CORDON_SCRATCH;
        break;
    case CHECK_NOT_ZERO:
        k |= 1;
        break;
    case CHECK_BELOW_32:
        k %= 32;
        break;
    case CHECK_JUMP:
        k %= left;
        break;
    case CHECK_BRANCH:
        insn.jt = (uint8_t)(jt % left);
        insn.jf = (uint8_t)(jf % left);
        break;
    default:
        break;
    }
    insn.k = k;
    return insn;
}

/* A load from a scratch word that may be unwritten becomes a store. */
void take_program(struct input *input, struct cordon_program *program, struct cordon_insn *insns)
{
    uint32_t length = 1 + take(input, 1) % MAX_TAKEN;
    struct cordon_fault fault;
    for (uint32_t i = 0; i < length; i++)
        insns[i] = take_insn(input, length - i - 1);
    while (!cordon_program_verify(program, insns, length, &fault)) {
        if (fault.reason != CORDON_REASON_SCRATCH_UNSET)
            abort();
        insns[fault.insn].code = CORDON_OP_ST;
    }
}
