/* SPDX-License-Identifier: MIT */
/*
 * lex.c: splits a kafel policy into words. An #include may be anywhere, even within a list, and is
 * replaced by its texts.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kafel.h"

/* ---- reporting ---- */

void kafel_error(struct kafel *kafel, enum cordon_error code, struct cordon_place place,
                 const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    reading_error(kafel->tree, &kafel->failed, code, place, hint, format, args);
    va_end(args);
}

void kafel_unexpected(struct kafel *kafel, const char *expected)
{
    const struct kafel_token *token = &kafel->token;
    if (token->kind == KAFEL_END)
        kafel_error(kafel, CORDON_E_SYNTAX, token->place, NULL,
                    "expected %s, found the end of the text", expected);
    else
        kafel_error(kafel, CORDON_E_SYNTAX, token->place, NULL, "expected %s, found \"%.*s\"",
                    expected, READING_WORD(token->text, token->length));
}

void *kafel_alloc(struct kafel *kafel, size_t size)
{
    struct cordon_policy *policy = kafel->tree->policy;
    void *memory = policy ? cordon_arena_alloc(&policy->arena, size) : NULL;
    if (!memory)
        kafel_error(kafel, CORDON_E_NO_MEMORY, kafel->token.place, NULL, "out of memory");
    return memory;
}

bool kafel_is(const struct kafel *kafel, int punct)
{
    return kafel->token.kind == KAFEL_PUNCT && kafel->token.punct == punct;
}

bool kafel_take(struct kafel *kafel, int punct)
{
    bool is = kafel_is(kafel, punct);
    if (is)
        kafel_advance(kafel);
    return is;
}

bool kafel_is_word(const struct kafel *kafel, const char *word)
{
    const struct kafel_token *token = &kafel->token;
    return token->kind == KAFEL_WORD && strlen(word) == token->length &&
           !memcmp(word, token->text, token->length);
}

bool kafel_take_word(struct kafel *kafel, const char *word)
{
    bool is = kafel_is_word(kafel, word);
    if (is)
        kafel_advance(kafel);
    return is;
}

bool kafel_expect(struct kafel *kafel, int punct, const char *what)
{
    if (kafel_take(kafel, punct))
        return true;
    kafel_unexpected(kafel, what);
    return false;
}

/* ---- texts ---- */

bool kafel_start(struct kafel *kafel)
{
    kafel->reading = kafel->readings;
    return reading_start(kafel->reading, kafel->tree, kafel->tree->name);
}

static uint32_t depth(const struct kafel *kafel)
{
    return (uint32_t)(kafel->reading - kafel->readings);
}

/* Takes the "name" of an #include: its text comes before what follows. */
static void include(struct kafel *kafel)
{
    struct reading *reading = kafel->reading;
    uint32_t start = reading->at;
    reading_take(reading);
    while (reading_peek(reading, 0) != '"' && reading_peek(reading, 0) != '\n' &&
           reading_peek(reading, 0) != -1)
        reading_take(reading);
    struct cordon_place place = reading_place(reading, start, reading->at - start + 1);
    const char *path = reading->text + start + 1;
    uint32_t length = reading->at - start - 1;
    if (reading_peek(reading, 0) != '"' || length == 0) {
        kafel_error(kafel, CORDON_E_SYNTAX, place, NULL, "expected \"FILE\" on one line");
        return;
    }
    reading_take(reading);
    if (depth(kafel) == CORDON_POLICY_MAX_INCLUDE) {
        kafel_error(kafel, CORDON_E_BUDGET, place, "does it include itself?",
                    "includes are nested deeper than %u", CORDON_POLICY_MAX_INCLUDE);
        return;
    }
    const char *name =
        reading_include(kafel->tree, kafel->options, reading->name, path, length, place);
    kafel->failed |= !name;
    if (!name)
        return;
    kafel->reading++;
    kafel->including[depth(kafel)] = false;
    kafel->failed |= !reading_start(kafel->reading, kafel->tree, name);
}

