# SPDX-License-Identifier: MIT
"""Adds the system calls of a release to src/abi/syscalls.tsv, for tools/abi/import."""
import re
import subprocess
from pathlib import Path

import headers

TYPES = {
    "s32": "int pid_t key_t mqd_t clockid_t timer_t key_serial_t rwf_t int32_t s32 __s32",
    "u32": "unsigned unsigned_int uint u32 __u32 uint32_t uid_t gid_t qid_t",
    "u16": "umode_t", "long": "long ssize_t off_t loff_t", "ulong": "unsigned_long size_t uintptr_t u64 __u64",
}
TYPE_OF = {word: kind for kind, words in TYPES.items() for word in words.split()}
# What policies call an argument: the word of manual pages, where the kernel's own is another.
NAMES = {"dfd": "dirfd", "filename": "pathname", "path": "pathname", "ufd": "fd", "ubuf": "buf"}
KINDS = {"dirfd": "dirfd=dirfd", "fd": "fd", "pidfd": "fd", "pathname": "path", "name": "string", "len": "size",
         "size": "size", "usize": "size", "count": "size", "mode": "mode", "pid": "pid", "tgid": "pid", "uid": "uid",
         "gid": "gid", "sig": "signal", "addr": "address", "start": "address", "clockid": "enum=clockid"}


def argument(text, name):
    """name:type:kind of a C type and the kernel's name."""
    name = NAMES.get(name.lstrip("_"), name.lstrip("_"))
    if "*" in text or "__user" in text:
        kind = KINDS.get(name)
        return f"{name}:ptr:{kind if kind in ('path', 'string') else 'pointer'}"
    return f"{name}:{TYPE_OF['_'.join(text.replace('const ', '').split())]}:{KINDS.get(name, 'int')}"


def arguments(source, call):
    """Those of the kernel's definition; None: there is none, or no source."""
    found = subprocess.run(["grep", "-rhPzo", rf"(?s)\nSYSCALL_DEFINE\d\({call}\b[^)]*\)", source, "--include=*.c"],
                           capture_output=True, text=True).stdout if source else ""
    match = re.search(rf"SYSCALL_DEFINE\d\({call}\b,?([^)]*)\)", found)
    if not match:
        return None
    parts = [" ".join(part.split()) for part in match[1].split(",") if part.strip()]
    return " ".join(argument(*pair) for pair in zip(parts[::2], parts[1::2]))


class Table:
    """syscalls.tsv as lines, and its rows by the name of the call."""

    def __init__(self, path):
        self.path, self.lines = path, path.read_text().splitlines()
        self.top = next(i for i, line in enumerate(self.lines) if line.startswith("call\t"))
        self.end = next(i for i, line in enumerate(self.lines) if i > self.top and line.startswith("#"))
        self.abis = self.lines[self.top].split("\t")[2:-1]
        self.rows = {line.split("\t")[0]: line.split("\t") for line in self.lines[self.top + 1:self.end]}
        self.late = []

    def add(self, call, abi, number, since, source):
        if call not in self.rows:
            known = arguments(source, call)
            print(f"{call}: new" + (", its arguments must be added by hand" if known is None else f"({known})"))
            self.rows[call] = [call, since] + ["-"] * len(self.abis) + [known or ""]
        row, column = self.rows[call], self.abis.index(abi) + 2
        if row[column] not in ("-", str(number)):
            raise SystemExit(f"{call} on {abi}: {row[column]} in the table, {number} in the headers")
        if row[column] == "-" and row[1] != since:
            print(f"{call}: number {number} on {abi}, since Linux {since} or before")
            self.late.append(f"since\t{call}\t{abi}\t{since}")
        row[column] = str(number)

    def write(self, since):
        rows = ["\t".join(self.rows[call]) for call in sorted(self.rows)]
        top = [f"linux\t{since}" if line.startswith("linux\t") else line for line in self.lines[:self.top + 1]]
        self.path.write_text("\n".join(top + rows + self.lines[self.end:] + self.late) + "\n")


def update(path, root, source):
    table, since = Table(Path(path)), None
    for abi in headers.ABIS:
        include = headers.folders(root, abi)
        if include is None:
            print(f"{abi}: no headers")
            continue
        since = "{}.{}".format(*headers.version(include))
        for call, number in headers.call_numbers(include, abi).items():
            table.add(call, abi, number, since, source)
    table.write(since)
