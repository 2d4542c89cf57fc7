/* SPDX-License-Identifier: MIT */
/* term.c: computed values: each is stored once, simplified, and computed once per call. */
#include "graph.h"

#define INITIAL_TERM_SLOTS 64u

/* ---- storage ---- */

static uint32_t hash_term(const struct term *term)
{
    return graph_mix(graph_mix((uint32_t)term->op, term->left), term->right);
}

static bool place_terms(struct cordon_model *model, size_t count)
{
    uint32_t *slots = graph_take(model, count, sizeof *slots);
    if (!slots)
        return false;
    for (uint32_t i = 0; i < model->term_count; i++) {
        size_t at = hash_term(&model->terms[i]) & (count - 1);
        while (slots[at])
            at = (at + 1) & (count - 1);
        slots[at] = i + 1;
    }
    graph_drop(model, model->term_slots, model->term_slot_count, sizeof *slots);
    model->term_slots = slots;
    model->term_slot_count = count;
    return true;
}

static cordon_term intern_term(struct cordon_model *model, struct term want)
{
    if (model->status)
        return CORDON_TERM_NONE;
    if (model->term_count * 2 >= model->term_slot_count) {
        size_t count = model->term_slot_count ? model->term_slot_count * 2 : INITIAL_TERM_SLOTS;
        if (!place_terms(model, count)) {
            graph_fail(model, model->capped ? CORDON_E_BUDGET : CORDON_E_NO_MEMORY);
            return CORDON_TERM_NONE;
        }
    }
    size_t at = hash_term(&want) & (model->term_slot_count - 1);
    for (; model->term_slots[at]; at = (at + 1) & (model->term_slot_count - 1)) {
        const struct term *have = &model->terms[model->term_slots[at] - 1];
        if (have->op == want.op && have->left == want.left && have->right == want.right)
            return CORDON_WORDS + model->term_slots[at] - 1;
    }
    if (!graph_grow(model, (void **)&model->terms, &model->term_room, sizeof *model->terms,
                    model->term_count + 1))
        return CORDON_TERM_NONE;
    model->terms[model->term_count++] = want;
    model->term_slots[at] = (uint32_t)model->term_count;
    return CORDON_WORDS + (uint32_t)model->term_count - 1;
}

cordon_term cordon_model_constant(struct cordon_model *model, uint32_t value)
{
    return intern_term(model, (struct term){.op = CORDON_TERM_CONSTANT, .left = value});
}

struct cordon_term_view cordon_model_term_view(const struct cordon_model *model, cordon_term term)
{
    if (term < CORDON_WORDS)
        return (struct cordon_term_view){.op = CORDON_TERM_WORD, .value = term};
    const struct term *inner = &model->terms[term - CORDON_WORDS];
    if (inner->op == CORDON_TERM_CONSTANT)
        return (struct cordon_term_view){.op = inner->op, .value = inner->left};
    return (struct cordon_term_view){.op = inner->op, .left = inner->left, .right = inner->right};
}

/* ---- values ---- */

static uint32_t compute(enum cordon_term_op op, uint32_t left, uint32_t right)
{
    switch (op) {
    case CORDON_TERM_ADD:
        return left + right;
    case CORDON_TERM_SUB:
        return left - right;
    case CORDON_TERM_MUL:
        return left * right;
    case CORDON_TERM_DIV:
        return right ? left / right : 0;
    case CORDON_TERM_AND:
        return left & right;
    case CORDON_TERM_OR:
        return left | right;
    case CORDON_TERM_XOR:
        return left ^ right;
    case CORDON_TERM_LSH:
        return left << (right & 31);
    case CORDON_TERM_RSH:
        return left >> (right & 31);
    case CORDON_TERM_GT:
        return left > right;
    case CORDON_TERM_WORD:
    case CORDON_TERM_CONSTANT:
        break;
    }
    return 0;
}

/* Terms are computed once per call, so shared parts are computed once. The depth is that of the
 * arithmetic in one program: at most its length. */
static uint32_t term_value(struct cordon_model *model, cordon_term term,
                           const struct cordon_data *data)
{
    if (term < CORDON_WORDS)
        return data->word[term];
    struct term *inner = &model->terms[term - CORDON_WORDS];
    if (inner->op == CORDON_TERM_CONSTANT)
        return inner->left;
    if (inner->stamp != model->stamp) {
        uint32_t left = term_value(model, inner->left, data);
        inner->value = compute(inner->op, left, term_value(model, inner->right, data));
        inner->stamp = model->stamp;
    }
    return inner->value;
}

