/* SPDX-License-Identifier: MIT */
/*
 * foreign_asm.h: programs as other tools print them: seccomp-tools' assembler (sasm.c), Chromium's
 * dumps and Ruby's strings (foreign_dump.c). Room for CORDON_MAX_INSNS + 1 instructions is given;
 * false: reported.
 */
#ifndef CLI_FOREIGN_ASM_H
#define CLI_FOREIGN_ASM_H

#include "cli.h"

/* Does the text begin like one? */
bool sasm_begins(const char *text, size_t length);
bool chromium_begins(const char *text, size_t length);
bool ruby_begins(const char *text, size_t length);

/* Names of calls are `abi`'s. */
bool sasm_assemble(const char *name, const char *text, size_t length, const struct cordon_abi *abi,
                   struct cordon_insn *insns, uint32_t *count);
/* The bytes of a filter as Ruby inspects a string: what `seccomp-tools asm` and `-f inspect` print.
 */
bool ruby_read(const char *name, const char *text, size_t length, struct cordon_insn *insns,
               uint32_t *count);
/*
 * A line of Chromium's dump. Lines are numbered, from 0 or 1 on, and jumps name lines: `first` is
 * the number of the first one (UINT32_MAX: not read yet). *at: where it is no instruction.
 */
bool chromium_read(struct cordon_insn *insn, const char *line, uint32_t length, uint32_t index,
                   uint32_t *first, uint32_t *at);

#endif
