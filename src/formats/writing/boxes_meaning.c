/* SPDX-License-Identifier: MIT */
/* boxes_meaning.c: makes the graph of rules in libseccomp's form for one call of an ABI. */
#include "boxes.h"

struct halves {
    struct cordon_model *model;
    unsigned low, high;
    bool narrow;
};

static cordon_node compare_half(const struct halves *halves, unsigned word, uint32_t mask,
                                uint32_t first, uint32_t last, cordon_node yes, cordon_node no)
{
    return cordon_model_range(halves->model, word, mask, first, last, yes, no);
}

/* value <= the argument, or the argument <= value. */
static cordon_node order(const struct halves *halves, bool above, uint64_t value, cordon_node yes,
                         cordon_node no)
{
    uint32_t low = (uint32_t)value, high = (uint32_t)(value >> 32);
    cordon_node node = above
                           ? compare_half(halves, halves->low, UINT32_MAX, low, UINT32_MAX, yes, no)
                           : compare_half(halves, halves->low, UINT32_MAX, 0, low, yes, no);
    if (halves->narrow)
        return node;
    node = compare_half(halves, halves->high, UINT32_MAX, high, high, node, no);
    if (above && high < UINT32_MAX)
        node = compare_half(halves, halves->high, UINT32_MAX, high + 1, UINT32_MAX, yes, node);
    if (!above && high > 0)
        node = compare_half(halves, halves->high, UINT32_MAX, 0, high - 1, yes, node);
    return node;
}

static cordon_node masked(const struct halves *halves, uint64_t mask, uint64_t value,
                          cordon_node yes, cordon_node no)
{
    uint32_t low = (uint32_t)value, high = (uint32_t)(value >> 32);
    uint32_t low_mask = (uint32_t)mask, high_mask = (uint32_t)(mask >> 32);
    cordon_node node = yes;
    if (low & ~low_mask || (!halves->narrow && high & ~high_mask))
        return no;
    if (low_mask)
        node = compare_half(halves, halves->low, low_mask, low, low, node, no);
    if (high_mask && !halves->narrow)
        node = compare_half(halves, halves->high, high_mask, high, high, node, no);
    return node;
}

static cordon_node comparison(struct halves *halves, const struct scmp_arg *arg, cordon_node yes,
                              cordon_node no)
{
    switch (arg->op) {
    case SCMP_EQ:
        return masked(halves, UINT64_MAX, arg->value, yes, no);
    case SCMP_NE:
        return masked(halves, UINT64_MAX, arg->value, no, yes);
    case SCMP_LE:
        return order(halves, false, arg->value, yes, no);
    case SCMP_GT:
        return order(halves, false, arg->value, no, yes);
    case SCMP_GE:
        return order(halves, true, arg->value, yes, no);
    case SCMP_LT:
        return order(halves, true, arg->value, no, yes);
    case SCMP_MASKED_EQ:
        break;
    }
    return masked(halves, arg->mask, arg->value, yes, no);
}

static cordon_node add_box(struct cordon_model *model, const struct box *box,
                           const struct cordon_abi *abi, bool narrow, cordon_node rest)
{
    cordon_node node = cordon_model_leaf(model, box->action);
    for (uint32_t i = box->count; i-- > 0;) {
        unsigned index = box->args[i].index;
        struct halves halves = {.model = model,
                                .low = cordon_abi_low(abi, index),
                                .high = cordon_abi_high(abi, index),
                                .narrow = narrow};
        node = comparison(&halves, &box->args[i], node, rest);
    }
    return node;
}

cordon_node boxes_meaning(const struct boxes *boxes, struct cordon_model *model,
                          const struct cordon_abi *abi, bool narrow, uint32_t rest, bool last_wins)
{
    cordon_node node = cordon_model_leaf(model, rest);
    for (uint32_t i = 0; i < boxes->count; i++)
        node =
            add_box(model, &boxes->list[last_wins ? i : boxes->count - 1 - i], abi, narrow, node);
    return node;
}
