/* SPDX-License-Identifier: MIT */
/*
 * opcode.h: the opcodes of seccomp programs, an enumerator per row of isa.def, and predicates on
 * them.
 *
 * An opcode is a class in its low three bits; in arithmetic and jumps, bit 3 selects X instead of k
 * as the operand and the high four bits are the operation. The predicates take any 16-bit value;
 * what they answer for a value that is no opcode has no meaning.
 *
 * Freestanding. Thread safety: functions of their arguments.
 */
#ifndef CORDON_OPCODE_H
#define CORDON_OPCODE_H

#include <stdbool.h>
#include <stdint.h>

#include "cordon/api.h"

CORDON_BEGIN

enum cordon_opcode {
#define CORDON_OPCODE(code, name, mnemonic, operand, check, meaning) CORDON_OP_##name = code,
#include "cordon/isa.def"
#undef CORDON_OPCODE
};

enum cordon_opcode_class {
    CORDON_CLASS_LD,
    CORDON_CLASS_LDX,
    CORDON_CLASS_ST,
    CORDON_CLASS_STX,
    CORDON_CLASS_ALU,
    CORDON_CLASS_JMP, /* conditional or not */
    CORDON_CLASS_RET,
    CORDON_CLASS_MISC /* TAX and TXA */
};

#define CORDON_OPERAND_X 0x08u /* of arithmetic and conditional jumps: the operand is X, not k */

static inline enum cordon_opcode_class cordon_opcode_class(uint16_t code)
{
    return (enum cordon_opcode_class)(code & 7u);
}

static inline bool cordon_opcode_is_return(uint16_t code)
{
    return cordon_opcode_class(code) == CORDON_CLASS_RET;
}

/* Conditional jumps only. */
static inline bool cordon_opcode_is_branch(uint16_t code)
{
    return cordon_opcode_class(code) == CORDON_CLASS_JMP && code != CORDON_OP_JA;
}

/* Is X the operand of an arithmetic instruction or a conditional jump? */
static inline bool cordon_opcode_uses_x(uint16_t code)
{
    return (cordon_opcode_class(code) == CORDON_CLASS_ALU || cordon_opcode_is_branch(code)) &&
           (code & CORDON_OPERAND_X);
}

/* The opcode of the same arithmetic or comparison with k as the operand. */
static inline uint16_t cordon_opcode_with_k(uint16_t code)
{
    return (uint16_t)(code & ~CORDON_OPERAND_X);
}

/* The same with X. */
static inline uint16_t cordon_opcode_with_x(uint16_t code)
{
    return (uint16_t)(code | CORDON_OPERAND_X);
}

CORDON_END

#endif
