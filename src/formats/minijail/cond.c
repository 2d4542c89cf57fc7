/* SPDX-License-Identifier: MIT */
/*
 * cond.c: parses constants and comparisons of minijail's policies.
 *
 * Whatever the type of an argument, the whole register is compared, unsigned: 64 bits where
 * registers have 64. `arg in MASK` means that no bit outside the mask is set.
 */
#include <string.h>

#include "minijail.h"

#define MAX_ATOMS 65536u /* of one expression */

/* ---- constants ---- */

static const struct cordon_expr *value(struct mini *mini);

static const struct cordon_expr *name(struct mini *mini)
{
    struct mini_token token = mini->token;
    if (!cordon_constant_known(token.text, token.length)) {
        char hint[160];
        reading_suggest(mini->tree, hint, token.text, token.length, cordon_constant_count(),
                        cordon_constant_nth);
        mini_error(mini, CORDON_E_NAME, token.place, hint, "unknown constant \"%.*s\"",
                   READING_WORD(token.text, token.length));
        return NULL;
    }
    mini_advance(mini);
    struct cordon_expr expr = {.form = CORDON_EXPR_NAME, .place = token.place};
    if (mini->tree->policy)
        expr.name = cordon_arena_copy(&mini->tree->policy->arena, token.text, token.length);
    return expr.name ? reading_expr(mini->tree, expr) : NULL;
}

static const struct cordon_expr *bracket(struct mini *mini)
{
    if (++mini->brackets > CORDON_POLICY_MAX_DEPTH) {
        mini_error(mini, CORDON_E_BUDGET, mini->token.place, NULL,
                   "brackets are nested deeper than %u", CORDON_POLICY_MAX_DEPTH);
        return NULL;
    }
    const struct cordon_expr *inner = value(mini);
    mini->brackets--;
    return inner && mini_expect(mini, ')', "\")\"") ? inner : NULL;
}

/* [~] ( value ), [~] NAME or [~] NUMBER */
static const struct cordon_expr *constant(struct mini *mini)
{
    struct mini_token token = mini->token;
    bool complement = mini_take(mini, '~');
    const struct cordon_expr *expr = NULL;
    struct mini_token operand = mini->token;
    if (operand.kind == MINI_NUMBER) {
        mini_advance(mini);
        expr = cordon_tree_number(mini->tree, operand.number, operand.place);
    } else if (operand.kind == MINI_WORD) {
        expr = name(mini);
    } else if (mini_take(mini, '(')) {
        expr = bracket(mini);
    } else {
        mini_unexpected(mini, "a number or the name of a constant");
    }
    if (!complement || !expr)
        return expr;
    return reading_expr(
        mini->tree, (struct cordon_expr){
                        .form = CORDON_EXPR_UNARY, .op = '~', .left = expr, .place = token.place});
}

/* libminijail requires blanks around comparison operators, and none around |. */
static void look_at_blank(struct mini *mini, bool wanted)
{
    bool blank = strchr(" \t\r\n", mini->token.text[-1]);
    if (mini->token.kind != MINI_END && blank != wanted)
        mini_is_compilers(mini);
}

static const struct cordon_expr *value(struct mini *mini)
{
    const struct cordon_expr *left = constant(mini);
    for (unsigned links = 0; left && mini_is(mini, '|'); links++) {
        struct cordon_place place = mini->token.place;
        look_at_blank(mini, false);
        mini_advance(mini);
        look_at_blank(mini, false);
        if (links == CORDON_POLICY_MAX_DEPTH) {
            mini_error(mini, CORDON_E_BUDGET, place, NULL, "more than %u terms",
                       CORDON_POLICY_MAX_DEPTH);
            return NULL;
        }
        const struct cordon_expr *right = constant(mini);
        left = !right ? NULL
                      : reading_expr(mini->tree, (struct cordon_expr){.form = CORDON_EXPR_BINARY,
                                                                      .op = '|',
                                                                      .left = left,
                                                                      .right = right,
                                                                      .place = place});
    }
    return left;
}

bool mini_constant(struct mini *mini, uint64_t *number)
{
    struct mini_token token = mini->token;
    const struct cordon_abi *abi = mini->tree->host;
    if (token.kind == MINI_NUMBER) {
        *number = token.number;
        mini_advance(mini);
        return true;
    }
    if (token.kind != MINI_WORD) {
        mini_unexpected(mini, "the name or number of an error");
        return false;
    }
    if (!name(mini))
        return false;
    if (cordon_constant_value(abi, token.text, token.length, number))
        return true;
    mini_error(mini, CORDON_E_NAME, token.place, NULL, "%.*s doesn't exist on %s",
               READING_WORD(token.text, token.length), abi->name);
    return false;
}

