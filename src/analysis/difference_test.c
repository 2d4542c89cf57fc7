/* SPDX-License-Identifier: MIT */
/* difference_test.c: tests the differences of two policies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "cordon/action.h"
#include "cordon/difference.h"
#include "failing.h"
#include "policies.h"

#define HEAD "arch x86_64\ndefault kill_process\n"

struct collected {
    struct cordon_model *model;
    cordon_node a, b;
    uint32_t differences, omitted, wrong;
    char text[1024];
};

/* Prints each difference as a line of text, and checks that its witness shows it. */
static void collect(void *context, const struct cordon_difference *difference)
{
    struct collected *collected = context;
    struct cordon_buffer buffer = {collected->text + strlen(collected->text),
                                   sizeof collected->text - strlen(collected->text), 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    collected->differences++;
    for (uint32_t i = 0; i < difference->region_count; i++) {
        cordon_sink_text(&sink, i ? "," : "");
        cordon_region_print(&sink, &difference->regions[i]);
    }
    cordon_sink_text(&sink, ": ");
    cordon_action_print(&sink, difference->a);
    cordon_sink_text(&sink, " ");
    cordon_action_print(&sink, difference->b);
    cordon_sink_text(&sink, " (");
    cordon_sink_text(&sink, difference->condition);
    cordon_sink_text(&sink, ")\n");
    const struct cordon_data *call = difference->witness;
    collected->wrong +=
        !call || cordon_model_evaluate(collected->model, collected->a, call) != difference->a ||
        cordon_model_evaluate(collected->model, collected->b, call) != difference->b ||
        difference->a == difference->b;
}

static void collect_omitted(void *context, const struct cordon_abi *abi, uint32_t regions)
{
    assert_non_null(abi);
    ((struct collected *)context)->omitted += regions;
}

static struct cordon_difference_summary compare(struct collected *collected, const char *a,
                                                const char *b,
                                                struct cordon_difference_options options)
{
    struct cordon_difference_summary summary;
    struct cordon_difference_listener listener = {collect, collect_omitted, collected};
    assert_int_equal(cordon_model_create(&collected->model, NULL, 0), CORDON_OK);
    collected->a = graph_of_policy(collected->model, a);
    collected->b = graph_of_policy(collected->model, b);
    assert_int_equal(cordon_differences(collected->model, collected->a, collected->b, &options,
                                        &listener, &summary),
                     CORDON_OK);
    cordon_model_free(collected->model);
    assert_int_equal(collected->wrong, 0);
    return summary;
}

static void test_equal(void **state)
{
    (void)state;
    struct collected collected = {0};
    struct cordon_difference_summary summary =
        compare(&collected, HEAD "allow read\nallow write\n", HEAD "allow write, read\n",
                (struct cordon_difference_options){0});
    assert_int_equal(summary.answer, CORDON_YES);
    assert_int_equal(collected.differences, 0);
}

static void test_calls_and_conditions(void **state)
{
    (void)state;
    struct collected collected = {0};
    struct cordon_difference_summary summary =
        compare(&collected, HEAD "allow read, write, socket\n",
                HEAD "errno(EPERM) read, write\nallow socket(domain == AF_UNIX)\nallow getpid\n",
                (struct cordon_difference_options){0});
    assert_string_equal(collected.text, "read,write: allow errno(EPERM) ()\n"
                                        "getpid: kill_process allow ()\n"
                                        "socket: allow kill_process (domain != AF_UNIX)\n");
    assert_int_equal(summary.answer, CORDON_NO);
    assert_int_equal(summary.found, 3);
    assert_int_equal(summary.omitted, 0);
}

static void test_subset(void **state)
{
    (void)state;
    struct collected collected = {0};
    struct cordon_difference_options options = {.subset = true};
    struct cordon_difference_summary summary =
        compare(&collected, HEAD "allow read, getpid\n", HEAD "allow read, write\n", options);
    assert_string_equal(collected.text, "getpid: allow kill_process ()\n");
    assert_int_equal(summary.answer, CORDON_NO);
    summary = compare(&(struct collected){0}, HEAD, HEAD "allow read\n", options);
    assert_int_equal(summary.answer, CORDON_YES);
}

static void test_limits(void **state)
{
    (void)state;
    struct collected collected = {0};
    struct cordon_difference_summary summary =
        compare(&collected, HEAD "allow read\nerrno(1) write\nerrno(2) close, dup\n", HEAD,
                (struct cordon_difference_options){.per_abi = 1});
    assert_int_equal(collected.differences, 1);
    assert_int_equal(collected.omitted, 3);
    assert_int_equal(summary.omitted, 3);
    assert_int_equal(summary.answer, CORDON_NO);
}

static void test_one_abi(void **state)
{
    (void)state;
    static const enum cordon_abi_id i386[] = {CORDON_ABI_I386};
    struct collected collected = {0};
    struct cordon_difference_summary summary =
        compare(&collected, "arch x86_64, i386\ndefault kill_process\nallow read\n",
                "arch x86_64, i386\ndefault kill_process\nallow write\n",
                (struct cordon_difference_options){.abis = i386, .abi_count = 1});
    assert_string_equal(collected.text,
                        "read: allow kill_process ()\nwrite: kill_process allow ()\n");
    assert_int_equal(summary.found, 2);
}

static void count(void *context, const struct cordon_difference *difference)
{
    uint32_t abis = difference->abis;
    for (; abis; abis &= abis - 1)
        ++*(uint32_t *)context;
}

static void test_joined_abis(void **state)
{
    (void)state;
    for (int join = 0; join < 2; join++) {
        struct collected collected = {0};
        compare(&collected, HEAD "bad_arch trap\n", HEAD,
                (struct cordon_difference_options){.join_abis = join});
        /* x32 shares a token with x86_64; unknown architectures are below and above it */
        assert_int_equal(collected.differences, join ? 4 : CORDON_ABI_COUNT + 1);
    }
}

static void test_failing_allocations(void **state)
{
    (void)state;
    enum cordon_error error = CORDON_E_NO_MEMORY;
    for (int n = 0; error; n++) {
        int left = n;
        uint32_t abis = 0;
        struct cordon_allocator allocator = failing_allocator(&left);
        struct cordon_model *model;
        struct cordon_difference_options options = {.allocator = &allocator};
        struct cordon_difference_listener listener = {count, NULL, &abis};
        struct cordon_difference_summary summary = {.found = 77};
        assert_int_equal(cordon_model_create(&model, NULL, 0), CORDON_OK);
        cordon_node a = graph_of_policy(model, HEAD "allow read\nallow dup(oldfd == 1)\n");
        cordon_node b = graph_of_policy(model, HEAD);
        error = cordon_differences(model, a, b, &options, &listener, &summary);
        assert_true(error == CORDON_OK || error == CORDON_E_NO_MEMORY);
        assert_int_equal(summary.found, error ? 77 : 2);
        assert_true(error || abis == 2);
        cordon_model_free(model);
        assert_true(n < 1000);
    }
}

static void test_model_out_of_memory(void **state)
{
    (void)state;
    for (int n = 0, done = 0; !done; n++) {
        struct cordon_model *model;
        int left = 1000000;
        struct cordon_allocator allocator = failing_allocator(&left);
        struct cordon_difference_listener listener = {count, NULL, &(uint32_t){0}};
        struct cordon_difference_summary summary;
        assert_int_equal(cordon_model_create(&model, &allocator, 0), CORDON_OK);
        cordon_node a = graph_of_policy(model, HEAD "allow read, dup(oldfd == 1)\n");
        cordon_node b = graph_of_policy(model, HEAD);
        left = n;
        assert_int_equal(cordon_differences(model, a, b, &(struct cordon_difference_options){0},
                                            &listener, &summary),
                         CORDON_OK);
        assert_int_not_equal(summary.answer, CORDON_YES);
        assert_true(left < 0 || summary.limit == CORDON_OK);
        done = left >= 0;
        cordon_model_free(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_calls_and_conditions),
        cmocka_unit_test(test_subset),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_one_abi),
        cmocka_unit_test(test_joined_abis),
        cmocka_unit_test(test_failing_allocations),
        cmocka_unit_test(test_model_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
