/* SPDX-License-Identifier: MIT */
/*
 * model_test.c: the decision graph against plain C: random conditions are built as graphs and as a
 * list of comparisons, and both must answer alike; equal meanings must be equal ids; budgets must
 * hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cordon/model.h"

static uint64_t random_state;

static uint32_t random_below(uint32_t bound)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % bound;
}

static struct cordon_model *new_model(void)
{
    struct cordon_model *model = NULL;
    assert_int_equal(cordon_model_create(&model, NULL, 0), CORDON_OK);
    return model;
}

/* One step of a random chain: if (first <= (word & mask) <= last) value, or combined with the next.
 */
struct test {
    uint32_t word, mask, first, last;
    uint32_t value;
    bool negated;
};

static const uint32_t interesting[] = {0,  1,  2,          3,          7,         8,
                                       15, 16, 0x7fffffff, 0x80000000, 0xffffffff};
#define INTERESTING (sizeof interesting / sizeof *interesting)

static struct test random_test(void)
{
    static const uint32_t masks[] = {UINT32_MAX, UINT32_MAX, 0xf, 0x3, 0x80000000, 0x10};
    struct test test = {.word = random_below(4) * 5 % CORDON_WORDS,
                        .mask = masks[random_below(6)],
                        .first = interesting[random_below(INTERESTING)],
                        .last = interesting[random_below(INTERESTING)],
                        .value = random_below(3),
                        .negated = random_below(2)};
    if (test.first > test.last) {
        uint32_t swap = test.first;
        test.first = test.last;
        test.last = swap;
    }
    return test;
}

static bool holds(const struct test *test, const struct cordon_data *data)
{
    uint32_t value = data->word[test->word] & test->mask;
    return (test->first <= value && value <= test->last) != test->negated;
}

static struct cordon_data random_data(void)
{
    struct cordon_data data;
    for (int i = 0; i < CORDON_WORDS; i++)
        data.word[i] = interesting[random_below(INTERESTING)];
    return data;
}

#define CHAIN 6

/* First match decides, each step being the AND of two tests. */
static uint32_t plain_answer(struct test tests[CHAIN][2], const struct cordon_data *data)
{
    for (int i = 0; i < CHAIN; i++)
        if (holds(&tests[i][0], data) && holds(&tests[i][1], data))
            return tests[i][0].value;
    return 99;
}

static cordon_node test_graph(struct cordon_model *model, const struct test *test, cordon_node yes,
                              cordon_node no)
{
    return cordon_model_range(model, test->word, test->mask, test->first, test->last,
                              test->negated ? no : yes, test->negated ? yes : no);
}

static cordon_node chain_graph(struct cordon_model *model, struct test tests[CHAIN][2])
{
    cordon_node node = cordon_model_leaf(model, 99);
    cordon_node zero = cordon_model_leaf(model, 0), one = cordon_model_leaf(model, 1);
    for (int i = CHAIN; i-- > 0;) {
        cordon_node second = test_graph(model, &tests[i][1], one, zero);
        cordon_node both = test_graph(model, &tests[i][0], second, zero);
        node = cordon_model_choose(model, both, cordon_model_leaf(model, tests[i][0].value), node);
    }
    return node;
}

static void graphs_answer_like_plain_code(void **state)
{
    (void)state;
    random_state = 1;
    for (int round = 0; round < 400; round++) {
        struct cordon_model *model = new_model();
        struct test tests[CHAIN][2];
        for (int i = 0; i < CHAIN; i++)
            tests[i][0] = random_test(), tests[i][1] = random_test();
        cordon_node node = chain_graph(model, tests);
        assert_int_equal(cordon_model_status(model), CORDON_OK);
        for (int i = 0; i < 200; i++) {
            struct cordon_data data = random_data();
            assert_int_equal(cordon_model_evaluate(model, node, &data), plain_answer(tests, &data));
        }
        cordon_model_free(model);
    }
}

static void restricted_graphs_answer_like_the_whole(void **state)
{
    (void)state;
    random_state = 2;
    for (int round = 0; round < 400; round++) {
        struct cordon_model *model = new_model();
        struct test tests[CHAIN][2];
        for (int i = 0; i < CHAIN; i++)
            tests[i][0] = random_test(), tests[i][1] = random_test();
        cordon_node node = chain_graph(model, tests);
        struct test range = random_test();
        if (round % 2)
            range.last = range.first;
        cordon_node part = cordon_model_restrict(model, node, range.word, range.first, range.last);
        for (int i = 0; i < 200; i++) {
            struct cordon_data data = random_data();
            uint32_t value = data.word[range.word];
            if (range.first <= value && value <= range.last)
                assert_int_equal(cordon_model_evaluate(model, part, &data),
                                 cordon_model_evaluate(model, node, &data));
        }
        cordon_model_free(model);
    }
}

