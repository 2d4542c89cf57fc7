#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares the reading of profiles with Firejail's own filters: formats_firejail_test.py CORDON CONVERT

Firejail runs a program under each profile; the program's stack of filters must equal cordon's reading, over all calls
of all ABIs.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import machine
import native

CORDON, CONVERT = (Path(argument).resolve() for argument in sys.argv[1:3])

# Lines of profiles. After =>: the known difference.
CASES = """
seccomp
seccomp | seccomp-error-action kill
seccomp | seccomp-error-action log
seccomp | seccomp-error-action EACCES
seccomp | allow-debuggers
seccomp mkdir,unlinkat:ENOENT,chown:kill
seccomp mkdir:log
seccomp @chown,!lchown,!ptrace
seccomp !chroot
seccomp !chroot,mkdir | seccomp-error-action kill
seccomp $83,$500
seccomp execve
seccomp prctl,execveat,mkdir
seccomp.drop mkdir
seccomp.drop mkdir:ENOSYS,@clock,!settimeofday
seccomp.drop mkdir:kill,rmdir:EPERM,chdir:ENOENT | seccomp-error-action EACCES
seccomp.drop nosuchcall,mkdir
seccomp.drop mkdir:ENOSUCH,rmdir
seccomp.drop socket,ipc,semop
seccomp.keep read,write,pause,exit,exit_group
seccomp.keep pause,@default-keep,!prctl,chdir:ENOENT,mkdir:kill
seccomp.keep pause,mmap | seccomp-error-action kill
seccomp.keep @system-service,pause,!mount
seccomp.32 mkdir
seccomp mkdir | seccomp.32 rmdir,socketcall,!ptrace
seccomp.32 rmdir | seccomp-error-action EACCES
seccomp.32.drop mkdir
seccomp.32.keep read,write,pause
seccomp | seccomp.32 mkdir,socketcall
seccomp.drop mkdir | seccomp.32.drop rmdir,ipc:EACCES
seccomp.keep pause,read | seccomp.32.keep pause,write
seccomp | seccomp.block-secondary
seccomp mkdir | seccomp.block-secondary | seccomp-error-action kill
seccomp.block-secondary
seccomp | seccomp.32.keep pause,write
seccomp mkdir | seccomp.32 rmdir | seccomp.block-secondary
seccomp.32 mkdir | seccomp.block-secondary
seccomp | seccomp.32 mkdir | seccomp.block-secondary
seccomp.drop mkdir | seccomp.32 rmdir
seccomp.keep pause | seccomp.block-secondary | seccomp-error-action kill
seccomp.keep pause | seccomp.32 mkdir | seccomp.block-secondary | seccomp-error-action kill
seccomp mkdir,@nosuch
seccomp.keep pause | seccomp.32 mkdir
seccomp.drop mkdir | seccomp.32.drop rmdir | seccomp.block-secondary | seccomp-error-action kill
seccomp.drop mkdir | seccomp.block-secondary
seccomp.drop personality | seccomp.block-secondary
seccomp.keep pause | seccomp.block-secondary
protocol unix,inet
protocol unix,inet | protocol inet6,-inet
protocol unix,=netlink,packet,bluetooth
protocol unix | seccomp
protocol unix | seccomp.drop socket:EACCES
memory-deny-write-execute
memory-deny-write-execute | seccomp-error-action kill
memory-deny-write-execute | seccomp.drop mmap:EACCES,memfd_create:EACCES
restrict-namespaces
restrict-namespaces net,user
restrict-namespaces time | restrict-namespaces uts
restrict-namespaces | seccomp-error-action EACCES
restrict-namespaces net | seccomp.drop clone3:EACCES,unshare:ENOSYS
seccomp | protocol unix,inet,inet6,netlink | memory-deny-write-execute | restrict-namespaces | seccomp.block-secondary
seccomp !read
seccomp.drop !read,mkdir
ignore seccomp | seccomp
ignore seccomp.drop | seccomp.drop mkdir | seccomp rmdir
seccomp mkdir # a comment | seccomp.drop rmdir
seccomp mkdir | seccomp rmdir
seccomp.drop mkdir,,rmdir
seccomp.drop execve,mkdir
seccomp.drop prctl:ENOENT
caps.drop all | nonewprivs | noroot | seccomp
"""

DYNAMIC = "#include <unistd.h>\nint main(void)\n{\n    for (;;)\n        pause();\n}\n"


