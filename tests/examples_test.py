#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the examples of README and the man pages: examples_test.py CORDON BUILD_DIR SOURCE_DIR SANITIZERS

The examples of a page run in order, in a folder that holds the files that they name. Each command must exit with 0, or
with its status in STATUS. Output in README is compared. No block of README and no example of a page is left out.
"""
import contextlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import machine
from containers_test import SHELL
from formats_test import DEFAULT
from library_test import Tree
from oracle_containers import DOCKER, IMAGE, Unavailable, daemon, remove_groups

CORDON, BUILD, SOURCE = (Path(path).resolve() for path in sys.argv[1:4])
SECONDS = 120

# The exit status of examples in which it isn't 0: something is denied, or the answer is no.
STATUS = {
    "cordon run -p @stdio -- touch note": 159,
    "cordon emulate -p @stdio --explain -- touch note": 159,
    "cordon diff @stdio @network-client": 1,
    "cordon diff --like docker app.json other.json": 1,
}
# Requirements of examples besides cordon.
NEEDS = [(r"\bpid:|\b4242\b|\bsaved\.|\bcordon (run|emulate)\b", "proc"),
         (r"\bpid:|\bcordon dump\b", "root"), (r"\bdocker\b", "docker"), (r"\bbwrap\b", "bwrap"), (r"\bstrace\b", "strace"),
         (r"-t svg\b", "dot"), (r"\bdefault\.json\b", "Podman's profile")]
# Blocks of README that aren't examples of cordon: how they begin, and the test that covers them.
ELSEWHERE = {"make run": "demo/run, by a person", "arch x86_64": "checked as a policy below", "#include": "built below",
             "cc program.c": "built below"}
UNIT = """[Service]
ExecStart=/usr/bin/true
SystemCallFilter=@system-service
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
"""


class Skip(Exception):
    """A requirement that is missing."""


# ---- what examples there are ----


def unescape(line):
    return line.replace("\\e", "\\").replace("\\-", "-").replace("\\(aq", "'").replace("\\&", "")


def blocks_of_page(path):
    """The literal blocks of all sections of a page, as lists of lines."""
    blocks, inside = [], False
    for line in path.read_text().splitlines():
        if line.startswith(".Bd -literal"):
            blocks.append([])
            inside = True
        elif line.startswith(".Ed"):
            inside = False
        elif inside:
            blocks[-1].append(unescape(line))
        elif line.startswith(".Dl "):
            blocks.append([unescape(line[4:])])
    return blocks


def blocks_of_readme():
    text = (SOURCE / "README.md").read_text()
    return [[line[4:] for line in block.rstrip().split("\n")]
            for block in re.findall(r"(?:^    .*\n(?:\n(?=    ))?)+", text, flags=re.M)]


def commands(lines):
    """Joins continued lines to one command, also across an empty line."""
    return [line for line in re.sub(r" *\\\n *", " ", "\n".join(lines)).split("\n") if line]


def is_example(lines):
    return re.match(r"(cordon|pid=|echo|printf|strace|docker) ?", lines[0])


# ---- where they run ----


class Place:
    """A folder with the files that the examples of one page name, and a process under two filters as 4242."""

    def __init__(self, stack, folder):
        self.stack, self.folder, self.docker, self.process = stack, folder, None, None
        self.no_docker = None  # the reason why there is none
        self.environment = {**os.environ, "PATH": f"{folder}/bin:{CORDON.parent}:{os.environ['PATH']}"}
        (folder / "bin").mkdir()
        (folder / "app.policy").write_text("".join(f"{call}: 1\n" for call in SHELL))
        (folder / "some.service").write_text(UNIT)
        if DEFAULT.exists():
            shutil.copy(DEFAULT, folder / "default.json")
            shutil.copy(DEFAULT, folder / "other.json")

    def require(self, text):
        for pattern, what in NEEDS:
            if not re.search(pattern, text):
                continue
            if what == "proc" and machine.no_proc():
                raise Skip(machine.no_proc())
            if what == "root" and os.geteuid():
                raise Skip("only root reads the filters of a process")
            if what == "docker":
                self.start_docker()
            elif what == "Podman's profile" and not DEFAULT.exists() and "docker" not in text:
                raise Skip(f"there is no {DEFAULT}")
            elif what in ("bwrap", "strace", "dot") and not shutil.which(what):
                raise Skip(f"there is no {what}")
            elif what == "bwrap":
                self.try_bwrap()
        if "4242" in text and not self.process:
            self.start_process()

    def try_bwrap(self):
        done = self.run("bwrap --ro-bind / / true")
        if done.returncode:
            raise Skip(f"bwrap itself fails here: {done.stderr.strip()}")

    def start_process(self):
        (self.folder / "loose").write_text("default allow\nerrno(EPERM) swapon\n")
        (self.folder / "looser").write_text("default allow\nerrno(EPERM) swapoff\n")
        self.process = subprocess.Popen(
            [CORDON, "run", "--no-trace", "-p", "loose", CORDON, "run", "--no-trace", "-p", "looser", "sh", "-c", "echo; read x"],
            cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.stack.callback(self.process.communicate)
        self.process.stdout.readline()  # both are installed

    def start_docker(self):
        """Makes `docker` use the test's own daemon, which has a container called NAME."""
        if self.no_docker:
            raise Skip(self.no_docker)
        if self.docker:
            return
        busybox = shutil.which("busybox")
        if not busybox:
            raise Skip("there is no busybox")
        root = self.folder / "root"
        (root / "bin").mkdir(parents=True)
        shutil.copy(busybox, root / "bin/busybox")
        self.stack.callback(remove_groups)
        try:
            self.docker = self.stack.enter_context(daemon(self.folder, root))
        except Unavailable as reason:
            self.no_docker = str(reason)
            raise Skip(self.no_docker) from None
        pid = self.stack.enter_context(self.docker.held("--name", "NAME"))
        (self.folder / "bin/docker").write_text(f'''#!/bin/sh
export DOCKER_CONFIG={self.folder} DOCKER_HOST=unix://{self.folder}/docker.sock
case $1 in
run) shift; exec {DOCKER} run --rm --network none "$@" ;;
inspect) {DOCKER} "$@" >/dev/null && echo {pid} ;; # it has another number in the daemon's pid namespace
*) exec {DOCKER} "$@" ;;
esac
''')
        (self.folder / "bin/docker").chmod(0o755)

    def fill(self, command):
        """Replaces the placeholders."""
        command = re.sub(r"(docker run .*) (IMAGE|…)", rf"\1 {IMAGE} /bin/busybox true", command)
        if self.process:
            command = command.replace("4242", str(self.process.pid))
        return command

    def run(self, script):
        return subprocess.run(["bash", "-c", script], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=SECONDS)


