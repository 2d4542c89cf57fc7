/* SPDX-License-Identifier: MIT */
/*
 * abi_test.c: compares the tables with libseccomp's numbers and with this machine's headers; tests
 * the look-ups, the words of seccomp_data, and the printing of arguments.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "cordon/abi.h"
#include "cordon/action.h"

#include <seccomp.h>

static const struct cordon_abi *abi_named(const char *name)
{
    return cordon_abi_by_name(name, (uint32_t)strlen(name));
}

static uint16_t call(const char *name)
{
    return cordon_syscall_id(name, (uint32_t)strlen(name));
}

static void numbers_match_this_machine(void **state)
{
    (void)state;
    const struct cordon_abi *native = cordon_abi_native();
    assert_int_equal(cordon_syscall_nr(native, call("openat")), SYS_openat);
    assert_int_equal(cordon_syscall_nr(native, call("seccomp")), SYS_seccomp);
    assert_int_equal(cordon_syscall_nr(native, call("exit_group")), SYS_exit_group);
    assert_int_equal(cordon_syscall_id("opnat", 5), CORDON_NO_ID);
    assert_int_equal(cordon_syscall_id("openat2x", 7), call("openat2"));
}

/* Number → call → number, for every call of every ABI; compared with libseccomp where both know
 * the call. */
static void look_ups_are_inverse(void **state)
{
    (void)state;
    for (int i = 0; i < CORDON_ABI_COUNT; i++) {
        const struct cordon_abi *abi = cordon_abi(i);
        assert_ptr_equal(abi_named(abi->name), abi);
        assert_true(cordon_syscall_count(abi) > 250);
        uint32_t before = 0;
        for (uint32_t nth = 0; nth < cordon_syscall_count(abi); nth++) {
            uint16_t id = cordon_syscall_nth(abi, nth);
            struct cordon_syscall known = cordon_syscall(abi, id);
            assert_int_equal(cordon_syscall_id_by_nr(abi, known.nr), id);
            assert_int_equal(call(known.name), id);
            assert_int_equal(cordon_syscall_index_from(abi, known.nr), nth);
            assert_int_equal(cordon_syscall_index_from(abi, known.nr + 1), nth + 1);
            assert_true(nth == 0 || known.nr > before);
            assert_true(known.arg_count <= CORDON_ARGS);
            assert_ptr_equal(cordon_abi_of_call(abi->token, known.nr), abi);
            before = known.nr;
        }
    }
}

/* The kernel has it for 32-bit programs only; libseccomp's table doesn't tell. */
static bool is_not_there(const struct cordon_abi *abi, const char *name)
{
    return abi->id == CORDON_ABI_PARISC64 && !strcmp(name, "_llseek");
}

/*
 * Numbers that libseccomp names, and the table doesn't or names differently.
 */
static unsigned names_unknown_to_us(const struct cordon_abi *abi, uint32_t token)
{
    unsigned missing = 0;
    uint32_t first =
        cordon_syscall_nr(abi, cordon_syscall_nth(abi, 0)); /* on mips: 4000, 5000, 6000 */
    for (uint32_t nr = first; nr < first + 1000; nr++) {
        char *theirs = seccomp_syscall_resolve_num_arch(token, (int)nr);
        uint16_t id = cordon_syscall_id_by_nr(abi, nr);
        bool same = theirs && id != CORDON_NO_ID && !strcmp(cordon_syscall_name(id), theirs);
        if (theirs && !same && !is_not_there(abi, theirs)) {
            print_message("# %s %u: libseccomp says %s\n", abi->name, nr, theirs);
            missing++;
        }
        free(theirs);
    }
    return missing;
}

