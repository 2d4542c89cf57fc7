/* SPDX-License-Identifier: MIT */
/* source.h: shared by the writers of source code: title, instructions, numbers of seccomp(2). */
#ifndef PROGRAMS_SOURCE_H
#define PROGRAMS_SOURCE_H

#include "writers.h"

/* The text around the four fields of an instruction, and around its comment. */
struct row {
    const char *field[5];
    const char *comment[2];
};

/* Writes "A seccomp filter made by cordon VERSION from NAME" between two texts. */
void put_title(struct cordon_sink *sink, const char *before,
               const struct cordon_program_source *source, const char *after);
void put_insns(struct cordon_sink *sink, const struct cordon_program_source *source,
               const struct row *row);

/* Names of machines in Rust and Go. */
struct machine {
    enum cordon_abi_id abi;
    const char *rust; /* NULL: it isn't a target */
    const char *go;
};

#define MACHINES 14u

extern const struct machine machines[MACHINES];

/* The number of seccomp(2) on a machine. */
uint32_t seccomp_nr(const struct machine *machine);

#endif