void graph_new_call(struct cordon_model *model)
{
    if (++model->stamp == 0) {
        for (size_t i = 0; i < model->term_count; i++)
            model->terms[i].stamp = 0;
        model->stamp = 1;
    }
}

uint32_t graph_term_value(struct cordon_model *model, cordon_term term,
                          const struct cordon_data *data)
{
    return term_value(model, term, data);
}

uint32_t cordon_model_term_value(struct cordon_model *model, cordon_term term,
                                 const struct cordon_data *data)
{
    graph_new_call(model);
    return term_value(model, term, data);
}

/* ---- simplification ---- */

/* Properties of operands, for the rules below. */
struct operand {
    cordon_term term;
    bool constant;
    uint32_t value;
};

static struct operand look(const struct cordon_model *model, cordon_term term)
{
    struct cordon_term_view view = cordon_model_term_view(model, term);
    return (struct operand){term, view.op == CORDON_TERM_CONSTANT, view.value};
}

/* Is the term an operation `op` on an operand and a constant? Then returns both. */
static bool is_with_constant(const struct cordon_model *model, cordon_term term,
                             enum cordon_term_op op, cordon_term *of, uint32_t *value)
{
    struct cordon_term_view view = cordon_model_term_view(model, term);
    if (view.op != op)
        return false;
    struct operand right = look(model, view.right);
    *of = view.left;
    *value = right.value;
    return right.constant;
}

static cordon_term with(struct cordon_model *model, enum cordon_term_op op, cordon_term left,
                        uint32_t constant)
{
    return cordon_model_term(model, op, left, cordon_model_constant(model, constant));
}

static cordon_term plain(struct cordon_model *model, enum cordon_term_op op, cordon_term left,
                         cordon_term right)
{
    return intern_term(model, (struct term){.op = op,
                                            .left = left,
                                            .right = right,
                                            .words = graph_term_words(model, left) |
                                                     graph_term_words(model, right)});
}

static cordon_term plain_with(struct cordon_model *model, enum cordon_term_op op, cordon_term left,
                              uint32_t constant)
{
    return plain(model, op, left, cordon_model_constant(model, constant));
}

static uint32_t low_bits(uint32_t count)
{
    return count >= 32 ? UINT32_MAX : (UINT32_C(1) << count) - 1;
}

/* Simplifies x + c, and c - x. */
static cordon_term add_constant(struct cordon_model *model, cordon_term x, uint32_t c)
{
    cordon_term inner;
    uint32_t other;
    if (c == 0)
        return x;
    if (is_with_constant(model, x, CORDON_TERM_ADD, &inner, &other))
        return add_constant(model, inner, other + c);
    struct cordon_term_view view = cordon_model_term_view(model, x);
    if (view.op == CORDON_TERM_SUB && look(model, view.left).constant)
        return cordon_model_term(model, CORDON_TERM_SUB,
                                 cordon_model_constant(model, look(model, view.left).value + c),
                                 view.right);
    return plain_with(model, CORDON_TERM_ADD, x, c);
}

static cordon_term subtract_from(struct cordon_model *model, uint32_t c, cordon_term x)
{
    cordon_term inner;
    uint32_t other;
    if (is_with_constant(model, x, CORDON_TERM_ADD, &inner, &other))
        return subtract_from(model, c - other, inner);
    struct cordon_term_view view = cordon_model_term_view(model, x);
    if (view.op == CORDON_TERM_SUB && look(model, view.left).constant)
        return add_constant(model, view.right, c - look(model, view.left).value);
    return plain(model, CORDON_TERM_SUB, cordon_model_constant(model, c), x);
}

