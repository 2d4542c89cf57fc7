/* SPDX-License-Identifier: MIT */
/*
 * source.c: a filter as source code. A loader sets no_new_privs and installs the filter with TSYNC,
 * which hands both to the other threads: the process is under it as a whole or not at all.
 *
 * Rust and Go get the number of seccomp(2) from our tables, so their files need no package.
 */
#include "source.h"
#include "cordon/version.h"

#include <string.h>

/* How a language writes an instruction: what stands around its four fields and the comment. */
struct row {
    const char *field[5];
    const char *comment[2];
};

static const struct row c_row = {{"    {", ", ", ", ", ", ", "},"}, {" /* ", " */\n"}};
static const struct row go_row = {{"\t{Code: ", ", Jt: ", ", Jf: ", ", K: ", "},"}, {" // ", "\n"}};
static const struct row rust_row = {{"    insn(", ", ", ", ", ", ", "),"}, {" // ", "\n"}};

/* ---- pieces ---- */

/* A file's name can hold anything, also what would end the comment that it stands in. */
static void put_name(FILE *file, const char *name)
{
    for (; *name; name++)
        fputc((unsigned char)*name < ' ' || *name == '*' || *name == '\\' ? '?' : *name, file);
}

static void put_title(FILE *file, const char *before, const struct input *input, const char *after)
{
    fprintf(file, "%sA seccomp filter made by cordon %s from ", before, cordon_version());
    put_name(file, input->name);
    fputs(after, file);
}

static void put_insns(FILE *file, const struct input *input, const struct row *row)
{
    for (uint32_t i = 0; i < input->program.length; i++) {
        const struct cordon_insn *insn = &input->program.insns[i];
        struct cordon_sink sink = file_sink(file);
        fprintf(file, "%s0x%02x%s%u%s%u", row->field[0], insn->code, row->field[1], insn->jt,
                row->field[2], insn->jf);
        fprintf(file, "%s0x%08x%s%s%u: ", row->field[3], insn->k, row->field[4], row->comment[0],
                i);
        cordon_insn_print(&sink, insn, i);
        fputs(row->comment[1], file);
    }
}

/* ---- C ---- */

static void put_c_array(FILE *file, const struct input *input)
{
    fputs("\nstatic const struct sock_filter filter[] = {\n", file);
    put_insns(file, input, &c_row);
    fputs("};\n", file);
}

void source_c(FILE *file, const struct input *input)
{
    put_title(file, "/* ", input, ". Load it with seccomp(2). */\n#include <linux/filter.h>\n");
    put_c_array(file, input);
}

void source_c_loader(FILE *file, const struct input *input)
{
    put_title(file, "/* ", input,
              ": load_filter() loads it. */\n"
              "#include <errno.h>\n"
              "#include <linux/filter.h>\n"
              "#include <linux/seccomp.h>\n"
              "#include <stdint.h>\n"
              "#include <sys/prctl.h>\n"
              "#include <sys/syscall.h>\n"
              "#include <unistd.h>\n\n");
    fprintf(file,
            "#if __BYTE_ORDER__ != __ORDER_%s_ENDIAN__\n"
            "#error \"the filter is for machines of the other byte order\"\n"
            "#endif\n",
            input->big_endian ? "BIG" : "LITTLE");
    put_c_array(file, input);
    fputs("\n/*\n"
          " * Puts this process, all of its threads, under the filter for good. 0, or a negative "
          "errno;\n"
          " * -ESRCH: a thread is under another filter already, and nothing has changed but "
          "no_new_privs.\n"
          " */\n"
          "int load_filter(void);\n"
          "int load_filter(void)\n{\n"
          "    struct sock_fprog program = {sizeof filter / sizeof *filter,\n"
          "                                 (struct sock_filter *)(uintptr_t)filter};\n"
          "    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))\n"
          "        return -errno;\n"
          "    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,\n"
          "                          SECCOMP_FILTER_FLAG_TSYNC, &program);\n"
          "    if (result > 0) /* the thread that couldn't follow */\n"
          "        return -ESRCH;\n"
          "    return result < 0 ? -errno : 0;\n}\n",
          file);
}

