/* SPDX-License-Identifier: MIT */
/* facility_test.c: tests each rule about installing filters, and which thread then has which
 * filter, on a plain host. */
#include <errno.h>
#include <string.h>

#include "cordon/action.h"
#include "plain_fixture.h"

/* ---- installing ---- */

static void checks_come_in_the_kernels_order(void **state)
{
    (void)state;
    static const struct {
        uint32_t flags;
        uint64_t header; /* 0: described by length and insns */
        uint16_t length;
        uint64_t insns; /* at PLAIN_INSNS: 0x06 0x7fff0000; at PLAIN_INSNS + 8: a bad opcode */
        bool is_privileged;
        int64_t result;
    } cases[] = {
        {0, 0, 1, PLAIN_INSNS, true, 0},
        {0x40, PLAIN_NOWHERE, 0, 0, false, -EINVAL},
        {0x80000000, PLAIN_NOWHERE, 0, 0, false, -EINVAL},
        {CORDON_FLAG_TSYNC | CORDON_FLAG_NEW_LISTENER, PLAIN_NOWHERE, 0, 0, false, -EINVAL},
        {CORDON_FLAG_WAIT_KILLABLE_RECV, PLAIN_NOWHERE, 0, 0, false, -EINVAL},
        {CORDON_FLAG_TSYNC_ESRCH, 0, 1, PLAIN_INSNS, true, 0},
        {CORDON_FLAG_SPEC_ALLOW | CORDON_FLAG_LOG, 0, 1, PLAIN_INSNS, true, 0},
        {0, PLAIN_NOWHERE, 0, 0, false, -EFAULT},
        {0, PLAIN_MEMORY + PLAIN_MEMORY_SIZE - 15, 0, 0, false, -EFAULT},
        {0, 0, 0, 0, false, -EINVAL}, /* checked before privilege: EINVAL, not EACCES */
        {0, 0, 4097, 0, false, -EINVAL},
        {0, 0, 1, 0, false, -EACCES}, /* checked before the pointer */
        {0, 0, 1, PLAIN_NOWHERE, false, -EACCES},
        {0, 0, 1, 0, true, -EINVAL},
        {0, 0, 1, PLAIN_NOWHERE, true, -EFAULT},
        {0, 0, 2, PLAIN_MEMORY + PLAIN_MEMORY_SIZE - 8, true, -EFAULT},
        {0, 0, 1, PLAIN_INSNS + 8, true, -EINVAL},
        {0, 0, 2, PLAIN_INSNS, true, -EINVAL},
    };
    static const struct cordon_insn insns[] = {{CORDON_OP_RET_K, 0, 0, CORDON_ALLOW},
                                               {0x94, 0, 0, 3}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f = begin();
        f.thread->no_new_privs = cases[i].is_privileged;
        plain_write(f.process, PLAIN_INSNS, insns, sizeof insns);
        plain_put_header(f.process, cases[i].length, cases[i].insns);
        uint64_t header = cases[i].header ? cases[i].header : PLAIN_HEADER;
        int64_t result =
            cordon_seccomp(f.task, CORDON_SET_MODE_FILTER, cases[i].flags, header, false);
        if (result != cases[i].result)
            fail_msg("case %zu: %d", i, (int)result);
        assert_int_equal(f.task->filter_count, result == 0);
        assert_int_equal(f.task->mode, result == 0 ? CORDON_MODE_FILTER : CORDON_MODE_DISABLED);
        end(&f);
    }
}

