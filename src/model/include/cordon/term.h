/* SPDX-License-Identifier: MIT */
/*
 * term.h: values that a filter's arithmetic computes from the words of a call.
 *
 * A term is a word, a constant, or an operation on two terms, modulo 2^32. Terms are hash-consed
 * and simplified: an operation that only moves the intervals of one word (adding, shifting, masking
 * with constants …) is inverted when it is tested, so that the graph tests the word itself. All
 * other terms are kept exact.
 *
 * Terms belong to a graph and share its limits and its status.
 */
#ifndef CORDON_TERM_H
#define CORDON_TERM_H

#include "cordon/model.h"

CORDON_BEGIN

/* The operations of BPF's arithmetic, and GT (1 or 0) for comparisons of two terms. */
#define CORDON_TERM_OPS(X)                                                                         \
    X(ADD, "+")                                                                                    \
    X(SUB, "-")                                                                                    \
    X(MUL, "*")                                                                                    \
    X(DIV, "/") /* by a term that is not 0 */                                                      \
    X(AND, "&")                                                                                    \
    X(OR, "|")                                                                                     \
    X(XOR, "^")                                                                                    \
    X(LSH, "<<") /* by the low five bits */                                                        \
    X(RSH, ">>")                                                                                   \
    X(GT, ">")

#define CORDON_TERM_ENUM(name, sign) CORDON_TERM_##name,
enum cordon_term_op { CORDON_TERM_WORD, CORDON_TERM_CONSTANT, CORDON_TERM_OPS(CORDON_TERM_ENUM) };
#undef CORDON_TERM_ENUM

#define CORDON_TERM_NONE UINT32_MAX

struct cordon_term_view {
    enum cordon_term_op op;
    uint32_t value; /* CONSTANT: its value; WORD: its index */
    cordon_term left, right;
};

cordon_term cordon_model_constant(struct cordon_model *model, uint32_t value);
/* CORDON_TERM_NONE when the graph's limits are reached. */
cordon_term cordon_model_term(struct cordon_model *model, enum cordon_term_op op, cordon_term left,
                              cordon_term right);
struct cordon_term_view cordon_model_term_view(const struct cordon_model *model, cordon_term term);
/* Its value for one call. */
uint32_t cordon_model_term_value(struct cordon_model *model, cordon_term term,
                                 const struct cordon_data *data);
/* "((word 4 + 0x3) * word 0)"; `word` prints a word's name (NULL: as here). Deep terms are cut. */
void cordon_model_term_print(const struct cordon_model *model, cordon_term term,
                             void (*word)(void *context, struct cordon_sink *sink, uint32_t word),
                             void *context, struct cordon_sink *sink);

struct cordon_interval {
    uint32_t first, last;
};

/* first <= term <= last, as the graph tests it: (base & mask) is in one of the intervals. */
struct cordon_test {
    cordon_term base;
    uint32_t mask;
    const struct cordon_interval *intervals; /* ascending, disjoint; until the next call */
    uint32_t count;
};
struct cordon_test cordon_model_test(struct cordon_model *model, cordon_term term, uint32_t first,
                                     uint32_t last);
/* first <= term <= last ? yes : no. */
cordon_node cordon_model_term_range(struct cordon_model *model, cordon_term term, uint32_t first,
                                    uint32_t last, cordon_node yes, cordon_node no);

CORDON_END

#endif
