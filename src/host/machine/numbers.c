/* SPDX-License-Identifier: MIT */
/* numbers.c: numbers of calls, and which ABI a call is of. Common to all architectures. */
#include "ids.inc"
#include "machine.h"

static const uint16_t ids[CALL_COUNT][2] = {
#define IDS(ID, native, compat) [CALL_##ID] = {ID_##native, ID_##compat},
    MACHINE_CALLS(IDS)
#undef IDS
};

int32_t machine_nr(bool compat, enum machine_call call)
{
    enum cordon_abi_id abi = machine_abis[compat ? MACHINE_COMPAT : MACHINE_NATIVE];
    return (int32_t)cordon_syscall_nr(cordon_abi(abi), ids[call][compat]);
}

int machine_abi_of(uint32_t arch, uint32_t nr)
{
    const struct cordon_abi *abi = cordon_abi_of_call(arch, nr);
    for (int i = 0; abi && i < MACHINE_ABIS; i++)
        if (machine_abis[i] == abi->id)
            return i;
    return -1;
}

bool machine_is_compat(uint32_t arch)
{
    enum cordon_abi_id abi = machine_abis[MACHINE_COMPAT];
    return abi != CORDON_ABI_COUNT && arch == cordon_abi(abi)->token;
}

bool machine_is_restart(int64_t result)
{
    enum { RESTART_SYS = 512, RESTART_BLOCK = 516 }; /* the kernel's own, linux/errno.h */
    return result <= -RESTART_SYS && result >= -RESTART_BLOCK;
}

bool machine_has_narrow_pointers(uint32_t arch, uint32_t nr)
{
    const struct cordon_abi *abi = cordon_abi_of_call(arch, nr);
    return abi && (abi->bits == 32 || abi->id == CORDON_ABI_X32);
}
