/* SPDX-License-Identifier: MIT */
/* oci_multiplexer.c: finds rules that libseccomp cannot distinguish within a multiplexer. */
#include "oci.h"

static bool is_multiplexed(const struct cordon_policy *policy, uint16_t id)
{
    for (uint32_t i = 0; i < policy->abi_count; i++)
        if (scmp_is_multiplexed(cordon_abi(policy->abis[i]), id))
            return true;
    return false;
}

/* In socketcall, the selector takes the place of the first argument. */
static bool same_but_first(const struct box *a, const struct box *b)
{
    uint32_t i = a->count && a->args[0].index == 0, k = b->count && b->args[0].index == 0;
    for (; i < a->count && k < b->count; i++, k++) {
        struct scmp_arg x = a->args[i], y = b->args[k];
        if (x.index != y.index || x.op != y.op || x.value != y.value || x.mask != y.mask)
            return false;
    }
    return i == a->count && k == b->count;
}

bool oci_fits_multiplexer(const struct cordon_policy *policy, const struct boxes *boxes,
                          uint16_t id)
{
    bool fits = true;
    if (boxes->count < 2 || !is_multiplexed(policy, id))
        return true;
    for (uint32_t i = 0; i < boxes->count && fits; i++)
        for (uint32_t k = 0; k < i && fits; k++)
            fits = boxes->list[i].action == boxes->list[k].action ||
                   !same_but_first(&boxes->list[i], &boxes->list[k]);
    return fits;
}
