/* SPDX-License-Identifier: MIT */
/* abi.c: the ABIs: names, architecture tokens, ranges of numbers, words of the halves of
 * arguments. */
#include "cordon/abi.h"

#include <string.h>

#define FIRST_NR(id) (CORDON_ABI_##id == CORDON_ABI_X32 ? CORDON_X32_BIT : 0u)
#define LAST_NR(id)  (CORDON_ABI_##id == CORDON_ABI_X86_64 ? CORDON_X32_BIT - 1 : 0x7fffffffu)

static const struct cordon_abi abis[] = {
#define ROW(id, name, token, bits, big)                                                            \
    {CORDON_ABI_##id, name, token, bits, big, FIRST_NR(id), LAST_NR(id)},
    CORDON_ABIS(ROW)
#undef ROW
};

/* Names that other tools use. */
static const struct {
    char name[16];
    enum cordon_abi_id id;
} aliases[] = {
    {"amd64", CORDON_ABI_X86_64},
    {"x86-64", CORDON_ABI_X86_64},
    {"x86", CORDON_ABI_I386},
    {"i486", CORDON_ABI_I386},
    {"i586", CORDON_ABI_I386},
    {"i686", CORDON_ABI_I386},
    {"armhf", CORDON_ABI_ARM},
    {"armel", CORDON_ABI_ARM},
    {"armv7l", CORDON_ABI_ARM},
    {"arm64", CORDON_ABI_AARCH64},
    {"powerpc", CORDON_ABI_PPC},
    {"powerpc64", CORDON_ABI_PPC64},
    {"ppc64el", CORDON_ABI_PPC64LE},
    {"powerpc64le", CORDON_ABI_PPC64LE},
    {"mips64el", CORDON_ABI_MIPSEL64},
    {"mips64eln32", CORDON_ABI_MIPSEL64N32},
    {"hppa", CORDON_ABI_PARISC},
    {"hppa64", CORDON_ABI_PARISC64},
    {"sh4", CORDON_ABI_SH},
    {"sh4eb", CORDON_ABI_SHEB},
    {"loong64", CORDON_ABI_LOONGARCH64},
};

const struct cordon_abi *cordon_abi(enum cordon_abi_id id)
{
    return &abis[id];
}

static bool is_name(const char *have, const char *name, uint32_t length)
{
    return strlen(have) == length && !memcmp(have, name, length);
}

const struct cordon_abi *cordon_abi_by_name(const char *name, uint32_t length)
{
    for (size_t i = 0; i < CORDON_ABI_COUNT; i++)
        if (is_name(abis[i].name, name, length))
            return &abis[i];
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (is_name(aliases[i].name, name, length))
            return &abis[aliases[i].id];
    return NULL;
}

const struct cordon_abi *cordon_abi_of_call(uint32_t token, uint32_t nr)
{
    for (size_t i = 0; i < CORDON_ABI_COUNT; i++)
        if (abis[i].token == token && abis[i].nr_first <= nr && nr <= abis[i].nr_last)
            return &abis[i];
    return NULL;
}

const struct cordon_abi *cordon_abi_native(void)
{
#if defined(__x86_64__) && defined(__ILP32__)
    return &abis[CORDON_ABI_X32];
#elif defined(__x86_64__)
    return &abis[CORDON_ABI_X86_64];
#elif defined(__i386__)
    return &abis[CORDON_ABI_I386];
#elif defined(__aarch64__)
    return &abis[CORDON_ABI_AARCH64];
#elif defined(__arm__)
    return &abis[CORDON_ABI_ARM];
#elif defined(__riscv) && __riscv_xlen == 64
    return &abis[CORDON_ABI_RISCV64];
#elif defined(__loongarch_lp64)
    return &abis[CORDON_ABI_LOONGARCH64];
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return &abis[CORDON_ABI_PPC64LE];
#elif defined(__powerpc64__)
    return &abis[CORDON_ABI_PPC64];
#elif defined(__powerpc__)
    return &abis[CORDON_ABI_PPC];
#elif defined(__s390x__)
    return &abis[CORDON_ABI_S390X];
#elif defined(__mips__) && defined(_ABI64) && _MIPS_SIM == _ABI64
    return &abis[__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? CORDON_ABI_MIPS64 : CORDON_ABI_MIPSEL64];
#elif defined(__mips__) && defined(_ABIN32) && _MIPS_SIM == _ABIN32
    return &abis[__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? CORDON_ABI_MIPS64N32
                                                        : CORDON_ABI_MIPSEL64N32];
#elif defined(__mips__)
    return &abis[__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? CORDON_ABI_MIPS : CORDON_ABI_MIPSEL];
#elif defined(__hppa__)
    return &abis[CORDON_ABI_PARISC];
#elif defined(__sh__)
    return &abis[__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? CORDON_ABI_SHEB : CORDON_ABI_SH];
#elif defined(__m68k__)
    return &abis[CORDON_ABI_M68K];
#else
#error "cordon does not know this machine's system call ABI"
#endif
}

static unsigned first_word(unsigned arg)
{
    return arg == CORDON_ARGS ? CORDON_WORD_IP : CORDON_WORD_ARGS + 2 * arg;
}

unsigned cordon_abi_low(const struct cordon_abi *abi, unsigned arg)
{
    return first_word(arg) + abi->big_endian;
}

unsigned cordon_abi_high(const struct cordon_abi *abi, unsigned arg)
{
    return first_word(arg) + !abi->big_endian;
}
