/* SPDX-License-Identifier: MIT */
/*
 * emit_test.c: emitted programs answer as the graph they were made of, however far the jumps; only
 * instructions that keep the kernel's constant-verdict cache alive are used; arguments stay
 * unloaded where the number decides.
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

/* A switch on the number with `count` edges, every third one looking at its own argument value. */
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

static void far_jumps_arrive(void **state)
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

static void too_long_is_said(void **state)
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
    static const uint16_t cacheable[] = {0x20, 0x05, 0x15, 0x25, 0x35, 0x45, 0x54, 0x06};
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
    assert_int_equal(code.program.insns[1].code, 0x45);
    cordon_code_free(&code);
    cordon_model_free(model);
}

static void every_failing_allocation_is_said(void **state)
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
        cmocka_unit_test(far_jumps_arrive),
        cmocka_unit_test(too_long_is_said),
        cmocka_unit_test(only_cacheable_instructions_are_used),
        cmocka_unit_test(a_bit_test_is_one_jset_that_keeps_the_word),
        cmocka_unit_test(every_failing_allocation_is_said),
    };
    return cmocka_run_group_tests_name("emit", tests, NULL, NULL);
}
