# SPDX-License-Identifier: MIT
"""The kernel's headers for every ABI: where they are, of which version, and what they say.

A root is `/`, a folder in which a linux-libc-dev package is unpacked, or one with the headers of each architecture
in a folder of its own, as `make headers` writes them (ROOT/ARCH/include).
"""
import os
import re
import subprocess
from pathlib import Path

# ABI: the kernel's name of the architecture, Debian's triplet, header with the numbers, base that the header omits.
ABIS = {
    "x86_64": ("x86", "x86_64-linux-gnu", "unistd_64.h", 0), "i386": ("x86", "x86_64-linux-gnu", "unistd_32.h", 0),
    "x32": ("x86", "x86_64-linux-gnu", "unistd_x32.h", 0), "arm": ("arm", "arm-linux-gnueabihf", "unistd.h", 0),
    "aarch64": ("arm64", "aarch64-linux-gnu", "unistd.h", 0), "riscv64": ("riscv", "riscv64-linux-gnu", "unistd.h", 0),
    "loongarch64": ("loongarch", "loongarch64-linux-gnu", "unistd.h", 0),
    "ppc": ("powerpc", "powerpc-linux-gnu", "unistd_32.h", 0),
    "ppc64": ("powerpc", "powerpc64-linux-gnu", "unistd_64.h", 0),
    "ppc64le": ("powerpc", "powerpc64le-linux-gnu", "unistd_64.h", 0),
    "s390": ("s390", "s390x-linux-gnu", "unistd_32.h", 0), "s390x": ("s390", "s390x-linux-gnu", "unistd_64.h", 0),
    "mips": ("mips", "mips-linux-gnu", "unistd_o32.h", 4000), "mipsel": ("mips", "mipsel-linux-gnu", "unistd_o32.h", 4000),
    "mips64": ("mips", "mips64-linux-gnuabi64", "unistd_n64.h", 5000),
    "mipsel64": ("mips", "mips64el-linux-gnuabi64", "unistd_n64.h", 5000),
    "mips64n32": ("mips", "mips64-linux-gnuabin32", "unistd_n32.h", 6000),
    "mipsel64n32": ("mips", "mips64el-linux-gnuabin32", "unistd_n32.h", 6000),
    "parisc": ("parisc", "hppa-linux-gnu", "unistd_32.h", 0), "parisc64": ("parisc", "hppa-linux-gnu", "unistd_64.h", 0),
    "sh": ("sh", "sh4-linux-gnu", "unistd_32.h", 0), "sheb": ("sh", "sh4-linux-gnu", "unistd_32.h", 0),
    "m68k": ("m68k", "m68k-linux-gnu", "unistd_32.h", 0),
}
BITS64 = {"x86_64", "aarch64", "riscv64", "loongarch64", "ppc64", "ppc64le", "s390x", "mips64", "mipsel64", "parisc64"}
NOT_CALLS = re.compile(r"(syscalls?|SYSCALL_.*|Linux.*|arch_specific_syscall|BASE|O?ABI_.*|64_.*|N32_.*|O32_.*|"
                       r"compat_.*|(unused|reserved)\d+)$")


def folders(root, abi):
    """The include folders of an ABI under a root; None: it has none. Debian 13 has those of all ABIs in one package."""
    root, (arch, triplet, header, _) = Path(root), ABIS[abi]
    for asm, common in ((root / "usr/lib/linux/uapi" / arch, root / "usr/include"),
                        (root / arch / "include", root / arch / "include"),
                        (root / "usr" / triplet / "include", root / "usr" / triplet / "include"),
                        (root / "usr/include" / triplet, root / "usr/include")):
        if (asm / "asm" / header).exists():
            return [str(asm)] + ([str(common)] if common != asm else [])
    return None


def defines(include, header, *options):
    """{macro: text} of a header."""
    paths = [f"-I{folder}" for folder in include]
    text = subprocess.run([os.environ.get("CC", "cc"), "-E", "-dM", "-nostdinc", *options, *paths, "-include", header, "-x", "c",
                           "/dev/null"], capture_output=True, text=True, check=True).stdout
    return dict(re.findall(r"^#define (\w+) (.+)$", text, flags=re.M))


def version(include):
    """The Linux version of headers: (7, 3)."""
    code = int(defines(include, "linux/version.h")["LINUX_VERSION_CODE"])
    return code >> 16, code >> 8 & 0xff


def call_numbers(include, abi):
    """{call: number} of an ABI (x32: without bit 30)."""
    bits = ["-D__LP64__", "-D__BITS_PER_LONG=64"] if abi in BITS64 else ["-U__LP64__", "-D__BITS_PER_LONG=32"]
    macros = defines(include, f"asm/{ABIS[abi][2]}", "-D__ARM_EABI__", *bits)

    def value(expression):
        for _ in range(10):
            expression = re.sub(r"\b__\w+\b", lambda m: "(" + macros.get(m.group(), "0") + ")", expression)
        return eval(expression, {}) if re.fullmatch(r"[\dxXa-fA-F()+ ]+", expression) else None

    numbers = {}
    for macro, expression in macros.items():
        match = re.match(r"__(?:ARM_)?NR_(\w+)$", macro)
        number = value(expression) if match and not NOT_CALLS.match(match.group(1)) else None
        if number is not None:
            numbers[match.group(1)] = (number & ~0x40000000 if abi == "x32" else number) + ABIS[abi][3]
    if "arm_sync_file_range" in numbers:
        del numbers["sync_file_range2"]  # its second name on arm, which libseccomp doesn't know
    return numbers
