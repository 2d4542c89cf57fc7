/* SPDX-License-Identifier: MIT */
/*
 * lexer.h: a policy text as tokens.
 *
 * A statement ends with its line, unless the line ends with a comma or an operator, or a bracket is
 * open.
 */
#ifndef POLICY_LEXER_H
#define POLICY_LEXER_H

#include <stdbool.h>
#include <stdint.h>

#include "cordon/diag.h"

enum token_kind {
    TOKEN_END,     /* of the text */
    TOKEN_NEWLINE, /* end of a statement */
    TOKEN_WORD,    /* name or keyword */
    TOKEN_GROUP,   /* @name */
    TOKEN_NUMBER,
    TOKEN_VERSION, /* a version: 6.12 as CORDON_LINUX(6, 12) */
    TOKEN_STRING,
    TOKEN_PUNCT,  /* one character, or one of the pairs below as its first character | 0x80 */
    TOKEN_INVALID /* already reported */
};

enum {
    PAIR = 0x80,
    OP_EQ = '=' | PAIR,
    OP_NE = '!' | PAIR,
    OP_LE = '<' | PAIR,
    OP_GE = '>' | PAIR,
    OP_SHIFT = 's' | PAIR,
    OP_DOTS = '.' | PAIR
};

struct token {
    enum token_kind kind;
    int punct;
    const char *text; /* into the source; a string without its quotes */
    uint32_t length;
    uint64_t number;
    struct cordon_place place;
};

struct lexer {
    const char *file;
    const char *text;
    uint32_t length;
    uint32_t at;
    uint32_t line, line_start;
    uint32_t depth;      /* of open parentheses: newlines don't count inside */
    bool goes_on;        /* the last token needs an operand: newlines don't count */
    const char *problem; /* why the token is invalid */
};

void lexer_start(struct lexer *lexer, const char *file, const char *text, uint32_t length);
struct token lexer_next(struct lexer *lexer);

#endif
