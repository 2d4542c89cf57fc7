#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares the names that cordon gives to the values of arguments with strace's: names_test.py CALLS [STRACE [all]]

Each value that a set, a field or another argument gives a meaning is tried, and combinations of flags. strace prints
the calls as they are made (calls.c: no call gets past a filter), cordon prints the same list. Names that this strace
doesn't know at all, because it is older, are passed over.
"""
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src/abi"))
from gen_constants import read_table as read_constants
from gen_syscalls import read_table as read_syscalls
from tables import kind_and_set, number, rows

ABI = Path(__file__).resolve().parents[1] / "src/abi"
PLAIN = {"int", "size"}  # plain numbers: strace must not have a name for them, either
NAMED = {"flags", "enum", "mode", "signal", "int"}
# Where strace leaves an argument out: the place in which it prints it.
PLACES = {"preadv2 flags": 4, "pwritev2 flags": 4, "(val3": -1}
# What strace shows in another way, and why.
NARROW = "strace has the names that the call takes today"
OTHERWISE = {
    "mount_setattr flags": NARROW, "move_pages flags": NARROW, "open_tree flags": NARROW, "fsmount attr_flags": NARROW,
    "seccomp flags": "strace decodes them for SECCOMP_SET_MODE_FILTER only",
    "personality personality": "strace shows the flags of a domain one by one",
    "statx mask": "STATX_ALL is deprecated",
    "prctl(option=PR_PAC_SET_ENABLED_KEYS) arg1": NARROW,
    "prctl(option=PR_PAC_SET_ENABLED_KEYS) arg2": NARROW,
    **{f"socketpair(domain={domain}) protocol": "strace doesn't decode it"
       for domain in ("AF_INET", "AF_INET6", "AF_NETLINK", "AF_BLUETOOTH")},
    "prctl(option=PR_SET_TAGGED_ADDR_CTRL) arg1": "strace also names what isn't set",
    "prctl(option=PR_MCE_KILL) arg2": "strace decodes it after PR_MCE_KILL_SET only",
    "keyctl(option=KEYCTL_WATCH_KEY) arg1": "strace doesn't decode this command",
    "process_madvise advice": NARROW, "getsockopt(level=SOL_SOCKET) optname": NARROW,
    "ioprio_set ioprio": "cordon shows the number that a policy would have",
    "quotactl cmd": "cordon shows the number that a policy would have",
    "quotactl_fd cmd": "cordon shows the number that a policy would have",
    "msgget msgflg": "IPC_NOWAIT means nothing here", "semget semflg": "IPC_NOWAIT means nothing here",
}
# Other arguments that strace looks at, too.
ALSO = {"prctl(option=PR_CAP_AMBIENT) arg2": {"arg1": 2}}
# Requests whose structure grew, so their number changed, and one of the DMA API that has the letter of DRM's.
CHANGED = {"DMA_MAP_BENCHMARK", *(f"DRM_IOCTL_SYNCOBJ_{name}"
                                  for name in ("HANDLE_TO_FD", "FD_TO_HANDLE", "WAIT", "TIMELINE_WAIT"))}
# Two names of one value.
SAME = [{"O_ASYNC", "FASYNC"}, {"SO_ATTACH_FILTER", "SO_GET_FILTER"}, {"SO_DETACH_FILTER", "SO_DETACH_BPF"}]


class Tables:
    def __init__(self):
        abis, self.calls, exceptions, _, _ = read_syscalls(ABI / "syscalls.tsv")
        column = abis.index("x86_64")
        own = {name: text for name, abi, text in exceptions if abi == "x86_64"}
        self.arguments = {name: [part.split(":") for part in own.get(name, text).split()]
                          for name, (_, numbers, text) in self.calls.items() if numbers[column] is not None}
        self.numbers = {name: row[1][column] for name, row in self.calls.items()}
        abis, sets, constants = read_constants(ABI / "constants.tsv")
        column, self.sets, self.value = abis.index("x86_64"), {name: [] for name in sets}, {}
        for name, number, general, special in constants:
            value = special.get(column, general)
            if value is not None:
                self.sets[sets[number - 1]].append((name, value))
                self.value[name] = value
        self.fields, self.when = {}, []
        for _, fields in rows(ABI / "arguments.tsv"):
            if fields[0] == "field":
                self.fields.setdefault(fields[1], []).append(fields[2:])
            else:
                self.when.append(fields[1:])

    def number(self, text):
        return self.value[text] if text in self.value else number(text)

    def values(self, kind, chance):
        """Those of a kind, written KIND=SET."""
        kind, set_name = kind_and_set(kind)
        if kind in PLAIN:
            return [1, 2, 3, 4, 8, 0x10, 0x20, 0x40, 0x80, 0x100, 0x400, 0x1000, 0x20000, 0x80000, 0x40000000]
        own = [value for _, value in self.sets[set_name]]
        parts, flags = [], set_name
        for mask, values, *rest in self.fields.get(set_name, []):
            mask = self.number(mask)
            parts.append([0] + [value for _, value in self.sets.get(values, []) if value & ~mask == 0])
            flags = rest[0] if rest and rest[0] != "octal" else flags
        bits = [value for _, value in self.sets.get(flags, [])] if kind == "flags" or parts else []
        unknown = 0x7ead
        if kind == "flags":
            known = own + bits
            unknown = next((1 << bit for bit in range(30, 10, -1) if not any(value >> bit & 1 for value in known)), 0)
        out = set(own) | {0, unknown} | set(bits) | {value for part in parts for value in part}
        for _ in range(16 if bits else 0):
            value = 0
            for bit in chance.sample(bits, min(len(bits), chance.randint(1, 4))):
                value |= bit
            for part in parts:
                value |= chance.choice(part)
            out.add(value)
        return sorted(out) if kind != "mode" else sorted(value | 0o644 for value in out)


def cases(tables):
    """[(label, call, [values], position of the argument that is compared)]"""
    chance, out = random.Random(7), []

    def add(call, argument, kind, fixed, condition=""):
        fixed = {**fixed, **ALSO.get(f"{call}{condition} {argument}", {})}
        names = [name for name, *_ in tables.arguments[call]]
        if argument not in names:
            return
        for value in tables.values(kind, chance):
            values = [0] * 6
            for name, number in fixed.items():
                values[names.index(name)] = number
            values[names.index(argument)] = value
            out.append((f"{call}{condition} {argument}", call, values, names.index(argument)))

    for call, arguments in tables.arguments.items():
        for name, _, kind in arguments:
            word, set_name = kind_and_set(kind)
            if word in NAMED and set_name:
                add(call, name, kind, {})
    for call, arguments in tables.arguments.items():
        for name, _, kind in arguments:
            if kind in PLAIN:
                add(call, name, kind, {})
    for calls, argument, other, values, kind in tables.when:
        for call in calls.split(","):
            for value in values.split(","):
                if call in tables.arguments and value in tables.value and kind_and_set(kind)[1]:
                    add(call, argument, kind, {other: tables.value[value]}, f"({other}={value})")
    return out


def cut(text):
    """The arguments of a printed call. strace's "1 /* NAME */" is the name, its "1 /* NAME_??? */" a number."""
    text = re.sub(r"[^\s(,]+ /\* ([A-Z]\w+) \*/", r"\1", text)
    inside, depth, parts = re.sub(r"/\*.*?\*/", "", text[text.index("(") + 1:]), 0, [""]
    for c in inside:
        if c == ")" and depth == 0:
            break
        depth += (c in "([{") - (c in ")]}")
        if c == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    return [part.strip() for part in parts]