static void libseccomp_agrees(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t token;
    } known[] = {
        {"x86_64", SCMP_ARCH_X86_64},
        {"i386", SCMP_ARCH_X86},
        {"x32", SCMP_ARCH_X32},
        {"arm", SCMP_ARCH_ARM},
        {"aarch64", SCMP_ARCH_AARCH64},
        {"mips", SCMP_ARCH_MIPS},
        {"mipsel", SCMP_ARCH_MIPSEL},
        {"mips64", SCMP_ARCH_MIPS64},
        {"mipsel64", SCMP_ARCH_MIPSEL64},
        {"mips64n32", SCMP_ARCH_MIPS64N32},
        {"mipsel64n32", SCMP_ARCH_MIPSEL64N32},
        {"parisc", SCMP_ARCH_PARISC},
        {"parisc64", SCMP_ARCH_PARISC64},
        {"ppc", SCMP_ARCH_PPC},
        {"ppc64", SCMP_ARCH_PPC64},
        {"ppc64le", SCMP_ARCH_PPC64LE},
        {"s390", SCMP_ARCH_S390},
        {"s390x", SCMP_ARCH_S390X},
        {"riscv64", SCMP_ARCH_RISCV64},
    };
    unsigned compared = 0, differ = 0, missing = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const struct cordon_abi *abi = abi_named(known[i].name);
        for (uint32_t nth = 0; nth < cordon_syscall_count(abi); nth++) {
            uint16_t id = cordon_syscall_nth(abi, nth);
            const char *name = cordon_syscall_name(id);
            int number = seccomp_syscall_resolve_name_arch(known[i].token, name);
            bool direct = number >= 0; /* a pseudo number: only the sub-call is known */
            compared += direct;
            if (direct && (uint32_t)number != cordon_syscall_nr(abi, id)) {
                differ++;
                print_message("# %s %s: libseccomp %d, table %u\n", abi->name, name, number,
                              cordon_syscall_nr(abi, id));
            }
        }
        missing += names_unknown_to_us(abi, known[i].token);
    }
    print_message("# compared %u names with libseccomp\n", compared);
    assert_true(compared > 6000);
    assert_int_equal(differ, 0);
    assert_int_equal(missing, 0);
}

static void halves_follow_the_byte_order(void **state)
{
    (void)state;
    assert_int_equal(cordon_abi_low(abi_named("x86_64"), 1), 6);
    assert_int_equal(cordon_abi_high(abi_named("x86_64"), 1), 7);
    assert_int_equal(cordon_abi_low(abi_named("s390x"), 1), 7);
    assert_int_equal(cordon_abi_high(abi_named("s390x"), 1), 6);
    assert_int_equal(cordon_abi_low(abi_named("amd64"), CORDON_ARGS), 2);
    assert_null(abi_named("x87"));
    assert_ptr_equal(cordon_abi_of_call(0xc000003e, 0x40000001), abi_named("x32"));
    assert_null(cordon_abi_of_call(0xc000003e, 0xffffffff));
}

static void constants_match_this_machine(void **state)
{
    (void)state;
#define SAME(name)                                                                                 \
    {                                                                                              \
#name, (uint32_t)(name)                                                                    \
    }
    static const struct {
        const char *name;
        uint64_t value;
    } same[] = {
        SAME(O_RDWR),
        SAME(O_CREAT),
        SAME(O_CLOEXEC),
        SAME(O_DIRECTORY),
        SAME(O_NOFOLLOW),
        SAME(O_PATH),
        SAME(O_TMPFILE),
        SAME(O_SYNC),
        SAME(O_NONBLOCK),
        SAME(CLONE_NEWUSER),
        SAME(CLONE_VM),
        SAME(CLONE_THREAD),
        SAME(PROT_EXEC),
        SAME(MAP_ANONYMOUS),
        SAME(MAP_FIXED),
        SAME(MAP_STACK),
        SAME(AF_INET6),
        SAME(AF_NETLINK),
        SAME(AF_VSOCK),
        SAME(SOCK_STREAM),
        SAME(SOCK_CLOEXEC),
        SAME(SOCK_NONBLOCK),
        SAME(SO_REUSEADDR),
        SAME(SOL_SOCKET),
        SAME(MSG_NOSIGNAL),
        SAME(SIGSYS),
        SAME(SIGUSR1),
        SAME(EPERM),
        SAME(ENOSYS),
        SAME(EOVERFLOW),
        SAME(TIOCGWINSZ),
        SAME(TCGETS),
        SAME(FIONREAD),
        SAME(TIOCSTI),
        SAME(PR_SET_NO_NEW_PRIVS),
        SAME(PR_SET_NAME),
        SAME(F_DUPFD_CLOEXEC),
        SAME(F_SETFL),
        SAME(AT_FDCWD),
        SAME(AT_EMPTY_PATH),
        SAME(MADV_DONTNEED),
        SAME(SHUT_WR),
    };
#undef SAME
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        uint64_t value;
        if (!cordon_constant_value(cordon_abi_native(), same[i].name,
                                   (uint32_t)strlen(same[i].name), &value))
            fail_msg("%s is unknown", same[i].name);
        assert_int_equal((uint32_t)value, same[i].value);
    }
}