/* ---- comparisons ---- */

int mini_argument(const struct mini_token *token)
{
    bool is = token->kind == MINI_WORD && token->length == 4 && !memcmp(token->text, "arg", 3) &&
              reading_is_digit(token->text[3]);
    return is ? token->text[3] - '0' : -1;
}

static bool relation(struct mini *mini, int *punct)
{
    if (mini_is_word(mini, "in"))
        *punct = 'i';
    else if (mini->token.kind == MINI_PUNCT && mini->token.punct != READING_OR &&
             mini->token.punct != READING_AND && !strchr("=:;,~(){}[]|", mini->token.punct))
        *punct = mini->token.punct;
    else {
        mini_unexpected(mini, "a comparison: == != < <= > >= & in");
        return false;
    }
    mini_advance(mini);
    return true;
}

static const struct cordon_cond *comparison(struct mini *mini, int punct, unsigned argument,
                                            const struct cordon_expr *expr,
                                            struct cordon_place place)
{
    static const struct {
        int punct;
        enum cordon_cond_form form;
    } forms[] = {{READING_EQ, CORDON_COND_EQ}, {READING_NE, CORDON_COND_NE},
                 {'<', CORDON_COND_LT},        {READING_LE, CORDON_COND_LE},
                 {'>', CORDON_COND_GT},        {READING_GE, CORDON_COND_GE}};
    struct cordon_tree *tree = mini->tree;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (forms[i].punct == punct)
            return cordon_tree_compare(tree, forms[i].form, argument, true, NULL, expr, place);
    if (punct == '&')
        return cordon_tree_compare(tree, CORDON_COND_BITS, argument, true, expr, NULL, place);
    const struct cordon_expr *outside = reading_expr(
        tree, (struct cordon_expr){
                  .form = CORDON_EXPR_UNARY, .op = '~', .left = expr, .place = expr->place});
    return cordon_tree_compare(tree, CORDON_COND_EQ, argument, true, outside,
                               cordon_tree_number(tree, 0, place), place);
}

static const struct cordon_cond *atom(struct mini *mini)
{
    struct cordon_place place = mini->token.place;
    int argument = mini_argument(&mini->token), punct;
    if (argument < 0 || argument >= (int)CORDON_ARGS) {
        mini_unexpected(mini, "arg0 to arg5");
        return NULL;
    }
    mini_advance(mini);
    look_at_blank(mini, true);
    if (!relation(mini, &punct))
        return NULL;
    look_at_blank(mini, true);
    const struct cordon_expr *expr = value(mini);
    return expr ? comparison(mini, punct, (unsigned)argument, expr, place) : NULL;
}

/* ---- expressions ---- */

struct list {
    const struct cordon_cond **conds;
    uint32_t count;
    size_t room;
};

static bool push(struct mini *mini, struct list *list, const struct cordon_cond *cond)
{
    if (list->count == MAX_ATOMS) {
        mini_error(mini, CORDON_E_BUDGET, mini->token.place, NULL,
                   "more than %u comparisons in one expression", MAX_ATOMS);
        return false;
    }
    if (!cordon_array_grow(mini->tree->allocator, (void **)&list->conds, &list->room,
                           sizeof *list->conds, list->count + 1u)) {
        mini_error(mini, CORDON_E_NO_MEMORY, mini->token.place, NULL, "out of memory");
        return false;
    }
    list->conds[list->count++] = cond;
    return true;
}

static void release(struct mini *mini, struct list *list)
{
    const struct cordon_allocator *allocator = mini->tree->allocator;
    if (list->conds)
        allocator->resize(allocator->context, list->conds, list->room * sizeof *list->conds, 0);
}

/* Parses atom && atom …: the atoms in `list` from `start` on become one condition. */
static bool clause(struct mini *mini, struct list *list)
{
    uint32_t start = list->count;
    do {
        const struct cordon_cond *cond = atom(mini);
        if (!cond || !push(mini, list, cond))
            return false;
    } while (mini_take(mini, READING_AND));
    list->conds[start] = reading_all(mini->tree, list->conds + start, list->count - start);
    list->count = start + 1;
    return list->conds[start] != NULL;
}

const struct cordon_cond *mini_expression(struct mini *mini)
{
    struct list list = {0};
    bool good;
    mini->brackets = 0;
    do
        good = clause(mini, &list);
    while (good && mini_take(mini, READING_OR));
    const struct cordon_cond *cond = good ? reading_any(mini->tree, list.conds, list.count) : NULL;
    release(mini, &list);
    return cond;
}
