/* SPDX-License-Identifier: MIT */
/* parse_cond.c: parses conditions on arguments and constant expressions, by recursive descent. */
#include "parser.h"

static bool enter(struct parser *parser)
{
    if (++parser->bracket_depth <= CORDON_POLICY_MAX_DEPTH)
        return true;
    parser_error(parser, CORDON_E_BUDGET, parser->token.place, NULL,
                 "brackets are nested deeper than %u", CORDON_POLICY_MAX_DEPTH);
    return false;
}

static void leave(struct parser *parser)
{
    parser->bracket_depth--;
}

/* ---- constant expressions ---- */

static const struct cordon_expr *parse_expression(struct parser *parser);

static struct cordon_expr *new_expr(struct parser *parser, struct cordon_expr value)
{
    struct cordon_expr *expr = parser_alloc(parser, sizeof *expr);
    if (expr)
        *expr = value;
    return expr;
}

static const struct cordon_expr *parse_name(struct parser *parser)
{
    struct token token = parser->token;
    if (!cordon_constant_known(token.text, token.length)) {
        char hint[160];
        suggest_name(hint, sizeof hint, token.text, token.length, cordon_constant_count(),
                     cordon_constant_nth);
        parser_error(parser, CORDON_E_NAME, token.place, hint, "unknown constant \"%.*s\"",
                     (int)(token.length < 64 ? token.length : 64), token.text);
        return NULL;
    }
    parser_advance(parser);
    return new_expr(parser,
                    (struct cordon_expr){.form = CORDON_EXPR_NAME,
                                         .name = parser_copy(parser, token.text, token.length),
                                         .place = token.place});
}

static const struct cordon_expr *parse_unary(struct parser *parser)
{
    struct token token = parser->token;
    if (parser_take_punct(parser, '~') || parser_take_punct(parser, '-')) {
        if (!enter(parser))
            return NULL;
        const struct cordon_expr *inner = parse_unary(parser);
        leave(parser);
        return inner ? new_expr(parser, (struct cordon_expr){.form = CORDON_EXPR_UNARY,
                                                             .op = (char)token.punct,
                                                             .left = inner,
                                                             .place = token.place})
                     : NULL;
    }
    if (token.kind == TOKEN_NUMBER) {
        parser_advance(parser);
        return new_expr(parser, (struct cordon_expr){.form = CORDON_EXPR_NUMBER,
                                                     .number = token.number,
                                                     .place = token.place});
    }
    if (token.kind == TOKEN_WORD)
        return parse_name(parser);
    if (parser_take_punct(parser, '(')) {
        if (!enter(parser))
            return NULL;
        const struct cordon_expr *inner = parse_expression(parser);
        leave(parser);
        return inner && parser_expect(parser, ')', "\")\"") ? inner : NULL;
    }
    parser_unexpected(parser, "a number or the name of a constant");
    return NULL;
}

/* The operators of one level, left to right; `|` and the others bind weaker than `&` and `<<`. */
static const struct cordon_expr *parse_level(struct parser *parser, int level)
{
    static const int operators[2][4] = {{'|', '^', '+', '-'}, {'&', OP_SHIFT, 0, 0}};
    const struct cordon_expr *left = level ? parse_unary(parser) : parse_level(parser, 1);
    uint32_t links = 0;
    while (left && parser->token.kind == TOKEN_PUNCT) {
        int op = 0;
        for (int i = 0; i < 4; i++)
            if (operators[level][i] && parser_is_punct(parser, operators[level][i]))
                op = operators[level][i];
        if (!op)
            break;
        struct cordon_place place = parser->token.place;
        if (++links > CORDON_POLICY_MAX_DEPTH) {
            parser_error(parser, CORDON_E_BUDGET, place, NULL, "more than %u terms",
                         CORDON_POLICY_MAX_DEPTH);
            return NULL;
        }
        parser_advance(parser);
        const struct cordon_expr *right = level ? parse_unary(parser) : parse_level(parser, 1);
        if (!right)
            return NULL;
        left = new_expr(parser, (struct cordon_expr){.form = CORDON_EXPR_BINARY,
                                                     .op = op == OP_SHIFT ? 'l' : (char)op,
                                                     .left = left,
                                                     .right = right,
                                                     .place = place});
    }
    return left;
}

static const struct cordon_expr *parse_expression(struct parser *parser)
{
    return parse_level(parser, 0);
}

/* ---- comparisons ---- */

/* arg0 … arg5, ip, or the name of an argument, which is only checked by the builder. */
static bool parse_operand(struct parser *parser, struct cordon_cond *cond)
{
    struct token token = parser->token;
    if (token.kind != TOKEN_WORD) {
        parser_unexpected(parser, "the name of an argument, arg0 to arg5, or ip");
        return false;
    }
    parser_advance(parser);
    bool position = token.length == 4 && token.text[0] == 'a' && token.text[1] == 'r' &&
                    token.text[2] == 'g' && token.text[3] >= '0' && token.text[3] <= '5';
    if (position) {
        cond->operand = (unsigned)(token.text[3] - '0');
    } else if (token.length == 2 && token.text[0] == 'i' && token.text[1] == 'p') {
        cond->operand = CORDON_ARGS;
        cond->whole = true;
    } else {
        cond->operand_name = parser_copy(parser, token.text, token.length);
    }
    return true;
}

static struct cordon_span *new_span(struct parser *parser, const struct cordon_expr *first)
{
    struct cordon_span *span = first ? parser_alloc(parser, sizeof *span) : NULL;
    if (span)
        span->first = first;
    return span;
}

