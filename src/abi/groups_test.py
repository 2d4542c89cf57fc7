#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares groups.txt with the sets that systemd documents: groups_test.py CORDON

Every member of a set that cordon's tables have must be in cordon's group of that name. The group may have more: calls
that are newer than that systemd.
"""
import shutil
import subprocess
import sys
from pathlib import Path

import systemd_sets


def documented():
    return systemd_sets.read(subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager"], capture_output=True,
                                            text=True, check=True).stdout)


def expand(sets, name):
    return {call for member in sets[name] for call in (expand(sets, member) if member in sets else {member})}


def ours(cordon, *arguments):
    run = subprocess.run([cordon, "syscalls", "-a", "all", "--names", *arguments], capture_output=True, text=True)
    return set(run.stdout.split())


def main():
    cordon = Path(sys.argv[1]).resolve()
    if not shutil.which("systemd-analyze"):
        print("1..1\nok 1 - groups # SKIP no systemd-analyze")
        return
    sets, known = documented(), ours(cordon)
    names = sorted(name for name in sets if name != "@known")
    print(f"1..{len(names)}")
    for number, name in enumerate(names, 1):
        missing = (expand(sets, name) & known) - ours(cordon, name)
        for call in sorted(missing):
            print(f"# {name} lacks {call}")
        print(f"{'not ok' if missing else 'ok'} {number} - {name}: {len(expand(sets, name))} calls")


main()