/* Moves masks inwards, through shifts and exclusive or, to the word. */
static cordon_term and_constant(struct cordon_model *model, cordon_term x, uint32_t mask)
{
    cordon_term inner;
    uint32_t c;
    if (mask == 0)
        return cordon_model_constant(model, 0);
    if (mask == UINT32_MAX)
        return x;
    if (is_with_constant(model, x, CORDON_TERM_AND, &inner, &c))
        return and_constant(model, inner, c & mask);
    if (is_with_constant(model, x, CORDON_TERM_XOR, &inner, &c))
        return with(model, CORDON_TERM_XOR, and_constant(model, inner, mask), c & mask);
    if (is_with_constant(model, x, CORDON_TERM_RSH, &inner, &c))
        return mask << c == UINT32_MAX << c
                   ? x
                   : with(model, CORDON_TERM_RSH, and_constant(model, inner, mask << c), c);
    if (is_with_constant(model, x, CORDON_TERM_LSH, &inner, &c))
        return mask >> c == low_bits(32 - c)
                   ? x
                   : with(model, CORDON_TERM_LSH, and_constant(model, inner, mask >> c), c);
    return plain_with(model, CORDON_TERM_AND, x, mask);
}

static cordon_term xor_constant(struct cordon_model *model, cordon_term x, uint32_t c)
{
    cordon_term inner;
    uint32_t other;
    if (c == 0)
        return x;
    if (is_with_constant(model, x, CORDON_TERM_XOR, &inner, &other))
        return xor_constant(model, inner, other ^ c);
    return plain_with(model, CORDON_TERM_XOR, x, c);
}

/* Two shifts become one shift of a masked value; exclusive or moves outwards. */
static cordon_term shift_right(struct cordon_model *model, cordon_term x, uint32_t by)
{
    cordon_term inner;
    uint32_t c;
    if (by == 0)
        return x;
    if (is_with_constant(model, x, CORDON_TERM_XOR, &inner, &c))
        return xor_constant(model, shift_right(model, inner, by), c >> by);
    if (is_with_constant(model, x, CORDON_TERM_RSH, &inner, &c))
        return c + by > 31 ? cordon_model_constant(model, 0) : shift_right(model, inner, c + by);
    if (is_with_constant(model, x, CORDON_TERM_LSH, &inner, &c)) {
        cordon_term kept = and_constant(model, inner, low_bits(32 - c));
        return c >= by ? with(model, CORDON_TERM_LSH, kept, c - by)
                       : shift_right(model, kept, by - c);
    }
    if (is_with_constant(model, x, CORDON_TERM_AND, &inner, &c) && c & low_bits(by))
        return shift_right(model, and_constant(model, inner, c & ~low_bits(by)), by);
    return plain_with(model, CORDON_TERM_RSH, x, by);
}

static cordon_term shift_left(struct cordon_model *model, cordon_term x, uint32_t by)
{
    cordon_term inner;
    uint32_t c;
    if (by == 0)
        return x;
    if (is_with_constant(model, x, CORDON_TERM_XOR, &inner, &c))
        return xor_constant(model, shift_left(model, inner, by), c << by);
    if (is_with_constant(model, x, CORDON_TERM_LSH, &inner, &c))
        return c + by > 31 ? cordon_model_constant(model, 0) : shift_left(model, inner, c + by);
    if (is_with_constant(model, x, CORDON_TERM_RSH, &inner, &c)) {
        cordon_term kept = and_constant(model, inner, ~low_bits(c));
        return c >= by ? with(model, CORDON_TERM_RSH, kept, c - by)
                       : shift_left(model, kept, by - c);
    }
    if (is_with_constant(model, x, CORDON_TERM_AND, &inner, &c) && c & ~low_bits(32 - by))
        return shift_left(model, and_constant(model, inner, c & low_bits(32 - by)), by);
    return plain_with(model, CORDON_TERM_LSH, x, by);
}

static cordon_term multiply(struct cordon_model *model, cordon_term x, uint32_t c)
{
    cordon_term inner;
    uint32_t other;
    if (c == 0)
        return cordon_model_constant(model, 0);
    if ((c & (c - 1)) == 0)
        return shift_left(model, x, (uint32_t)__builtin_ctz(c));
    if (is_with_constant(model, x, CORDON_TERM_MUL, &inner, &other))
        return multiply(model, inner, other * c);
    return plain_with(model, CORDON_TERM_MUL, x, c);
}

static cordon_term divide(struct cordon_model *model, cordon_term x, uint32_t c)
{
    if (c && (c & (c - 1)) == 0)
        return shift_right(model, x, (uint32_t)__builtin_ctz(c));
    return plain_with(model, CORDON_TERM_DIV, x, c);
}

