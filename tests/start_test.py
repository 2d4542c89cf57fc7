#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How `cordon run` and `cordon emulate` start and end, and what becomes of signals: the tables of their manual pages.
start_test.py CORDON STARTED"""
import contextlib
import os
import pty
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import machine

CORDON, STARTED = (Path(path).resolve() for path in sys.argv[1:3])
SECONDS = 60
POLICY = "arch x86_64, i386\ndefault allow\nerrno(EPERM) mkdir, mkdirat\n"
FORWARDED = [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2]
MARK = f"CORDON_START_TEST={os.getpid()}"
WAYS = {"run": ["run", "-p", "p.cordon"], "run --no-trace": ["run", "--no-trace", "-p", "p.cordon"],
        "emulate": ["emulate"], "emulate --detach": ["emulate", "--detach"]}


# ---- processes ------------------------------------------------------------------------------------------

def wait_for(condition, what):
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, f"timeout: {what}"
        time.sleep(0.002)


def status(pid):
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return {}
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def lives(pid):
    return status(pid).get("State", "Z")[0] not in "ZX"


def settled(pid):
    """It has handled all signals, and sleeps."""
    fields = status(pid)
    return fields.get("State", "")[:1] in ("S", "t") and int(fields["ShdPnd"], 16) == 0


def marked():
    """Processes that this test has left; those that are dying have no environment any more."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if MARK.encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
    return found


class Started:
    """A mode of STARTED under cordon, in a process group of its own."""

    def __init__(self, way, mode, *options, **keywords):
        arguments = WAYS[way]
        environment = {**os.environ, **dict([MARK.split("=")])}
        self.process = subprocess.Popen([CORDON, *arguments, *options, "--", STARTED, mode], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, env=environment, process_group=0, **keywords)
        self.pid = self.process.pid
        self.lines = []
        self.read("ready")
        self.program = int(self.word("ready"))

    def read(self, begin):
        while line := self.process.stdout.readline().decode():
            self.lines.append(line.strip())
            if line.startswith(begin):
                return
        raise AssertionError(f"no {begin!r} in {self.lines}")

    def word(self, begin):
        return next(line.split()[1] for line in self.lines if line.startswith(begin))

    def end(self):
        self.process.stdin.write(b"\n")
        self.process.stdin.close()
        rest = self.process.stdout.read().decode().splitlines()
        return self.process.wait(SECONDS), rest

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for pid in (self.pid, self.program):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(SECONDS)


# ---- signals: the program gets each exactly once ----------------------------------------------------------

def sent(way, number, kill):
    with Started(way, "signals") as run:
        kill(run.pid, number)
        run.read("got")
        if run.pid != run.program:
            wait_for(lambda: settled(run.pid), "cordon's handler")
        code, lines = run.end()
        assert code == 3, code
        lines = [line for line in lines if line.startswith("signal")]
        assert lines == [f"signal {int(number)}: 1"], lines


def signals_to_cordon_reach_the_program(way):
    for number in FORWARDED:
        sent(way, number, os.kill)


def signals_to_the_group_come_once(way):
    for number in FORWARDED:
        sent(way, number, os.killpg)


def keys_of_the_terminal_come_once(way):
    for key, number in ((b"\x03", signal.SIGINT), (b"\x1c", signal.SIGQUIT)):
        pid, terminal = pty.fork()
        if pid == 0:
            os.execv(CORDON, ["cordon", *WAYS[way], "--", str(STARTED), "signals"])
        text = b""

        def read(end):
            nonlocal text
            while end not in text:
                text += os.read(terminal, 4096)

        try:
            read(b"ready")
            os.write(terminal, key)
            read(b"got")
            wait_for(lambda: settled(pid) or way.count("-"), "cordon's handler")
            os.write(terminal, b"\n")
            read(b"end")
        finally:
            os.kill(pid, signal.SIGKILL) if lives(pid) else None
            os.close(terminal)
            os.waitpid(pid, 0)
        assert f"signal {int(number)}: 1\r".encode() in text, text


