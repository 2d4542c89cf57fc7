/* SPDX-License-Identifier: MIT */
/* sigsys_test.c: what a handler makes of its SIGSYS is what the filter saw. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cordon/action.h"
#include "cordon/load.h"
#include "cordon/sigsys.h"
#include "kernel_test.h"

/* Traps fchmod (x86_64: 91, i386: 94) and the number 0x7ffffff, allows everything else. */
static const struct cordon_insn insns[] = {
    {CORDON_OP_LD_WORD, 0, 0, 0},          {CORDON_OP_JEQ_K, 3, 0, 91},
    {CORDON_OP_JEQ_K, 2, 0, 94},           {CORDON_OP_JEQ_K, 1, 0, 0x7ffffff},
    {CORDON_OP_RET_K, 0, 0, CORDON_ALLOW}, {CORDON_OP_RET_K, 0, 0, (uint32_t)CORDON_TRAP | 5}};

static struct cordon_data seen;
static enum cordon_error answer;
static void *call_address;
static volatile sig_atomic_t signals;

static void handle(int number, siginfo_t *info, void *context)
{
    (void)number;
    answer = cordon_data_from_sigsys(&seen, info, context);
    call_address = info->si_call_addr;
    signals++;
}

static void install_handler(void)
{
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO};
    sigaction(SIGSYS, &action, NULL);
}

static int load(void)
{
    struct cordon_program program;
    struct cordon_fault fault;
    install_handler();
    return !cordon_program_verify(&program, insns, sizeof insns / sizeof *insns, &fault) ||
           cordon_load(&program, 0, NULL);
}

static int trapped(const uint32_t *wanted, unsigned arch)
{
    uint64_t ip = seen.word[CORDON_WORD_IP] | (uint64_t)seen.word[CORDON_WORD_IP + 1] << 32;
    return signals == 1 && answer == CORDON_OK && seen.word[CORDON_WORD_NR] == wanted[0] &&
           seen.word[CORDON_WORD_ARCH] == arch && ip == (uintptr_t)call_address &&
           !memcmp(seen.word + CORDON_WORD_ARGS, wanted + 1, sizeof(uint32_t[2 * CORDON_ARGS]));
}

#ifdef __x86_64__
static int trap_native(void)
{
    static const uint32_t wanted[] = {91, 1, 0x80000000, 2, 0,          3,         0x7,
                                      4,  0, 5,          0, 0xffffffff, 0xffffffff};
    if (load())
        return 1;
    syscall(91, 0x8000000000000001, 2, 0x700000003, 4, 5, -1l);
    return trapped(wanted, 0xc000003e) ? 0 : 2;
}

static long call_i386(long number)
{
    long result;
    __asm__ volatile("push %%rbp\n\tmov $6, %%ebp\n\tint $0x80\n\tpop %%rbp"
                     : "=a"(result)
                     : "a"(number), "b"(0x80000001), "c"(2l), "d"(3l), "S"(4l), "D"(5l)
                     : "memory", "r8", "r9", "r10", "r11");
    return result;
}

static int trap_i386(void)
{
    static const uint32_t wanted[] = {94, 0x80000001, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0};
    if (load())
        return 1;
    call_i386(94);
    return trapped(wanted, 0x40000003) ? 0 : 2;
}

/* A kernel without 32-bit calls answers int 0x80 with a signal. */
static int getpid_i386(void)
{
    return call_i386(20) == getpid() ? 0 : 1;
}

static int trap_unknown_number(void)
{
    static const uint32_t wanted[] = {0x7ffffff, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0};
    if (load())
        return 1;
    syscall(0x7ffffff, 1, 2, 3, 4, 5, 6);
    return trapped(wanted, 0xc000003e) ? 0 : 2;
}

static void a_trapped_call_is_what_the_filter_saw(void **state)
{
    (void)state;
    struct cordon_kernel kernel;
    cordon_kernel_probe(&kernel);
    if (kernel.filter != CORDON_SUPPORT)
        SKIP_BECAUSE("this kernel has no filters");
    assert_int_equal(in_child(trap_native), 0);
    assert_int_equal(in_child(trap_unknown_number), 0);
    if (in_child(getpid_i386) == 0)
        assert_int_equal(in_child(trap_i386), 0);
}
#else
static void a_trapped_call_is_what_the_filter_saw(void **state)
{
    (void)state;
    SKIP_BECAUSE("written for x86_64");
}
#endif

static int raise_sigsys(void)
{
    memset(&seen, 0x55, sizeof seen);
    struct cordon_data before = seen;
    install_handler();
    raise(SIGSYS);
    return signals == 1 && answer == CORDON_E_MEANING && !memcmp(&seen, &before, sizeof seen) ? 0
                                                                                              : 1;
}

static void another_signal_is_refused(void **state)
{
    (void)state;
    assert_int_equal(in_child(raise_sigsys), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trapped_call_is_what_the_filter_saw),
        cmocka_unit_test(another_signal_is_refused),
    };
    return cmocka_run_group_tests_name("sigsys", tests, NULL, NULL);
}
