/* SPDX-License-Identifier: MIT */
/*
 * trap_program_test.c: what the kernel's filters let pass, the engine allows whatever the arguments
 * are; for random stacks, filter by filter.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cordon/action.h"
#include "cordon/opcode.h"
#include "random_filter.h"
#include "trap_program.h"

#define STACKS      60
#define DEPTH       12
#define MOST_KERNEL (DEPTH + 1)
#define CALLS       4000
#define X86_64      0xc000003eu
#define I386        0x40000003u

static void *allocate(size_t size)
{
    return malloc(size);
}

static const struct cordon_host host = {.allocate = allocate, .release = free};

/* What a kernel would hold for a thread. */
struct kernel {
    struct cordon_program programs[MOST_KERNEL];
    struct cordon_insn *insns[MOST_KERNEL];
    uint32_t count;
    struct trap_table table;
};

static uint32_t number(const char *name)
{
    return cordon_syscall_nr(cordon_abi(CORDON_ABI_X86_64),
                             cordon_syscall_id(name, (uint32_t)strlen(name)));
}

static void install(struct kernel *kernel, const struct trap_table *now,
                    const struct trap_table *next)
{
    struct cordon_insn *insns = calloc(CORDON_MAX_INSNS, sizeof *insns);
    struct cordon_fault fault;
    assert_non_null(insns);
    uint32_t length = trap_program(insns, now, next);
    assert_in_range(length, 1, CORDON_MAX_INSNS);
    assert_true(cordon_program_verify(&kernel->programs[kernel->count], insns, length, &fault));
    kernel->insns[kernel->count++] = insns;
    kernel->table = *next;
}

static const struct trap_wishes with_errors = {.errors = true}, without_errors = {.errors = false};

static void begin(struct kernel *kernel)
{
    struct trap_table table;
    kernel->count = 0;
    trap_table_begin(&table);
    trap_table_see(&table, "ptrace");
    trap_table_see(&table, "read"); /* only matters by its descriptor */
    install(kernel, NULL, &table);
}

static void drop(struct kernel *kernel)
{
    for (uint32_t i = 0; i < kernel->count; i++)
        free(kernel->insns[i]);
}

static uint32_t answer(const struct kernel *kernel, const struct cordon_data *data)
{
    return interpret_stack(kernel->programs, kernel->count, data).value;
}

static bool agrees(const struct kernel *kernel, const struct cordon_task *task,
                   const struct cordon_data *data)
{
    const struct cordon_filter *winner;
    uint32_t given = answer(kernel, data), verdict = cordon_task_interpret(task, data, &winner);
    uint32_t action = given & CORDON_ACTION_FULL;
    if (action == CORDON_TRACE)
        return true;
    if (action == (uint32_t)CORDON_ALLOW)
        return verdict == (uint32_t)CORDON_ALLOW;
    return action == CORDON_ERRNO && (verdict & CORDON_ACTION_FULL) == CORDON_ERRNO &&
           (given & CORDON_ACTION_DATA) == (verdict & CORDON_ACTION_DATA);
}

/* Changed in place, so that TRAP_IMPOSSIBLE leaves the kernel as it was. */
static bool follow(struct kernel *kernel, const struct cordon_task *task)
{
    struct trap_table next, now = kernel->table;
    switch (trap_table_follow(&next, &now, task, with_errors)) {
    case TRAP_SAME:
        assert_memory_equal(next.answer, now.answer, sizeof now.answer);
        return true;
    case TRAP_STRICTER:
        install(kernel, &now, &next);
        return true;
    case TRAP_IMPOSSIBLE:
        break;
    }
    return false;
}

static uint32_t error_of_large(uint32_t value)
{
    uint32_t error = value & CORDON_ACTION_DATA;
    return (value & CORDON_ACTION_FULL) == CORDON_ERRNO && error > CORDON_MAX_ERRNO
               ? (uint32_t)CORDON_ERRNO | CORDON_MAX_ERRNO
               : value;
}

