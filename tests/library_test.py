#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests the library as other programs use it, from an installed tree: library_test.py BUILD_DIR SOURCE_DIR"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

WARNINGS = ["-Wall", "-Wextra", "-pedantic", "-Werror"]
LANGUAGES = {"C11": ["cc", "-std=c11", "-x", "c"], "C++17": ["g++", "-std=c++17", "-x", "c++"]}
LINKS = ["static", "shared"]


class Tree:
    """Installs the tree into a folder with `meson install`."""

    def __init__(self, build, root):
        self.root = root
        subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", root], check=True,
                       stdout=subprocess.DEVNULL)
        pc = next(root.rglob("cordon.pc"))
        self.libdir = pc.parent.parent
        self.environment = {**os.environ, "PKG_CONFIG_PATH": str(pc.parent), "PKG_CONFIG_SYSROOT_DIR": str(root)}

    def pkg_config(self, *arguments):
        run = subprocess.run(["pkg-config", *arguments, "cordon"], env=self.environment, capture_output=True, text=True,
                             check=True)
        return run.stdout.split()

    def link(self, kind):
        """The flags that link the library; the static one is given as a file."""
        if kind == "static":
            return ["-static", *self.pkg_config("--static", "--libs")]
        return [*self.pkg_config("--libs"), f"-Wl,-rpath,{self.libdir}"]

    def build(self, source, program, language, kind):
        """None, or what the compiler complains about."""
        command = [*LANGUAGES[language], *WARNINGS, *self.pkg_config("--cflags"), str(source), "-x", "none", "-o",
                   str(program), *self.link(kind), "-pthread"]
        run = subprocess.run(command, capture_output=True, text=True)
        return None if run.returncode == 0 else run.stderr


class Report:
    def __init__(self):
        self.count = 0

    def add(self, name, wrong=None, skip=None):
        self.count += 1
        for line in (wrong or "").splitlines():
            print(f"# {line}")
        end = f" # SKIP {skip}" if skip else ""
        print(f"{'not ok' if wrong else 'ok'} {self.count} - {name}{end}")


def languages(report, name):
    """The languages for which this machine has a compiler."""
    for language, command in LANGUAGES.items():
        if shutil.which(command[0]):
            yield language
        else:
            report.add(f"{name}, {language}", skip=f"no {command[0]}")


def header(tree, report, work):
    source = work / "header.c"
    source.write_text("#include <cordon.h>\nint main(void)\n{\n    return cordon_version()[0] == 0 || cordon_node_same(CORDON_NODE_NONE, CORDON_NODE_NONE) == 0;\n}\n")
    for language in languages(report, "cordon.h"):
        for kind in LINKS:
            report.add(f"cordon.h, {language}, {kind}", tree.build(source, work / "header", language, kind))


def own_names(tree, report, work, source):
    wrong = tree.build(source, work / "own_names", "C11", "static")
    if not wrong:
        run = subprocess.run([work / "own_names"], capture_output=True, text=True)
        wanted = f"6 {tree.pkg_config('--modversion')[0]}\n"
        wrong = None if run.stdout == wanted else f"printed {run.stdout!r}, not {wanted!r}"
    report.add("a program may use names that the library uses inside", wrong)


POLICY = "arch x86_64, x32\ndefault errno(EPERM)\nbad_arch kill_thread\nallow read, write, exit_group\n"
NARROW = POLICY.replace("write, ", "")


def make_inputs(work):
    (work / "policy").write_text(POLICY)
    (work / "narrow").write_text(NARROW)


