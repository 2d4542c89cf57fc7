/* SPDX-License-Identifier: MIT */
/*
 * suggest_call.c: the smallest rule that allows a call, from what the call does: its name, and
 * conditions on the arguments that say what kind of call it is. Async-signal-safe.
 */
#include <string.h>

#include "cordon/denial.h"
#include "suggest.h"

/* ---- what is never allowed ---- */

static const char new_user[] = "it would let the program make user namespaces";
static const char both[] = "it would let memory be writable and executable";

const struct danger dangers[] = {
    {"clone", "flags", 0x10000000, new_user}, /* CLONE_NEWUSER */
    {"clone3", NULL, 0, new_user},            /* its flags are in memory */
    {"unshare", "flags", 0x10000000, new_user},
    {"setns", "nstype", 0x10000000, new_user},
    {"mmap", "prot", 6, both}, /* PROT_WRITE and PROT_EXEC */
    {"mmap2", "prot", 6, both},
    {"mprotect", "prot", 6, both},
    {"pkey_mprotect", "prot", 6, both},
    {"shmat", "shmflg", 0x8000, both},              /* SHM_EXEC */
    {"personality", "personality", 0x400000, both}, /* READ_IMPLIES_EXEC */
};
const size_t danger_count = sizeof dangers / sizeof *dangers;

static bool is_dangerous(const struct danger *danger, const struct cordon_abi *abi,
                         const struct cordon_syscall *call, const struct cordon_data *data)
{
    if (strcmp(call->name, danger->call) != 0)
        return false;
    for (unsigned i = 0; danger->argument && i < call->arg_count; i++) {
        uint32_t value = (uint32_t)cordon_data_argument(abi, data, i);
        bool query = value == UINT32_MAX; /* of personality(2) */
        if (!strcmp(call->args[i].name, danger->argument))
            return (value & danger->bits) == danger->bits && !query;
    }
    return true;
}

static const char *danger_of(const struct cordon_abi *abi, const struct cordon_syscall *call,
                             const struct cordon_data *data)
{
    for (size_t i = 0; i < danger_count; i++)
        if (is_dangerous(&dangers[i], abi, call, data))
            return dangers[i].reason;
    return NULL;
}

/* ---- what libc can do without ---- */

static const struct stand_in stand_ins[] = {
    {"clone3", "clone", true},        {"openat2", "openat", true},
    {"io_uring_setup", NULL, true},   {"faccessat2", "faccessat", false},
    {"fchmodat2", "fchmodat", false}, {"statx", "newfstatat", false},
    {"close_range", "close", false},  {"epoll_pwait2", "epoll_pwait", false},
    {"preadv2", "preadv", false},     {"pwritev2", "pwritev", false},
    {"renameat2", "renameat", false},
};

const struct stand_in *stand_in_of(const char *name)
{
    for (size_t i = 0; i < sizeof stand_ins / sizeof *stand_ins; i++)
        if (!strcmp(name, stand_ins[i].call))
            return &stand_ins[i];
    return NULL;
}

/* ---- conditions ---- */

#define CLONE_KIND                                                                                 \
    "CLONE_THREAD|CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWUSER|"            \
    "CLONE_NEWPID|CLONE_NEWNET"

/* The bits of an argument that say what kind of call it is: all of them, or a mask. */
struct kind {
    const char *mask; /* NULL: all bits */
    bool is_zero;     /* they are compared with 0 */
};

static bool kind_of(const char *name, const struct cordon_arg *arg, uint64_t value,
                    struct kind *kind)
{
    const char *set = cordon_constant_set_name(arg->set);
    *kind = (struct kind){0};
    if (!strcmp(set, "socket_type"))
        kind->mask = "0xf";
    else if (!strcmp(set, "open_flags"))
        kind->mask = "O_ACCMODE|O_CREAT|O_TRUNC";
    else if (!strcmp(set, "clone_flags"))
        kind->mask = strcmp(name, "clone") != 0 ? NULL : CLONE_KIND;
    else if (!strcmp(set, "mmap_prot"))
        *kind = (struct kind){value & 4 ? "PROT_WRITE" : "PROT_EXEC", true};
    else if (!strcmp(name, "shmat") && !strcmp(arg->name, "shmflg"))
        *kind = (struct kind){"SHM_EXEC", true};
    else
        return arg->kind == CORDON_KIND_ENUM;
    return true;
}