static void test_random_stacks(void **state)
{
    struct random random = {1};
    static struct cordon_insn insns[CORDON_MAX_INSNS];
    (void)state;
    for (int stack = 0; stack < STACKS; stack++) {
        struct cordon_task task = {.host = &host};
        struct kernel kernel;
        struct cordon_program programs[DEPTH];
        begin(&kernel);
        uint32_t depth = 0, most = 1 + random_under(&random, DEPTH);
        for (bool possible = true; possible && depth < most; depth++) {
            uint32_t length = random_under(&random, 4) ? random_filter(&random, insns)
                                                       : random_number_program(&random, insns, 30);
            for (uint32_t i = 0; i < length; i++) /* so that data can be compared as it is */
                if (insns[i].code == CORDON_OP_RET_K)
                    insns[i].k = error_of_large(insns[i].k);
            if (cordon_task_install(&task, insns, length, 0))
                break;
            programs[depth] = cordon_filter_program(task.filter);
            possible = follow(&kernel, &task);
            for (int call = 0; possible && call < CALLS / DEPTH; call++) {
                struct cordon_data data = random_number_call(&random, programs, depth + 1);
                assert_true(agrees(&kernel, &task, &data));
            }
        }
        drop(&kernel);
        cordon_task_exit(&task);
    }
}

static struct cordon_data call_of(uint32_t arch, uint32_t nr, unsigned argument, uint32_t value)
{
    struct cordon_data data = {{nr, arch}};
    data.word[CORDON_WORD_ARGS + 2 * argument] = value;
    return data;
}

static bool passes(const struct kernel *kernel, struct cordon_data data)
{
    return answer(kernel, &data) == (uint32_t)CORDON_ALLOW;
}

static void test_seen(void **state)
{
    struct kernel kernel;
    (void)state;
    begin(&kernel);
    assert_false(passes(&kernel, call_of(X86_64, number("ptrace"), 0, 0)));
    assert_true(passes(&kernel, call_of(X86_64, number("getpid"), 0, 0)));
    assert_true(passes(&kernel, call_of(X86_64, number("read"), 0, 0)));
    assert_true(passes(&kernel, call_of(X86_64, number("ioctl"), 1, 0x5401)));
    assert_false(passes(&kernel, call_of(X86_64, number("ioctl"), 1, CORDON_IOCTL_RECV)));
    assert_false(passes(&kernel, call_of(X86_64, number("rt_sigaction"), 0, 31)));
    assert_true(passes(&kernel, call_of(X86_64, number("rt_sigaction"), 0, 17)));
    assert_true(passes(&kernel, call_of(X86_64, number("prctl"), 0, 15)));
    assert_false(passes(&kernel, call_of(X86_64, number("prctl"), 0, 22)));
    assert_true(passes(&kernel, call_of(I386, 20, 0, 0)));
    assert_false(passes(&kernel, call_of(X86_64, number("openat"), 2, O_RDONLY)));
    assert_true(passes(&kernel, call_of(X86_64, number("openat"), 2, O_DIRECTORY | O_CLOEXEC)));
    assert_true(passes(&kernel, call_of(X86_64, number("open"), 1, O_CREAT | O_EXCL | O_WRONLY)));
    assert_false(passes(&kernel, call_of(X86_64, number("open"), 1, O_CREAT | O_EXCL | O_PATH)));
    assert_false(passes(&kernel, call_of(X86_64, number("open"), 1, O_CREAT | O_WRONLY)));
    assert_false(passes(&kernel, call_of(X86_64, TRAP_CALLS, 0, 0)));
    assert_false(passes(&kernel, call_of(X86_64, UINT32_MAX, 0, 0)));
    assert_false(passes(&kernel, call_of(X86_64, 0x40000000u, 0, 0)));
    assert_false(passes(&kernel, call_of(0xc00000b7u, 172, 0, 0)));
    drop(&kernel);
}

/* One filter: the number is answered by `verdict`, others are allowed. */
static void push(struct cordon_task *task, uint32_t nr, uint32_t verdict)
{
    const struct cordon_insn insns[] = {{CORDON_OP_LD_WORD, 0, 0, 0},
                                        {CORDON_OP_JEQ_K, 0, 1, nr},
                                        {CORDON_OP_RET_K, 0, 0, verdict},
                                        {CORDON_OP_RET_K, 0, 0, (uint32_t)CORDON_ALLOW}};
    assert_int_equal(cordon_task_install(task, insns, 4, 0), 0);
}