static void other_operations_check_before_they_answer(void **state)
{
    (void)state;
    static const uint32_t values[] = {CORDON_TRAP, CORDON_TRAP | 1, 0x7ffe0000, CORDON_ALLOW};
    const uint64_t at = PLAIN_MEMORY, nowhere = PLAIN_NOWHERE, constant = PLAIN_CONSTANT;
    const struct {
        uint32_t operation, flags;
        uint64_t args;
        int64_t result;
    } cases[] = {
        {CORDON_GET_ACTION_AVAIL, 1, nowhere, -EINVAL},
        {CORDON_GET_ACTION_AVAIL, 0, nowhere, -EFAULT},
        {CORDON_GET_ACTION_AVAIL, 0, 0, -EFAULT},
        {CORDON_GET_ACTION_AVAIL, 0, at, 0},
        {CORDON_GET_ACTION_AVAIL, 0, at + 4, -EOPNOTSUPP}, /* data bits make the action unknown */
        {CORDON_GET_ACTION_AVAIL, 0, at + 8, -EOPNOTSUPP},
        {CORDON_GET_ACTION_AVAIL, 0, at + 12, 0},
        {CORDON_GET_ACTION_AVAIL, 0, constant, 0}, /* 0: KILL_THREAD */
        {CORDON_GET_NOTIF_SIZES, 1, nowhere, -EINVAL},
        {CORDON_GET_NOTIF_SIZES, 0, nowhere, -EFAULT},
        {CORDON_GET_NOTIF_SIZES, 0, constant, -EFAULT},
        {CORDON_GET_NOTIF_SIZES, 0, at + 16, 0},
        {4, 0, 0, -EINVAL},
        {0xffffffff, 0, 0, -EINVAL},
        {CORDON_SET_MODE_STRICT, 1, 0, -EINVAL},
        {CORDON_SET_MODE_STRICT, 0, at, -EINVAL},
    };
    struct fixture f = begin();
    f.thread->no_new_privs = false;
    plain_write(f.process, at, values, sizeof values);
    for (size_t i = 0; i < COUNT(cases); i++)
        if (cordon_seccomp(f.task, cases[i].operation, cases[i].flags, cases[i].args, false) !=
            cases[i].result)
            fail_msg("case %zu", i);
    uint16_t sizes[3];
    plain_read(f.process, sizes, at + 16, sizeof sizes);
    assert_int_equal(sizes[0], 80);
    assert_int_equal(sizes[1], 24);
    assert_int_equal(sizes[2], 64);
    assert_int_equal(f.task->mode, CORDON_MODE_DISABLED);
    end(&f);
}

static void modes_never_go_back(void **state)
{
    (void)state;
    struct fixture f = begin();
    assert_int_equal(cordon_prctl_get(f.task), 0);
    assert_int_equal(cordon_prctl_set(f.task, 0, 0, false), -EINVAL);
    assert_int_equal(cordon_prctl_set(f.task, 3, 0, false), -EINVAL);
    assert_int_equal(cordon_prctl_set(f.task, 0x100000001, 0, false), -EINVAL); /* a whole long */
    assert_int_equal(cordon_prctl_set(f.task, 1, 77, false), 0); /* args aren't read */
    assert_true(f.thread->tsc_is_forbidden);
    assert_int_equal(cordon_prctl_get(f.task), 1);
    assert_int_equal(cordon_seccomp(f.task, CORDON_SET_MODE_STRICT, 0, 0, false), 0);
    assert_int_equal(plain_filter_always(f.thread, CORDON_ALLOW, 0), -EINVAL);
    assert_int_equal(plain_filter_always(f.thread, CORDON_ALLOW, CORDON_FLAG_NEW_LISTENER),
                     -EINVAL);
    assert_null(f.process->descriptors[0]);
    end(&f);

    f = begin();
    assert_int_equal(plain_filter_always(f.thread, CORDON_ALLOW, 0), 0);
    assert_int_equal(cordon_prctl_set(f.task, 2, PLAIN_HEADER, false), 0);
    assert_int_equal(cordon_prctl_get(f.task), 2);
    assert_int_equal(f.task->filter_count, 2);
    assert_int_equal(cordon_prctl_set(f.task, 1, 0, false), -EINVAL);
    assert_int_equal(cordon_seccomp(f.task, CORDON_SET_MODE_STRICT, 0, 0, false), -EINVAL);
    assert_false(f.thread->tsc_is_forbidden);
    end(&f);
}

