/* SPDX-License-Identifier: MIT */
/*
 * emit_test.c: emitted programs give the same results as their graph, also across long jumps. They
 * use only instructions that the kernel's constant-verdict cache understands, and don't load
 * arguments where the number decides.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cordon/emit.h"
#include "failing.h"
#include "random_graph.h"

static struct cordon_model *new_model(void)
{
    struct cordon_model *model = NULL;
    assert_int_equal(cordon_model_create(&model, NULL, 0), CORDON_OK);
    return model;
}

static struct cordon_code emit(struct cordon_model *model, cordon_node node)
{
    struct cordon_code code = {0};
    struct cordon_diag diag = {0};
    if (cordon_emit(&code, model, node, NULL, NULL, &diag) != CORDON_OK)
        fail_msg("%s", diag.text);
    return code;
}

static void check_call(struct cordon_model *model, cordon_node node, const struct cordon_code *code,
                       const struct cordon_data *data)
{
    assert_int_equal(cordon_program_run(&code->program, data).value,
                     cordon_model_evaluate(model, node, data));
}

static void a_leaf_is_one_return(void **state)
{
    (void)state;
    struct cordon_model *model = new_model();
    struct cordon_code code = emit(model, cordon_model_leaf(model, 0x7fff0000));
    assert_int_equal(code.program.length, 1);
    assert_int_equal(code.program.insns[0].k, 0x7fff0000);
    cordon_code_free(&code);
    cordon_model_free(model);
}

static void random_graphs_survive_emission(void **state)
{
    (void)state;
    random_seed(4);
    for (int round = 0; round < 500; round++) {
        struct cordon_model *model = new_model();
        struct random_chain chain = random_chain();
        cordon_node node = random_chain_graph(model, &chain);
        struct cordon_code code = emit(model, node);
        for (int i = 0; i < 200; i++) {
            struct cordon_data data = random_data();
            check_call(model, node, &code, &data);
        }
        cordon_code_free(&code);
        cordon_model_free(model);
    }
}

/* A switch on the number with `count` edges; every third edge tests an argument for a value of
 * its own. */
static cordon_node wide_graph(struct cordon_model *model, uint32_t count)
{
    struct cordon_edge *edges = calloc(count, sizeof *edges);
    assert_non_null(edges);
    for (uint32_t i = 0; i < count; i++) {
        cordon_node leaf = cordon_model_leaf(model, i % 7);
        cordon_node other = cordon_model_leaf(model, 100 + i % 2);
        edges[i].last = i + 1 == count ? UINT32_MAX : 3 * i;
        edges[i].to =
            i % 3 ? leaf : cordon_model_range(model, 4, UINT32_MAX, i, i + 5, leaf, other);
    }
    cordon_node node = cordon_model_switch(model, CORDON_WORD_NR, UINT32_MAX, edges, count);
    free(edges);
    return node;
}

static void far_jumps_reach_their_targets(void **state)
{
    (void)state;
    for (uint32_t count = 50; count < 1500; count = count * 3 / 2) {
        struct cordon_model *model = new_model();
        cordon_node node = wide_graph(model, count);
        struct cordon_code code = emit(model, node);
        for (uint32_t nr = 0; nr < 3 * count + 9; nr++)
            for (uint32_t arg = 0; arg < 3; arg++) {
                struct cordon_data data = {.word = {[0] = nr, [4] = nr / 3 + arg * 4}};
                check_call(model, node, &code, &data);
            }
        cordon_code_free(&code);
        cordon_model_free(model);
    }
}

/* A switch of `word` that leads `count` values to `yes`, the i-th being first + i * step. */
static cordon_node spaced_values(struct cordon_model *model, uint32_t first, uint32_t step,
                                 uint32_t count)
{
    cordon_node yes = cordon_model_leaf(model, 1), no = cordon_model_leaf(model, 2);
    struct cordon_edge *edges = calloc(2 * (size_t)count + 1, sizeof *edges);
    uint32_t used = 0;
    assert_non_null(edges);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t value = first + i * step;
        if (value > 0)
            edges[used++] = (struct cordon_edge){value - 1, no};
        edges[used++] = (struct cordon_edge){value, yes};
    }
    edges[used++] = (struct cordon_edge){UINT32_MAX, no};
    cordon_node node = cordon_model_switch(model, 6, UINT32_MAX, edges, used);
    free(edges);
    return node;
}

static void values_at_one_distance_are_few_instructions(void **state)
{
    (void)state;
    static const uint32_t steps[] = {2, 3, 7, 8, 12, 255, 256, 1000, 65537};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        for (uint32_t first = 0; first < 0x6000; first += 0x5403) {
            struct cordon_model *model = new_model();
            cordon_node node = spaced_values(model, first, steps[i], 3000);
            struct cordon_code code = emit(model, node);
            assert_true(code.program.length < 12);
            for (uint32_t n = 0; n < 3003; n++)
                for (uint32_t near = 0; near < 5; near++) {
                    struct cordon_data data = {.word = {[6] = first + n * steps[i] + near - 2}};
                    check_call(model, node, &code, &data);
                }
            cordon_code_free(&code);
            cordon_model_free(model);
        }
}

