#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes src/abi/syscalls.tsv from the kernel's own tables, headers and definitions.

A maintainer's tool, not part of the build: the table it writes is committed and is what the build
reads. It needs Debian's linux-source-6.1 unpacked (first argument), the linux-libc-dev packages of the
other architectures, and manpages-dev; facts that these don't have are in call_facts.py.

  tools/abi/import_syscalls.py /path/to/linux-source-6.1 > src/abi/syscalls.tsv
"""
import re
import sys
from pathlib import Path

import call_facts as facts
from kernel_source import (ABIS, ALIGNED, BASE, BIG, BITS32, definition_of, entry_points, header_numbers,
                           read_defines, read_man_versions)

TYPES = {
    "s32": "int pid_t key_t mqd_t clockid_t timer_t key_serial_t rwf_t int32_t s32 __s32 compat_int_t compat_long_t "
           "compat_pid_t compat_key_t compat_time_t compat_timer_t compat_off_t compat_clockid_t compat_ssize_t",
    "u32": "unsigned unsigned_int uint u32 __u32 uint32_t uid_t gid_t qid_t compat_ulong_t compat_size_t compat_uint_t "
           "compat_uptr_t compat_aio_context_t compat_sigset_t",
    "u16": "umode_t old_uid_t old_gid_t compat_mode_t",
    "long": "long ssize_t off_t",
    "ulong": "unsigned_long size_t aio_context_t old_sigset_t uintptr_t",
    "wide": "loff_t u64 __u64",
}
TYPE_OF = {word: kind for kind, words in TYPES.items() for word in words.split()}
POINTER_TYPES = {"cap_user_header_t", "const cap_user_data_t", "cap_user_data_t", "__sighandler_t"}

# Entry points in assembler, and those that take their registers from the saved ones: the kernel's C
# definition under another name, or the arguments here. Wrappers without arguments restart or return.
SAME_AS = {
    "sys_fstatfs64_wrapper": "sys_fstatfs64", "sys_statfs64_wrapper": "sys_statfs64",
    "sys_clone3_wrapper": "sys_clone3", "__sys_clone3": "sys_clone3", "sys_arm_fadvise64_64": "sys_arm_fadvise64_64",
    "compat_sys_fanotify_mark": "sys_fanotify_mark", "__sys_sysmips": "sys_sysmips",
    "compat_sys_lookup_dcookie": "sys_lookup_dcookie", "compat_sys_s390_ipc": "sys_s390_ipc",
}
NO_ARGUMENTS = {"sys_rt_sigreturn_wrapper", "sys_sigreturn_wrapper", "sys_fork_wrapper", "sys_vfork_wrapper", "__sys_fork",
                "__sys_vfork", "sysn32_rt_sigreturn", "sys_rt_sigreturn", "sys_sigreturn", "compat_sys_rt_sigreturn",
                "compat_sys_sigreturn", "sys32_rt_sigreturn", "sys_syscall"}

MMAP = [("unsigned long", "addr"), ("unsigned long", "len"), ("unsigned long", "prot"), ("unsigned long", "flags"),
        ("unsigned long", "fd"), ("unsigned long", "offset")]
FADVISE_FIRST = [("int", "fd"), ("int", "advice"), ("loff_t", "offset"), ("loff_t", "len")]
IPC = [("unsigned int", "call"), ("int", "first"), ("unsigned long", "second"), ("unsigned long", "third"),
       ("void *", "ptr"), ("long", "fifth")]
STRUCT = [("void *", "args")]
# Calls whose definition isn't found by the name of their entry, or that are gone from this kernel.
BY_HAND = {
    ("lookup_dcookie", None): [("u64", "cookie"), ("char *", "buf"), ("size_t", "len")],
    ("mmap2", "arm"): [*MMAP[:5], ("unsigned long", "pgoff")],
    ("cacheflush", "arm"): [("unsigned long", "start"), ("unsigned long", "end"), ("unsigned int", "flags")],
    ("set_tls", "arm"): [("unsigned long", "addr")],
    ("arm_fadvise64_64", "arm"): FADVISE_FIRST, ("fadvise64_64", "ppc"): FADVISE_FIRST,
    # Multiplexed by a structure in memory.
    ("mmap", "i386"): STRUCT, ("mmap", "s390"): STRUCT, ("mmap", "s390x"): STRUCT, ("mmap", "m68k"): STRUCT,
    ("mmap2", "s390"): STRUCT, ("fadvise64_64", "s390"): STRUCT,
    # ppc took the five arguments of select in registers before 6.1, a structure since.
    ("select", "i386"): STRUCT, ("select", "m68k"): STRUCT, ("select", "ppc"): STRUCT,
    ("socketcall", None): [("int", "call"), ("unsigned long *", "args")],
    ("ipc", None): IPC, ("ipc", "s390"): IPC[:5], ("ipc", "s390x"): IPC[:5],
    ("_sysctl", None): [("struct *", "args")],
    ("nfsservctl", None): [("int", "cmd"), ("struct *", "arg"), ("void *", "res")],
    ("pciconfig_iobase", None): [("long", "which"), ("unsigned long", "bus"), ("unsigned long", "devfn")],
}
# The order of clone's arguments: arch/*/Kconfig, CLONE_BACKWARDS and CLONE_BACKWARDS2.
CLONE_BACKWARDS = {"i386", "arm", "aarch64", "mips", "mipsel", "mips64", "mipsel64", "mips64n32", "mipsel64n32",
                   "ppc", "ppc64", "ppc64le", "riscv64", "parisc", "parisc64"}
CLONE_BACKWARDS2 = {"s390", "s390x"}
# OLD_SIGSUSPEND: one argument; elsewhere OLD_SIGSUSPEND3, and mips has its own.
SIGSUSPEND1 = {"ppc", "ppc64", "ppc64le", "sh", "sheb"}


def clone_definition(abi):
    flags, stack = ("unsigned long", "flags"), ("unsigned long", "stack")
    parent, child, tls = ("int *", "parent_tidptr"), ("int *", "child_tidptr"), ("unsigned long", "tls")
    if abi in CLONE_BACKWARDS2:
        return [stack, flags, parent, child, tls]
    return [flags, stack, parent, tls, child] if abi in CLONE_BACKWARDS else [flags, stack, parent, child, tls]


def sigsuspend_definition(abi):
    if abi.startswith("mips"):
        return [("sigset_t *", "uset")]
    mask = ("old_sigset_t", "mask")
    return [mask] if abi in SIGSUSPEND1 else [("int", "unused1"), ("int", "unused2"), mask]


def find_definition(name, abi, entry, kernel):
    """[(C type, argument)] as the kernel of this ABI takes them, or None: the kernel no longer has this code."""
    if name == "clone":
        return clone_definition(abi)
    if name == "sigsuspend":
        return sigsuspend_definition(abi)
    for key in ((name, abi), (name, None)):
        if key in BY_HAND:
            return BY_HAND[key]
    if entry in NO_ARGUMENTS:
        return []
    if not entry or entry == "sys_ni_syscall":
        return None
    return definition_of(kernel["source"], abi, SAME_AS.get(entry, entry), kernel["defines"])


def type_of(text):
    """u16 … ptr, or wide: 64 bits on every ABI."""
    if "*" in text or "__user" in text or text in POINTER_TYPES:
        return "ptr"
    if text.startswith(("enum ", "const enum ")):
        return "u32"
    return TYPE_OF["_".join(text.replace("const ", "").split())]


def base_call(name):
    """The call of which this is a variant with another width: timer_settime64 → timer_settime."""
    return re.sub(r"(_time64|64_64|64|32)$", "", name) if name not in facts.OWN_FAMILY else name


def spellings(name):
    return (name, base_call(name), "*")


def shown_name(call, argument):
    argument = argument if re.match(r"_(type|description|payload|callout_info|key|value)$", argument) else argument.lstrip("_")
    for spelling in spellings(call):
        if (spelling, argument) in facts.NAMES:
            return facts.NAMES[spelling, argument]
    return argument


def pointer_kind(call, name, text, following):
    if any((spelling, name) in facts.NOT_STRINGS for spelling in spellings(call)):
        return "buffer" if following in facts.SIZES else "pointer"
    if "char" in text and any((spelling, name) in facts.STRINGS for spelling in spellings(call)):
        return "string"
    if "char" in text and name in facts.PATHS:
        return "path"
    return "buffer" if name in facts.BUFFERS and following in facts.SIZES else "pointer"


KINDS = [("fd", facts.FDS), ("size", facts.SIZES), ("offset", facts.OFFSETS), ("uid", facts.UIDS), ("gid", facts.GIDS),
         ("pid", facts.PIDS), ("address", facts.ADDRESSES), ("signal", facts.SIGNALS), ("mode", facts.MODES),
         ("device", facts.DEVICES)]


def kind_of(call, raw, name, text, following):
    pointer = type_of(text) == "ptr" or text == "compat_uptr_t"
    if pointer:
        return pointer_kind(call, name, text, following)
    if (call, name) in facts.PLAIN:
        return "int"
    for spelling in spellings(call):
        for word in (raw, name):
            if (spelling, word) in facts.SETS:
                return facts.SETS[spelling, word]
    return next((kind for kind, names in KINDS if name in names), "int")


def width_of(call, name, kind, what):
    for spelling in spellings(call):
        if (spelling, name) in facts.NARROWER:
            return facts.NARROWER[spelling, name]
    return "u32" if what == "fd" and kind == "ulong" else kind


def describe(call, definition):
    """[(name, type, kind)]; the type may be wide."""
    names = [shown_name(call, argument) for _, argument in definition]
    out = []
    for i, (text, raw) in enumerate(definition):
        following = names[i + 1] if i + 1 < len(names) else None
        kind = kind_of(call, raw, names[i], text, following)
        out.append((names[i], width_of(call, names[i], type_of(text), kind), kind))
    return out


def split_wide(arguments, abi):
    """64-bit arguments in registers of 32 bits: pairs, at an even register where the ABI wants it."""
    out = []
    for name, kind, what in arguments:
        if kind != "wide":
            out.append((name, kind, what))
            continue
        if abi in ALIGNED and len(out) % 2:
            out.append(("pad", "u32", "int"))
        halves = ("hi", "lo") if abi in BIG else ("lo", "hi")
        out += [(f"{name}_{half}", "u32", what) for half in halves]
    return out[:6]  # mips o32: the others are on the stack, where filters can't see them


# Each architecture has its own call of this name.
SEPARATE = {"clone", "ipc", "cacheflush", "set_thread_area", "get_thread_area"}


def is_pointer(argument):
    return argument[2] in ("pointer", "path", "string", "buffer")


def on_abi(name, abi, own, common):
    """The arguments as registers of the ABI: widths of its own definition, names of the common one."""
    if own is None:
        return None
    if abi in BITS32 and common and any(kind == "wide" for _, kind, _ in common):
        own_way = [argument for argument in own if argument[1] == "wide" or (name, abi) in BY_HAND]
        arguments = split_wide(common if not own_way else own, abi)
        check_split(name, abi, own, arguments)
        return arguments
    if common and len(own) == len(common) and name not in SEPARATE:
        own = [(theirs[0], mine[1], theirs[2]) if is_pointer(mine) == is_pointer(theirs) else mine
               for mine, theirs in zip(own, common)]
    if abi in BITS32:
        return split_wide(own, abi)
    return [(argument, {"wide": "long" if what in ("offset", "size") else "ulong"}.get(kind, kind), what)
            for argument, kind, what in own]


def half_of(name):
    found = re.search(r"hi(?=gh|_|$)|lo(?=w|_|$)", name)
    return found and found.group()


def check_split(name, abi, own, arguments):
    """Checks that the architecture's own wrapper, if it has one, takes these registers."""
    if any(kind == "wide" for _, kind, _ in own):
        return
    halves = [(half_of(mine[0]), half_of(theirs[0])) for mine, theirs in zip(own, arguments)]
    told = any(mine for mine, _ in halves)
    if len(own) != len(arguments) or told and any(mine != theirs for mine, theirs in halves):
        print(f"check: {name} on {abi}: wrapper {own}, we {arguments}", file=sys.stderr)


