#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares the library's exports with its headers: exports_test.py LIBRARY ARCHIVE MAP HEADER…"""
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


def symbols(library, kind):
    run = subprocess.run(["nm", kind, "--defined-only", library], capture_output=True, text=True, check=True)
    names = {line.split()[-1] for line in run.stdout.splitlines() if len(line.split()) == 3}
    return {name.split("@")[0] for name in names if not re.fullmatch(r"CORDON_\d+\.\d+", name)}


def compile_alone(header, roots, command):
    run = subprocess.run([*command, "-fsyntax-only", "-Wall", "-Werror", *[f"-I{r}" for r in roots], header],
                         capture_output=True, text=True)
    return [] if run.returncode == 0 else [f"{header}: {run.stderr.splitlines()[0]}"]


def compile_together(headers, roots, command):
    text = "".join(f'#include "cordon/{Path(header).name}"\n' for header in headers)
    run = subprocess.run([*command, "-fsyntax-only", "-Wall", "-Wextra", "-pedantic", "-Werror", *[f"-I{r}" for r in roots], "-"],
                         input=text, capture_output=True, text=True)
    return run.stderr.splitlines()[:3] if run.returncode else []


def main():
    library, archive, export_map, *headers = sys.argv[1:]
    exported = symbols(library, "-D")
    # A sanitizer marks each public variable with a symbol of its own, which begins with its name.
    linkable = {name for name in symbols(archive, "-g") if not name.startswith("__odr_asan")}
    listed = set(re.findall(r"^\s+(cordon_\w+);", Path(export_map).read_text(), flags=re.M))
    wanted = declared(headers)
    roots = sorted({str(Path(header).parent.parent) for header in headers})
    print("1..7")
    show(1, "the export list is what the headers declare", listed ^ wanted)
    show(2, "the library exports the list and nothing else", exported ^ listed)
    show(3, "the static library's global symbols are the list and nothing else", linkable ^ listed)
    wrong = [w for h in headers for w in compile_alone(h, roots, ["cc", "-std=c17", "-x", "c"])]
    show(4, "every header compiles alone as C17", wrong)
    show(5, "all headers compile together as C11", compile_together(headers, roots, ["cc", "-std=c11", "-x", "c"]))
    if not shutil.which("g++"):
        print("ok 6 - every header compiles alone as C++ # SKIP no g++")
        print("ok 7 - all headers compile together as C++17 # SKIP no g++")
        return
    wrong = [w for h in headers for w in compile_alone(h, roots, ["g++", "-x", "c++"])]
    show(6, "every header compiles alone as C++", wrong)
    show(7, "all headers compile together as C++17", compile_together(headers, roots, ["g++", "-std=c++17", "-x", "c++"]))


main()
