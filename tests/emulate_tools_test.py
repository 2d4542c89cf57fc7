#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Programs that trace others, or have many processes, threads and signals, must do the same under `cordon emulate` as
without it. emulate_tools_test.py CORDON WATCHED [NAME…]"""
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from emulated import (CORDON, POLICY, SECONDS, Emulated, Skip, need, need_terminal, need_to_run, outside, run_tests,
                      wait_for)

WATCHED = Path(sys.argv[2]).resolve()


# ---- programs that watch others --------------------------------------------------------------------------

def calls_of(folder):
    """The output of strace -ff: a list of lines for each thread, in the order of creation, without what differs
    between two runs of a program. Whether a thread waits for another is random, and so is what comes first of a
    child's end: SIGCHLD or the result of the wait."""
    threads = []
    for path in sorted(folder.glob("calls.*"), key=lambda path: int(path.suffix[1:])):
        text = re.sub(r'0x[0-9a-f]+|"(\\x[0-9a-f]{2})+"|\b\d{3,}\b', "N", path.read_text())
        lines = [line for line in text.splitlines() if not line.startswith("futex(")]
        for i in range(1, len(lines)):
            if lines[i - 1].startswith("wait4(") and lines[i].startswith("--- SIGCHLD"):
                lines[i - 1:i + 1] = lines[i], lines[i - 1]
        threads.append(lines)
    return threads


def strace(folder):
    """Strace shows the same calls with the same results, with and without filters of its own."""
    need("strace")
    words = []
    for option in ([], ["--seccomp-bpf", "-e", "trace=mkdir,wait4,clone3,prctl,rt_sigaction"]):
        seen = []
        for place in ("here", "there"):
            (folder / place).mkdir(exist_ok=True)
            command = ["strace", "-ff", "-o", f"{folder / place}/calls", *option, WATCHED]
            if place == "here":
                output = outside(command, folder).stdout
                assert "mkdir: -1, Operation not permitted\nthe child: 7, count 9" in output, output
            else:
                with Emulated(folder, *command) as run:
                    got = run.finish(19)
                    run.denied("mkdir", "errno(EPERM)")
                    assert got == output, f"{got} is not {output}"
            seen.append(calls_of(folder / place))
            for path in (folder / place).glob("calls.*"):
                path.unlink()
        assert seen[0] == seen[1], "\n".join(str(pair) for threads in zip(*seen) for pair in zip(*threads)
                                             if pair[0] != pair[1])
        words.append(f"{sum(map(len, seen[0]))} lines of {len(seen[0])} threads")
    return f"{words[0]}; with its filter {words[1]}"


def strace_elsewhere(folder):
    """Cases in which numbers differ, a thread takes over another's number, or the tracer isn't the parent."""
    need("strace", "unshare")
    need_to_run(folder, "unshare", "-fp", "--mount-proc", "true")
    strace_to = "strace -f -e signal=none -o"
    scripts = [f"unshare -fp --mount-proc {strace_to} out -e trace=mkdir,execve {WATCHED}",
               f"{strace_to} out -e trace=execve {WATCHED} exec",
               f"unshare -fp --mount-proc {strace_to} out -e trace=execve {WATCHED} exec",
               f"{strace_to} out -D -e trace=mkdir,execve {WATCHED}; "
               "until grep -q 'exited with 19' out; do sleep 0.1; done"]

    def seen():
        text = (folder / "out").read_text()
        (folder / "out").unlink()
        return sorted(re.sub(r"^\d+ +", "", re.sub(r"0x[0-9a-f]+|pid \d+|pid changed to \d+", "N", text), flags=re.M)
                      .splitlines())
    for script in scripts:
        outside(["sh", "-c", script], folder)
        here = seen()
        with Emulated(folder, "sh", "-c", script) as run:
            run.read()
        there = seen()
        assert here == there and here, f"{script}: {there} is not {here}"
    return "in a pid namespace, an execve in a thread, a detached strace"


