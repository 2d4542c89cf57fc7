/* SPDX-License-Identifier: MIT */
/*
 * widen.c: changes a condition as little as possible so that it holds for one call, or doesn't: a
 * value is added to a comparison, a bit is taken from a mask, a bound is moved.
 */
#include <string.h>

#include "cordon/comparison.h"
#include "suggest.h"

#define MAX_STEPS 2000u

/* What became of a condition. ALWAYS and NEVER print nothing. */
enum outcome { CHANGED, ALWAYS, NEVER, IMPOSSIBLE };

struct widener {
    const struct cordon_abi *abi;
    struct cordon_syscall call;
    const struct cordon_data *data;
    struct cordon_sink sink;
    struct widened *out;
    unsigned kept;  /* comparisons that weren't changed */
    unsigned steps; /* left: sides of nested conditions are tried one after the other */
};

static void cut(struct widener *widener, size_t length)
{
    struct cordon_buffer *text = widener->out->text;
    text->length = length;
    if (length < text->room)
        text->text[length] = '\0';
}

static void print(struct widener *widener, const char *text)
{
    cordon_sink_text(&widener->sink, text);
}

/* ---- one comparison ---- */

struct compared {
    const struct cordon_cond *cond;
    const struct cordon_arg *arg; /* NULL: not declared */
    struct cordon_operand operand;
    uint64_t mask, value; /* the call's value, masked */
    bool holds;
};

static bool compare(const struct widener *widener, const struct cordon_cond *cond,
                    struct compared *compared)
{
    struct cordon_intervals values = {0};
    struct cordon_comparison_fault fault;
    struct cordon_operand operand = cordon_comparison_operand(cond, widener->abi, widener->call.id);
    *compared = (struct compared){.cond = cond, .operand = operand};
    if (operand.argument > CORDON_ARGS ||
        cordon_comparison_values(cond, widener->abi, &operand, &cordon_allocator_libc,
                                 &compared->mask, &values, &fault))
        return false;
    uint64_t value = cordon_data_argument(widener->abi, widener->data, operand.argument);
    compared->value = value & compared->mask & cordon_comparison_bits(operand.bits);
    for (uint32_t i = 0; i < values.count; i++)
        compared->holds |=
            compared->value >= values.items[i].first && compared->value <= values.items[i].last;
    cordon_intervals_free(&values, &cordon_allocator_libc);
    if (operand.argument < widener->call.arg_count)
        compared->arg = &widener->call.args[operand.argument];
    return true;
}

static const struct cordon_arg plain = {.kind = CORDON_KIND_INT};

static void print_value(struct widener *widener, const struct compared *compared, uint64_t value)
{
    unsigned bits = compared->operand.bits;
    bool negative = compared->operand.is_signed && value >> (bits - 1) & 1;
    if (negative)
        cordon_sink_signed(&widener->sink, (int64_t)(value | ~cordon_comparison_bits(bits)));
    else
        suggest_value(&widener->sink, widener->abi, compared->arg ? compared->arg : &plain, value);
}

/* Addresses are another each time: no value is added. */
static bool is_address(const struct compared *compared)
{
    switch (compared->arg ? (enum cordon_arg_kind)compared->arg->kind : CORDON_KIND_INT) {
    case CORDON_KIND_PATH:
    case CORDON_KIND_STRING:
    case CORDON_KIND_BUFFER:
    case CORDON_KIND_POINTER:
    case CORDON_KIND_ADDRESS:
        return true;
    default:
        return compared->operand.argument == CORDON_ARGS;
    }
}

/* `operand in {its values, the call's}`; before it, "not " where it must not hold. */
static enum outcome add_value(struct widener *widener, const struct compared *compared,
                              const char *before)
{
    if (is_address(compared))
        return *before ? NEVER : ALWAYS;
    print(widener, before);
    cordon_operand_print(&widener->sink, compared->cond);
    print(widener, " in {");
    cordon_spans_print(&widener->sink, compared->cond);
    print(widener, ", ");
    print_value(widener, compared, compared->value);
    print(widener, "}");
    return CHANGED;
}

