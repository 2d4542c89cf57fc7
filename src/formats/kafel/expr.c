/* SPDX-License-Identifier: MIT */
/*
 * expr.c: parses kafel's expressions, by recursive descent. Parentheses may contain bits or a
 * condition. Which one is only known after the closing parenthesis, so both are parsed in the same
 * way.
 */
#include <string.h>

#include "kafel.h"

static const struct kafel_expr *alternatives(struct kafel *kafel);

static bool is_condition(const struct kafel_expr *expr)
{
    return expr->op >= KAFEL_OP_EQ;
}

/* kafel refuses expressions deeper than its limit, so this reader does, too: chains count. */
static const struct kafel_expr *node(struct kafel *kafel, struct kafel_expr value)
{
    unsigned left = value.left ? value.left->depth : 0,
             right = value.right ? value.right->depth : 0;
    value.depth = 1 + (left > right ? left : right);
    if (value.depth > CORDON_POLICY_MAX_DEPTH) {
        kafel_error(kafel, CORDON_E_BUDGET, value.place, "write several rules for the call instead",
                    "an expression deeper than %u", CORDON_POLICY_MAX_DEPTH);
        return NULL;
    }
    struct kafel_expr *expr = kafel_alloc(kafel, sizeof *expr);
    if (expr)
        *expr = value;
    return expr;
}

static const struct kafel_expr *join(struct kafel *kafel, enum kafel_op op,
                                     const struct kafel_expr *left, const struct kafel_expr *right,
                                     struct cordon_place place)
{
    bool conditions = op >= KAFEL_OP_AND;
    if (!left || !right)
        return NULL;
    const struct kafel_expr *wrong = is_condition(left) != conditions    ? left
                                     : is_condition(right) != conditions ? right
                                                                         : NULL;
    if (wrong) {
        kafel_error(kafel, CORDON_E_SYNTAX, wrong->place, NULL,
                    conditions ? "expected a comparison: == != < <= > >="
                               : "expected a number or an argument, found a condition");
        return NULL;
    }
    return node(kafel, (struct kafel_expr){.op = op, .left = left, .right = right, .place = place});
}

/* ---- bits ---- */

static const struct kafel_expr *operand(struct kafel *kafel)
{
    struct kafel_token token = kafel->token;
    struct kafel_expr value = {.op = KAFEL_OP_NUMBER, .number = token.number, .place = token.place};
    if (kafel_take(kafel, '(')) {
        if (++kafel->brackets > CORDON_POLICY_MAX_DEPTH) {
            kafel_error(kafel, CORDON_E_BUDGET, token.place, NULL,
                        "brackets are nested deeper than %u", CORDON_POLICY_MAX_DEPTH);
            return NULL;
        }
        const struct kafel_expr *inner = alternatives(kafel);
        kafel->brackets--;
        return inner && kafel_expect(kafel, ')', "\")\"") ? inner : NULL;
    }
    if (token.kind == KAFEL_WORD) {
        const struct kafel_constant *constant = kafel_constant(kafel, token.text, token.length);
        value.op = constant ? KAFEL_OP_NUMBER : KAFEL_OP_NAME;
        value.number = constant ? constant->value : 0;
        value.name = token.text;
        value.length = token.length;
    } else if (token.kind != KAFEL_NUMBER) {
        kafel_unexpected(kafel, "a number, an argument or a constant");
        return NULL;
    }
    kafel_advance(kafel);
    return node(kafel, value);
}

static const struct kafel_expr *bit_and(struct kafel *kafel)
{
    const struct kafel_expr *left = operand(kafel);
    while (left && kafel_is(kafel, '&')) {
        struct cordon_place place = kafel->token.place;
        kafel_advance(kafel);
        left = join(kafel, KAFEL_OP_BIT_AND, left, operand(kafel), place);
    }
    return left;
}

static const struct kafel_expr *bit_or(struct kafel *kafel)
{
    const struct kafel_expr *left = bit_and(kafel);
    while (left && kafel_is(kafel, '|')) {
        struct cordon_place place = kafel->token.place;
        kafel_advance(kafel);
        left = join(kafel, KAFEL_OP_BIT_OR, left, bit_and(kafel), place);
    }
    return left;
}

/* ---- conditions ---- */

static const struct kafel_expr *comparison(struct kafel *kafel)
{
    static const struct {
        int punct;
        enum kafel_op op;
    } comparisons[] = {{READING_EQ, KAFEL_OP_EQ}, {READING_NE, KAFEL_OP_NE},
                       {'<', KAFEL_OP_LT},        {READING_LE, KAFEL_OP_LE},
                       {'>', KAFEL_OP_GT},        {READING_GE, KAFEL_OP_GE}};
    const struct kafel_expr *left = bit_or(kafel);
    for (size_t i = 0; left && i < sizeof comparisons / sizeof *comparisons; i++)
        if (kafel_is(kafel, comparisons[i].punct)) {
            kafel_advance(kafel);
            return join(kafel, comparisons[i].op, left, bit_or(kafel), left->place);
        }
    return left;
}

static const struct kafel_expr *negation(struct kafel *kafel)
{
    struct cordon_place place = kafel->token.place;
    if (!kafel_take(kafel, '!'))
        return comparison(kafel);
    if (++kafel->brackets > CORDON_POLICY_MAX_DEPTH) {
        kafel_error(kafel, CORDON_E_BUDGET, place, NULL, "brackets are nested deeper than %u",
                    CORDON_POLICY_MAX_DEPTH);
        return NULL;
    }
    const struct kafel_expr *inner = negation(kafel);
    kafel->brackets--;
    if (inner && !is_condition(inner))
        kafel_error(kafel, CORDON_E_SYNTAX, inner->place, NULL,
                    "expected a comparison: == != < <= > >=");
    return !inner || kafel->failed
               ? NULL
               : node(kafel,
                      (struct kafel_expr){.op = KAFEL_OP_NOT, .left = inner, .place = place});
}

static const struct kafel_expr *conjunction(struct kafel *kafel)
{
    const struct kafel_expr *left = negation(kafel);
    while (left && kafel_is(kafel, READING_AND)) {
        struct cordon_place place = kafel->token.place;
        kafel_advance(kafel);
        left = join(kafel, KAFEL_OP_AND, left, negation(kafel), place);
    }
    return left;
}

/*
 * A comma is
 *
 * with its own precedence.
 */
static const struct kafel_expr *alternatives(struct kafel *kafel)
{
    const struct kafel_expr *left = conjunction(kafel);
    while (left && (kafel_is(kafel, READING_OR) || kafel_is(kafel, ','))) {
        struct cordon_place place = kafel->token.place;
        kafel_advance(kafel);
        left = join(kafel, KAFEL_OP_OR, left, conjunction(kafel), place);
    }
    return left;
}

const struct kafel_expr *kafel_expression(struct kafel *kafel)
{
    kafel->brackets = 0;
    const struct kafel_expr *expr = alternatives(kafel);
    if (!expr || is_condition(expr))
        return expr;
    kafel_unexpected(kafel, "a comparison: == != < <= > >=");
    return NULL;
}
