/* SPDX-License-Identifier: MIT */
/* parser.c: takes tokens of a text, and reports the errors of its statements. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "parser.h"

/* ---- tokens and errors ---- */

void parser_advance(struct parser *parser)
{
    parser->token = lexer_next(&parser->lexer);
    if (parser->token.kind == TOKEN_INVALID)
        parser_error(parser, CORDON_E_SYNTAX, parser->token.place, NULL, "%s",
                     parser->lexer.problem);
}

bool parser_expect(struct parser *parser, int punct, const char *what)
{
    if (parser_take_punct(parser, punct))
        return true;
    parser_unexpected(parser, what);
    return false;
}

/* One error per statement: later ones often follow from the first. */
void parser_error(struct parser *parser, enum cordon_error code, struct cordon_place place,
                  const char *hint, const char *format, ...)
{
    if (parser->failed)
        return;
    parser->failed = true;
    struct cordon_message message =
        cordon_policy_message(parser->policy, CORDON_ERROR, code, place, hint);
    va_list args;
    va_start(args, format);
    cordon_reporter_vtell(parser->reporter, &message, format, args);
    va_end(args);
    if (!parser->error)
        parser->error = code;
}

void parser_unexpected(struct parser *parser, const char *expected)
{
    const struct token *token = &parser->token;
    if (token->kind == TOKEN_END || token->kind == TOKEN_NEWLINE)
        parser_error(parser, CORDON_E_SYNTAX, token->place, NULL,
                     "expected %s, found the end of the %s", expected,
                     token->kind == TOKEN_END ? "text" : "line");
    else
        parser_error(parser, CORDON_E_SYNTAX, token->place, NULL, "expected %s, found \"%.*s\"",
                     expected, (int)(token->length < 40 ? token->length : 40), token->text);
}

void *parser_alloc(struct parser *parser, size_t size)
{
    void *memory = cordon_arena_alloc(&parser->policy->arena, size);
    if (!memory)
        parser_error(parser, CORDON_E_NO_MEMORY, parser->token.place, NULL, "out of memory");
    return memory;
}

char *parser_copy(struct parser *parser, const char *text, size_t length)
{
    char *copy = cordon_arena_copy(&parser->policy->arena, text, length);
    if (!copy)
        parser_error(parser, CORDON_E_NO_MEMORY, parser->token.place, NULL, "out of memory");
    return copy;
}

void suggest_name(char *hint, size_t room, const char *name, uint32_t length, uint32_t count,
                  const char *(*nth)(uint32_t index))
{
    const char *nearest = cordon_name_nearest(name, length, count, nth);
    hint[0] = '\0';
    if (nearest)
        snprintf(hint, room, "did you mean %s?", nearest);
}