static void test_changes(void **state)
{
    struct cordon_task task = {.host = &host};
    struct trap_table table, next;
    uint32_t nr = number("getpid");
    (void)state;
    trap_table_begin(&table);
    assert_int_equal(trap_table_follow(&next, &table, &task, with_errors), TRAP_SAME);
    push(&task, nr, (uint32_t)CORDON_ERRNO | 1);
    assert_int_equal(trap_table_follow(&next, &table, &task, without_errors), TRAP_STRICTER);
    assert_int_equal(next.answer[MACHINE_NATIVE][nr], TRAP_SEEN);
    assert_int_equal(trap_table_follow(&next, &table, &task, with_errors), TRAP_STRICTER);
    assert_int_equal(next.answer[MACHINE_NATIVE][nr], TRAP_ERRNO + 1);
    table = next;
    push(&task, nr, (uint32_t)CORDON_ERRNO | 1);
    assert_int_equal(trap_table_follow(&next, &table, &task, with_errors), TRAP_SAME);
    push(&task, nr, (uint32_t)CORDON_ERRNO | 9999);
    assert_int_equal(trap_table_follow(&next, &table, &task, with_errors), TRAP_STRICTER);
    assert_int_equal(next.answer[MACHINE_NATIVE][nr], TRAP_ERRNO + CORDON_MAX_ERRNO);
    table = next;
    push(&task, nr, (uint32_t)CORDON_TRAP);
    assert_int_equal(trap_table_follow(&next, &table, &task, with_errors), TRAP_IMPOSSIBLE);
    cordon_task_exit(&task);
}

/* What the host injects is stopped at, not answered. */
static void test_injected(void **state)
{
    struct cordon_task task = {.host = &host};
    struct trap_table table, next;
    (void)state;
    trap_table_begin(&table);
    push(&task, number("mmap"), (uint32_t)CORDON_ERRNO | 1);
    assert_int_equal(trap_table_follow(&next, &table, &task, with_errors), TRAP_STRICTER);
    assert_int_equal(next.answer[MACHINE_NATIVE][number("mmap")], TRAP_SEEN);
    cordon_task_exit(&task);
}

/* Where a descriptor may be a listener, calls of it are seen; what fails stays so. */
static void test_descriptors(void **state)
{
    struct cordon_task task = {.host = &host};
    struct trap_table table, next, last;
    struct trap_wishes wishes = {.errors = true, .descriptors = true};
    const uint16_t *answer = next.answer[MACHINE_NATIVE];
    (void)state;
    trap_table_begin(&table);
    push(&task, number("write"), (uint32_t)CORDON_ERRNO | 1);
    assert_int_equal(trap_table_follow(&next, &table, &task, wishes), TRAP_STRICTER);
    assert_int_equal(answer[number("read")], TRAP_SEEN);
    assert_int_equal(answer[number("ioctl")], TRAP_SEEN);
    assert_int_equal(answer[number("write")], TRAP_ERRNO + 1);
    assert_int_equal(answer[number("close")], TRAP_ALLOW);
    assert_int_equal(answer[number("openat")], table.answer[MACHINE_NATIVE][number("openat")]);
    assert_int_equal(trap_table_follow(&last, &next, &task, with_errors), TRAP_SAME);
    assert_true(last.descriptors);
    cordon_task_exit(&task);
}

/* Alternating answers make the longest program. */
static void test_longest(void **state)
{
    struct trap_table table;
    struct kernel kernel = {.count = 0};
    (void)state;
    trap_table_begin(&table);
    for (int abi = 0; abi < TRAP_ABIS; abi++)
        for (uint32_t nr = 0; nr < TRAP_CALLS; nr++)
            table.answer[abi][nr] = nr % 2 ? TRAP_SEEN : TRAP_ALLOW;
    install(&kernel, NULL, &table);
    assert_false(passes(&kernel, call_of(X86_64, 301, 0, 0)));
    assert_true(passes(&kernel, call_of(X86_64, 300, 0, 0)));
    assert_true(passes(&kernel, call_of(I386, 0, 0, 0)));
    drop(&kernel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_stacks), cmocka_unit_test(test_seen),
        cmocka_unit_test(test_changes),       cmocka_unit_test(test_injected),
        cmocka_unit_test(test_descriptors),   cmocka_unit_test(test_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
