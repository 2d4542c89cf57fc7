/* SPDX-License-Identifier: MIT */
/*
 * names.c: kafel's names of calls and arguments. They are those of the kernel's definitions;
 * cordon's tables have those of the manual.
 */
#include <string.h>
#include <strings.h>

#include "kafel.h"

/* ---- calls ---- */

static const struct {
    const char *kernel, *name;
} calls[] = {
    {"newstat", "stat"},        {"newfstat", "fstat"}, {"newlstat", "lstat"},
    {"newuname", "uname"},      {"umount", "umount2"}, {"oldumount", "umount"},
    {"sendfile64", "sendfile"}, {"sysctl", "_sysctl"}, {"llseek", "_llseek"},
    {"mmap_pgoff", "mmap2"},
};

/* umount means umount2 everywhere; sendfile64 is another name only where there is no call of
 * this name. */
int kafel_calls(struct kafel_name name, struct kafel_call found[2])
{
    uint16_t own = cordon_syscall_id(name.text, name.length);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (!kafel_same(name, calls[i].kernel, (uint32_t)strlen(calls[i].kernel)))
            continue;
        uint16_t meant = cordon_syscall_id(calls[i].name, (uint32_t)strlen(calls[i].name));
        bool shared = own != CORDON_NO_ID && strcmp(calls[i].kernel, "umount") != 0;
        found[0] = (struct kafel_call){meant, 0};
        if (!shared)
            return 1;
        found[1] = (struct kafel_call){own, flat_abis_with(own)};
        found[0].abis = FLAT_ALL_ABIS & ~found[1].abis;
        return 2;
    }
    found[0] = (struct kafel_call){own, 0};
    return own != CORDON_NO_ID;
}

bool kafel_calls_otherwise(uint16_t id)
{
    const char *name = cordon_syscall_name(id);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (!strcmp(name, calls[i].kernel) || !strcmp(name, calls[i].name))
            return true;
    return name[0] == '_';
}

/* ---- arguments ---- */

/* The kernel's name of an argument, and the manual's name of the same one. */
static const struct {
    const char *kernel, *manual;
} arguments[] = {
    {"_callout_info", "callout_info"},
    {"_description", "description"},
    {"_payload", "payload"},
    {"_type", "type"},
    {"addr", "arg2"},
    {"addr_len", "addrlen"},
    {"attr_uptr", "attr"},
    {"behavior", "advice"},
    {"buff", "buf"},
    {"bufsiz", "bufsize"},
    {"clone_flags", "flags"},
    {"cmd", "op"},
    {"cmd", "request"},
    {"code", "option"},
    {"cookie64", "cookie"},
    {"count", "len"},
    {"dev_name", "source"},
    {"dfd", "dirfd"},
    {"dir_name", "target"},
    {"error_code", "status"},
    {"event_f_flags", "event_flags"},
    {"family", "domain"},
    {"fd", "dirfd"},
    {"fd_in", "fdin"},
    {"fd_out", "fdout"},
    {"fdin", "fd_in"},
    {"fdout", "fd_out"},
    {"fildes", "oldfd"},
    {"fildes", "pipefd"},
    {"filename", "pathname"},
    {"filename", "path"},
    {"flag", "flags"},
    {"gidsetsize", "size"},
    {"group", "gid"},
    {"id", "which"},
    {"iov", "uiov"},
    {"kernel_fd", "kernel_fd"},
    {"len", "length"},
    {"len_in", "length"},
    {"len_in", "len"},
    {"level", "iopl"},
    {"mountdirfd", "mount_fd"},
    {"name", "pathname"},
    {"name", "target"},
    {"nbytes", "len"},
    {"newdfd", "newdirfd"},
    {"newname", "newpath"},
    {"newsp", "stack"},
    {"niceval", "prio"},
    {"nset", "set"},
    {"off", "offset"},
    {"olddfd", "olddirfd"},
    {"oldname", "oldpath"},
    {"op", "operation"},
    {"path", "pathname"},
    {"pathname", "path"},
    {"pos", "offset"},
    {"sig", "signum"},
    {"sig", "signal"},
    {"size", "len"},
    {"size", "usize"},
    {"specialfile", "pathname"},
    {"start", "addr"},
    {"swap_flags", "flags"},
    {"timeout_msecs", "timeout"},
    {"type", "fstype"},
    {"u_attr", "attr"},
    {"u_msg_ptr", "msg_ptr"},
    {"u_name", "name"},
    {"uargs", "args"},
    {"uattr", "attr"},
    {"ubuf", "buf"},
    {"ufd", "fd"},
    {"ufds", "fds"},
    {"umyaddr", "addr"},
    {"uname", "name"},
    {"unshare_flags", "flags"},
    {"upeer_addrlen", "addrlen"},
    {"upeer_sockaddr", "addr"},
    {"upid", "pid"},
    {"upid", "id"},
    {"user", "owner"},
    {"user_mask", "mask"},
    {"user_mask_ptr", "mask"},
    {"uservaddr", "addr"},
    {"usockaddr", "addr"},
    {"usockaddr_len", "addrlen"},
    {"usockvec", "sv"},
    {"vec", "iov"},
    {"vlen", "iovcnt"},
    {"vlen", "vlen"},
    {"which", "resource"},
    {"which_clock", "clockid"},
    {"which_clock", "clock_id"},
};