def meaning(text, tables):
    """The names in a value, and the rest of it as a number; None: something else."""
    text = re.sub(r"^\w+=", "", text)
    names, rest = set(), 0
    for part in (text[:text.index(" or ")] if " or " in text else text).split("|"):
        part = part.strip()
        if size := re.fullmatch(r"(\d+|0x[0-9a-f]+)<<\w+_HUGE_SHIFT", part):
            rest |= int(size[1], 0) << 26
        elif re.fullmatch(r"\w+_HUGE_\d+[KMG]B", part):
            rest |= tables.value[part]
        elif re.fullmatch(r"-?(0x[0-9a-f]+|\d+)", part):
            rest |= int(part, 8 if re.fullmatch(r"-?0\d+", part) else 0) & 0xffffffffffffffff
        elif re.fullmatch(r"[A-Za-z_]\w*", part):
            names.add(part)
        else:
            return None
    return names, rest


def run(helper, mode, lines, tracer=()):
    return subprocess.run([*tracer, helper, mode], input=lines, capture_output=True, text=True, check=False)


def printed(helper, strace, lines):
    """What strace and cordon print for each line."""
    with tempfile.NamedTemporaryFile("r") as file:
        run(helper, "make", lines, [strace, "-s", "0", "-o", file.name])
        theirs = file.read().splitlines()
    start = next(i for i, line in enumerate(theirs) if line.startswith("seccomp("))
    return theirs[start + 1:], run(helper, "print", lines).stdout.splitlines()


