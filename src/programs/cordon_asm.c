/* SPDX-License-Identifier: MIT */
/* cordon_asm.c: reads cordon's assembler: one instruction per line, as cordon_insn_print()
 * writes them. */
#include <string.h>

#include "readers.h"

/* The first word that isn't a comment is a mnemonic, or the first line's index. */
bool cordon_asm_begins(const char *text, const char *end)
{
    static const char *const words[] = {"ld ",  "ldx ",  "ret ", "ja ",  "jeq ", "jgt ",
                                        "jge ", "jset ", "st ",  "stx ", "tax",  "txa",
                                        "raw ", "neg",   "0:",   "0000"};
    const char *at = skip_comments(text, end);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i]);
        if ((size_t)(end - at) > length && !memcmp(at, words[i], length))
            return true;
    }
    return false;
}

static bool read_insn(void *context, struct cordon_insn *insn, uint32_t index, const char **at,
                      const char *end)
{
    (void)context;
    uint32_t wrong = 0;
    *at = skip_index(*at, end);
    if (cordon_insn_parse(insn, *at, (uint32_t)(end - *at), index, &wrong))
        return true;
    *at += wrong;
    return false;
}

enum cordon_error cordon_asm_read(struct reading *reading)
{
    return read_lines(reading, reading->text, reading->end, read_insn, NULL);
}
