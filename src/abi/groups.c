/* SPDX-License-Identifier: MIT */
/* groups.c: looks up named sets of system calls, generated from groups.txt. */
#include "cordon/abi.h"

#include <string.h>

struct group_row {
    uint16_t name;
    uint16_t description;
    uint16_t start;
    uint16_t count;
};

#include "groups.inc"

#define GROUPS (sizeof group_rows / sizeof *group_rows)

uint32_t cordon_group_count(void)
{
    return GROUPS;
}

struct cordon_group cordon_group_nth(uint32_t index)
{
    const struct group_row *row = &group_rows[index];
    return (struct cordon_group){group_pool + row->name, group_pool + row->description,
                                 group_members + row->start, row->count};
}

bool cordon_group_by_name(const char *name, uint32_t length, struct cordon_group *group)
{
    for (uint32_t i = 0; i < GROUPS; i++) {
        const char *have = group_pool + group_rows[i].name;
        if (strlen(have) == length && !memcmp(have, name, length)) {
            *group = cordon_group_nth(i);
            return true;
        }
    }
    return false;
}

bool cordon_group_has(const struct cordon_group *group, uint16_t id)
{
    uint32_t low = 0, high = group->member_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (group->members[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < group->member_count && group->members[low] == id;
}
