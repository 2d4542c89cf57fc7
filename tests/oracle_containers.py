# SPDX-License-Identifier: MIT
"""Starts containers with the test's own dockerd and with Podman, and reads their filters.

Everything runs in its own mount and pid namespaces, whose first process dies with the test. Daemon, shims,
containers and mounts end with it. The machine's own Docker isn't touched.
"""
import contextlib
import itertools
import json
import os
import resource
import shutil
import subprocess
import tarfile
import time
from pathlib import Path

from oracle_systemd import remove_group

DOCKER = "/usr/bin/docker"  # Debian's
IMAGE = "cordon"
SECONDS = 20  # after which an expected event counts as missing
GROUP = f"cordon-test-{os.getpid()}"
NAMESPACES = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c"]
markers = itertools.count(100000)


class Unavailable(Exception):
    """The reason why containers can't be started here."""


class Refused(Exception):
    """The container didn't start; the text is the tool's message."""


def descendants(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in task.read_text().split():
                found += [int(child)] + descendants(int(child))
    return found


def sleeper(marker):
    return ["/bin/busybox", "sleep", marker]


def wait_sleeper(process, marker):
    """The descendant of `process` that runs sleeper(marker); None: `process` has ended."""
    wanted = "".join(f"{word}\0" for word in sleeper(marker)).encode()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        for pid in descendants(process.pid):
            with contextlib.suppress(OSError):
                if Path(f"/proc/{pid}/cmdline").read_bytes() == wanted:
                    return pid
        if process.poll() is not None:
            return None
        time.sleep(0.02)
    raise AssertionError("the container's process never showed up")


def stop(process):
    """The first process of the namespaces, and all others in them."""
    process.kill()
    process.wait()


def remove_groups():
    for root in [Path("/sys/fs/cgroup"), *Path("/sys/fs/cgroup").glob("*/")]:
        remove_group(root / GROUP)


def need(*programs):
    for name in programs:
        if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            raise Unavailable(f"no {name} here")
    if os.geteuid():
        raise Unavailable("only root can start containers and read their filters")


class Docker:
    """With the daemon of daemon()."""
    name = like = "docker"

    def __init__(self, folder, process):
        self.folder, self.process = folder, process

    def call(self, *words, **more):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "DOCKER_CONFIG": str(self.folder)}
        return subprocess.run([DOCKER, "-H", f"unix://{self.folder}/docker.sock", *words], capture_output=True, timeout=60,
                              env=environment, **more)

    def run(self, options, *command):
        return self.call("run", "--rm", "--network", "none", *options, IMAGE, *command, text=True)

    @contextlib.contextmanager
    def held(self, *options):
        """A process of a container."""
        marker = str(next(markers))
        made = self.call("run", "-d", "--network", "none", *options, IMAGE, *sleeper(marker), text=True)
        if made.returncode:
            raise Refused(made.stderr)
        try:
            yield wait_sleeper(self.process, marker)
        finally:
            self.call("rm", "-f", made.stdout.strip())


def last_words(log):
    """The daemon's report on the container's end."""
    lines = log.read_text(errors="replace").split("\n")
    telling = [line for line in lines if "level=info" not in line and "level=warning" not in line and line] or lines
    return " ".join(" ".join(telling[-2:]).split())[:300]


def wait_for_daemon(docker):
    end = time.monotonic() + SECONDS
    while not (docker.folder / "docker.sock").exists() or docker.call("version").returncode:
        if docker.process.poll() is not None or time.monotonic() > end:
            raise Unavailable(f"dockerd can't run here: {last_words(docker.folder / 'log')}")
        time.sleep(0.05)


def make_image(docker, root):
    archive = docker.folder / "image.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(root, arcname=".")
    with open(archive, "rb") as file:
        made = docker.call("import", "-", IMAGE, stdin=file)
    if made.returncode:
        raise Unavailable(f"dockerd takes no image: {made.stderr.decode()[:200]!r}")


@contextlib.contextmanager
def daemon(folder, root):
    """A Docker whose image is the folder `root`."""
    need("dockerd", DOCKER, "containerd", "runc", "unshare")
    config = folder / "daemon.json"
    config.write_text(json.dumps({
        "data-root": f"{folder}/data", "exec-root": f"{folder}/exec", "pidfile": f"{folder}/pid", "bridge": "none",
        "hosts": [f"unix://{folder}/docker.sock"], "iptables": False, "ip6tables": False, "ip-forward": False,
        "cgroup-parent": f"/{GROUP}", "exec-opts": ["native.cgroupdriver=cgroupfs"],
        "deprecated-key-path": f"{folder}/key.json"}))
    # container= keeps it from loading a profile of AppArmor into the machine's kernel.
    script = f"mount -t tmpfs tmpfs /run && export container=cordon && {{ dockerd --config-file {config} & wait; }}"
    with open(folder / "log", "w") as log:
        process = subprocess.Popen([*NAMESPACES, script], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   start_new_session=True)
    try:
        docker = Docker(folder, process)
        wait_for_daemon(docker)
        make_image(docker, root)
        probe = docker.run([], "/bin/busybox", "true")
        if probe.returncode:
            raise Unavailable(f"dockerd can't start a container here: {probe.stderr[:300]!r}")
        yield docker
    finally:
        stop(process)
        remove_groups()


class Podman:
    """Podman's data about a container disappears with its namespaces."""
    name = "podman"

    def __init__(self, runtime, root):
        need("podman", "conmon", "unshare", runtime)
        self.runtime, self.root = runtime, root
        self.like = "podman" if runtime == "crun" else "runc"
        probe = self.run([], "/bin/busybox", "true")
        if probe.returncode:
            raise Unavailable(f"podman can't start a container with {runtime} here: {probe.stderr[:300]!r}")

    def command(self, options, command):
        # The limits that it would set can be higher than this process may set.
        limits = [word for name in ("nofile", "nproc") for word in ("--ulimit", f"{name}={limit(name)}:{limit(name)}")]
        script = "mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /dev/shm && "
        groups = ["--cgroup-parent", f"/{GROUP}"]
        if self.runtime == "crun":  # it requires a single kind of control groups
            script += "{ umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; } 2>/dev/null && "
            groups = ["--cgroups=disabled"]
        return [*NAMESPACES, script + 'podman "$@"; exit', "sh", "--root", "/run/podman/root", "--runroot", "/run/podman/run",
                "--tmpdir", "/run/podman/tmp", "--storage-driver", "vfs", "--events-backend", "none", "--cgroup-manager",
                "cgroupfs", "--runtime", self.runtime, "run", "--rm", "--network", "none", *groups, *limits, *options, "--rootfs",
                str(self.root), *command]

    def run(self, options, *command):
        return subprocess.run(self.command(options, command), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60)

    @contextlib.contextmanager
    def held(self, *options):
        """A process of a container."""
        marker = str(next(markers))
        process = subprocess.Popen(self.command(options, sleeper(marker)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True, start_new_session=True)
        try:
            pid = wait_sleeper(process, marker)
            if not pid:
                raise Refused(process.stdout.read())
            yield pid
        finally:
            stop(process)
            process.stdout.close()


def limit(name):
    hard = resource.getrlimit(getattr(resource, f"RLIMIT_{name.upper()}"))[1]
    return 1024 if hard == resource.RLIM_INFINITY else min(hard, 1024)
