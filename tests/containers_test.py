#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests with containers of Docker and Podman: containers_test.py CORDON PROBE

Compares the filters of containers with cordon's reading of their profiles, over all calls. Starts containers under
profiles that cordon wrote: they must work, and be denied what the profiles deny.
"""
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from container_profiles import FORMS
from formats_test import CORDON, DEFAULT, PROFILES, Skip, differences, make_bundle, report
from oracle_containers import Podman, Refused, Unavailable, daemon, remove_groups

PROBE = Path(sys.argv[2])
EPERM, EACCES, ENOSYS = 1, 13, 38
CALLS = {"socket": 41, "getpriority": 140, "personality": 135, "unshare": 272}
AF_UNIX, AF_NETLINK, SOCK_DGRAM = 1, 16, 2
CLONE_NEWUTS = 0x4000000

# The calls that starting a container and a shell make.
SHELL = ("access arch_prctl brk capget capset chdir clock_nanosleep clone clone3 close dup2 dup3 epoll_create1 epoll_ctl epoll_pwait "
         "eventfd2 execve exit_group faccessat2 fchdir fchown fcntl fork fstat fstatfs futex getcwd getdents64 getegid geteuid getgid "
         "getgroups getpid getppid getrandom gettid getuid ioctl keyctl lseek lstat madvise mkdir mmap mprotect munmap nanosleep "
         "newfstatat openat pipe2 prctl pread64 prlimit64 pselect6 read readlink readlinkat rename rmdir rseq rt_sigaction rt_sigprocmask "
         "rt_sigreturn sched_getaffinity sched_yield seccomp sendfile set_robust_list set_tid_address setgid setgroups setresgid "
         "setresuid setuid sigaltstack stat statfs statx tgkill umask uname unlink vfork wait4 write getsockopt").split()
SCRIPT = "cd /tmp && echo hello >greeting && busybox cat greeting && (busybox true; echo forked) && busybox ls / | busybox grep -c bin && " \
    "busybox rm greeting && echo works"
WORKS = "hello\nforked\n1\nworks\n"


def cordon(*words, status=0):
    run = subprocess.run([CORDON, *map(str, words)], capture_output=True, text=True, timeout=60)
    assert run.returncode == status, f"cordon {' '.join(map(str, words))}: {run.returncode}, {run.stdout}{run.stderr}"
    return run.stdout + run.stderr


def expect_answers(tool, profile, wanted, *options):
    """wanted: (call, argument…, errno), all in one container under the profile; errno 0: it is allowed."""
    script = "".join(f"probe {CALLS[call]} {' '.join(map(str, arguments))}; " for call, *arguments, _ in wanted)
    run = tool.run(["--security-opt", f"seccomp={profile}", *options], "/bin/sh", "-c", f"PATH=/bin; {script}")
    got = run.stdout.split()
    assert got == [str(line[-1]) for line in wanted], f"under {profile} {wanted} answered {got} {run.stderr}"


def works(tool, profile):
    run = tool.run(["--security-opt", f"seccomp={profile}"], "/bin/sh", "-c", SCRIPT)
    assert run.stdout == WORKS, f"the shell under {profile}: {run.returncode} {run.stdout}{run.stderr}"


def installed(tool, folder, name, *options):
    """The filter of a container; None: it has none."""
    with tool.held(*options) as pid:
        run = subprocess.run([CORDON, "dump", str(pid), "-o", folder / name], capture_output=True, text=True)
    if run.returncode == 1:
        return None
    assert run.returncode == 0, run.stderr
    return folder / f"{name}.0.bpf"


def expect_equal(a, b, *options):
    found = differences(a, b, *options)
    assert not found, "\n".join([f"{a} and {b}:", *found[:12]])


# ---- what is read ----------------------------------------------------------------------------------------

def caps_of(tool):
    return ["--caps", tool.name if tool.name == "podman" else "default"]


def faults(tool, folder, path, how):
    """The differences between the expected and the actual outcome of a profile."""
    like = ["--like", tool.like, *caps_of(tool)]
    try:
        found = installed(tool, folder, path.stem, "--security-opt", f"seccomp={path}")
    except Refused as why:
        found = None
        if how != "refused":
            return [f"it didn't start: {why}"]
    else:
        if how == "refused" or (how == "nothing") != (found is None):
            return [f"it started {'with a' if found else 'without any'} filter"]
    if how == "equal":
        return differences(path, found, *like)
    return [] if subprocess.run([CORDON, "check", *like, path], capture_output=True).returncode == 2 else ["we don't refuse it"]


def check_profiles(tool, folder, profiles):
    """profiles: (name, how, text)"""
    paths = []
    for number, (_, _, text) in enumerate(profiles):
        paths.append(folder / f"{tool.name}{number}.json")
        paths[-1].write_text(text)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda path, each: faults(tool, folder, path, each[1]), paths, profiles))
    wrong = sum(report(folder, name, text, lines) for (name, _, text), lines in zip(profiles, found))
    assert not wrong, f"{wrong} profiles differ"
    return f"{len(profiles)} profiles"


def runtime_profiles(tool, folder):
    """Half of the profiles that crun and runc are tested with, given to Docker."""
    some = [*list(PROFILES)[::2], "only some, ENOSYS"]
    return check_profiles(tool, folder, [(name, "equal", json.dumps(PROFILES[name])) for name in dict.fromkeys(some)])


def own_forms(tool, folder):
    index = 0 if tool.name == "docker" else 1
    return check_profiles(tool, folder, [(key[2], key[index], text) for key, text in FORMS.items() if key[index]])


def capabilities(tool, folder):
    """Podman's default profile, whose rules depend on capabilities, with various capabilities of the container."""
    if not DEFAULT.exists():
        raise Skip(f"no {DEFAULT}")
    sets = {"none": ["--cap-drop=ALL"], "CAP_SYS_CHROOT,CAP_AUDIT_WRITE": None, caps_of(tool)[1]: [],
            f"{caps_of(tool)[1]},CAP_SYS_ADMIN": ["--cap-add=SYS_ADMIN"],
            "CAP_SYS_ADMIN,CAP_SYSLOG,CAP_SYS_PTRACE,CAP_SYS_TIME,CAP_DAC_READ_SEARCH": None}
    for number, (name, options) in enumerate(sets.items()):
        if options is None:
            options = ["--cap-drop=ALL", *(f"--cap-add={cap}" for cap in name.split(","))]
        path = installed(tool, folder, f"caps{number}", "--security-opt", f"seccomp={DEFAULT}", *options)
        expect_equal(DEFAULT, path, "--like", tool.like, "--caps", name)
    return f"{len(sets)} sets"