static enum outcome move_bound(struct widener *widener, const struct compared *compared,
                               const char *relation)
{
    cordon_operand_print(&widener->sink, compared->cond);
    print(widener, relation);
    print_value(widener, compared, compared->value);
    return CHANGED;
}

/* Takes the call's bits from a mask that none may be set in. */
static enum outcome narrow_mask(struct widener *widener, const struct compared *compared)
{
    uint64_t left = compared->mask & ~compared->value;
    struct cordon_cond bare = *compared->cond;
    bare.mask = NULL;
    if (!left)
        return NEVER;
    cordon_operand_print(&widener->sink, &bare);
    print(widener, " & ");
    cordon_mask_print(&widener->sink, widener->abi, compared->arg ? compared->arg : &plain, left);
    return CHANGED;
}

/* Takes the call's value from a set. */
static enum outcome drop_value(struct widener *widener, const struct compared *compared)
{
    struct cordon_cond left = *compared->cond;
    struct cordon_span spans[64];
    if (left.form != CORDON_COND_IN || left.span_count > 64)
        return left.form == CORDON_COND_IN ? IMPOSSIBLE : NEVER;
    left.span_count = 0;
    for (uint32_t i = 0; i < compared->cond->span_count; i++) {
        struct cordon_cond one = *compared->cond;
        struct compared same;
        one.spans = &compared->cond->spans[i];
        one.span_count = 1;
        if (!compare(widener, &one, &same) || (same.holds && one.spans->last))
            return IMPOSSIBLE;
        if (!same.holds)
            spans[left.span_count++] = *one.spans;
    }
    left.spans = spans;
    if (!left.span_count)
        return NEVER;
    cordon_cond_print(&widener->sink, &left);
    return CHANGED;
}

static enum outcome change_comparison(struct widener *widener, const struct compared *compared,
                                      bool holds)
{
    switch (compared->cond->form) {
    case CORDON_COND_EQ:
    case CORDON_COND_IN:
        return holds ? add_value(widener, compared, "") : drop_value(widener, compared);
    case CORDON_COND_NE:
        return holds ? ALWAYS : add_value(widener, compared, "not ");
    case CORDON_COND_LT:
    case CORDON_COND_LE:
        return move_bound(widener, compared, holds ? " <= " : " < ");
    case CORDON_COND_GT:
    case CORDON_COND_GE:
        return move_bound(widener, compared, holds ? " >= " : " > ");
    default:
        return holds ? IMPOSSIBLE : narrow_mask(widener, compared);
    }
}

/* ---- conditions ---- */

static enum outcome change(struct widener *widener, const struct cordon_cond *cond, bool holds);

static enum outcome change_or_keep(struct widener *widener, const struct cordon_cond *cond,
                                   bool holds)
{
    struct compared compared;
    if (!widener->steps || !compare(widener, cond, &compared))
        return IMPOSSIBLE;
    widener->steps--;
    if (compared.holds == holds) {
        widener->kept++;
        cordon_cond_print(&widener->sink, cond);
        return CHANGED;
    }
    widener->out->changes++;
    return change_comparison(widener, &compared, holds);
}

static enum outcome change_not(struct widener *widener, const struct cordon_cond *cond, bool holds)
{
    print(widener, "not (");
    enum outcome inner = change(widener, cond->left, !holds);
    print(widener, ")");
    return inner == ALWAYS ? NEVER : inner == NEVER ? ALWAYS : inner;
}

/* A side of AND or OR is in brackets where the other operator is in it. */
static bool is_in_brackets(const struct cordon_cond *side, enum cordon_cond_form outer)
{
    return (side->form == CORDON_COND_AND || side->form == CORDON_COND_OR) && side->form != outer;
}

static void keep_side(struct widener *widener, const struct cordon_cond *cond,
                      enum cordon_cond_form outer)
{
    bool inside = is_in_brackets(cond, outer);
    print(widener, inside ? "(" : "");
    cordon_cond_print(&widener->sink, cond);
    print(widener, inside ? ")" : "");
}