/* ---- machines by the names that compilers give them ---- */

static const struct machine {
    enum cordon_abi_id abi;
    const char *rust; /* NULL: it isn't a target */
    const char *go;
} machines[] = {
    {CORDON_ABI_X86_64, "x86_64", "amd64"},
    {CORDON_ABI_I386, "x86", "386"},
    {CORDON_ABI_ARM, "arm", "arm"},
    {CORDON_ABI_AARCH64, "aarch64", "arm64"},
    {CORDON_ABI_RISCV64, "riscv64", "riscv64"},
    {CORDON_ABI_LOONGARCH64, "loongarch64", "loong64"},
    {CORDON_ABI_PPC, "powerpc", NULL},
    {CORDON_ABI_PPC64, "powerpc64", "ppc64"},
    {CORDON_ABI_PPC64LE, NULL, "ppc64le"}, /* Rust: powerpc64, whose number is the same */
    {CORDON_ABI_S390X, "s390x", "s390x"},
    {CORDON_ABI_MIPS, "mips", "mips"},
    {CORDON_ABI_MIPSEL, NULL, "mipsle"},
    {CORDON_ABI_MIPS64, "mips64", "mips64"},
    {CORDON_ABI_MIPSEL64, NULL, "mips64le"},
};
#define MACHINES (sizeof machines / sizeof *machines)

static uint32_t seccomp_nr(const struct machine *machine)
{
    return cordon_syscall_nr(cordon_abi(machine->abi), cordon_syscall_id("seccomp", 7));
}

/* ---- Rust ---- */

static void put_rust_number(FILE *file)
{
    fputs("const SYS_SECCOMP: c_long = ", file);
    for (size_t i = 0; i < MACHINES; i++)
        if (machines[i].rust)
            fprintf(file, "if cfg!(target_arch = \"%s\") {\n    %u\n} else ", machines[i].rust,
                    seccomp_nr(&machines[i]));
    fputs("{\n    panic!(\"no number of seccomp(2) is known here\")\n};\n", file);
}

void source_rust(FILE *file, const struct input *input)
{
    put_title(file, "//! ", input,
              ".\n//! It needs no crate, and Rust 1.82.\n\n"
              "use std::ffi::{c_int, c_long, c_ulong};\n"
              "use std::io::{Error, ErrorKind, Result};\n\n");
    fprintf(file,
            "#[cfg(not(target_endian = \"%s\"))]\n"
            "compile_error!(\"the filter is for machines of the other byte order\");\n\n",
            input->big_endian ? "big" : "little");
    fputs("#[repr(C)]\n#[derive(Clone, Copy)]\n"
          "pub struct SockFilter {\n"
          "    pub code: u16,\n    pub jt: u8,\n    pub jf: u8,\n    pub k: u32,\n}\n\n"
          "#[repr(C)]\nstruct SockFprog {\n    len: u16,\n    filter: *const SockFilter,\n}\n\n"
          "const fn insn(code: u16, jt: u8, jf: u8, k: u32) -> SockFilter {\n"
          "    SockFilter { code, jt, jf, k }\n}\n\n",
          file);
    fprintf(file, "pub static FILTER: [SockFilter; %u] = [\n", input->program.length);
    put_insns(file, input, &rust_row);
    fputs("];\n\nconst PR_SET_NO_NEW_PRIVS: c_int = 38;\n"
          "const SECCOMP_SET_MODE_FILTER: c_ulong = 1;\n"
          "const SECCOMP_FILTER_FLAG_TSYNC: c_ulong = 1;\n",
          file);
    put_rust_number(file);
    fputs("\nunsafe extern \"C\" {\n"
          "    fn prctl(option: c_int, ...) -> c_int;\n"
          "    fn syscall(number: c_long, ...) -> c_long;\n}\n\n"
          "/// Puts this process, all of its threads, under the filter for good. An error of "
          "another kind\n"
          "/// than the kernel's: a thread is under another filter already.\n"
          "pub fn load_filter() -> Result<()> {\n"
          "    let program = SockFprog {\n"
          "        len: FILTER.len() as u16,\n"
          "        filter: FILTER.as_ptr(),\n"
          "    };\n"
          "    let (one, none): (c_ulong, c_ulong) = (1, 0);\n"
          "    // SAFETY: the kernel copies the program, which outlives the calls.\n"
          "    let result = unsafe {\n"
          "        if prctl(PR_SET_NO_NEW_PRIVS, one, none, none, none) != 0 {\n"
          "            return Err(Error::last_os_error());\n"
          "        }\n"
          "        syscall(\n"
          "            SYS_SECCOMP,\n"
          "            SECCOMP_SET_MODE_FILTER,\n"
          "            SECCOMP_FILTER_FLAG_TSYNC,\n"
          "            &program as *const SockFprog,\n"
          "        )\n"
          "    };\n"
          "    match result {\n"
          "        0 => Ok(()),\n"
          "        -1 => Err(Error::last_os_error()),\n"
          "        _ => Err(Error::new(\n"
          "            ErrorKind::Other,\n"
          "            format!(\"thread {result} is under another filter\"),\n"
          "        )),\n"
          "    }\n}\n",
          file);
}

