/* SPDX-License-Identifier: MIT */
/* witness.c: turns a call that shows a difference in meaning into an obstacle. */
#include <stdio.h>

#include "converter.h"

bool has_arch(const struct cordon_policy *policy, uint32_t token)
{
    for (uint32_t i = 0; i < policy->abi_count; i++)
        if (cordon_abi(policy->abis[i])->token == token)
            return true;
    return false;
}

/* Texts of some formats apply to the machine that compiles them, whatever the source named. */
static bool note_machine(const struct cordon_policy *plain, const struct cordon_policy *again,
                         struct cordon_obstacle *obstacle)
{
    for (uint32_t i = 0; i < plain->abi_count; i++) {
        const struct cordon_abi *abi = cordon_abi(plain->abis[i]);
        if (has_arch(again, abi->token))
            continue;
        bool other = !has_arch(plain, cordon_abi(again->abis[0])->token);
        *obstacle = (struct cordon_obstacle){.kind = other ? CORDON_AT_ALL : CORDON_AT_ABI,
                                             .abis = UINT32_C(1) << abi->id,
                                             .has_instead = true,
                                             .instead = again->bad_arch.action};
        if (other)
            snprintf(obstacle->hint, sizeof obstacle->hint,
                     "to convert for that machine: --host %s", abi->name);
        snprintf(obstacle->text, sizeof obstacle->text,
                 "its files are for the machine that compiles them, here %s, not for %s",
                 cordon_abi(again->abis[0])->name, abi->name);
        return true;
    }
    return false;
}

void note_witness(struct converter *converter, const struct cordon_data *witness, uint32_t answer)
{
    const struct cordon_policy *plain = converter->plain;
    const struct cordon_policy *again = converter->again ? converter->again : plain;
    struct cordon_obstacles *obstacles = &converter->obstacles;
    uint32_t arch = witness->word[CORDON_WORD_ARCH], nr = witness->word[CORDON_WORD_NR];
    const struct cordon_abi *abi = cordon_abi_of_call(arch, nr);
    uint16_t id = abi ? cordon_syscall_id_by_nr(abi, nr) : CORDON_NO_ID;
    struct cordon_obstacle obstacle = {.kind = has_arch(plain, arch) ? CORDON_AT_DEFAULT
                                                                     : CORDON_AT_BAD_ARCH,
                                       .has_instead = true,
                                       .instead = answer};
    if (id != CORDON_NO_ID)
        obstacle = (struct cordon_obstacle){.kind = CORDON_AT_CALL, .id = id};
    converter->compared = !note_machine(plain, again, &obstacle);
    if (converter->compared)
        snprintf(obstacle.text, sizeof obstacle.text,
                 "the result has another verdict for number 0x%x%s%s", nr, abi ? " on " : "",
                 abi ? abi->name : "");
    cordon_obstacles_free(obstacles);
    if (cordon_array_grow(converter->allocator, (void **)&obstacles->list, &obstacles->room,
                          sizeof obstacle, 1))
        obstacles->list[obstacles->count++] = obstacle;
    else
        converter_error(converter, CORDON_E_NO_MEMORY, "out of memory");
}