def text_of(arguments):
    return " ".join(":".join(argument) for argument in arguments)


def newer_arguments(call, text):
    """An entry of call_facts.NEWER with the names that policies use."""
    return [(shown_name(call, name), kind, what) for name, kind, what in
            (argument.split(":") for argument in text.split())]


# Without x32: it has no call of its own, and its preadv has other arguments than on all other ABIs. ppc's
# fadvise64_64 has too.
ORDER = ["x86_64", "aarch64", "i386", *(abi for abi in ABIS if abi not in ("x86_64", "aarch64", "i386", "x32", "ppc")), "ppc"]
NOT_CALLS = re.compile(r"(unused|reserved)\d+$|arm_sync_file_range$")


def read_calls(source):
    """{abi: {name: number}} and {(name, abi): [(name, type, kind)] or None}."""
    kernel = {"source": source, "defines": read_defines(source)}
    numbers, own = {}, {}
    for abi in ABIS:
        entries = entry_points(abi, source)
        found = header_numbers(abi, source)
        numbers[abi] = {name: number for name, number in found.items() if not NOT_CALLS.match(name)}
        for name in numbers[abi]:
            entry = entries.get(name) or "sys_" + name
            definition = find_definition(name, abi, entry, kernel)
            own[name, abi] = None if definition is None else describe(name, definition)
    return numbers, own


