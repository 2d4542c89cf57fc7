# SPDX-License-Identifier: MIT
"""Reads the kernel's tables, headers and definitions of system calls, for import_syscalls.py."""
import gzip
import re
import subprocess
from pathlib import Path

# ABI: header with the numbers, and how to find the entry points: table file, ABI words, column of the entry.
ABIS = {
    "x86_64": ("x86_64-linux-gnu", "unistd_64.h", "arch/x86/entry/syscalls/syscall_64.tbl", "common 64", 3),
    "i386": ("x86_64-linux-gnu", "unistd_32.h", "arch/x86/entry/syscalls/syscall_32.tbl", "i386", 3),
    "x32": ("x86_64-linux-gnu", "unistd_x32.h", "arch/x86/entry/syscalls/syscall_64.tbl", "common x32", 3),
    "arm": ("arm-linux-gnueabihf", "unistd.h", "arch/arm/tools/syscall.tbl", "common eabi", 3),
    "aarch64": ("aarch64-linux-gnu", "unistd.h", None, None, 3),
    "riscv64": ("riscv64-linux-gnu", "unistd.h", None, None, 3),
    "loongarch64": (None, "unistd.h", None, None, 3),
    "ppc": ("powerpc-linux-gnu", "unistd_32.h", "arch/powerpc/kernel/syscalls/syscall.tbl", "common nospu 32", 3),
    "ppc64": ("powerpc64-linux-gnu", "unistd_64.h", "arch/powerpc/kernel/syscalls/syscall.tbl", "common nospu 64", 3),
    "ppc64le": ("powerpc64le-linux-gnu", "unistd_64.h", "arch/powerpc/kernel/syscalls/syscall.tbl", "common nospu 64", 3),
    "s390": ("s390x-linux-gnu", "unistd_32.h", "arch/s390/kernel/syscalls/syscall.tbl", "common 32", 4),
    "s390x": ("s390x-linux-gnu", "unistd_64.h", "arch/s390/kernel/syscalls/syscall.tbl", "common 64", 3),
    "mips": ("mips-linux-gnu", "unistd_o32.h", "arch/mips/kernel/syscalls/syscall_o32.tbl", "o32", 3),
    "mipsel": ("mipsel-linux-gnu", "unistd_o32.h", "arch/mips/kernel/syscalls/syscall_o32.tbl", "o32", 3),
    "mips64": ("mips64-linux-gnuabi64", "unistd_n64.h", "arch/mips/kernel/syscalls/syscall_n64.tbl", "n64", 3),
    "mipsel64": ("mips64el-linux-gnuabi64", "unistd_n64.h", "arch/mips/kernel/syscalls/syscall_n64.tbl", "n64", 3),
    "mips64n32": ("mips64-linux-gnuabin32", "unistd_n32.h", "arch/mips/kernel/syscalls/syscall_n32.tbl", "n32", 3),
    "mipsel64n32": ("mips64el-linux-gnuabin32", "unistd_n32.h", "arch/mips/kernel/syscalls/syscall_n32.tbl", "n32", 3),
    "parisc": ("hppa-linux-gnu", "unistd_32.h", "arch/parisc/kernel/syscalls/syscall.tbl", "common 32", 3),
    "parisc64": ("hppa-linux-gnu", "unistd_64.h", "arch/parisc/kernel/syscalls/syscall.tbl", "common 64", 3),
    "sh": ("sh4-linux-gnu", "unistd_32.h", "arch/sh/kernel/syscalls/syscall.tbl", "common", 3),
    "sheb": ("sh4-linux-gnu", "unistd_32.h", "arch/sh/kernel/syscalls/syscall.tbl", "common", 3),
    "m68k": ("m68k-linux-gnu", "unistd_32.h", "arch/m68k/kernel/syscalls/syscall.tbl", "common", 3),
}
BASE = {"mips": 4000, "mipsel": 4000, "mips64": 5000, "mipsel64": 5000, "mips64n32": 6000, "mipsel64n32": 6000}
BITS32 = {"i386", "arm", "ppc", "s390", "mips", "mipsel", "parisc", "sh", "sheb", "m68k"}
BIG = {"ppc", "ppc64", "s390", "s390x", "mips", "mips64", "mips64n32", "parisc", "parisc64", "sheb", "m68k"}
# 64-bit arguments start at an even register
ALIGNED = {"arm", "mips", "mipsel", "ppc"}

