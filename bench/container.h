/* SPDX-License-Identifier: MIT */
/*
 * container.h: a container profile (the JSON of Docker and Podman), compiled by cordon and by
 * libseccomp.
 *
 * The program has no capabilities: entries that require one are left out.
 */
#ifndef BENCH_CONTAINER_H
#define BENCH_CONTAINER_H

#include <seccomp.h>

#include "cordon/compile.h"

struct container_check {
    unsigned arg;
    enum scmp_compare op;
    uint64_t value, second;
};

struct container_entry {
    const char *name;
    uint32_t action;
    struct container_check checks[6];
    unsigned count;
};

extern struct container_entry container_entries[4096];
extern size_t container_entry_count;

/* Ends the process if the file can't be read. */
void container_read(const char *path);

enum container_compiler { BY_CORDON, BY_LIBSECCOMP, BY_LIBSECCOMP_TREE, CONTAINER_COMPILERS };

/* The ABIs of programs: x86_64, or with i386 and x32. */
extern const char *const container_abis[2];

/* The program's length. `three`: with i386 and x32. `weights` are cordon's; NULL: its default. */
uint32_t container_compile(enum container_compiler compiler, bool three,
                           const struct cordon_weights *weights, struct cordon_insn *insns);

#endif