static void constants_differ_where_machines_do(void **state)
{
    (void)state;
    static const struct {
        const char *abi, *name;
        uint64_t value;
    } cases[] = {
        {"x86_64", "O_DIRECTORY", 0x10000},
        {"arm", "O_DIRECTORY", 0x4000},
        {"aarch64", "O_NOFOLLOW", 0x8000},
        {"mips", "SOCK_STREAM", 2},
        {"mips", "O_CREAT", 0x100},
        {"mipsel64", "MAP_ANONYMOUS", 0x800},
        {"ppc64le", "TCGETS", 0x402c7413},
        {"x86_64", "TCGETS", 0x5401},
        {"parisc", "SIGUSR1", 16},
        {"mips", "ENOSYS", 89},
        {"x86_64", "CLONE_NEWUSER", 0x10000000},
        {"x86_64", "MADV_GUARD_INSTALL", 102},
        {"mips", "MAP_DROPPABLE", 8},
        {"x86_64", "PF_INET6", 10},
        {"x86_64", "SIOCOUTQ", 0x5411},
        {"x86_64", "SIOCINQ", 0x541b},
        {"ppc64le", "SIOCOUTQ", 0x40047473},
        {"x86_64", "LOOP_SET_FD", 0x4c00},
        {"x86_64", "VHOST_SET_OWNER", 0xaf01},
        {"x86_64", "DRM_IOCTL_VERSION", 0xc0406400},
        {"x86_64", "PR_SET_CFI", 81},
        {"x86_64", "RWF_DONTCACHE", 0x80},
        {"x86_64", "F_DUPFD_QUERY", 1027},
        {"x86_64", "SO_PASSRIGHTS", 83},
        {"x86_64", "FUTEX2_SIZE_U32", 2},
        {"x86_64", "SECCOMP_IOCTL_NOTIF_RECV", 0xc0502100},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t value = 0;
        assert_true(cordon_constant_value(abi_named(cases[i].abi), cases[i].name,
                                          (uint32_t)strlen(cases[i].name), &value));
        assert_int_equal(value, cases[i].value);
    }
    uint64_t value;
    assert_false(cordon_constant_value(abi_named("aarch64"), "MAP_32BIT", 9, &value));
    assert_true(cordon_constant_known("MAP_32BIT", 9));
    assert_false(cordon_constant_known("O_NONSENSE", 10));
}