def add_newer(numbers, arguments, versions):
    for name, number, since, text in facts.NEWER:
        versions[name] = since
        for abi in ABIS:
            numbers[abi][name] = number + BASE.get(abi, 0)
            arguments[name, abi] = newer_arguments(name, text)
    for abi, name, number, since, text in facts.NEWER_ON_ONE:
        if versions.setdefault(name, since) != since:
            facts.SINCE_ABI[name, abi] = since
        numbers[abi][name] = number
        arguments[name, abi] = newer_arguments(name, text)


def common_of(name, own):
    """The arguments that give the names, and the kinds: best where 64-bit ones are whole, on a 64-bit ABI."""
    known = [own[name, abi] for abi in ORDER if own.get((name, abi)) is not None]
    whole = [arguments for arguments in known if any(kind == "wide" for _, kind, _ in arguments)]
    return next(iter(whole + known), None)


def version_of(name, versions):
    if name in versions:
        return versions[name]
    return "5.1" if re.search(r"_time64$|^(clock|timer|timerfd)_.*64$", name) else "0"


def write_calls(names, numbers, arguments, versions):
    """The rows; gives the exceptions: (call, arguments, ABIs)."""
    exceptions = []
    for name in names:
        default = text_of(common_of(name, arguments) or [])
        print("\t".join([name, version_of(name, versions), *(str(numbers[abi].get(name, "-")) for abi in ABIS), default]))
        differing = {}
        for abi in ABIS:
            have = arguments.get((name, abi))
            if name in numbers[abi] and have is not None and text_of(have) != default:
                differing.setdefault(text_of(have), []).append(abi)
        exceptions += [(name, text, abis) for text, abis in differing.items()]
    return exceptions


