# SPDX-License-Identifier: MIT
"""Shared by the tests of real programs under `cordon emulate`: the program, its evidence, its status in the kernel."""
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import machine

CORDON = Path(sys.argv[1]).resolve()
SECONDS = 60  # after which an expected event counts as missing
ENVIRONMENT = dict(os.environ, LC_ALL="C.UTF-8", MANWIDTH="80", DEBUGINFOD_URLS="")
POLICY = "default allow\nerrno(EPERM) mkdir, mkdirat\n"


class Skip(Exception):
    """A requirement of the test is missing."""


def need(*programs):
    for program in programs:
        if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            raise Skip(f"no {program} here")


def need_terminal():
    reason = machine.no_terminal()
    if reason:
        raise Skip(reason)


def need_to_run(folder, *command):
    """Skips a test whose program doesn't work even without cordon."""
    done = outside(command, folder)
    if done.returncode:
        raise Skip(f"without cordon it fails here too: {' '.join(done.stderr.split())[:300]}")


def wait_for(condition, what):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"never: {what}")


def descendants(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in task.read_text().split():
                found += [int(child)] + descendants(int(child))
        except OSError:
            pass
    return found


def kernel_mode(pid):
    """The kernel's own seccomp status of a process; None: the process has ended."""
    try:
        return int(re.search(r"^Seccomp:\s*(\d+)", Path(f"/proc/{pid}/status").read_text(), re.M)[1])
    except (OSError, TypeError):
        return None


def is_traced(pid):
    """Not so cordon's own processes, whose tracer is under a filter of its own."""
    try:
        return not re.search(r"^TracerPid:\s*0$", Path(f"/proc/{pid}/status").read_text(), re.M)
    except OSError:
        return False


TRAPPED = os.environ.get("CORDON_TRAP") != "stops" and kernel_mode("self") is not None


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def words_of(filters):
    lengths = sorted({event["instructions"] for event in filters})
    processes = len({event["pid"] for event in filters})
    return f"{len(filters)} filters of {', '.join(map(str, lengths))} instructions in {processes} processes"


class Emulated:
    """A program under `cordon emulate`, with its evidence. All its processes are ended."""

    def __init__(self, folder, *command, options=(), **popen):
        self.file = folder / f"evidence{len(list(folder.glob('evidence*')))}"
        self.output = b""
        self.process = subprocess.Popen([CORDON, "emulate", "--evidence", self.file, *options, "--", *command],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        cwd=folder, env=ENVIRONMENT, start_new_session=True, **popen)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pids = descendants(self.process.pid) + [self.process.pid]
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        wait_for(lambda: not any(map(is_alive, pids)), "the end of all processes")
        self.process.stdin.close()
        self.process.stdout.close()

    def read(self, pattern=None):
        """The output up to `pattern`, or all of it."""
        end = time.monotonic() + SECONDS
        while not (pattern and re.search(pattern, self.output)):
            if not select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f"no {pattern or 'end'} in {self.output.decode(errors='replace')}")
            part = os.read(self.process.stdout.fileno(), 65536)
            if not part and pattern:
                raise AssertionError(f"no {pattern} in {self.output.decode(errors='replace')}")
            if not part:
                break
            self.output += part
        return self.output.decode(errors="replace")

    def write(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def finish(self, status=0):
        self.process.stdin.close()
        output = self.read()
        assert self.process.wait(SECONDS) == status, f"status {self.process.returncode}: {output}"
        return output

    def events(self, event):
        lines = self.file.read_text().splitlines(keepends=True) if self.file.exists() else []
        found = [json.loads(line) for line in lines if line.endswith("\n")]
        return [line for line in found if line["event"] == event]

    def filters(self):
        return [line for line in self.events("filter") if line["instructions"]]

    def denied(self, call, verdict):
        """The evidence of a denied call; it is written before the call returns."""
        found = [line for line in self.events("verdict") if line["call"] == call and line["verdict"] == verdict]
        assert found, f"no {verdict} for {call} in {self.events('verdict')}"
        return found[0]

    def look(self):
        """Checks the processes that have a filter from outside: all have the kernel's, or none. Returns their number."""
        live = {event["pid"]: kernel_mode(event["pid"]) for event in self.filters()}
        all_modes = [kernel_mode(pid) for pid in filter(is_traced, descendants(self.process.pid))]
        assert TRAPPED or not any(list(live.values()) + all_modes), f"the kernel's seccomp is used: {live}"
        assert not TRAPPED or not any(mode == 0 for mode in live.values()), f"the kernel's seccomp isn't used: {live}"
        return sum(mode is not None for mode in live.values())

    def check_live(self):
        wait_for(self.look, "a live process with a filter")


def outside(command, folder, **options):
    """Runs the same without cordon; returns its output."""
    return subprocess.run(command, cwd=folder, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=SECONDS, **options)


def run_tests(programs, only):
    """Runs the tests: functions of an empty folder that return a note."""
    programs = [program for program in programs if not only or program.__name__ in only]
    print(f"1..{len(programs)}")
    for number, program in enumerate(programs, 1):
        name = f"{number} - {program.__name__.replace('_', ' ')}, with seccomp from cordon"
        start = time.monotonic()
        try:
            if os.geteuid():
                raise Skip("the programs need root")
            if machine.no_proc():
                raise Skip(machine.no_proc())
            with tempfile.TemporaryDirectory() as folder:
                words = program(Path(folder))
            print(f"ok {name}: {words} ({time.monotonic() - start:.1f} s)", flush=True)
        except Skip as reason:
            print(f"ok {name} # SKIP {reason}", flush=True)
        except Exception as problem:  # pylint: disable=broad-except
            text = str(problem) if isinstance(problem, AssertionError) else repr(problem)
            print("".join(f"# {line}\n" for line in text.splitlines()) + f"not ok {name}", flush=True)
