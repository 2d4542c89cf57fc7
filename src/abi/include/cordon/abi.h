/* SPDX-License-Identifier: MIT */
/*
 * abi.h: facts of the Linux system call ABIs.
 *
 * An ABI is a set of call numbers with one way of passing arguments. Several ABIs can share an
 * architecture token (AUDIT_ARCH_*, linux/audit.h): x86_64 and x32 do.
 *
 * Everything here is constant data in read-only memory, without pointers inside, so it costs
 * nothing at start-up: thread safe, nothing to free. Look-ups are by index or binary searches over
 * sorted arrays.
 */
#ifndef CORDON_ABI_H
#define CORDON_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cordon/api.h"
#include "cordon/sink.h"

CORDON_BEGIN

/* ---- seccomp_data ---- */

/*
 * struct seccomp_data (linux/seccomp.h) as sixteen 32-bit words: word w is the one at byte offset
 * 4w. In each 64-bit field the low half comes first on little-endian ABIs and second on big-endian
 * ones.
 */
enum {
    CORDON_WORD_NR = 0,
    CORDON_WORD_ARCH = 1,
    CORDON_WORD_IP = 2,   /* and 3 */
    CORDON_WORD_ARGS = 4, /* argument i: words 4 + 2i and 5 + 2i */
    CORDON_WORDS = 16,
    CORDON_ARGS = 6
};

struct cordon_data {
    uint32_t word[CORDON_WORDS];
};

/* ---- ABIs ---- */

/* id, name (also accepted: the aliases of cordon_abi_by_name), AUDIT_ARCH value, register bits,
 * big? */
#define CORDON_ABIS(X)                                                                             \
    X(X86_64, "x86_64", 0xc000003eu, 64, false)                                                    \
    X(I386, "i386", 0x40000003u, 32, false)                                                        \
    X(X32, "x32", 0xc000003eu, 64, false)                                                          \
    X(ARM, "arm", 0x40000028u, 32, false)                                                          \
    X(AARCH64, "aarch64", 0xc00000b7u, 64, false)                                                  \
    X(RISCV64, "riscv64", 0xc00000f3u, 64, false)                                                  \
    X(LOONGARCH64, "loongarch64", 0xc0000102u, 64, false)                                          \
    X(PPC, "ppc", 0x00000014u, 32, true)                                                           \
    X(PPC64, "ppc64", 0x80000015u, 64, true)                                                       \
    X(PPC64LE, "ppc64le", 0xc0000015u, 64, false)                                                  \
    X(S390, "s390", 0x00000016u, 32, true)                                                         \
    X(S390X, "s390x", 0x80000016u, 64, true)                                                       \
    X(MIPS, "mips", 0x00000008u, 32, true)                                                         \
    X(MIPSEL, "mipsel", 0x40000008u, 32, false)                                                    \
    X(MIPS64, "mips64", 0x80000008u, 64, true)                                                     \
    X(MIPSEL64, "mipsel64", 0xc0000008u, 64, false)                                                \
    X(MIPS64N32, "mips64n32", 0xa0000008u, 64, true)                                               \
    X(MIPSEL64N32, "mipsel64n32", 0xe0000008u, 64, false)                                          \
    X(PARISC, "parisc", 0x0000000fu, 32, true)                                                     \
    X(PARISC64, "parisc64", 0x8000000fu, 64, true)                                                 \
    X(SH, "sh", 0x4000002au, 32, false)                                                            \
    X(SHEB, "sheb", 0x0000002au, 32, true)                                                         \
    X(M68K, "m68k", 0x00000004u, 32, true)

#define CORDON_ABI_ENUM(id, name, token, bits, big) CORDON_ABI_##id,
enum cordon_abi_id { CORDON_ABIS(CORDON_ABI_ENUM) CORDON_ABI_COUNT };
#undef CORDON_ABI_ENUM

#define CORDON_X32_BIT 0x40000000u