# ---- ends ------------------------------------------------------------------------------------------------

def descendants_outlive_the_program(way):
    with Started(way, "leave") as run:
        child = int(run.word("child"))
        code, _ = run.end()  # standard output ends too, as nobody has it
        assert code == 4, code
        assert lives(child), "it was killed"
        os.kill(child, signal.SIGKILL)
        wait_for(lambda: not marked(), "the tracer's end")


def nothing_outlives_the_program_if_not_wanted(way):
    with Started(way, "leave", "--die-with-parent") as run:
        code, _ = run.end()
        assert code == 4, code
        wait_for(lambda: not marked(), f"the end of {marked()}")


def the_end_of_cordon(way, dies, *options):
    with Started(way, "leave", *options) as run:
        child = int(run.word("child"))
        os.kill(run.pid, signal.SIGKILL)
        run.process.wait(SECONDS)
        if dies:
            wait_for(lambda: not marked(), f"the end of {marked()}")
            return
        time.sleep(0.05)
        assert lives(run.program) and lives(child), "they were killed"
        assert status(run.program)["Seccomp"] == "2", "the filter is gone"
        os.kill(child, signal.SIGKILL)


def the_parent_of_cordon(way, dies, *options):
    read, write = os.pipe()
    parent = os.fork()
    if parent == 0:
        with Started(way, "leave", *options, pass_fds=[]) as run:
            os.write(write, f"{run.program} {run.word('child')}\n".encode())
            time.sleep(SECONDS)
        os._exit(1)
    pids = [int(word) for word in os.read(read, 100).split()]
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    os.close(read)
    os.close(write)
    if dies:
        wait_for(lambda: not any(map(lives, pids)), f"the end of {pids}")
    wait_for(lambda: not lives(pids[0]), "the end of standard input")
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not marked(), f"the end of {marked()}")


def the_end_of_the_tracer(way):
    with Started(way, "leave") as run:
        os.kill(int(status(run.program)["TracerPid"]), signal.SIGKILL)
        code = run.process.wait(SECONDS)
        assert code == (2 if way == "emulate" else -signal.SIGKILL), code
        wait_for(lambda: not marked(), f"the end of {marked()}")


def the_tracer_is_confined(way):
    with Started(way, "leave") as run:
        tracer = status(run.program)["TracerPid"]
        assert status(tracer)["Seccomp"] == "2" or kernel_has_none(), "it has no filter"
        if os.geteuid() == 0:
            output = os.readlink(f"/proc/{run.program}/fd/1")
            assert output not in [os.readlink(entry) for entry in Path(f"/proc/{tracer}/fd").iterdir()], output


def kernel_has_none():
    return "Seccomp" not in status("self")


def an_early_end_leaves_nothing(way):
    for i in range(30):
        process = subprocess.Popen([CORDON, *WAYS[way], "--", "sleep", "60"], env={**os.environ, **dict([MARK.split("=")])})
        time.sleep(i * 0.0002)
        process.kill()
        process.wait()
        if way.startswith("run"):  # once it is started, the program goes on
            for pid in marked():
                if Path(f"/proc/{pid}/comm").exists() and status(pid).get("Name") == "sleep":
                    os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not marked(), f"the end of {marked()}")


# ---- starts ----------------------------------------------------------------------------------------------

def output(*command, **keywords):
    return subprocess.run([CORDON, *command], capture_output=True, text=True, timeout=SECONDS, **keywords)


def ordinary():
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)


def limits_and_denied_calls(way):
    """The program has its caller's limits, and may be one that can only be executed."""
    def limited():
        resource.setrlimit(resource.RLIMIT_NOFILE, (99, 200))
        if os.geteuid() == 0:
            ordinary()
    shutil.copy(STARTED, "unreadable")
    os.chmod("unreadable", 0o711)
    program = "./unreadable" if way.startswith("run") else STARTED
    options = [] if way.startswith("run") else ["-p", "p.cordon"]
    result = output(*WAYS[way], *options, "--", program, "limits", preexec_fn=limited)
    assert result.stdout == "99 open files, mkdir: Operation not permitted\n", result
    assert result.returncode == 5, result