def watchers_attached(folder):
    """Gdb and strace attach to a running process with two threads, stopped or not, and must leave it unchanged."""
    need("strace", "gdb")
    script = f"""
        state() {{ until grep -q "^State:.$1" /proc/$pid/status; do sleep 0.02; done; grep ^State: /proc/$pid/status; }}
        watch() {{ # FILE TEXT COUNT: until the text was seen as often
            strace -qf -p $pid -o $1 & strace=$!
            until [ -e $1 ] && [ $(grep -c "$2" $1) -ge $3 ]; do sleep 0.02; done
            kill -TERM $strace; wait $strace; echo $3; }}
        exec 3<&0; {WATCHED} wait <&3 & pid=$!
        until [ "$(ls /proc/$pid/task | wc -l)" = 2 ]; do sleep 0.02; done
        gdb -q -batch -p $pid -ex 'info threads' -ex detach 2>/dev/null | grep -c 'Thread 0x.*LWP.*"watched"'
        watch running clock_nanosleep 3
        kill -STOP $pid; state T
        watch stopped 'stopped by SIGSTOP' 2
        state T
        kill -CONT $pid; state S; wait $pid"""
    with Emulated(folder, "sh", "-c", script) as run:
        run.read(rb"waiting\n(.*\n)*State:\tS.*\n")  # the shell may print more about the jobs that it ended
        run.check_live()
        words = [line for line in run.finish().split("\n") if line != "Terminated"]
    assert words[0] == "waiting" and words[1] == "2", words
    assert words[2] == "3" and words[4] == "2", words
    assert words[3] == words[5] == "State:\tT (stopped)", words
    assert words[6] == "State:\tS (sleeping)" and words[7] == "done", words
    return "looked at by both, stopped and continued"


def gdb(folder):
    need("gdb")
    (folder / "script").write_text("""set pagination off
set width 0
break step if by == 10
break add
run
info threads
bt 1
disable 2
catch syscall mkdir
continue
stepi
info registers rax
delete 3
handle SIGUSR1 stop print
continue
continue
print count
finish
continue
""")
    def normal(text):  # the times at which threads begin and end, and where the first one waits for them, are random
        text = re.sub(r"^\[(New Thread|Thread .* exited).*\n|^  1 .*\n", "", text, flags=re.M)
        return re.sub(r"0x[0-9a-f]+|\b\d{3,}\b", "N", text)
    command = ["sh", "-c", "exec gdb -q -batch -x script $0 2>/dev/null", str(WATCHED)]
    here = outside(command, folder).stdout
    with Emulated(folder, *command) as run:
        there = run.finish()
        run.denied("mkdir", "errno(EPERM)")
    for line in ("hit Breakpoint 2", "call to syscall mkdir", "received signal SIGUSR1", "by=10",
                 "exited with code 023"):
        assert line in there, there
    assert normal(there) == normal(here), f"{there} is not {here}"
    return f"{len(there.splitlines())} lines as without us"


# ---- programs with many processes, threads and signals ---------------------------------------------------

# Input, and the condition for the next input: a pattern in the output, or the program that has the terminal.
DIALOGUE = [("stty -echo; PS1='ready> '\n", r"ready> $"), ("sleep 100\n", "@sleep"), ("\x1a", r"Stopped"),
            ("jobs\n", r"Stopped +sleep"), ("bg\n", r"sleep 100 &"), ("jobs\n", r"Running +sleep"),
            ("fg\n", "@sleep"), ("\x03", r"ready> $"), ("echo status $?\n", r"status 130"),
            ("cat\n", "@cat"), ("one\n", r"one"), ("\x1a", r"Stopped +cat"), ("fg\n", "@cat"), ("two\n", r"two"),
            ("\x04", r"ready> $"), ("cat &\n", r"ready> $"),
            ("until jobs -s | grep cat; do :; done\n", r"Stopped.* cat"),
            ("kill -9 $!; while kill -0 $!; do :; done 2>/dev/null; wait $!; echo killed $?\n", r"killed 137"),
            ("trap 'echo caught' USR1; kill -USR1 $$\n", r"caught"), ("mkdir new || echo denied\n", r"denied")]


def terminal(command, folder):
    """Runs a shell at a terminal: stops, continues and interrupts jobs. Returns its exit status."""
    pid, shell = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.environ["TERM"] = "dumb"
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # it may have been ignored when the test started
        os.execv(command[0], command)
    try:
        for text, answer in DIALOGUE:
            os.write(shell, text.encode())
            if answer[0] == "@":
                wait_for(lambda: foreground(shell) == answer[1:], f"{answer[1:]} in the foreground")
                continue
            seen, end = "", time.monotonic() + SECONDS
            while not re.search(answer, seen):
                assert select.select([shell], [], [], max(0, end - time.monotonic()))[0], \
                    f"no {answer} behind {text!r}: {seen}"
                seen += os.read(shell, 4096).decode()
        os.write(shell, b"exit 5\n")
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise
    finally:
        os.close(shell)


def foreground(shell):
    """The name of the program that has the terminal."""
    try:
        stat = Path(f"/proc/{os.tcgetpgrp(shell)}/stat").read_text()
    except OSError:
        return None
    return stat[stat.index("(") + 1:stat.rindex(")")]