static void check_print(const char *abi_name, const char *name, unsigned arg, uint64_t value,
                        const char *expected)
{
    const struct cordon_abi *abi = abi_named(abi_name);
    struct cordon_syscall known = cordon_syscall(abi, call(name));
    char text[256];
    struct cordon_buffer buffer = {text, sizeof text, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    cordon_arg_print(&sink, abi, &known.args[arg], value);
    assert_string_equal(text, expected);
}

static void arguments_print_as_people_write_them(void **state)
{
    (void)state;
    check_print("x86_64", "openat", 0, (uint64_t)AT_FDCWD, "AT_FDCWD");
    check_print("x86_64", "openat", 0, 0xffffffff00000003, "3");
    check_print("x86_64", "openat", 2, 0x80000, "O_RDONLY|O_CLOEXEC");
    check_print("x86_64", "openat", 2, 0x80241, "O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC");
    check_print("x86_64", "openat", 3, 0644, "0644");
    check_print("x86_64", "openat", 1, 0x7fff1234, "0x7fff1234");
    check_print("x86_64", "socket", 0, 2, "AF_INET");
    check_print("x86_64", "socket", 1, 0x80001, "SOCK_STREAM|SOCK_CLOEXEC");
    check_print("x86_64", "kill", 1, 15, "SIGTERM");
    check_print("x86_64", "kill", 0, (uint64_t)-1, "-1");
    check_print("x86_64", "clone", 0, 0x01200011,
                "SIGCHLD|CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID");
    check_print("x86_64", "ioctl", 1, 0x5413, "TIOCGWINSZ");
    check_print("x86_64", "ioctl", 1, 0xdeadbeef, "0xdeadbeef");
    check_print("x86_64", "mmap", 2, 0, "PROT_NONE");
    check_print("x86_64", "mmap", 2, 7, "PROT_READ|PROT_WRITE|PROT_EXEC");
    check_print("mips", "socket", 1, 2, "SOCK_STREAM");
    check_print("i386", "socketcall", 0, 1, "SYS_SOCKET");
    /* of several names for a value, the one that people know */
    check_print("x86_64", "ioctl", 1, 0x5411, "TIOCOUTQ");
    check_print("x86_64", "ioctl", 1, 0x7004, "RTC_UIE_OFF");
    check_print("x86_64", "ioctl", 1, 0x80087601, "FS_IOC_GETVERSION");
    check_print("x86_64", "ioctl", 1, 0x40049409, "FICLONE");
    check_print("x86_64", "ioctl", 1, 0x40085618, "VIDIOC_S_STD");
    check_print("x86_64", "ioctl", 1, 0x4010aeab, "KVM_GET_ONE_REG");
    check_print("x86_64", "ioctl", 1, 0x5603, "VT_GETSTATE");
}

static void arguments_mean_what_others_say(void **state)
{
    (void)state;
    static const struct {
        const char *call;
        uint64_t args[CORDON_ARGS];
        unsigned arg;
        const char *expected;
    } cases[] = {
        {"setsockopt", {0, 1, 16}, 2, "SO_PASSCRED"},
        {"setsockopt", {0, 41, 16}, 2, "IPV6_UNICAST_HOPS"},
        {"setsockopt", {0, 6, 1}, 2, "TCP_NODELAY"},
        {"setsockopt", {0, 9999, 16}, 2, "16"},
        {"socket", {AF_INET, SOCK_STREAM, 6}, 2, "IPPROTO_TCP"},
        {"socket", {AF_NETLINK, SOCK_RAW, 15}, 2, "NETLINK_KOBJECT_UEVENT"},
        {"socket", {AF_UNIX, SOCK_STREAM, 0}, 2, "0"},
        {"fcntl", {0, 2, 1}, 2, "FD_CLOEXEC"},
        {"fcntl", {0, 4, 0x801}, 2, "O_WRONLY|O_NONBLOCK"},
        {"fcntl", {0, 0, 10}, 2, "10"},
        {"fcntl", {0, 1033, 3}, 2, "F_SEAL_SEAL|F_SEAL_SHRINK"},
        {"prctl", {1, 15}, 1, "SIGTERM"},
        {"prctl", {47, 2, 21}, 1, "PR_CAP_AMBIENT_RAISE"},
        {"prctl", {47, 2, 21}, 2, "CAP_SYS_ADMIN"},
        {"prctl", {4, 2}, 1, "SUID_DUMP_ROOT"},
        {"keyctl", {11, (uint64_t)-3}, 1, "KEY_SPEC_SESSION_KEYRING"},
        {"keyctl", {11, 0xfffffffd}, 1, "KEY_SPEC_SESSION_KEYRING"},
        {"keyctl", {5, 1234, 0x1000001}, 2, "KEY_OTH_VIEW|KEY_POS_VIEW"},
        {"ptrace", {0x4200, 1, 0, 0x80}, 3, "PTRACE_O_TRACESECCOMP"},
        {"futex", {0, 0x189}, 1, "FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME"},
        {"memfd_create", {0, 21u << 26 | 4}, 1, "MFD_HUGE_2MB|MFD_HUGETLB"},
        {"mmap", {0, 0, 0, 0x8040022}, 3, "MAP_PRIVATE|0x8000000|MAP_ANONYMOUS|MAP_HUGETLB"},
        {"mmap", {0, 0, 0, 0x28}, 3, "MAP_DROPPABLE|MAP_ANONYMOUS"},
        {"unshare", {0x10000080}, 0, "CLONE_NEWTIME|CLONE_NEWUSER"},
        {"clone", {0x91}, 0, "0x91"},
        {"mknod", {0, 0020644}, 1, "S_IFCHR|0644"},
        {"shmget", {0, 0, 01600}, 2, "0600|IPC_CREAT"},
        {"semctl", {0, 0, 11}, 2, "GETPID"},
        {"shmctl", {0, 11}, 1, "SHM_LOCK"},
        {"sched_setscheduler", {0, 0x40000001}, 1, "SCHED_FIFO|SCHED_RESET_ON_FORK"},
        {"personality", {0x20008}, 0, "PER_LINUX32|UNAME26"},
        {"personality", {0xffffffff}, 0, "0xffffffff"},
    };
    const struct cordon_abi *abi = abi_named("x86_64");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cordon_syscall known = cordon_syscall(abi, call(cases[i].call));
        char text[256];
        struct cordon_buffer buffer = {text, sizeof text, 0};
        struct cordon_sink sink = cordon_buffer_sink(&buffer);
        cordon_syscall_specify(abi, &known, cases[i].args, (1u << CORDON_ARGS) - 1);
        cordon_arg_print(&sink, abi, &known.args[cases[i].arg], cases[i].args[cases[i].arg]);
        assert_string_equal(text, cases[i].expected);
    }
}

