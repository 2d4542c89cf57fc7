/* SPDX-License-Identifier: MIT */
/* constants.c: looks up named constants by name and by value, in the arrays generated from
 * constants.tsv. */
#include "cordon/abi.h"
#include "cordon/diag.h"

#include <string.h>

/* A value that differs from the general one on one ABI. */
struct special {
    uint8_t abi;
    uint8_t missing; /* the name doesn't exist there */
    uint64_t value;
};

struct constant {
    uint64_t value;
    uint32_t name;
    uint16_t special_start;
    uint8_t special_count;
    uint8_t missing; /* the name exists only on the special ABIs */
};

#include "constants.inc"

#define NAMES (sizeof by_name / sizeof *by_name)

#define COLUMN(id, name, token, bits, big) [CORDON_ABI_##id] = COLUMN_##id,
static const uint8_t column_of[] = {CORDON_ABIS(COLUMN)};
#undef COLUMN

static bool value_of(const struct cordon_abi *abi, const struct constant *constant, uint64_t *value)
{
    for (uint32_t i = 0; i < constant->special_count; i++) {
        const struct special *special = &specials[constant->special_start + i];
        if (special->abi != column_of[abi->id])
            continue;
        *value = special->value;
        return !special->missing;
    }
    *value = constant->value;
    return !constant->missing;
}

uint32_t cordon_constant_count(void)
{
    return NAMES;
}

const char *cordon_constant_nth(uint32_t index)
{
    return constant_pool + constants[by_name[index]].name;
}

static const struct constant *find(const char *name, uint32_t length)
{
    uint32_t low = 0, high = NAMES;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        const char *have = cordon_constant_nth(middle);
        int order = cordon_name_compare(name, length, have);
        if (order == 0)
            return &constants[by_name[middle]];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

bool cordon_constant_known(const char *name, uint32_t length)
{
    return find(name, length) != NULL;
}

bool cordon_constant_value(const struct cordon_abi *abi, const char *name, uint32_t length,
                           uint64_t *value)
{
    const struct constant *constant = find(name, length);
    uint64_t found;
    if (!constant || !value_of(abi, constant, &found))
        return false;
    *value = found;
    return true;
}

const char *cordon_constant_set_name(uint16_t set)
{
    return set == CORDON_NO_SET ? "" : set_pool + set_name[set];
}

uint16_t cordon_constant_set_by_name(const char *name, uint32_t length)
{
    for (uint16_t set = 1; set <= SETS; set++) {
        const char *have = cordon_constant_set_name(set);
        if (strlen(have) == length && !memcmp(have, name, length))
            return set;
    }
    return CORDON_NO_SET;
}

uint32_t cordon_constant_set_size(uint16_t set)
{
    return set == CORDON_NO_SET ? 0 : (uint32_t)(set_start[set + 1] - set_start[set]);
}

bool cordon_constant_set_nth(const struct cordon_abi *abi, uint16_t set, uint32_t index,
                             struct cordon_constant *constant)
{
    const struct constant *row = &constants[set_start[set] + index];
    constant->name = constant_pool + row->name;
    return value_of(abi, row, &constant->value);
}

const char *cordon_constant_name(const struct cordon_abi *abi, uint16_t set, uint64_t value)
{
    struct cordon_constant constant;
    for (uint32_t i = 0; i < cordon_constant_set_size(set); i++)
        if (cordon_constant_set_nth(abi, set, i, &constant) && constant.value == value)
            return constant.name;
    return NULL;
}
