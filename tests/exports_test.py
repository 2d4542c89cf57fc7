#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the library exports is what its headers declare: exports_test.py LIBRARY MAP HEADER…"""
import re
import shutil
import subprocess
import sys
from pathlib import Path


def declared(headers):
    names = set()
    for header in headers:
        text = re.sub(r"/\*.*?\*/", "", Path(header).read_text(), flags=re.S)
        text = re.sub(r"^\s*#[^\n]*(\\\n[^\n]*)*", "", text, flags=re.M)
        text = re.sub(r"static inline[^{]*\{[^}]*\}", "", text)
        text = re.sub(r"^typedef [^;{]*;", "", text, flags=re.M)
        names |= set(re.findall(r"\b(cordon_\w+)\s*\((?!\*)", text))
        names |= set(re.findall(r"extern const struct \w+ (cordon_\w+);", text))
    return names


def show(number, name, wrong):
    for line in sorted(wrong):
        print(f"# {line}")
    print(f"{'not ok' if wrong else 'ok'} {number} - {name}")


def compile_alone(header, roots, command):
    run = subprocess.run([*command, "-fsyntax-only", "-Wall", "-Werror", *[f"-I{r}" for r in roots], header],
                         capture_output=True, text=True)
    return [] if run.returncode == 0 else [f"{header}: {run.stderr.splitlines()[0]}"]


def main():
    library, export_map, *headers = sys.argv[1:]
    symbols = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True, check=True).stdout
    exported = {line.split()[-1] for line in symbols.splitlines()}
    listed = set(re.findall(r"^\s+(cordon_\w+);", Path(export_map).read_text(), flags=re.M))
    wanted = declared(headers)
    roots = sorted({str(Path(header).parent.parent) for header in headers})
    print("1..4")
    show(1, "the export list is what the headers declare", listed ^ wanted)
    show(2, "the library exports the list and nothing else", exported ^ listed)
    wrong = [w for h in headers for w in compile_alone(h, roots, ["cc", "-std=c17", "-x", "c"])]
    show(3, "every header compiles alone as C17", wrong)
    if not shutil.which("g++"):
        print("ok 4 - every header compiles alone as C++ # SKIP no g++")
        return
    wrong = [w for h in headers for w in compile_alone(h, roots, ["g++", "-x", "c++"])]
    show(4, "every header compiles alone as C++", wrong)


main()