/* Within an #include: the next file, or its end. */
static void continue_include(struct kafel *kafel)
{
    struct reading *reading = kafel->reading;
    while (reading_peek(reading, 0) == ' ' || reading_peek(reading, 0) == '\t' ||
           reading_peek(reading, 0) == '\r')
        reading_take(reading);
    int c = reading_peek(reading, 0);
    if (c == '"') {
        include(kafel);
        return;
    }
    kafel->including[depth(kafel)] = false;
    if (c == '\n' || c == ';')
        reading_take(reading);
    else
        kafel_error(kafel, CORDON_E_SYNTAX, reading_place(reading, reading->at, 1), NULL,
                    "expected \"FILE\", a newline or \";\" in #include");
}

static bool takes_include(struct kafel *kafel)
{
    static const char word[] = "#include";
    struct reading *reading = kafel->reading;
    if (reading->length - reading->at < sizeof word - 1 ||
        memcmp(reading->text + reading->at, word, sizeof word - 1))
        return false;
    reading->at += sizeof word - 1;
    kafel->including[depth(kafel)] = true;
    return true;
}

/* ---- blanks ---- */

static void skip_line_comment(struct reading *reading)
{
    while (reading_peek(reading, 0) != '\n' && reading_peek(reading, 0) != -1)
        reading_take(reading);
}

static void skip_block_comment(struct kafel *kafel)
{
    struct reading *reading = kafel->reading;
    struct cordon_place place = reading_place(reading, reading->at, 2);
    reading->at += 2;
    while (reading_peek(reading, 0) != -1 &&
           !(reading_peek(reading, 0) == '*' && reading_peek(reading, 1) == '/'))
        reading_take(reading);
    if (reading_peek(reading, 0) == -1)
        kafel_error(kafel, CORDON_E_SYNTAX, place, NULL, "unterminated comment");
    else
        reading->at += 2;
}

static void skip_blanks(struct kafel *kafel)
{
    while (!kafel->failed) {
        struct reading *reading = kafel->reading;
        int c = reading_peek(reading, 0), next = reading_peek(reading, 1);
        if (kafel->including[depth(kafel)])
            continue_include(kafel);
        else if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
            reading_take(reading);
        else if (c == '/' && next == '/')
            skip_line_comment(reading);
        else if (c == '/' && next == '*')
            skip_block_comment(kafel);
        else if (c == -1 && depth(kafel) > 0)
            kafel->reading--;
        else if (c != '#' || !takes_include(kafel))
            return;
    }
}

/* ---- words ---- */

/* A negative number is stored as its 64 bits. */
static void lex_number(struct kafel *kafel, struct kafel_token *token)
{
    struct reading *reading = kafel->reading;
    bool negative = token->text[0] == '-';
    if (negative)
        reading_take(reading);
    while (reading_is_word(reading_peek(reading, 0)))
        reading_take(reading);
    token->kind = KAFEL_NUMBER;
    token->length = (uint32_t)(reading->text + reading->at - token->text);
    const char *why =
        reading_number(token->text + negative, token->length - negative, &token->number);
    if (negative)
        token->number = 0 - token->number;
    token->place.length = token->length;
    if (why)
        kafel_error(kafel, CORDON_E_RANGE, token->place, NULL, "%s", why);
}

static void lex_punct(struct kafel *kafel, struct kafel_token *token)
{
    token->kind = KAFEL_PUNCT;
    token->punct = reading_punct(kafel->reading);
    if (token->punct < READING_OR && !strchr("<>|&[](){},!#", token->punct))
        kafel_error(kafel, CORDON_E_SYNTAX, token->place, NULL, "unexpected character");
}

void kafel_advance(struct kafel *kafel)
{
    skip_blanks(kafel);
    struct reading *reading = kafel->reading;
    uint32_t start = reading->at;
    struct kafel_token token = {.text = reading->text + start};
    int c = reading_peek(reading, 0);
    token.place = reading_place(reading, start, 1);
    if (kafel->failed || c == -1) {
        token.kind = KAFEL_END;
    } else if (reading_is_letter(c)) {
        token.kind = KAFEL_WORD;
        while (reading_is_word(reading_peek(reading, 0)))
            reading_take(reading);
    } else if (reading_is_digit(c) || (c == '-' && reading_is_digit(reading_peek(reading, 1)))) {
        lex_number(kafel, &token);
    } else {
        lex_punct(kafel, &token);
    }
    token.length = reading->at - start;
    token.place.length = token.length;
    if (kafel->failed)
        token.kind = KAFEL_END;
    kafel->token = token;
}
