/* SPDX-License-Identifier: MIT */
/* check_abis.c: ABIs that a process can switch to, to make calls that are denied otherwise. */
#include "checker.h"

/* The last call with fewer restrictions on one ABI than on another that has it, too. */
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

/* ABIs that a process of a machine can switch to. */
static const struct foreign {
    enum cordon_abi_id abi, machine;
} foreigners[] = {
    {CORDON_ABI_I386, CORDON_ABI_X86_64}, {CORDON_ABI_X32, CORDON_ABI_X86_64},
    {CORDON_ABI_ARM, CORDON_ABI_AARCH64}, {CORDON_ABI_S390, CORDON_ABI_S390X},
    {CORDON_ABI_PPC, CORDON_ABI_PPC64},
};

/* A token that is answered like its neighbours isn't meant. Without a test of the architecture, the
 * filter is taken to be for this machine. */
bool is_meant(const struct checker *checker, const struct cordon_abi *abi)
{
    const struct cordon_check_input *input = checker->input;
    struct cordon_view view = cordon_model_view(input->model, input->meaning.verdicts);
    enum cordon_abi_id native = cordon_abi_native()->id;
    uint32_t first = 0;
    for (uint32_t i = 0; !view.is_leaf && view.term == CORDON_WORD_ARCH && i < view.edge_count;
         first = view.edges[i++].last + 1)
        if (abi->token >= first && abi->token <= view.edges[i].last)
            return first == abi->token && view.edges[i].last == abi->token;
    for (size_t i = 0; i < sizeof foreigners / sizeof *foreigners; i++)
        if (foreigners[i].abi == abi->id && foreigners[i].machine == native)
            return true;
    return abi->id == native;
}

static bool is_all_open(const struct checker *checker, const struct cordon_abi *abi)
{
    return count_open(checker, abi) == cordon_syscall_count(abi);
}

static void check_abi(struct checker *checker, const struct foreign *foreign)
{
    const struct cordon_abi *machine = cordon_abi(foreign->machine);
    checker->abi = cordon_abi(foreign->abi);
    if (!is_meant(checker, machine) || !count_open(checker, machine) ||
        is_all_open(checker, machine))
        return;
    if (is_all_open(checker, checker->abi)) {
        tell(checker, CORDON_LINT_OPEN_ABI, place_of_abis(checker), NULL,
             "all calls of %s are allowed: the same process can make them", checker->abi->name);
        return;
    }
    uint16_t escape = find_escape(checker, checker->abi, machine);
    if (escape != CORDON_NO_ID)
        tell(checker, CORDON_LINT_LAXER_ABI, place_of(checker, escape, true), NULL,
             "%s allows calls that %s denies, for example %s", checker->abi->name, machine->name,
             cordon_syscall_name(escape));
}

void check_abis(struct checker *checker)
{
    const struct cordon_check_input *input = checker->input;
    for (size_t i = 0; i < sizeof foreigners / sizeof *foreigners; i++)
        check_abi(checker, &foreigners[i]);
    checker->abi = NULL;
    struct cordon_view view = cordon_model_view(input->model, input->meaning.verdicts);
    bool checked =
        cordon_model_words(input->model, input->meaning.verdicts) >> CORDON_WORD_ARCH & 1;
    if (!checked && !view.is_leaf && openness_of_arch(checker, 0) != CLOSED)
        tell(checker, CORDON_LINT_ANY_ARCHITECTURE, place_of_abis(checker), NULL,
             "the architecture is not checked: the same number is another call elsewhere");
}
