#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Installs, uses and removes the Debian packages in a fresh chroot: packages_test.py FOLDER SOURCE_DIR

The base system comes from the mirror that apt uses here. It is kept in ~/.cache/cordon (or CORDON_CACHE)."""
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CACHE = Path(os.environ.get("CORDON_CACHE", Path.home() / ".cache/cordon"))
PACKAGES = ["cordon", "libcordon0", "libcordon-dev", "cordon-doc"]
TESTS = 8


class Skip(Exception):
    pass


class Chroot:
    def __init__(self, root):
        self.root = root

    def run(self, *command):
        """Runs a command in the chroot, with a /proc that is unmounted when it ends."""
        inside = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'
        return subprocess.run(["unshare", "--mount", "--pid", "--fork", "sh", "-c", inside, self.root, *command],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"})

    def apt(self, *arguments):
        run = self.run("apt-get", "-qq", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0", *arguments)
        return wrong(run)


def wrong(run, status=0, text=""):
    """None, or how a command ended that should have ended differently."""
    if run.returncode == status and text in run.stdout + run.stderr:
        return None
    return f"exit status {run.returncode}\n{run.stdout}{run.stderr}"


# ---- the base system ----


def mirror():
    """The suite of this machine, and apt's mirror."""
    suite = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    run = subprocess.run(["apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages"],
                         capture_output=True, text=True)
    for line in run.stdout.splitlines():
        release, uri = line.split(maxsplit=1)
        if release == suite:
            return suite, uri
    raise Skip(f"apt has no source for {suite or 'this system'}")


def make_base(archive):
    suite, uri = mirror()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        run = subprocess.run(["debootstrap", "--variant=minbase", suite, root, uri], stdin=subprocess.DEVNULL, capture_output=True,
                             text=True)
        if run.returncode:
            raise Skip(f"debootstrap failed: {(run.stdout + run.stderr).strip().splitlines()[-1]}")
        for path in Path("/etc/apt/apt.conf.d").iterdir():  # how to reach the mirror
            if "Acquire::" in path.read_text():
                shutil.copy(path, root / "etc/apt/apt.conf.d")
        archive.parent.mkdir(parents=True, exist_ok=True)
        partial = archive.with_suffix(f".{os.getpid()}")
        subprocess.run(["tar", "-C", root, "-cf", partial, "."], check=True)
        partial.rename(archive)


def fresh(root):
    for program in ("debootstrap", "unshare", "apt-get"):
        if not shutil.which(program):
            raise Skip(f"no {program}")
    if os.geteuid() != 0:
        raise Skip("not root")
    archive = CACHE / f"chroot-{platform.freedesktop_os_release().get('VERSION_CODENAME')}.tar"
    if not archive.exists():
        make_base(archive)
    root.mkdir()
    subprocess.run(["tar", "-C", root, "-xf", archive], check=True)
    chroot = Chroot(root)
    run = chroot.run("true")
    if run.returncode:
        raise Skip(f"can't mount /proc in a chroot: {run.stderr.strip()}")
    for name in ("resolv.conf", "hosts"):
        shutil.copy(Path("/etc") / name, root / "etc" / name)
    return chroot


# ---- the packages ----


def install(chroot, folder):
    (chroot.root / "packages").mkdir()
    names = []
    for package in PACKAGES:
        path = next(folder.glob(f"{package}_*.deb"))
        shutil.copy(path, chroot.root / "packages")
        names.append(f"/packages/{path.name}")
    return chroot.apt("update") or chroot.apt("install", *names)


def installed_files(chroot):
    files = chroot.run("dpkg", "-L", *PACKAGES).stdout.split("\n")
    return [name for name in files if name.startswith("/") and not (chroot.root / name[1:]).is_dir()]


def first_example(chroot, source):
    shutil.copy(source / "debian/tests/first-example", chroot.root / "packages")
    return wrong(chroot.run("/packages/first-example"))


def library(chroot, source):
    """Builds with the compiler outside the chroot and the files of the packages inside."""
    root, program = chroot.root, chroot.root / "packages/confine"
    libraries = next(root.glob("usr/lib/*/libcordon.so")).parent
    environment = {**os.environ, "PKG_CONFIG_LIBDIR": str(libraries / "pkgconfig"), "PKG_CONFIG_SYSROOT_DIR": str(root)}
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "cordon"], env=environment, capture_output=True, text=True)
    run = subprocess.run(["cc", source / "examples/confine.c", "-o", program, *flags.stdout.split(), f"-L{libraries}",
                          f"-Wl,-rpath-link,{libraries}"], capture_output=True, text=True)
    return wrong(flags) or wrong(run) or wrong(chroot.run("/packages/confine"), text="confined")


def remove(chroot, files):
    problem = chroot.apt("purge", *PACKAGES)
    left = [name for name in files if (chroot.root / name[1:]).is_symlink() or (chroot.root / name[1:]).exists()]
    left += [str(path) for where in ("etc", "usr", "var/lib") for path in (chroot.root / where).rglob("*cordon*")]
    return problem or "\n".join(left) or None


def results(chroot, folder, source):
    yield "they install", install(chroot, folder)
    files = installed_files(chroot)
    yield "cordon tells its version", wrong(chroot.run("cordon", "--version"), text="cordon ")
    yield "cordon checks a policy", wrong(chroot.run("cordon", "check", "@stdio"))
    yield "cordon runs a program", wrong(chroot.run("cordon", "run", "-p", "@stdio", "true"))
    yield "the first example of README", first_example(chroot, source)
    yield "a program is built with the library", library(chroot, source)
    pages = {"man1/cordon-run.1", "man3/cordon_confine.3", "man5/cordon-policy.5"}
    yield "the man pages are there", "\n".join(page for page in pages if not any(f"/{page}.gz" in name for name in files)) or None
    yield "nothing is left when they are removed", remove(chroot, files)


def main():
    folder, source = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    print(f"1..{TESTS}")
    with tempfile.TemporaryDirectory() as work:
        try:
            chroot = fresh(Path(work) / "root")
        except Skip as reason:
            for number in range(1, TESTS + 1):
                print(f"ok {number} - packages # SKIP {reason}")
            return 0
        failed = 0
        for number, (name, problem) in enumerate(results(chroot, folder, source), 1):
            for line in (problem or "").splitlines()[:30]:
                print(f"# {line}")
            print(f"{'not ok' if problem else 'ok'} {number} - {name}", flush=True)
            failed += problem is not None
    return 1 if failed else 0


sys.exit(main())