static unsigned argument(const char *call_name, const char *name)
{
    struct cordon_syscall known = cordon_syscall(abi_named("x86_64"), call(call_name));
    return cordon_syscall_argument(&known, name, (uint32_t)strlen(name));
}

static void arguments_have_the_names_of_manuals(void **state)
{
    (void)state;
    assert_int_equal(argument("setpriority", "prio"), 2);
    assert_int_equal(argument("setpriority", "niceval"), 2);
    assert_int_equal(argument("msync", "length"), 1);
    assert_int_equal(argument("waitid", "idtype"), 0);
    assert_int_equal(argument("personality", "persona"), 0);
    assert_int_equal(argument("keyctl", "operation"), 0);
    assert_int_equal(argument("keyctl", "nothing"), 5);
    /* a name like a position is that position */
    for (uint16_t id = 0; id < cordon_syscall_id_count(); id++)
        for (unsigned i = 0; i < CORDON_ABI_COUNT; i++) {
            struct cordon_syscall known = cordon_syscall(cordon_abi((enum cordon_abi_id)i), id);
            for (unsigned arg = 0; arg < known.arg_count; arg++)
                if (!strncmp(known.args[arg].name, "arg", 3) && known.args[arg].name[3] >= '0' &&
                    known.args[arg].name[3] <= '9')
                    assert_int_equal(known.args[arg].name[3] - '0', arg);
        }
}

static void check_number(const char *abi_name, const char *name, uint32_t nr)
{
    assert_int_equal(cordon_syscall_nr(abi_named(abi_name), call(name)), nr);
}

static void numbers_follow_the_kernel(void **state)
{
    (void)state;
    check_number("x32", "map_shadow_stack", 0x40000000 | 453);
    check_number("x32", "uretprobe", 0x40000000 | 335);
    check_number("x32", "uprobe", 0x40000000 | 336);
    check_number("x86_64", "fchroot", 472);
    check_number("s390", "fchroot", 472);
    check_number("mips64n32", "fchroot", 6472);
    check_number("sh", "sync_file_range2", 388);
    check_number("parisc64", "_llseek", CORDON_NO_NR);
    check_number("arm", "arm_sync_file_range", 341);
    check_number("arm", "sync_file_range2", CORDON_NO_NR);
}

