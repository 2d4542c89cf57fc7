/* SPDX-License-Identifier: MIT */
/* random_program.c: writes random programs front to back, mostly by the verifier's rules. */
#include "random_program.h"

#include <string.h>

#include "isa.h"

uint32_t random_bits(struct random *random)
{
    random->state += 0x9e3779b97f4a7c15u; /* splitmix64 */
    uint64_t z = random->state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ z >> 31) >> 32);
}

uint32_t random_under(struct random *random, uint32_t bound)
{
    return (uint32_t)((uint64_t)random_bits(random) * bound >> 32);
}

/* A value at which behaviour may change: small ones, powers of two, the ends, action values. */
static uint32_t random_constant(struct random *random)
{
    static const uint32_t values[] = {0,          1,          2,          3,          4,
                                      15,         16,         31,         32,         63,
                                      64,         255,        0xffff,     0x10000,    0x7fffffff,
                                      0x80000000, 0xffffffff, 0xfffffffe, 0x7fff0000, 0x40000000,
                                      0xc000003e, 0x40000003};
    switch (random_under(random, 4)) {
    case 0:
        return random_bits(random);
    case 1:
        return 1u << random_under(random, 32);
    default:
        return values[random_under(random, sizeof values / sizeof *values)];
    }
}

/* A constant that passes the row's check, with `left` instructions after this one. */
static uint32_t sound_constant(struct random *random, const struct isa_row *row, uint32_t left)
{
    switch ((enum check)row->check) {
    case CHECK_WORD:
        return 4 * random_under(random, CORDON_WORDS);
    case CHECK_LOAD:
    case CHECK_STORE:
        return random_under(random, 3) ? random_under(random, 4) : random_under(random, 16);
    case CHECK_NOT_ZERO: {
        uint32_t k = random_constant(random);
        return k ? k : 7;
    }
    case CHECK_BELOW_32:
        return random_under(random, 32);
    case CHECK_JUMP:
        return random_under(random, left < 6 ? left : 6);
    default:
        return random_constant(random);
    }
}

static uint8_t sound_offset(struct random *random, uint32_t left)
{
    uint32_t reach = random_under(random, 8) ? 6 : 256;
    return (uint8_t)random_under(random, left < reach ? left : reach);
}

/* One instruction with `left` after it. The last one is a return, and jumps are rarer near the
 * end. */
static struct cordon_insn sound_insn(struct random *random, uint32_t left)
{
    for (;;) {
        const struct isa_row *row = &isa_rows[random_under(random, ISA_ROWS)];
        bool jumps = row->check == CHECK_JUMP || row->check == CHECK_BRANCH;
        bool returns = row->check == CHECK_RETURN;
        if (left == 0 ? !returns : returns && random_under(random, 8))
            continue;
        if (row->check == CHECK_WORD && left == 0)
            continue;
        struct cordon_insn insn = {.code = row->code, .k = sound_constant(random, row, left)};
        if (jumps && row->check == CHECK_BRANCH) {
            insn.jt = sound_offset(random, left);
            insn.jf = sound_offset(random, left);
        }
        return insn;
    }
}

uint32_t random_program(struct random *random, struct cordon_insn *insns, uint32_t room)
{
    uint32_t length =
        1 + random_under(random, random_under(random, 16) ? (room < 24 ? room : 24) : room);
    for (uint32_t i = 0; i < length; i++)
        insns[i] = sound_insn(random, length - i - 1);
    /* Fixes the data flow: a load of an unwritten word becomes a store. */
    struct cordon_program program;
    struct cordon_fault fault;
    while (!cordon_program_verify(&program, insns, length, &fault))
        insns[fault.insn].code = random_under(random, 2) ? CORDON_OP_ST : CORDON_OP_STX;
    return length;
}

static void mutate_field(struct random *random, struct cordon_insn *insn)
{
    switch (random_under(random, 6)) {
    case 0:
        insn->code = (uint16_t)random_bits(random);
        break;
    case 1:
        insn->code ^= (uint16_t)(1u << random_under(random, 9));
        break;
    case 2:
        insn->code = isa_rows[random_under(random, ISA_ROWS)].code;
        break;
    case 3:
        insn->k = random_constant(random);
        break;
    case 4:
        insn->k ^= 1u << random_under(random, 32);
        break;
    default:
        insn->jt = (uint8_t)random_bits(random);
        insn->jf = (uint8_t)random_under(random, 16);
    }
}

uint32_t random_mutation(struct random *random, struct cordon_insn *insns, uint32_t length,
                         uint32_t room)
{
    for (uint32_t changes = 1 + random_under(random, 3); changes > 0 && length > 0; changes--) {
        uint32_t at = random_under(random, length);
        uint32_t kind = random_under(random, 8);
        if (kind == 0) {
            memmove(&insns[at], &insns[at + 1], (length - at - 1) * sizeof *insns);
            length--;
        } else if (kind == 1 && length < room) {
            memmove(&insns[at + 1], &insns[at], (length - at) * sizeof *insns);
            length++;
            mutate_field(random, &insns[at]);
        } else {
            mutate_field(random, &insns[at]);
        }
    }
    return length;
}

struct cordon_data random_call(struct random *random, const struct cordon_insn *insns,
                               uint32_t length)
{
    struct cordon_data data;
    for (int i = 0; i < CORDON_WORDS; i++) {
        uint32_t from_program = insns[random_under(random, length)].k;
        switch (random_under(random, 4)) {
        case 0:
            data.word[i] = random_constant(random);
            break;
        case 1:
            data.word[i] = from_program + random_under(random, 3) - 1;
            break;
        default:
            data.word[i] = from_program;
        }
    }
    return data;
}
