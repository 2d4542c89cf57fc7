/* SPDX-License-Identifier: MIT */
/*
 * fuzz_plan.c: any bytes as a call and a stack of programs: the plan, made one filter at a time,
 * must answer as the interpretation of all filters.
 *
 * The call's words come first, then filters: a byte of length, and six bytes an instruction, read
 * so that they are always one that the verifier accepts.
 */
#include <stdlib.h>
#include <string.h>

#include "isa.h"
#include "random_filter.h"

#define FILTERS 8u
#define LENGTH  64u

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct input {
    const uint8_t *bytes;
    size_t left;
};

/* 0 when there is none left */
static uint32_t take(struct input *input, uint32_t count)
{
    uint32_t value = 0;
    for (; count > 0 && input->left > 0; count--, input->left--)
        value = value << 8 | *input->bytes++;
    return value;
}

static uint32_t take_constant(struct input *input)
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

/* Scratch words that aren't surely written are stored to instead. */
static void take_program(struct input *input, struct cordon_program *program,
                         struct cordon_insn *insns)
{
    uint32_t length = 1 + take(input, 1) % LENGTH;
    struct cordon_fault fault;
    for (uint32_t i = 0; i < length; i++)
        insns[i] = take_insn(input, length - i - 1);
    while (!cordon_program_verify(program, insns, length, &fault)) {
        if (fault.reason != CORDON_REASON_SCRATCH_UNSET)
            abort();
        insns[fault.insn].code = CORDON_OP_ST;
    }
}

static void compare(const struct cordon_plan *plan, const struct cordon_program *stack,
                    uint32_t depth, const struct cordon_data *data)
{
    struct cordon_outcome want = interpret_stack(stack, depth, data);
    struct cordon_outcome have = cordon_plan_run(plan, data);
    if (want.value != have.value || want.filter != have.filter)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct cordon_insn insns[FILTERS][LENGTH];
    struct cordon_program stack[FILTERS];
    struct cordon_plan *plan = NULL;
    struct input input = {bytes, size};
    struct cordon_data data;
    for (int i = 0; i < CORDON_WORDS; i++)
        data.word[i] = take_constant(&input);
    for (uint32_t depth = 0; depth < FILTERS && input.left > 0;) {
        take_program(&input, &stack[depth], insns[depth]);
        struct cordon_plan *older = plan;
        plan = cordon_plan_make(older, &stack[depth++], malloc, free);
        free(older);
        if (!plan)
            return 0;
        /* Numbers and architectures at which something may change. */
        for (uint32_t i = 0; i < 64; i++) {
            struct cordon_data other = data;
            uint32_t k = insns[depth - 1][i % stack[depth - 1].length].k;
            other.word[CORDON_WORD_NR] = i < 8 ? data.word[i] : k + i % 3 - 1;
            if (i % 4)
                other.word[CORDON_WORD_ARCH] = i % 4 > 1 ? 0xc000003eu : 0x40000003u;
            compare(plan, stack, depth, &other);
        }
    }
    free(plan);
    return 0;
}
