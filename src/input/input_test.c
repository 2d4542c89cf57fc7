/* SPDX-License-Identifier: MIT */
/* input_test.c: tests detection, stacks, and failing allocations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cordon/compare.h"
#include "cordon/input.h"
#include "failing.h"

static const char policy_text[] = "arch x86_64\ndefault kill_process\nallow read\n";
static const char asm_text[] = "0: ld [0]\n1: jeq #5, 2, 3\n2: ret #0x7fff0000\n3: ret #0\n";
static const char minijail_text[] = "read: 1\nwrite: 1\n";
static const char oci_text[] = "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}\n";

static enum cordon_error read_text(struct cordon_input *input, const char *text,
                                   const struct cordon_input_options *options,
                                   struct cordon_reporter *reporter)
{
    return cordon_input_read(input, text, strlen(text), "text", options, reporter);
}

static void texts_are_detected(void **state)
{
    (void)state;
    static const struct {
        const char *text, *policy, *program;
    } rows[] = {{policy_text, "cordon", NULL},
                {minijail_text, "minijail", NULL},
                {oci_text, "oci", NULL},
                {asm_text, NULL, "cordon-asm"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cordon_input_kinds kinds =
            cordon_input_detect(rows[i].text, strlen(rows[i].text), "text");
        assert_int_equal(kinds.policy != NULL, rows[i].policy != NULL);
        assert_int_equal(kinds.program != NULL, rows[i].program != NULL);
        if (kinds.policy)
            assert_string_equal(kinds.policy->name, rows[i].policy);
    }
}

/* What quoting and terminals add is passed over, and nothing else. */
static void pasted_texts_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *pasted, *bare; /* NULL: it is refused */
    } rows[] = {
        {"> read: 1\n>\n> write: 1\n", "read: 1\nwrite: 1\n"},
        {"```\nread: 1\n```\n", "read: 1\n"},
        {"Is this right?\n\n~~~ policy\nread: 1\n~~~\nThanks\n", "read: 1\n"},
        {"Is this right?\n\n~~~ policy\nread: 1\n~~~\nThanks /* me */\n", NULL},
        {"POLICY a {\n/*\n```\nread: 1\n```\n*/\n} USE a DEFAULT KILL\n", NULL},
        {"> ```\n> read: 1\n> ```\n", "read: 1\n"},
        {"\033[1;33mread\033[0m: 1\033[K\n", "read: 1\n"},
        {"read: 1 \033[2A\n", NULL}, /* would hide what is above */
        {"# ret #0\n\n# ret #1\n", "ret #0\nret #1\n"},
        {"// ret #0\n", "ret #0"},
        {"# read: 1\n", NULL}, /* not a rule */
        {"# 0000: 0x06 0x00 0x00 0x00\nread: 1\n", "read: 1\n"},
    };
    struct cordon_input_options options = {.uncompiled = true};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cordon_input input = {0}, bare = {0};
        enum cordon_error error = read_text(&input, rows[i].pasted, &options, NULL);
        if (!error != (rows[i].bare != NULL))
            fail_msg("%s: %s", rows[i].pasted, cordon_error_text(error));
        if (error)
            continue;
        assert_int_equal(read_text(&bare, rows[i].bare, &options, NULL), CORDON_OK);
        assert_int_equal(input.kind, bare.kind);
        assert_int_equal(input.program.length, bare.program.length);
        if (bare.policy)
            assert_int_equal(input.policy->rule_count, bare.policy->rule_count);
        cordon_input_free(&input);
        cordon_input_free(&bare);
    }
}

static void a_policy_is_compiled_unless_it_is_only_read(void **state)
{
    (void)state;
    struct cordon_input input;
    struct cordon_input_options options = {0};
    assert_int_equal(read_text(&input, policy_text, &options, NULL), CORDON_OK);
    assert_int_equal(input.kind, CORDON_INPUT_POLICY);
    assert_true(input.program.length > 0);
    cordon_input_free(&input);
    options.uncompiled = true;
    assert_int_equal(read_text(&input, policy_text, &options, NULL), CORDON_OK);
    assert_int_equal(input.program.length, 0);
    cordon_input_free(&input);
}

static void a_built_in_policy_has_no_text(void **state)
{
    (void)state;
    struct cordon_input input;
    assert_int_equal(cordon_input_read(&input, NULL, 0, "@stdio", NULL, NULL), CORDON_OK);
    assert_true(input.program.length > 0);
    cordon_input_free(&input);
    assert_int_equal(cordon_input_read(&input, NULL, 0, "@none", NULL, NULL), CORDON_E_IO);
}

static void from_says_the_format(void **state)
{
    (void)state;
    struct cordon_input input;
    struct cordon_input_options options = {.from = cordon_format_by_name("minijail", 8)};
    assert_int_equal(read_text(&input, asm_text, &options, NULL), CORDON_E_SYNTAX);
    assert_int_equal(read_text(&input, minijail_text, &options, NULL), CORDON_OK);
    cordon_input_free(&input);
}

static cordon_node graph_of(const struct cordon_input *input, struct cordon_model *model)
{
    cordon_node node = CORDON_NODE_NONE;
    assert_int_equal(cordon_input_graph(input, model, NULL, 0, &node, NULL), CORDON_OK);
    return node;
}

static void a_stack_is_one_program(void **state)
{
    (void)state;
    struct cordon_input one, two, joined;
    struct cordon_input_options options = {0};
    struct cordon_model *model;
    assert_int_equal(read_text(&one, policy_text, &options, NULL), CORDON_OK);
    assert_int_equal(read_text(&two, asm_text, &options, NULL), CORDON_OK);
    struct cordon_program stack[] = {one.program, two.program};
    assert_int_equal(cordon_model_create(&model, NULL, 0), CORDON_OK);
    cordon_node a = graph_of(&one, model), b = graph_of(&two, model);
    assert_int_equal(cordon_input_stack(&joined, stack, 2, "stack", NULL), CORDON_OK);
    assert_int_equal(
        cordon_model_equal(model, graph_of(&joined, model), cordon_model_stack(model, a, b), NULL),
        CORDON_YES);
    cordon_input_free(&joined);
    assert_int_equal(cordon_input_stack(&joined, stack, 1, "stack", NULL), CORDON_OK);
    assert_int_equal(joined.program.length, one.program.length);
    assert_true(cordon_node_same(graph_of(&joined, model), a));
    cordon_input_free(&joined);
    cordon_input_free(&one);
    cordon_input_free(&two);
    cordon_model_free(model);
}

static void every_failing_allocation_is_an_error(void **state)
{
    (void)state;
    static const char *const texts[] = {policy_text, asm_text,      minijail_text,
                                        oci_text,    "> read: 1\n", "# ret #0\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int left = -1;
        for (int n = 0; left < 0; n++) {
            left = n;
            struct cordon_allocator failing = failing_allocator(&left);
            struct cordon_reporter reporter = {0};
            struct cordon_input_options options = {.format.policy.allocator = &failing};
            struct cordon_input input = {0};
            enum cordon_error error = read_text(&input, texts[i], &options, &reporter);
            if (error) {
                assert_int_equal(error, CORDON_E_NO_MEMORY);
                assert_true(reporter.errors > 0);
            }
            cordon_input_free(&input);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_detected),
        cmocka_unit_test(pasted_texts_are_read),
        cmocka_unit_test(a_policy_is_compiled_unless_it_is_only_read),
        cmocka_unit_test(a_built_in_policy_has_no_text),
        cmocka_unit_test(from_says_the_format),
        cmocka_unit_test(a_stack_is_one_program),
        cmocka_unit_test(every_failing_allocation_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
