/* SPDX-License-Identifier: MIT */
/* check_arguments.c: tests of other bits of an argument than the kernel uses. */
#include "checker.h"

static void check_argument(const struct checker *checker, const struct cordon_syscall *call,
                           unsigned arg, uint32_t words)
{
    const struct cordon_abi *abi = checker->abi;
    bool low = words >> cordon_abi_low(abi, arg) & 1, high = words >> cordon_abi_high(abi, arg) & 1;
    bool wide = cordon_arg_bits(abi, &call->args[arg]) == 64;
    bool flags = call->args[arg].kind == CORDON_KIND_FLAGS;
    if (wide && !flags && low && !high)
        tell(checker, CORDON_LINT_HALF_ARGUMENT, place_of(checker, call->id, true), NULL,
             "%s: only the lower half of %s is tested, the kernel uses all of it", call->name,
             call->args[arg].name);
    else if (!wide && high)
        tell(checker, CORDON_LINT_WIDE_COMPARISON, place_of(checker, call->id, true), NULL,
             "%s: the upper half of %s is tested, the kernel ignores it", call->name,
             call->args[arg].name);
}

void check_arguments(struct checker *checker)
{
    const struct cordon_abi *abi = checker->abi;
    for (uint32_t i = 0; abi->bits == 64 && i < cordon_syscall_count(abi); i++) {
        struct cordon_syscall call = cordon_syscall(abi, cordon_syscall_nth(abi, i));
        uint32_t words =
            cordon_model_words(checker->input->model, verdicts_of(checker, abi, call.nr));
        for (unsigned arg = 0; arg < call.arg_count; arg++)
            check_argument(checker, &call, arg, words);
    }
}
