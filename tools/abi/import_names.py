# SPDX-License-Identifier: MIT
"""Adds the names that manual pages give to arguments to src/abi/syscalls.tsv, for tools/abi/import."""
import re
import sys

import manual
from gen_syscalls import read_table


def update(path, folder):
    """One row for each call with other names: names CALL MANUAL=TABLE …"""
    _, calls, _, _, have = read_table(path)
    for call, (_, _, text) in calls.items():
        own = [argument.split(":")[0] for argument in text.split()]
        for names in manual.arguments(folder, call):
            for theirs, mine in zip(names, own):
                is_half = re.search(r"_(lo|hi)$", mine)
                if theirs not in own and not manual.is_position(theirs) and not is_half:
                    have.setdefault(call, {}).setdefault(theirs, mine)
    lines = [line for line in path.read_text().splitlines() if not line.startswith("names\t")]
    lines += [f"names\t{call}\t" + " ".join(f"{theirs}={mine}" for theirs, mine in sorted(have[call].items()))
              for call in sorted(have)]
    path.write_text("\n".join(lines) + "\n")
    print(sum(len(names) for names in have.values()), "names", file=sys.stderr)
