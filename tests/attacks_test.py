#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs attack programs natively, under `cordon emulate` and under `cordon run`, as root and as an ordinary user:
attacks_test.py CORDON PROGRAM… [--only TEXT] [--rounds N] [--load] [--seconds N] [--folder DIR --plan FILE]

Each PROGRAM (tests/attacks) attacks a rule of doc/threat-model.md in several variants, and prints its result last. With
--rounds, --load or --folder, a table of counts is printed. A folder of other such programs is compiled and run as the
plan says, a line for each run: NAME [cflags=…] [policy=FILE] [way=emulate|run] [option=…] [user=root|ordinary] [ARGUMENT…]"""
import argparse
import collections
import concurrent.futures
import fnmatch
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

import machine

AT_ONCE = 3
ORDINARY = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", "--"]
FEW = ["sh", "-c", 'ulimit -n 40; exec "$@"', "sh"]
RESULTS = {"denied", "same", "ESCAPED", "differs"}

# Doors to the tracer that are open today; none of them gives its memory, descriptors or limits.
OPEN = """maps smaps environ auxv pagemap clear-refs syscall stack oom-score-adj oom-adj timerslack
    coredump-filter root cwd ns-mnt ns-user fd-0 fd fdinfo map-files autogroup sched loginuid attr-current
    setgroups uid-map numa-maps personality timens-offsets comm""".split()

# What fails today: a pattern of "PROGRAM VARIANT WAY USER", and why. Where it passes everywhere, the entry must go.
# With a ~ it is chance whether it fails; with a ! it hangs, and is only run when asked for by name.
KNOWN = [
    *[(f"doors {name} emulate*", "still open, most to root only") for name in OPEN],
    ("~killed racing-process emulate*", "killed by SIGKILL where the kernel's SIGSYS is handled again and again"),
    ("~trap sigstop run*", "a SIGCONT doesn't take back a SIGSTOP that came amid the start"),
    ("~waits memory-action emulate*", "memory that a thread serves isn't read, but fails"),
    ("waits listener emulate*", "splice and sendfile reach the listener's socket"),
]


class Machine:
    """Copies of the programs that an ordinary user can reach, and the ways to run them here."""

    def __init__(self, cordon, programs, folder):
        self.folder = Path(folder)
        self.folder.chmod(0o755)
        self.cordon = self.copy(cordon)
        self.programs = [self.copy(program) for program in programs]
        for policy in (Path(__file__).parent / "attacks").glob("*.cordon"):
            self.copy(policy)
        self.users = {"root": []} if os.geteuid() == 0 else {"ordinary": []}
        if os.geteuid() == 0 and shutil.which("setpriv"):
            self.users["ordinary"] = ORDINARY
        text = subprocess.run([cordon, "emulate", "--help"], capture_output=True, text=True).stdout
        traps = ["kernel", "stops"] if "--trap" in text else []
        self.ways = {"run": ["run"], "run-explain": ["run", "--explain"]}
        self.ways.update({f"emulate-{trap}": ["emulate", f"--trap={trap}"] for trap in traps} or {"emulate": ["emulate"]})

    def copy(self, path):
        target = self.folder / Path(path).name
        shutil.copy(path, target)
        return target


class Run:
    """One run of a command in an empty folder: its result, and what it leaves."""

    def __init__(self, command, limit, native=False, place=None):
        self.mark = f"ATTACK_MARK={uuid.uuid4()}"
        self.left, self.hangs, self.threads = 0, False, ""
        environment = dict(os.environ, LC_ALL="C.UTF-8", ATTACK_MARK=self.mark.partition("=")[2])
        if native:
            environment["ATTACK_NATIVE"] = "1"
        with tempfile.TemporaryDirectory(prefix="attack.", dir=place, ignore_cleanup_errors=True) as folder, \
                tempfile.TemporaryFile() as output:
            os.chmod(folder, 0o777)
            command = [word.replace("@FOLDER@", folder) for word in map(str, command)]
            process = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=subprocess.STDOUT, start_new_session=True)
            self.session = process.pid
            try:
                self.status = process.wait(limit)
            except subprocess.TimeoutExpired:
                self.hangs, self.status = True, None
                self.threads = "".join(map(self.words, self.processes()))
            self.end(process)
            output.seek(0)
            self.output = output.read().decode(errors="replace")
            self.result = self.verdict(os.path.lexists(f"{folder}/forbidden"))

    def verdict(self, made):
        """`made`: the forbidden call had its effect, whatever the program says."""
        if made:
            return "ESCAPED"
        if self.hangs:
            return "hangs"
        lines = self.output.splitlines()
        for line in reversed(lines):
            if line in RESULTS or line.startswith("not run"):
                return line
        return f"status {self.status}"

    def processes(self):
        """What runs with our mark in its environment, or in our session."""
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                state, _, _, session = (path / "stat").read_text(errors="replace").rpartition(")")[2].split()[:4]
                if state in "ZX":
                    continue
                if int(session) == self.session or self.mark.encode() in (path / "environ").read_bytes():
                    found.append(int(path.name))
            except OSError:
                pass
        return found

    @staticmethod
    def words(pid):
        try:
            name, _, rest = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")
            return f"{name}) {rest.split()[0]} {Path(f'/proc/{pid}/wchan').read_text()}\n"
        except OSError:
            return ""

    def end(self, process):
        """Nothing may be left soon after the end; what is left is counted and killed."""
        limit = time.monotonic() + 3
        left = [] if self.hangs else self.processes()
        while left and time.monotonic() < limit:
            time.sleep(0.02)
            left = self.processes()
        self.left = len(left)
        self.threads += "".join(map(self.words, left))
        for _ in range(100):
            left = self.processes()
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            if self.hangs:
                process.poll()
            if not left:
                break
            time.sleep(0.02)
        process.wait()


class Attack:
    """A variant of a program, and its runs on this machine."""

    def __init__(self, where, program, line):
        self.where, self.program = where, program
        self.name, self.goal, needs = line.split()
        self.needs = needs.rstrip(".").split(",")
        self.title = f"{program.name} {self.name}"
        self.skipped, self.asked_for = "", False
        self.good = "same" if self.goal == "same" else "denied"

    def users(self):
        for user, prefix in self.where.users.items():
            if not ({"root": "ordinary", "ordinary": "root"}[user] in self.needs):
                yield user, prefix + (FEW if "few" in self.needs else [])

    def ways(self):
        """Access to the parent is only of interest where the parent decides on calls."""
        runs = [] if self.goal == "tracer" else ["run", "run-explain"] if "explain" in self.needs else ["run"]
        emulates = [way for way in self.where.ways if way.startswith("emulate")]
        wanted = runs + (emulates[:1] if self.goal == "tracer" else emulates)
        return {way: words for way, words in self.where.ways.items() if way in wanted}

    def policy(self):
        name = {"policy": "errno", "tracer": "errno", "kill": "kill", "launch": "errno"}.get(self.goal, "allow")
        return self.where.folder / f"{name}.cordon"

    def command(self, way):
        words = [self.program, self.name, "@FOLDER@"]
        if way == ["run"] and "traces" in self.needs:
            way = ["run", "--no-trace"]
        if self.goal == "launch":
            return words + [self.where.cordon, *way, "-p", self.policy()]
        return [self.where.cordon, *way, "-p", self.policy(), "--", *words]

    def control(self, prefix, limit):
        """What it does without cordon shows that the attack has an effect: the reason to leave it out, or None."""
        if self.goal == "launch":
            return None
        run = Run(prefix + [self.program, self.name, "@FOLDER@"], limit, native=True)
        wanted = {"policy": "ESCAPED", "kill": "ESCAPED", "tracer": "ESCAPED"}.get(self.goal, self.good)
        return None if run.result == wanted else f"natively: {run.result}"

    def runs(self, rounds, limit):
        """(way, user, run) for each."""
        for user, prefix in self.users():
            self.skipped = self.control(prefix, limit)
            if self.skipped:
                continue
            for way, words in self.ways().items():
                if self.may_hang(f"{self.title} {way} {user}"):
                    continue
                for _ in range(rounds):
                    yield way, user, Run(prefix + self.command(words), limit)

    def may_hang(self, name):
        entry = known(name)
        return entry and entry[0][0] == "!" and not self.asked_for

    def problem(self, run):
        """Why a run is bad, or None."""
        ended = "parent" in self.needs and run.result.startswith("status ")  # with the tracer, which it may kill
        refused = self.goal == "tracer" and run.result.startswith("not run")
        if run.result != self.good and not ended and not refused:
            return run.result
        return f"{run.left} processes left" if run.left else None


def known(name):
    for entry in KNOWN:
        if fnmatch.fnmatch(name, entry[0].lstrip("~!") + "*"):
            return entry
    return None


class Report:
    """Results as TAP, and counts."""

    def __init__(self, count):
        self.number, self.bad, self.failing = 0, 0, set()
        self.counts = collections.defaultdict(collections.Counter)
        print(f"1..{count}", flush=True)

    def add(self, attack, runs):
        lines, bad = [], 0
        for way, user, run in runs:
            problem = attack.problem(run)
            name = f"{attack.title} {way} {user}"
            self.counts[name][problem or "good"] += 1
            entry = problem and known(name)
            if entry:
                self.failing.add(entry)
                lines.append(f"known to fail: {way} as {user}: {problem}: {entry[1]}")
            elif problem:
                bad += 1
                lines += [f"{way} as {user}: {problem}"] + (run.output + run.threads).splitlines()[-12:]
        self.line(not bad, attack.title + (f" # SKIP {attack.skipped}" if attack.skipped and not runs else ""), lines)

    def line(self, good, title, comments=()):
        self.number += 1
        self.bad += not good
        for comment in dict.fromkeys(comments):
            print(f"# {comment}")
        print(f"{'ok' if good else 'not ok'} {self.number} - {title}", flush=True)

    def known_still_fail(self, titles):
        """An entry of KNOWN that doesn't fail any more must go."""
        gone = [entry[0] for entry in KNOWN if entry[0][0] not in "~!" and entry not in self.failing and
                any(fnmatch.fnmatch(title, " ".join(entry[0].split()[:2])) for title in titles)]
        self.line(not gone, "what is known to fail still does", [f"passes now: {name}" for name in gone])

    def table(self):
        total = collections.Counter()
        for name, counts in sorted(self.counts.items()):
            total.update(counts)
            print(f"# {name:55} {', '.join(f'{count} {what}' for what, count in counts.most_common())}")
        print(f"# all: {sum(total.values())} runs: {', '.join(f'{count} {what}' for what, count in total.most_common())}")