/* The kernel's definition has a whole register here, of which only the lower half is used. */
static const struct {
    const char *call, *argument;
} wide[] = {
    {"mmap", "fd"},
    {"readv", "fd"},
    {"readv", "iovcnt"},
    {"writev", "fd"},
    {"writev", "iovcnt"},
    {"preadv", "fd"},
    {"preadv", "iovcnt"},
    {"pwritev", "fd"},
    {"pwritev", "iovcnt"},
    {"preadv2", "fd"},
    {"preadv2", "iovcnt"},
    {"pwritev2", "fd"},
    {"pwritev2", "iovcnt"},
    {"clone", "flags"},
    {"ptrace", "pid"},
    {"mbind", "mode"},
    {"process_vm_readv", "liovcnt"},
    {"process_vm_writev", "liovcnt"},
    {"vmsplice", "nr_segs"},
};

static int find(const struct cordon_syscall *call, const char *name, uint32_t length)
{
    for (int i = 0; i < call->arg_count; i++)
        if (strlen(call->args[i].name) == length && !memcmp(call->args[i].name, name, length))
            return i;
    return -1;
}

static int find_by_kernel(const struct cordon_syscall *call, const char *name, uint32_t length)
{
    int position = -1;
    struct kafel_name given = {name, length};
    for (size_t i = 0; position < 0 && i < sizeof arguments / sizeof *arguments; i++)
        if (kafel_same(given, arguments[i].kernel, (uint32_t)strlen(arguments[i].kernel)))
            position = find(call, arguments[i].manual, (uint32_t)strlen(arguments[i].manual));
    return position;
}

static bool is_wide(const struct cordon_syscall *call, const struct cordon_arg *arg)
{
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (!strcmp(call->name, wide[i].call) && !strcmp(arg->name, wide[i].argument))
            return true;
    return arg->type >= CORDON_TYPE_LONG;
}

bool kafel_argument(const struct cordon_abi *abi, uint16_t id, const char *name, uint32_t length,
                    struct kafel_argument *argument)
{
    struct cordon_syscall call = cordon_syscall(abi, id);
    int position = find(&call, name, length);
    if (position < 0)
        position = find_by_kernel(&call, name, length);
    if (position < 0)
        return false;
    const struct cordon_arg *arg = &call.args[position];
    *argument = (struct kafel_argument){.position = (unsigned)position,
                                        .size = is_wide(&call, arg) ? 8 : 4,
                                        .is_signed = cordon_arg_signed(arg),
                                        .plain = cordon_arg_bits(abi, arg) == 32};
    return true;
}

/* ---- architectures ---- */

uint32_t kafel_abi(const char *name, uint32_t length)
{
    static const struct {
        const char *name;
        enum cordon_abi_id id;
    } abis[] = {
        {"x86_64", CORDON_ABI_X86_64},   {"amd64", CORDON_ABI_X86_64},
        {"x86", CORDON_ABI_I386},        {"i386", CORDON_ABI_I386},
        {"arm", CORDON_ABI_ARM},         {"aarch64", CORDON_ABI_AARCH64},
        {"arm64", CORDON_ABI_AARCH64},   {"mips", CORDON_ABI_MIPS},
        {"mipso32", CORDON_ABI_MIPS},    {"mips64", CORDON_ABI_MIPS64},
        {"riscv64", CORDON_ABI_RISCV64}, {"rv64", CORDON_ABI_RISCV64},
        {"m68k", CORDON_ABI_M68K},
    };
    for (size_t i = 0; i < sizeof abis / sizeof *abis; i++)
        if (strlen(abis[i].name) == length && !strncasecmp(abis[i].name, name, length))
            return UINT32_C(1) << abis[i].id;
    return 0;
}
