/* SPDX-License-Identifier: MIT */
/* syscalls.c: looks up system calls in the arrays generated from syscalls.tsv. */
#include "cordon/abi.h"

#include <string.h>

/* Rows of the generated arrays: offsets into the pool of names instead of pointers. */
struct arg_row {
    uint16_t name;
    uint16_t set;
    uint8_t type;
    uint8_t kind;
};

/* A field that differs on one ABI; sorted by id, then ABI. */
struct exception {
    uint16_t id;
    uint16_t abi;
    uint16_t value;
};

#include "syscalls.inc"

#define ABI_NUMBERS(id, name, token, bits, big) [CORDON_ABI_##id] = TABLE_##id,
static const uint8_t table_of[] = {CORDON_ABIS(ABI_NUMBERS)};
#undef ABI_NUMBERS

uint16_t cordon_syscall_id_count(void)
{
    return SYSCALLS;
}

const char *cordon_syscall_name(uint16_t id)
{
    return name_pool + name_at[id];
}

#define SLOTS (sizeof name_slots / sizeof *name_slots)

/* The same hash function as in gen_syscalls.py. */
uint16_t cordon_syscall_id(const char *name, uint32_t length)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < length; i++)
        at = (at ^ (unsigned char)name[i]) * 0x01000193u;
    for (; name_slots[at % SLOTS]; at++) {
        const char *known = name_pool + name_at[name_slots[at % SLOTS] - 1];
        if (strlen(known) == length && !memcmp(known, name, length))
            return (uint16_t)(name_slots[at % SLOTS] - 1);
    }
    return CORDON_NO_ID;
}

const uint32_t *cordon_syscall_numbers(const struct cordon_abi *abi)
{
    switch (abi->id) {
#define CASE(ID, name, token, bits, big)                                                           \
    case CORDON_ABI_##ID:                                                                          \
        return NR_##ID;
        CORDON_ABIS(CASE)
#undef CASE
    case CORDON_ABI_COUNT:
        break;
    }
    return NULL;
}

uint32_t cordon_syscall_nr(const struct cordon_abi *abi, uint16_t id)
{
    return cordon_syscall_numbers(abi)[id];
}

uint32_t cordon_syscall_count(const struct cordon_abi *abi)
{
    uint8_t table = table_of[abi->id];
    return ids_begin[table + 1] - ids_begin[table];
}

const uint16_t *cordon_syscall_ids(const struct cordon_abi *abi)
{
    return ids_by_number + ids_begin[table_of[abi->id]];
}

uint16_t cordon_syscall_nth(const struct cordon_abi *abi, uint32_t index)
{
    return cordon_syscall_ids(abi)[index];
}

uint32_t cordon_syscall_index_from(const struct cordon_abi *abi, uint32_t nr)
{
    const uint16_t *ids = cordon_syscall_ids(abi);
    const uint32_t *numbers = cordon_syscall_numbers(abi);
    uint32_t low = 0, high = cordon_syscall_count(abi);
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (numbers[ids[middle]] < nr)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint16_t cordon_syscall_id_by_nr(const struct cordon_abi *abi, uint32_t nr)
{
    uint32_t at = cordon_syscall_index_from(abi, nr);
    if (at == cordon_syscall_count(abi))
        return CORDON_NO_ID;
    uint16_t id = cordon_syscall_nth(abi, at);
    return cordon_syscall_nr(abi, id) == nr ? id : CORDON_NO_ID;
}

/* The exception for this call on this ABI, or else the general value. */
static uint16_t value_on(const struct exception *exceptions, uint32_t count, uint16_t general,
                         const struct cordon_abi *abi, uint16_t id)
{
    uint32_t wanted = (uint32_t)id << 16 | table_of[abi->id];
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        uint32_t have = (uint32_t)exceptions[middle].id << 16 | exceptions[middle].abi;
        if (have == wanted)
            return exceptions[middle].value;
        if (wanted < have)
            high = middle;
        else
            low = middle + 1;
    }
    return general;
}

#define EXCEPTIONS(array) array, sizeof(array) / sizeof *(array)

/* Few calls were added to an ABI later than to the others: a bit of the version marks them. */
#define SINCE_VARIES 0x8000u

uint16_t cordon_syscall_since(const struct cordon_abi *abi, uint16_t id)
{
    uint16_t general = since_default[id];
    if (!(general & SINCE_VARIES))
        return general;
    return value_on(EXCEPTIONS(since_exceptions), general & (SINCE_VARIES - 1), abi, id);
}

struct cordon_syscall cordon_syscall(const struct cordon_abi *abi, uint16_t id)
{
    uint16_t prototype = value_on(EXCEPTIONS(prototype_exceptions), prototype_default[id], abi, id);
    const struct arg_row *rows = prototype_args + prototype_start[prototype];
    struct cordon_syscall call = {
        .name = cordon_syscall_name(id),
        .id = id,
        .since = cordon_syscall_since(abi, id),
        .nr = cordon_syscall_nr(abi, id),
        .arg_count = (uint8_t)(prototype_start[prototype + 1] - prototype_start[prototype]),
    };
    for (uint8_t i = 0; i < call.arg_count; i++)
        call.args[i] =
            (struct cordon_arg){name_pool + rows[i].name, rows[i].type, rows[i].kind, rows[i].set};
    return call;
}

unsigned cordon_arg_bits(const struct cordon_abi *abi, const struct cordon_arg *arg)
{
    switch ((enum cordon_arg_type)arg->type) {
    case CORDON_TYPE_U16:
        return 16;
    case CORDON_TYPE_S32:
    case CORDON_TYPE_U32:
        return 32;
    case CORDON_TYPE_LONG:
    case CORDON_TYPE_ULONG:
    case CORDON_TYPE_PTR:
        break;
    }
    return abi->bits;
}

bool cordon_arg_signed(const struct cordon_arg *arg)
{
    return arg->type == CORDON_TYPE_S32 || arg->type == CORDON_TYPE_LONG;
}

static const char kind_names[][8] = {
#define NAME(id, word) word,
    CORDON_ARG_KINDS(NAME)
#undef NAME
};

const char *cordon_arg_kind_name(enum cordon_arg_kind kind)
{
    return kind_names[kind];
}

uint16_t cordon_syscall_unasked(const struct cordon_abi *abi, uint32_t nr)
{
    static const struct {
        uint32_t nr; /* of x86_64, the only machine that has them */
        uint16_t since;
    } unasked[] = {{335 /* uretprobe */, CORDON_LINUX(6, 14)},
                   {336 /* uprobe */, CORDON_LINUX(6, 18)}};
    for (size_t i = 0; i < sizeof unasked / sizeof *unasked; i++)
        if (abi->id == CORDON_ABI_X86_64 && unasked[i].nr == nr)
            return unasked[i].since;
    return 0;
}