# Where an architecture's own definitions are.
FOLDER = {"x86_64": "x86", "i386": "x86", "x32": "x86", "arm": "arm", "aarch64": "arm64", "riscv64": "riscv",
          "loongarch64": "loongarch", "ppc": "powerpc", "ppc64": "powerpc", "ppc64le": "powerpc", "s390": "s390",
          "s390x": "s390", "mips": "mips", "mipsel": "mips", "mips64": "mips", "mipsel64": "mips",
          "mips64n32": "mips", "mipsel64n32": "mips", "parisc": "parisc", "parisc64": "parisc", "sh": "sh",
          "sheb": "sh", "m68k": "m68k"}


def uncommented(path):
    return re.sub(r"/\*.*?\*/|//[^\n]*", " ", path.read_text(errors="replace"), flags=re.S)


def read_defines(source):
    """SYSCALL_DEFINE…(name, type, argument, …) everywhere: {entry point: [(path, [(type, argument)])]}."""
    found = {}
    pattern = re.compile(r"^(COMPAT_SYSCALL_|PPC32_SYSCALL_|SYSCALL_)DEFINE(\d)\(([^()]*(?:\([^()]*\)[^()]*)*)\)", re.M)
    files = subprocess.run(["grep", "-rlE", "SYSCALL_DEFINE[0-9]", str(source), "--include=*.c"],
                           capture_output=True, text=True, check=True).stdout.split()
    for path in files:
        if "/um/" in path or "/tools/" in path:
            continue
        for prefix, count, inside in pattern.findall(uncommented(Path(path))):
            inside = re.sub(r"(?:SC_ARG64|arg_u32p|compat_arg_u64(?:_dual)?)\((\w+)\)", r"u32, \1_0, u32, \1_1", inside)
            parts = [" ".join(part.split()) for part in inside.split(",")]
            if len(parts) != 1 + 2 * int(count):
                raise ValueError(f"{path}: {parts}")
            entry = ("compat_sys_" if prefix.startswith("COMPAT") else "sys_") + parts[0]
            found.setdefault(entry, []).append((path[len(str(source)) + 1:], list(zip(parts[1::2], parts[2::2]))))
    return found


def read_function(source, abi, entry):
    """An entry point that is a plain C function of the architecture: [(type, argument)], or None."""
    for path in sorted((source / "arch" / FOLDER[abi]).rglob("*.c")):
        match = re.search(rf"^[\w \t\n]*\b{entry}\s*\(([^()]*)\)\s*\{{", uncommented(path), flags=re.M)
        if match:
            inside = " ".join(match.group(1).split())
            if inside in ("", "void") or "pt_regs" in inside:
                return []
            return [re.match(r"(.*?)(\w+)$", part.strip()).groups() for part in inside.split(",")]
    return None


def definition_of(source, abi, entry, defines):
    """The kernel's definition of an entry point on an ABI; the architecture's own comes first."""
    own = f"arch/{FOLDER[abi]}/"
    for name in (entry, f"compat_{entry}"):
        found = defines.get(name, [])
        for path, arguments in sorted(found, key=lambda item: not item[0].startswith(own)):
            if path.startswith(own) or not path.startswith("arch/"):
                return [(kind.strip(), argument) for kind, argument in arguments]
    arguments = read_function(source, abi, entry)
    return None if arguments is None else [(kind.strip(), argument) for kind, argument in arguments]