# ---- the tools' own defaults -----------------------------------------------------------------------------

def builtin_docker(tool, folder):
    """It has no file: the profile is made from the filter, and must produce the filter again."""
    given = installed(tool, folder, "builtin")
    cordon("convert", "--like", "docker", given, "-t", "oci", "-o", folder / "builtin.json")
    again = installed(tool, folder, "again", "--security-opt", f"seccomp={folder}/builtin.json")
    expect_equal(given, again)
    expect_equal(folder / "builtin.json", given, "--like", "docker")
    admin = installed(tool, folder, "admin", "--cap-add=SYS_ADMIN")
    cordon("diff", "--subset", given, admin)
    assert differences(given, admin), "CAP_SYS_ADMIN changes nothing"
    assert installed(tool, folder, "none", "--security-opt", "seccomp=unconfined") is None
    try:
        assert installed(tool, folder, "none", "--privileged") is None
    except Refused as why:  # where root hasn't all capabilities
        assert "apply caps" in str(why), str(why)
    # Described in doc/differences.md.
    other = "\n".join(differences(given, DEFAULT, "--like", "docker")) if DEFAULT.exists() else "clone3 io_uring_setup pivot_root"
    assert all(name in other for name in ("clone3", "io_uring_setup", "pivot_root")), other
    return f"{given.stat().st_size // 8} instructions"


def builtin_podman(tool, folder):
    if not DEFAULT.exists():
        raise Skip(f"no {DEFAULT}")
    given = installed(tool, folder, "builtin")
    expect_equal(DEFAULT, given, "--like", tool.like, "--caps", "podman")
    cordon("convert", "--like", tool.like, given, "-t", "oci", "-o", folder / "builtin.json")
    expect_equal(given, installed(tool, folder, "again", "--security-opt", f"seccomp={folder}/builtin.json"))
    assert installed(tool, folder, "none", "--security-opt", "seccomp=unconfined") is None
    return f"{given.stat().st_size // 8} instructions"


# ---- what is written -------------------------------------------------------------------------------------

