/* SPDX-License-Identifier: MIT */
/*
 * arguments.c: what arguments mean where that depends on others, fields within values, and the
 * names of arguments, in the arrays generated from arguments.tsv and syscalls.tsv.
 */
#include <string.h>

#include "cordon/abi.h"

/* Names are offsets into the pool of this file. */
struct field {
    uint64_t mask;      /* 0: that of the constant */
    uint16_t mask_name; /* "": mask */
    uint16_t set, values, flags;
    bool is_octal;
};

/* Argument `argument` of a call is of this kind if argument `other` has the value. */
struct meaning {
    uint16_t value_name;
    uint16_t id;
    uint16_t set;
    uint8_t argument, other;
    uint8_t kind;
};

/* Sorted by call. */
struct other_name {
    uint16_t id;
    uint16_t name;
    uint16_t own;
};

#include "arguments.inc"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- fields ---- */

static uint64_t value_of(const struct cordon_abi *abi, uint16_t name)
{
    uint64_t value = 0;
    const char *text = argument_pool + name;
    return cordon_constant_value(abi, text, (uint32_t)strlen(text), &value) ? value : 0;
}

bool cordon_constant_set_field(const struct cordon_abi *abi, uint16_t set, uint32_t index,
                               struct cordon_field *field)
{
    for (size_t i = 0; i < COUNT(fields); i++) {
        if (fields[i].set != set || index-- > 0)
            continue;
        uint64_t mask = fields[i].mask ? fields[i].mask : value_of(abi, fields[i].mask_name);
        *field = (struct cordon_field){mask, fields[i].values, fields[i].flags, fields[i].is_octal};
        return true;
    }
    return false;
}

/* ---- meanings ---- */

/* Constants of arguments of 32 bits: the kernel ignores the upper half of their register. */
static bool has_value(const struct cordon_abi *abi, uint16_t name, uint64_t value)
{
    uint64_t wanted;
    const char *text = argument_pool + name;
    return cordon_constant_value(abi, text, (uint32_t)strlen(text), &wanted) &&
           (uint32_t)wanted == (uint32_t)value;
}

void cordon_syscall_specify(const struct cordon_abi *abi, struct cordon_syscall *call,
                            const uint64_t values[CORDON_ARGS], unsigned known)
{
    for (size_t i = 0; i < COUNT(meanings); i++) {
        const struct meaning *meaning = &meanings[i];
        if (meaning->id != call->id || meaning->argument >= call->arg_count ||
            meaning->other >= call->arg_count || !(known >> meaning->other & 1) ||
            !has_value(abi, meaning->value_name, values[meaning->other]))
            continue;
        call->args[meaning->argument].kind = meaning->kind;
        call->args[meaning->argument].set = meaning->set;
    }
}

/* ---- names ---- */

static unsigned position(const struct cordon_syscall *call, const char *name, uint32_t length)
{
    unsigned i = 0;
    while (i < call->arg_count &&
           (strlen(call->args[i].name) != length || memcmp(call->args[i].name, name, length) != 0))
        i++;
    return i;
}

unsigned cordon_syscall_argument(const struct cordon_syscall *call, const char *name,
                                 uint32_t length)
{
    unsigned found = position(call, name, length);
    for (size_t i = 0; i < COUNT(other_names) && found == call->arg_count; i++) {
        const char *other = argument_pool + other_names[i].name;
        const char *own = argument_pool + other_names[i].own;
        if (other_names[i].id == call->id && strlen(other) == length &&
            !memcmp(other, name, length))
            found = position(call, own, (uint32_t)strlen(own));
    }
    return found;
}
