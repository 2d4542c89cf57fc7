/* SPDX-License-Identifier: MIT */
/* scmp_test.c: tests the order in which rules are tried, and the faults of rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "failing.h"
#include "scmp.h"

static enum scmp_fault last_fault;
static int faults;

static void report(struct cordon_tree *tree, enum scmp_fault fault, uint16_t id,
                   struct cordon_place place)
{
    (void)id;
    last_fault = fault;
    faults++;
    if (fault != SCMP_NEVER_DECIDES)
        cordon_tree_error(tree, CORDON_E_MEANING, place, NULL, "a fault");
}

/* Adds a rule that kills if `op` value holds for an argument; without comparison if value is
 * NONE. */
#define NONE UINT64_MAX
struct rule {
    uint8_t index, op;
    uint64_t value;
    uint32_t action;
};

static enum cordon_error join(const struct rule *rules, unsigned count,
                              const struct cordon_policy_options *options,
                              struct cordon_policy **policy)
{
    struct cordon_tree tree;
    struct scmp scmp;
    uint16_t kill = cordon_syscall_id("kill", 4);
    faults = 0;
    cordon_tree_begin(&tree, "", 0, "test", options, NULL);
    scmp_begin(&scmp, &tree, UINT32_C(1) << CORDON_ABI_X86_64, report);
    for (unsigned i = 0; i < count; i++) {
        struct scmp_arg arg = {rules[i].index, rules[i].op, rules[i].value, 0};
        scmp_add(&scmp, kill, &arg, rules[i].value != NONE, rules[i].action,
                 (struct cordon_place){.line = i + 1});
    }
    scmp_end(&scmp);
    return cordon_tree_end(&tree, policy);
}

#define ALLOW  CORDON_ALLOW
#define EPERM_ (CORDON_ERRNO | 1u)

static void rules_of_a_call_are_sorted(void **state)
{
    (void)state;
    static const struct rule rules[] = {{0, SCMP_GT, 5, ALLOW},
                                        {0, SCMP_LT, 9, ALLOW},
                                        {0, SCMP_EQ, 7, EPERM_},
                                        {1, SCMP_EQ, 1, ALLOW}};
    static const uint32_t lines[] = {4, 3, 2, 1};
    struct cordon_policy *policy = NULL;
    assert_int_equal(join(rules, 4, NULL, &policy), CORDON_OK);
    assert_true(policy->rule_count >= 4);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(policy->rules[i].place.line, lines[i]);
    assert_int_equal(faults, 0);
    cordon_policy_free(policy);
}

static void a_rule_without_comparisons_is_for_all(void **state)
{
    (void)state;
    static const struct rule rules[] = {{0, SCMP_EQ, NONE, ALLOW}, {0, SCMP_EQ, 7, EPERM_}};
    struct cordon_policy *policy = NULL;
    assert_int_equal(join(rules, 2, NULL, &policy), CORDON_OK);
    assert_int_equal(faults, 1);
    assert_int_equal(last_fault, SCMP_NEVER_DECIDES);
    assert_null(policy->rules[0].cond);
    assert_int_equal(policy->rules[0].action, ALLOW);
    cordon_policy_free(policy);
}

static void contradictions_are_faults(void **state)
{
    (void)state;
    static const struct rule rules[] = {{0, SCMP_EQ, 7, ALLOW}, {0, SCMP_EQ, 7, EPERM_}};
    struct cordon_policy *policy = NULL;
    assert_int_equal(join(rules, 2, NULL, &policy), CORDON_E_MEANING);
    assert_int_equal(last_fault, SCMP_CONTRADICTION);
    assert_null(policy);
}

static void every_failing_allocation_is_an_error(void **state)
{
    (void)state;
    static const struct rule rules[] = {{0, SCMP_GT, 5, ALLOW}, {1, SCMP_EQ, 1, ALLOW}};
    int left = -1;
    for (int n = 0; left < 0; n++) {
        left = n;
        struct cordon_allocator failing = failing_allocator(&left);
        struct cordon_policy_options options = {.allocator = &failing};
        struct cordon_policy *policy = NULL;
        enum cordon_error error = join(rules, 2, &options, &policy);
        assert_true(error == CORDON_OK || error == CORDON_E_NO_MEMORY);
        cordon_policy_free(policy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_of_a_call_are_sorted),
        cmocka_unit_test(a_rule_without_comparisons_is_for_all),
        cmocka_unit_test(contradictions_are_faults),
        cmocka_unit_test(every_failing_allocation_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
