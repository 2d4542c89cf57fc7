#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""constants.tsv → C arrays: gen_constants.py constants.tsv > constants.inc"""
import sys

from tables import HEADER, Pool, c_array, rows

NOT_HERE = "NOT_HERE"


def fail(line, what):
    sys.exit(f"constants.tsv:{line}: {what}")


def value(text):
    return None if text == "-" else int(text, 0) & (2**64 - 1)


def read_table(path):
    """ABIs, sets, and [(name, set, general value, {abi: value})]."""
    abis, sets, constants, seen = [], [], [], {}
    for line, fields in rows(path):
        if fields[0] == "abis":
            abis = fields[1:]
        elif fields[0] == "set":
            sets.append(fields[1])
        else:
            special = {}
            for part in fields[2:]:
                names, _, text = part.rpartition("=")
                for abi in names.split(","):
                    if abi not in abis:
                        fail(line, f"no ABI \"{abi}\"")
                    special[abis.index(abi)] = value(text)
            row = (fields[0], len(sets), value(fields[1]), special)
            if fields[0] in seen and seen[fields[0]] != row[2:]:
                fail(line, f"{fields[0]} has two values")
            seen[fields[0]] = row[2:]
            constants.append(row)
    return abis, sets, constants


def main():
    abis, sets, constants = read_table(sys.argv[1])
    pool, special_rows, out_rows = Pool(), [], []
    # In the order of the table, in which a set is printed; with a second index by name.
    for name, set_number, general, special in constants:
        start = len(special_rows)
        for abi, number in sorted(special.items()):
            special_rows.append(f"{{{abi}, {int(number is None)}, {number or 0:#x}}}")
        out_rows.append(f"{{{general or 0:#x}, {pool.add(name)}, {start}, {len(special_rows) - start}, "
                        f"{int(general is None)}}}")
    by_name, known = [], set()
    for index in sorted(range(len(constants)), key=lambda i: constants[i][0]):
        if constants[index][0] not in known:
            by_name.append(index)
        known.add(constants[index][0])
    set_start, at = [0], 0
    for number in range(1, len(sets) + 1):
        set_start.append(at)
        at += sum(1 for row in constants if row[1] == number)
    set_start.append(at)
    print(HEADER, "enum { " + ", ".join(f"COLUMN_{abi.upper()}" for abi in abis) + " };",
          f"#define SETS {len(sets)}", pool.c("constant_pool"),
          c_array("struct special", "specials", special_rows, 4),
          c_array("struct constant", "constants", out_rows, 2), c_array("uint16_t", "by_name", by_name),
          c_array("uint16_t", "set_name", ["0"] + [pool_offset(s, sets) for s in sets]),
          c_array("uint16_t", "set_start", set_start),
          "static const char set_pool[] =\n" + "\n".join(f'    "{s}\\0"' for s in sets) + ";\n", sep="\n")


def pool_offset(name, sets):
    return sum(len(s) + 1 for s in sets[:sets.index(name)])


if __name__ == "__main__":
    main()
