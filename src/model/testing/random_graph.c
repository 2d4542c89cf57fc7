/* SPDX-License-Identifier: MIT */
/* random_graph.c: random decision graphs for tests. */
#include "random_graph.h"

static uint64_t random_state;

void random_seed(uint64_t seed)
{
    random_state = seed;
}

uint32_t random_below(uint32_t bound)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % bound;
}

static uint32_t interesting(void)
{
    static const uint32_t values[] = {0, 1, 2, 3, 7, 8, 15, 16, 0x7fffffff, 0x80000000, 0xffffffff};
    return values[random_below(sizeof values / sizeof *values)];
}

struct cordon_data random_data(void)
{
    struct cordon_data data;
    for (int i = 0; i < CORDON_WORDS; i++)
        data.word[i] = interesting();
    return data;
}

struct random_test random_test(void)
{
    static const uint32_t masks[] = {UINT32_MAX, UINT32_MAX, 0xf, 0x3, 0x80000000, 0x10};
    uint32_t a = interesting(), b = interesting();
    return (struct random_test){.word = random_below(4) * 5 % CORDON_WORDS,
                                .mask = masks[random_below(6)],
                                .first = a < b ? a : b,
                                .last = a < b ? b : a,
                                .negated = random_below(2)};
}

struct random_chain random_chain(void)
{
    struct random_chain chain;
    for (int i = 0; i < RANDOM_STEPS; i++) {
        chain.tests[i][0] = random_test();
        chain.tests[i][1] = random_test();
        chain.values[i] = random_below(3);
    }
    return chain;
}

static bool holds(const struct random_test *test, const struct cordon_data *data)
{
    uint32_t value = data->word[test->word] & test->mask;
    return (test->first <= value && value <= test->last) != test->negated;
}

uint32_t random_chain_answer(const struct random_chain *chain, const struct cordon_data *data)
{
    for (int i = 0; i < RANDOM_STEPS; i++)
        if (holds(&chain->tests[i][0], data) && holds(&chain->tests[i][1], data))
            return chain->values[i];
    return RANDOM_DEFAULT;
}

static cordon_node test_graph(struct cordon_model *model, const struct random_test *test,
                              cordon_node yes, cordon_node no)
{
    return cordon_model_range(model, test->word, test->mask, test->first, test->last,
                              test->negated ? no : yes, test->negated ? yes : no);
}

cordon_node random_chain_graph(struct cordon_model *model, const struct random_chain *chain)
{
    cordon_node node = cordon_model_leaf(model, RANDOM_DEFAULT);
    cordon_node zero = cordon_model_leaf(model, 0), one = cordon_model_leaf(model, 1);
    for (int i = RANDOM_STEPS; i-- > 0;) {
        cordon_node second = test_graph(model, &chain->tests[i][1], one, zero);
        cordon_node both = test_graph(model, &chain->tests[i][0], second, zero);
        node = cordon_model_choose(model, both, cordon_model_leaf(model, chain->values[i]), node);
    }
    return node;
}