/* The register (0 … 5) in which the multiplexer passes an argument of the sub-call. */
static unsigned position(const char *abi_name, const char *name, unsigned arg)
{
    const struct cordon_abi *abi = abi_named(abi_name);
    for (uint32_t i = 0; i < cordon_subcall_count(abi); i++) {
        struct cordon_subcall known = cordon_subcall_nth(abi, i);
        if (!strcmp(known.name, name))
            return known.position[arg];
    }
    fail_msg("%s has no multiplexer for %s", abi_name, name);
    return 0;
}

static void ipc_moves_its_arguments(void **state)
{
    (void)state;
    assert_int_equal(position("i386", "semtimedop", 1), 4);
    assert_int_equal(position("i386", "semtimedop", 3), 5);
    assert_int_equal(position("s390x", "semtimedop", 3), 3); /* only five registers */
    assert_int_equal(position("ppc64", "msgsnd", 3), 3);
    assert_int_equal(position("mips", "msgrcv", 1), CORDON_IN_MEMORY);
    assert_int_equal(position("sh", "shmdt", 0), 4);
    assert_int_equal(position("m68k", "recvmmsg", 0), CORDON_IN_MEMORY);
    static const char *const without[] = {"x32", "arm", "aarch64", "mips64", "parisc", "riscv64"};
    for (size_t i = 0; i < sizeof without / sizeof *without; i++)
        assert_int_equal(cordon_subcall_count(abi_named(without[i])), 0);
}

static void multiplexers_know_their_subcalls(void **state)
{
    (void)state;
    assert_int_equal(cordon_subcall_count(abi_named("x86_64")), 0);
    assert_int_equal(cordon_subcall_count(abi_named("i386")), 32);
    struct cordon_subcall socket = cordon_subcall_nth(abi_named("i386"), 0);
    assert_int_equal(socket.id, call("socket"));
    assert_int_equal(socket.multiplexer, call("socketcall"));
    assert_int_equal(socket.position[0], CORDON_IN_MEMORY);
    struct cordon_subcall semop = cordon_subcall_nth(abi_named("i386"), 20);
    assert_int_equal(semop.id, call("semop"));
    assert_int_equal(semop.mask, 0xffff);
    assert_int_equal(semop.position[2], 2);
}

/* Compares the width of one argument, as the table names it, and the number of arguments. */
static void check_width(const char *abi_name, const char *name, unsigned arg, unsigned bits,
                        unsigned count)
{
    const struct cordon_abi *abi = abi_named(abi_name);
    struct cordon_syscall known = cordon_syscall(abi, call(name));
    assert_int_equal(known.arg_count, count);
    assert_true(arg < count);
    assert_int_equal(cordon_arg_bits(abi, &known.args[arg]), bits);
}

static void check_argument(const char *abi_name, const char *name, unsigned arg, const char *word)
{
    struct cordon_syscall known = cordon_syscall(abi_named(abi_name), call(name));
    assert_true(arg < known.arg_count);
    assert_string_equal(known.args[arg].name, word);
}

/* What the kernel's entry points read: comparing more or fewer bits would open a hole. */
static void widths_are_those_of_the_entry_points(void **state)
{
    (void)state;
    check_width("x86_64", "socket", 0, 32, 3);
    check_width("x86_64", "openat", 3, 16, 4);
    check_width("x86_64", "clone", 0, 32, 5); /* declared 64 bits, read as 32 */
    check_width("x86_64", "unshare", 0, 64, 1);
    check_width("x86_64", "mmap", 2, 64, 6);
    check_width("x86_64", "mmap", 4, 32, 6);
    check_width("x86_64", "ioctl", 1, 32, 3);
    check_width("x86_64", "ioctl", 2, 64, 3);
    check_width("x32", "ioctl", 2, 32, 3); /* an entry point for 32-bit programs */
    check_width("x32", "mmap", 2, 64, 6);  /* the same as x86_64's */
    check_width("x32", "ptrace", 0, 32, 4);
    check_width("i386", "setuid", 0, 16, 1);
    check_width("i386", "setuid32", 0, 32, 1);
    check_width("arm", "chown", 1, 16, 3);
    check_width("x86_64", "setuid", 0, 32, 1);
    check_width("ppc", "setuid", 0, 32, 1);
    check_width("mips64n32", "fcntl", 2, 32, 3);
    check_width("mips64n32", "lseek", 1, 64, 3);
    check_width("s390", "read", 2, 32, 3);
    check_width("s390", "mq_open", 2, 16, 4);
}