def run_example(place, lines):
    place.require("\n".join(lines))
    script = ""
    for command in commands(lines):
        bare = re.sub(r"\s+#.*", "", command)
        wanted = STATUS.get(bare, 0)
        wrong = shlex.quote(f"{bare}: the exit status isn't {wanted}, but")
        script += f"{place.fill(command)}\nstatus=$?\n[ $status = {wanted} ] || {{ echo {wrong} $status >&2; exit 1; }}\n"
    run = place.run(script)
    assert run.returncode == 0, f"{run.stdout[-2000:]}{run.stderr[-2000:]}"


# ---- README's other blocks ----


def as_pattern(line):
    """Ignores numbers, spaces, and what is cut."""
    line = re.escape(line).replace("…", ".*")
    return re.sub(r"(\\ )+", " +", re.sub(r"\d+", r"\\d+", line))


def shown_output(place, lines):
    """Runs `$ COMMAND` and compares its output, except the backtrace: it depends on the machine's debug information."""
    place.require(lines[0])
    run = place.run(place.fill(lines[0][2:]))
    given = run.stdout + run.stderr
    for line in lines[1:]:
        if not re.match(r" *(at )? *(#\d|…)", line):
            assert re.search(f"^{as_pattern(line)}$", given, flags=re.M), f"it doesn't print: {line}\n{given}"


def check_policy(place, lines):
    (place.folder / "sample.cordon").write_text("\n".join(lines) + "\n")
    run = place.run("cordon check -W sample.cordon")
    assert run.returncode == 0, run.stdout + run.stderr


def build_program(place, program, commands):
    """Builds README's program with README's command against an installed tree."""
    if sys.argv[4] != "none":
        raise Skip("programs that link a sanitized library must be sanitized, too")
    tree = Tree(BUILD, place.folder / "installed")
    (place.folder / "program.c").write_text("\n".join(program) + "\n")
    place.environment |= tree.environment | {"LD_LIBRARY_PATH": str(tree.libdir), "PATH": place.environment["PATH"]}
    run = place.run("\n".join(["set -e", *commands, "./a.out"]))
    assert (run.returncode, run.stdout) == (0, "confined\n"), run.stdout + run.stderr


# ---- all of it ----


def plan():
    """The pages, each with the names and functions of its tests."""
    blocks = blocks_of_readme()
    tests = []
    for lines in blocks:
        first = lines[0]
        if first.startswith("$ "):
            tests.append((first, lambda place, lines=lines: shown_output(place, lines)))
        elif is_example(lines):
            tests.append((first, lambda place, lines=lines: run_example(place, lines)))
        elif first.startswith("arch "):
            tests.append(("the policy", lambda place, lines=lines: check_policy(place, lines)))
        elif first.startswith("cc "):
            program = next(block for block in blocks if block[0].startswith("#include"))
            tests.append((first, lambda place, lines=lines: build_program(place, program, lines)))
        elif not any(first.startswith(begin) for begin in ELSEWHERE):
            tests.append((first, lambda place, first=first: unknown(first)))
    yield "README.md", tests
    for page in sorted((SOURCE / "man").glob("*.[15]")):
        tests = []
        for lines in blocks_of_page(page):
            if is_example(lines):
                tests.append((lines[0], lambda place, lines=lines: run_example(place, lines)))
            elif lines[0].startswith("arch "):
                tests.append(("the policy", lambda place, lines=lines: check_policy(place, lines)))
        if page.suffix == ".1" and not tests:
            tests = [("EXAMPLES", lambda place: unknown("there is none"))]
        yield page.name, tests


def unknown(first):
    raise AssertionError(f"nothing runs it: {first}")


def main():
    number = 0
    for page, tests in plan():
        with contextlib.ExitStack() as stack:
            place = Place(stack, Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cordon-examples-"))))
            for name, test in tests:
                number += 1
                try:
                    test(place)
                    print(f"ok {number} - {page}: {name}", flush=True)
                except Skip as reason:
                    print(f"ok {number} - {page}: {name} # SKIP {reason}", flush=True)
                except (AssertionError, subprocess.TimeoutExpired) as problem:
                    print("".join(f"# {line}\n" for line in str(problem).splitlines())
                          + f"not ok {number} - {page}: {name}", flush=True)
    print(f"1..{number}")


main()
