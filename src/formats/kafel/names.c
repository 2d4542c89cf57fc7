/* SPDX-License-Identifier: MIT */
/*
 * names.c: kafel's names of calls and arguments. They are those of the kernel's definitions;
 * cordon's tables have those of the manual. Some of kafel's names have other numbers than the
 * kernel's, and are taken as kafel has them.
 */
#include <string.h>
#include <strings.h>

#include "kafel.h"

/* ---- calls ---- */

/* The architectures that kafel has tables for, and its names for them; the first is written. */
enum { X86_64, I386, ARM, AARCH64, MIPS, MIPS64, RISCV64, M68K, ARCHS };
static const struct {
    enum cordon_abi_id abi;
    const char *names[2];
} archs[ARCHS] = {[X86_64] = {CORDON_ABI_X86_64, {"x86_64", "amd64"}},
                  [I386] = {CORDON_ABI_I386, {"x86", "i386"}},
                  [ARM] = {CORDON_ABI_ARM, {"arm"}},
                  [AARCH64] = {CORDON_ABI_AARCH64, {"aarch64", "arm64"}},
                  [MIPS] = {CORDON_ABI_MIPS, {"mips", "mipso32"}},
                  [MIPS64] = {CORDON_ABI_MIPS64, {"mips64"}},
                  [RISCV64] = {CORDON_ABI_RISCV64, {"riscv64", "rv64"}},
                  [M68K] = {CORDON_ABI_M68K, {"m68k"}}};

/* A name's number on each of them, plus 1; 0: as in cordon's table. */
struct kafel_row {
    const char *name;
    uint32_t numbers[ARCHS];
};

#define LACKED           UINT32_MAX
#define AT(arch, number) [arch] = (number) + 1,
#define LACKS(arch)      [arch] = LACKED,
#define CALL(name, arch) {name, {arch}},
static const struct kafel_row rows[] = {
#include "names.def"
};
#undef AT
#undef LACKS
#undef CALL

static int arch_of(enum cordon_abi_id abi)
{
    int i = 0;
    while (i < ARCHS && archs[i].abi != abi)
        i++;
    return i;
}

const char *kafel_arch(enum cordon_abi_id abi)
{
    int arch = arch_of(abi);
    return arch < ARCHS ? archs[arch].names[0] : NULL;
}

uint32_t kafel_abi(const char *name, uint32_t length)
{
    for (size_t i = 0; i < 2u * ARCHS; i++) {
        const char *known = archs[i / 2].names[i % 2];
        if (known && strlen(known) == length && !strncasecmp(known, name, length))
            return UINT32_C(1) << archs[i / 2].abi;
    }
    return 0;
}

static const struct kafel_row *row_of(struct kafel_name name)
{
    size_t low = 0, high = sizeof rows / sizeof *rows;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = cordon_name_compare(name.text, name.length, rows[middle].name);
        if (order == 0)
            return &rows[middle];
        low = order > 0 ? middle + 1 : low;
        high = order > 0 ? high : middle;
    }
    return NULL;
}

/* Adds an ABI to the call that the number is there. */
static int add_call(struct kafel_call *calls, int count, enum cordon_abi_id abi, uint32_t number)
{
    uint16_t id = cordon_syscall_id_by_nr(cordon_abi(abi), number);
    for (int i = 0; i < count; i++)
        if (calls[i].id == id && calls[i].abis && !calls[i].is_numbered) {
            calls[i].abis |= UINT32_C(1) << abi;
            return count;
        }
    calls[count] = (struct kafel_call){id, UINT32_C(1) << abi, id == CORDON_NO_ID, number};
    if (id == CORDON_NO_ID)
        calls[count].id = calls[0].id;
    return count + 1;
}

int kafel_calls(struct kafel_name name, struct kafel_call found[KAFEL_CALLS])
{
    const struct kafel_row *row = row_of(name);
    uint16_t own = cordon_syscall_id(name.text, name.length);
    uint32_t moved = 0;
    int count = own != CORDON_NO_ID;
    found[0] = (struct kafel_call){.id = own};
    for (int i = 0; row && i < ARCHS; i++)
        if (row->numbers[i] && row->numbers[i] != LACKED) {
            moved |= UINT32_C(1) << archs[i].abi;
            count = add_call(found, count, archs[i].abi, row->numbers[i] - 1);
        }
    if (own != CORDON_NO_ID && moved)
        found[0].abis = FLAT_ALL_ABIS & ~moved;
    return count;
}

bool kafel_lacks(struct kafel_name name, enum cordon_abi_id abi)
{
    const struct kafel_row *row = row_of(name);
    int arch = arch_of(abi);
    return row && arch < ARCHS && row->numbers[arch] == LACKED;
}

bool kafel_means(uint16_t id, enum cordon_abi_id abi)
{
    const char *text = cordon_syscall_name(id);
    const struct kafel_row *row = row_of((struct kafel_name){text, (uint32_t)strlen(text)});
    int arch = arch_of(abi);
    return row && arch < ARCHS ? !row->numbers[arch] : text[0] != '_';
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

/* The kernel, and so kafel, calls the second argument of these arg2; ours count positions. */
static bool counts_from_one(const struct cordon_syscall *call)
{
    return !strcmp(call->name, "prctl") || !strcmp(call->name, "keyctl") ||
           !strcmp(call->name, "arch_prctl");
}

static const char *const counted[CORDON_ARGS] = {"arg1", "arg2", "arg3", "arg4", "arg5", "arg6"};

const char *kafel_argument_name(const struct cordon_syscall *call, unsigned argument)
{
    return counts_from_one(call) && argument > 0 ? counted[argument] : call->args[argument].name;
}

static int find(const struct cordon_syscall *call, const char *name, uint32_t length)
{
    for (int i = 0; i < call->arg_count; i++) {
        const char *own = kafel_argument_name(call, (unsigned)i);
        if (strlen(own) == length && !memcmp(own, name, length))
            return i;
    }
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
