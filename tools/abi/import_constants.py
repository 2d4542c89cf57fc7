# SPDX-License-Identifier: MIT
"""Adds the constants of a release to src/abi/constants.tsv, for tools/abi/import.

The names come from the kernel's headers (constant_sets.py: which of them are wanted); the values are computed by
clang for each ABI with that ABI's headers. Names that the headers lack keep the values that they have.
"""
import functools
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import headers
from constant_sets import ALIASES, GIVEN, HEADERS, SETS
from gen_constants import read_table
from tables import number

# ABI: clang's target. 32-bit machines that clang lacks use i386, which has the same sizes.
TARGETS = {
    "x86_64": "x86_64-linux-gnu", "i386": "i386-linux-gnu", "x32": "x86_64-linux-gnux32", "arm": "arm-linux-gnueabihf",
    "aarch64": "aarch64-linux-gnu", "riscv64": "riscv64-linux-gnu", "loongarch64": "riscv64-linux-gnu",
    "ppc": "powerpc-linux-gnu", "ppc64": "powerpc64-linux-gnu", "ppc64le": "powerpc64le-linux-gnu",
    "s390": "i386-linux-gnu", "s390x": "s390x-linux-gnu", "mips": "mips-linux-gnu", "mipsel": "mipsel-linux-gnu",
    "mips64": "mips64-linux-gnuabi64", "mipsel64": "mips64el-linux-gnuabi64", "mips64n32": "mips64-linux-gnuabin32",
    "mipsel64n32": "mips64el-linux-gnuabin32", "parisc": "i386-linux-gnu", "parisc64": "x86_64-linux-gnu",
    "sh": "i386-linux-gnu", "sheb": "i386-linux-gnu", "m68k": "i386-linux-gnu",
}
MACROS = {"s390": ["-D__s390__", "-U__i386__"], "parisc": ["-D__hppa__"], "parisc64": ["-D__hppa__", "-D__LP64__"],
          "sh": ["-D__sh__"], "sheb": ["-D__sh__"], "m68k": ["-D__m68k__", "-D__mc68000__"]}

# Linux 7 has no 31-bit programs any more, but their constants were those of 64-bit ones.
TWIN = {"s390": "s390x"}

# What many headers need, and then all headers: those that don't agree with others are read in a later group.
START = """#include <stddef.h>
#include <stdint.h>
#include <linux/types.h>
#include <linux/socket.h>
typedef int pid_t; typedef unsigned uid_t; typedef unsigned gid_t; typedef long off_t; typedef long time_t;
typedef unsigned short umode_t; typedef unsigned short sa_family_t;
struct sockaddr { unsigned short sa_family; char sa_data[14]; };
struct sockaddr_storage { unsigned long long data[16]; };
#define MSG_FIN 0x200
#include <linux/time.h>
#include <asm/signal.h>
"""
# Headers of a C library, of which START has what is needed.
EMPTY = "sys/types.h sys/time.h sys/ioctl.h sys/socket.h time.h unistd.h string.h stdlib.h".split()
FIRST = """
asm/fcntl.h linux/fcntl.h linux/stat.h linux/sched.h asm/mman.h linux/mman.h linux/in.h linux/in6.h asm/socket.h
asm/ioctls.h linux/sockios.h linux/fs.h asm/termios.h asm/errno.h asm/resource.h asm/prctl.h linux/prctl.h asm/ptrace.h
linux/ptrace.h""".split()
FOLDERS = "linux drm sound mtd rdma misc scsi xen video cxl fwctl".split()
GROUPS = 4
# Requests that are older than the macros that make them.
PLAIN_IOCTL = re.compile(r"0x[0-9a-fA-F]{4}")
PLAIN_NAMES = re.compile(r"(TIOC(?!M_|SER_T|PKT_)|TC(?!P_|A_)[A-Z]+$|FIO[A-Z]+$|SIOC|KD[A-Z]+$|[GP]IO_|VT_|LOOP_|"
                         r"CDROM[A-Z]|DVD_|HDIO_|LP[A-Z]+$|FBIO|SCSI_IOCTL_|SG_[A-Z_]+$|FD[A-Z]+$|NBD_|VHOST|I2C_[A-Z]+$|KIOC)")


@functools.cache
def libc():
    """A folder of empty headers, which is deleted at the end."""
    folder = tempfile.TemporaryDirectory()
    for name in EMPTY:
        path = Path(folder.name, name)
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return folder


def clang(abi, include, text, *more):
    folders = [option for folder in include for option in ("-isystem", folder)]
    resources = subprocess.run(["clang", "-print-resource-dir"], capture_output=True, text=True).stdout.strip()
    return subprocess.run(["clang", f"--target={TARGETS[abi]}", "-nostdinc", "-D__KERNEL_STRICT_NAMES",
                           *MACROS.get(abi, []), "-isystem", f"{resources}/include", *folders, "-isystem",
                           libc().name, "-w", "-ferror-limit=0",
                           "-ffreestanding", "-x", "c", *more, "-"], input=text, capture_output=True, text=True)


