/* SPDX-License-Identifier: MIT */
/* lex.c: splits a minijail policy into words. A statement is a line, and continues after a
 * backslash at its end. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "minijail.h"

/* ---- reporting ---- */

void mini_error(struct mini *mini, enum cordon_error code, struct cordon_place place,
                const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    reading_error(mini->tree, &mini->failed, code, place, hint, format, args);
    va_end(args);
}

void mini_unexpected(struct mini *mini, const char *expected)
{
    const struct mini_token *token = &mini->token;
    if (token->kind == MINI_END)
        mini_error(mini, CORDON_E_SYNTAX, token->place, NULL,
                   "expected %s, found the end of the line", expected);
    else
        mini_error(mini, CORDON_E_SYNTAX, token->place, NULL, "expected %s, found \"%.*s\"",
                   expected, READING_WORD(token->text, token->length));
}

bool mini_is(const struct mini *mini, int punct)
{
    return mini->token.kind == MINI_PUNCT && mini->token.punct == punct;
}

bool mini_is_word(const struct mini *mini, const char *word)
{
    const struct mini_token *token = &mini->token;
    return token->kind == MINI_WORD && strlen(word) == token->length &&
           !memcmp(word, token->text, token->length);
}

bool mini_take(struct mini *mini, int punct)
{
    bool is = mini_is(mini, punct);
    if (is)
        mini_advance(mini);
    return is;
}

bool mini_expect(struct mini *mini, int punct, const char *what)
{
    if (mini_take(mini, punct))
        return true;
    mini_unexpected(mini, what);
    return false;
}

void mini_is_compilers(struct mini *mini)
{
    mini->meaning = mini->meaning ? mini->meaning : MINI_COMPILER;
}

/* ---- blanks ---- */

static bool ends_line(const struct reading *reading, uint32_t ahead)
{
    int c = reading_peek(reading, ahead);
    return c == '\n' || c == -1 || (c == '\r' && reading_peek(reading, ahead + 1) == '\n');
}

/* A backslash in a comment continues it on the next line in libminijail only. */
static void skip_comment(struct mini *mini)
{
    struct reading *reading = &mini->reading;
    uint32_t start = reading->at;
    mini->comment = true;
    while (!ends_line(reading, 0))
        reading_take(reading);
    if (reading->text[reading->at - 1] != '\\' || reading_peek(reading, 0) == -1)
        return;
    struct cordon_place place = reading_place(reading, start, reading->at - start);
    mini_error(mini, CORDON_E_MEANING, place, "remove the backslash",
               "this comment ends with a backslash: libminijail skips the next line, "
               "compile_seccomp_policy reads it");
}

static void skip_blanks(struct mini *mini)
{
    struct reading *reading = &mini->reading;
    for (;;) {
        int c = reading_peek(reading, 0);
        if (c == '\\' && ends_line(reading, 1)) {
            reading_take(reading);
            while (reading_peek(reading, 0) == '\r')
                reading_take(reading);
            if (reading_peek(reading, 0) == '\n')
                reading_take(reading);
        } else if (c == ' ' || c == '\t' || c == '\r') {
            reading_take(reading);
        } else if (c == '#') {
            skip_comment(mini);
        } else {
            return;
        }
    }
}

bool mini_next_statement(struct mini *mini)
{
    struct reading *reading = &mini->reading;
    mini->failed = false;
    for (;;) {
        skip_blanks(mini);
        if (reading_peek(reading, 0) == -1)
            return false;
        if (reading_peek(reading, 0) != '\n')
            break;
        reading_take(reading);
    }
    mini->comment = mini->returns = false;
    mini_advance(mini);
    return true;
}

/* ---- words ---- */

static void lex_number(struct mini *mini, struct mini_token *token)
{
    struct reading *reading = &mini->reading;
    bool negative = token->text[0] == '-';
    if (negative)
        reading_take(reading);
    while (reading_is_letter(reading_peek(reading, 0)) ||
           reading_is_digit(reading_peek(reading, 0)))
        reading_take(reading);
    token->kind = MINI_NUMBER;
    token->length = (uint32_t)(reading->text + reading->at - token->text);
    const char *why =
        reading_number(token->text + negative, token->length - negative, &token->number);
    if (!why && token->length > negative + 1u && (token->text[negative + 1] | 0x20) == 'b')
        why = "minijail has no binary numbers";
    if (!why && negative && token->number > UINT64_C(1) << 63)
        why = "the number does not fit in 64 bits";
    if (negative)
        token->number = 0 - token->number;
    if (!why)
        return;
    token->kind = MINI_INVALID;
    token->place.length = token->length;
    mini_error(mini, CORDON_E_RANGE, token->place, NULL, "%s", why);
}

static void lex_word(struct reading *reading, struct mini_token *token)
{
    token->kind = token->text[0] == '@' ? MINI_COMMAND : MINI_WORD;
    reading_take(reading);
    for (int c; c = reading_peek(reading, 0),
                reading_is_letter(c) || reading_is_digit(c) || c == '-' || c == '@';)
        reading_take(reading);
}

static void lex_punct(struct mini *mini, struct mini_token *token)
{
    token->kind = MINI_PUNCT;
    token->punct = reading_punct(&mini->reading);
    if (token->punct >= READING_OR || strchr(":;,~(){}[]|&<>=", token->punct))
        return;
    token->kind = MINI_INVALID;
    mini_error(mini, CORDON_E_SYNTAX, token->place, NULL, "unexpected character");
}

void mini_advance(struct mini *mini)
{
    struct reading *reading = &mini->reading;
    skip_blanks(mini);
    struct mini_token token = {.kind = MINI_END, .text = reading->text + reading->at};
    uint32_t start = reading->at;
    int c = reading_peek(reading, 0);
    token.place = reading_place(reading, start, 1);
    if (c == -1 || c == '\n')
        token.kind = MINI_END;
    else if (reading_is_digit(c) || (c == '-' && reading_is_digit(reading_peek(reading, 1))))
        lex_number(mini, &token);
    else if (reading_is_letter(c) || c == '@')
        lex_word(reading, &token);
    else
        lex_punct(mini, &token);
    token.length = reading->at - start;
    token.place.length = token.length;
    mini->token = token;
}

bool mini_path(struct mini *mini, const char **path, uint32_t *length, struct cordon_place *place)
{
    struct reading *reading = &mini->reading;
    skip_blanks(mini);
    uint32_t start = reading->at;
    *path = reading->text + start;
    for (int c; c = reading_peek(reading, 0), !ends_line(reading, 0) && c != ' ' && c != '\t';)
        reading_take(reading);
    *length = reading->at - start;
    *place = reading_place(reading, start, *length);
    bool good = (*length > 1 && (*path)[0] == '/') ||
                (*length > 2 && (*path)[0] == '.' && (*path)[1] == '/');
    if (!good)
        mini_error(mini, CORDON_E_SYNTAX, *place, "./NAME is relative to this file",
                   "expected a path that begins with / or ./");
    return good;
}