def is_same(one, other):
    if one is None or other is None:
        return False
    if one == other:
        return True
    return one[1] == other[1] and any(one[0] ^ other[0] == pair for pair in SAME)


def compare(tables, tried, theirs, ours, words):
    """{label: [what differs]}, and the number of values compared."""
    different, compared = {}, 0
    for (label, call, _, at), their_line, our_line in zip(tried, theirs, ours):
        if their_line.startswith("syscall_0x"):
            continue  # strace doesn't know the call
        their_parts, our_parts = cut(their_line), cut(our_line)
        argument = tables.arguments[call][at][0]
        named = [part for part in their_parts if part.startswith(argument + "=")]
        place = PLACES.get(label if "(" not in label else "(" + label.split(") ")[-1], at)
        their_text = named[0] if named else their_parts[place] if place < len(their_parts) else "0"
        one, other = meaning(their_text, tables), meaning(our_parts[at], tables)
        if one is None and other and call == "ioctl":
            one = (set(), other[1])  # _IOC(…) is a number
        compared += 1
        newer = {name for name in (other or [[]])[0] if name not in words or name in CHANGED}
        if at >= len(their_parts) and place == at:
            continue  # strace leaves the argument out
        several = " or " in their_text and our_parts[at] in their_text.split(" or ")
        if other is None or not (newer or several or is_same(one, other)):
            different.setdefault(label, []).append(f"{their_text} | {our_parts[at]}")
    return different, compared


def main():
    helper, strace = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else shutil.which("strace")
    print("1..1")
    if strace is None:
        print("ok 1 # SKIP strace isn't installed")
        return
    tables = Tables()
    tried = cases(tables)
    lines = "".join(f"{tables.numbers[call]} {' '.join(map(str, values))}\n" for _, call, values, _ in tried)
    theirs, ours = printed(helper, strace, lines)
    binary = Path(sys.argv[4] if len(sys.argv) > 4 else strace).read_bytes()
    words = {word.decode() for word in re.findall(rb"[A-Za-z_]\w+", binary)}
    different, compared = compare(tables, tried, theirs, ours, words)
    wrong = {key: lines for key, lines in different.items() if key not in OTHERWISE}
    for label, lines in wrong.items():
        for line in lines if "all" in sys.argv else lines[:3]:
            print(f"# {label}: {line}")
    left = sum(map(len, different.values()))
    print(f"{'not ok' if wrong or compared < 3000 else 'ok'} 1 - {compared} values compared, {left} shown otherwise, "
          f"{sum(map(len, wrong.values()))} wrong")


if __name__ == "__main__":
    main()
