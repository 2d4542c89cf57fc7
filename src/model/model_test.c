/* SPDX-License-Identifier: MIT */
/*
 * model_test.c: the decision graph compared with plain C: random conditions are built as graphs and
 * as a list of comparisons, and both must give the same results. Equal meanings must have equal
 * ids; budgets must hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cordon/compare.h"
#include "cordon/term.h"
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
    struct cordon_edge edges[] = {{5, other}, {7, leaf}}; /* also above 7? */
    cordon_node bad = cordon_model_switch(model, 4, UINT32_MAX, edges, 2);
    assert_true(cordon_node_same(bad, CORDON_NODE_NONE));
    assert_int_equal(cordon_model_status(model), CORDON_E_INTERNAL);
    assert_true(cordon_node_same(cordon_model_leaf(model, 3), CORDON_NODE_NONE)); /* sticky */
    cordon_model_free(model);
}

/* ---- two graphs ---- */

static const uint32_t answers[] = {0x7fff0000, 0x00050001, 0x00050002, 0x80000000, 0x7ffc0000};

static uint32_t to_answer(void *context, uint32_t value)
{
    return answers[(value + *(uint32_t *)context) % 5];
}

static cordon_node random_filter(struct cordon_model *model, struct random_chain *chain,
                                 uint32_t shift)
{
    *chain = random_chain();
    return cordon_model_map(model, random_chain_graph(model, chain), to_answer, &shift);
}

/* The kernel's rule: newer filters run first, and an older one only takes over with a stricter
 * action. */
static uint32_t stacked(uint32_t older, uint32_t newer)
{
    return (int32_t)(older & 0xffff0000) < (int32_t)(newer & 0xffff0000) ? older : newer;
}

static uint32_t looser(uint32_t a, uint32_t b)
{
    return (int32_t)(b & 0xffff0000) > (int32_t)(a & 0xffff0000) ? b : a;
}

static void two_filters_are_combined_leaf_by_leaf(void **state)
{
    (void)state;
    random_seed(11);
    for (int round = 0; round < 200; round++) {
        struct cordon_model *model = new_model();
        struct random_chain chains[2];
        cordon_node a = random_filter(model, &chains[0], 0);
        cordon_node b = random_filter(model, &chains[1], 2);
        cordon_node stack = cordon_model_stack(model, a, b);
        cordon_node both = cordon_model_union(model, a, b);
        cordon_node less = cordon_model_subtract(model, a, b, 0x00050007);
        cordon_node over = cordon_model_override(model, a, b, 0x00050001);
        cordon_node strict = cordon_model_intersection(model, a, b);
        assert_int_equal(cordon_model_status(model), CORDON_OK);
        for (int i = 0; i < 100; i++) {
            struct cordon_data data = random_data();
            uint32_t x = cordon_model_evaluate(model, a, &data);
            uint32_t y = cordon_model_evaluate(model, b, &data);
            assert_int_equal(cordon_model_evaluate(model, stack, &data), stacked(x, y));
            assert_int_equal(cordon_model_evaluate(model, both, &data), looser(x, y));
            assert_int_equal(cordon_model_evaluate(model, strict, &data), stacked(y, x));
            assert_int_equal(cordon_model_evaluate(model, less, &data),
                             y == 0x7fff0000 ? 0x00050007 : x);
            assert_int_equal(cordon_model_evaluate(model, over, &data), y == 0x00050001 ? x : y);
        }
        assert_int_equal(cordon_model_subset(model, stack, a, NULL), CORDON_YES);
        assert_int_equal(cordon_model_subset(model, stack, b, NULL), CORDON_YES);
        assert_int_equal(cordon_model_subset(model, a, both, NULL), CORDON_YES);
        cordon_model_free(model);
    }
}

