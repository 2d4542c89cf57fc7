#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares the reading of units with systemd's own filters: formats_systemd_test.py CORDON CONVERT

The test's own systemd starts each unit; the stack of its process must equal cordon's reading, over all calls of all
ABIs. Sets are replaced by the calls that this systemd has in them; `groups` tests the further calls of cordon's sets.
"""
import ctypes
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import native
import oracle_systemd

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src/abi"))
import systemd_sets

CORDON, CONVERT = (Path(argument).resolve() for argument in sys.argv[1:3])

# Lines of [Service].
CASES = """
SystemCallFilter=read write
SystemCallFilter=read write | SystemCallErrorNumber=EPERM
SystemCallFilter=read write | SystemCallErrorNumber=38
SystemCallFilter=read | SystemCallErrorNumber=EPERM | SystemCallErrorNumber=
SystemCallFilter=read | SystemCallErrorNumber=EPERM | SystemCallErrorNumber=kill
SystemCallFilter=@system-service
SystemCallFilter=@system-service | SystemCallErrorNumber=EPERM | SystemCallArchitectures=native
SystemCallFilter=@system-service | SystemCallFilter=~@resources @privileged
SystemCallFilter=@system-service | SystemCallFilter=~@resources:EACCES @privileged:kill | SystemCallErrorNumber=EPERM
SystemCallFilter=~@mount @clock:EACCES reboot:0
SystemCallFilter=~@mount | SystemCallFilter=mount umount2 | SystemCallFilter=~umount2:EROFS
SystemCallFilter=~read | SystemCallFilter= | SystemCallFilter=~reboot
SystemCallFilter=~ | SystemCallFilter=read
SystemCallFilter=@known | SystemCallFilter=~@debug
SystemCallFilter=socket semop | SystemCallErrorNumber=ENOSYS
SystemCallFilter=socketcall ipc
SystemCallFilter=@network-io @ipc | SystemCallFilter=~socket:EACCES semop:EACCES
SystemCallFilter=~socketcall ipc:EPERM
SystemCallFilter=~socket:EACCES connect semtimedop:EPERM shmat:ENOSYS msgget
SystemCallFilter=@system-service nosuchcall read:EPERM
SystemCallLog=socket @process
SystemCallLog=~@default
SystemCallLog=@network-io semget | SystemCallFilter=@system-service | SystemCallErrorNumber=EPERM
SystemCallLog=~read write | SystemCallFilter=~@debug:EPERM
SystemCallLog=socketcall | SystemCallFilter=~socket:EACCES connect:EPERM
SystemCallArchitectures=native
SystemCallArchitectures=x86-64 x32
SystemCallArchitectures=x86-64 x86
SystemCallArchitectures=x86 | SystemCallFilter=~reboot
SystemCallArchitectures=native | SystemCallFilter=~reboot socket
SystemCallArchitectures=native | SystemCallFilter=@system-service
SystemCallArchitectures=native | SystemCallFilter=@network-io | SystemCallErrorNumber=EPERM
SystemCallArchitectures=native | SystemCallLog=~@default
SystemCallArchitectures=x86 | SystemCallArchitectures= | SystemCallFilter=~reboot
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictAddressFamilies=AF_UNIX | RestrictAddressFamilies=AF_NETLINK AF_PACKET | RestrictAddressFamilies=~AF_PACKET
RestrictAddressFamilies=~AF_PACKET AF_NETLINK
RestrictAddressFamilies=~AF_PACKET AF_UNIX | RestrictAddressFamilies=AF_UNIX
RestrictAddressFamilies=none
RestrictAddressFamilies=AF_UNSPEC
RestrictAddressFamilies=AF_UNIX | RestrictAddressFamilies=
RestrictAddressFamilies=AF_UNIX | SystemCallFilter=~socket:EACCES
RestrictNamespaces=yes
RestrictNamespaces=no
RestrictNamespaces=net user
RestrictNamespaces=~net user
RestrictNamespaces=net | RestrictNamespaces=~net | RestrictNamespaces=mnt pid
RestrictNamespaces=yes | RestrictNamespaces=uts
RestrictNamespaces=net | RestrictNamespaces=yes | RestrictNamespaces=
RestrictNamespaces=net bogus
RestrictNamespaces=net time
RestrictNamespaces=time
RestrictNamespaces=cgroup ipc net mnt pid user uts
RestrictNamespaces=~time
RestrictNamespaces=yes | SystemCallFilter=@system-service | SystemCallErrorNumber=EACCES
MemoryDenyWriteExecute=yes
MemoryDenyWriteExecute=on | MemoryDenyWriteExecute=off
MemoryDenyWriteExecute=maybe | RestrictRealtime=TRUE
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
LockPersonality=yes | Personality=x86
ProtectKernelModules=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelTunables=yes
PrivateDevices=yes
ProtectClock=yes | SystemCallFilter=~@clock:EACCES
MemoryDenyWriteExecute=yes | SystemCallFilter=@system-service | SystemCallLog=mmap
LockPersonality=yes | MemoryDenyWriteExecute=yes | RestrictRealtime=yes | RestrictSUIDSGID=yes | RestrictNamespaces=yes | RestrictAddressFamilies=AF_UNIX AF_INET | ProtectKernelModules=yes | ProtectClock=yes | ProtectHostname=yes | ProtectKernelLogs=yes | SystemCallArchitectures=native | SystemCallFilter=@system-service | SystemCallFilter=~@privileged @resources | SystemCallErrorNumber=EPERM
MemoryDenyWriteExecute=yes | RestrictNamespaces=yes | SystemCallArchitectures=native | SystemCallFilter=@system-service
"""


def sets():
    if not shutil.which("systemd-analyze"):
        raise oracle_systemd.Unavailable("no systemd-analyze here")
    run = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager"], capture_output=True, text=True)
    if run.returncode:
        raise oracle_systemd.Unavailable(f"systemd-analyze: {run.stderr.strip()}")
    return systemd_sets.read(run.stdout)


def expand(known, name):
    return [call for item in known[name] for call in (expand(known, item) if item in known else [item])]


def our_default():
    return set(subprocess.run([CORDON, "syscalls", "-a", "all", "--names", "@default"], capture_output=True,
                              text=True).stdout.split())


def written_out(lines, known, names):
    """The same lines with the names of sets replaced by the calls that this systemd has in them, also @default at
    the start of an allow list."""
    def calls(match):
        name, error = match[1], match[2] or ""
        return " ".join(call + error for call in expand(known, name) if call in names)

    def line(text):
        key, _, value = text.partition("=")
        if key not in ("SystemCallFilter", "SystemCallLog") or "@" not in value:
            return text
        return f"{key}=" + re.sub(r"(@[a-z-]+)(:\w+)?", calls, value)

    made = [line(text) for text in lines]
    first = next((i for i, text in enumerate(made) if re.match("SystemCallFilter=.", text)), None)
    if first is not None and "~" not in made[first]:
        extra = our_default() - (set(expand(known, "@default")) & names) - set(made[first].split())
        made.insert(first + 1, "SystemCallFilter=~" + " ".join(sorted(extra)))
    return made


def unit(lines, command="{program}"):
    return f"[Unit]\nDefaultDependencies=no\n[Service]\nExecStart={command}\n" + "\n".join(lines) + "\n"


def stack(pid, folder):
    """The filters of a process as files, or None if it has none."""
    output = subprocess.run([CORDON, "dump", str(pid), "-o", folder / "live"], capture_output=True, text=True).stdout
    return sorted(set(re.findall(r"\S+\.bpf", output)))


def compare(pid, text, folder):
    """The differences, as lines."""
    ours = folder / "ours.service"
    ours.write_text(text)
    read = subprocess.run([CONVERT, "systemd", ours], capture_output=True)
    if read.returncode:
        return read.stderr.decode()
    (folder / "ours.bpf").write_bytes(read.stdout)
    if not pid:
        return "systemd started no process"
    other = f"pid:{pid}"
    if "Seccomp:\t0" in Path(f"/proc/{pid}/status").read_text():
        other = folder / "nothing.cordon"
        other.write_text("default allow\nbad_arch allow\n")
    return without_unknown(native.difference(CORDON, other, folder / "ours.bpf"))


ARCHITECTURES = {"x86_64": 0xc000003e, "i386": 0x40000003, "x32": 0x4000003e}


def without_unknown(differences):
    """The same without the calls that this libseccomp doesn't know on that ABI: systemd makes no rule for them."""
    found, abi, is_left = [], "", True
    for line in differences.splitlines():
        if heading := re.fullmatch(r"(\w+):", line):
            abi = heading[1]
        elif calls := re.match(r"  ([\w, ]+): A answers", line):
            is_left = any(libseccomp().seccomp_syscall_resolve_name_arch(ARCHITECTURES[abi], name.encode()) >= 0
                          for name in calls[1].split(", "))
            found += [f"{abi}: {line.strip()}"] * is_left
        elif is_left:
            found.append(line)
    return "\n".join(found)


