/* SPDX-License-Identifier: MIT */
/*
 * source.c: writes a program as source code. The loader in it sets no_new_privs and installs the
 * filter with TSYNC, which applies both to all threads: the filter confines the whole process or
 * none of it.
 *
 * Rust and Go code contains the number of seccomp(2), so it needs no package.
 */
#include "source.h"

#include "cordon/version.h"

/* A file's name can hold anything, even the end of the comment that it is printed in. */
static void put_name(struct cordon_sink *sink, const char *name)
{
    for (; *name; name++) {
        bool is_unsafe = (unsigned char)*name < ' ' || *name == '*' || *name == '\\';
        sink->write(sink->context, is_unsafe ? "?" : name, 1);
    }
}

void put_title(struct cordon_sink *sink, const char *before,
               const struct cordon_program_source *source, const char *after)
{
    cordon_sink_text(sink, before);
    cordon_sink_text(sink, "A seccomp filter made by cordon ");
    cordon_sink_text(sink, cordon_version());
    cordon_sink_text(sink, " from ");
    put_name(sink, source->name);
    cordon_sink_text(sink, after);
}

static void put_insn(struct cordon_sink *sink, const struct cordon_insn *insn,
                     const struct row *row)
{
    cordon_sink_text(sink, row->field[0]);
    cordon_sink_hex(sink, insn->code, 2);
    cordon_sink_text(sink, row->field[1]);
    cordon_sink_decimal(sink, insn->jt);
    cordon_sink_text(sink, row->field[2]);
    cordon_sink_decimal(sink, insn->jf);
    cordon_sink_text(sink, row->field[3]);
    cordon_sink_hex(sink, insn->k, 8);
    cordon_sink_text(sink, row->field[4]);
}

void put_insns(struct cordon_sink *sink, const struct cordon_program_source *source,
               const struct row *row)
{
    for (uint32_t i = 0; i < source->program->length; i++) {
        const struct cordon_insn *insn = &source->program->insns[i];
        put_insn(sink, insn, row);
        cordon_sink_text(sink, row->comment[0]);
        cordon_sink_decimal(sink, i);
        cordon_sink_text(sink, ": ");
        cordon_insn_print(sink, insn, i);
        cordon_sink_text(sink, row->comment[1]);
    }
}

/* ---- machines ---- */

const struct machine machines[MACHINES] = {
    {CORDON_ABI_X86_64, "x86_64", "amd64"},
    {CORDON_ABI_I386, "x86", "386"},
    {CORDON_ABI_ARM, "arm", "arm"},
    {CORDON_ABI_AARCH64, "aarch64", "arm64"},
    {CORDON_ABI_RISCV64, "riscv64", "riscv64"},
    {CORDON_ABI_LOONGARCH64, "loongarch64", "loong64"},
    {CORDON_ABI_PPC, "powerpc", NULL},
    {CORDON_ABI_PPC64, "powerpc64", "ppc64"},
    {CORDON_ABI_PPC64LE, NULL, "ppc64le"}, /* for Rust: powerpc64, whose number is the same */
    {CORDON_ABI_S390X, "s390x", "s390x"},
    {CORDON_ABI_MIPS, "mips", "mips"},
    {CORDON_ABI_MIPSEL, NULL, "mipsle"},
    {CORDON_ABI_MIPS64, "mips64", "mips64"},
    {CORDON_ABI_MIPSEL64, NULL, "mips64le"},
};

uint32_t seccomp_nr(const struct machine *machine)
{
    return cordon_syscall_nr(cordon_abi(machine->abi), cordon_syscall_id("seccomp", 7));
}
