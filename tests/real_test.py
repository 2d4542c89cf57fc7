#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Dumps the filters that real programs install from the running process, lifts them, shows them as a policy, and emits
them again: they must be equal, and not longer. real_test.py CORDON"""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CORDON = Path(sys.argv[1]).resolve()
SECONDS = 60  # after which an expected event counts as missing


class Skip(Exception):
    """A requirement of the test is missing."""


def need(*programs):
    for program in programs:
        if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin"):
            raise Skip(f"no {program} here")


def children(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in task.read_text().split():
                found += [int(child)] + children(int(child))
        except OSError:  # it ended
            pass
    return found


def filters_of(pid):
    try:
        return int(re.search(r"Seccomp_filters:\s*(\d+)", Path(f"/proc/{pid}/status").read_text())[1])
    except (OSError, TypeError):
        return 0


def wait_for(condition, process, output, what):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        if process.poll() is not None:
            output.seek(0)
            raise Skip(f"it can't run here: {' '.join(output.read().split())}")
        time.sleep(0.05)
    raise AssertionError(f"never: {what}")


def wait_filtered(process, output):
    """Waits until `process` or a descendant has a filter; returns the process with the most filters."""
    def filtered():
        return [pid for pid in [process.pid] + children(process.pid) if filters_of(pid)]
    pids = wait_for(filtered, process, output, "a process with a filter")
    time.sleep(0.2)  # more filters may follow
    return max(pids, key=filters_of)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def connect(port, process, output):
    def client():
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=5)
        except OSError:
            return None
    connection = wait_for(client, process, output, f"a server at port {port}")
    connection.sendall(b"SSH-2.0-cordon\r\n")  # sshd enters its sandbox after the greeting; vsftpd ignores it
    return connection


def firejail(folder):
    need("firejail")
    return ["firejail", "--quiet", "--noprofile", "--seccomp", "sleep", "30"], None


def bwrap(folder):
    need("bwrap")
    policy = folder / "p.cordon"
    policy.write_text("default errno(EPERM)\ninclude \"@startup\"\nallow @basic-io, execve, "
                      "clock_nanosleep, nanosleep, socket(domain == AF_UNIX)\n")
    subprocess.run([CORDON, "compile", policy, "-o", folder / "p.bpf"], check=True)
    return ["sh", "-c", f"exec bwrap --dev-bind / / --seccomp 9 sleep 30 9<{folder}/p.bpf"], None


def sshd(folder):
    need("sshd", "ssh-keygen")
    Path("/run/sshd").mkdir(exist_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"], check=True)
    port = free_port()
    return ["/usr/sbin/sshd", "-D", "-f", "/dev/null", "-h", str(folder / "key"), "-o", f"Port={port}", "-o",
            "ListenAddress=127.0.0.1", "-o", "PidFile=none"], port


def vsftpd(folder):
    need("vsftpd")
    port = free_port()
    config = folder / "vsftpd.conf"
    config.write_text(f"listen=YES\nlisten_address=127.0.0.1\nlisten_port={port}\nanonymous_enable=YES\n"
                      "background=NO\nseccomp_sandbox=YES\n")
    return ["/usr/sbin/vsftpd", str(config)], port


def run(*arguments):
    result = subprocess.run([CORDON, *arguments], capture_output=True, text=True)
    if result.returncode:
        raise AssertionError(f"cordon {' '.join(map(str, arguments))}: {result.stdout}{result.stderr}")
    return result.stdout


def length(path):
    return path.stat().st_size // 8


def examine(pid, folder):
    """Failures with the process's filters, and a summary of them."""
    files = sorted({folder / Path(name).name for name in
                    re.findall(r"(\S+\.bpf)", run("dump", str(pid), "-o", folder / "live"))})
    assert files, "no filter was dumped"
    words = []
    for file in files:
        short, policy = file.with_suffix(".short"), file.with_suffix(".cordon")
        run("optimize", file, "-o", short)
        run("diff", file, short)
        run("show", file, "-o", policy)
        run("diff", file, policy)
        assert length(short) <= length(file), f"{length(short)} instructions were {length(file)}"
        words.append(f"{length(file)} → {length(short)}")
    whole = folder / "stack.short"
    run("optimize", *files, "-o", whole)
    run("diff", whole, f"pid:{pid}")
    return ", ".join(words)


def attempt(make):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command, port = make(folder)
        output = open(folder / "output", "w+", errors="replace")
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                   start_new_session=True)
        try:
            with (connect(port, process, output) if port else open(os.devnull)):
                return examine(wait_filtered(process, output), folder)
        finally:
            for pid in [process.pid] + children(process.pid):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            process.wait()
            output.close()


def main():
    programs = [firejail, bwrap, sshd, vsftpd]
    print(f"1..{len(programs)}")
    for number, make in enumerate(programs, 1):
        name = f"{number} - filters of {make.__name__}, dumped, shown, emitted again"
        try:
            if os.geteuid():
                raise Skip("reading filters needs root")
            print(f"ok {name}: {attempt(make)}", flush=True)
        except Skip as reason:
            print(f"ok {name} # SKIP {reason}", flush=True)
        except AssertionError as problem:
            print("".join(f"# {line}\n" for line in str(problem).splitlines()) + f"not ok {name}", flush=True)


main()