/* ---- Go ---- */

static void put_go_numbers(FILE *file, bool big_endian)
{
    fputs("// The number of seccomp(2), which package syscall is too old to know, on the machines "
          "of the\n"
          "// filter's byte order.\n"
          "var seccompNumber = map[string]uintptr{\n",
          file);
    for (size_t i = 0; i < MACHINES; i++)
        if (machines[i].go && cordon_abi(machines[i].abi)->big_endian == big_endian)
            fprintf(file, "\t\"%s\":%*s %u,\n", machines[i].go, 8 - (int)strlen(machines[i].go), "",
                    seccomp_nr(&machines[i]));
    fputs("}\n", file);
}

void source_go(FILE *file, const struct input *input)
{
    fputs("//go:build linux\n\n", file);
    put_title(file, "// Package filter: see Load.\n//\n// ", input,
              "\n// It needs the package syscall only.\npackage filter\n\n"
              "import (\n\t\"errors\"\n\t\"runtime\"\n\t\"syscall\"\n\t\"unsafe\"\n)\n\n"
              "// Filter is the program, as seccomp(2) takes it.\n"
              "var Filter = []syscall.SockFilter{\n");
    put_insns(file, input, &go_row);
    fputs("}\n\nconst (\n"
          "\tprSetNoNewPrivs = 38\n"
          "\tsetModeFilter   = 1\n"
          "\tflagTsync       = 1\n)\n\n",
          file);
    put_go_numbers(file, input->big_endian);
    fputs("\n// Load puts this process, all of its threads, under the filter for good.\n"
          "func Load() error {\n"
          "\tnumber, known := seccompNumber[runtime.GOARCH]\n"
          "\tif !known {\n"
          "\t\treturn errors.New(\"the filter isn't for this machine\")\n"
          "\t}\n"
          "\tprogram := syscall.SockFprog{Len: uint16(len(Filter)), Filter: &Filter[0]}\n"
          "\t// Both calls must be made by one thread: no_new_privs is a thread's.\n"
          "\truntime.LockOSThread()\n"
          "\tdefer runtime.UnlockOSThread()\n"
          "\tif _, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, prSetNoNewPrivs, 1, 0, 0, 0, "
          "0); errno != 0 {\n"
          "\t\treturn errno\n"
          "\t}\n"
          "\tthread, _, errno := syscall.RawSyscall(number, setModeFilter, flagTsync, "
          "uintptr(unsafe.Pointer(&program)))\n"
          "\tif errno != 0 {\n"
          "\t\treturn errno\n"
          "\t}\n"
          "\tif thread != 0 {\n"
          "\t\treturn errors.New(\"a thread is under another filter\")\n"
          "\t}\n"
          "\treturn nil\n"
          "}\n",
          file);
}
