/* SPDX-License-Identifier: MIT */
/*
 * cond.c: makes conditions of kafel's expressions.
 *
 * Any combination of one argument with constants by | and & is, bit by bit, 0, 1 or the argument's
 * bit: (argument & mask) | set. Comparisons are unsigned. They compare 32 bits if neither side has
 * more, by the sizes in the kernel's definitions; arguments that a rule declares have 64.
 */
#include <stdio.h>
#include <string.h>

#include "kafel.h"

/* (argument & mask) | set; a number has no mask. */
struct bits {
    const struct kafel_expr *name; /* the argument; NULL: a number */
    struct kafel_argument argument;
    bool unknown; /* the name doesn't exist on this ABI, which the build reports */
    bool wide;
    uint64_t mask, set;
};

static struct kafel_cond always(bool truth)
{
    return (struct kafel_cond){truth ? KAFEL_ALWAYS : KAFEL_NEVER, NULL};
}

/* ---- arguments ---- */

static void unknown_argument(const struct kafel_scope *scope, const struct kafel_expr *expr)
{
    char hint[160] = "declare them: SYSCALL[1](first, second)";
    if (scope->rule->declares) {
        snprintf(hint, sizeof hint, "the rule declares its own arguments");
    } else if (scope->id != CORDON_NO_ID) {
        struct cordon_syscall call = cordon_syscall(scope->abi, scope->id);
        size_t used =
            (size_t)snprintf(hint, sizeof hint, "it has %s", call.arg_count ? "" : "none");
        for (unsigned i = 0; i < call.arg_count && used < sizeof hint - 24; i++)
            used += (size_t)snprintf(hint + used, sizeof hint - used, "%s%.20s", i ? ", " : "",
                                     kafel_argument_name(&call, i));
    }
    cordon_tree_error(scope->kafel->tree, CORDON_E_NAME, expr->place, hint,
                      "\"%.*s\" is neither an argument nor a constant",
                      READING_WORD(expr->name, expr->length));
}

static struct bits argument(const struct kafel_scope *scope, const struct kafel_expr *expr)
{
    struct bits bits = {.name = expr, .mask = UINT64_MAX};
    const struct kafel_rule *rule = scope->rule;
    bool found = false;
    for (uint32_t i = 0; rule->declares && i < rule->argument_count; i++)
        if (kafel_same(rule->arguments[i], expr->name, expr->length)) {
            bits.argument = (struct kafel_argument){.position = i, .size = 8};
            found = true;
        }
    if (!rule->declares && scope->id != CORDON_NO_ID)
        found = kafel_argument(scope->abi, scope->id, expr->name, expr->length, &bits.argument);
    bits.unknown = !found;
    if (!found && scope->strict)
        unknown_argument(scope, expr);
    bits.wide = bits.argument.size == 8;
    if (scope->abi->bits == 32)
        bits.mask = UINT32_MAX; /* the upper half of a register is 0 */
    return bits;
}

/* ---- bits ---- */

static struct bits number(uint64_t value)
{
    return (struct bits){.set = value, .wide = value > UINT32_MAX};
}

static bool is_same(const struct kafel_expr *a, const struct kafel_expr *b)
{
    return a->length == b->length && !memcmp(a->name, b->name, a->length);
}

static struct bits evaluate(const struct kafel_scope *scope, const struct kafel_expr *expr);

/* kafel drops operands that change nothing, and replaces constant results by numbers; the sizes
 * follow from that. */
