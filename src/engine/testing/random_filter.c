/* SPDX-License-Identifier: MIT */
/* random_filter.c: writes random filters front to back; a search tree's jumps are patched once
 * its lower half is written. */
#include "random_filter.h"

#include "isa.h"

#define NUMBERS 48u

static const uint32_t arches[] = {0xc000003eu, 0x40000003u, 0xc00000b7u,
                                  0xc00000f3u, 0x40000028u, 0x80000016u};

struct writer {
    struct random *random;
    struct cordon_insn *insns;
    uint32_t length;
    uint32_t fallback, action; /* return values for unnamed and for named numbers */
};

static uint32_t emit(struct writer *writer, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
    writer->insns[writer->length] = (struct cordon_insn){code, jt, jf, k};
    return writer->length++;
}

static uint32_t random_action(struct random *random)
{
    static const uint32_t actions[] = {0x7fff0000u, 0x7fff0000u, 0x7fff0000u, 0x7ffc0000u,
                                       0x7ff00000u, 0x7fc00000u, 0x00050000u, 0x00050001u,
                                       0x00050026u, 0x00030000u, 0x00000000u, 0x80000000u,
                                       0x80010007u, 0x12340000u, 0x7fff0005u};
    return actions[random_under(random, sizeof actions / sizeof *actions)];
}

/* The verdict of a named number, or a check of an argument. A is the number after it. */
static void write_named(struct writer *writer, uint32_t number)
{
    struct random *random = writer->random;
    uint32_t other = random_under(random, 4) ? writer->action : random_action(random);
    if (random_under(random, 6)) {
        emit(writer, CORDON_OP_JEQ_K, number, 0, 1);
        emit(writer, CORDON_OP_RET_K, other, 0, 0);
        return;
    }
    uint32_t word = 4 * (4 + random_under(random, 12));
    emit(writer, CORDON_OP_JEQ_K, number, 0, 4);
    emit(writer, CORDON_OP_LD_WORD, word, 0, 0);
    uint16_t test = random_under(random, 2) ? CORDON_OP_JEQ_K : CORDON_OP_JSET_K;
    emit(writer, test, random_under(random, 4), 0, 1);
    emit(writer, CORDON_OP_RET_K, other, 0, 0);
    emit(writer, CORDON_OP_RET_K,
         random_under(random, 4) ? writer->fallback : random_action(random), 0, 0);
}

static void write_tree(struct writer *writer, const uint32_t *numbers, uint32_t count)
{
    if (count <= 2) {
        for (uint32_t i = 0; i < count; i++)
            write_named(writer, numbers[i]);
        emit(writer, CORDON_OP_RET_K, writer->fallback, 0, 0);
        return;
    }
    emit(writer, random_under(writer->random, 2) ? CORDON_OP_JGE_K : CORDON_OP_JGT_K,
         numbers[count / 2], 0, 1);
    uint32_t jump = emit(writer, CORDON_OP_JA, 0, 0, 0);
    uint32_t middle = count / 2 + (writer->insns[jump - 1].code == CORDON_OP_JGT_K);
    write_tree(writer, numbers, middle);
    writer->insns[jump].k = writer->length - jump - 1;
    write_tree(writer, numbers + middle, count - middle);
}

/* Ascending numbers with gaps and runs. */
static uint32_t pick_numbers(struct random *random, uint32_t base, uint32_t *numbers)
{
    uint32_t count = random_under(random, NUMBERS), at = base + random_under(random, 8);
    for (uint32_t i = 0; i < count; i++) {
        numbers[i] = at;
        at += random_under(random, 2) ? 1 : 1 + random_under(random, 24);
    }
    return count;
}

static void write_numbers(struct writer *writer, uint32_t base)
{
    struct random *random = writer->random;
    uint32_t numbers[NUMBERS], count = pick_numbers(random, base, numbers);
    if (random_under(random, 2)) {
        write_tree(writer, numbers, count);
        return;
    }
    bool descending = random_under(random, 2), shuffled = !random_under(random, 4);
    for (uint32_t i = 0; i < count; i++)
        write_named(writer, numbers[shuffled     ? random_under(random, count)
                                    : descending ? count - 1 - i
                                                 : i]);
    emit(writer, CORDON_OP_RET_K, writer->fallback, 0, 0);
}

/* Numbers of one architecture; for x86_64 in one of the ways of distinguishing x32. */
static void write_arch(struct writer *writer, uint32_t arch)
{
    struct random *random = writer->random;
    emit(writer, CORDON_OP_LD_WORD, 0, 0, 0);
    if (arch != arches[0] || !random_under(random, 3)) {
        write_numbers(writer, 0);
        return;
    }
    switch (random_under(random, 4)) {
    case 0:
        emit(writer, CORDON_OP_JGE_K, CORDON_X32_BIT, 0, 1);
        emit(writer, CORDON_OP_RET_K, random_action(random), 0, 0);
        break;
    case 1:
        emit(writer, CORDON_OP_JSET_K, CORDON_X32_BIT, 0, 1);
        emit(writer, CORDON_OP_RET_K, random_action(random), 0, 0);
        break;
    case 2:
        emit(writer, CORDON_OP_AND_K, ~CORDON_X32_BIT, 0, 0);
        break;
    default: {
        emit(writer, CORDON_OP_JGE_K, CORDON_X32_BIT, 0, 1);
        uint32_t jump = emit(writer, CORDON_OP_JA, 0, 0, 0);
        write_numbers(writer, 0);
        writer->insns[jump].k = writer->length - jump - 1;
        write_numbers(writer, CORDON_X32_BIT);
        return;
    }
    }
    write_numbers(writer, 0);
}

