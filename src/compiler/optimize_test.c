/* SPDX-License-Identifier: MIT */
/* optimize_test.c: stacks of filters become one program that gives the same verdicts and is not
 * longer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "cordon/compile.h"
#include "cordon/optimize.h"
#include "failing.h"

#define X86_64 0xc000003eu

static const char *const texts[] = {
    "arch x86_64\ndefault kill_process\nallow read, write, close, socket(domain == AF_UNIX)\n",
    "arch x86_64\ndefault errno(EPERM)\nallow read, socket(type == SOCK_STREAM)\ntrap close\n",
};

static void compile(struct cordon_compiled *compiled, struct cordon_policy **policy,
                    const char *text)
{
    assert_int_equal(cordon_policy_read(policy, text, strlen(text), "test", NULL, NULL), CORDON_OK);
    assert_int_equal(cordon_compile(compiled, *policy, NULL, 0, NULL, NULL), CORDON_OK);
}

struct stack {
    struct cordon_policy *policies[2];
    struct cordon_compiled compiled[2];
    struct cordon_program programs[2];
};

static int make_stack(void **state)
{
    static struct stack stack;
    for (int i = 0; i < 2; i++) {
        compile(&stack.compiled[i], &stack.policies[i], texts[i]);
        stack.programs[i] = stack.compiled[i].code.program;
    }
    *state = &stack;
    return 0;
}

static int free_stack(void **state)
{
    struct stack *stack = *state;
    for (int i = 0; i < 2; i++) {
        cordon_compiled_free(&stack->compiled[i]);
        cordon_policy_free(stack->policies[i]);
    }
    return 0;
}

static uint32_t strictness(uint32_t verdict)
{
    return verdict & 0xffff0000u ? (verdict & 0xffff0000u) ^ 0x80000000u : 0x80000000u;
}

/* The kernel's verdict under two filters: the least action, compared as signed numbers. */
static uint32_t kernel_answer(const struct stack *stack, const struct cordon_data *call)
{
    uint32_t older = cordon_program_run(&stack->programs[0], call).value;
    uint32_t newer = cordon_program_run(&stack->programs[1], call).value;
    return strictness(older) < strictness(newer) ? older : newer;
}

static void check_joined(const struct stack *stack, const struct cordon_program *program)
{
    for (uint32_t nr = 0; nr < 500; nr++)
        for (uint32_t arg = 0; arg < 4; arg++) {
            struct cordon_data call = {.word = {nr, nr == 499 ? 0 : X86_64, 0, 0, arg, 0, 1}};
            assert_int_equal(cordon_program_run(program, &call).value, kernel_answer(stack, &call));
        }
}

static struct cordon_model *make_model(void)
{
    struct cordon_model *model;
    assert_int_equal(cordon_model_create(&model, NULL, 0), CORDON_OK);
    return model;
}

static void test_stack(void **state)
{
    const struct stack *stack = *state;
    struct cordon_model *model = make_model();
    struct cordon_optimized optimized;
    struct cordon_diag diag;
    assert_int_equal(cordon_optimize(&optimized, model, stack->programs, 2, NULL, &diag),
                     CORDON_OK);
    assert_int_equal(optimized.copied, CORDON_OK);
    assert_int_equal(optimized.before, stack->programs[0].length + stack->programs[1].length);
    assert_true(optimized.code.program.length <= optimized.before);
    check_joined(stack, &optimized.code.program);
    cordon_code_free(&optimized.code);
    cordon_model_free(model);
}

static void test_join(void **state)
{
    const struct stack *stack = *state;
    struct cordon_model *model = make_model();
    struct cordon_code code;
    struct cordon_diag diag;
    assert_int_equal(cordon_stack_join(&code, model, stack->programs, 2, NULL, &diag), CORDON_OK);
    check_joined(stack, &code.program);
    cordon_code_free(&code);
    cordon_model_free(model);
}

/* A filter that gives each of `count` values a different verdict, three instructions per value. */
static struct cordon_program make_long(struct cordon_insn *insns, uint32_t count)
{
    struct cordon_program program;
    struct cordon_fault fault;
    for (uint32_t i = 0; i < count; i++) {
        insns[3 * i] = (struct cordon_insn){CORDON_OP_LD_WORD, 0, 0, 16};
        insns[3 * i + 1] = (struct cordon_insn){CORDON_OP_JEQ_K, 0, 1, 5 * i};
        insns[3 * i + 2] = (struct cordon_insn){CORDON_OP_RET_K, 0, 0, i};
    }
    insns[3 * count] = (struct cordon_insn){CORDON_OP_RET_A, 0, 0, 0};
    assert_true(cordon_program_verify(&program, insns, 3 * count + 1, &fault));
    return program;
}

static struct cordon_model *make_smallest_model(void)
{
    struct cordon_model *model;
    size_t cap = 4096;
    while (cordon_model_create(&model, NULL, cap))
        cap += 4096;
    return model;
}

/* A filter that is too large for the model is copied if it is alone; in a stack it is an error. */
static void test_too_complex(void **state)
{
    static struct cordon_insn insns[CORDON_MAX_INSNS];
    struct cordon_program stack[2] = {make_long(insns, 1300), make_long(insns, 1300)};
    struct cordon_optimized optimized;
    struct cordon_diag diag;
    struct cordon_model *model = make_smallest_model();
    (void)state;
    assert_int_equal(cordon_optimize(&optimized, model, stack, 1, NULL, &diag), CORDON_OK);
    assert_int_equal(optimized.copied, CORDON_E_BUDGET);
    assert_int_equal(optimized.code.program.length, stack[0].length);
    assert_memory_equal(optimized.code.program.insns, insns, stack[0].length * sizeof *insns);
    cordon_code_free(&optimized.code);
    cordon_model_free(model);
    model = make_smallest_model();
    assert_int_equal(cordon_optimize(&optimized, model, stack, 2, NULL, &diag), CORDON_E_BUDGET);
    assert_int_equal(diag.code, CORDON_E_BUDGET);
    cordon_model_free(model);
}

static void test_failing_allocations(void **state)
{
    const struct stack *stack = *state;
    enum cordon_error error = CORDON_E_NO_MEMORY;
    for (int n = 0; error; n++) {
        int left = n;
        struct cordon_allocator allocator = failing_allocator(&left);
        struct cordon_model *model;
        struct cordon_optimized optimized;
        struct cordon_diag diag;
        error = cordon_model_create(&model, &allocator, 0);
        if (error)
            continue;
        error = cordon_optimize(&optimized, model, stack->programs, 2, NULL, &diag);
        assert_true(!error || error == CORDON_E_NO_MEMORY || error == CORDON_E_BUDGET);
        if (!error)
            cordon_code_free(&optimized.code);
        cordon_model_free(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stack),
        cmocka_unit_test(test_join),
        cmocka_unit_test(test_too_complex),
        cmocka_unit_test(test_failing_allocations),
    };
    return cmocka_run_group_tests(tests, make_stack, free_stack);
}