# Arguments, exit status, and a pattern of the output. Standard input is the policy.
EXAMPLES = {
    "confine": [([], 0, rb"confined\n")],
    "compile": [(["policy"], 0, rb"(?s)(.{8}){5,}"), (["absent"], 2, rb"")],
    "compare": [(["policy", "policy"], 0, rb"equal\n"),
                (["policy", "narrow"], 1, rb"(write: allow and errno\(EPERM\)\n)+different\n")],
    "convert": [(["oci"], 0, rb'(?s)\{.*"SCMP_ACT_ERRNO".*"write".*\}\n'), (["kafel"], 1, rb""), (["unknown"], 2, rb"")],
    "explain": [([], 3, rb"trapped: socket\(AF_INET, SOCK_STREAM, .*\)\n"
                        rb"verdict: trap(\(0\))?, by line 1 of the policy\n"
                        rb"to allow it: allow socket\(domain == AF_INET .*\)\n")],
}


def run_example(program, work, uses):
    """None, or how the program's behaviour differs from what is expected."""
    for arguments, status, pattern in uses:
        with open(work / "policy", "rb") as policy:
            run = subprocess.run([program, *arguments], cwd=work, stdin=policy, capture_output=True)
        if run.returncode != status or not re.fullmatch(pattern, run.stdout):
            return f"{' '.join(arguments)}: exit status {run.returncode}, printed {run.stdout!r} {run.stderr!r}"
    return None


def examples(tree, report, work, folder):
    make_inputs(work)
    written = {path.stem for path in folder.glob("*.c")}
    report.add("each example is run", "\n".join(written ^ set(EXAMPLES)))
    for name in sorted(written & set(EXAMPLES)):
        for language in languages(report, f"examples/{name}.c"):
            for kind in LINKS:
                wrong = tree.build(folder / f"{name}.c", work / name, language, kind) or \
                    run_example(work / name, work, EXAMPLES[name])
                report.add(f"examples/{name}.c, {language}, {kind}", wrong)


# ---- man pages ----


def unescape(line):
    return line.replace("\\e", "\\").replace("\\&", "")


def page_example(page):
    """The program and its output: the two literal blocks of EXAMPLES."""
    section = re.search(r"^\.Sh EXAMPLES\n(.*?)^\.Sh ", page.read_text(), flags=re.S | re.M)
    blocks = re.findall(r"^\.Bd -literal[^\n]*\n(.*?)^\.Ed\n", section[1], flags=re.S | re.M) if section else []
    return [unescape(block) for block in blocks]


def run_page(tree, work, blocks, language, kind):
    if len(blocks) != 2:
        return "EXAMPLES isn't a program and what it prints"
    program, output = blocks
    (work / "example.c").write_text(program)
    wrong = tree.build(work / "example.c", work / "example", language, kind)
    if wrong:
        return wrong
    run = subprocess.run([work / "example"], cwd=work, capture_output=True, text=True)
    return None if (run.returncode, run.stdout) == (0, output) else f"exit status {run.returncode}, printed\n{run.stdout}{run.stderr}"


def man_pages(tree, report, work, folder):
    pages = sorted(folder.glob("*.3"))
    report.add("there are man pages of functions", None if pages else "none")
    for page in pages:
        blocks = page_example(page)
        for language, kind in zip(languages(report, page.name), LINKS):
            report.add(f"the example of {page.name}, {language}, {kind}", run_page(tree, work, blocks, language, kind))


def backtrace(tree, report):
    """The tree isn't at its configured place, so the helper is only found next to the command."""
    command = next(tree.root.rglob("bin/cordon"))
    run = subprocess.run([command, "run", "-p", "@stdio", "--", "id"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    report.add("a tree that was moved finds its backtrace helper", None if "#0 " in run.stderr else run.stderr)


def short(report, source):
    lines = (source / "examples/confine.c").read_text().split("*/\n")[-1].splitlines()
    report.add("a program confines itself in ten lines", None if len(lines) <= 10 else f"{len(lines)} lines")


def main():
    build, source = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        tree = Tree(build, work / "tree")
        header(tree, report, work)
        own_names(tree, report, work, source / "tests/own_names.c")
        examples(tree, report, work, source / "examples")
        short(report, source)
        backtrace(tree, report)
        man_pages(tree, report, work, source / "man")
    print(f"1..{report.count}")


if __name__ == "__main__":
    main()