def hog(over):
    """Keeps each CPU busy."""
    while not over.is_set():
        subprocess.run(["sh", "-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"])


def run_all(options, attacks):
    limit = 60 if options.load or options.rounds > 2 else 40
    over = threading.Event()
    hogs = [threading.Thread(target=hog, args=[over]) for _ in range(os.cpu_count() if options.load else 0)]
    for thread in hogs:
        thread.start()
    end = time.monotonic() + options.seconds if options.seconds else None
    report = Report(len(attacks) + 1)

    def do(attack):
        if end and time.monotonic() > end:
            return []
        rounds = options.rounds if attack.goal != "tracer" else min(options.rounds, 1 + options.rounds // 10)
        return list(attack.runs(rounds, limit))
    try:
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for attack, runs in zip(attacks, pool.map(do, attacks)):
                report.add(attack, runs)
    finally:
        over.set()
    report.known_still_fail([attack.title for attack in attacks])
    if options.load or options.rounds > 2:
        report.table()
    return 1 if report.bad else 0


# ---- programs of a folder ----

class Planned:
    """A line of a plan. A program that prints no result of ours must print the same natively."""

    def __init__(self, where, source, line):
        name, *words = line.split()
        settings = [word.partition("=") for word in words if word.split("=")[0] in {"cflags", "policy", "way", "option", "user"}]
        self.where, self.title, self.goal, self.skipped, self.good = where, line, "planned", "", ("denied", "same")
        self.native = ""
        values = collections.defaultdict(list)
        for key, _, value in settings:
            values[key].append(value)
        self.user = values["user"]
        self.arguments = [word for word in words if word.partition("=") not in settings]
        self.program = where.folder / f"{name}{abs(hash(line))}"
        if (source / f"{name}.c").exists():
            subprocess.run(["gcc", "-O1", "-pthread", "-w", *values["cflags"], "-o", self.program, source / f"{name}.c"],
                           check=True)
        else:
            self.program = where.copy(source / name)
        way = (values["way"] or ["emulate"])[0]
        policy = ["-p", where.copy(source / values["policy"][0])] if values["policy"] else []
        self.ways = {name: [where.cordon, *words, *values["option"], *policy, "--"] for name, words in where.ways.items()
                     if name.startswith(way)}

    def command(self):
        return [self.program] + [word.replace("@CORDON@", str(self.where.cordon)) for word in self.arguments]

    def runs(self, rounds, limit):
        for user, prefix in self.where.users.items():
            if self.user and user not in self.user:
                continue
            self.native = Run(prefix + self.command(), limit, native=True)
            for way, words in self.ways.items():
                for _ in range(rounds):
                    yield way, user, Run(prefix + words + self.command(), limit)

    def problem(self, run):
        if run.left or run.hangs:
            return "hangs" if run.hangs else f"{run.left} processes left"
        if run.result in RESULTS:
            return None if run.result in self.good else run.result
        same = (run.output, run.status) == (self.native.output, self.native.status)
        return None if same else f"{run.result}, natively {self.native.result}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cordon")
    parser.add_argument("programs", nargs="*")
    parser.add_argument("--only", default="")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--load", action="store_true")
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--plan", type=Path)
    options = parser.parse_args()
    reason = machine.no_proc()
    if reason:
        print(f"1..1\nok 1 - attacks # SKIP {reason}")
        return 0
    with tempfile.TemporaryDirectory(prefix="attacks.") as folder:
        where = Machine(options.cordon, options.programs, folder)
        if options.folder:
            lines = [line for line in options.plan.read_text().splitlines() if line and line[0] != "#"]
            attacks = [Planned(where, options.folder, line) for line in lines if options.only in line]
        else:
            attacks = [Attack(where, program, line) for program in where.programs for line in
                       subprocess.run([program, "--list"], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()]
            attacks = [attack for attack in attacks if options.only in attack.title]
            for attack in attacks:
                attack.asked_for = bool(options.only)
        return run_all(options, attacks)


sys.exit(main())
