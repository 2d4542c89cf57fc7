/* SPDX-License-Identifier: MIT */
/*
 * foreign_memory_test.c: makes each allocation of the YAML library fail: the reader must report
 * this or give its usual result.
 *
 * The library uses malloc(3) of this program, which returns NULL for the n-th request from a given
 * moment on. The reader's own memory is separate. (The JSON library uses the reader's memory:
 * json_test.c.)
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cordon/compare.h"
#include "cordon/formats.h"

static long left; /* allocations until one fails; 0: none does */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static int fails(void)
{
    if (!left || --left)
        return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}

static void *resize_apart(void *context, void *old, size_t old_size, size_t new_size)
{
    (void)context, (void)old_size;
    if (new_size == 0) {
        free(old);
        return NULL;
    }
    return __libc_realloc(old, new_size);
}

static struct cordon_allocator apart = {resize_apart, NULL};

static enum cordon_error read_text(struct cordon_policy **policy, const char *format,
                                   const char *text)
{
    struct cordon_format_options options = {.policy.allocator = &apart};
    struct cordon_reporter reporter = {0};
    return cordon_format_by_name(format, (uint32_t)strlen(format))
        ->read(policy, text, strlen(text), "text", &options, &reporter);
}

static cordon_node build(struct cordon_model *model, const struct cordon_policy *policy)
{
    struct cordon_meaning meaning;
    assert_int_equal(cordon_policy_build(policy, model, NULL, 0, &meaning, NULL), CORDON_OK);
    return meaning.verdicts;
}

static void survive(const char *format, const char *text)
{
    struct cordon_policy *policy = NULL;
    struct cordon_model *model;
    unsigned long turn = 0, refused = 0;
    assert_int_equal(cordon_model_create(&model, NULL, 0), CORDON_OK);
    assert_int_equal(read_text(&policy, format, text), CORDON_OK);
    cordon_node whole = build(model, policy);
    cordon_policy_free(policy);
    for (bool more = true; more;) {
        policy = NULL;
        left = (long)++turn;
        enum cordon_error error = read_text(&policy, format, text);
        more = left == 0;
        left = 0;
        if (error && error != CORDON_E_NO_MEMORY)
            fail_msg("%s, allocation %lu: %s", format, turn, cordon_error_text(error));
        if (!error && cordon_model_equal(model, whole, build(model, policy), NULL) != CORDON_YES)
            fail_msg("%s, allocation %lu: it means something else", format, turn);
        refused += error != CORDON_OK;
        cordon_policy_free(policy);
    }
    print_message("# %s: %lu of %lu were refused\n", format, refused, turn - 1);
    assert_true(refused > 100);
    cordon_model_free(model);
}

static void yaml_may_run_out_of_memory(void **state)
{
    (void)state;
    survive("k8s", "apiVersion: security-profiles-operator.x-k8s.io/v1beta1\nkind: SeccompProfile\n"
                   "spec:\n  defaultAction: SCMP_ACT_ERRNO\n  architectures: [SCMP_ARCH_X86_64]\n"
                   "  syscalls:\n  - action: \"SCMP_ACT_\\x41LLOW\"\n    names:\n    - read\n"
                   "    - >-\n      write\n  - action: SCMP_ACT_LOG\n    names: [ personality ]\n"
                   "    args: [ { index: 0, value: 1, op: SCMP_CMP_NE } ]\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(yaml_may_run_out_of_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
