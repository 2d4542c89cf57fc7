/* SPDX-License-Identifier: MIT */
/* judge_test.c: tests what happens to calls, what is logged and what can be inspected, on a
 * plain host. */
#include <errno.h>
#include <string.h>

#include "cordon/action.h"
#include "plain_fixture.h"
#include "random_filter.h"

static void verdicts_become_decisions(void **state)
{
    (void)state;
    static const struct {
        uint32_t verdict;
        enum cordon_decision_kind kind;
        uint16_t data;
        int64_t result;
    } cases[] = {
        {CORDON_ALLOW, CORDON_DO_RUN, 0, 0},
        {CORDON_ALLOW | 0x1234, CORDON_DO_RUN, 0, 0}, /* no filter has it: its data is ignored */
        {CORDON_LOG | 5, CORDON_DO_RUN, 5, 0},
        {CORDON_TRACE | 0xffff, CORDON_DO_TRACE, 0xffff, 0},
        {CORDON_USER_NOTIF, CORDON_DO_SKIP, 0, -ENOSYS}, /* no listener */
        {CORDON_ERRNO, CORDON_DO_SKIP, 0, 0},
        {CORDON_ERRNO | 13, CORDON_DO_SKIP, 13, -13},
        {CORDON_ERRNO | 4095, CORDON_DO_SKIP, 4095, -4095},
        {CORDON_ERRNO | 4096, CORDON_DO_SKIP, 4096, -4095},
        {CORDON_ERRNO | 0xffff, CORDON_DO_SKIP, 0xffff, -4095},
        {CORDON_TRAP | 0xffff, CORDON_DO_TRAP, 0xffff, 0},
        {CORDON_KILL_THREAD | 7, CORDON_DO_KILL_THREAD, 7, 0},
        {(uint32_t)CORDON_KILL_PROCESS | 7, CORDON_DO_KILL_PROCESS, 7, 0},
        {0x00010000, CORDON_DO_KILL_PROCESS, 0, 0}, /* unknown ones */
        {0x7ffe0000, CORDON_DO_KILL_PROCESS, 0, 0},
        {0x80010000, CORDON_DO_KILL_PROCESS, 0, 0},
        {0xffffffff, CORDON_DO_KILL_PROCESS, 0xffff, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f = begin();
        assert_int_equal(plain_filter_always(f.thread, cases[i].verdict, 0), 0);
        struct cordon_decision decision = judge(f.task, 39);
        if (decision.kind != cases[i].kind || decision.data != cases[i].data ||
            decision.result != cases[i].result)
            fail_msg("case %zu: kind %d", i, decision.kind);
        bool is_dead = decision.kind >= CORDON_DO_KILL_THREAD;
        assert_int_equal(f.task->mode, is_dead ? CORDON_MODE_DEAD : CORDON_MODE_FILTER);
        if (is_dead) /* a thread that survives dies at its next call */
            assert_int_equal(judge(f.task, 39).kind, CORDON_DO_KILL_STRICT);
        end(&f);
    }
}

static const struct cordon_abi *abi_of(const char *name)
{
    return cordon_abi_by_name(name, (uint32_t)strlen(name));
}

static bool strict_allows(uint32_t token, uint32_t nr)
{
    struct fixture f = begin();
    assert_int_equal(cordon_prctl_set(f.task, 1, 0, false), 0);
    struct cordon_data data = call(token, nr);
    struct cordon_decision decision = cordon_task_judge(f.task, &data);
    bool runs = decision.kind == CORDON_DO_RUN;
    assert_int_equal(f.task->mode, runs ? CORDON_MODE_STRICT : CORDON_MODE_DEAD);
    assert_int_equal(plain_world.record_count, !runs);
    if (!runs) {
        assert_int_equal(decision.kind, CORDON_DO_KILL_STRICT);
        assert_int_equal(plain_world.records[0].signal, 9);
        assert_int_equal(plain_world.records[0].action, CORDON_KILL_THREAD);
        assert_int_equal(cordon_task_judge(f.task, &data).kind, CORDON_DO_KILL_STRICT);
        assert_int_equal(plain_world.record_count, 1);
    }
    end(&f);
    return runs;
}

static void strict_mode_has_four_calls_on_each_abi(void **state)
{
    (void)state;
    static const char *const old_sigreturn[] = {"i386", "ppc", "s390", "s390x"};
    for (int id = 0; id < CORDON_ABI_COUNT; id++) {
        const struct cordon_abi *abi = cordon_abi(id);
        const char *calls[] = {"read", "write", "exit", "rt_sigreturn"};
        for (size_t i = 0; i < COUNT(old_sigreturn); i++)
            if (!strcmp(abi->name, old_sigreturn[i]))
                calls[3] = "sigreturn";
        uint32_t allowed = 0;
        for (uint32_t i = 0; i < cordon_syscall_count(abi); i++) {
            uint16_t call_id = cordon_syscall_nth(abi, i);
            if (!strict_allows(abi->token, cordon_syscall_nr(abi, call_id)))
                continue;
            const char *name = cordon_syscall_name(call_id);
            bool is_probe = !strcmp(name, "uretprobe") || !strcmp(name, "uprobe");
            bool is_one = is_probe && abi == abi_of("x86_64");
            for (size_t k = 0; k < COUNT(calls); k++)
                is_one |= !strcmp(name, calls[k]);
            if (!is_one)
                fail_msg("%s allows %s", abi->name, name);
            allowed += !is_probe;
        }
        assert_int_equal(allowed, abi == abi_of("x32") ? 0 : 4);
    }
    assert_false(strict_allows(0xdeadbeef, 0));
    assert_false(strict_allows(X86_64, 0xffffffff));
}

static void the_strictest_wins_and_of_equals_the_newest(void **state)
{
    (void)state;
    static const struct {
        uint32_t older, newer, winner; /* return values; winner ALLOW: none */
    } cases[] = {
        {CORDON_ERRNO | 1, CORDON_ERRNO | 2, CORDON_ERRNO | 2},
        {CORDON_ERRNO | 1, CORDON_TRAP | 2, CORDON_TRAP | 2},
        {CORDON_TRAP | 1, CORDON_ERRNO | 2, CORDON_TRAP | 1},
        {CORDON_TRACE, CORDON_USER_NOTIF, CORDON_USER_NOTIF},
        {CORDON_LOG, CORDON_ALLOW, CORDON_LOG},
        {CORDON_ALLOW | 1, CORDON_ALLOW | 2, CORDON_ALLOW},
        {CORDON_KILL_THREAD, 0x80010000, 0x80010000}, /* signed: below 0 */
        {(uint32_t)CORDON_KILL_PROCESS | 1, 0x80010000, (uint32_t)CORDON_KILL_PROCESS | 1},
        {0x00010000, CORDON_KILL_THREAD | 1, CORDON_KILL_THREAD | 1},
        {CORDON_TRAP, 0x00010000, 0x00010000},
        {CORDON_TRACE, 0x7ffb0000, CORDON_TRACE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f = begin();
        assert_int_equal(plain_filter_always(f.thread, cases[i].older, 0), 0);
        assert_int_equal(plain_filter_always(f.thread, cases[i].newer, 0), 0);
        struct cordon_data data = call(X86_64, 1);
        const struct cordon_filter *winner;
        assert_int_equal(cordon_task_interpret(f.task, &data, &winner), cases[i].winner);
        struct cordon_decision decision = cordon_task_judge(f.task, &data);
        assert_int_equal(decision.verdict, cases[i].winner);
        assert_ptr_equal(decision.filter, winner);
        if (cases[i].winner == CORDON_ALLOW)
            assert_null(winner);
        else
            assert_ptr_equal(winner, cordon_task_filter(f.task, cases[i].winner == cases[i].newer));
        end(&f);
    }
}

/* Calls are judged by plans, which must give the same verdicts as the filters. */
static void judging_equals_interpreting(void **state)
{
    (void)state;
    static struct cordon_insn insns[CORDON_MAX_INSNS];
    struct random random = {11};
    for (int round = 0; round < 300; round++) {
        struct fixture f = begin();
        struct cordon_program stack[5];
        uint32_t depth = 1 + random_under(&random, COUNT(stack));
        for (uint32_t i = 0; i < depth; i++) {
            uint32_t length = random_under(&random, 2) ? random_filter(&random, insns)
                                                       : random_number_program(&random, insns, 60);
            if (plain_filter(f.thread, insns, (uint16_t)length, 0) < 0)
                depth = i; /* too long for the path */
            else
                stack[i] = cordon_filter_program(cordon_task_filter(f.task, i));
        }
        for (int i = 0; i < 50 && depth; i++) {
            struct cordon_data data = random_number_call(&random, stack, depth);
            const struct cordon_filter *winner;
            uint32_t verdict = cordon_task_interpret(f.task, &data, &winner);
            struct cordon_decision decision = cordon_task_judge(f.task, &data);
            assert_int_equal(decision.verdict, verdict);
            assert_ptr_equal(decision.filter, winner);
            f.task->mode = CORDON_MODE_FILTER;
        }
        end(&f);
    }
}

static void filters_do_not_judge_probes(void **state)
{
    (void)state;
    static const struct {
        uint32_t arch, nr;
        uint16_t kernel;
        bool runs;
    } cases[] = {{X86_64, 335, 0, true},
                 {X86_64, 336, 0, true},
                 {X86_64, 334, 0, false},
                 {I386, 335, 0, false},
                 {X86_64, 0x4000014f, 0, false},
                 /* Linux 6.14: "seccomp: passthrough uretprobe systemcall without filtering" */
                 {X86_64, 335, CORDON_LINUX(6, 13), false},
                 {X86_64, 335, CORDON_LINUX(6, 14), true},
                 /* Linux 6.18: the same for uprobe */
                 {X86_64, 336, CORDON_LINUX(6, 17), false},
                 {X86_64, 336, CORDON_LINUX(6, 18), true}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f = begin();
        uint32_t verdict;
        plain_host.rules.kernel = cases[i].kernel;
        assert_int_equal(plain_filter_always(f.thread, CORDON_ERRNO, 0), 0);
        struct cordon_data data = call(cases[i].arch, cases[i].nr);
        assert_int_equal(cordon_task_judge(f.task, &data).kind,
                         cases[i].runs ? CORDON_DO_RUN : CORDON_DO_SKIP);
        if (cordon_task_constant(f.task, cases[i].arch, cases[i].nr, &verdict))
            assert_int_equal(verdict, cases[i].runs ? CORDON_ALLOW : CORDON_ERRNO);
        end(&f);
    }
}

static void a_suspended_thread_is_not_checked(void **state)
{
    (void)state;
    struct fixture f = begin();
    assert_int_equal(plain_filter_always(f.thread, CORDON_KILL_THREAD, 0), 0);
    f.task->suspended = true;
    assert_int_equal(judge(f.task, 1).kind, CORDON_DO_RUN);
    f.task->suspended = false;
    assert_int_equal(judge(f.task, 1).kind, CORDON_DO_KILL_THREAD);
    end(&f);
}

/* After a tracer has resumed a call, all filters judge it again as the tracer left it. */
static void a_traced_call_is_judged_again(void **state)
{
    (void)state;
    static const struct cordon_insn insns[] = {
        {CORDON_OP_LD_WORD, 0, 0, 0},
        {CORDON_OP_JEQ_K, 0, 1, 1},
        {CORDON_OP_RET_K, 0, 0, CORDON_ERRNO | 7},
        {CORDON_OP_RET_K, 0, 0, CORDON_TRACE},
    };
    struct fixture f = begin();
    assert_int_equal(plain_filter(f.thread, insns, COUNT(insns), 0), 0);
    assert_int_equal(judge(f.task, 2).kind, CORDON_DO_TRACE);
    struct cordon_data data = call(X86_64, 2);
    assert_int_equal(cordon_task_judge_again(f.task, &data).kind, CORDON_DO_RUN);
    data.word[0] = 1;
    assert_int_equal(cordon_task_judge_again(f.task, &data).result, -7);
    end(&f);
}

/* ---- records ---- */

static void records_follow_the_table(void **state)
{
    (void)state;
    enum { NEVER, ASKED, ALWAYS };
    static const struct {
        uint32_t verdict;
        int when;
        int signal;
        uint32_t action;
        const char *but_not; /* if only these names are in actions_logged, there is no record */
    } cases[] = {
        {CORDON_ALLOW, NEVER, 0, 0, ""},
        {CORDON_LOG | 3, ALWAYS, 0, CORDON_LOG, "kill_process kill_thread trap errno trace"},
        {CORDON_ERRNO | 3, ASKED, 0, CORDON_ERRNO, "kill_process kill_thread trap log trace"},
        {CORDON_TRAP | 3, ASKED, 0, CORDON_TRAP, "kill_process kill_thread errno log"},
        {CORDON_USER_NOTIF, ASKED, 0, CORDON_USER_NOTIF, "trace errno"},
        {CORDON_KILL_THREAD | 9, ALWAYS, 31, CORDON_KILL_THREAD, "kill_process trap"},
        {(uint32_t)CORDON_KILL_PROCESS, ALWAYS, 31, (uint32_t)CORDON_KILL_PROCESS, "kill_thread"},
        {0x00010005, ALWAYS, 31, 0x00010000, "kill_thread trap errno user_notif trace log"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        for (int has_flag = 0; has_flag <= 1; has_flag++)
            for (int listed = 0; listed <= 1; listed++) {
                struct fixture f = begin();
                const char *names = "kill_process kill_thread trap errno user_notif trace log";
                names = listed ? names : cases[i].but_not;
                assert_int_equal(cordon_actions_log(names, (uint32_t)strlen(names)), 0);
                plain_filter_always(f.thread, cases[i].verdict, has_flag ? CORDON_FLAG_LOG : 0);
                judge(f.task, 77);
                bool expected =
                    listed && cases[i].when + has_flag >= ALWAYS && cases[i].when != NEVER;
                if (plain_world.record_count != expected)
                    fail_msg("case %zu, asked %d, listed %d", i, has_flag, listed);
                if (expected) {
                    assert_int_equal(plain_world.records[0].action, cases[i].action);
                    assert_int_equal(plain_world.records[0].signal, cases[i].signal);
                    assert_int_equal(plain_world.records[0].data->word[0], 77);
                }
                end(&f);
            }
    const char *all = "kill_process kill_thread trap errno user_notif trace log";
    assert_int_equal(cordon_actions_log(all, (uint32_t)strlen(all)), 0);
}

/* The winner's flag counts, not another filter's. A TRACE is logged if no tracer takes it. */
static void the_winners_flag_counts(void **state)
{
    (void)state;
    struct fixture f = begin();
    assert_int_equal(plain_filter_always(f.thread, CORDON_TRACE, CORDON_FLAG_LOG), 0);
    struct cordon_decision decision = judge(f.task, 1);
    assert_int_equal(plain_world.record_count, 0);
    struct cordon_data data = call(X86_64, 1);
    cordon_task_refuse(f.task, &decision, &data);
    assert_int_equal(plain_world.record_count, 1);
    cordon_task_judge_again(f.task, &data);
    assert_int_equal(plain_world.record_count, 1);
    assert_int_equal(plain_filter_always(f.thread, CORDON_ERRNO, 0), 0);
    judge(f.task, 1);
    assert_int_equal(plain_world.record_count, 1);
    end(&f);
}

static void actions_logged_is_read_as_a_line_of_names(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *set; /* NULL: refused */
    } cases[] = {
        {"", ""},
        {"log errno\n", "errno log"},
        {"errno", "errno"},
        {"errno errno", "errno"},
        {"errno  log", "errno"}, /* an empty name ends the list */
        {" log", ""},
        {"log ", "log"},
        {"log\nbogus", "log"},
        {"allow", NULL},
        {"log allow", NULL},
        {"kill", NULL},
        {"Log", NULL},
        {"log,errno", NULL},
        {"kill_process kill_process kill_process kill_process kill_process", NULL}, /* cut */
        {"errno errno errno errno errno errno errno errno errno errno lo bogus", NULL},
        {"errno errno errno errno errno errno errno errno errno trap logx", "trap errno log"},
    };
    char text[80] = "";
    for (size_t i = 0; i < COUNT(cases); i++) {
        char before[80];
        cordon_actions_logged(before, sizeof before);
        int64_t result = cordon_actions_log(cases[i].text, (uint32_t)strlen(cases[i].text));
        if (result != (cases[i].set ? 0 : -EINVAL))
            fail_msg("case %zu: %d", i, (int)result);
        uint32_t length = cordon_actions_logged(text, sizeof text);
        assert_int_equal(length, strlen(text));
        assert_string_equal(text, cases[i].set ? cases[i].set : before);
    }
    const char *all = "kill_process kill_thread trap errno user_notif trace log";
    assert_int_equal(cordon_actions_log(all, (uint32_t)strlen(all)), 0);
    assert_int_equal(cordon_actions_logged(text, 8), strlen(all));
    assert_string_equal(text, "kill_pr");
    assert_int_equal(cordon_actions_logged(NULL, 0), strlen(all));
}

/* ---- inspecting filters ---- */

static void filters_are_shown_oldest_first(void **state)
{
    (void)state;
    static const struct cordon_insn two[] = {{CORDON_OP_LD_WORD, 0, 0, 0},
                                             {CORDON_OP_RET_K, 0, 0, CORDON_ALLOW}};
    struct fixture f = begin();
    struct plain_process *other = plain_process_new();
    struct plain_thread *tracer = plain_thread_new(other, 7);
    struct cordon_task *t = &tracer->task;
    const uint64_t at = PLAIN_MEMORY;
    assert_int_equal(cordon_ptrace_get_filter(t, f.task, true, 0, at), -EINVAL);
    assert_int_equal(plain_filter_always(f.thread, CORDON_ALLOW, CORDON_FLAG_LOG), 0);
    assert_int_equal(plain_filter(f.thread, two, 2, CORDON_FLAG_SPEC_ALLOW), 0);
    assert_int_equal(cordon_ptrace_get_filter(t, f.task, false, 0, at), -EACCES);
    assert_int_equal(cordon_ptrace_get_filter(t, f.task, true, 2, at), -ENOENT);
    assert_int_equal(cordon_ptrace_get_filter(t, f.task, true, UINT64_MAX, at), -ENOENT);
    assert_int_equal(cordon_ptrace_get_filter(t, f.task, true, 0, 0), 1);
    assert_int_equal(cordon_ptrace_get_filter(t, f.task, true, 0, PLAIN_NOWHERE), -EFAULT);
    assert_int_equal(cordon_ptrace_get_filter(t, f.task, true, 1, at), 2);
    struct cordon_insn back[2];
    plain_read(other, back, at, sizeof back);
    assert_memory_equal(back, two, sizeof two);

    uint64_t metadata[2] = {0, 99};
    plain_write(other, at, metadata, sizeof metadata);
    assert_int_equal(cordon_ptrace_get_metadata(t, f.task, false, 16, at), -EACCES);
    assert_int_equal(cordon_ptrace_get_metadata(t, f.task, true, 7, PLAIN_NOWHERE), -EINVAL);
    assert_int_equal(cordon_ptrace_get_metadata(t, f.task, true, 8, PLAIN_NOWHERE), -EFAULT);
    assert_int_equal(cordon_ptrace_get_metadata(t, f.task, true, 8, PLAIN_CONSTANT), -EFAULT);
    assert_int_equal(cordon_ptrace_get_metadata(t, f.task, true, 8, at), 8);
    plain_read(other, metadata, at, sizeof metadata);
    assert_int_equal(metadata[1], 99);
    assert_int_equal(cordon_ptrace_get_metadata(t, f.task, true, 100, at), 16);
    plain_read(other, metadata, at, sizeof metadata);
    assert_int_equal(metadata[1], CORDON_FLAG_LOG);
    metadata[0] = 1;
    plain_write(other, at, metadata, sizeof metadata);
    assert_int_equal(cordon_ptrace_get_metadata(t, f.task, true, 16, at), 16);
    plain_read(other, metadata, at, sizeof metadata);
    assert_int_equal(metadata[1], 0);
    metadata[0] = 2;
    plain_write(other, at, metadata, sizeof metadata);
    assert_int_equal(cordon_ptrace_get_metadata(t, f.task, true, 16, at), -ENOENT);
    tracer->no_new_privs = true;
    assert_int_equal(plain_filter_always(tracer, CORDON_ALLOW, 0), 0);
    assert_int_equal(cordon_ptrace_get_filter(t, f.task, true, 0, at), -EACCES);
    assert_int_equal(cordon_ptrace_get_metadata(t, f.task, true, 16, at), -EACCES);
    plain_process_free(other);

    const struct cordon_filter *newest = cordon_task_filter(f.task, 1);
    assert_int_equal(cordon_filter_program(newest).length, 2);
    assert_int_equal(cordon_filter_flags(cordon_filter_older(newest)), CORDON_FLAG_LOG);
    assert_null(cordon_filter_older(cordon_filter_older(newest)));
    assert_null(cordon_task_filter(f.task, 2));
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_become_decisions),
        cmocka_unit_test(strict_mode_has_four_calls_on_each_abi),
        cmocka_unit_test(the_strictest_wins_and_of_equals_the_newest),
        cmocka_unit_test(judging_equals_interpreting),
        cmocka_unit_test(filters_do_not_judge_probes),
        cmocka_unit_test(a_suspended_thread_is_not_checked),
        cmocka_unit_test(a_traced_call_is_judged_again),
        cmocka_unit_test(records_follow_the_table),
        cmocka_unit_test(the_winners_flag_counts),
        cmocka_unit_test(actions_logged_is_read_as_a_line_of_names),
        cmocka_unit_test(filters_are_shown_oldest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