def read_man_versions():
    """syscalls(2)'s table: {call: first version}."""
    text = gzip.decompress(Path("/usr/share/man/man2/syscalls.2.gz").read_bytes()).decode()
    return dict(re.findall(r"^\\fB(\w+)\\fP\(2\)\t(\d+\.\d+)", text, flags=re.M))


def header_numbers(abi, source):
    triplet, header = ABIS[abi][:2]
    numbers = {}
    if triplet is None:
        command = ["gcc", "-E", "-dM", "-nostdinc", "-D__BITS_PER_LONG=64", "-D__LP64__",
                   f"-I{source}/arch/{abi[:9]}/include/uapi", f"-I{source}/include/uapi", "-include",
                   "asm/unistd.h", "-x", "c", "/dev/null", "-isystem", "/usr/riscv64-linux-gnu/include"]
    else:
        path = f"/usr/{triplet}/include"
        if triplet == "x86_64-linux-gnu":
            path = "/usr/include/x86_64-linux-gnu"
        bits = ["-D__LP64__"] if abi not in BITS32 else ["-U__LP64__"]
        extra = {"arm": ["-D__ARM_EABI__"]}.get(abi, [])
        command = ["gcc", "-E", "-dM", "-nostdinc", *bits, *extra, f"-I{path}", "-I/usr/include", "-include",
                   f"asm/{header}", "-x", "c", "/dev/null"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    defines = dict(re.findall(r"^#define (\w+) (.+)$", text, flags=re.M))

    def value(expression):
        expression = expression.strip()
        for _ in range(20):
            new = re.sub(r"\b(__\w+)\b", lambda m: "(" + defines.get(m.group(1), "0") + ")", expression)
            if new == expression:
                break
            expression = new
        return eval(expression, {})  # only digits, + and parentheses are left

    for macro, expression in defines.items():
        match = re.match(r"__(?:ARM_)?NR(?:3264)?_(\w+)$", macro)
        name = match and match.group(1)
        if not name or name in ("syscalls", "SYSCALL_BASE", "Linux", "arch_specific_syscall", "SYSCALL_MASK") \
                or name.startswith(("Linux", "N32_", "O32_", "64_", "compat_", "BASE", "OABI_", "SYSCALL")):
            continue
        if macro.startswith("__NR3264_") and f"__NR_{name}" in defines:
            continue
        if macro.startswith("__NR3264_"):
            continue
        numbers[name] = value(expression)
    if abi == "x32":
        numbers = {name: number & ~0x40000000 for name, number in numbers.items()}
    base = BASE.get(abi, 0)  # in these headers asm/unistd.h defines it
    return {name: number + base for name, number in numbers.items() if number >= 0}


def entry_points(abi, source):
    table, words, column = ABIS[abi][2:]
    entries = {}
    if table is None:
        text = (source / "include/uapi/asm-generic/unistd.h").read_text()
        text = text.replace("\\\n", " ")
        for number, native in re.findall(r"__SYSCALL\((\w+),\s*(\w+)\)", text):
            entries[re.sub(r"^__NR(3264)?_", "", number)] = native
        for number, native in re.findall(r"__SC_COMP\((\w+),\s*(\w+),", text):
            entries[re.sub(r"^__NR(3264)?_", "", number)] = native
        for number, _, native in re.findall(r"__SC_3264\((\w+),\s*(\w+),\s*(\w+)\)", text):
            entries[re.sub(r"^__NR(3264)?_", "", number)] = native
        for number, _, native in re.findall(r"__SC_COMP_3264\((\w+),\s*(\w+),\s*(\w+),", text):
            entries[re.sub(r"^__NR(3264)?_", "", number)] = native
        entries["newfstatat"] = entries.get("fstatat", "sys_newfstatat")
        return entries
    for line in (source / table).read_text().splitlines():
        fields = line.split("#")[0].split()
        if len(fields) < 4 or fields[1] not in words.split():
            continue
        at = column if len(fields) > column and fields[column] != "-" else 3
        entries[fields[2]] = fields[at]
    return entries
