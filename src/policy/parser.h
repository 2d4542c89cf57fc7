/* SPDX-License-Identifier: MIT */
/*
 * parser.h: shared by the parts of the parser: tokens and errors (parser.c), statements (parse.c),
 * conditions and constant expressions (parse_cond.c), texts and includes (read.c).
 */
#ifndef POLICY_PARSER_H
#define POLICY_PARSER_H

#include <string.h>

#include "lexer.h"
#include "room.h"

/* The place of a statement that isn't a rule: that of the outermost text counts. */
enum { STATED_ARCH, STATED_DEFAULT, STATED_BAD_ARCH, STATED_NEWER, STATED_COUNT };

struct parser {
    struct cordon_policy *policy;
    struct cordon_reporter *reporter;
    const struct cordon_loader *loader; /* NULL: none */
    struct lexer lexer;
    struct token token;               /* the current one */
    uint32_t include_depth;           /* 0: the policy itself */
    uint32_t bracket_depth;           /* of conditions and expressions */
    uint32_t block_abis;              /* of `on … {`, 0 outside */
    bool failed;                      /* an error of the current statement was reported */
    enum cordon_error error;          /* the first one */
    uint32_t stated_at[STATED_COUNT]; /* include depth + 1; 0: nowhere */
};

void parser_advance(struct parser *parser);

/* Asked of most tokens, with a constant, so these are inline. */
static inline bool parser_is_punct(const struct parser *parser, int punct)
{
    return parser->token.kind == TOKEN_PUNCT && parser->token.punct == punct;
}

static inline bool parser_is_word(const struct parser *parser, const char *word)
{
    const struct token *token = &parser->token;
    return token->kind == TOKEN_WORD && strlen(word) == token->length &&
           !memcmp(token->text, word, token->length);
}

/* Takes the next token if it is this one; otherwise false. */
static inline bool parser_take_punct(struct parser *parser, int punct)
{
    bool is = parser_is_punct(parser, punct);
    if (is)
        parser_advance(parser);
    return is;
}

static inline bool parser_take_word(struct parser *parser, const char *word)
{
    bool is = parser_is_word(parser, word);
    if (is)
        parser_advance(parser);
    return is;
}

/* Takes the token, or reports that it is missing. */
bool parser_expect(struct parser *parser, int punct, const char *what);

/* Reports an error and marks the statement as failed. `hint` may be NULL. */
void parser_error(struct parser *parser, enum cordon_error code, struct cordon_place place,
                  const char *hint, const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Reports "expected …, found …" at the current token. */
void parser_unexpected(struct parser *parser, const char *expected);
/* Memory from the policy's arena; NULL is reported. */
void *parser_alloc(struct parser *parser, size_t size);
char *parser_copy(struct parser *parser, const char *text, size_t length);

/* "did you mean …?" for a name, from `count` candidates; empty if none is near. */
void suggest_name(char *hint, size_t room, const char *name, uint32_t length, uint32_t count,
                  const char *(*nth)(uint32_t index));

const struct cordon_cond *parse_condition(struct parser *parser);

/* Parses all statements of the text in parser->lexer. */
void parse_statements(struct parser *parser);
/* Reads and parses an included text in place. */
void read_include(struct parser *parser, const char *name, struct cordon_place place);

#endif