def minimised(tool, folder):
    """The default profile joined with a policy of what a shell needs, as a profile."""
    if not DEFAULT.exists():
        raise Skip(f"no {DEFAULT}")
    needs, made, profile = folder / "needs.cordon", folder / "made.bpf", folder / "minimised.json"
    needs.write_text(f"default errno(EPERM)\nbad_arch kill_thread\nkill_thread syscall 0x80000000..0xfffffffe\nallow {', '.join(SHELL)}, "
                     "socket, personality\n")
    before = installed(tool, folder, "whole", "--security-opt", f"seccomp={DEFAULT}")
    cordon("optimize", DEFAULT, needs, "-o", made)
    cordon("convert", made, "-t", "oci", "-o", profile)
    after = installed(tool, folder, "minimised", "--security-opt", f"seccomp={profile}")
    expect_equal(profile, after, "--like", tool.like)
    assert after.stat().st_size < before.stat().st_size
    works(tool, profile)
    denied = [("unshare", CLONE_NEWUTS, EPERM), ("getpriority", EPERM), ("personality", 1, ENOSYS), ("personality", 0, 0)]
    expect_answers(tool, profile, denied, "--cap-add=SYS_ADMIN")
    expect_answers(tool, "unconfined", [(*call, 0) for *call, _ in denied], "--cap-add=SYS_ADMIN")
    return f"{before.stat().st_size // 8} instructions, now {after.stat().st_size // 8}"


def minijail(tool, folder):
    policy, profile = folder / "p.policy", folder / "minijail.json"
    policy.write_text("".join(f"{name}: 1\n" for name in SHELL) + "personality: return 38\nunshare: return 13\n"
                      f"socket: arg0 == {AF_UNIX}\n")
    cordon("convert", "--from", "minijail", policy, "-t", "oci", "-o", profile)
    expect_equal(profile, installed(tool, folder, "minijail", "--security-opt", f"seccomp={profile}"), "--like", tool.like)
    works(tool, profile)
    expect_answers(tool, profile, [("personality", ENOSYS), ("unshare", CLONE_NEWUTS, EACCES), ("socket", AF_UNIX, SOCK_DGRAM, 0)])
    killed = tool.run(["--security-opt", f"seccomp={profile}"], "/bin/probe", str(CALLS["socket"]), str(AF_NETLINK), str(SOCK_DGRAM))
    assert killed.returncode == 128 + 31 and not killed.stdout, f"{killed.returncode} {killed.stdout}"
    return "works, ENOSYS, EACCES, killed by SIGSYS"


def own_policy(tool, folder):
    policy, profile = folder / "own.cordon", folder / "own.json"
    policy.write_text(f"""arch x86_64
default errno(EACCES)
bad_arch kill_thread
kill_thread syscall 0x80000000..0xfffffffe
allow {', '.join(SHELL)}
allow socket(domain in {{AF_UNIX, AF_INET}} and type & 0xf == SOCK_DGRAM)
errno(ENOSYS) personality(personality != 0xffffffff)
allow personality
""")
    cordon("convert", policy, "-t", "oci", "-o", profile)
    cordon("diff", policy, profile)
    given = installed(tool, folder, "own", "--security-opt", f"seccomp={profile}")
    if tool.like == "docker":  # 20.10 ignores the default's errno
        assert "default" not in given.name and any("EACCES" in line and "EPERM" in line for line in differences(profile, given))
    expect_equal(profile, given, "--like", tool.like)
    works(tool, profile)
    default = EPERM if tool.like == "docker" else EACCES
    wanted = [("socket", AF_UNIX, SOCK_DGRAM, 0), ("socket", AF_NETLINK, SOCK_DGRAM, default), ("socket", AF_UNIX, 1, default),
              ("socket", AF_UNIX | 1 << 32, SOCK_DGRAM | 0x80000, 0), ("personality", 0xffffffff, 0, 0),
              ("personality", 0, 0, ENOSYS), ("getpriority", 0, 0, default)]
    expect_answers(tool, profile, wanted)
    return f"{len(wanted)} calls answered"


