# SPDX-License-Identifier: MIT
"""Figures read from the objects of a build. Each function returns its offenders, one line each."""
import json
import os
import re
import subprocess
from collections import defaultdict
from pathlib import Path

from measure.source import is_test

WRITABLE = re.compile(r"^\.(data|bss|tdata|tbss)(?!\.rel\.ro)")


def nm(*files):
    """(file, symbol, class, section) of each symbol."""
    text = subprocess.run(["nm", "-A", "-f", "sysv", *files], capture_output=True, text=True, check=True).stdout
    for line in text.splitlines():
        columns = [column.strip() for column in line.split("|")]
        if len(columns) == 7:
            place, _, name = columns[0].rpartition(":")
            yield place, name, columns[2], columns[6]


class Objects:
    def __init__(self, build):
        self.build = Path(build)
        self.defined = defaultdict(set)  # file: its global symbols
        self.wanted = defaultdict(set)   # file: symbols that it takes from others
        self.writable = set()
        source_of = self.sources()
        for place, name, kind, section in nm(*source_of):
            self.add(source_of[place], name, kind, section)

    def sources(self):
        """{object: source}; generated sources are named by their place in the build folder."""
        found = {}
        for entry in json.loads((self.build / "compile_commands.json").read_text()):
            path = self.build / entry["output"]
            source = os.path.relpath((Path(entry["directory"]) / entry["file"]).resolve())
            if path.exists():
                found[str(path)] = source
            elif not is_test(source):  # some tests build a program when they run
                raise SystemExit(f"tools/metrics: {path} is missing: build everything first, tests too")
        return found

    def add(self, source, name, kind, section):
        if kind == "U":
            self.wanted[source].add(name)
        elif kind in "TDBRVWC" and name != "main":
            self.defined[source].add(name)
        if WRITABLE.match(section) and kind in "DdBbC" and is_library(source):
            self.writable.add(f"{source}: {name}")

    def foreign_symbols(self):
        """Global symbols of the archive that could clash with those of the program that links it."""
        return sorted({f"{name} ({place})" for place, name, kind, _ in nm(str(self.build / "libcordon.a"))
                       if kind in "TDBRVWC" and not name.startswith("cordon_")})

    def public(self):
        """What the shared library exports."""
        return set(re.findall(r"^\s+(cordon_\w+);", Path("src/libcordon.map").read_text(), flags=re.M))

    def file_local(self):
        """Global symbols that no other object uses: they should be static."""
        public = self.public()
        return sorted(f"{source}: {name}" for source, names in self.defined.items() for name in names - public
                      if not is_preloaded(source)
                      and not any(name in wanted for other, wanted in self.wanted.items() if other != source))

    def cycles(self):
        """The cycles of files that use each other, [[file]]: strongly connected components."""
        home = {name: source for source, names in self.defined.items() if not is_test(source) for name in names}
        graph = {source: {home[name] for name in names if name in home} - {source}
                 for source, names in self.wanted.items() if source.startswith("src/") and not is_test(source)}
        return [sorted(part) for part in components(graph) if len(part) > 1]


def is_library(source):
    """Excludes the command, the helper, and what runs while building: they are programs."""
    programs = ("src/cli/", "src/host/trace/backtrace_helper.c", "src/host/ptrace/embed_policy.c")
    return source.startswith("src/") and not (is_test(source) or source.startswith(programs))


def is_preloaded(source):
    """Its symbols replace those of libc."""
    return Path(source).name.startswith("preload_")


def components(graph):
    """Tarjan's algorithm."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in graph.get(node, ()):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            at = stack.index(node)
            found.append(stack[at:])
            del stack[at:]

    for node in list(graph):
        if node not in index:
            visit(node)
    return found
