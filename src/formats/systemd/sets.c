/* SPDX-License-Identifier: MIT */
/* sets.c: the sets of calls of one version of systemd. */
#include <string.h>

#include "systemd.h"

static const struct {
    uint8_t versions; /* bit per version */
    const char *name, *members;
} rows[] = {
#define SET(versions, name, members) {versions, name, members},
#include "sets.def"
#undef SET
};

static unsigned version_bit(enum cordon_like like)
{
    return like == CORDON_LIKE_SYSTEMD_252   ? 1
           : like == CORDON_LIKE_SYSTEMD_257 ? 2
           : like == CORDON_LIKE_SYSTEMD_262 ? 4
                                             : 0;
}

static void add(struct systemd_set *set, uint16_t id)
{
    for (uint32_t i = 0; i < set->count; i++)
        if (set->ids[i] == id)
            return;
    if (id != CORDON_NO_ID && set->count < SYSTEMD_SET_MAX)
        set->ids[set->count++] = id;
}

/* False: this version has no such set. Sets are in sets at most a few deep. */
static bool collect(struct systemd_set *set, unsigned version, const char *name, size_t length,
                    unsigned depth)
{
    bool found = false;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && depth < 8; i++) {
        if (!(rows[i].versions & version) || strlen(rows[i].name) != length ||
            memcmp(rows[i].name, name, length) != 0)
            continue;
        found = true;
        for (const char *at = rows[i].members; *at; at += strspn(at, " ")) {
            size_t size = strcspn(at, " ");
            if (*at == '@')
                collect(set, version, at, size, depth + 1);
            else
                add(set, cordon_syscall_id(at, (uint32_t)size));
            at += size;
        }
    }
    return found;
}

bool systemd_group(enum cordon_like like, const char *name, uint32_t length,
                   struct systemd_set *set, struct cordon_group *group)
{
    unsigned version = version_bit(like);
    if (!version)
        return systemd_newest_group(name, length, group);
    set->count = 0;
    *group = (struct cordon_group){.name = name, .members = set->ids};
    bool found = collect(set, version, name, length, 0);
    group->member_count = set->count;
    return found;
}
