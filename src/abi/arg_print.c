/* SPDX-License-Identifier: MIT */
/* arg_print.c: prints argument values as a person would write them. */
#include "cordon/abi.h"

#include <string.h>

static bool is_set(uint16_t set, const char *name)
{
    return !strcmp(cordon_constant_set_name(set), name);
}

/* Permission bits in octal: 0644; 0 is printed as 0. */
static void print_octal(struct cordon_sink *sink, uint64_t value)
{
    char text[24];
    size_t at = sizeof text - 1;
    text[at] = '\0';
    for (; value; value >>= 3)
        text[--at] = (char)('0' + (value & 7));
    text[--at] = '0';
    cordon_sink_text(sink, text + at);
}

static void print_hex(struct cordon_sink *sink, uint64_t value)
{
    if (value < 10)
        cordon_sink_decimal(sink, value);
    else
        cordon_sink_hex(sink, value, 1);
}

/* Prints small numbers in decimal and large ones, which are masks or addresses, in hexadecimal. */
static void print_number(struct cordon_sink *sink, const struct cordon_arg *arg, unsigned bits,
                         uint64_t value)
{
    if (cordon_arg_signed(arg)) {
        int64_t number = bits == 32 ? (int32_t)value : (int64_t)value;
        cordon_sink_signed(sink, number);
    } else if (value < 0x10000) {
        cordon_sink_decimal(sink, value);
    } else {
        cordon_sink_hex(sink, value, 1);
    }
}

static void print_flag(struct cordon_sink *sink, const char *name, bool *printed)
{
    if (*printed)
        cordon_sink_text(sink, "|");
    cordon_sink_text(sink, name);
    *printed = true;
}

/* Parts of a value that aren't single bits: O_ACCMODE's access mode, clone's exit signal. Gives the
 * other bits, and in `flags` the set that they are of. */
static uint64_t print_fields(struct cordon_sink *sink, const struct cordon_abi *abi,
                             uint16_t *flags, uint64_t value, bool is_mask, bool *printed)
{
    struct cordon_field field;
    uint16_t set = *flags;
    for (uint32_t i = 0; cordon_constant_set_field(abi, set, i, &field); i++) {
        uint64_t part = value & field.mask;
        const char *name = cordon_constant_name(abi, field.values, part);
        if (!name && part)
            name = cordon_constant_name(abi, set, part);
        if (name && (part || !is_mask)) {
            print_flag(sink, name, printed);
        } else if (part) {
            print_flag(sink, "", printed);
            field.is_octal ? print_octal(sink, part) : print_hex(sink, part);
        }
        value &= ~field.mask;
        *flags = field.flags;
    }
    return value;
}

/* Tries names that cover most bits first, so that O_SYNC isn't shown as its parts. */
static void print_flags(struct cordon_sink *sink, const struct cordon_abi *abi, uint16_t set,
                        uint64_t value, bool is_mask)
{
    bool printed = false;
    uint64_t left = print_fields(sink, abi, &set, value, is_mask, &printed);
    for (int wanted = 2; wanted >= 1; wanted--)
        for (uint32_t i = 0; left && i < cordon_constant_set_size(set); i++) {
            struct cordon_constant constant;
            if (!cordon_constant_set_nth(abi, set, i, &constant) || constant.value == 0 ||
                (constant.value & ~left) ||
                (wanted == 2) != (__builtin_popcountll(constant.value) > 1))
                continue;
            print_flag(sink, constant.name, &printed);
            left &= ~constant.value;
        }
    const char *zero = !printed && !left ? cordon_constant_name(abi, set, 0) : NULL;
    if (zero) {
        print_flag(sink, zero, &printed);
    } else if (left || !printed) {
        print_flag(sink, "", &printed);
        print_hex(sink, left);
    }
}