static void compat_callers_have_a_short_header(void **state)
{
    (void)state;
    struct fixture f = begin();
    struct cordon_insn allow = {CORDON_OP_RET_K, 0, 0, CORDON_ALLOW};
    const uint16_t length = 1;
    const uint32_t insns = PLAIN_INSNS;
    uint64_t at = PLAIN_MEMORY + PLAIN_MEMORY_SIZE - 8; /* less than 16 bytes are readable there */
    plain_write(f.process, PLAIN_INSNS, &allow, sizeof allow);
    plain_write(f.process, at, &length, sizeof length);
    plain_write(f.process, at + 4, &insns, sizeof insns);
    assert_int_equal(cordon_prctl_set(f.task, 2, at, false), -EFAULT);
    assert_int_equal(cordon_prctl_set(f.task, 2, at, true), 0);
    assert_int_equal(cordon_seccomp(f.task, CORDON_SET_MODE_FILTER, 0, at, true), 0);
    end(&f);
}

/* CAP_SYS_ADMIN is enough, instead of no_new_privs. */
static void cap_sys_admin_replaces_no_new_privs(void **state)
{
    (void)state;
    struct fixture f = begin();
    struct cordon_insn insns[] = {{CORDON_OP_RET_K, 0, 0, CORDON_ALLOW},
                                  {CORDON_OP_LD_WORD, 0, 0, 0}};
    f.thread->no_new_privs = false;
    assert_int_equal(plain_filter(f.thread, insns, 1, 0), -EACCES);
    assert_int_equal(cordon_task_install(f.task, insns, 1, CORDON_FLAG_LOG), 0);
    assert_int_equal(cordon_task_install(f.task, insns, 1, CORDON_FLAG_TSYNC), -EINVAL);
    assert_int_equal(cordon_task_install(f.task, insns, 2, 0), -EINVAL);
    assert_int_equal(cordon_task_install(f.task, insns, 0, 0), -EINVAL);
    assert_int_equal(cordon_task_install(f.task, insns, 4097, 0), -EINVAL);
    f.thread->is_admin = true;
    assert_int_equal(plain_filter(f.thread, insns, 1, 0), 0);
    assert_int_equal(f.task->filter_count, 2);
    end(&f);
}

static void memory_that_runs_out_changes_nothing(void **state)
{
    (void)state;
    for (uint32_t flags = 0; flags <= CORDON_FLAG_NEW_LISTENER; flags += CORDON_FLAG_NEW_LISTENER) {
        struct fixture f = begin();
        assert_int_equal(plain_filter_always(f.thread, CORDON_LOG, 0), 0);
        unsigned before = plain_world.allocations;
        int64_t result;
        int n = 0;
        do {
            plain_world.allocations_left = n++;
            result = plain_filter_always(f.thread, CORDON_ALLOW, flags);
            if (result < 0) {
                assert_int_equal(result, -ENOMEM);
                assert_int_equal(plain_world.allocations, before);
                assert_int_equal(plain_world.files, 0);
                assert_int_equal(f.task->filter_count, 1);
            }
        } while (result < 0);
        assert_in_range(n, 3, 20);
        assert_int_equal(f.task->filter_count, 2);
        end(&f);
    }
}

/* ---- the length of a chain ---- */

/* A program that repeats `unit` and ends with a return. */
static uint32_t repeat(struct cordon_insn *insns, const struct cordon_insn *unit, uint32_t units,
                       uint32_t unit_length)
{
    for (uint32_t i = 0; i < units; i++)
        memcpy(insns + i * unit_length, unit, unit_length * sizeof *unit);
    insns[units * unit_length] = (struct cordon_insn){CORDON_OP_RET_K, 0, 0, CORDON_ALLOW};
    return units * unit_length + 1;
}

