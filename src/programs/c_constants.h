/* SPDX-License-Identifier: MIT */
/* c_constants.h: the names that C sources of filters use. */
#ifndef PROGRAMS_C_CONSTANTS_H
#define PROGRAMS_C_CONSTANTS_H

#include "cordon/abi.h"

/* BPF_JMP, SECCOMP_RET_ALLOW, AUDIT_ARCH_X86_64, __NR_read or SYS_read, EPERM; false: unknown. */
bool c_constant(const struct cordon_abi *abi, const char *name, uint32_t length, uint32_t *value);
/* nr, arch, instruction_pointer, args: the offset of a member of struct seccomp_data; false:
 * unknown. */
bool c_member(const char *name, uint32_t length, uint32_t *offset);

#endif
