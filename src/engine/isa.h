/* SPDX-License-Identifier: MIT */
/* isa.h: isa.def as a table indexed by opcode. Private to the engine. */
#ifndef ENGINE_ISA_H
#define ENGINE_ISA_H

#include <stdint.h>

enum operand {
    OPERAND_NONE,
    OPERAND_K,
    OPERAND_X,
    OPERAND_WORD,
    OPERAND_MEM,
    OPERAND_LEN,
    OPERAND_A,
    OPERAND_JUMP,
    OPERAND_BRANCH_K,
    OPERAND_BRANCH_X
};

enum check {
    CHECK_NOTHING,
    CHECK_WORD,     /* k is a word of seccomp_data */
    CHECK_LOAD,     /* k < 16, and M[k] was written on every path */
    CHECK_STORE,    /* k < 16 */
    CHECK_NOT_ZERO, /* k != 0 */
    CHECK_BELOW_32, /* k < 32 */
    CHECK_JUMP,     /* the target is in the program */
    CHECK_BRANCH,   /* both targets are in the program */
    CHECK_RETURN    /* may be the last instruction */
};

struct isa_row {
    uint16_t code;
    uint8_t operand; /* enum operand */
    uint8_t check;   /* enum check */
    char mnemonic[8];
};

#define ISA_ROWS 41

extern const struct isa_row isa_rows[ISA_ROWS];

/* The row of an opcode, or a null pointer. */
const struct isa_row *isa_find(uint16_t code);

#endif
