# SPDX-License-Identifier: MIT
"""The sets of system calls that `systemd-analyze syscall-filter --no-pager` prints."""


def read(text):
    """{@name: [members]}, sets in sets not expanded."""
    found, current = {}, None
    for line in text.splitlines():
        member = line.strip()
        if line.startswith("@"):
            current = found.setdefault(member, [])
        elif line.startswith("#"):
            current = None  # the rest isn't a set
        elif current is not None and member and not member.startswith("#"):
            current.append(member)
    return found
