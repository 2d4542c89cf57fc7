/* SPDX-License-Identifier: MIT */
/* source_rust.c: writes a program as Rust, with a function that loads it. */
#include "source.h"

static const char types[] =
    "#[repr(C)]\n#[derive(Clone, Copy)]\n"
    "pub struct SockFilter {\n"
    "    pub code: u16,\n    pub jt: u8,\n    pub jf: u8,\n    pub k: u32,\n}\n\n"
    "#[repr(C)]\nstruct SockFprog {\n    len: u16,\n    filter: *const SockFilter,\n}\n\n"
    "const fn insn(code: u16, jt: u8, jf: u8, k: u32) -> SockFilter {\n"
    "    SockFilter { code, jt, jf, k }\n}\n\n";

static const char constants[] = "\nconst PR_SET_NO_NEW_PRIVS: c_int = 38;\n"
                                "const SECCOMP_SET_MODE_FILTER: c_ulong = 1;\n"
                                "const SECCOMP_FILTER_FLAG_TSYNC: c_ulong = 1;\n";

static const char loader[] =
    "\nunsafe extern \"C\" {\n"
    "    fn prctl(option: c_int, ...) -> c_int;\n"
    "    fn syscall(number: c_long, ...) -> c_long;\n}\n\n"
    "/// Puts all threads of this process under the filter, for good. An error that isn't from "
    "the\n"
    "/// kernel: a thread is already under another filter. Errno 524: the kernel's BPF compiler "
    "refuses\n"
    "/// the filter, for instance as it is too long for 32-bit ARM.\n"
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
    "    }\n}\n";

static void put_head(struct cordon_sink *sink, const struct cordon_program_source *source)
{
    put_title(sink, "//! ", source,
              ".\n//! It needs no crate, and Rust 1.82.\n\n"
              "use std::ffi::{c_int, c_long, c_ulong};\n"
              "use std::io::{Error, ErrorKind, Result};\n\n");
    cordon_sink_text(sink, source->big_endian ? "#[cfg(not(target_endian = \"big\"))]\n"
                                              : "#[cfg(not(target_endian = \"little\"))]\n");
    cordon_sink_text(sink,
                     "compile_error!(\"the filter is for machines of the other byte order\");\n\n");
}

static void put_array(struct cordon_sink *sink, const struct cordon_program_source *source)
{
    static const struct row row = {{"    insn(", ", ", ", ", ", ", "),"}, {" // ", "\n"}};
    cordon_sink_text(sink, "pub static FILTER: [SockFilter; ");
    cordon_sink_decimal(sink, source->program->length);
    cordon_sink_text(sink, "] = [\n");
    put_insns(sink, source, &row);
    cordon_sink_text(sink, "];\n");
}

static void put_seccomp_number(struct cordon_sink *sink)
{
    cordon_sink_text(sink, "const SYS_SECCOMP: c_long = ");
    for (size_t i = 0; i < MACHINES; i++) {
        if (!machines[i].rust)
            continue;
        cordon_sink_text(sink, "if cfg!(target_arch = \"");
        cordon_sink_text(sink, machines[i].rust);
        cordon_sink_text(sink, "\") {\n    ");
        cordon_sink_decimal(sink, seccomp_nr(&machines[i]));
        cordon_sink_text(sink, "\n} else ");
    }
    cordon_sink_text(sink, "{\n    panic!(\"the number of seccomp(2) isn't known here\")\n};\n");
}

enum cordon_error write_rust(struct cordon_sink *sink, const struct cordon_program_source *source,
                             const struct cordon_allocator *allocator)
{
    (void)allocator;
    put_head(sink, source);
    cordon_sink_text(sink, types);
    put_array(sink, source);
    cordon_sink_text(sink, constants);
    put_seccomp_number(sink);
    cordon_sink_text(sink, loader);
    return CORDON_OK;
}