static void argument_words_follow_the_abi(void **state)
{
    (void)state;
    check_argument("x86_64", "clone", 3, "child_tidptr");
    check_argument("i386", "clone", 3, "tls");
    check_argument("loongarch64", "clone", 3, "child_tidptr");
    check_argument("s390x", "clone", 1, "flags");
    check_argument("i386", "mmap", 0, "args");
    check_argument("arm", "mmap2", 4, "fd");
    check_argument("i386", "pread64", 3, "pos_lo");
    check_argument("arm", "pread64", 4, "pos_lo");
    check_argument("mips", "pread64", 4, "pos_hi");
    check_argument("ppc", "ftruncate64", 2, "length_hi");
    check_argument("parisc", "ftruncate64", 1, "length_hi");
    check_argument("sh", "pread64", 4, "pos_lo");
    check_argument("i386", "fadvise64_64", 5, "advice");
    check_argument("ppc", "fadvise64_64", 1, "advice");
    check_argument("arm", "arm_sync_file_range", 1, "flags");
    check_argument("x32", "preadv", 3, "pos");
    assert_int_equal(cordon_syscall(abi_named("mips"), call("pipe")).arg_count, 0);
    assert_int_equal(cordon_syscall(abi_named("ppc"), call("sigsuspend")).arg_count, 1);
    assert_int_equal(cordon_syscall(abi_named("i386"), call("sigsuspend")).arg_count, 3);
    assert_int_equal(cordon_syscall(abi_named("s390x"), call("ipc")).arg_count, 5);
}

static void only_whole_names_match(void **state)
{
    (void)state;
    assert_int_equal(cordon_syscall_id("open\0at", 7), CORDON_NO_ID);
    assert_int_equal(cordon_syscall_id("", 0), CORDON_NO_ID);
    assert_int_equal(cordon_syscall_id("opena", 5), CORDON_NO_ID);
    assert_int_equal(cordon_syscall_id("\xff\xff", 2), CORDON_NO_ID);
    assert_null(cordon_abi_by_name("x86_64", 5));
    assert_ptr_equal(abi_named("arm64"), cordon_abi(CORDON_ABI_AARCH64));
    assert_ptr_equal(abi_named("ppc64el"), cordon_abi(CORDON_ABI_PPC64LE));
    assert_ptr_equal(cordon_abi_of_call(0xc000003eu, 0), cordon_abi(CORDON_ABI_X86_64));
    assert_ptr_equal(cordon_abi_of_call(0xc000003eu, CORDON_X32_BIT), cordon_abi(CORDON_ABI_X32));
    assert_null(cordon_abi_of_call(0xc000003eu, UINT32_MAX));
    assert_null(cordon_abi_of_call(0x12345678u, 0));
}

static void versions_are_per_abi(void **state)
{
    (void)state;
    assert_int_equal(cordon_syscall_since(abi_named("x86_64"), call("cachestat")),
                     CORDON_LINUX(6, 5));
    assert_int_equal(cordon_syscall_since(abi_named("x86_64"), call("uprobe")),
                     CORDON_LINUX(6, 18));
    assert_int_equal(cordon_syscall_since(abi_named("i386"), call("socket")), CORDON_LINUX(4, 3));
    assert_int_equal(cordon_syscall_since(abi_named("x86_64"), call("socket")), CORDON_LINUX(2, 0));
}

static void groups_hold_what_they_should(void **state)
{
    (void)state;
    struct cordon_group group;
    assert_true(cordon_group_by_name("@basic-io", 9, &group));
    assert_true(cordon_group_has(&group, call("read")));
    assert_false(cordon_group_has(&group, call("socket")));
    assert_true(cordon_group_by_name("@known", 6, &group));
    assert_int_equal(group.member_count, cordon_syscall_id_count());
    assert_false(cordon_group_by_name("@basic", 6, &group));
    assert_true(cordon_group_count() >= 38);
}

