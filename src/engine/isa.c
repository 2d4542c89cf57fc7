/* SPDX-License-Identifier: MIT */
/* isa.c: the table of opcodes, from isa.def. */
#include "isa.h"

#include <stddef.h>

const struct isa_row isa_rows[ISA_ROWS] = {
#define CORDON_OPCODE(code, name, mnemonic, operand, check, meaning)                               \
    {code, OPERAND_##operand, CHECK_##check, mnemonic},
#include "cordon/isa.def"
#undef CORDON_OPCODE
};

/* The row number of each opcode, plus one; all opcodes are below 256. */
static const uint8_t row_of[256] = {
#define CORDON_OPCODE(code, name, mnemonic, operand, check, meaning) [code] = __COUNTER__ + 1,
#include "cordon/isa.def"
#undef CORDON_OPCODE
};

const struct isa_row *isa_find(uint16_t code)
{
    if (code > 0xff || row_of[code] == 0)
        return NULL;
    return &isa_rows[row_of[code] - 1];
}