/* The kernel takes an int of some registers that it declares as long: -1 may be 0xffffffff. */
static const char *constant_name(const struct cordon_abi *abi, uint16_t set, uint64_t value)
{
    const char *name = cordon_constant_name(abi, set, value);
    return name || value > UINT32_MAX
               ? name
               : cordon_constant_name(abi, set, (uint64_t)(int64_t)(int32_t)value);
}

static void print_enum(struct cordon_sink *sink, const struct cordon_abi *abi,
                       const struct cordon_arg *arg, unsigned bits, uint64_t value)
{
    struct cordon_field field;
    const char *name = constant_name(abi, arg->set, value);
    bool all = value == UINT32_MAX || value == UINT64_MAX; /* -1: personality(2) only asks */
    if (name)
        cordon_sink_text(sink, name);
    else if (!all && cordon_constant_set_field(abi, arg->set, 0, &field))
        print_flags(sink, abi, arg->set, value, false);
    else if (is_set(arg->set, "ioctl_request"))
        cordon_sink_hex(sink, value, 1);
    else
        print_number(sink, arg, bits, value);
}

/* Permission bits, and the type of file that mknod makes. */
static void print_mode(struct cordon_sink *sink, const struct cordon_abi *abi, uint16_t set,
                       uint64_t value)
{
    bool printed = false;
    uint64_t left = print_fields(sink, abi, &set, value, false, &printed);
    if (printed)
        cordon_sink_text(sink, "|");
    print_octal(sink, left);
}

/* Kinds of which some values have names. NULL: this value has none. */
static const char *name_of(const struct cordon_abi *abi, const struct cordon_arg *arg,
                           uint64_t value)
{
    switch ((enum cordon_arg_kind)arg->kind) {
    case CORDON_KIND_INT:
    case CORDON_KIND_SIGNAL:
        return constant_name(abi, arg->set, value);
    case CORDON_KIND_DIRFD:
        return (uint32_t)value == (uint32_t)-100 ? "AT_FDCWD" : NULL;
    case CORDON_KIND_PATH:
    case CORDON_KIND_STRING:
    case CORDON_KIND_BUFFER:
    case CORDON_KIND_POINTER:
    case CORDON_KIND_ADDRESS:
        return value ? NULL : "NULL";
    default:
        return NULL;
    }
}

void cordon_mask_print(struct cordon_sink *sink, const struct cordon_abi *abi,
                       const struct cordon_arg *arg, uint64_t mask)
{
    if (arg->kind != CORDON_KIND_FLAGS || arg->set == CORDON_NO_SET || !mask)
        print_hex(sink, mask);
    else
        print_flags(sink, abi, arg->set, mask, true);
}

void cordon_arg_print(struct cordon_sink *sink, const struct cordon_abi *abi,
                      const struct cordon_arg *arg, uint64_t value)
{
    unsigned bits = cordon_arg_bits(abi, arg);
    value &= bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
    const char *name = name_of(abi, arg, value);
    if (name) {
        cordon_sink_text(sink, name);
        return;
    }
    switch ((enum cordon_arg_kind)arg->kind) {
    case CORDON_KIND_FLAGS:
        print_flags(sink, abi, arg->set, value, false);
        break;
    case CORDON_KIND_ENUM:
        print_enum(sink, abi, arg, bits, value);
        break;
    case CORDON_KIND_MODE:
        print_mode(sink, abi, arg->set, value);
        break;
    case CORDON_KIND_FD:
    case CORDON_KIND_PID:
    case CORDON_KIND_UID:
    case CORDON_KIND_GID:
        cordon_sink_signed(sink, bits == 64 ? (int64_t)value : (int32_t)value);
        break;
    case CORDON_KIND_PATH:
    case CORDON_KIND_STRING:
    case CORDON_KIND_BUFFER:
    case CORDON_KIND_POINTER:
    case CORDON_KIND_ADDRESS:
        cordon_sink_hex(sink, value, 1);
        break;
    default:
        print_number(sink, arg, bits, value);
    }
}
