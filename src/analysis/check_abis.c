/* SPDX-License-Identifier: MIT */
/* check_abis.c: ABIs that a process can switch to, to make calls that are denied otherwise. */
#include "checker.h"

/* Finds a call with fewer restrictions on one ABI than on another that has it, too: the last
 * one. */
static uint16_t find_escape(const struct checker *checker, const struct cordon_abi *abi,
                            const struct cordon_abi *stricter)
{
    uint16_t found = CORDON_NO_ID;
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++) {
        uint16_t id = cordon_syscall_nth(abi, i);
        if (cordon_syscall_nr(stricter, id) != CORDON_NO_NR &&
            openness_of(checker, abi, id) > openness_of(checker, stricter, id))
            found = id;
    }
    return found;
}

static struct cordon_place place_of_abis(const struct checker *checker)
{
    const struct cordon_policy *policy = checker->input->policy;
    return policy && policy->abi_place.line ? policy->abi_place
                                            : place_of(checker, CORDON_NO_ID, true);
}

/* An ABI that a process of x86_64 can switch to, and make more calls there. */
static void check_abi(struct checker *checker)
{
    const struct cordon_abi *native = cordon_abi(CORDON_ABI_X86_64);
    if (count_open(checker, checker->abi) == cordon_syscall_count(checker->abi)) {
        tell(checker, CORDON_LINT_OPEN_ABI, place_of_abis(checker), NULL,
             "all calls of %s are allowed: the same process can make them", checker->abi->name);
        return;
    }
    uint16_t escape = find_escape(checker, checker->abi, native);
    if (escape != CORDON_NO_ID)
        tell(checker, CORDON_LINT_LAXER_ABI, place_of(checker, escape, true), NULL,
             "%s allows calls that x86_64 denies, for example %s", checker->abi->name,
             cordon_syscall_name(escape));
}

void check_abis(struct checker *checker)
{
    static const enum cordon_abi_id foreign[] = {CORDON_ABI_I386, CORDON_ABI_X32};
    bool native = count_open(checker, cordon_abi(CORDON_ABI_X86_64)) > 0;
    for (size_t i = 0; native && i < sizeof foreign / sizeof *foreign; i++) {
        checker->abi = cordon_abi(foreign[i]);
        check_abi(checker);
    }
    checker->abi = NULL;
    if (openness_of_arch(checker, 0) != CLOSED)
        tell(checker, CORDON_LINT_ANY_ARCHITECTURE, place_of_abis(checker), NULL,
             "the architecture is not checked: the same number is another call elsewhere");
}
