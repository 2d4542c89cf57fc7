#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every command has a man page that names its options: help_test.py CORDON MAN_DIR"""
import re
import shutil
import subprocess
import sys
from pathlib import Path


def main():
    cordon, man = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    text = subprocess.run([cordon, "help"], capture_output=True, text=True, check=True).stdout
    commands = re.findall(r"^  (\w+) {2,}\S", text, flags=re.M)
    commands.remove("help")
    shared = {"json", "arch", "help", "from", "part", "like", "caps", "kernel", "output"}
    print(f"1..{len(commands) + 1}")
    for number, command in enumerate(commands, 1):
        shown = subprocess.run([cordon, command, "--help"], capture_output=True, text=True, check=True).stdout
        options = set(re.findall(r"^ +(?:-\w, +)?--([a-z][a-z-]+)", shown, flags=re.M))
        page = man / f"cordon-{command}.1"
        written = re.sub(r"\bFl -", "--", page.read_text()) if page.exists() else ""
        wrong = [f"man page lacks --{option}" for option in options - shared if f"--{option}" not in written]
        for line in wrong:
            print(f"# {line}")
        print(f"{'not ok' if wrong else 'ok'} {number} - {command}")
    if not shutil.which("mandoc"):
        print(f"ok {len(commands) + 1} - man pages # SKIP no mandoc")
        return
    lint = subprocess.run(["mandoc", "-Tlint", "-Wwarning", *map(str, sorted(man.glob("*.[15]")))], capture_output=True, text=True)
    for line in lint.stdout.splitlines():
        print(f"# {line}")
    print(f"{'not ok' if lint.stdout else 'ok'} {len(commands) + 1} - man pages are well formed")


main()