def all_headers(include):
    found = {f"{part}/{path.name}" if path.parent.name == part else f"{part}/{path.relative_to(folder / part)}"
             for folder in map(Path, include) for part in [*FOLDERS, "asm"] for path in (folder / part).rglob("*.h")}
    return FIRST + sorted(found - set(FIRST))


def text_of(group):
    return START + "".join(f"#include <{header}>\n" for header in group)


def faulty(abi, include, group):
    """The indices of headers in which there is an error when they are read after the others."""
    errors = clang(abi, include, text_of(group), "-fsyntax-only").stderr
    places = re.findall(r"^In file included from <stdin>:(\d+):$|^<stdin>:(\d+):\d+: (?:fatal )?error", errors,
                        flags=re.M)
    lines = {int(one or other) - 1 - START.count("\n") for one, other in places}
    return {line for line in lines if 0 <= line < len(group)}


def usable_groups(abi, include, groups):
    """The same groups of headers, so that each compiles: what doesn't moves on to the next group."""
    usable, left = [], []
    there = set(all_headers(include))
    for group in groups + [[]] * (GROUPS - len(groups)):
        group = [header for header in group if header in there] + left
        left = []
        while bad := faulty(abi, include, group):
            left += [group[i] for i in sorted(bad)]
            group = [header for i, header in enumerate(group) if i not in bad]
        usable.append(group)
    return usable


def candidates(abi, include, text):
    """Macro names without arguments and enumerators of HEADERS, and the names of ioctl's requests in all headers."""
    names, macros, looked_at = set(), [], False
    for line in clang(abi, include, text, "-E", "-dD").stdout.splitlines():
        if place := re.match(r'# \d+ "(.*)"', line):
            looked_at = bool(re.search(r"(^|/)(asm|asm-generic)/", place[1])) or \
                any(place[1].endswith("/" + header) for header in HEADERS)
        elif macro := re.match(r"#define (\w+) (.+)$", line):
            macros.append(macro.groups())
            if looked_at:
                names.add(macro[1])
        elif looked_at:
            names |= set(re.findall(r"^\s*([A-Z_][A-Za-z0-9_]+)\s*(?:=[^;]*)?,?$", line))
    ioctls = {name for name, body in macros if name.upper() == name and
              (re.search(r"\b(_IOR?|_IOWR?|_IOWR_BAD|_SIO[RW]|DRM_IO\w*|SECCOMP_IO\w*|SIOCDEVPRIVATE)\b *\(", body)
               or PLAIN_IOCTL.fullmatch(body.strip()) and PLAIN_NAMES.match(name))}
    for _ in range(3):  # names of names: SIOCOUTQ is TIOCOUTQ
        ioctls |= {name for name, body in macros if body.strip() in ioctls and name.upper() == name}
    return names, ioctls


def evaluate(abi, include, text, names):
    """{name: value} of the names that are constants on the ABI."""
    values, todo, result = {}, sorted(names), None
    for _ in range(40):
        lines = [f"unsigned long long value_{name} = (unsigned long long)({name});\n" for name in todo]
        result = clang(abi, include, text + "".join(lines), "-S", "-o", "-", "-fno-common")
        first = text.count("\n") + 1
        bad = {int(line) - first for line in re.findall(r"^<stdin>:(\d+):\d+: error", result.stderr, flags=re.M)}
        if not bad:
            break
        todo = [name for i, name in enumerate(todo) if i not in bad]
    big = TARGETS[abi].split("-")[0] in ("powerpc", "powerpc64", "s390x", "mips", "mips64")
    for label, body in re.findall(r"^value_(\w+):\n((?:\s+\..*\n){1,2})", result.stdout, flags=re.M):
        numbers = re.findall(r"\.(\w+)\s+(-?\d\w*)", body)
        if not numbers:
            continue  # a text
        if numbers[0][0] in ("quad", "8byte", "xword", "dword"):
            values[label] = int(numbers[0][1], 0) & (2**64 - 1)
        elif numbers[0][0] in ("zero", "space"):
            values[label] = 0
        else:
            parts = [int(number, 0) & 0xffffffff for _, number in numbers]
            values[label] = parts[not big] << 32 | parts[big] if len(parts) == 2 else None
    return values


def given_values(text):
    """'NAME=1,mips*=2 …' → {name: {abi or '*': value or reference}}"""
    out = {}
    for item in text.split():
        name, _, rest = item.partition("=")
        general, *special = rest.split(",")
        out[name] = {"*": general}
        for part in special:
            pattern, _, value = part.partition("=")
            for abi in TARGETS:
                if abi == pattern or (pattern.endswith("*") and abi.startswith(pattern[:-1])):
                    out[name][abi] = value
    return out


def resolve(spec, abi, values):
    text = spec.get(abi, spec["*"])
    if text == "-":
        return None
    if text.startswith("@"):
        return values.get(text[1:])
    return number(text)


