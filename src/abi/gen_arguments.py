#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""arguments.tsv, and the names of syscalls.tsv → C arrays:
gen_arguments.py arguments.tsv syscalls.tsv constants.tsv > arguments.inc"""
import sys

from gen_constants import read_table as read_constants
from gen_syscalls import read_table as read_syscalls
from tables import HEADER, Pool, c_array, kind_and_set, number, rows


def fail(line, what):
    sys.exit(f"arguments.tsv:{line}: {what}")


class Tables:
    def __init__(self, syscalls, constants):
        _, calls, exceptions, _, self.other_names = read_syscalls(syscalls)
        self.ids = {name: i for i, name in enumerate(sorted(calls))}
        self.lists = {name: [text] for name, (_, _, text) in calls.items()}
        for name, _, text in exceptions:
            self.lists[name].append(text)
        _, sets, rows_of = read_constants(constants)
        self.sets = {name: i + 1 for i, name in enumerate(sets)}
        self.constants = {row[0] for row in rows_of}

    def set_number(self, line, name):
        if name not in self.sets:
            fail(line, f"no constant set \"{name}\"")
        return self.sets[name]

    def position(self, line, call, argument):
        """The same on every ABI that has the argument."""
        if call not in self.lists:
            fail(line, f"no call \"{call}\"")
        names = [[part.split(":")[0] for part in text.split()] for text in self.lists[call]]
        places = {own.index(argument) for own in names if argument in own}
        if len(places) != 1:
            fail(line, f"{call} has no one position for \"{argument}\"")
        return places.pop()


def field_row(line, fields, tables, pool):
    name, mask, values, *flags = fields
    bits = number(mask) if mask[0].isdigit() else 0
    if not bits and mask not in tables.constants:
        fail(line, f"no constant \"{mask}\"")
    octal = "octal" in (values, *flags)
    chosen = 0 if values == "octal" else tables.set_number(line, values)
    rest = [flag for flag in flags if flag != "octal"]
    return (f"{{{bits:#x}, {0 if bits else pool.add(mask)}, {tables.set_number(line, name)}, {chosen}, "
            f"{tables.set_number(line, rest[0] if rest else name)}, {int(octal)}}}")


def when_rows(line, fields, tables, pool):
    calls, argument, other, values, kind = fields
    kind, set_name = kind_and_set(kind)
    for call in calls.split(","):
        places = tables.position(line, call, argument), tables.position(line, call, other)
        for value in values.split(","):
            if value not in tables.constants:
                fail(line, f"no constant \"{value}\"")
            yield (tables.ids[call], places[0], f"{{{pool.add(value)}, {tables.ids[call]}, "
                   f"{tables.set_number(line, set_name) if set_name else 0}, {places[0]}, {places[1]}, "
                   f"CORDON_KIND_{kind.upper()}}}")


def main():
    tables, pool = Tables(*sys.argv[2:4]), Pool()
    pool.add("")
    fields_out, meanings = [], []
    for line, fields in rows(sys.argv[1]):
        if fields[0] == "field":
            fields_out.append(field_row(line, fields[1:], tables, pool))
        else:
            meanings += when_rows(line, fields[1:], tables, pool)
    meanings.sort(key=lambda row: row[:2])
    others = sorted((tables.ids[call], name, own) for call, pairs in tables.other_names.items()
                    for name, own in pairs.items())
    names = [f"{{{call}, {pool.add(name)}, {pool.add(own)}}}" for call, name, own in others]
    print(HEADER, pool.c("argument_pool"), c_array("struct field", "fields", fields_out, 3),
          c_array("struct meaning", "meanings", [row[2] for row in meanings], 3),
          c_array("struct other_name", "other_names", names, 6), sep="\n")


if __name__ == "__main__":
    main()