static void four_thousand_values_without_order_fit(void **state)
{
    (void)state;
    struct cordon_model *model = new_model();
    cordon_node yes = cordon_model_leaf(model, 1), no = cordon_model_leaf(model, 2);
    static struct cordon_edge edges[8001];
    uint32_t value = 1, used = 0;
    random_seed(6);
    for (int i = 0; i < 4000; i++) {
        value += 2 + random_below(500000);
        edges[used++] = (struct cordon_edge){value - 1, no};
        edges[used++] = (struct cordon_edge){value, yes};
    }
    edges[used++] = (struct cordon_edge){UINT32_MAX, no};
    cordon_node node = cordon_model_switch(model, 6, UINT32_MAX, edges, used);
    struct cordon_code code = emit(model, node);
    uint32_t worst = 0;
    for (uint32_t i = 0; i < used; i++)
        for (uint32_t near = 0; near < 3; near++) {
            struct cordon_data data = {.word = {[6] = edges[i].last + near - 1}};
            check_call(model, node, &code, &data);
            uint32_t steps = cordon_program_run(&code.program, &data).steps;
            worst = steps > worst ? steps : worst;
        }
    assert_true(worst < 150); /* 4,000 comparisons leave room for few splits */
    cordon_code_free(&code);
    cordon_model_free(model);
}

#define WIDE 100u

/* The mean over the counted calls is the one that an exhaustive search of small trees finds. */
static double best_tree(const uint32_t *weights, uint32_t first, uint32_t last)
{
    double best = 0, sum = 0;
    if (first == last)
        return 0;
    for (uint32_t i = first; i <= last; i++)
        sum += weights[i];
    for (uint32_t k = first; k < last; k++) {
        double cost = best_tree(weights, first, k) + best_tree(weights, k + 1, last);
        best = k == first || cost < best ? cost : best;
    }
    return best + sum;
}

static void trees_are_at_least_as_good_as_the_best_of_splits(void **state)
{
    (void)state;
    random_seed(8);
    for (int round = 0; round < 60; round++) {
        struct cordon_model *model = new_model();
        struct cordon_edge edges[9];
        struct cordon_call_count counts[9];
        uint32_t weights[9];
        double cost = 0;
        for (uint32_t i = 0; i < 9; i++) {
            weights[i] = 1 + random_below(i % 3 ? 20 : 200);
            edges[i] = (struct cordon_edge){i < 8 ? 3 * i + 2 : UINT32_MAX,
                                            cordon_model_leaf(model, 100 + i)};
            counts[i] = (struct cordon_call_count){0, 3 * i + 1, weights[i]};
        }
        cordon_node node = cordon_model_switch(model, CORDON_WORD_NR, UINT32_MAX, edges, 9);
        struct cordon_weights by_count = {
            .kind = CORDON_WEIGHTS_COUNTS, .calls = counts, .count = 9};
        struct cordon_code code = {0};
        assert_int_equal(cordon_emit(&code, model, node, &by_count, NULL, NULL), CORDON_OK);
        double total = 0;
        for (uint32_t i = 0; i < 9; i++) {
            struct cordon_data data = {.word = {3 * i + 1}};
            check_call(model, node, &code, &data);
            cost += weights[i] * (cordon_program_run(&code.program, &data).steps - 2.0);
            total += weights[i];
        }
        assert_true(cost <= best_tree(weights, 0, 8) + total * 1e-6);
        cordon_code_free(&code);
        cordon_model_free(model);
    }
}

/* The same over all splits of all ranges, for switches too wide for a recursion. */
static double best_of_splits(const double *weights, uint32_t count)
{
    static double cost[WIDE][WIDE];
    for (uint32_t i = count; i-- > 0;) {
        double sum = weights[i];
        cost[i][i] = 0;
        for (uint32_t j = i + 1; j < count; j++) {
            double best = cost[i][i] + cost[i + 1][j];
            for (uint32_t k = i + 1; k < j; k++)
                best = cost[i][k] + cost[k + 1][j] < best ? cost[i][k] + cost[k + 1][j] : best;
            sum += weights[j];
            cost[i][j] = best + sum;
        }
    }
    return cost[0][count - 1];
}