# Policies that no drop-in expresses without denying more.
REFUSED = {"LockPersonality=yes Personality=x86": "personality: conditions on its arguments"}


def survives(lines, folder):
    """Writes a drop-in and reads it again; returns the differences."""
    return native.differs_when_written(CORDON, CONVERT, "systemd", unit(lines), folder / "first.service",
                                       folder / "again.conf")


def libseccomp():
    try:
        return ctypes.CDLL("libseccomp.so.2")
    except OSError as reason:
        raise oracle_systemd.Unavailable(str(reason)) from reason


def known_calls():
    """The calls that this libseccomp knows; systemd ignores the others."""
    library = libseccomp()
    names = subprocess.run([CORDON, "syscalls", "-a", "all", "--names"], capture_output=True, text=True).stdout.split()
    return {name for name in names if library.seccomp_syscall_resolve_name(name.encode()) != -1}


def title_of(lines):
    return " ".join(lines)[:100]


def compare_all(results, cases, folder):
    """Tests each unit under systemd."""
    known, names = sets(), known_calls()
    units = {f"case{i}": unit(lines) for i, lines in enumerate(cases)}
    with oracle_systemd.boot(folder, units) as booted:
        for number, lines in enumerate(cases):
            pid = booted.pid(f"case{number}")
            results.tell(title_of(lines), compare(pid, unit(written_out(lines, known, names)), folder))


def write_all(results, cases, folder):
    """Tests each unit by writing it again, which doesn't need systemd."""
    for lines in cases:
        said, title = survives(lines, folder), title_of(lines)
        if title in REFUSED:
            said = "" if REFUSED[title] in said else "not refused"
        results.tell(f"written again: {title}", said)


def main():
    cases, results = [[part.strip() for part in line.split("|")] for line in CASES.strip().splitlines()], native.Results()
    with tempfile.TemporaryDirectory() as name:
        try:
            compare_all(results, cases, Path(name))
        except oracle_systemd.Unavailable as reason:
            results.skip("the filters of systemd", reason)
        write_all(results, cases, Path(name))
    results.end()


main()