static void chains_are_as_long_as_in_the_kernel(void **state)
{
    (void)state;
#define LOAD                                                                                       \
    {                                                                                              \
        CORDON_OP_LD_WORD, 0, 0, 0                                                                 \
    }
    static const struct {
        struct cordon_insn unit[3];
        uint32_t unit_length, units, fit;
    } cases[] = {
        {{{CORDON_OP_RET_K, 0, 0, CORDON_ALLOW}}, 1, 4095, 3},
        {{{CORDON_OP_RET_K, 0, 0, CORDON_ALLOW}}, 1, 0, 3641},
        {{LOAD}, 1, 4095, 7},
        {{LOAD, {CORDON_OP_JEQ_K, 0, 1, 1}, LOAD}, 3, 1364, 7},
        {{LOAD, {CORDON_OP_JSET_K, 0, 1, 1}, LOAD}, 3, 1364, 5},
        {{LOAD, {CORDON_OP_JEQ_K, 1, 1, 1}, LOAD}, 3, 1364, 5},
        {{LOAD, {CORDON_OP_JEQ_K, 0, 0, 0x80000000}, LOAD}, 3, 1364, 5},
        {{{CORDON_OP_DIV_X, 0, 0, 0}}, 1, 4094, 1},
    };
    static struct cordon_insn insns[CORDON_MAX_INSNS];
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f = begin();
        uint32_t length = repeat(insns, cases[i].unit, cases[i].units, cases[i].unit_length);
        int64_t result = 0;
        while (result == 0)
            result = plain_filter(f.thread, insns, (uint16_t)length, 0);
        assert_int_equal(result, -ENOMEM);
        if (f.task->filter_count != cases[i].fit)
            fail_msg("case %zu: %u filters", i, f.task->filter_count);
        end(&f);
    }
}

/* 32768 fits: 7 filters of 4100, plus 4 for each below the last, and one with the rest. */
static void the_limit_itself_fits(void **state)
{
    (void)state;
    static struct cordon_insn insns[CORDON_MAX_INSNS];
    const struct cordon_insn load = LOAD;
    for (uint32_t more = 0; more <= 1; more++) {
        struct fixture f = begin();
        uint32_t length = repeat(insns, &load, 4095, 1);
        for (int i = 0; i < 7; i++)
            assert_int_equal(plain_filter(f.thread, insns, (uint16_t)length, 0), 0);
        uint32_t left = CORDON_PATH_LIMIT - 7 * (4095 + 5 + 4);
        length = repeat(insns, &load, left - 5 + more, 1);
        assert_int_equal(plain_filter(f.thread, insns, (uint16_t)length, 0), more ? -ENOMEM : 0);
        end(&f);
    }
}

/* ---- all threads at once ---- */

static void tsync_updates_threads_with_older_filters(void **state)
{
    (void)state;
    struct fixture f = begin();
    struct plain_thread *fresh = plain_thread_new(f.process, 101);
    assert_int_equal(plain_filter_always(f.thread, CORDON_LOG, 0), 0);
    struct plain_thread *behind = plain_clone(f.thread, 102);
    assert_int_equal(plain_filter_always(f.thread, CORDON_LOG, 0), 0);
    struct plain_thread *equal = plain_clone(f.thread, 103);
    struct plain_thread *gone = plain_thread_new(f.process, 104);
    gone->task.mode = CORDON_MODE_STRICT; /* it could not be synchronised, but it is exiting */
    gone->is_exiting = true;
    assert_int_equal(plain_filter_always(f.thread, CORDON_LOG, CORDON_FLAG_TSYNC), 0);
    const struct plain_thread *all[] = {fresh, behind, equal};
    for (size_t i = 0; i < COUNT(all); i++) {
        assert_ptr_equal(all[i]->task.filter, f.task->filter);
        assert_int_equal(all[i]->task.filter_count, 3);
        assert_int_equal(all[i]->task.mode, CORDON_MODE_FILTER);
        assert_true(all[i]->no_new_privs);
    }
    assert_null(gone->task.filter);
    end(&f);
}

static void tsync_names_the_first_thread_that_differs(void **state)
{
    (void)state;
    for (int strict = 0; strict <= 1; strict++) {
        struct fixture f = begin();
        struct plain_thread *fine = plain_thread_new(f.process, 101);
        struct plain_thread *bad = plain_clone(f.thread, 102), *worse = plain_clone(f.thread, 103);
        if (strict)
            assert_int_equal(cordon_prctl_set(&bad->task, 1, 0, false), 0);
        else
            assert_int_equal(plain_filter_always(bad, CORDON_LOG, 0), 0);
        assert_int_equal(plain_filter_always(worse, CORDON_LOG, 0), 0);
        uint32_t esrch = CORDON_FLAG_TSYNC | CORDON_FLAG_TSYNC_ESRCH;
        assert_int_equal(plain_filter_always(f.thread, CORDON_LOG, CORDON_FLAG_TSYNC), 102);
        assert_int_equal(plain_filter_always(f.thread, CORDON_LOG, esrch), -ESRCH);
        esrch |= CORDON_FLAG_NEW_LISTENER;
        assert_int_equal(plain_filter_always(f.thread, CORDON_LOG, esrch), -ESRCH);
        assert_int_equal(plain_world.files, 0);
        bad->id = 0; /* not in the caller's pid namespace */
        assert_int_equal(plain_filter_always(f.thread, CORDON_LOG, CORDON_FLAG_TSYNC), -ESRCH);
        assert_int_equal(f.task->mode, CORDON_MODE_DISABLED);
        assert_int_equal(fine->task.mode, CORDON_MODE_DISABLED);
        assert_int_equal(worse->task.filter_count, 1);
        end(&f);
    }
}