static void check_action(uint32_t value, const char *expected)
{
    char text[64];
    struct cordon_buffer buffer = {text, sizeof text, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    cordon_action_print(&sink, value);
    assert_string_equal(text, expected);
}

static void actions_print_and_compare(void **state)
{
    (void)state;
    check_action(0x7fff0000, "allow");
    check_action(0x7fff1234, "allow");
    check_action(0x00050001, "errno(EPERM)");
    check_action(0x00050075, "errno(EUCLEAN)");
    check_action(0x00050000, "errno(0)");
    check_action(0x00030007, "trap(7)");
    check_action(0x00010000, "unknown(0x00010000)");
    check_action(0x80000000, "kill_process");
    check_action(0x80000009, "kill_process(9)");
    check_action(9, "kill_thread(9)");
    assert_true(cordon_action_compare(0x80000000, 0) < 0);
    assert_true(cordon_action_compare(0x7fff0000, 0x7ffc0000) > 0);
    assert_int_equal(cordon_action_compare(0x00050001, 0x00050002), 0);
    assert_true(cordon_action_runs(0x7fff0001) && cordon_action_runs(0x7ffc0000));
    assert_false(cordon_action_runs(0x7ff00000) || cordon_action_runs(0x80000000));
    assert_ptr_equal(cordon_action_by_name("kill", 4), cordon_action_of(0));
    assert_null(cordon_action_by_name("deny", 4));
}

/* ---- siblings ---- */

static const char *const families[] = {
#define FAMILY(calls) calls,
#include "siblings.def"
#undef FAMILY
};

static uint16_t call_id(const char *name)
{
    return cordon_syscall_id(name, (uint32_t)strlen(name));
}

static int more_of(const char *call, const char *sibling)
{
    struct cordon_sibling siblings[CORDON_MAX_SIBLINGS];
    uint32_t count = cordon_siblings(call_id(call), siblings);
    for (uint32_t i = 0; i < count; i++)
        if (siblings[i].id == call_id(sibling))
            return siblings[i].more;
    return 99;
}

static void siblings_do_the_same_work(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        char *text = strdup(families[i]), *rest = text;
        for (char *name; (name = strsep(&rest, " "));)
            assert_true(!strcmp(name, "=") || !strcmp(name, "<") || call_id(name) != CORDON_NO_ID);
        free(text);
    }
    assert_int_equal(more_of("mkdir", "mkdirat"), 0);
    assert_int_equal(more_of("fork", "clone3"), 2);
    assert_int_equal(more_of("openat2", "creat"), -2);
    assert_int_equal(more_of("rmdir", "unlinkat"), 1);
    assert_int_equal(more_of("rmdir", "unlink"), 99);
    assert_int_equal(more_of("open", "open_tree"), 99);
    assert_int_equal(more_of("getppid", "getpid"), 99);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_match_this_machine),
        cmocka_unit_test(look_ups_are_inverse),
        cmocka_unit_test(libseccomp_agrees),
        cmocka_unit_test(halves_follow_the_byte_order),
        cmocka_unit_test(constants_match_this_machine),
        cmocka_unit_test(constants_differ_where_machines_do),
        cmocka_unit_test(arguments_print_as_people_write_them),
        cmocka_unit_test(arguments_mean_what_others_say),
        cmocka_unit_test(arguments_have_the_names_of_manuals),
        cmocka_unit_test(numbers_follow_the_kernel),
        cmocka_unit_test(multiplexers_know_their_subcalls),
        cmocka_unit_test(ipc_moves_its_arguments),
        cmocka_unit_test(widths_are_those_of_the_entry_points),
        cmocka_unit_test(argument_words_follow_the_abi),
        cmocka_unit_test(only_whole_names_match),
        cmocka_unit_test(versions_are_per_abi),
        cmocka_unit_test(groups_hold_what_they_should),
        cmocka_unit_test(actions_print_and_compare),
        cmocka_unit_test(siblings_do_the_same_work),
    };
    return cmocka_run_group_tests_name("abi", tests, NULL, NULL);
}
