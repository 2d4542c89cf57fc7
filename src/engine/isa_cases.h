/* SPDX-License-Identifier: MIT */
/*
 * isa_cases.h: the cases of a switch over opcodes with the meanings of isa.def, for inclusion in a
 * switch. The including file defines WORD_AT, JUMP, BRANCH and RETURN for its machine.
 */
#define CORDON_OPCODE(code, name, mnemonic, operand, check, meaning)                               \
    case code:                                                                                     \
        meaning;                                                                                   \
        break;
#include "cordon/isa.def"
#undef CORDON_OPCODE
