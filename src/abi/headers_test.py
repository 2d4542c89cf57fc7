#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares the tables with the newest kernel headers on this machine, one test per ABI:
headers_test.py MANUAL [ROOT]

A header may have fewer calls than the table (it is older), but never another number; it may only have more if it is
newer than the release that the table follows. Constants are compared with those that a compiler finds. The manual
must name that release.
"""
import subprocess
import sys
from pathlib import Path

import headers
from gen_constants import read_table as read_constants
from gen_syscalls import read_table as read_syscalls
from tables import rows

HERE = Path(__file__).parent
ROOT = sys.argv[2] if len(sys.argv) > 2 else "/"
# Numbers that only old headers have: calls that the kernel never served there.
GONE = {("parisc64", "_llseek")}


def release():
    text = next(fields[1] for _, fields in rows(HERE / "syscalls.tsv") if fields[0] == "linux")
    return text, tuple(int(part) for part in text.split("."))


def compare_calls(abi, include, calls, column):
    """What differs, and how many were compared."""
    newer = headers.version(include) > release()[1]
    found = headers.call_numbers(include, abi)
    wrong = []
    for name, number in found.items():
        have = calls[name][1][column] if name in calls else None
        if have != number and not (newer and have is None) and (abi, name) not in GONE:
            wrong.append(f"{name}: header {number}, table {have}")
    return wrong, len(found)


def twin_numbers(abi, calls, columns):
    """ABIs without headers here: their calls must have the numbers of their twins."""
    twin = {"loongarch64": "riscv64", "sheb": "sh"}[abi]
    return [f"{name}: {row[columns[abi]]}, on {twin} {row[columns[twin]]}" for name, (_, row, _) in calls.items()
            if row[columns[abi]] not in (row[columns[twin]], None)]


def native_constants():
    """Values of the table that the headers of this machine contradict."""
    include = headers.folders(ROOT, "x86_64")
    if include is None:
        return ["no headers"], 0
    abis, sets, constants = read_constants(HERE / "constants.tsv")
    column = abis.index("x86_64")
    wanted = {name: special.get(column, general) for name, _, general, special in constants}
    heads = ["linux/fcntl.h", "asm/mman.h", "linux/prctl.h", "asm/socket.h", "linux/futex.h", "linux/keyctl.h",
             "asm/ioctls.h", "linux/sockios.h", "linux/loop.h", "linux/seccomp.h", "linux/fs.h", "linux/landlock.h"]
    text = "".join(f"#include <{head}>\n" for head in ["linux/types.h", *heads])
    macros = set()
    for head in heads:
        macros |= set(headers.defines(include, head))
    names = sorted(name for name in wanted if name in macros and wanted[name] is not None)
    text += "".join(f'_Static_assert((unsigned long long)({name}) == {wanted[name]:#x}ull, "{name}");\n'
                    for name in names)
    errors = subprocess.run(["cc", "-fsyntax-only", "-w", "-nostdinc", *(f"-I{folder}" for folder in include), "-x", "c",
                             "-"], input=text, capture_output=True, text=True).stderr
    return [line for line in errors.splitlines() if "static assertion failed" in line], len(names)


def report(count, name, wrong, compared):
    for line in wrong:
        print(f"# {line}")
    print(f"{'not ok' if wrong else 'ok'} {count} - {name}: {compared}, {len(wrong)} differ")


def main():
    abis, calls, _, _, _ = read_syscalls(HERE / "syscalls.tsv")
    columns = {abi: i for i, abi in enumerate(abis)}
    print(f"1..{len(abis) + 2}")
    for count, abi in enumerate(abis, 1):
        include = headers.folders(ROOT, abi)
        if include is not None:
            wrong, compared = compare_calls(abi, include, calls, columns[abi])
            wrong += [] if compared > 250 else ["too few calls were found"]
            report(count, abi, wrong, f"{compared} calls of Linux {'.'.join(map(str, headers.version(include)))}")
        elif abi in ("loongarch64", "sheb"):
            report(count, abi, twin_numbers(abi, calls, columns), "calls of its twin")
        else:
            print(f"ok {count} - {abi} # SKIP no kernel headers of {headers.ABIS[abi][1]}")
    wrong, compared = native_constants()
    report(len(abis) + 1, "constants", wrong + ([] if compared > 400 else ["too few"]), f"{compared} constants")
    named = f"Linux {release()[0]}" in Path(sys.argv[1]).read_text()
    report(len(abis) + 2, "the manual names the release", [] if named else [f"not Linux {release()[0]}"], "1 page")


if __name__ == "__main__":
    main()