static struct bits combine(const struct kafel_scope *scope, const struct kafel_expr *expr)
{
    bool is_or = expr->op == KAFEL_OP_BIT_OR;
    struct bits left = evaluate(scope, expr->left), right = evaluate(scope, expr->right);
    if (!left.name && !right.name)
        return number(is_or ? left.set | right.set : left.set & right.set);
    if (left.name && right.name && !is_same(left.name, right.name)) {
        cordon_tree_error(scope->kafel->tree, CORDON_E_MEANING, expr->place, NULL,
                          "a policy of cordon cannot compute with two arguments");
        return left;
    }
    struct bits *fixed = !left.name ? &left : &right, *open = !left.name ? &right : &left;
    if (!fixed->name && fixed->set == (is_or ? 0 : UINT64_MAX))
        return *open;
    if (!fixed->name && fixed->set == (is_or ? UINT64_MAX : 0))
        return number(fixed->set);
    struct bits bits = *open;
    bits.wide = left.wide || right.wide;
    bits.set = is_or ? left.set | right.set : left.set & right.set;
    bits.mask = is_or ? left.mask | right.mask : (left.mask | left.set) & (right.mask | right.set);
    bits.mask &= ~bits.set;
    return bits;
}

static struct bits evaluate(const struct kafel_scope *scope, const struct kafel_expr *expr)
{
    if (expr->op == KAFEL_OP_NUMBER)
        return number(expr->number);
    return expr->op == KAFEL_OP_NAME ? argument(scope, expr) : combine(scope, expr);
}

/* ---- comparisons ---- */

/* (argument & mask) `form` value, where the outcome isn't constant. */
static struct kafel_cond compare(const struct kafel_scope *scope, const struct bits *bits,
                                 enum cordon_cond_form form, uint64_t mask, uint64_t value)
{
    struct cordon_tree *tree = scope->kafel->tree;
    struct cordon_place place = bits->name->place;
    bool ordered = form != CORDON_COND_EQ && form != CORDON_COND_BITS;
    bool plain = bits->argument.plain && mask <= UINT32_MAX &&
                 !(ordered && bits->argument.is_signed && mask == UINT32_MAX);
    bool full = mask == (plain || scope->abi->bits == 32 ? UINT32_MAX : UINT64_MAX);
    const struct cordon_cond *cond = cordon_tree_compare(
        tree, form, bits->argument.position, !plain,
        full && form != CORDON_COND_BITS ? NULL : cordon_tree_number(tree, mask, place),
        form == CORDON_COND_BITS ? NULL : cordon_tree_number(tree, value, place), place);
    if (cond && bits->unknown) {
        char *name = kafel_alloc(scope->kafel, bits->name->length + 1u);
        if (name)
            memcpy(name, bits->name->name, bits->name->length);
        ((struct cordon_cond *)(uintptr_t)cond)->operand_name = name; /* owned by this reader */
    }
    return (struct kafel_cond){KAFEL_SOMETIMES, cond};
}

static struct kafel_cond equal(const struct kafel_scope *scope, const struct bits *bits,
                               uint64_t value)
{
    if ((value & ~(bits->mask | bits->set)) || (bits->set & ~value))
        return always(false);
    if (!bits->mask)
        return always(true);
    return compare(scope, bits, CORDON_COND_EQ, bits->mask, value & bits->mask);
}

static struct kafel_cond either(const struct kafel_scope *scope, struct kafel_cond a,
                                struct kafel_cond b)
{
    if (a.truth == KAFEL_ALWAYS || b.truth == KAFEL_ALWAYS)
        return always(true);
    if (a.truth == KAFEL_NEVER || b.truth == KAFEL_NEVER)
        return a.truth == KAFEL_NEVER ? b : a;
    return (struct kafel_cond){KAFEL_SOMETIMES, cordon_tree_or(scope->kafel->tree, a.cond, b.cond)};
}

static struct kafel_cond both(const struct kafel_scope *scope, struct kafel_cond a,
                              struct kafel_cond b)
{
    if (a.truth == KAFEL_NEVER || b.truth == KAFEL_NEVER)
        return always(false);
    if (a.truth == KAFEL_ALWAYS || b.truth == KAFEL_ALWAYS)
        return a.truth == KAFEL_ALWAYS ? b : a;
    return (struct kafel_cond){KAFEL_SOMETIMES,
                               cordon_tree_and(scope->kafel->tree, a.cond, b.cond)};
}

static struct kafel_cond negate(const struct kafel_scope *scope, struct kafel_cond a)
{
    if (a.truth != KAFEL_SOMETIMES)
        return always(a.truth == KAFEL_NEVER);
    return (struct kafel_cond){KAFEL_SOMETIMES, cordon_tree_not(scope->kafel->tree, a.cond)};
}

