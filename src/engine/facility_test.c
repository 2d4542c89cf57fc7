/* SPDX-License-Identifier: MIT */
/* facility_test.c: each rule of installing, judging, logging and inspecting, on a plain host. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cordon/action.h"
#include "plain_host.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define HEADER (PLAIN_MEMORY + 0x100) /* struct sock_fprog */
#define INSNS  (PLAIN_MEMORY + 0x1000)
#define X86_64 0xc000003eu
#define I386   0x40000003u

/* ---- a process with one thread ----------------------------------------------------------------
 */

struct fixture {
    struct plain_process *process;
    struct plain_thread *thread;
    struct cordon_task *task;
};

static struct fixture begin(void)
{
    plain_world = (struct plain_world){.allocations_left = -1};
    struct fixture f = {.process = plain_process_new()};
    f.thread = plain_thread_new(f.process, 100);
    f.thread->no_new_privs = true;
    f.task = &f.thread->task;
    return f;
}

static void end(struct fixture *f)
{
    plain_process_free(f->process);
    assert_int_equal(plain_world.allocations, 0);
    assert_int_equal(plain_world.files, 0);
}

static void put_header(struct plain_process *process, uint16_t length, uint64_t insns)
{
    unsigned char header[16] = {0};
    memcpy(header, &length, sizeof length);
    memcpy(header + 8, &insns, sizeof insns);
    plain_write(process, HEADER, header, sizeof header);
}

static int64_t install_insns(struct plain_thread *thread, const struct cordon_insn *insns,
                             uint16_t length, uint32_t flags)
{
    plain_write(thread->process, INSNS, insns, length * sizeof *insns);
    put_header(thread->process, length, INSNS);
    return cordon_seccomp(&thread->task, CORDON_SET_MODE_FILTER, flags, HEADER, false);
}

/* A filter that answers all calls so. */
static int64_t install(struct plain_thread *thread, uint32_t verdict, uint32_t flags)
{
    return install_insns(thread, &(struct cordon_insn){0x06, 0, 0, verdict}, 1, flags);
}

static struct cordon_data call(uint32_t arch, uint32_t nr)
{
    return (struct cordon_data){{nr, arch}};
}

static struct cordon_decision judge(struct fixture *f, uint32_t nr)
{
    struct cordon_data data = call(X86_64, nr);
    return cordon_task_judge(f->task, &data);
}

/* ---- installing -------------------------------------------------------------------------------
 */

static void checks_come_in_the_kernels_order(void **state)
{
    (void)state;
    static const struct {
        uint32_t flags;
        uint64_t header; /* 0: as given by length and insns */
        uint16_t length;
        uint64_t insns; /* 0x06 0x7fff0000 stands at INSNS, a bad opcode at INSNS + 8 */
        bool is_privileged;
        int64_t result;
    } cases[] = {
        {0, 0, 1, INSNS, true, 0},
        {0x40, PLAIN_NOWHERE, 0, 0, false, -EINVAL},
        {0x80000000, PLAIN_NOWHERE, 0, 0, false, -EINVAL},
        {CORDON_FLAG_TSYNC | CORDON_FLAG_NEW_LISTENER, PLAIN_NOWHERE, 0, 0, false, -EINVAL},
        {CORDON_FLAG_WAIT_KILLABLE_RECV, PLAIN_NOWHERE, 0, 0, false, -EINVAL},
        {CORDON_FLAG_TSYNC_ESRCH, 0, 1, INSNS, true, 0},
        {CORDON_FLAG_SPEC_ALLOW | CORDON_FLAG_LOG, 0, 1, INSNS, true, 0},
        {0, PLAIN_NOWHERE, 0, 0, false, -EFAULT},
        {0, PLAIN_MEMORY + PLAIN_MEMORY_SIZE - 15, 0, 0, false, -EFAULT},
        {0, 0, 0, 0, false, -EINVAL}, /* before privilege: EINVAL, not EACCES */
        {0, 0, 4097, 0, false, -EINVAL},
        {0, 0, 1, 0, false, -EACCES}, /* before looking at the pointer */
        {0, 0, 1, PLAIN_NOWHERE, false, -EACCES},
        {0, 0, 1, 0, true, -EINVAL},
        {0, 0, 1, PLAIN_NOWHERE, true, -EFAULT},
        {0, 0, 2, PLAIN_MEMORY + PLAIN_MEMORY_SIZE - 8, true, -EFAULT},
        {0, 0, 1, INSNS + 8, true, -EINVAL},
        {0, 0, 2, INSNS, true, -EINVAL},
    };
    static const struct cordon_insn insns[] = {{0x06, 0, 0, CORDON_ALLOW}, {0x94, 0, 0, 3}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f = begin();
        f.thread->no_new_privs = cases[i].is_privileged;
        plain_write(f.process, INSNS, insns, sizeof insns);
        put_header(f.process, cases[i].length, cases[i].insns);
        uint64_t header = cases[i].header ? cases[i].header : HEADER;
        int64_t result =
            cordon_seccomp(f.task, CORDON_SET_MODE_FILTER, cases[i].flags, header, false);
        if (result != cases[i].result)
            fail_msg("case %zu: %d", i, (int)result);
        assert_int_equal(f.task->filter_count, result == 0);
        assert_int_equal(f.task->mode, result == 0 ? CORDON_MODE_FILTER : CORDON_MODE_DISABLED);
        end(&f);
    }
}

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
        {CORDON_ALLOW | 0x1234, CORDON_DO_RUN, 0, 0}, /* nobody's: its data is ignored */
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
        assert_int_equal(install(f.thread, cases[i].verdict, 0), 0);
        struct cordon_decision decision = judge(&f, 39);
        if (decision.kind != cases[i].kind || decision.data != cases[i].data ||
            decision.result != cases[i].result)
            fail_msg("case %zu: kind %d", i, decision.kind);
        bool is_dead = decision.kind >= CORDON_DO_KILL_THREAD;
        assert_int_equal(f.task->mode, is_dead ? CORDON_MODE_DEAD : CORDON_MODE_FILTER);
        if (is_dead) /* one that survives dies at its next call */
            assert_int_equal(judge(&f, 39).kind, CORDON_DO_KILL_STRICT);
        end(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_come_in_the_kernels_order),
        cmocka_unit_test(verdicts_become_decisions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
