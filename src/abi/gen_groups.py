#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""groups.txt → C arrays of ids: gen_groups.py groups.txt syscalls.tsv > groups.inc"""
import sys

from gen_syscalls import read_table
from tables import HEADER, Pool, c_array, rows


def read_groups(path):
    """{name: (description, [members])}"""
    groups, current = {}, None
    for line, fields in rows(path):
        if fields[0] == "group":
            current = fields[1]
            if current in groups:
                sys.exit(f"{path}:{line}: {current} stands here twice")
            groups[current] = (fields[2], [])
        else:
            groups[current][1].extend(fields[1].split())
    return groups


def expand(groups, ids, name, open_groups=()):
    if name in open_groups:
        sys.exit(f"groups.txt: {name} contains itself")
    members = set()
    for member in groups[name][1]:
        if member.startswith("@"):
            members |= expand(groups, ids, member, (*open_groups, name))
        elif member in ids:
            members.add(ids[member])
        else:
            sys.exit(f"groups.txt: {name}: no system call \"{member}\"")
    return members


def main():
    names = sorted(read_table(sys.argv[2])[1])
    ids = {name: i for i, name in enumerate(names)}
    groups = read_groups(sys.argv[1])
    groups["@known"] = ("all system calls known to this version", names)
    pool, members, table = Pool(), [], []
    for name in sorted(groups):
        expanded = sorted(expand(groups, ids, name))
        table.append(f"{{{pool.add(name)}, {pool.add(groups[name][0])}, {len(members)}, {len(expanded)}}}")
        members += expanded
    print(HEADER, pool.c("group_pool"), c_array("struct group_row", "group_rows", table, 3),
          c_array("uint16_t", "group_members", members, 20), sep="\n")


if __name__ == "__main__":
    main()