struct cordon_abi {
    enum cordon_abi_id id;
    const char *name;
    uint32_t token; /* AUDIT_ARCH_*, the arch word that filters see */
    uint8_t bits;   /* width of an argument register: 32 or 64 */
    bool big_endian;
    /*
     * The numbers that belong to this ABI. x32: 0x40000000 … 0x7fffffff, x86_64: below those,
     * elsewhere 0 … 0x7fffffff; negative numbers belong to none.
     */
    uint32_t nr_first;
    uint32_t nr_last;
};

const struct cordon_abi *cordon_abi(enum cordon_abi_id id);
/* By name or a common alias (amd64, x86, i686, arm64, armhf, ppc64el, mips64el …); NULL: unknown.
 */
const struct cordon_abi *cordon_abi_by_name(const char *name, uint32_t length);
/* The ABI of a call, from the two words that filters see; NULL: unknown. */
const struct cordon_abi *cordon_abi_of_call(uint32_t token, uint32_t nr);
/* The ABI that this code was built for. */
const struct cordon_abi *cordon_abi_native(void);

/* The word index of the low and of the high half of argument `arg` (0…5), or of the instruction
 * pointer for arg == CORDON_ARGS. */
unsigned cordon_abi_low(const struct cordon_abi *abi, unsigned arg);
unsigned cordon_abi_high(const struct cordon_abi *abi, unsigned arg);

/* ---- system calls ---- */

/*
 * What the kernel makes of an argument register: the type in the kernel's own definition of the
 * call (SYSCALL_DEFINE…). The bits above it are ignored by the kernel, so comparisons must ignore
 * them too. LONG, ULONG, PTR are as wide as the ABI's registers.
 */
enum cordon_arg_type {
    CORDON_TYPE_U16,
    CORDON_TYPE_S32,
    CORDON_TYPE_U32,
    CORDON_TYPE_LONG,
    CORDON_TYPE_ULONG,
    CORDON_TYPE_PTR
};

/* What an argument means: this decides how it is printed. */
#define CORDON_ARG_KINDS(X)                                                                        \
    X(INT, "int")         /* a plain number */                                                     \
    X(FD, "fd")           /* file descriptor */                                                    \
    X(DIRFD, "dirfd")     /* the same, or AT_FDCWD */                                              \
    X(PATH, "path")       /* pointer to a NUL-terminated path */                                   \
    X(STRING, "string")   /* pointer to another NUL-terminated string */                           \
    X(BUFFER, "buffer")   /* pointer to data of the size in the following argument */              \
    X(POINTER, "pointer") /* any other pointer */                                                  \
    X(SIZE, "size")       /* bytes or elements */                                                  \
    X(OFFSET, "offset")   /* position in a file */                                                 \
    X(FLAGS, "flags")     /* bits of the constant set */                                           \
    X(ENUM, "enum")       /* one value of the constant set (domain, request, option, command) */   \
    X(MODE, "mode")       /* permission bits, printed in octal */                                  \
    X(SIGNAL, "signal")                                                                            \
    X(PID, "pid")                                                                                  \
    X(UID, "uid")                                                                                  \
    X(GID, "gid")                                                                                  \
    X(DEVICE, "device")                                                                            \
    X(ADDRESS, "address") /* an address that isn't read: mmap's addr */

#define CORDON_KIND_ENUM(id, word) CORDON_KIND_##id,
enum cordon_arg_kind { CORDON_ARG_KINDS(CORDON_KIND_ENUM) };
#undef CORDON_KIND_ENUM

#define CORDON_NO_SET 0 /* the empty constant set */

struct cordon_arg {
    const char *name;
    uint8_t type; /* enum cordon_arg_type */
    uint8_t kind; /* enum cordon_arg_kind */
    uint16_t set; /* constant set for FLAGS and ENUM (and SIGNAL …), or CORDON_NO_SET */
};

/* A Linux version as major << 8 | minor; 0: before 2.6, or always. */
#define CORDON_LINUX(major, minor) ((uint16_t)((major) << 8 | (minor)))