#define MAX_SPANS 65536u

/* { a, b..c, … }: spans are collected in a growing array of the arena. */
static bool parse_spans(struct parser *parser, struct cordon_cond *cond)
{
    if (!parser_expect(parser, '{', "\"{\""))
        return false;
    struct cordon_span *spans = NULL;
    uint32_t room = 0;
    do {
        if (cond->span_count == room) {
            room = room ? room * 2 : 8;
            struct cordon_span *bigger =
                room <= MAX_SPANS ? parser_alloc(parser, room * sizeof *bigger) : NULL;
            if (!bigger)
                return false;
            for (uint32_t i = 0; i < cond->span_count; i++)
                bigger[i] = spans[i];
            spans = bigger;
        }
        struct cordon_span span = {.first = parse_expression(parser)};
        if (span.first && parser_take_punct(parser, OP_DOTS)) {
            span.last = parse_expression(parser);
            if (!span.last)
                return false;
        }
        if (!span.first)
            return false;
        spans[cond->span_count++] = span;
    } while (parser_take_punct(parser, ',') && !parser_is_punct(parser, '}'));
    cond->spans = spans;
    return parser_expect(parser, '}', "\",\" or \"}\"");
}

static const struct {
    int punct;
    enum cordon_cond_form form;
} comparisons[] = {{OP_EQ, CORDON_COND_EQ}, {OP_NE, CORDON_COND_NE}, {'<', CORDON_COND_LT},
                   {OP_LE, CORDON_COND_LE}, {'>', CORDON_COND_GT},   {OP_GE, CORDON_COND_GE}};

/* The relation after an operand and its mask; without one: is any bit set? */
static bool parse_relation(struct parser *parser, struct cordon_cond *cond)
{
    for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++)
        if (parser_take_punct(parser, comparisons[i].punct)) {
            cond->form = comparisons[i].form;
            cond->spans = new_span(parser, parse_expression(parser));
            cond->span_count = 1;
            return cond->spans != NULL;
        }
    if (parser_take_word(parser, "in")) {
        cond->form = CORDON_COND_IN;
        return parse_spans(parser, cond);
    }
    if (cond->mask) {
        cond->form = CORDON_COND_BITS;
        return true;
    }
    parser_unexpected(parser, "a comparison: == != < <= > >= & in");
    return false;
}

static bool parse_comparison(struct parser *parser, struct cordon_cond *cond)
{
    cond->whole = parser_take_word(parser, "whole");
    if (!parse_operand(parser, cond))
        return false;
    if (parser_take_punct(parser, '&') && !(cond->mask = parse_expression(parser)))
        return false;
    return parse_relation(parser, cond);
}

/* ---- and, or, not ---- */

static const struct cordon_cond *parse_or(struct parser *parser);

/* ( condition ), and as in C: (flags & X) == Y. */
static bool parse_bracket(struct parser *parser, struct cordon_cond *cond)
{
    const struct cordon_cond *inner = parse_or(parser);
    if (!inner || !parser_expect(parser, ')', "\")\""))
        return false;
    struct cordon_place place = cond->place;
    *cond = *inner;
    bool relation = parser_is_word(parser, "in");
    for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++)
        relation |= parser_is_punct(parser, comparisons[i].punct);
    if (relation && inner->form == CORDON_COND_BITS) {
        cond->place = place;
        return parse_relation(parser, cond);
    }
    return true;
}

static const struct cordon_cond *parse_not(struct parser *parser)
{
    struct cordon_cond *cond = parser_alloc(parser, sizeof *cond);
    if (!cond || !enter(parser))
        return NULL;
    cond->place = parser->token.place;
    bool good;
    if (parser_take_word(parser, "not")) {
        cond->form = CORDON_COND_NOT;
        cond->left = parse_not(parser);
        good = cond->left != NULL;
    } else if (parser_take_punct(parser, '(')) {
        good = parse_bracket(parser, cond);
    } else {
        good = parse_comparison(parser, cond);
    }
    leave(parser);
    return good ? cond : NULL;
}

/* A chain of one operator, left to right. */
static const struct cordon_cond *parse_chain(struct parser *parser, const char *word,
                                             enum cordon_cond_form form,
                                             const struct cordon_cond *(*parse)(struct parser *))
{
    const struct cordon_cond *left = parse(parser);
    uint32_t links = 0;
    while (left && parser_take_word(parser, word)) {
        const struct cordon_cond *right = parse(parser);
        struct cordon_cond *cond = right ? parser_alloc(parser, sizeof *cond) : NULL;
        if (!cond)
            return NULL;
        if (++links > CORDON_POLICY_MAX_DEPTH) {
            parser_error(parser, CORDON_E_BUDGET, left->place, "use a set: in { … }",
                         "more than %u conditions in one chain", CORDON_POLICY_MAX_DEPTH);
            return NULL;
        }
        *cond =
            (struct cordon_cond){.form = form, .left = left, .right = right, .place = left->place};
        left = cond;
    }
    return left;
}

static const struct cordon_cond *parse_and(struct parser *parser)
{
    return parse_chain(parser, "and", CORDON_COND_AND, parse_not);
}

static const struct cordon_cond *parse_or(struct parser *parser)
{
    return parse_chain(parser, "or", CORDON_COND_OR, parse_and);
}

const struct cordon_cond *parse_condition(struct parser *parser)
{
    parser->bracket_depth = 0;
    return parse_or(parser);
}
