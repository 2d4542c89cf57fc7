/* SPDX-License-Identifier: MIT */
/* siblings.c: calls that do the same work. */
#include <string.h>

#include "cordon/abi.h"

static const char *const families[] = {
#define FAMILY(calls) calls,
#include "siblings.def"
#undef FAMILY
};

/* A call of a family: its place from the weakest, which grows at each `<`. */
struct member {
    uint16_t id;
    int strength;
};

static uint32_t read_family(const char *text, struct member *members)
{
    uint32_t count = 0;
    int strength = 0;
    while (*text) {
        uint32_t length = (uint32_t)strcspn(text, " ");
        members[count++] = (struct member){cordon_syscall_id(text, length), strength};
        text += length;
        strength += text[0] && text[1] == '<';
        text += text[0] ? strlen(" = ") : 0;
    }
    return count;
}

uint32_t cordon_siblings(uint16_t id, struct cordon_sibling siblings[CORDON_MAX_SIBLINGS])
{
    const char *name = cordon_syscall_name(id);
    uint32_t found = 0;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        struct member members[CORDON_MAX_SIBLINGS], *self = NULL;
        if (!strstr(families[i], name))
            continue;
        uint32_t count = read_family(families[i], members);
        for (uint32_t j = 0; j < count; j++)
            self = members[j].id == id ? &members[j] : self;
        for (uint32_t j = 0; self && j < count && found < CORDON_MAX_SIBLINGS; j++)
            if (members[j].id != id)
                siblings[found++] =
                    (struct cordon_sibling){members[j].id, members[j].strength - self->strength};
    }
    return found;
}