/* A call has one id, whatever its number on each ABI. Ids are 0 … count - 1 in the order of names.
 */
#define CORDON_NO_ID UINT16_MAX
#define CORDON_NO_NR UINT32_MAX

struct cordon_syscall {
    const char *name;
    uint16_t id;
    uint16_t since; /* the Linux version in which it appeared *on this ABI*, as far as known */
    uint32_t nr;    /* as filters see it (x32: with bit 30); CORDON_NO_NR: not on this ABI */
    uint8_t arg_count;
    struct cordon_arg args[CORDON_ARGS]; /* as this ABI passes them */
};

uint16_t cordon_syscall_id_count(void);
/* CORDON_NO_ID: not the name of a call on any ABI. */
uint16_t cordon_syscall_id(const char *name, uint32_t length);
const char *cordon_syscall_name(uint16_t id);
/* The number of a call, or CORDON_NO_NR; the call of a number, or CORDON_NO_ID. */
uint32_t cordon_syscall_nr(const struct cordon_abi *abi, uint16_t id);
uint16_t cordon_syscall_id_by_nr(const struct cordon_abi *abi, uint32_t nr);
/* The calls of an ABI by ascending number: how many, and the id of the i-th. */
uint32_t cordon_syscall_count(const struct cordon_abi *abi);
uint16_t cordon_syscall_nth(const struct cordon_abi *abi, uint32_t index);
/* The index of the first call whose number isn't below this one; their count: all are below. */
uint32_t cordon_syscall_index_from(const struct cordon_abi *abi, uint32_t nr);
/* The same for loops: the ids by ascending number, and the numbers of all calls by id. */
const uint16_t *cordon_syscall_ids(const struct cordon_abi *abi);
const uint32_t *cordon_syscall_numbers(const struct cordon_abi *abi);
uint16_t cordon_syscall_since(const struct cordon_abi *abi, uint16_t id);
/* Everything about a call on an ABI. */
struct cordon_syscall cordon_syscall(const struct cordon_abi *abi, uint16_t id);
/* The position of an argument by name, the table's or that of the manual page; arg_count: none. */
unsigned cordon_syscall_argument(const struct cordon_syscall *call, const char *name,
                                 uint32_t length);
/*
 * Sets the kinds and constant sets of arguments that depend on the values of others: the option of
 * setsockopt is one of its level's, the argument of fcntl(F_SETFD) is flags of descriptors. Bit i
 * of `known` says whether values[i] is known.
 */
void cordon_syscall_specify(const struct cordon_abi *abi, struct cordon_syscall *call,
                            const uint64_t values[CORDON_ARGS], unsigned known);

/* The width in bits (16, 32 or 64) of what the kernel looks at, and whether it is a signed number.
 */
unsigned cordon_arg_bits(const struct cordon_abi *abi, const struct cordon_arg *arg);
bool cordon_arg_signed(const struct cordon_arg *arg);
const char *cordon_arg_kind_name(enum cordon_arg_kind kind);

/* ---- multiplexers ---- */

/*
 * On some ABIs the multiplexers socketcall(2) and ipc(2) make other calls, the sub-calls. Argument
 * 0 holds the selector of the sub-call (ipc: in its low 16 bits; the rest is a version).
 */
#define CORDON_IN_MEMORY 0xff /* the argument is passed in memory: a filter can't see it */

struct cordon_subcall {
    uint16_t multiplexer; /* id of socketcall or ipc */
    uint16_t id;          /* of the sub-call; CORDON_NO_ID: it has no number of its own anywhere */
    const char *name;     /* of the sub-call: "socket", "semop" */
    uint32_t selector;    /* value of argument 0 under `mask` */
    uint32_t mask;        /* bits of argument 0 that the kernel looks at */
    uint8_t position[CORDON_ARGS]; /* register of the sub-call's argument i, or CORDON_IN_MEMORY */
};

