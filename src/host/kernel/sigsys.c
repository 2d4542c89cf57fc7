/* SPDX-License-Identifier: MIT */
/* sigsys.c: seccomp_data from siginfo and the registers at the call. */
#include <signal.h>
#include <string.h>
#include <ucontext.h>

#include "cordon/sigsys.h"

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1 /* asm-generic/siginfo.h */
#endif

/* Where the arguments of a call are in the context of a signal: all that depends on the machine. */
#if defined __x86_64__
static const uint8_t wide[CORDON_ARGS] = {REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9};
static const uint8_t narrow[CORDON_ARGS] = {REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI, REG_RBP};

static bool read_arguments(uint64_t values[CORDON_ARGS], const ucontext_t *context,
                           const struct cordon_abi *abi)
{
    const uint8_t *registers = abi->bits == 32 ? narrow : wide;
    uint64_t mask = abi->bits == 32 ? UINT32_MAX : UINT64_MAX;
    for (unsigned i = 0; i < CORDON_ARGS; i++)
        values[i] = (uint64_t)context->uc_mcontext.gregs[registers[i]] & mask;
    return true;
}
#else
static bool read_arguments(uint64_t values[CORDON_ARGS], const ucontext_t *context,
                           const struct cordon_abi *abi)
{
    (void)values, (void)context, (void)abi;
    return false;
}
#endif

static void set_word(struct cordon_data *data, const struct cordon_abi *abi, unsigned arg,
                     uint64_t value)
{
    data->word[cordon_abi_low(abi, arg)] = (uint32_t)value;
    data->word[cordon_abi_high(abi, arg)] = (uint32_t)(value >> 32);
}

enum cordon_error cordon_data_from_sigsys(struct cordon_data *data, const void *siginfo,
                                          const void *ucontext)
{
    const siginfo_t *info = siginfo;
    if (info->si_signo != SIGSYS || info->si_code != SYS_SECCOMP)
        return CORDON_E_MEANING;
    uint64_t values[CORDON_ARGS];
    struct cordon_data made = {0};
    made.word[CORDON_WORD_NR] = (uint32_t)info->si_syscall;
    made.word[CORDON_WORD_ARCH] = info->si_arch;
    const struct cordon_abi *abi = cordon_abi_of_call(info->si_arch, (uint32_t)info->si_syscall);
    if (!abi) /* a number of no ABI, -1 for example: in the registers of the native one */
        abi = cordon_abi_native();
    if (!read_arguments(values, ucontext, abi))
        return CORDON_E_ARCH;
    for (unsigned i = 0; i < CORDON_ARGS; i++)
        set_word(&made, abi, i, values[i]);
    /* All of it also for a 32-bit call, which 64-bit code can make, too. */
    set_word(&made, abi, CORDON_ARGS, (uint64_t)(uintptr_t)info->si_call_addr);
    *data = made;
    return CORDON_OK;
}