def foreign_traps(way):
    """Another process of the user sends SIGTRAP while the filter is installed."""
    for _ in range(15):
        process = subprocess.Popen([CORDON, *WAYS[way], "--", STARTED, "filters"], stdout=subprocess.PIPE, text=True)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        with contextlib.suppress(OSError):
            while process.poll() is None:
                for pid in (children.read_text().split() if way == "run" else [process.pid]):
                    os.kill(int(pid), signal.SIGTRAP)
        text = process.communicate(timeout=SECONDS)[0]
        assert text in ("", "Seccomp:\t2\n"), text


def explained_calls(way):
    assert output("run", "--explain", "-p", "p.cordon", "--", STARTED, "untraced").stdout == \
        "mkdir: Operation not permitted\n"
    with subprocess.Popen([CORDON, "run", "--explain", "-p", "p.cordon", "--", STARTED, "without-tracer"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout.read() == "mkdir: Function not implemented\n"


def a_kernel_that_lacks_something(way):
    Path("old.cordon").write_text("default allow\nerrno(EIO) ptrace(request == 0x420e)\n")
    result = output("run", "--no-trace", "-p", "old.cordon", "--", CORDON, *WAYS[way], "--", STARTED, "limits")
    status = 126 if way == "run" else 2
    assert result.returncode == status and "PTRACE_GET_SYSCALL_INFO" in result.stderr and not result.stdout, result


TRACED = ["run", "emulate"]
TESTS = [
    *((signals_to_cordon_reach_the_program, way) for way in WAYS),
    *((signals_to_the_group_come_once, way) for way in WAYS),
    *((keys_of_the_terminal_come_once, way) for way in WAYS),
    *((descendants_outlive_the_program, way) for way in WAYS),
    *((nothing_outlives_the_program_if_not_wanted, way) for way in (*TRACED, "emulate --detach")),
    (the_end_of_cordon, "run", False), (the_end_of_cordon, "run", True, "--die-with-parent"),
    (the_end_of_cordon, "emulate", True), (the_end_of_cordon, "emulate", True, "--die-with-parent"),
    *((the_parent_of_cordon, way, False) for way in TRACED),
    *((the_parent_of_cordon, way, True, "--die-with-parent") for way in TRACED),
    *((the_tracer_is_confined, way) for way in ("emulate", "emulate --detach")),
    *((the_end_of_the_tracer, way) for way in ("emulate", "emulate --detach")),
    *((an_early_end_leaves_nothing, way) for way in TRACED),
    *((limits_and_denied_calls, way) for way in WAYS),
    *((foreign_traps, way) for way in ("run", "run --no-trace")),
    (explained_calls, "run --explain"),
    *((a_kernel_that_lacks_something, way) for way in TRACED),
]


def main():
    if machine.no_proc():
        print(f"1..1\nok 1 - starts and ends # SKIP {machine.no_proc()}")
        return 0
    def too_long(*_):
        raise AssertionError("timeout")
    signal.signal(signal.SIGALRM, too_long)
    print(f"1..{len(TESTS)}", flush=True)
    failed = 0
    for number, (test, *arguments) in enumerate(TESTS, 1):
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            os.chmod(folder, 0o777)
            Path("p.cordon").write_text(POLICY)
            problem = ""
            signal.alarm(SECONDS)
            try:
                test(*arguments)
            except (AssertionError, OSError, subprocess.SubprocessError) as error:
                problem = f"{type(error).__name__}: {error}"
                failed += 1
            finally:
                signal.alarm(0)
                for pid in marked():
                    with contextlib.suppress(OSError):
                        os.kill(pid, signal.SIGKILL)
                os.chdir("/")
        name = " ".join(map(str, arguments))
        print(f"{'not ok' if problem else 'ok'} {number} - {test.__name__}: {name}", flush=True)
        if problem:
            print("# " + problem.replace("\n", "\n# "), flush=True)
    return 1 if failed else 0


sys.exit(main())