/* The sub-calls of this ABI, ordered by multiplexer and selector; 0: it has no multiplexer. */
uint32_t cordon_subcall_count(const struct cordon_abi *abi);
struct cordon_subcall cordon_subcall_nth(const struct cordon_abi *abi, uint32_t index);

/* ---- siblings ---- */

/* A call that does the work of another: mkdirat that of mkdir. */
struct cordon_sibling {
    uint16_t id;
    int more; /* 0: the same work; above 0: that and more; below 0: a part of it */
};
#define CORDON_MAX_SIBLINGS 16u
/* Fills the siblings of a call, on whichever ABI they are; returns how many. */
uint32_t cordon_siblings(uint16_t id, struct cordon_sibling siblings[CORDON_MAX_SIBLINGS]);

/*
 * The version from which on the kernel runs a call without asking filters, because its own probes
 * make it; 0: it asks.
 */
uint16_t cordon_syscall_unasked(const struct cordon_abi *abi, uint32_t nr);

/* ---- constants ---- */

/* Named constants (O_RDONLY, CLONE_NEWUSER, AF_INET, TCGETS, SIGKILL, EPERM …), right per ABI. */
bool cordon_constant_value(const struct cordon_abi *abi, const char *name, uint32_t length,
                           uint64_t *value);
/* Is the name known on any ABI? */
bool cordon_constant_known(const char *name, uint32_t length);
/* All names, sorted, for suggestions and completion. */
uint32_t cordon_constant_count(void);
const char *cordon_constant_nth(uint32_t index);

/* The name of a constant set ("open_flags"), and look-up by it; CORDON_NO_SET if unknown. */
const char *cordon_constant_set_name(uint16_t set);
uint16_t cordon_constant_set_by_name(const char *name, uint32_t length);
/* The names of a set in the order in which they are tried for printing; false: not on this ABI. */
struct cordon_constant {
    const char *name;
    uint64_t value;
};
uint32_t cordon_constant_set_size(uint16_t set);
bool cordon_constant_set_nth(const struct cordon_abi *abi, uint16_t set, uint32_t index,
                             struct cordon_constant *constant);
/* The name of one value within a set, or NULL. */
const char *cordon_constant_name(const struct cordon_abi *abi, uint16_t set, uint64_t value);

/* A field of the values of a set: the bits of `mask` are one value of a set of their own. */
struct cordon_field {
    uint64_t mask;
    uint16_t values; /* CORDON_NO_SET: numbers */
    uint16_t flags;  /* the set of the other bits */
    bool is_octal;   /* numbers are printed so */
};
/* The index-th field of a set; false: it has no more. */
bool cordon_constant_set_field(const struct cordon_abi *abi, uint16_t set, uint32_t index,
                               struct cordon_field *field);

/*
 * Prints an argument value as a person would write it: O_RDONLY|O_CLOEXEC, AF_INET, SIGTERM,
 * AT_FDCWD, 0644, -1, 0x7f…; `value` is the whole register, the bits beyond the argument's type are
 * ignored.
 */
void cordon_arg_print(struct cordon_sink *sink, const struct cordon_abi *abi,
                      const struct cordon_arg *arg, uint64_t value);

/* The same for a mask, of which all 64 bits count: O_ACCMODE|O_CREAT. Fields that are 0 aren't
 * mentioned. */
void cordon_mask_print(struct cordon_sink *sink, const struct cordon_abi *abi,
                       const struct cordon_arg *arg, uint64_t mask);

/* ---- groups ---- */

/* A named set of calls, "@basic-io". Members are ids in ascending order, groups in groups expanded.
 */
struct cordon_group {
    const char *name; /* with the @ */
    const char *description;
    const uint16_t *members;
    uint32_t member_count;
};

uint32_t cordon_group_count(void);
struct cordon_group cordon_group_nth(uint32_t index);
/* By name, with the @; false: there is none. */
bool cordon_group_by_name(const char *name, uint32_t length, struct cordon_group *group);
bool cordon_group_has(const struct cordon_group *group, uint16_t id);

CORDON_END

#endif