def job_control(folder):
    need("bash")
    need_terminal()
    (folder / "p.cordon").write_text(POLICY)
    for options in ([], ["--detach"]):
        status = terminal([str(CORDON), "emulate", *options, "-p", "p.cordon", "--", "bash", "--norc", "-i"], folder)
        assert status == 5, f"the shell ended with {status}"
    return "stopped, continued, interrupted, killed; detached as well"


def make(folder):
    need("make", "gcc")
    names = [f"part{number}" for number in range(12)]
    for name in names:
        (folder / f"{name}.c").write_text(f"int {name}(void);\nint {name}(void)\n{{\n    return 1;\n}}\n")
    (folder / "Makefile").write_text(f"all: {' '.join(name + '.o' for name in names)}\n\tmkdir new; ls *.o | wc -l\n"
                                     "%.o: %.c\n\t@gcc -O2 -c -o $@ $<\n")
    (folder / "p.cordon").write_text(POLICY)
    with Emulated(folder, "make", "-s", "-j4", options=["-p", "p.cordon"]) as run:
        output = run.finish()
        run.denied("mkdir", "errno(EPERM)")
    assert output.endswith(f"{len(names)}\n") and "Operation not permitted" in output, output
    return f"{len(names)} files compiled, four at a time"


def git(folder):
    need("git")
    commit = ["-c", "user.name=n", "-c", "user.email=e@example.org", "commit", "-q", "-m", "all"]
    (folder / "from").mkdir()
    for number in range(50):
        (folder / f"from/file{number}").write_text(f"text {number}\n" * number)
    for arguments in (["init", "-q"], ["add", "."], commit):
        outside(["git", "-C", "from", *arguments], folder, check=True)
    (folder / "p.cordon").write_text("default allow\nerrno(EACCES) socket\n")
    with Emulated(folder, "git", "clone", "-q", "--no-local", "from", "to", options=["-p", "p.cordon"]) as run:
        run.finish()
    assert outside(["diff", "-r", "-x", ".git", "from", "to"], folder).returncode == 0, "the clone is different"
    return "a clone, equal"


PYTHON = """
import concurrent.futures, multiprocessing, os, signal, subprocess, time
def square(number):
    return number * number
def shell(number):
    return subprocess.run(["sh", "-c", f"echo {number}; exit {number % 5}"], capture_output=True, text=True)
if __name__ == "__main__":
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        runs = list(threads.map(shell, range(40)))
    assert [(run.stdout, run.returncode) for run in runs] == [(f"{n}\\n", n % 5) for n in range(40)]
    hits = []
    signal.signal(signal.SIGALRM, lambda *_: hits.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
    while len(hits) < 40:
        with open("/proc/self/status") as file:
            assert "Seccomp_filters:\\t1" in file.read()
    signal.setitimer(signal.ITIMER_REAL, 0)
    for method in ("fork", "spawn"):
        with multiprocessing.get_context(method).Pool(3) as pool:
            assert pool.map(square, range(50)) == [n * n for n in range(50)]
    try:
        os.mkdir("new")
    except PermissionError:
        print("fine")
"""


def python(folder):
    (folder / "p.cordon").write_text(POLICY)
    (folder / "program.py").write_text(PYTHON)
    with Emulated(folder, sys.executable, "program.py", options=["-p", "p.cordon"]) as run:
        assert run.finish() == "fine\n", run.output
        run.denied("mkdir", "errno(EPERM)")
    return "threads, children, pools, timers"


def uml(folder):
    """A kernel as a program boots and halts. It traces its processes by PTRACE_SYSEMU; newer ones can catch their
    calls by SIGSYS of a filter."""
    need("linux.uml", "busybox")
    busybox = shutil.which("busybox")
    if b"statically" not in subprocess.run(["file", "-L", busybox], capture_output=True).stdout:
        raise Skip("busybox isn't static here")
    (folder / "init").write_text(f"#!{busybox} sh\necho inside $((6 * 7))\nexec {busybox} poweroff -f\n")
    (folder / "init").chmod(0o755)
    for mode in ("seccomp=off", "seccomp=on"):
        command = ["linux.uml", "mem=64M", "rootfstype=hostfs", "rw", "quiet", f"init={folder}/init", "con=null",
                   "con0=null,fd:1", f"uml_dir={folder}", mode]
        need_to_run(folder, *command)
        with Emulated(folder, *command) as run:
            output = run.finish()
            assert "inside 42" in output and "reboot: " in output, output
    return "booted and halted"


run_tests([strace, strace_elsewhere, watchers_attached, gdb, job_control, make, git, python, uml], sys.argv[3:])