def write_late(numbers):
    late = {}
    for (name, abi), version in sorted(facts.SINCE_ABI.items()):
        if name in numbers[abi]:
            late.setdefault((name, version), []).append(abi)
    for (name, version), abis in late.items():
        print(f"since\t{name}\t{','.join(abis)}\t{version}")


def main():
    source = Path(sys.argv[1])
    versions = {**read_man_versions(), **facts.SINCE}
    numbers, own = read_calls(source)
    arguments = {(name, abi): on_abi(name, abi, mine, common_of(name, own)) for (name, abi), mine in own.items()}
    gone = sorted({name for name, _ in own if common_of(name, own) is None})
    add_newer(numbers, arguments, versions)
    names = sorted({name for abi in ABIS for name in numbers[abi]})
    print(HEADER)
    print("\t".join(["call", "since", *ABIS, "arguments"]))
    exceptions = write_calls(names, numbers, arguments, versions)
    print("# Where an ABI passes other arguments.")
    for name, text, abis in exceptions:
        print(f"args\t{name}\t{','.join(abis)}\t{text}")
    print("# Where a call came to an ABI later than to the others.")
    write_late(numbers)
    print("no definition anywhere:", " ".join(gone), file=sys.stderr)


HEADER = """# SPDX-License-Identifier: MIT
# System calls of Linux, one row per call: the version that added it (0: before 2.6 or unknown), its number on each
# ABI (x32: without bit 30), and its arguments as name:type:kind[=constant set]. Types are what the kernel reads
# of the register: u16 s32 u32, and as wide as the register: long ulong ptr. After the calls: exceptions.
# Columns are separated by tabs. Written by tools/abi/import_syscalls.py; correct it there or here."""

if __name__ == "__main__":
    main()