static enum outcome change_side(struct widener *widener, const struct cordon_cond *cond,
                                enum cordon_cond_form outer, bool holds)
{
    bool inside = is_in_brackets(cond, outer);
    print(widener, inside ? "(" : "");
    enum outcome outcome = change(widener, cond, holds);
    print(widener, inside ? ")" : "");
    return outcome;
}

/* Both sides: AND that shall hold, OR that shall not. `idle` is the side that may be left out. */
static enum outcome change_both(struct widener *widener, const struct cordon_cond *cond, bool holds)
{
    enum outcome idle = cond->form == CORDON_COND_AND ? ALWAYS : NEVER;
    size_t start = widener->out->text->length;
    enum outcome left = change_side(widener, cond->left, cond->form, holds);
    if (left != CHANGED)
        cut(widener, start);
    size_t middle = widener->out->text->length;
    if (left == CHANGED)
        print(widener, cond->form == CORDON_COND_AND ? " and " : " or ");
    enum outcome right = change_side(widener, cond->right, cond->form, holds);
    if (right != CHANGED)
        cut(widener, middle);
    if ((left != CHANGED && left != idle) || (right != CHANGED && right != idle))
        return IMPOSSIBLE;
    return left == CHANGED || right == CHANGED ? CHANGED : idle;
}

/* One side suffices: OR that shall hold, AND that shall not. */
static enum outcome change_one(struct widener *widener, const struct cordon_cond *cond, bool holds,
                               bool first)
{
    const struct cordon_cond *changed = first ? cond->left : cond->right;
    const struct cordon_cond *kept = first ? cond->right : cond->left;
    const char *between = cond->form == CORDON_COND_AND ? " and " : " or ";
    if (!first) {
        keep_side(widener, kept, cond->form);
        print(widener, between);
    }
    enum outcome outcome = change_side(widener, changed, cond->form, holds);
    if (outcome == CHANGED && first) {
        print(widener, between);
        keep_side(widener, kept, cond->form);
    }
    return outcome;
}

/* The side that needs fewer changes, or else keeps more. */
static enum outcome change_either(struct widener *widener, const struct cordon_cond *cond,
                                  bool holds)
{
    size_t start = widener->out->text->length;
    const unsigned changes = widener->out->changes, kept = widener->kept;
    unsigned cost[2] = {UINT32_MAX, UINT32_MAX};
    for (int i = 0; i < 2; i++) {
        widener->kept = 0;
        if (change_one(widener, cond, holds, i == 0) == CHANGED)
            cost[i] = (widener->out->changes - changes) * MAX_STEPS + MAX_STEPS - widener->kept;
        widener->out->changes = changes;
        cut(widener, start);
    }
    widener->kept = kept;
    return change_one(widener, cond, holds, cost[0] <= cost[1]);
}

static enum outcome change(struct widener *widener, const struct cordon_cond *cond, bool holds)
{
    if (!widener->steps)
        return IMPOSSIBLE;
    switch (cond->form) {
    case CORDON_COND_NOT:
        return change_not(widener, cond, holds);
    case CORDON_COND_AND:
        return holds ? change_both(widener, cond, true) : change_either(widener, cond, false);
    case CORDON_COND_OR:
        return holds ? change_either(widener, cond, true) : change_both(widener, cond, false);
    default:
        return change_or_keep(widener, cond, holds);
    }
}

bool widen_condition(struct widened *widened, const struct cordon_cond *cond,
                     const struct cordon_data *data, bool holds)
{
    const struct cordon_abi *abi =
        cordon_abi_of_call(data->word[CORDON_WORD_ARCH], data->word[CORDON_WORD_NR]);
    struct widener widener = {.abi = abi,
                              .call = cordon_data_syscall(abi, data),
                              .data = data,
                              .sink = cordon_buffer_sink(widened->text),
                              .out = widened,
                              .steps = MAX_STEPS};
    if (widener.call.id == CORDON_NO_ID)
        return false;
    widened->changes = 0;
    enum outcome outcome = change(&widener, cond, holds);
    if (outcome == ALWAYS)
        cut(&widener, 0);
    return outcome == CHANGED ? widened->text->length < widened->text->room
                              : outcome == ALWAYS && holds;
}