static void reduced_graphs_answer_alike_and_are_equal(void **state)
{
    (void)state;
    random_seed(12);
    for (int round = 0; round < 300; round++) {
        struct cordon_model *model = new_model();
        struct random_chain chain;
        cordon_node node = random_filter(model, &chain, 0);
        cordon_node reduced = cordon_model_reduce(model, node);
        for (int i = 0; i < 100; i++) {
            struct cordon_data data = random_data();
            assert_int_equal(cordon_model_evaluate(model, reduced, &data),
                             cordon_model_evaluate(model, node, &data));
        }
        assert_int_equal(cordon_model_equal(model, node, reduced, NULL), CORDON_YES);
        cordon_model_free(model);
    }
}

static void witnesses_reach_their_leaf(void **state)
{
    (void)state;
    random_seed(13);
    unsigned found = 0;
    for (int round = 0; round < 300; round++) {
        struct cordon_model *model = new_model();
        struct random_chain chains[2];
        struct cordon_data call;
        cordon_node a = random_filter(model, &chains[0], 0);
        cordon_node b = random_filter(model, &chains[1], 0);
        enum cordon_answer same = cordon_model_equal(model, a, b, &call);
        assert_int_not_equal(same, CORDON_UNDECIDED);
        if (same == CORDON_NO)
            assert_int_not_equal(cordon_model_evaluate(model, a, &call),
                                 cordon_model_evaluate(model, b, &call));
        for (int i = 0; i < 5; i++) {
            enum cordon_answer there = cordon_model_find(model, a, answers[i], &call);
            assert_int_not_equal(there, CORDON_UNDECIDED);
            if (there == CORDON_YES)
                assert_int_equal(cordon_model_evaluate(model, a, &call), answers[i]);
            found += there == CORDON_YES;
        }
        cordon_model_free(model);
    }
    assert_true(found > 300);
}

static void overlapping_masks_are_decided(void **state)
{
    (void)state;
    struct cordon_model *model = new_model();
    cordon_node yes = cordon_model_leaf(model, 1), no = cordon_model_leaf(model, 2);
    /* x & 0x10 and x == 0x11 is the same as x == 0x11; then a contradiction */
    cordon_node exact = cordon_model_range(model, 4, UINT32_MAX, 0x11, 0x11, yes, no);
    cordon_node both = cordon_model_range(model, 4, 0x10, 0x10, 0x10, exact, no);
    cordon_node never = cordon_model_range(model, 4, 0x10, 0, 0, exact, no);
    assert_int_not_equal(both.id, exact.id);
    assert_int_equal(cordon_model_equal(model, both, exact, NULL), CORDON_YES);
    assert_int_equal(cordon_model_equal(model, never, no, NULL), CORDON_YES);
    assert_int_equal(cordon_model_reduce(model, never).id, no.id);
    /* the high bits, and the bit of x32, become whole intervals */
    cordon_node high = cordon_model_range(model, 4, 0xfffff000, 0x1000, 0x1000, yes, no);
    cordon_node whole = cordon_model_range(model, 4, UINT32_MAX, 0x1000, 0x1fff, yes, no);
    assert_int_equal(high.id, whole.id);
    cordon_model_free(model);
}

/* The parity of the bits of word 4 under a mask: one test per bit. */
static cordon_node parity_of(struct cordon_model *model, uint32_t mask)
{
    cordon_node even = cordon_model_leaf(model, 1), odd = cordon_model_leaf(model, 2);
    for (uint32_t bit = 0x80000000u; bit; bit >>= 1) {
        if (!(bit & mask))
            continue;
        cordon_node next = cordon_model_range(model, 4, bit, bit, bit, odd, even);
        odd = cordon_model_range(model, 4, bit, bit, bit, even, odd);
        even = next;
    }
    return even;
}

