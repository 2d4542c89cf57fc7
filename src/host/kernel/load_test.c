/* SPDX-License-Identifier: MIT */
/* load_test.c: filters into this kernel, each in a child of its own, and the causes of failures. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cordon/action.h"
#include "cordon/load.h"
#include "kernel_test.h"

/* getppid fails with errno 42, everything else is allowed. */
static const struct cordon_insn insns[] = {{CORDON_OP_LD_WORD, 0, 0, 0},
                                           {CORDON_OP_JEQ_K, 0, 1, SYS_getppid},
                                           {CORDON_OP_RET_K, 0, 0, 0x0005002a},
                                           {CORDON_OP_RET_K, 0, 0, 0x7fff0000}};

static struct cordon_program program(void)
{
    struct cordon_program made;
    struct cordon_fault fault;
    if (!cordon_program_verify(&made, insns, 4, &fault))
        abort();
    return made;
}

static int is_filtered(void)
{
    errno = 0;
    return syscall(SYS_getppid) == -1 && errno == 42;
}

static int load_and_call(void)
{
    struct cordon_diag diag = {0};
    struct cordon_program filter = program();
    if (is_filtered() || cordon_load(&filter, CORDON_LOAD_LOG, &diag))
        return 1;
    return is_filtered() && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 2;
}

static void a_loaded_filter_is_enforced(void **state)
{
    (void)state;
    assert_int_equal(in_child(load_and_call), 0);
}

static pthread_barrier_t loaded, done;
static int thread_saw;

static void *other_thread(void *own_filter)
{
    struct cordon_program filter = program();
    int failed = own_filter && cordon_load(&filter, 0, NULL);
    pthread_barrier_wait(&loaded);
    pthread_barrier_wait(&done);
    thread_saw = failed ? -1 : is_filtered();
    return NULL;
}

static enum cordon_error load_beside(void *own_filter, struct cordon_diag *diag)
{
    pthread_t thread;
    struct cordon_program filter = program();
    pthread_barrier_init(&loaded, NULL, 2);
    pthread_barrier_init(&done, NULL, 2);
    pthread_create(&thread, NULL, other_thread, own_filter);
    pthread_setname_np(thread, "stubborn");
    pthread_barrier_wait(&loaded);
    enum cordon_error error = cordon_load(&filter, CORDON_LOAD_TSYNC, diag);
    pthread_barrier_wait(&done);
    pthread_join(thread, NULL);
    return error;
}

static int synchronise(void)
{
    struct cordon_diag diag;
    return load_beside(NULL, &diag) == CORDON_OK && thread_saw == 1 && is_filtered() ? 0 : 1;
}

static int fail_to_synchronise(void)
{
    struct cordon_diag diag = {0};
    enum cordon_error error = load_beside(&thread_saw, &diag);
    return error == CORDON_E_THREADS && !is_filtered() ? 0 : 1;
}

static int name_the_thread(void)
{
    struct cordon_diag diag = {0};
    enum cordon_error error = load_beside(&thread_saw, &diag);
    return error == CORDON_E_THREADS && strstr(diag.text, "stubborn") ? 0 : 1;
}

static void all_threads_or_none(void **state)
{
    (void)state;
    assert_int_equal(in_child(synchronise), 0);
    assert_int_equal(in_child(fail_to_synchronise), 0);
}

static void the_thread_that_differs_is_named(void **state)
{
    (void)state;
    if (access("/proc/self/comm", R_OK))
        SKIP_BECAUSE("there is no /proc here, which has the names of threads");
    assert_int_equal(in_child(name_the_thread), 0);
}

static int load_unprivileged(void)
{
    struct cordon_diag diag = {0};
    struct cordon_program filter = program();
    if (geteuid() == 0 && setuid(65534))
        return 3;
    enum cordon_error error = cordon_load(&filter, CORDON_LOAD_NEW_PRIVS, &diag);
    return error == CORDON_E_PRIVILEGE && strstr(diag.text, "no_new_privs") && !is_filtered() ? 0
                                                                                              : 1;
}

static void missing_privilege_is_named(void **state)
{
    (void)state;
    assert_int_equal(in_child(load_unprivileged), 0);
}

/* The kernel's limit on the filters of a process together. */
static int load_too_many(void)
{
    static struct cordon_insn many[CORDON_MAX_INSNS];
    struct cordon_program filter;
    struct cordon_fault fault;
    struct cordon_diag diag = {0};
    for (uint32_t i = 0; i < CORDON_MAX_INSNS; i++)
        many[i] = (struct cordon_insn){CORDON_OP_RET_K, 0, 0, 0x7fff0000};
    if (!cordon_program_verify(&filter, many, CORDON_MAX_INSNS, &fault))
        return 3;
    for (int i = 0; i < 8; i++)
        if (cordon_load(&filter, 0, &diag))
            return i == 3 && strstr(diag.text, "32768") ? 0 : 1;
    return 2;
}

static void the_limit_of_the_path_is_named(void **state)
{
    (void)state;
    assert_int_equal(in_child(load_too_many), 0);
}

static void the_kernel_is_probed(void **state)
{
    (void)state;
    struct cordon_kernel kernel;
    cordon_kernel_probe(&kernel);
    assert_int_equal(kernel.seccomp, CORDON_SUPPORT);
    assert_int_equal(kernel.filter, CORDON_SUPPORT);
    for (int i = 0; i < 8; i++)
        assert_int_equal(kernel.actions[i], CORDON_SUPPORT);
    assert_int_equal(kernel.flags[0].there, CORDON_SUPPORT);
    assert_true(strlen(kernel.release) > 2);
}

/* ENOTSUPP, of kernels whose compiler for BPF fails and that have no interpreter. */
static void an_errno_without_a_name_is_explained(void **state)
{
    struct cordon_diag diag = {0};
    (void)state;
    assert_int_equal(cordon_load_explain(&diag, -1, 524, 0), CORDON_E_TOO_LONG);
    assert_non_null(strstr(diag.text, "BPF compiler refuses"));
}

int main(void)
{
    struct cordon_kernel kernel;
    cordon_kernel_probe(&kernel);
    if (kernel.filter != CORDON_SUPPORT) {
        puts("1..1\nok 1 # SKIP this kernel has no seccomp filters");
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loaded_filter_is_enforced),
        cmocka_unit_test(all_threads_or_none),
        cmocka_unit_test(the_thread_that_differs_is_named),
        cmocka_unit_test(missing_privilege_is_named),
        cmocka_unit_test(an_errno_without_a_name_is_explained),
        cmocka_unit_test(the_limit_of_the_path_is_named),
        cmocka_unit_test(the_kernel_is_probed),
    };
    return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
