/* SPDX-License-Identifier: MIT */
/* sasm.h: seccomp-tools' assembler: words and numbers (sasm_words.c), statements and jumps
 * (sasm.c). */
#ifndef CLI_SASM_H
#define CLI_SASM_H

#include "foreign_asm.h"

struct word {
    const char *text;
    uint32_t length;
};

struct statement {
    struct cordon_insn insn;
    struct word yes, no; /* where it jumps; no text: it doesn't, or to the next */
};

struct label {
    struct word name;
    uint32_t at;
};

struct sasm {
    const char *name, *text, *at, *end;
    const struct cordon_abi *abi;
    struct statement *statements;
    struct label *labels;
    uint32_t count, label_count;
    bool failed;
};

#define MAX_LABELS (2 * CORDON_MAX_INSNS)

/* Reports the first time; false. */
bool sasm_refuse(struct sasm *sasm, const char *at, uint32_t length, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool sasm_expected(struct sasm *sasm, const char *what);

/* Behind blanks, newlines and comments. */
const char *sasm_skip(const char *at, const char *end);
bool sasm_take(struct sasm *sasm, const char *punct);
/* The word at hand, which may be empty; keywords are in any case. */
struct word sasm_peek(struct sasm *sasm);
bool sasm_is(struct word word, const char *text);
bool sasm_take_word(struct sasm *sasm, const char *text);

/* Decimal, or hexadecimal behind 0x: 32 bits. */
bool sasm_digits(struct word word, bool negative, uint32_t *value);
/* A number, a call or an architecture, in brackets or not; false: reported. */
bool sasm_number(struct sasm *sasm, uint32_t *value);

#endif