/*
 * Is (argument & mask) | set at least `value`? If bits are set, this isn't one comparison of the
 * argument: either there is a highest bit in which it differs from `value`, and it has 1 there; or
 * there is none.
 */
static struct kafel_cond at_least_by_bits(const struct kafel_scope *scope, const struct bits *bits,
                                          uint64_t value)
{
    struct kafel_cond result = equal(scope, bits, value);
    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t one = UINT64_C(1) << bit, above = bit == 63 ? 0 : UINT64_MAX << (bit + 1);
        struct bits high = *bits;
        if ((value & one) || !((bits->mask | bits->set) & one))
            continue;
        high.mask &= above | one;
        high.set &= above | one;
        result = either(scope, equal(scope, &high, (value & above) | one), result);
    }
    return result;
}

static struct kafel_cond at_least(const struct kafel_scope *scope, const struct bits *bits,
                                  uint64_t value)
{
    if (value <= bits->set)
        return always(true);
    if (value > (bits->mask | bits->set))
        return always(false);
    if (bits->set)
        return at_least_by_bits(scope, bits, value);
    return compare(scope, bits, CORDON_COND_GE, bits->mask, value);
}

static struct kafel_cond greater(const struct kafel_scope *scope, const struct bits *bits,
                                 uint64_t value)
{
    return value == UINT64_MAX ? always(false) : at_least(scope, bits, value + 1);
}

static struct kafel_cond relate(const struct kafel_scope *scope, enum kafel_op op,
                                const struct bits *bits, uint64_t value)
{
    switch (op) {
    case KAFEL_OP_EQ:
        return equal(scope, bits, value);
    case KAFEL_OP_NE:
        return negate(scope, equal(scope, bits, value));
    case KAFEL_OP_GE:
        return at_least(scope, bits, value);
    case KAFEL_OP_LT:
        return negate(scope, at_least(scope, bits, value));
    case KAFEL_OP_GT:
        return greater(scope, bits, value);
    default:
        return negate(scope, greater(scope, bits, value));
    }
}

static enum kafel_op turned(enum kafel_op op)
{
    return op == KAFEL_OP_LT   ? KAFEL_OP_GT
           : op == KAFEL_OP_GT ? KAFEL_OP_LT
           : op == KAFEL_OP_LE ? KAFEL_OP_GE
           : op == KAFEL_OP_GE ? KAFEL_OP_LE
                               : op;
}

static struct kafel_cond comparison(const struct kafel_scope *scope, const struct kafel_expr *expr)
{
    struct bits left = evaluate(scope, expr->left), right = evaluate(scope, expr->right);
    enum kafel_op op = left.name ? expr->op : turned(expr->op);
    if (left.name && right.name) {
        bool same = is_same(left.name, right.name) && left.mask == right.mask &&
                    left.set == right.set && left.wide == right.wide;
        if (!same)
            cordon_tree_error(scope->kafel->tree, CORDON_E_MEANING, expr->place, NULL,
                              "a policy of cordon cannot compare two arguments");
        return always(op == KAFEL_OP_EQ || op == KAFEL_OP_LE || op == KAFEL_OP_GE);
    }
    struct bits bits = left.name ? left : right;
    if (!left.wide && !right.wide) {
        bits.mask &= UINT32_MAX;
        bits.set &= UINT32_MAX;
    }
    return relate(scope, op, &bits, left.name ? right.set : left.set);
}

struct kafel_cond kafel_condition(const struct kafel_scope *scope, const struct kafel_expr *expr)
{
    if (expr->op < KAFEL_OP_AND)
        return comparison(scope, expr);
    struct kafel_cond left = kafel_condition(scope, expr->left);
    if (expr->op == KAFEL_OP_NOT)
        return negate(scope, left);
    struct kafel_cond right = kafel_condition(scope, expr->right);
    return expr->op == KAFEL_OP_AND ? both(scope, left, right) : either(scope, left, right);
}
