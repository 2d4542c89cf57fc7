/* SPDX-License-Identifier: MIT */
/* print.c: prints conditions of a policy's tree in the policy language. */
#include "cordon/policy.h"

/* ---- expressions ---- */

static void print_part(struct cordon_sink *sink, const struct cordon_expr *expr, char outer)
{
    bool inside = expr->form == CORDON_EXPR_BINARY && !(expr->op == outer && outer == '|');
    cordon_sink_text(sink, inside ? "(" : "");
    cordon_expr_print(sink, expr);
    cordon_sink_text(sink, inside ? ")" : "");
}

void cordon_expr_print(struct cordon_sink *sink, const struct cordon_expr *expr)
{
    char op[2] = {expr->op, '\0'};
    switch (expr->form) {
    case CORDON_EXPR_NAME:
        cordon_sink_text(sink, expr->name);
        return;
    case CORDON_EXPR_NUMBER:
        if (expr->number < 10)
            cordon_sink_decimal(sink, expr->number);
        else
            cordon_sink_hex(sink, expr->number, 1);
        return;
    case CORDON_EXPR_UNARY:
        cordon_sink_text(sink, op);
        print_part(sink, expr->left, '\0');
        return;
    case CORDON_EXPR_BINARY:
        print_part(sink, expr->left, expr->op);
        cordon_sink_text(sink, expr->op == 'l' ? " << " : op);
        print_part(sink, expr->right, expr->op);
        return;
    }
}

/* ---- comparisons ---- */

void cordon_operand_print(struct cordon_sink *sink, const struct cordon_cond *cond)
{
    cordon_sink_text(sink, cond->whole ? "whole " : "");
    if (cond->operand_name) {
        cordon_sink_text(sink, cond->operand_name);
    } else if (cond->operand == CORDON_ARGS) {
        cordon_sink_text(sink, "ip");
    } else {
        cordon_sink_text(sink, "arg");
        cordon_sink_decimal(sink, cond->operand);
    }
    if (!cond->mask)
        return;
    cordon_sink_text(sink, " & ");
    cordon_expr_print(sink, cond->mask);
}

void cordon_spans_print(struct cordon_sink *sink, const struct cordon_cond *cond)
{
    for (uint32_t i = 0; i < cond->span_count; i++) {
        cordon_sink_text(sink, i ? ", " : "");
        cordon_expr_print(sink, cond->spans[i].first);
        if (!cond->spans[i].last)
            continue;
        cordon_sink_text(sink, "..");
        cordon_expr_print(sink, cond->spans[i].last);
    }
}

static void print_comparison(struct cordon_sink *sink, const struct cordon_cond *cond)
{
    static const char *const relations[] = {
        [CORDON_COND_BITS] = "",   [CORDON_COND_EQ] = " == ", [CORDON_COND_NE] = " != ",
        [CORDON_COND_LT] = " < ",  [CORDON_COND_LE] = " <= ", [CORDON_COND_GT] = " > ",
        [CORDON_COND_GE] = " >= ", [CORDON_COND_IN] = " in {"};
    cordon_operand_print(sink, cond);
    cordon_sink_text(sink, relations[cond->form]);
    cordon_spans_print(sink, cond);
    cordon_sink_text(sink, cond->form == CORDON_COND_IN ? "}" : "");
}

/* ---- conditions ---- */

static void print_side(struct cordon_sink *sink, const struct cordon_cond *cond,
                       enum cordon_cond_form outer)
{
    bool joined = cond->form == CORDON_COND_AND || cond->form == CORDON_COND_OR;
    bool inside = joined && cond->form != outer;
    cordon_sink_text(sink, inside ? "(" : "");
    cordon_cond_print(sink, cond);
    cordon_sink_text(sink, inside ? ")" : "");
}

void cordon_cond_print(struct cordon_sink *sink, const struct cordon_cond *cond)
{
    switch (cond->form) {
    case CORDON_COND_AND:
    case CORDON_COND_OR:
        print_side(sink, cond->left, cond->form);
        cordon_sink_text(sink, cond->form == CORDON_COND_AND ? " and " : " or ");
        print_side(sink, cond->right, cond->form);
        return;
    case CORDON_COND_NOT:
        cordon_sink_text(sink, "not ");
        print_side(sink, cond->left, CORDON_COND_NOT);
        return;
    default:
        print_comparison(sink, cond);
    }
}
