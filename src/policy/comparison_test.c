/* SPDX-License-Identifier: MIT */
/* comparison_test.c: compares sets of values with C's own operators; faults; failing
 * allocations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cordon/comparison.h"
#include "failing.h"

static const uint64_t samples[] = {0,          1,          2,          0x7fff,
                                   0x8000,     0xffff,     0x7fffffff, 0x80000000,
                                   0xfffffffe, 0xffffffff, 1ull << 63, UINT64_MAX};
#define SAMPLES (sizeof samples / sizeof *samples)

static bool is_in(const struct cordon_intervals *values, uint64_t value)
{
    for (uint32_t i = 0; i < values->count; i++)
        if (values->items[i].first <= value && value <= values->items[i].last)
            return true;
    return false;
}

static int64_t extended(uint64_t value, unsigned bits)
{
    uint64_t sign = UINT64_C(1) << (bits - 1);
    return (int64_t)((value ^ sign) - sign);
}

static bool holds(enum cordon_cond_form form, uint64_t a, uint64_t b,
                  const struct cordon_operand *operand)
{
    int64_t x = extended(a, operand->bits), y = extended(b, operand->bits);
    bool less = operand->is_signed ? x < y : a < b;
    switch (form) {
    case CORDON_COND_EQ:
        return a == b;
    case CORDON_COND_NE:
        return a != b;
    case CORDON_COND_LT:
        return less;
    case CORDON_COND_LE:
        return less || a == b;
    case CORDON_COND_GT:
        return !less && a != b;
    default:
        return !less;
    }
}

/* One relation with one constant, at all samples; the intervals must ascend and not touch. */
static void check_relation(enum cordon_cond_form form, const struct cordon_operand *operand,
                           uint64_t constant, struct cordon_intervals *values)
{
    struct cordon_expr expr = {.form = CORDON_EXPR_NUMBER, .number = constant};
    struct cordon_span span = {.first = &expr};
    struct cordon_cond cond = {.form = form, .spans = &span, .span_count = 1};
    struct cordon_comparison_fault fault;
    uint64_t mask, all = cordon_comparison_bits(operand->bits);
    assert_int_equal(cordon_comparison_values(&cond, cordon_abi(CORDON_ABI_X86_64), operand,
                                              &cordon_allocator_libc, &mask, values, &fault),
                     CORDON_OK);
    assert_true(mask == all);
    for (uint32_t i = 1; i < values->count; i++)
        assert_true(values->items[i - 1].last + 1 < values->items[i].first);
    for (size_t i = 0; i < SAMPLES; i++)
        if (samples[i] <= all)
            assert_int_equal(is_in(values, samples[i]),
                             holds(form, samples[i], constant & all, operand));
}

static void relations_are_those_of_c(void **state)
{
    (void)state;
    static const unsigned widths[] = {16, 32, 64};
    struct cordon_intervals values = {0};
    for (int form = CORDON_COND_EQ; form <= CORDON_COND_GE; form++)
        for (size_t width = 0; width < 3; width++)
            for (int is_signed = 0; is_signed < 2; is_signed++)
                for (size_t i = 0; i < SAMPLES; i++) {
                    struct cordon_operand operand = {.bits = widths[width], .is_signed = is_signed};
                    if (samples[i] <= cordon_comparison_bits(widths[width]))
                        check_relation((enum cordon_cond_form)form, &operand, samples[i], &values);
                }
    cordon_intervals_free(&values, &cordon_allocator_libc);
}

/* A policy of one rule for x86_64, as `allow CALL(CONDITION)`. */
static struct cordon_policy *policy_of(const char *rule)
{
    char text[256];
    struct cordon_policy *policy = NULL;
    int length = snprintf(text, sizeof text, "arch x86_64\ndefault kill_process\nallow %s\n", rule);
    assert_int_equal(cordon_policy_read(&policy, text, (size_t)length, "test", NULL, NULL),
                     CORDON_OK);
    return policy;
}

static enum cordon_error values_of(const char *rule, const struct cordon_allocator *allocator,
                                   struct cordon_intervals *values,
                                   struct cordon_comparison_fault *fault,
                                   struct cordon_operand *operand)
{
    const struct cordon_abi *abi = cordon_abi(CORDON_ABI_X86_64);
    struct cordon_policy *policy = policy_of(rule);
    uint64_t mask;
    *operand = cordon_comparison_operand(policy->rules[0].cond, abi, policy->rules[0].id);
    enum cordon_error error = cordon_comparison_values(policy->rules[0].cond, abi, operand,
                                                       allocator, &mask, values, fault);
    cordon_policy_free(policy);
    return error;
}

static void operands_have_the_bits_that_the_kernel_reads(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        unsigned argument, bits;
        bool is_signed;
    } rows[] = {
        {"kill(sig == 1)", 1, 32, true},          {"kill(whole sig == 1)", 1, 64, false},
        {"kill(sig & 3 == 1)", 1, 32, false},     {"mmap(prot == 1)", 2, 64, false},
        {"kill(ip > 4)", CORDON_ARGS, 64, false}, {"kill(arg4 == 1)", 4, 64, false},
    };
    struct cordon_intervals values = {0};
    struct cordon_comparison_fault fault;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cordon_operand operand;
        assert_int_equal(values_of(rows[i].rule, &cordon_allocator_libc, &values, &fault, &operand),
                         CORDON_OK);
        assert_int_equal(operand.argument, rows[i].argument);
        assert_int_equal(operand.bits, rows[i].bits);
        assert_int_equal(operand.is_signed, rows[i].is_signed);
    }
    cordon_intervals_free(&values, &cordon_allocator_libc);
}

static void faults_say_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        enum cordon_error error;
        int kind;
    } rows[] = {
        {"kill(sig == 0x100000000)", CORDON_E_RANGE, CORDON_COMPARISON_TOO_WIDE},
        {"kill(sig & 0x100000000 == 1)", CORDON_E_RANGE, CORDON_COMPARISON_TOO_WIDE},
        {"kill(sig in {5..4})", CORDON_E_RANGE, CORDON_COMPARISON_EMPTY_RANGE},
        {"fcntl(cmd == F_GETLK64)", CORDON_E_NAME, CORDON_COMPARISON_NO_CONSTANT},
    };
    struct cordon_intervals values = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cordon_comparison_fault fault = {0};
        struct cordon_operand operand;
        assert_int_equal(values_of(rows[i].rule, &cordon_allocator_libc, &values, &fault, &operand),
                         rows[i].error);
        assert_int_equal(fault.kind, rows[i].kind);
    }
    cordon_intervals_free(&values, &cordon_allocator_libc);
}

static void a_failing_allocation_is_an_error(void **state)
{
    (void)state;
    int left = 0;
    struct cordon_allocator failing = failing_allocator(&left);
    struct cordon_intervals values = {0};
    struct cordon_comparison_fault fault;
    struct cordon_operand operand;
    assert_int_equal(values_of("kill(sig != 5)", &failing, &values, &fault, &operand),
                     CORDON_E_NO_MEMORY);
    cordon_intervals_free(&values, &failing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relations_are_those_of_c),
        cmocka_unit_test(operands_have_the_bits_that_the_kernel_reads),
        cmocka_unit_test(faults_say_what_is_wrong),
        cmocka_unit_test(a_failing_allocation_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