def run_inside(tool, folder):
    """Runs cordon run in a container: its filter is installed in addition to the container's."""
    if not (Path(tool.root) / "bin/cordon").exists():
        raise Skip("cordon isn't a static program here")
    policy = "default kill_process; include \"@startup\"; allow @basic-io; errno(EACCES) personality".replace("; ", "\n") + "\n"
    script = f"printf '%s' '{policy}' >/tmp/p; cordon run -p /tmp/p -- probe {CALLS['personality']}; cordon run -p /tmp/p -- probe {CALLS['socket']} 1 2"
    run = tool.run(["--env", "PATH=/bin"], "/bin/sh", "-c", script)
    assert run.stdout == f"{EACCES}\n" and "stopped: socket(AF_UNIX, SOCK_DGRAM" in run.stderr, f"{run.stdout}{run.stderr}"
    assert run.returncode == 128 + 31, run.returncode
    return "allowed, denied, explained"


def bad_input(_, folder):
    """A refused profile leaves no file. Fields that Docker ignores cause a warning, and cordon ignores them, too."""
    out = folder / "out.json"
    wrong = {"p.cordon": "default errno(EPERM)\nallow raed\n", "q.policy": "read: 1\nwrite: return maybe\n",
             "r.json": '{"defaultAction": "SCMP_ACT_ALOW"}', "s.json": '{"defaultAction": "SCMP_ACT_LOG", "Syscalls": []}',
             "t.cordon": "arch x86_64\ndefault errno(EPERM)\nbad_arch allow\nallow read\n"}
    for name, text in wrong.items():
        (folder / name).write_text(text)
        said = cordon("convert", "--like", "docker", folder / name, "-t", "oci", "-o", out, status=2)
        assert "error:" in said and not out.exists(), f"{name}: {said}"
    (folder / "u.json").write_text('{"defaultAction": "SCMP_ACT_LOG", "syscals": [], "syscalls": [{"names": ["raed"], "action": "SCMP_ACT_TRAP"}]}')
    said = cordon("check", "--like", "docker", folder / "u.json")
    assert 'unknown field "syscals"' in said and 'unknown system call "raed"' in said, said
    return f"{len(wrong)} refused, 2 warnings"


# ---- all of it -------------------------------------------------------------------------------------------

WRITTEN = {"Docker's default minimised": minimised, "a policy of minijail": minijail, "a policy with conditions": own_policy}
DOCKER = {"profiles for runtimes": runtime_profiles, "profiles in its own form": own_forms, "capabilities": capabilities,
          "its own default": builtin_docker, **WRITTEN, "cordon run inside": run_inside}
CRUN = {"profiles in its own form": own_forms, "capabilities": capabilities, "its own default": builtin_podman, **WRITTEN}
RUNC = {"its own default": builtin_podman, "a policy with conditions": own_policy}


def make_root(folder):
    """A root folder for containers: busybox, the probe, cordon."""
    make_bundle(folder)
    root = folder / "rootfs"
    (root / "tmp").mkdir()
    (root / "bin/sh").symlink_to("busybox")
    programs = {"probe": PROBE, "cordon": Path(CORDON)}
    for name, path in programs.items():
        if b"INTERP" not in subprocess.run(["readelf", "-lW", path], capture_output=True).stdout:
            (root / "bin" / name).write_bytes(path.read_bytes())
            (root / "bin" / name).chmod(0o755)
    return root


def main():
    plan = [(name, what, test) for name, tests in (("nobody", {"bad input": bad_input}), ("docker", DOCKER),
            ("podman with crun", CRUN), ("podman with runc", RUNC)) for what, test in tests.items()]
    print(f"1..{len(plan)}", flush=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cordon-containers-")))
        stack.callback(remove_groups)
        tools = {"nobody": None}
        for number, (name, what, test) in enumerate(plan, 1):
            said = f"{number} - {name}: {what}"
            try:
                if name not in tools:
                    tools[name] = open_tool(stack, folder, name)
                if isinstance(tools[name], str):
                    raise Skip(tools[name])
                place = Path(tempfile.mkdtemp(dir=folder))
                print(f"ok {said}: {test(tools[name], place)}", flush=True)
            except Skip as reason:
                print(f"ok {said} # SKIP {reason}", flush=True)
            except (AssertionError, Refused) as problem:
                print("".join(f"# {line}\n" for line in str(problem).splitlines()) + f"not ok {said}", flush=True)


def open_tool(stack, folder, name):
    """The tool, or the reason why it can't be used."""
    place = folder / name.replace(" ", "-")
    place.mkdir()
    try:
        root = make_root(place)
        tool = stack.enter_context(daemon(place, root)) if name == "docker" else Podman(name.split()[-1], root)
        tool.root = root
        return tool
    except (Unavailable, Skip) as reason:
        return " ".join(str(reason).split())


if __name__ == "__main__":
    main()
