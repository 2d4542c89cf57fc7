# SPDX-License-Identifier: MIT
"""Requirements of tests: each function returns the reason why a test can't run on this machine, or None."""
import os
from pathlib import Path


def no_proc():
    return None if Path("/proc/self").exists() else "there is no /proc here"


def no_trap():
    try:
        actions = Path("/proc/sys/kernel/seccomp/actions_avail").read_text().split()
    except OSError:
        actions = []
    return None if "trace" in actions else "the kernel has no seccomp that can be the trap"


def no_terminal():
    try:
        for end in os.openpty():
            os.close(end)
    except OSError as reason:
        return f"no pseudoterminal here: {reason}"
    return None
