/* SPDX-License-Identifier: MIT */
/* sigsys.c: seccomp_data from siginfo and the registers at the call. */
#include <signal.h>
#include <string.h>

#include "cordon/sigsys.h"
#include "machine.h"

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1 /* asm-generic/siginfo.h */
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
    if (!abi) /* a number of no ABI, for example -1, uses the registers of the native one */
        abi = cordon_abi_native();
    machine_context_arguments(ucontext, abi->bits, values);
    for (unsigned i = 0; i < CORDON_ARGS; i++)
        set_word(&made, abi, i, values[i]);
    /* All 64 bits, as 64-bit code can make 32-bit calls too. */
    set_word(&made, abi, CORDON_ARGS, (uint64_t)(uintptr_t)info->si_call_addr);
    *data = made;
    return CORDON_OK;
}