static cordon_term with_constant(struct cordon_model *model, enum cordon_term_op op, cordon_term x,
                                 uint32_t c)
{
    switch (op) {
    case CORDON_TERM_ADD:
        return add_constant(model, x, c);
    case CORDON_TERM_SUB:
        return add_constant(model, x, 0 - c);
    case CORDON_TERM_MUL:
        return multiply(model, x, c);
    case CORDON_TERM_DIV:
        return divide(model, x, c);
    case CORDON_TERM_AND:
        return and_constant(model, x, c);
    case CORDON_TERM_OR:
        return xor_constant(model, and_constant(model, x, ~c), c);
    case CORDON_TERM_XOR:
        return xor_constant(model, x, c);
    case CORDON_TERM_LSH:
        return shift_left(model, x, c & 31);
    case CORDON_TERM_RSH:
        return shift_right(model, x, c & 31);
    default:
        return plain_with(model, op, x, c);
    }
}

static bool is_commutative(enum cordon_term_op op)
{
    return op == CORDON_TERM_ADD || op == CORDON_TERM_MUL || op == CORDON_TERM_AND ||
           op == CORDON_TERM_OR || op == CORDON_TERM_XOR;
}

/* Simplifies x op x. */
static bool of_itself(struct cordon_model *model, enum cordon_term_op op, cordon_term x,
                      cordon_term *result)
{
    bool same = op == CORDON_TERM_AND || op == CORDON_TERM_OR;
    bool zero = op == CORDON_TERM_SUB || op == CORDON_TERM_XOR || op == CORDON_TERM_GT;
    if (same)
        *result = x;
    else if (zero)
        *result = cordon_model_constant(model, 0);
    return same || zero;
}

cordon_term cordon_model_term(struct cordon_model *model, enum cordon_term_op op, cordon_term left,
                              cordon_term right)
{
    if (model->status || left == CORDON_TERM_NONE || right == CORDON_TERM_NONE)
        return CORDON_TERM_NONE;
    struct operand a = look(model, left), b = look(model, right);
    cordon_term simple;
    if (a.constant && b.constant)
        return cordon_model_constant(model, compute(op, a.value, b.value));
    if (is_commutative(op) && (a.constant || (!b.constant && left > right))) {
        struct operand swap = a;
        a = b;
        b = swap;
    }
    if (b.constant)
        return with_constant(model, op, a.term, b.value);
    if (op == CORDON_TERM_SUB && a.constant)
        return subtract_from(model, a.value, right);
    if (a.term == b.term && of_itself(model, op, left, &simple))
        return simple;
    return plain(model, op, a.term, b.term);
}

/* ---- text ---- */

static void print_word(void *context, struct cordon_sink *sink, uint32_t word)
{
    (void)context;
    cordon_sink_text(sink, "word ");
    cordon_sink_decimal(sink, word);
}

/* Shared parts are printed each time, so the depth is limited: people read this. */
static void print_term(const struct cordon_model *model, cordon_term term,
                       void (*word)(void *context, struct cordon_sink *sink, uint32_t word),
                       void *context, uint32_t depth, struct cordon_sink *sink)
{
    static const char *const signs[] = {"", "",
#define SIGN(name, sign) " " sign " ",
                                        CORDON_TERM_OPS(SIGN)};
#undef SIGN
    struct cordon_term_view view = cordon_model_term_view(model, term);
    if (view.op == CORDON_TERM_WORD) {
        word(context, sink, view.value);
    } else if (view.op == CORDON_TERM_CONSTANT) {
        cordon_sink_hex(sink, view.value, 1);
    } else if (depth == 0) {
        cordon_sink_text(sink, "…");
    } else {
        cordon_sink_text(sink, "(");
        print_term(model, view.left, word, context, depth - 1, sink);
        cordon_sink_text(sink, signs[view.op]);
        print_term(model, view.right, word, context, depth - 1, sink);
        cordon_sink_text(sink, ")");
    }
}

void cordon_model_term_print(const struct cordon_model *model, cordon_term term,
                             void (*word)(void *context, struct cordon_sink *sink, uint32_t word),
                             void *context, struct cordon_sink *sink)
{
    print_term(model, term, word ? word : print_word, context, 6, sink);
}
