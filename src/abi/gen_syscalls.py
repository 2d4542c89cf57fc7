#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""syscalls.tsv → sorted C arrays: gen_syscalls.py syscalls.tsv constants.tsv > syscalls.inc
and the ids of calls as constants: gen_syscalls.py --ids syscalls.tsv constants.tsv > ids.inc"""
import sys

from tables import HEADER, Pool, c_array, kind_and_set, rows, version

TYPES = {"u16": "U16", "s32": "S32", "u32": "U32", "long": "LONG", "ulong": "ULONG", "ptr": "PTR"}
NO_NR = 0xFFFFFFFF


def fail(path, line, what):
    sys.exit(f"{path}:{line}: {what}")


def read_table(path):
    """Column names, {call: (since, [numbers], arguments)}, exceptions of arguments and versions, other names."""
    calls, args, since, names, abis = {}, [], [], {}, None
    for line, fields in rows(path):
        if fields[0] == "linux":
            continue
        if fields[0] == "names":
            names[fields[1]] = dict(pair.split("=") for pair in fields[2].split())
        elif fields[0] == "call":
            abis = fields[2:-1]
        elif fields[0] == "args":
            args += [(fields[1], abi, fields[3] if len(fields) > 3 else "") for abi in fields[2].split(",")]
        elif fields[0] == "since":
            since += [(fields[1], abi, fields[3]) for abi in fields[2].split(",")]
        elif len(fields) != len(abis) + 3:
            fail(path, line, f"{len(fields)} columns, expected {len(abis) + 3}")
        elif fields[0] in calls:
            fail(path, line, f"{fields[0]} stands here twice")
        else:
            calls[fields[0]] = (fields[1], [None if n == "-" else int(n) for n in fields[2:-1]], fields[-1])
    return abis, calls, args, since, names


class Prototypes:
    """Argument lists, each stored once: an index into `starts`, and all arguments in one array."""

    def __init__(self, pool, sets):
        self.pool, self.sets = pool, sets
        self.known, self.starts, self.args = {}, [], []

    def add(self, text, where):
        if text not in self.known:
            self.known[text] = len(self.starts)
            self.starts.append(len(self.args))
            for argument in text.split():
                name, kind, what = argument.split(":")
                what, set_name = kind_and_set(what)
                if set_name and set_name not in self.sets:
                    sys.exit(f"syscalls.tsv: {where}: no constant set \"{set_name}\"")
                self.args.append(f"{{{self.pool.add(name)}, {self.sets.get(set_name, 0)}, "
                                 f"CORDON_TYPE_{TYPES[kind]}, CORDON_KIND_{what.upper()}}}")
        return self.known[text]


def constant_sets(path):
    """Set names in the order of the table: their numbers, from 1."""
    sets = {}
    for _, fields in rows(path):
        if fields[0] == "set":
            sets[fields[1]] = len(sets) + 1
    return sets


def hash_slots(names):
    """Open addressing, for cordon_syscall_id(): index + 1 of a name at its hash or after it, 0: free."""
    count = 1
    while count < 3 * len(names):
        count *= 2
    slots = [0] * count
    for index, name in enumerate(names):
        at = 0
        for byte in name.encode():
            at = (at ^ byte) * 0x01000193 & 0xFFFFFFFF
        while slots[at % count]:
            at += 1
        slots[at % count] = index + 1
    return slots


def print_ids(names):
    print(HEADER)
    print("enum {")
    for index, name in enumerate(names):
        print(f"    ID_{name} = {index},")
    print("};")


def main():
    only_ids = sys.argv[1] == "--ids"
    if only_ids:
        del sys.argv[1]
    abis, calls, args, since, _ = read_table(sys.argv[1])
    names = sorted(calls)
    if only_ids:
        print_ids(names)
        return
    ids = {name: i for i, name in enumerate(names)}
    pool = Pool()
    prototypes = Prototypes(pool, constant_sets(sys.argv[2]))
    out = [HEADER]
    name_offsets = [pool.add(name) for name in names]
    defaults = [prototypes.add(calls[name][2], name) for name in names]
    exceptions = sorted((ids[name], abis.index(abi), prototypes.add(text, name)) for name, abi, text in args)
    late = sorted((ids[name], abis.index(abi), version(text)) for name, abi, text in since)
    starts = prototypes.starts + [len(prototypes.args)]
    out.append(f"#define SYSCALLS {len(names)}\n")
    out.append("enum { " + ", ".join(f"TABLE_{abi.upper()}" for abi in abis) + " };\n")
    out.append(pool.c("name_pool"))
    out.append(c_array("uint16_t", "name_at", name_offsets))
    out.append(c_array("uint16_t", "name_slots", hash_slots(names), 20))
    varies = {i for i, _, _ in late}
    out.append(c_array("uint16_t", "since_default",
                       [version(calls[name][0]) | (0x8000 if ids[name] in varies else 0) for name in names]))
    out.append(c_array("uint16_t", "prototype_default", defaults))
    out.append(c_array("uint16_t", "prototype_start", starts))
    out.append(c_array("struct arg_row", "prototype_args", prototypes.args, 3))
    out.append(c_array("struct exception", "prototype_exceptions", [f"{{{i}, {a}, {p}}}" for i, a, p in exceptions], 6))
    out.append(c_array("struct exception", "since_exceptions", [f"{{{i}, {a}, {v}}}" for i, a, v in late], 6))
    by_number, begins = [], [0]
    for column, abi in enumerate(abis):
        offset = 0x40000000 if abi == "x32" else 0
        numbers = [calls[name][1][column] for name in names]
        shown = [NO_NR if n is None else n + offset for n in numbers]
        if len({n for n in numbers if n is not None}) != sum(n is not None for n in numbers):
            sys.exit(f"syscalls.tsv: a number stands twice in column {abi}")
        out.append(c_array("uint32_t", f"NR_{abi.upper()}", [f"{n:#x}" if n >= 0x10000 else n for n in shown], 16))
        order = sorted((n, i) for i, n in enumerate(shown) if n != NO_NR)
        by_number += [i for _, i in order]
        begins.append(len(by_number))
    out.append(c_array("uint16_t", "ids_by_number", by_number, 20))
    out.append(c_array("uint16_t", "ids_begin", begins))
    print("\n".join(out))


if __name__ == "__main__":
    main()
