/* SPDX-License-Identifier: MIT */
/* lexer.c: splits a text into tokens. */
#include "lexer.h"

#include <string.h>

void lexer_start(struct lexer *lexer, const char *file, const char *text, uint32_t length)
{
    *lexer = (struct lexer){.file = file, .text = text, .length = length, .line = 1};
}

static int peek(const struct lexer *lexer, uint32_t ahead)
{
    uint32_t at = lexer->at + ahead;
    return at < lexer->length ? (unsigned char)lexer->text[at] : -1;
}

static bool is_letter(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static void skip_blanks(struct lexer *lexer)
{
    bool inside = lexer->depth > 0 || lexer->goes_on;
    for (;;) {
        int c = peek(lexer, 0);
        if (c == '#') {
            while (peek(lexer, 0) != '\n' && peek(lexer, 0) != -1)
                lexer->at++;
        } else if (c == '\\' && peek(lexer, 1) == '\n') {
            lexer->at += 2;
            lexer->line++;
            lexer->line_start = lexer->at;
        } else if (c == '\n' && inside) {
            lexer->at++;
            lexer->line++;
            lexer->line_start = lexer->at;
        } else if (c == ' ' || c == '\t' || c == '\r') {
            lexer->at++;
        } else {
            return;
        }
    }
}

static uint32_t digit_of(int c)
{
    if (is_digit(c))
        return (uint32_t)(c - '0');
    int lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? (uint32_t)(lower - 'a' + 10) : UINT32_MAX;
}

static uint32_t base_of(struct lexer *lexer)
{
    int second = peek(lexer, 1) | 0x20;
    if (peek(lexer, 0) != '0')
        return 10;
    if (second == 'x' || second == 'b') {
        lexer->at += 2;
        return second == 'x' ? 16 : 2;
    }
    return is_digit(peek(lexer, 1)) ? 8 : 10;
}

/* 6.12: the rest of a Linux version. */
static void lex_version(struct lexer *lexer, struct token *token)
{
    token->kind = TOKEN_VERSION;
    uint64_t minor = 0;
    for (lexer->at++; is_digit(peek(lexer, 0)); lexer->at++)
        minor = minor < 1000 ? minor * 10 + digit_of(peek(lexer, 0)) : minor;
    if (token->number > 255 || minor > 255) {
        token->kind = TOKEN_INVALID;
        lexer->problem = "not a version of Linux";
    }
    token->number = token->number << 8 | minor;
}

/* Decimal, 0x hexadecimal, 0b binary, 0 octal. */
static void lex_number(struct lexer *lexer, struct token *token)
{
    token->kind = TOKEN_NUMBER;
    uint32_t base = base_of(lexer), start = lexer->at;
    for (; digit_of(peek(lexer, 0)) < base; lexer->at++) {
        uint32_t digit = digit_of(peek(lexer, 0));
        if (token->number > (UINT64_MAX - digit) / base) {
            token->kind = TOKEN_INVALID;
            lexer->problem = "the number does not fit in 64 bits";
        } else {
            token->number = token->number * base + digit;
        }
    }
    if (base == 10 && peek(lexer, 0) == '.' && is_digit(peek(lexer, 1)))
        lex_version(lexer, token);
    bool garbage = is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0));
    while (is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0)))
        lexer->at++;
    if (garbage || lexer->at == start) {
        token->kind = TOKEN_INVALID;
        lexer->problem = "not a number";
    }
}

static void lex_word(struct lexer *lexer, struct token *token)
{
    token->kind = TOKEN_WORD;
    while (is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0)))
        lexer->at++;
    token->length = (uint32_t)(lexer->text + lexer->at - token->text);
}

static void lex_group(struct lexer *lexer, struct token *token)
{
    token->kind = TOKEN_GROUP;
    lexer->at++;
    while (is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0)) || peek(lexer, 0) == '-')
        lexer->at++;
}

static void lex_string(struct lexer *lexer, struct token *token)
{
    token->kind = TOKEN_STRING;
    lexer->at++;
    while (peek(lexer, 0) != '"') {
        if (peek(lexer, 0) == -1 || peek(lexer, 0) == '\n') {
            token->kind = TOKEN_INVALID;
            lexer->problem = "unterminated string";
            return;
        }
        lexer->at++;
    }
    lexer->at++;
}

static void lex_punct(struct lexer *lexer, struct token *token)
{
    static const struct {
        char text[3];
        int punct;
    } pairs[] = {{"==", OP_EQ}, {"!=", OP_NE},    {"<=", OP_LE},
                 {">=", OP_GE}, {"<<", OP_SHIFT}, {"..", OP_DOTS}};
    token->kind = TOKEN_PUNCT;
    int c = peek(lexer, 0), next = peek(lexer, 1);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (pairs[i].text[0] == c && pairs[i].text[1] == next) {
            token->punct = pairs[i].punct;
            lexer->at += 2;
            return;
        }
    lexer->at++;
    token->punct = c;
    if (!strchr("(){},:&|^~<>+-*", c) || c == 0) {
        token->kind = TOKEN_INVALID;
        lexer->problem = "unexpected character";
    }
}

/* Newlines don't count inside parentheses. They count inside a block's braces, which follow `on
 * …` and hold statements. */
static void track(struct lexer *lexer, const struct token *token)
{
    int c = token->kind == TOKEN_PUNCT ? token->punct : 0;
    if (c == '(')
        lexer->depth++;
    else if (c == ')' && lexer->depth > 0)
        lexer->depth--;
    lexer->goes_on = c == ',' || (c && lexer->depth == 0 && strchr("|&", c));
}

struct token lexer_next(struct lexer *lexer)
{
    skip_blanks(lexer);
    struct token token = {.text = lexer->text + lexer->at};
    token.place =
        (struct cordon_place){lexer->file, lexer->line, lexer->at - lexer->line_start + 1, 1};
    int c = peek(lexer, 0);
    uint32_t start = lexer->at;
    if (c == -1) {
        token.kind = TOKEN_END;
        return token;
    }
    if (c == '\n') {
        token.kind = TOKEN_NEWLINE;
        lexer->at++;
        lexer->line++;
        lexer->line_start = lexer->at;
        return token;
    }
    if (is_letter(c))
        lex_word(lexer, &token);
    else if (is_digit(c))
        lex_number(lexer, &token);
    else if (c == '@')
        lex_group(lexer, &token);
    else if (c == '"')
        lex_string(lexer, &token);
    else
        lex_punct(lexer, &token);
    token.length = token.place.length = lexer->at - start;
    if (token.kind == TOKEN_STRING) {
        token.text++;
        token.length -= 2;
    }
    track(lexer, &token);
    return token;
}
