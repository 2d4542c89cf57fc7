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

/* Parts of an argument that aren't single bits: O_ACCMODE's access mode, clone's exit signal. */
static uint64_t print_field(struct cordon_sink *sink, const struct cordon_abi *abi, uint16_t set,
                            uint64_t value, bool *printed)
{
    uint64_t mask = is_set(set, "open_flags") ? 3 : is_set(set, "clone_flags") ? 0xff : 0;
    if (!mask)
        return value;
    uint16_t names = mask == 3 ? set : cordon_constant_set_by_name("signal", 6);
    const char *name = cordon_constant_name(abi, names, value & mask);
    if (mask == 0xff && !(value & mask))
        return value;
    if (name)
        cordon_sink_text(sink, name);
    else
        print_hex(sink, value & mask);
    *printed = true;
    return value & ~mask;
}

static void print_flag(struct cordon_sink *sink, const char *name, bool *printed)
{
    if (*printed)
        cordon_sink_text(sink, "|");
    cordon_sink_text(sink, name);
    *printed = true;
}

/* Tries names that cover most bits first, so that O_SYNC isn't shown as its parts. */
static void print_names(struct cordon_sink *sink, const struct cordon_abi *abi, uint16_t set,
                        uint64_t left, bool printed)
{
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
        if (printed)
            cordon_sink_text(sink, "|");
        print_hex(sink, left);
    }
}

static void print_flags(struct cordon_sink *sink, const struct cordon_abi *abi, uint16_t set,
                        uint64_t value)
{
    bool printed = false;
    uint64_t left = print_field(sink, abi, set, value, &printed);
    print_names(sink, abi, set, left, printed);
}

/* A socket's type also carries two flags. */
static void print_socket_type(struct cordon_sink *sink, const struct cordon_abi *abi, uint16_t set,
                              uint64_t value)
{
    const char *name = cordon_constant_name(abi, set, value & 0xf);
    if (name)
        cordon_sink_text(sink, name);
    else
        print_hex(sink, value & 0xf);
    if (value & ~UINT64_C(0xf)) {
        cordon_sink_text(sink, "|");
        print_flags(sink, abi, cordon_constant_set_by_name("socket_flags", 12),
                    value & ~UINT64_C(0xf));
    }
}

static void print_enum(struct cordon_sink *sink, const struct cordon_abi *abi,
                       const struct cordon_arg *arg, unsigned bits, uint64_t value)
{
    const char *name = cordon_constant_name(abi, arg->set, value);
    if (is_set(arg->set, "socket_type"))
        print_socket_type(sink, abi, arg->set, value);
    else if (name)
        cordon_sink_text(sink, name);
    else if (is_set(arg->set, "ioctl_request"))
        cordon_sink_hex(sink, value, 1);
    else
        print_number(sink, arg, bits, value);
}

/* Kinds of which some values have names. NULL: this value has none. */
static const char *name_of(const struct cordon_abi *abi, const struct cordon_arg *arg,
                           uint64_t value)
{
    switch ((enum cordon_arg_kind)arg->kind) {
    case CORDON_KIND_SIGNAL:
        return cordon_constant_name(abi, cordon_constant_set_by_name("signal", 6), value);
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
    bool has_mode = is_set(arg->set, "open_flags") && (mask & 3) == 3;
    if (arg->kind != CORDON_KIND_FLAGS || arg->set == CORDON_NO_SET || !mask) {
        print_hex(sink, mask);
        return;
    }
    if (has_mode)
        cordon_sink_text(sink, "O_ACCMODE");
    if (!has_mode || mask != 3)
        print_names(sink, abi, arg->set, has_mode ? mask & ~UINT64_C(3) : mask, has_mode);
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
        print_flags(sink, abi, arg->set, value);
        break;
    case CORDON_KIND_ENUM:
        print_enum(sink, abi, arg, bits, value);
        break;
    case CORDON_KIND_MODE:
        print_octal(sink, value);
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