void suggest_value(struct cordon_sink *sink, const struct cordon_abi *abi,
                   const struct cordon_arg *arg, uint64_t value)
{
    const char *name = cordon_constant_name(abi, arg->set, value);
    struct cordon_arg wide = *arg;
    struct cordon_field field;
    bool has_flags =
        arg->kind == CORDON_KIND_FLAGS
            ? arg->set != CORDON_NO_SET
            : arg->kind == CORDON_KIND_ENUM && cordon_constant_set_field(abi, arg->set, 0, &field);
    wide.type = CORDON_TYPE_ULONG;
    if (arg->kind == CORDON_KIND_ENUM && name)
        cordon_sink_text(sink, name);
    else if (has_flags && value)
        cordon_arg_print(sink, abi, &wide, value);
    else if (value < 10)
        cordon_sink_decimal(sink, value);
    else
        cordon_sink_hex(sink, value, 1);
}

static void print_condition(struct cordon_sink *sink, const struct cordon_abi *abi,
                            const struct cordon_arg *arg, uint64_t value, const struct kind *kind)
{
    unsigned bits = cordon_arg_bits(abi, arg);
    uint64_t mask = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1, part;
    cordon_sink_text(sink, arg->name);
    if (kind->mask) {
        cordon_sink_text(sink, " & ");
        cordon_sink_text(sink, kind->mask);
        if (cordon_argument_parse(abi, kind->mask, strlen(kind->mask), &part))
            mask &= part;
    }
    cordon_sink_text(sink, " == ");
    suggest_value(sink, abi, arg, kind->is_zero ? 0 : value & mask);
}

static void print_conditions(struct cordon_sink *sink, const struct cordon_abi *abi,
                             const struct cordon_syscall *call, const struct cordon_data *data,
                             bool exact)
{
    bool open = false;
    for (unsigned i = 0; i < call->arg_count; i++) {
        uint64_t value = cordon_data_argument(abi, data, i);
        struct kind kind;
        bool tells = kind_of(call->name, &call->args[i], value, &kind);
        if (exact && (tells || call->args[i].kind == CORDON_KIND_FLAGS))
            kind = (struct kind){0};
        else if (!tells)
            continue;
        cordon_sink_text(sink, open ? " and " : "(");
        open = true;
        print_condition(sink, abi, &call->args[i], value, &kind);
    }
    cordon_sink_text(sink, open ? ")" : "");
}

const char *suggest_rule(struct cordon_sink *sink, const struct cordon_data *data, bool exact)
{
    uint32_t nr = data->word[CORDON_WORD_NR];
    const struct cordon_abi *abi = cordon_abi_of_call(data->word[CORDON_WORD_ARCH], nr);
    struct cordon_syscall call = cordon_data_syscall(abi, data);
    if (call.id == CORDON_NO_ID) {
        cordon_sink_text(sink, "allow syscall ");
        cordon_sink_decimal(sink, nr);
        return NULL;
    }
    const struct stand_in *stand_in = stand_in_of(call.name);
    bool absent = stand_in && stand_in->always;
    const char *danger = absent ? NULL : danger_of(abi, &call, data);
    if (danger)
        return danger;
    cordon_sink_text(sink, absent ? "errno(ENOSYS) " : "allow ");
    cordon_sink_text(sink, call.name);
    if (!absent)
        print_conditions(sink, abi, &call, data, exact);
    return NULL;
}

const char *cordon_call_suggest(struct cordon_sink *sink, const struct cordon_data *data)
{
    return suggest_rule(sink, data, false);
}
