#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every name that an installed manual page gives to an argument is accepted: manual_names_test.py CORDON [FOLDER]"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ABI = Path(__file__).resolve().parents[1] / "src/abi"
sys.path.insert(0, str(ABI))
import manual
from gen_syscalls import read_table

# Of the C library's function; the call has another argument in this place, or two.
NOT_OF_THE_CALL = {"clone", "sigsuspend"}


def main():
    folder = Path(sys.argv[2] if len(sys.argv) > 2 else "/usr/share/man/man2")
    abis, calls, _, _, _ = read_table(ABI / "syscalls.tsv")
    column = abis.index("x86_64")
    print("1..1")
    if len(list(folder.glob("*.2.gz"))) < 200:
        print("ok 1 # SKIP no manual pages of section 2")
        return
    wanted = []
    for call, (_, numbers, text) in sorted(calls.items()):
        count = len(text.split())
        for names in manual.arguments(folder, call) if numbers[column] is not None else []:
            wanted += [(call, name) for name in names[:count] if not manual.is_position(name)]
    wanted = [pair for pair in dict.fromkeys(wanted) if pair[0] not in NOT_OF_THE_CALL]
    with tempfile.NamedTemporaryFile("w", suffix=".cordon") as file:
        file.write("arch x86_64\ndefault allow\n" + "".join(f"errno(1) {c}({name} == 0)\n" for c, name in wanted))
        file.flush()
        said = subprocess.run([sys.argv[1], "check", file.name], capture_output=True, text=True).stderr
    refused = re.findall(r"\w+ has no argument \"\w+\"", said)
    for line in refused:
        print(f"# {line}")
    good = not refused and "error:" not in said and len(wanted) > 600
    print(f"{'ok' if good else 'not ok'} 1 - {len(wanted)} names of the manual pages, {len(refused)} refused")


if __name__ == "__main__":
    main()
