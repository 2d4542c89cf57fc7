/* SPDX-License-Identifier: MIT */
/*
 * seccomp_tools_asm.h: the assembler of seccomp-tools: words and numbers (seccomp_tools_words.c),
 * statements (seccomp_tools_statements.c), labels and jumps (seccomp_tools_asm.c).
 */
#ifndef PROGRAMS_SECCOMP_TOOLS_ASM_H
#define PROGRAMS_SECCOMP_TOOLS_ASM_H

#include "readers.h"
#include "words.h"

struct statement {
    struct cordon_insn insn;
    struct word yes, no; /* labels that it jumps to; without text: none, or the next */
};

struct sasm {
    const struct reading *reading; /* NULL: errors aren't reported */
    const char *at, *end;
    const struct cordon_abi *abi; /* for names */
    struct statement *statements; /* ROOM of them */
    struct label *labels;         /* MAX_LABELS of them */
    uint32_t count, label_count;
    bool failed;
};

#define MAX_LABELS (2 * CORDON_MAX_INSNS)

/* Reports the first error of a text; returns false. */
bool sasm_refuse(struct sasm *sasm, const char *at, uint32_t length, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool sasm_expected(struct sasm *sasm, const char *what);

/* Skips the next token if it is this one. */
bool sasm_take(struct sasm *sasm, const char *punct);
/* Keywords match in any case. */
bool sasm_take_word(struct sasm *sasm, const char *text);
/* The next word, which may be empty. */
struct word sasm_peek(struct sasm *sasm);
/* Skips blanks, newlines and comments; is there more text? */
bool sasm_has_more(struct sasm *sasm);

/* Decimal, or hexadecimal with 0x: 32 bits. */
bool sasm_digits(struct word word, bool negative, uint32_t *value);
/* Takes a number, a call or an architecture, with or without parentheses; false: reported. */
bool sasm_number(struct sasm *sasm, uint32_t *value);

/* Reads a statement without its labels; false: reported. */
bool sasm_statement(struct sasm *sasm, struct statement *statement);
/* Reads the action or number after `return`; false: reported. */
bool sasm_return(struct sasm *sasm, struct cordon_insn *insn);

#endif