def build(folder):
    for name, source, options in (("fixed", native.PAUSE, native.PAUSE_OPTIONS), ("moving", DYNAMIC, ["-O1"])):
        (folder / f"{name}.c").write_text(source)
        subprocess.run(["cc", *options, "-o", folder / name, folder / f"{name}.c"], check=True)


def children(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in task.read_text().split():
                found += [int(child)] + children(int(child))
        except OSError:
            pass
    return found


def name_of(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def sleeping(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "S"
    except OSError:
        return False


def wait_for(process, name, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        for pid in children(process.pid):
            if name_of(pid) == name and sleeping(pid):
                return pid
        time.sleep(0.01)
    return None


def compare(lines, folder):
    # calls that Firejail needs are denied later, by a library in dynamic programs; the linker needs more calls
    later = re.search(r"(?<!!)(execve|prctl)", " ".join(lines)) and "keep" not in " ".join(lines)
    profile, program = folder / "test.profile", "moving" if later else "fixed"
    profile.write_text("\n".join(lines) + "\n")
    read = subprocess.run([CONVERT, "firejail", profile], capture_output=True)
    if read.returncode and b": error: Firejail" not in read.stderr:
        return read.stderr.decode()
    (folder / "ours.bpf").write_bytes(read.stdout)
    process = subprocess.Popen(["firejail", "--quiet", f"--profile={profile}", folder / program],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               start_new_session=True)
    pid = wait_for(process, program)
    try:
        if read.returncode:
            return "it did start" if pid else ""
        if not pid:
            process.kill()
            return "the program didn't start: " + process.stdout.read().decode()
        time.sleep(0.02)
        other = f"pid:{pid}"
        if "Seccomp:\t0" in Path(f"/proc/{pid}/status").read_text():
            other = folder / "nothing.cordon"
            other.write_text("default allow\nbad_arch allow\n")
        # the protocol filter takes every architecture that isn't x86_64 for i386
        some = ["-a", "x86_64,i386,x32"] if "protocol" in " ".join(lines) else []
        return native.difference(CORDON, other, folder / "ours.bpf", *some)
    finally:
        for victim in [process.pid] + children(process.pid):
            try:
                os.kill(victim, signal.SIGKILL)
            except OSError:
                pass
        process.wait()
        process.stdout.close()


# Policies that need lists which Firejail itself adds or drops, or two conditions on one call.
REFUSED = {
    "seccomp.32 mkdir": "has another verdict for mount on i386",
    "seccomp.32 rmdir | seccomp-error-action EACCES": "has another verdict for mount on i386",
    "seccomp.32.drop mkdir": "has another verdict for mount on i386",
    "seccomp.keep pause | seccomp.32 mkdir": "has another verdict",
    "seccomp.keep pause | seccomp.32 mkdir | seccomp.block-secondary | seccomp-error-action kill": "has another verdict",
    "protocol unix | seccomp.drop socket:EACCES": "has another verdict for socket",
    "restrict-namespaces net | seccomp.drop clone3:EACCES,unshare:ENOSYS": "clone, setns: conditions on its arguments",
}


def survives(lines, folder):
    """Writes a profile and reads it again; returns the differences."""
    return native.differs_when_written(CORDON, CONVERT, "firejail", "\n".join(lines) + "\n", folder / "first.profile",
                                       folder / "again.profile")


def title_of(lines):
    return " | ".join(lines)[:100]


def why_not():
    """The reason why Firejail can't run here, or None."""
    if machine.no_proc():
        return machine.no_proc()
    for program in ("firejail", "cc"):
        if not shutil.which(program):
            return f"no {program} here"
    probe = subprocess.run(["firejail", "--quiet", "--noprofile", "true"], capture_output=True, text=True)
    return f"firejail itself fails here: {' '.join(probe.stderr.split())[:200]}" if probe.returncode else None


def compare_all(results, cases, folder):
    """Tests each profile under Firejail."""
    build(folder)
    for lines in cases:
        results.tell(title_of(lines), compare(lines, folder))


def write_all(results, cases, folder):
    """Tests each profile by writing it again, which doesn't need Firejail."""
    for lines in cases:
        said, title = survives(lines, folder), title_of(lines)
        if title in REFUSED:
            said = "" if REFUSED[title] in said else f"not refused {said}"
        elif "error: Firejail" in said:
            said = ""  # there is nothing to write
        results.tell(f"written again: {title}", said)


def main():
    cases, results = [[part.strip() for part in line.split("|")] for line in CASES.strip().splitlines()], native.Results()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        reason = why_not()
        if reason:
            results.skip("the filters of Firejail", reason)
        else:
            compare_all(results, cases, folder)
        write_all(results, cases, folder)
    results.end()


main()
