#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs each scenario natively and under `cordon emulate`; both must have the same output and status:
differential_test.py CORDON PROGRAM… [--i386 SOURCE…] [--only TEXT] [--rounds N]

The running kernel is the oracle. A PROGRAM is a build of tests/facility for an ABI; the one for i386 is made here,
as a compiler for it may come after the build was set up."""
import argparse
import concurrent.futures
import difflib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import machine

TIME_LIMIT = 60  # seconds; scenarios take milliseconds, but a loaded machine is slow
AT_ONCE = 3

# Output that can't be equal under ptrace: the reason, and the expected output.
KNOWN = {
    "vsyscall": ("the kernel makes the three calls of the vsyscall page, which read clocks, without a stop",
                 ["denied 0", "status 0"]),
    "notify-hung-up-epoll": ("a socket that hung up is readable too, and epoll's events can't be told from others",
                             ["received elsewhere 0, from it 1", "the only user: exited 0", "epoll 1 0x11", "status 0"]),
    "trace-child-sigwait": ("only a signal that is delivered can be given the kernel's siginfo",
                            ["code 0 status 0", "status 0"]),
}

# Scenarios about what only cordon has, which only run under it, and their output.
OWN = {
    # By the rules of Linux 6.1, where a thread uses its filters until it has been waited for.
    "own-notify-dead-user-6.1": [
        "set flags -22", "hung up when dead 0", "the user: exited 0", "hung up when reaped 1",
        "receiver: killed 14", "status 0"],
    "own-notify-dead-leader-6.1": ["TSYNC fails for the first thread", "process: exited 0", "status 0"],
    "own-notify-nested": [
        "another 1", "another 1", "another 1", "above one without the flag -16",
        *(line for level in (3, 2, 1) for line in (f"level {level}: received 0, call 1", "  answered 0")),
        "the oldest is asked 0",
        *(line for level in (3, 2) for line in (f"level {level}: received 0, call 1", "  answered 0")),
        "answered, then a closed listener was asked: exited 38", "status 0"],
    "own-notify-nested-unaware": [
        *(line for level in (1, 0) for line in (f"level {level}: received 0, call 1", "  answered 0")),
        "target: exited 40", "status 0"],
    "own-tracer-killed": ["killing it", "cordon: error: the tracer died", "status 2"],
    "own-tracer-memory": ["mem: 1", "read: 1", "write: 1", "attach: -1", "seize: 1", "descriptor: 1", "signal: 1",
                          "status 0"],
}

# Scenarios named ordinary-… run as another user.
ORDINARY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

# Options that a scenario needs.
OPTIONS = {
    "own-notify-dead-user-6.1": ["--kernel", "6.1"],
    "own-notify-dead-leader-6.1": ["--kernel", "6.1"],
    "own-notify-nested": ["--allow-nested-listeners"],
    "own-notify-nested-unaware": ["--allow-nested-listeners"],
}


def threads_of(session):
    """The state of each thread, one line per thread."""
    found = []
    for stat in sorted(Path("/proc").glob("[0-9]*/task/*/stat")):
        try:
            name, _, rest = stat.read_text(errors="replace").rpartition(")")
            state, parent, _, of = rest.split()[:4]
            if int(of) == session:
                found.append(f"{stat.parts[2]} of {parent}: {name}) {state} {(stat.parent / 'wchan').read_text()}\n")
        except OSError:
            pass  # it ended
    return "".join(found)


def run(command):
    """The output and the status of one run."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as errors:
        os.chmod(folder, 0o777)
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=errors, start_new_session=True)
        try:
            lines = process.communicate(timeout=TIME_LIMIT)[0]
        except subprocess.TimeoutExpired:
            threads = threads_of(process.pid)
            os.killpg(process.pid, signal.SIGKILL)
            lines = process.communicate()[0] + f"\nit hangs\n{threads}".encode()
        errors.seek(0)
        lines += errors.read()
        return lines.decode(errors="replace").splitlines() + [f"status {process.returncode}"]


def compare(cordon, program, name):
    """Both runs."""
    if name.startswith("ordinary-") and os.geteuid() == 0 and shutil.which("setpriv"):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            program, cordon = (shutil.copy(path, folder) for path in (program, cordon))
            return run([*ORDINARY, program, name]), run([*ORDINARY, cordon, "emulate", "--", program, name])
    native = OWN.get(name) or run([program, name])
    return native, run([cordon, "emulate", *OPTIONS.get(name, []), "--", program, name])


def scenarios(program):
    return subprocess.run([program, "--list"], stdout=subprocess.PIPE, text=True, check=True).stdout.split()


def build_i386(sources, folder):
    """None: there is no compiler for it."""
    program = Path(folder) / "scenario-i386"
    compiler = shutil.which("i686-linux-gnu-gcc")
    if compiler:
        subprocess.run([compiler, "-std=gnu17", "-D_GNU_SOURCE", "-O1", "-static", "-pthread", *sources, "-o", program],
                       check=True)
    return program if compiler else None


def compare_all(options, programs, lacks_i386):
    jobs = [(program, name) for program in programs for name in scenarios(program)
            if options.only in name] * options.rounds
    print(f"1..{len(jobs) + lacks_i386}", flush=True)
    if lacks_i386:
        print(f"ok {len(jobs) + 1} - scenarios of i386 # SKIP no i686-linux-gnu-gcc here")
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        results = pool.map(lambda job: compare(options.cordon, *job), jobs)
        for number, ((program, name), (native, ours)) in enumerate(zip(jobs, results), 1):
            given_up = [line for line in native if line.startswith("gave up")]
            same = native == ours
            comment = f" # SKIP {given_up[0]}" if given_up else ""
            if not same and name in KNOWN:
                reason, wanted = KNOWN[name]
                print(f"# known difference: {name}: {reason}")
                native, same = wanted, ours == wanted
            for line in [] if same else difflib.unified_diff(native, ours, "native", "emulated", lineterm=""):
                print(f"# {line}")
            bad += not same
            print(f"{'ok' if same else 'not ok'} {number} - {Path(program).name}: {name}{comment}", flush=True)
    return 1 if bad else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cordon")
    parser.add_argument("programs", nargs="+")
    parser.add_argument("--i386", nargs="+", default=[])
    parser.add_argument("--only", default="")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    if machine.no_proc():
        print(f"1..1\nok 1 - scenarios under cordon emulate # SKIP {machine.no_proc()}")
        return 0
    options.cordon = Path(options.cordon).resolve()
    options.programs = [Path(program).resolve() for program in options.programs]
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        i386 = build_i386(options.i386, folder) if options.i386 else None
        return compare_all(options, options.programs + [i386] * bool(i386), bool(options.i386 and not i386))


sys.exit(main())
