/* SPDX-License-Identifier: MIT */
/*
 * random_graph.h: random decisions for tests, as a graph and as a list of plain comparisons with
 * the same meaning.
 */
#ifndef MODEL_TESTING_RANDOM_GRAPH_H
#define MODEL_TESTING_RANDOM_GRAPH_H

#include "cordon/model.h"

/* Deterministic: the same seed gives the same sequence. Not thread safe: test support. */
void random_seed(uint64_t seed);
uint32_t random_below(uint32_t bound);
/* A call whose words are values at which decisions change. */
struct cordon_data random_data(void);

/* first <= (word & mask) <= last, or its opposite. */
struct random_test {
    uint32_t word, mask, first, last;
    bool negated;
};
struct random_test random_test(void);

/* Steps tried in order: the first whose two tests both hold decides; otherwise RANDOM_DEFAULT. */
#define RANDOM_STEPS   6
#define RANDOM_DEFAULT 99u
struct random_chain {
    struct random_test tests[RANDOM_STEPS][2];
    uint32_t values[RANDOM_STEPS];
};
struct random_chain random_chain(void);
uint32_t random_chain_answer(const struct random_chain *chain, const struct cordon_data *data);
cordon_node random_chain_graph(struct cordon_model *model, const struct random_chain *chain);

#endif