static void tsync_never_clears_nor_invents_no_new_privs(void **state)
{
    (void)state;
    struct fixture f = begin();
    f.thread->no_new_privs = false;
    f.thread->is_admin = true;
    struct plain_thread *without = plain_thread_new(f.process, 101);
    struct plain_thread *with = plain_thread_new(f.process, 102);
    with->no_new_privs = true;
    assert_int_equal(plain_filter_always(f.thread, CORDON_LOG, CORDON_FLAG_TSYNC), 0);
    assert_false(without->no_new_privs);
    assert_true(with->no_new_privs);
    end(&f);
}

/* A filter lives as long as something refers to it, in whatever order threads end. */
static void filters_live_as_long_as_they_are_used(void **state)
{
    (void)state;
    struct fixture f = begin();
    assert_int_equal(plain_filter_always(f.thread, CORDON_LOG, 0), 0);
    unsigned each = plain_world.allocations;
    struct plain_thread *sibling = plain_clone(f.thread, 101);
    assert_int_equal(plain_filter_always(f.thread, CORDON_LOG, 0), 0);
    assert_int_equal(plain_filter_always(sibling, CORDON_LOG, 0), 0);
    struct plain_thread *child = plain_fork(sibling, 200);
    struct plain_process *process = child->process;
    assert_int_equal(plain_filter_always(child, CORDON_LOG, 0), 0);
    assert_int_equal(child->task.filter_count, 3);
    assert_int_equal(plain_world.allocations, 4 * each);
    plain_thread_exit(f.thread);
    assert_int_equal(plain_world.allocations, 3 * each);
    plain_thread_exit(sibling); /* the child has its filter */
    assert_int_equal(plain_world.allocations, 3 * each);
    plain_process_free(process);
    end(&f);
}

static void synchronised_threads_share_and_leave(void **state)
{
    (void)state;
    struct fixture f = begin();
    struct plain_thread *sibling = plain_thread_new(f.process, 101);
    for (int i = 0; i < 3; i++)
        assert_int_equal(plain_filter_always(f.thread, CORDON_LOG, CORDON_FLAG_TSYNC), 0);
    assert_int_equal(plain_filter_always(sibling, CORDON_LOG, CORDON_FLAG_TSYNC), 0);
    assert_ptr_equal(f.task->filter, sibling->task.filter);
    assert_int_equal(f.task->filter_count, 4);
    plain_thread_exit(sibling);
    assert_int_equal(judge(f.task, 1).kind, CORDON_DO_RUN);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_come_in_the_kernels_order),
        cmocka_unit_test(other_operations_check_before_they_answer),
        cmocka_unit_test(modes_never_go_back),
        cmocka_unit_test(compat_callers_have_a_short_header),
        cmocka_unit_test(cap_sys_admin_replaces_no_new_privs),
        cmocka_unit_test(memory_that_runs_out_changes_nothing),
        cmocka_unit_test(chains_are_as_long_as_in_the_kernel),
        cmocka_unit_test(the_limit_itself_fits),
        cmocka_unit_test(tsync_updates_threads_with_older_filters),
        cmocka_unit_test(tsync_names_the_first_thread_that_differs),
        cmocka_unit_test(tsync_never_clears_nor_invents_no_new_privs),
        cmocka_unit_test(filters_live_as_long_as_they_are_used),
        cmocka_unit_test(synchronised_threads_share_and_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
