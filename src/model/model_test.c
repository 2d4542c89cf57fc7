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
#include "failing.h"
#include "random_graph.h"

static struct cordon_model *new_model(void)
{
    struct cordon_model *model = NULL;
    assert_int_equal(cordon_model_create(&model, NULL, 0), CORDON_OK);
    return model;
}

static void graphs_answer_like_plain_code(void **state)
{
    (void)state;
    random_seed(1);
    for (int round = 0; round < 400; round++) {
        struct cordon_model *model = new_model();
        struct random_chain chain = random_chain();
        cordon_node node = random_chain_graph(model, &chain);
        assert_int_equal(cordon_model_status(model), CORDON_OK);
        for (int i = 0; i < 200; i++) {
            struct cordon_data data = random_data();
            assert_int_equal(cordon_model_evaluate(model, node, &data),
                             random_chain_answer(&chain, &data));
        }
        cordon_model_free(model);
    }
}

static void restricted_graphs_answer_like_the_whole(void **state)
{
    (void)state;
    random_seed(2);
    for (int round = 0; round < 400; round++) {
        struct cordon_model *model = new_model();
        struct random_chain chain = random_chain();
        cordon_node node = random_chain_graph(model, &chain);
        struct random_test range = random_test();
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
    struct cordon_edge edges[] = {{5, other}, {7, leaf}}; /* and above 7? */
    cordon_node bad = cordon_model_switch(model, 4, UINT32_MAX, edges, 2);
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

static void every_failing_allocation_is_survived(void **state)
{
    (void)state;
    random_seed(3);
    struct random_chain chain = random_chain();
    bool done = false;
    for (int nth = 0; !done; nth++) {
        assert_true(nth < 1000);
        int left = nth;
        struct cordon_allocator failing = failing_allocator(&left);
        struct cordon_model *model = NULL;
        if (cordon_model_create(&model, &failing, 0) != CORDON_OK)
            continue;
        cordon_node node = random_chain_graph(model, &chain);
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