uint32_t random_filter(struct random *random, struct cordon_insn *insns)
{
    struct writer writer = {.random = random, .insns = insns};
    writer.fallback = random_action(random);
    writer.action = random_action(random);
    uint32_t count = random_under(random, 4);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t arch = arches[i ? random_under(random, sizeof arches / sizeof *arches) : 0];
        emit(&writer, CORDON_OP_LD_WORD, 4, 0, 0);
        emit(&writer, CORDON_OP_JEQ_K, arch, 1, 0);
        uint32_t jump = emit(&writer, CORDON_OP_JA, 0, 0, 0);
        write_arch(&writer, arch);
        writer.insns[jump].k = writer.length - jump - 1;
    }
    emit(&writer, CORDON_OP_RET_K, random_action(random), 0, 0);
    return writer.length;
}

/* Most arithmetic becomes and, or, xor, which keep bits of the number unchanged. */
static uint16_t bitwise(struct random *random, uint16_t code)
{
    static const uint16_t codes[2][3] = {{CORDON_OP_AND_K, CORDON_OP_OR_K, CORDON_OP_XOR_K},
                                         {CORDON_OP_AND_X, CORDON_OP_OR_X, CORDON_OP_XOR_X}};
    switch (code) {
    case CORDON_OP_ADD_K:
    case CORDON_OP_SUB_K:
    case CORDON_OP_MUL_K:
    case CORDON_OP_DIV_K:
    case CORDON_OP_ADD_X:
    case CORDON_OP_SUB_X:
    case CORDON_OP_MUL_X:
        return codes[isa_find(code)->operand == OPERAND_X][random_under(random, 3)];
    case CORDON_OP_RET_K:
        return CORDON_OP_RET_A;
    default:
        return code;
    }
}

uint32_t random_number_program(struct random *random, struct cordon_insn *insns, uint32_t room)
{
    uint32_t length = random_program(random, insns, room);
    if (length > 1 && random_under(random, 4))
        insns[0] = (struct cordon_insn){CORDON_OP_LD_WORD, 0, 0, 0};
    for (uint32_t i = 0; i < length; i++) {
        struct cordon_insn *insn = &insns[i];
        const enum operand operand = (enum operand)isa_find(insn->code)->operand;
        if (insn->code == CORDON_OP_LD_WORD && random_under(random, 4))
            insn->k = random_under(random, 4) ? 0 : 4;
        else if ((operand == OPERAND_K || operand == OPERAND_X) && random_under(random, 3))
            insn->code = bitwise(random, insn->code);
        if (operand == OPERAND_BRANCH_K && random_under(random, 2))
            insn->k = random_under(random, 500);
        if (insn->code == CORDON_OP_RET_K && random_under(random, 2))
            insn->k = random_action(random);
    }
    struct cordon_program program;
    struct cordon_fault fault;
    while (!cordon_program_verify(&program, insns, length, &fault))
        insns[fault.insn].code =
            CORDON_OP_ST; /* a load of an unwritten word, after the first instruction was changed */
    return length;
}

struct cordon_data random_number_call(struct random *random, const struct cordon_program *stack,
                                      uint32_t depth)
{
    static const uint32_t numbers[] = {0,   334, 335,         336,         337,
                                       511, 512, 0x7fffffffu, 0x80000000u, 0xffffffffu};
    const struct cordon_program *one = &stack[random_under(random, depth)];
    struct cordon_data data = random_call(random, one->insns, one->length);
    uint32_t *nr = &data.word[CORDON_WORD_NR], kind = random_under(random, 8);
    if (kind < 3)
        *nr = random_under(random, 600);
    else if (kind == 3)
        *nr = numbers[random_under(random, sizeof numbers / sizeof *numbers)];
    else if (kind == 4)
        *nr = random_bits(random);
    if (!random_under(random, 6))
        *nr ^= CORDON_X32_BIT;
    if (random_under(random, 8))
        data.word[CORDON_WORD_ARCH] =
            arches[random_under(random, 3) ? 0
                                           : random_under(random, sizeof arches / sizeof *arches)];
    for (int i = CORDON_WORD_IP; i < CORDON_WORDS; i++)
        if (random_under(random, 2))
            data.word[i] = random_under(random, 4);
    return data;
}

struct cordon_outcome interpret_stack(const struct cordon_program *stack, uint32_t depth,
                                      const struct cordon_data *data)
{
    struct cordon_outcome best = {0x7fff0000u, CORDON_NO_FILTER};
    if (data->word[1] == 0xc000003eu && (data->word[0] == 335 || data->word[0] == 336))
        return best;
    for (uint32_t i = depth; i-- > 0;) {
        uint32_t value = cordon_program_run(&stack[i], data).value;
        if ((int32_t)(value & 0xffff0000u) < (int32_t)(best.value & 0xffff0000u))
            best = (struct cordon_outcome){value, i};
    }
    return best;
}
