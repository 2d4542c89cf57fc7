/* SPDX-License-Identifier: MIT */
/* c_constants.c: the names of linux/filter.h, linux/seccomp.h and linux/audit.h. */
#include "c_constants.h"

#include <string.h>

#include "cordon/action.h"
#include "cordon/opcode.h"
#include "readers.h"
#include "words.h"

struct constant {
    const char *name;
    uint32_t value;
};

static const struct constant constants[] = {
    {"BPF_LD", 0x00},
    {"BPF_LDX", 0x01},
    {"BPF_ST", 0x02},
    {"BPF_STX", 0x03},
    {"BPF_ALU", 0x04},
    {"BPF_JMP", 0x05},
    {"BPF_RET", 0x06},
    {"BPF_MISC", 0x07},
    {"BPF_W", 0x00},
    {"BPF_H", 0x08},
    {"BPF_B", 0x10},
    {"BPF_IMM", 0x00},
    {"BPF_ABS", 0x20},
    {"BPF_IND", 0x40},
    {"BPF_MEM", 0x60},
    {"BPF_LEN", 0x80},
    {"BPF_MSH", 0xa0},
    {"BPF_ADD", 0x00},
    {"BPF_SUB", 0x10},
    {"BPF_MUL", 0x20},
    {"BPF_DIV", 0x30},
    {"BPF_OR", 0x40},
    {"BPF_AND", 0x50},
    {"BPF_LSH", 0x60},
    {"BPF_RSH", 0x70},
    {"BPF_NEG", 0x80},
    {"BPF_MOD", 0x90},
    {"BPF_XOR", 0xa0},
    {"BPF_JA", 0x00},
    {"BPF_JEQ", 0x10},
    {"BPF_JGT", 0x20},
    {"BPF_JGE", 0x30},
    {"BPF_JSET", 0x40},
    {"BPF_K", 0x00},
    {"BPF_X", 0x08},
    {"BPF_A", 0x10},
    {"BPF_TAX", 0x00},
    {"BPF_TXA", 0x80},
    {"SECCOMP_RET_KILL_PROCESS", (uint32_t)CORDON_KILL_PROCESS},
    {"SECCOMP_RET_KILL_THREAD", (uint32_t)CORDON_KILL_THREAD},
    {"SECCOMP_RET_KILL", (uint32_t)CORDON_KILL_THREAD},
    {"SECCOMP_RET_TRAP", (uint32_t)CORDON_TRAP},
    {"SECCOMP_RET_ERRNO", (uint32_t)CORDON_ERRNO},
    {"SECCOMP_RET_USER_NOTIF", (uint32_t)CORDON_USER_NOTIF},
    {"SECCOMP_RET_TRACE", (uint32_t)CORDON_TRACE},
    {"SECCOMP_RET_LOG", (uint32_t)CORDON_LOG},
    {"SECCOMP_RET_ALLOW", (uint32_t)CORDON_ALLOW},
    {"SECCOMP_RET_DATA", (uint32_t)CORDON_ACTION_DATA},
    {"__X32_SYSCALL_BIT", CORDON_X32_BIT}};

static bool find(const struct constant *list, size_t count, const char *name, uint32_t length,
                 uint32_t *value)
{
    for (size_t i = 0; i < count; i++)
        if (!cordon_name_compare(name, length, list[i].name)) {
            *value = list[i].value;
            return true;
        }
    return false;
}

bool c_member(const char *name, uint32_t length, uint32_t *offset)
{
    static const struct constant members[] = {{"nr", 4 * CORDON_WORD_NR},
                                              {"arch", 4 * CORDON_WORD_ARCH},
                                              {"instruction_pointer", 4 * CORDON_WORD_IP},
                                              {"args", 4 * CORDON_WORD_ARGS}};
    return find(members, sizeof members / sizeof *members, name, length, offset);
}

/* AUDIT_ARCH_ and the name of an ABI in upper case. */
static bool arch_token(const char *name, uint32_t length, uint32_t *value)
{
    char lower_name[24];
    if (length >= sizeof lower_name)
        return false;
    for (uint32_t i = 0; i < length; i++)
        lower_name[i] = lower(name[i]);
    const struct cordon_abi *abi = cordon_abi_by_name(lower_name, length);
    *value = abi ? abi->token : 0;
    return abi;
}

bool c_constant(const struct cordon_abi *abi, const char *name, uint32_t length, uint32_t *value)
{
    static const char *const calls[] = {"__NR_", "SYS_", "__SNR_"};
    uint64_t wide;
    if (find(constants, sizeof constants / sizeof *constants, name, length, value))
        return true;
    if (begins_with(name, name + length, "AUDIT_ARCH_"))
        return arch_token(name + 11, length - 11, value);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (begins_with(name, name + length, calls[i])) {
            uint32_t prefix = (uint32_t)strlen(calls[i]);
            uint16_t id = cordon_syscall_id(name + prefix, length - prefix);
            *value = id == CORDON_NO_ID ? CORDON_NO_NR : cordon_syscall_nr(abi, id);
            return *value != CORDON_NO_NR;
        }
    bool known = cordon_constant_value(abi, name, length, &wide);
    *value = known ? (uint32_t)wide : 0;
    return known;
}
