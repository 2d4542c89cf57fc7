# SPDX-License-Identifier: MIT
"""Starts units with a systemd that is process 1 of its own namespaces, and reads their filters."""
import contextlib
import os
import shutil
import subprocess
import time
from pathlib import Path

from native import PAUSE, PAUSE_OPTIONS

SYSTEMD = "/lib/systemd/systemd"
CGROUPS = [Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup")]

BOOT = """echo $$ > {group}/cgroup.procs || exit 1
exec unshare --cgroup --mount --pid --fork --ipc --uts --net --kill-child sh -c '
mount -t proc proc /proc && mount -t tmpfs tmpfs /run && umount -R /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit 1
exec env -i container=cordon SYSTEMD_UNIT_PATH={units} {systemd} --system --log-target=null --unit=default.target'
"""


class Unavailable(Exception):
    """The reason why systemd can't be started here."""


def program(folder):
    """The program that units run, whose filters are read."""
    source, made = folder / "pause.c", folder / "pause"
    source.write_text(PAUSE)
    command = ["cc", *PAUSE_OPTIONS, "-o", str(made), str(source)]
    if not shutil.which("cc") or subprocess.run(command, capture_output=True).returncode:
        raise Unavailable("no program can be made for units to run")
    return made


def write_units(folder, units):
    folder.mkdir()
    for name, text in units.items():
        (folder / f"{name}.service").write_text(text)
    wants = " ".join(f"{name}.service" for name in units)
    (folder / "default.target").write_text(f"[Unit]\nDefaultDependencies=no\nWants={wants}\n")


def make_group():
    for root in CGROUPS:
        if (root / "cgroup.subtree_control").exists():
            group = root / f"cordon-test-{os.getpid()}"
            try:
                group.mkdir()
                return group
            except OSError:
                break
    raise Unavailable("no cgroup can be made here")


def remove_group(group):
    for _ in range(100):
        for folder, _, _ in os.walk(group, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(folder)
        if not group.exists():
            return
        time.sleep(0.05)


class Booted:
    """{name: pid of the unit's process}, and how long to wait for one."""

    def __init__(self, group, process):
        self.group, self.process = group, process

    def pid(self, name, seconds=20):
        procs = self.group / "system.slice" / f"{name}.service" / "cgroup.procs"
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError):
                for pid in procs.read_text().split():
                    if Path(f"/proc/{pid}/comm").read_text().strip() == "pause":
                        return int(pid)
            time.sleep(0.02)
        return None


def wait_until_started(group, process, messages, seconds=20):
    """systemd moves itself into this group first."""
    end = time.monotonic() + seconds
    while not (group / "init.scope").exists():
        if process.poll() is not None or time.monotonic() > end:
            reason = " ".join(messages.read_text(errors="replace").split()) or "no message"
            raise Unavailable(f"systemd can't start in namespaces of its own here: {reason[:200]}")
        time.sleep(0.02)


@contextlib.contextmanager
def boot(folder, units):
    """Starts all units; {program} in their texts is replaced."""
    if os.geteuid() or not Path(SYSTEMD).exists() or not shutil.which("unshare"):
        raise Unavailable("no systemd, or no right to start one")
    made = program(folder)
    write_units(folder / "units", {name: text.replace("{program}", str(made)) for name, text in units.items()})
    group = make_group()
    script = BOOT.format(group=group, units=folder / "units", systemd=SYSTEMD)
    messages = folder / "messages"
    with messages.open("wb") as errors:
        process = subprocess.Popen(["sh", "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=errors)
    try:
        wait_until_started(group, process, messages)
        yield Booted(group, process)
    finally:
        process.kill()
        process.wait()
        remove_group(group)
