#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs cordon as case files describe: cases_test.py CORDON CASE…

The lines of a case file:
  # NAME              begins a test; files before the first one exist in all tests
  file NAME           the following lines, which begin with `| `, are the contents of this file
  ? COMMAND           if this fails, the rest of the test is skipped
  $ COMMAND           run by sh in an empty folder, with cordon in PATH
  < TEXT              a line of its standard input
  > TEXT              a line of its standard output, exactly
  ! TEXT              text that its standard error contains
  = STATUS            its exit status (default 0)
"""
import os
import subprocess
import sys
import tempfile
from pathlib import Path


def read_cases(path):
    """[(name, [step])]; a step is a file to write, or a command with its expected results."""
    common = []
    cases, target = [("", common)], None
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        mark, _, rest = line.partition(" ")
        if not line.strip():
            continue
        if mark == "#":
            cases.append((rest, list(common)))
        elif mark == "file":
            target = {"file": rest, "text": []}
            cases[-1][1].append(target)
        elif mark == "|":
            target["text"].append(rest)
        elif mark == "?":
            cases[-1][1].append({"needs": rest})
        elif mark == "$":
            target = {"command": rest, "line": number, "in": [], "out": [], "err": [], "status": 0}
            cases[-1][1].append(target)
        elif mark == "=":
            target["status"] = int(rest)
        elif mark in "<>!":
            target[{"<": "in", ">": "out", "!": "err"}[mark]].append(rest)
        else:
            sys.exit(f"{path}:{number}: what is this?")
    return cases[1:]


class Skip(Exception):
    """A requirement of the test is missing."""


def run_step(step, folder, environment):
    """The differences from what is expected, as lines of text."""
    if "needs" in step:
        needed = subprocess.run(["sh", "-c", step["needs"]], cwd=folder, env=environment, capture_output=True, text=True)
        if needed.returncode:
            raise Skip(f"this fails here: {step['needs']}: {' '.join(needed.stderr.split())}")
        return []
    if "file" in step:
        (folder / step["file"]).write_text("\n".join(step["text"]) + "\n", encoding="utf-8")
        return []
    text = "\n".join(step["in"]) + "\n" if step["in"] else ""
    run = subprocess.run(["sh", "-c", step["command"]], cwd=folder, env=environment, input=text, text=True,
                         capture_output=True, timeout=60)
    problems = []
    if run.returncode != step["status"]:
        problems.append(f"exit status {run.returncode}, expected {step['status']}")
    if step["out"] and run.stdout.splitlines() != step["out"]:
        problems += ["standard output is:"] + run.stdout.splitlines()
    problems += [f"standard error lacks: {wanted}" for wanted in step["err"] if wanted not in run.stderr]
    if problems:
        problems = [f"line {step['line']}: {step['command']}"] + problems + ["standard error is:"] + \
            run.stderr.splitlines()
    return problems


def main():
    cordon = Path(sys.argv[1]).resolve()
    environment = dict(os.environ, PATH=f"{cordon.parent}:{cordon.parent}/tests:{os.environ['PATH']}", NO_COLOR="1", LC_ALL="C.UTF-8")
    for sanitizer in ("ASAN_OPTIONS", "LSAN_OPTIONS"):
        environment[sanitizer] = environment.get(sanitizer, "") + ":detect_leaks=0"
    cases = [(Path(path).stem, *case) for path in sys.argv[2:] for case in read_cases(path)]
    print(f"1..{len(cases)}", flush=True)
    for number, (file, name, steps) in enumerate(cases, 1):
        with tempfile.TemporaryDirectory() as folder:
            problems, skipped = [], ""
            try:
                for step in steps:
                    problems += run_step(step, Path(folder), environment)
            except Skip as reason:
                skipped = f" # SKIP {reason}"
        for problem in problems:
            print(f"# {problem}")
        print(f"{'not ok' if problems else 'ok'} {number} - {file}: {name}{skipped}", flush=True)


main()