/* Only splits between those of shorter ranges are tried; this must not miss a better tree. */
static void wide_trees_lose_nothing(void **state)
{
    (void)state;
    random_seed(9);
    for (int round = 0; round < 40; round++) {
        struct cordon_model *model = new_model();
        struct cordon_edge edges[WIDE];
        struct cordon_call_count counts[WIDE];
        double weights[WIDE], cost = 0, total = 0;
        uint32_t count = WIDE / 2 + random_below(WIDE / 2);
        for (uint32_t i = 0; i < count; i++) {
            weights[i] = 1e9 * (1 + random_below(i % 5 ? 20 : 400)); /* others vanish */
            edges[i] = (struct cordon_edge){i + 1 < count ? 3 * i + 2 : UINT32_MAX,
                                            cordon_model_leaf(model, 100 + i)};
            counts[i] = (struct cordon_call_count){0, 3 * i + 1, weights[i]};
        }
        cordon_node node = cordon_model_switch(model, CORDON_WORD_NR, UINT32_MAX, edges, count);
        struct cordon_weights by_default = {
            .kind = CORDON_WEIGHTS_KERNEL_CACHE, .calls = counts, .count = count};
        struct cordon_code code = {0};
        assert_int_equal(cordon_emit(&code, model, node, &by_default, NULL, NULL), CORDON_OK);
        for (uint32_t i = 0; i < count; i++) {
            struct cordon_data data = {.word = {3 * i + 1}};
            check_call(model, node, &code, &data);
            cost += weights[i] * (cordon_program_run(&code.program, &data).steps - 2.0);
            total += weights[i];
        }
        assert_true(cost <= best_of_splits(weights, count) + total * 1e-4);
        cordon_code_free(&code);
        cordon_model_free(model);
    }
}

static void too_long_graphs_are_reported(void **state)
{
    (void)state;
    struct cordon_model *model = new_model();
    struct cordon_code code = {0};
    struct cordon_diag diag = {0};
    assert_int_equal(cordon_emit(&code, model, wide_graph(model, 5000), NULL, NULL, &diag),
                     CORDON_E_TOO_LONG);
    assert_non_null(strstr(diag.text, "4096"));
    assert_null(code.program.insns);
    cordon_model_free(model);
}

static void only_cacheable_instructions_are_used(void **state)
{
    (void)state;
    static const uint16_t cacheable[] = {CORDON_OP_LD_WORD, CORDON_OP_JA,    CORDON_OP_JEQ_K,
                                         CORDON_OP_JGT_K,   CORDON_OP_JGE_K, CORDON_OP_JSET_K,
                                         CORDON_OP_AND_K,   CORDON_OP_RET_K};
    random_seed(5);
    for (int round = 0; round < 100; round++) {
        struct cordon_model *model = new_model();
        struct random_chain chain = random_chain();
        struct cordon_code code = emit(model, random_chain_graph(model, &chain));
        for (uint32_t i = 0; i < code.program.length; i++) {
            bool found = false;
            for (size_t j = 0; j < sizeof cacheable / sizeof *cacheable; j++)
                found |= code.program.insns[i].code == cacheable[j];
            assert_true(found);
        }
        cordon_code_free(&code);
        cordon_model_free(model);
    }
}

static void a_bit_test_is_one_jset_that_keeps_the_word(void **state)
{
    (void)state;
    struct cordon_model *model = new_model();
    cordon_node yes = cordon_model_leaf(model, 1), no = cordon_model_leaf(model, 2);
    cordon_node exact = cordon_model_range(model, 4, UINT32_MAX, 9, 9, yes, no);
    cordon_node node = cordon_model_range(model, 4, 0x8, 1, UINT32_MAX, exact, no);
    struct cordon_code code = emit(model, node);
    assert_int_equal(code.program.length, 5); /* ld, jset, jeq, two returns */
    assert_int_equal(code.program.insns[1].code, CORDON_OP_JSET_K);
    cordon_code_free(&code);
    cordon_model_free(model);
}

static void failing_allocations_are_reported(void **state)
{
    (void)state;
    struct cordon_model *model = new_model();
    cordon_node node = wide_graph(model, 50);
    for (int nth = 0; nth < 4; nth++) {
        int left = nth;
        struct cordon_allocator failing = failing_allocator(&left);
        struct cordon_code code = {0};
        struct cordon_diag diag = {0};
        assert_int_equal(cordon_emit(&code, model, node, NULL, &failing, &diag),
                         CORDON_E_NO_MEMORY);
        assert_null(code.program.insns);
    }
    cordon_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leaf_is_one_return),
        cmocka_unit_test(random_graphs_survive_emission),
        cmocka_unit_test(far_jumps_reach_their_targets),
        cmocka_unit_test(values_at_one_distance_are_few_instructions),
        cmocka_unit_test(four_thousand_values_without_order_fit),
        cmocka_unit_test(trees_are_at_least_as_good_as_the_best_of_splits),
        cmocka_unit_test(wide_trees_lose_nothing),
        cmocka_unit_test(too_long_graphs_are_reported),
        cmocka_unit_test(only_cacheable_instructions_are_used),
        cmocka_unit_test(a_bit_test_is_one_jset_that_keeps_the_word),
        cmocka_unit_test(failing_allocations_are_reported),
    };
    return cmocka_run_group_tests_name("emit", tests, NULL, NULL);
}