/* There are 2^32 paths; the comparison must not walk each. */
static void disjoint_bits_are_solved_separately(void **state)
{
    (void)state;
    struct cordon_model *model = new_model();
    struct cordon_data call;
    cordon_node all = parity_of(model, UINT32_MAX), most = parity_of(model, ~0x80u);
    cordon_node reduced = cordon_model_reduce(model, all);
    assert_int_equal(cordon_model_status(model), CORDON_OK);
    assert_int_equal(cordon_model_equal(model, all, reduced, NULL), CORDON_YES);
    assert_int_equal(cordon_model_equal(model, all, most, &call), CORDON_NO);
    assert_true(call.word[4] & 0x80);
    assert_int_equal(cordon_model_find(model, all, 2, &call), CORDON_YES);
    assert_int_equal(__builtin_parity(call.word[4]), 1);
    assert_int_equal(cordon_model_status(model), CORDON_OK);
    cordon_model_free(model);
}

static void used_words_are_listed(void **state)
{
    (void)state;
    struct cordon_model *model = new_model();
    cordon_node yes = cordon_model_leaf(model, 1), no = cordon_model_leaf(model, 2);
    cordon_term sum = cordon_model_term(model, CORDON_TERM_ADD, 7, 9);
    cordon_node node = cordon_model_range(
        model, 4, UINT32_MAX, 1, 1, yes, cordon_model_range(model, sum, UINT32_MAX, 3, 5, yes, no));
    assert_int_equal(cordon_model_words(model, node), 1u << 4 | 1u << 7 | 1u << 9);
    assert_int_equal(cordon_model_words(model, yes), 0);
    assert_int_equal(cordon_model_words(model, cordon_model_computed(model, sum)),
                     1u << 7 | 1u << 9);
    assert_int_equal(cordon_model_words(model, CORDON_NODE_NONE), 0);
    assert_true(cordon_model_view(model, CORDON_NODE_NONE).is_leaf);
    cordon_model_free(model);
}

static cordon_node many_leaves(struct cordon_model *model, unsigned word, uint32_t from)
{
    struct cordon_edge edges[1000];
    for (uint32_t i = 0; i < 1000; i++)
        edges[i] =
            (struct cordon_edge){i < 999 ? i : UINT32_MAX, cordon_model_leaf(model, from + i)};
    return cordon_model_switch(model, word, UINT32_MAX, edges, 1000);
}

/* A million pairs: only the first thousands have leaves of their own. */
static void excess_pairs_share_a_leaf(void **state)
{
    (void)state;
    struct cordon_model *model = new_model();
    struct cordon_difference_graph difference;
    cordon_node a = many_leaves(model, 4, 0), b = many_leaves(model, 6, 5000);
    assert_int_equal(cordon_model_difference(&difference, model, a, b, CORDON_DIFFER_AT_ALL),
                     CORDON_OK);
    assert_in_range(difference.count, 1000, 10000);
    assert_int_equal(difference.pairs[difference.count - 1].a.id, CORDON_NODE_NONE.id);
    assert_int_equal(cordon_model_equal(model, a, b, NULL), CORDON_NO);
    cordon_difference_graph_free(&difference);
    cordon_model_free(model);
}

static void shares_add_up(void **state)
{
    (void)state;
    struct cordon_model *model = new_model();
    cordon_node yes = cordon_model_leaf(model, 1), no = cordon_model_leaf(model, 2);
    cordon_node quarter = cordon_model_range(model, 4, UINT32_MAX, 0, 0x3fffffff, yes, no);
    cordon_node eighth = cordon_model_range(model, 6, 0x3, 1, 2, quarter, no);
    assert_float_equal(cordon_model_share(model, quarter, 1), 0.25, 1e-12);
    assert_float_equal(cordon_model_share(model, eighth, 1), 0.125, 1e-12);
    assert_float_equal(cordon_model_share(model, eighth, 2), 0.875, 1e-12);
    cordon_model_free(model);
}

