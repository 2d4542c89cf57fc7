# SPDX-License-Identifier: MIT
"""Requirements of tests: each function returns the reason why a test can't run on this machine, or None."""
import os
from pathlib import Path


def no_proc():
    return None if Path("/proc/self").exists() else "there is no /proc here"


def no_terminal():
    try:
        for end in os.openpty():
            os.close(end)
    except OSError as reason:
        return f"no pseudoterminal here: {reason}"
    return None
