#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares syscalls.tsv with the kernel headers installed on this machine, one test per ABI.

A header may have fewer calls than the table (it is older), but never another number.
"""
import re
import subprocess
import sys
from pathlib import Path

from tables import rows

# ABI: folder of headers, header, more options for the preprocessor, base that the header omits
ABIS = {
    "x86_64": ("x86_64-linux-gnu", "unistd_64.h", 0), "i386": ("x86_64-linux-gnu", "unistd_32.h", 0),
    "x32": ("x86_64-linux-gnu", "unistd_x32.h", 0), "arm": ("arm-linux-gnueabihf", "unistd.h", 0),
    "aarch64": ("aarch64-linux-gnu", "unistd.h", 0), "riscv64": ("riscv64-linux-gnu", "unistd.h", 0),
    "ppc": ("powerpc-linux-gnu", "unistd_32.h", 0), "ppc64": ("powerpc64-linux-gnu", "unistd_64.h", 0),
    "ppc64le": ("powerpc64le-linux-gnu", "unistd_64.h", 0), "s390": ("s390x-linux-gnu", "unistd_32.h", 0),
    "s390x": ("s390x-linux-gnu", "unistd_64.h", 0), "mips": ("mips-linux-gnu", "unistd_o32.h", 4000),
    "mipsel": ("mipsel-linux-gnu", "unistd_o32.h", 4000), "mips64": ("mips64-linux-gnuabi64", "unistd_n64.h", 5000),
    "mipsel64": ("mips64el-linux-gnuabi64", "unistd_n64.h", 5000),
    "mips64n32": ("mips64-linux-gnuabin32", "unistd_n32.h", 6000),
    "mipsel64n32": ("mips64el-linux-gnuabin32", "unistd_n32.h", 6000), "parisc": ("hppa-linux-gnu", "unistd_32.h", 0),
    "parisc64": ("hppa-linux-gnu", "unistd_64.h", 0), "sh": ("sh4-linux-gnu", "unistd_32.h", 0),
    "m68k": ("m68k-linux-gnu", "unistd_32.h", 0),
}
BITS64 = {"x86_64", "aarch64", "riscv64", "ppc64", "ppc64le", "s390x", "mips64", "mipsel64", "parisc64"}
NOT_CALLS = re.compile(r"(syscalls?|SYSCALL_.*|Linux.*|arch_specific_syscall|BASE|O?ABI_.*|64_.*|N32_.*|O32_.*|"
                       r"(unused|reserved)\d+|arm_sync_file_range)$")


def header_numbers(folder, header, base, abi):
    bits = ["-D__LP64__"] if abi in BITS64 else ["-U__LP64__"]
    text = subprocess.run(["cc", "-E", "-dM", "-nostdinc", "-D__ARM_EABI__", *bits, f"-I{folder}", "-I/usr/include",
                           "-include", f"asm/{header}", "-x", "c", "/dev/null"],
                          capture_output=True, text=True, check=True).stdout
    defines = dict(re.findall(r"^#define (__\w+) (.+)$", text, flags=re.M))

    def value(expression):
        for _ in range(10):
            expression = re.sub(r"\b__\w+\b", lambda m: "(" + defines.get(m.group(), "0") + ")", expression)
        return eval(expression, {}) if re.fullmatch(r"[\dxXa-fA-F()+ ]+", expression) else None

    numbers = {}
    for macro, expression in defines.items():
        match = re.match(r"__(?:ARM_)?NR_(\w+)$", macro)
        if match and not NOT_CALLS.match(match.group(1)):
            number = value(expression)
            if number is not None:
                numbers[match.group(1)] = number + base
    return numbers


def twin_numbers(table, abi):
    """Debian has no headers for loongarch64 and sheb: their calls must have the numbers of their twins."""
    twin = {"loongarch64": "riscv64", "sheb": "sh"}[abi]
    return [f"{name}: {row[abi]}, on {twin} {row[twin]}" for name, row in table.items()
            if row[abi] not in (row[twin], "-")]


def main():
    abis, table = [], {}
    for _, fields in rows(sys.argv[1]):
        if fields[0] == "call":
            abis = fields[2:-1]
        elif fields[0] not in ("args", "since"):
            table[fields[0]] = dict(zip(abis, fields[2:-1]))
    print(f"1..{len(ABIS) + 2}")
    for count, (abi, (triplet, header, base)) in enumerate(ABIS.items(), 1):
        folder = Path("/usr/include/x86_64-linux-gnu" if triplet == "x86_64-linux-gnu" else f"/usr/{triplet}/include")
        if not (folder / "asm" / header).exists():
            print(f"ok {count} - {abi} # SKIP no kernel headers of {triplet}")
            continue
        numbers = header_numbers(folder, header, base, abi)
        wrong = []
        for name, number in numbers.items():
            have = table.get(name, {}).get(abi)
            shown = number & ~0x40000000 if abi == "x32" else number
            if have != str(shown):
                wrong.append(f"{name}: header {shown}, table {have}")
        for line in wrong:
            print(f"# {line}")
        ok = not wrong and len(numbers) > 250
        print(f"{'ok' if ok else 'not ok'} {count} - {abi}: {len(numbers)} calls compared, {len(wrong)} differ")
    for count, abi in enumerate(("loongarch64", "sheb"), len(ABIS) + 1):
        wrong = twin_numbers(table, abi)
        for line in wrong:
            print(f"# {line}")
        print(f"{'not ok' if wrong else 'ok'} {count} - {abi}: {len(wrong)} differ from its twin")


if __name__ == "__main__":
    main()
