#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs two threads through the library, in a build with ThreadSanitizer: threads_test.py BUILD_DIR SOURCE_DIR"""
import re
import subprocess
import sys
from pathlib import Path

SEEDS = 2  # of each format


def make(source, folder):
    """None, or the failure."""
    if not (folder / "build.ninja").exists():
        run = subprocess.run(["meson", "setup", folder, source, "-Db_sanitize=thread", "-Db_lundef=false", "-Doptimization=1"],
                             capture_output=True, text=True)
        if run.returncode:
            return run.stdout + run.stderr
    run = subprocess.run(["ninja", "--quiet", "-C", folder, "tests/threads"], capture_output=True, text=True)
    return run.stdout + run.stderr if run.returncode else None


def seeds(source):
    for folder in sorted((source / "fuzz/seeds").iterdir()):
        yield from sorted(str(path) for path in folder.iterdir() if path.is_file())[:SEEDS]


def main():
    build, source = Path(sys.argv[1]), Path(sys.argv[2])
    folder = build / "threads"
    print("1..1")
    wrong = make(source, folder)
    if wrong is None:
        run = subprocess.run([folder / "tests/threads", *seeds(source)], capture_output=True, text=True)
        if "unexpected memory mapping" in run.stderr:
            print("ok 1 - two threads # SKIP ThreadSanitizer can't map its memory on this kernel")
            return
        counts = [int(number) for number in re.findall(r"\d+", run.stdout)]
        if run.returncode or not counts or 0 in counts:
            wrong = f"exit status {run.returncode}\n{run.stdout}{run.stderr}"
    for line in (wrong or run.stdout).splitlines()[:60]:
        print(f"# {line}")
    print(f"{'not ok' if wrong else 'ok'} 1 - two threads do nothing to each other")


main()