def table_values(path):
    """The table: {name: {abi: value or None}}, and the requests of ioctl."""
    abis, sets, constants = read_table(path)
    known = {name: {abi: special.get(i, general) for i, abi in enumerate(abis)}
             for name, _, general, special in constants}
    return known, {name for name, place, _, _ in constants if sets[place - 1] in REQUESTS}


def header_values(root, wanted, requests):
    """{name: {abi: value}} of all wanted names and of ioctl's requests, which are added to `requests`."""
    values, groups = {}, None
    for abi in TARGETS:
        include = headers.folders(root, abi) or headers.folders(root, TWIN.get(abi, abi))
        if include is None:
            continue
        count, groups = 0, usable_groups(abi, include, groups or [all_headers(include)])
        for text in map(text_of, groups):
            names, ioctls = candidates(abi, include, text)
            requests |= ioctls
            for name, value in evaluate(abi, include, text, {n for n in names if wanted(n)} | ioctls).items():
                if abi not in values.setdefault(name, {}):
                    values[name][abi] = value
                    count += 1
        print(f"{abi}: {count} constants", file=sys.stderr)
    return values


def merge(known, found):
    """What the headers say, else what the table said. An ABI without headers keeps its values; a name that its headers
    lack stays."""
    rows = {}
    for name in known.keys() | found.keys():
        old, new = known.get(name, {}), found.get(name, {})
        rows[name] = {abi: new.get(abi, old.get(abi)) for abi in TARGETS}
        for abi in TARGETS:
            if old and old.get(abi) is not None and rows[name][abi] != old[abi]:
                print(f"{name} on {abi}: {old[abi]:#x} in the table, {rows[name][abi]:#x} in the headers")
    return rows


def with_given(rows, given):
    for name, spec in given.items():
        row = rows.get(name, {})
        references = {abi: {n: r.get(abi) for n, r in rows.items()} for abi in TARGETS} if "@" in spec["*"] else None
        rows[name] = {abi: row[abi] if row.get(abi) is not None and spec["*"] != "-" else
                      resolve(spec, abi, references[abi] if references else {}) for abi in TARGETS}


def row_text(name, row):
    """NAME value [abi,abi=value …]: the most frequent value first; '-' where it doesn't exist."""
    counts = {}
    for value in row.values():
        counts[value] = counts.get(value, 0) + 1
    general = max((v for v in counts if v is not None), key=lambda v: counts[v])
    special = {}
    for abi, value in row.items():
        if value != general:
            special.setdefault(value, []).append(abi)

    def shown(value):
        if value is None:
            return "-"
        if value >= 2**63:
            return str(value - 2**64)
        return str(value) if value < 10 else f"{value:#x}"

    return "\t".join([name, shown(general)] + [f"{','.join(a)}={shown(v)}" for v, a in special.items()])


REQUESTS = ["ioctl_request", "driver_request"]


def is_of_driver(row):
    """Each driver of DRM has its own meaning for the same numbers, so they are read, but not shown."""
    value = next((value for value in row.values() if value is not None), 0)
    return value >> 8 & 0xff == 0x64 and 0x40 <= value & 0xff < 0xa0


def update(path, root):
    known, requests = table_values(path)
    patterns = [re.compile(pattern) for _, pattern in SETS if pattern]
    references = set(re.findall(r"@(\w+)", " ".join(GIVEN.values())))

    def wanted(name):
        return name in known or name in references or any(pattern.fullmatch(name) for pattern in patterns)

    rows = merge(known, header_values(root, wanted, requests))
    for text in GIVEN.values():
        with_given(rows, given_values(text))
    lines, taken = [HEADING, "\t".join(["abis", *TARGETS])], set()
    for set_name, pattern in SETS:
        names = {name for name in requests & rows.keys() if is_of_driver(rows[name]) == (set_name == REQUESTS[1])} \
            if set_name in REQUESTS else {name for name in rows if pattern and re.fullmatch(pattern, name)}
        names |= given_values(GIVEN.get(set_name, "")).keys()
        taken |= names
        if set_name == "other_names":  # the last: a name that was known stays known
            names |= known.keys() - taken
        if names - known.keys():
            print(f"{set_name}: new:", *sorted(names - known.keys()))
        names = [name for name in names if any(value is not None for value in rows[name].values())]
        names.sort(key=lambda n: (bool(ALIASES.fullmatch(n)), min(v for v in rows[n].values() if v is not None), n))
        lines += [f"set\t{set_name}"] + [row_text(name, rows[name]) for name in names]
    new = {line.split("\t")[0] for line in lines}
    print(f"{len(new)} names, {len(new - known.keys())} new")
    Path(path).write_text("\n".join(lines) + "\n")


HEADING = """# SPDX-License-Identifier: MIT
# Named constants of system call arguments: sets, and in each its names with their values. A value holds on every
# ABI but those named after it (`-`: the name doesn't exist there). Columns are separated by tabs.
# tools/abi/import adds those of a newer kernel: which stand in a set, constant_sets.py says."""