static void arithmetic_on_one_word_becomes_intervals(void **state)
{
    (void)state;
    struct cordon_model *model = new_model();
    cordon_node yes = cordon_model_leaf(model, 1), no = cordon_model_leaf(model, 2);
    cordon_term five = cordon_model_constant(model, 5);
    cordon_term sum = cordon_model_term(model, CORDON_TERM_ADD, 4, five);
    cordon_node moved = cordon_model_term_range(model, sum, 5, 9, yes, no);
    cordon_node plain = cordon_model_range(model, 4, UINT32_MAX, 0, 4, yes, no);
    assert_int_equal(moved.id, plain.id);
    cordon_term shifted = cordon_model_term(model, CORDON_TERM_RSH, 4, five);
    assert_int_equal(cordon_model_term_range(model, shifted, 0, 0, yes, no).id,
                     cordon_model_range(model, 4, UINT32_MAX, 0, 31, yes, no).id);
    /* a sum of two words stays a term; two such tests may be undecided, but never called equal */
    cordon_term product = cordon_model_term(model, CORDON_TERM_MUL, 4, 6);
    cordon_node one = cordon_model_term_range(model, product, 7, 7, yes, no);
    cordon_node two = cordon_model_term_range(model, product, 9, 9, yes, no);
    assert_int_not_equal(cordon_model_equal(model, one, two, NULL), CORDON_YES);
    /* ((x + 0x20) & 0xfffffff8) == 0 */
    cordon_term high = cordon_model_term(
        model, CORDON_TERM_AND,
        cordon_model_term(model, CORDON_TERM_ADD, 4, cordon_model_constant(model, 0x20)),
        cordon_model_constant(model, 0xfffffff8));
    struct cordon_test test = cordon_model_test(model, high, 0, 0);
    assert_int_equal(test.base, 4);
    assert_int_equal(test.mask, UINT32_MAX);
    assert_int_equal(test.intervals[0].first, 0xffffffe0);
    assert_int_equal(test.intervals[0].last, 0xffffffe7);
    cordon_model_free(model);
}

static void no_leaf(void *context, uint32_t value)
{
    (void)context;
    fail_msg("leaf %u", value);
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
    assert_int_equal(cordon_model_leaves(model, node, no_leaf, NULL), CORDON_E_BUDGET);
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

static void graphs_are_printed_a_node_per_line(void **state)
{
    (void)state;
    char text[200];
    struct cordon_buffer buffer = {text, sizeof text, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    struct cordon_model *model = new_model();
    uint32_t before = cordon_model_size(model);
    cordon_node no = cordon_model_leaf(model, 0), yes = cordon_model_leaf(model, 1);
    struct cordon_edge edges[] = {{5, yes}, {UINT32_MAX, no}};
    cordon_node node = cordon_model_switch(model, CORDON_WORD_NR, UINT32_MAX, edges, 2);
    assert_int_equal(cordon_model_size(model), before + 3);
    cordon_model_dump(model, node, &sink);
    assert_string_equal(text, "n0 = 0x00000000\n"
                              "n1 = 0x00000001\n"
                              "n2 = word 0 ..0x5 n1, ..0xffffffff n0\n");
    cordon_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graphs_answer_like_plain_code),
        cmocka_unit_test(restricted_graphs_answer_like_the_whole),
        cmocka_unit_test(same_meaning_is_same_id),
        cmocka_unit_test(mapped_leaves_merge),
        cmocka_unit_test(bad_switches_are_internal_errors),
        cmocka_unit_test(two_filters_are_combined_leaf_by_leaf),
        cmocka_unit_test(reduced_graphs_answer_alike_and_are_equal),
        cmocka_unit_test(witnesses_reach_their_leaf),
        cmocka_unit_test(overlapping_masks_are_decided),
        cmocka_unit_test(disjoint_bits_are_solved_separately),
        cmocka_unit_test(used_words_are_listed),
        cmocka_unit_test(excess_pairs_share_a_leaf),
        cmocka_unit_test(shares_add_up),
        cmocka_unit_test(arithmetic_on_one_word_becomes_intervals),
        cmocka_unit_test(the_byte_cap_ends_in_budget),
        cmocka_unit_test(every_failing_allocation_is_survived),
        cmocka_unit_test(graphs_are_printed_a_node_per_line),
    };
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