static void same_meaning_is_same_id(void **state)
{
    (void)state;
    struct cordon_model *model = new_model();
    cordon_node a = cordon_model_leaf(model, 7), b = cordon_model_leaf(model, 8);
    /* x <= 5 ? a : b  in three ways */
    cordon_node one = cordon_model_range(model, 4, UINT32_MAX, 0, 5, a, b);
    cordon_node two = cordon_model_range(model, 4, UINT32_MAX, 6, UINT32_MAX, b, a);
    cordon_node low = cordon_model_range(model, 4, UINT32_MAX, 0, 2, a, b);
    cordon_node three = cordon_model_range(model, 4, UINT32_MAX, 3, 5, a, low);
    assert_int_equal(one.id, two.id);
    assert_int_equal(one.id, three.id);
    /* order of building does not matter across words */
    cordon_node nr_first = cordon_model_range(model, 0, UINT32_MAX, 1, 1, one, b);
    cordon_node arg_first = cordon_model_range(
        model, 4, UINT32_MAX, 0, 5, cordon_model_range(model, 0, UINT32_MAX, 1, 1, a, b), b);
    assert_int_equal(nr_first.id, arg_first.id);
    cordon_model_free(model);
}

static uint32_t add_ten(void *context, uint32_t value)
{
    (void)context;
    return value < 2 ? 10 : value;
}

static void count_leaf(void *context, uint32_t value)
{
    (void)value;
    ++*(int *)context;
}

static void mapped_leaves_merge(void **state)
{
    (void)state;
    struct cordon_model *model = new_model();
    struct cordon_edge edges[] = {{3, cordon_model_leaf(model, 0)},
                                  {9, cordon_model_leaf(model, 1)},
                                  {UINT32_MAX, cordon_model_leaf(model, 2)}};
    cordon_node node = cordon_model_switch(model, 0, UINT32_MAX, edges, 3);
    int leaves = 0;
    assert_int_equal(cordon_model_leaves(model, node, count_leaf, &leaves), CORDON_OK);
    assert_int_equal(leaves, 3);
    cordon_node mapped = cordon_model_map(model, node, add_ten, NULL);
    struct cordon_view view = cordon_model_view(model, mapped);
    assert_int_equal(view.edge_count, 2);
    assert_int_equal(view.edges[0].last, 9);
    cordon_model_free(model);
}

static void bad_switches_are_internal_errors(void **state)
{
    (void)state;
    struct cordon_model *model = new_model();
    cordon_node leaf = cordon_model_leaf(model, 0), other = cordon_model_leaf(model, 1);
    cordon_node nr = cordon_model_range(model, 0, UINT32_MAX, 0, 5, leaf, other);
    struct cordon_edge edges[] = {{5, nr}, {UINT32_MAX, leaf}};
    cordon_node bad = cordon_model_switch(model, 4, UINT32_MAX, edges, 2); /* arg before nr */
    assert_true(cordon_node_same(bad, CORDON_NODE_NONE));
    assert_int_equal(cordon_model_status(model), CORDON_E_INTERNAL);
    assert_true(cordon_node_same(cordon_model_leaf(model, 3), CORDON_NODE_NONE)); /* sticky */
    cordon_model_free(model);
}

static void the_byte_cap_ends_in_budget(void **state)
{
    (void)state;
    struct cordon_model *model = NULL;
    assert_int_equal(cordon_model_create(&model, NULL, 64 * 1024), CORDON_OK);
    cordon_node node = cordon_model_leaf(model, 0);
    for (uint32_t i = 0; i < 100000; i++)
        node = cordon_model_leaf(model, i);
    assert_true(cordon_node_same(node, CORDON_NODE_NONE));
    assert_int_equal(cordon_model_status(model), CORDON_E_BUDGET);
    cordon_model_free(model);
}

static void *failing_resize(void *context, void *old, size_t old_size, size_t new_size)
{
    int *left = context;
    if (new_size && (*left)-- == 0)
        return NULL;
    return cordon_allocator_libc.resize(NULL, old, old_size, new_size);
}

static void every_failing_allocation_is_survived(void **state)
{
    (void)state;
    random_state = 3;
    struct test tests[CHAIN][2];
    for (int i = 0; i < CHAIN; i++)
        tests[i][0] = random_test(), tests[i][1] = random_test();
    bool done = false;
    for (int nth = 0; !done; nth++) {
        assert_true(nth < 1000);
        int left = nth;
        struct cordon_allocator failing = {failing_resize, &left};
        struct cordon_model *model = NULL;
        if (cordon_model_create(&model, &failing, 0) != CORDON_OK)
            continue;
        cordon_node node = chain_graph(model, tests);
        if (cordon_node_same(node, CORDON_NODE_NONE))
            assert_int_equal(cordon_model_status(model), CORDON_E_NO_MEMORY);
        else
            done = left >= 0;
        cordon_model_free(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graphs_answer_like_plain_code),
        cmocka_unit_test(restricted_graphs_answer_like_the_whole),
        cmocka_unit_test(same_meaning_is_same_id),
        cmocka_unit_test(mapped_leaves_merge),
        cmocka_unit_test(bad_switches_are_internal_errors),
        cmocka_unit_test(the_byte_cap_ends_in_budget),
        cmocka_unit_test(every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
