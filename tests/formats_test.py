#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares the readers of container profiles with the tools: formats_test.py CORDON [RANDOM_PROFILES [SEED]]

runc and crun start a container under a profile; the filter that they installed is taken from the process and
compared with cordon's reading of the same profile, over all calls. Many random profiles are compared with the filters
of libseccomp, which both use. Known differences are described in doc/differences.md, and noted here at their profiles.
"""
import ctypes
import ctypes.util
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CORDON = str(Path(sys.argv[1]).resolve())
DEFAULT = Path("/usr/share/containers/seccomp.json")
X86 = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]
ACTIONS = {"SCMP_ACT_ALLOW": 0x7fff0000, "SCMP_ACT_LOG": 0x7ffc0000, "SCMP_ACT_ERRNO": 0x50000, "SCMP_ACT_TRAP": 0x30000,
           "SCMP_ACT_KILL_THREAD": 0, "SCMP_ACT_KILL_PROCESS": 0x80000000, "SCMP_ACT_TRACE": 0x7ff00000,
           "SCMP_ACT_KILL": 0, "SCMP_ACT_NOTIFY": 0x7fc00000}
OPS = ["NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"]


class Skip(Exception):
    pass


# ---- profiles --------------------------------------------------------------------------------------------

def arg(index, op, value, two=0):
    made = {"index": index, "op": f"SCMP_CMP_{op}", "value": value}
    return made | {"valueTwo": two} if two else made


def rule(names, action="ERRNO", *args, **more):
    made = {"names": names.split(), "action": f"SCMP_ACT_{action}"}
    return made | ({"args": list(args)} if args else {}) | more


def profile(*rules, default="ALLOW", arches=X86, **more):
    """Adds a rule: if no rule is without comparisons, libseccomp 2.5.4 loses the rules of an ABI."""
    rules = (*rules, rule("getpgrp", "TRAP"))
    return {"defaultAction": f"SCMP_ACT_{default}", "architectures": arches, "syscalls": list(rules)} | more


# what a runtime and the program need
ESSENTIAL = ("read write exit exit_group execve brk mmap munmap openat close fstat newfstatat nanosleep clock_nanosleep "
             "capset setgid setuid setgroups prctl arch_prctl set_tid_address futex getcwd epoll_pwait epoll_ctl "
             "readlinkat fcntl getdents64 chdir fchown setresuid setresgid rt_sigaction rt_sigprocmask sigaltstack gettid "
             "getpid tgkill rt_sigreturn sched_yield stat lstat fstatfs statx mprotect getrandom madvise prlimit64 capget "
             "socket keyctl pipe2 getppid poll uname access seccomp clone clone3 sched_getaffinity eventfd2 newfstatat "
             "faccessat2 umask dup3 pread64")
HIGH = 1 << 32
PROFILES = {
    "nothing": profile(),
    "no architectures": profile(rule("getsid"), arches=[]),
    "x86_64 alone": profile(rule("getsid"), arches=X86[:1]),
    "x86_64 and x86": profile(rule("getsid"), arches=X86[:2]),
    "x86 alone": profile(rule("getsid socket"), arches=X86[1:2]),
    "x32 alone": profile(rule("getsid"), arches=X86[2:]),
    "errno": profile(rule("getsid", errnoRet=99), rule("gettid", errnoRet=0), rule("acct")),
    "trace": profile(rule("getsid", "TRACE", errnoRet=7), rule("acct", "TRACE")),
    "trap, log, kill": profile(rule("acct", "TRAP"), rule("getsid", "LOG"), rule("getpriority", "KILL"),
                               rule("sync", "KILL_PROCESS"), rule("times", "KILL_THREAD")),
    "action of the default": profile(rule("getsid", "ALLOW"), rule("acct")),
    "twice": profile(rule("getsid"), rule("getsid", errnoRet=5)),
    "args swallowed": profile(rule("acct", "ERRNO", arg(0, "EQ", 1)), rule("acct", "TRAP")),
    "args too late": profile(rule("acct", "TRAP"), rule("acct", "ERRNO", arg(0, "EQ", 1))),
    "one argument twice": profile(rule("acct", "ERRNO", arg(0, "GE", 5), arg(0, "LE", 9))),
    "two arguments": profile(rule("kill", "ERRNO", arg(0, "EQ", 5), arg(1, "NE", 9))),
    "later argument first": profile(rule("kill", "ERRNO", arg(0, "EQ", 5)), rule("kill", "TRAP", arg(1, "EQ", 9))),
    "longer rule": profile(rule("kill", "ERRNO", arg(0, "EQ", 5), arg(1, "EQ", 9)), rule("kill", "ERRNO", arg(0, "EQ", 5))),
    "shorter rule": profile(rule("kill", "ERRNO", arg(0, "EQ", 5)), rule("kill", "TRAP", arg(0, "EQ", 5), arg(1, "EQ", 9))),
    "thresholds": profile(rule("acct", "ERRNO", arg(0, "GT", 10)), rule("acct", "TRAP", arg(0, "GT", 20)),
                          rule("sync", "ERRNO", arg(0, "LT", 10)), rule("sync", "TRAP", arg(0, "LT", 20))),
    "equal in a range": profile(rule("acct", "ERRNO", arg(0, "GE", 10)), rule("acct", "TRAP", arg(0, "EQ", 20)),
                                rule("acct", "LOG", arg(0, "LE", 30))),
    "masks": profile(rule("acct", "ERRNO", arg(0, "MASKED_EQ", 0xf0, 0x50)), rule("acct", "TRAP", arg(0, "MASKED_EQ", 0xf, 3)),
                     rule("sync", "TRAP", arg(0, "MASKED_EQ", 0xf, 0x13)), rule("times", "TRAP", arg(0, "MASKED_EQ", 0, 1))),
    "wide masks": profile(rule("acct", "ERRNO", arg(0, "MASKED_EQ", 0xff << 36 | 0xf, 1 << 36 | 2)),
                          rule("acct", "TRAP", arg(0, "EQ", 5)), rule("sync", "TRAP", arg(0, "MASKED_EQ", 0xff << 32, HIGH))),
    "wide": profile(rule("acct", "ERRNO", arg(0, "EQ", HIGH + 5)), rule("sync", "TRAP", arg(0, "GT", HIGH)),
                    rule("times", "TRAP", arg(0, "LE", 3 * HIGH + 7))),
    "all ones": profile(rule("acct", "ERRNO", arg(0, "EQ", 2**64 - 1)), rule("sync", "TRAP", arg(0, "NE", 2**64 - 1))),
    "socket without args": profile(rule("socket connect semop")),
    "socket with args": profile(rule("socket", "ERRNO", arg(0, "EQ", 40)), rule("semop", "TRAP", arg(2, "GT", 3)),
                                rule("shmat", "TRAP", arg(1, "EQ", 0))),
    "socket and socketcall": profile(rule("socket", "ERRNO", arg(0, "EQ", 40)), rule("socketcall", "TRAP")),
    "only some": profile(rule(ESSENTIAL, "ALLOW"), default="ERRNO"),
    "only some, no architectures": profile(rule(ESSENTIAL, "ALLOW"), default="ERRNO", arches=[]),
    "only some, x86 and x32": profile(rule(ESSENTIAL, "ALLOW"), default="ERRNO", arches=X86[1:]),
    "only some, semaphores": profile(rule(ESSENTIAL + " semget shmget msgget shmat", "ALLOW"), default="ERRNO"),
}
PROFILES["only some, ENOSYS"] = PROFILES["only some"] | {"defaultErrnoRet": 38}


# ---- libseccomp ------------------------------------------------------------------------------------------

class Cmp(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


class Refused(Exception):
    pass


def load_libseccomp():
    try:
        library = ctypes.CDLL("libseccomp.so.2")
    except OSError as error:
        raise Skip("no libseccomp") from error
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_init.argtypes = [ctypes.c_uint32]
    library.seccomp_arch_add.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
    library.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p]
    library.seccomp_export_bpf.argtypes = library.seccomp_release.argtypes = [ctypes.c_void_p]
    library.seccomp_export_bpf.argtypes = [ctypes.c_void_p, ctypes.c_int]
    return library


def action_of(value, number):
    action = ACTIONS[value]
    return action | number if value in ("SCMP_ACT_ERRNO", "SCMP_ACT_TRACE") else action


def add_rules(library, context, wanted, default):
    for each in wanted["syscalls"]:
        action = action_of(each["action"], each.get("errnoRet", 1))
        args = [Cmp(a["index"], OPS.index(a["op"][9:]) + 1, a["value"], a.get("valueTwo", 0)) for a in each.get("args", [])]
        apart = len({a.arg for a in args}) < len(args)
        for name in each["names"] if action != default else []:
            nr = library.seccomp_syscall_resolve_name(name.encode())
            for part in [[a] for a in args] if apart else [args]:
                if nr != -1 and library.seccomp_rule_add_array(context, action, nr, len(part), (Cmp * len(part))(*part)):
                    raise Refused(name)


def by_libseccomp(library, wanted, path):
    """The filter that libseccomp makes of the rules that crun gives it; in a child, because it can hang or crash."""
    child = os.fork()
    if child == 0:
        signal.alarm(5)
        status = 2
        try:
            make_by_libseccomp(library, wanted, path)
            status = 0
        except Refused:
            status = 1
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status:
        raise Refused("" if status == 1 else f"it ended with {status}", status)


def make_by_libseccomp(library, wanted, path):
    default = action_of(wanted["defaultAction"], wanted.get("defaultErrnoRet", 1))
    context = library.seccomp_init(default)
    try:
        for arch in wanted["architectures"]:
            library.seccomp_arch_add(context, library.seccomp_arch_resolve_name(arch[10:].lower().encode()) & 0xffffffff)
        add_rules(library, context, wanted, default)
        with open(path, "wb") as file:
            library.seccomp_export_bpf(context, file.fileno())
    finally:
        library.seccomp_release(context)


# ---- comparing -------------------------------------------------------------------------------------------

def differences(path, filter_path, *options):
    """The differences, as lines of cordon diff."""
    run = subprocess.run([CORDON, "diff", *options, path, filter_path], capture_output=True, text=True, timeout=60)
    return [] if run.returncode == 0 else (run.stdout + run.stderr).splitlines()


def round_trip(path, again, form, may_refuse):
    """Writes the profile in its own format once more; cordon compares it before it writes. Rules are for all ABIs at
    once, so policies that differ on 32-bit ABIs can be refused. Returns whether it was written, and the failures."""
    run = subprocess.run([CORDON, "convert", path, "-t", form, "-o", again], capture_output=True, text=True, timeout=60)
    reasons = re.search("internal error|too many rules|has another verdict for|differs from that on|its own reader refuses", run.stderr)
    fine = run.returncode == 0 or reasons and (may_refuse or reasons[0] == "too many rules") and reasons[0] != "internal error"
    return run.returncode == 0, [] if fine else (run.stdout + run.stderr).splitlines()


def random_value(rng):
    return rng.choice([0, 1, 2, 3, 5, 7, 8, 0xff, 0x80000000, 0xffffffff, HIGH, HIGH + 1, HIGH + 5, 3 * HIGH, 2**64 - 1, 2**63])


def random_args(rng, narrow):
    args = []
    for index in rng.sample(range(3), rng.choice([0, 1, 1, 1, 2, 2])):
        op, value = rng.choice(OPS), random_value(rng) & (0xffffffff if narrow else 2**64 - 1)
        args.append(arg(index, op, value, random_value(rng) & value if op == "MASKED_EQ" else 0))
    return args


def random_profile(rng):
    narrow = rng.random() < 0.5
    rules = []
    for _ in range(rng.randint(1, 6)):
        names = " ".join(rng.sample(["acct", "kill", "socket", "semop", "sync", "mmap"], rng.choice([1, 1, 2])))
        rules.append(rule(names, rng.choice(["ERRNO", "TRAP", "LOG"]), *random_args(rng, narrow)))
    return profile(*rules, arches=rng.choice([X86, X86[:1], X86[:2]]))


# ---- runtimes --------------------------------------------------------------------------------------------

def make_bundle(folder):
    busybox = shutil.which("busybox")
    if not busybox or b"dynamic" in subprocess.run(["file", "-L", busybox], capture_output=True).stdout:
        raise Skip("no static busybox")
    for name in ("bin", "proc", "dev"):
        (folder / "rootfs" / name).mkdir(parents=True)
    shutil.copy(busybox, folder / "rootfs/bin/busybox")


def write_config(folder, wanted):
    caps = {kind: ["CAP_SYS_ADMIN"] for kind in ("bounding", "effective", "permitted")}
    (folder / "config.json").write_text(json.dumps({
        "ociVersion": "1.0.2", "root": {"path": "rootfs", "readonly": True},
        "process": {"user": {"uid": 0, "gid": 0}, "args": ["/bin/busybox", "sleep", "60"], "cwd": "/", "noNewPrivileges": True, "env": ["PATH=/bin"],
                    "capabilities": caps},
        "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}],
        "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}], "seccomp": wanted}}))


def start(runtime, folder, name, *words):
    """crun requires a single kind of control groups: it gets a mount namespace with them."""
    command = [runtime, "--root", str(folder / "state"), *words]
    if runtime == "crun":
        command.insert(1, "--cgroup-manager=disabled")
        command = ["unshare", "-m", "sh", "-c", 'umount -R /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 none /sys/fs/cgroup '
                   '&& exec "$@"', "sh", *command]
    with open(folder / f"output-{words[0]}", "w") as output:
        return subprocess.run([*command, name], stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=30).returncode


def wait_for_program(pid):
    """With no_new_privs runc is done before its last step: it installs the filter and executes the program."""
    end = time.monotonic() + 10
    while b"sleep\0" not in Path(f"/proc/{pid}/cmdline").read_bytes() and time.monotonic() < end:
        time.sleep(0.005)


def by_runtime(runtime, folder, wanted, number):
    """The filter of a container's process, or the reason why there is none."""
    name = f"cordon-{os.getpid()}-{number}"
    write_config(folder, wanted)
    for old in folder.glob("installed.*"):
        old.unlink()
    failed = start(runtime, folder, name, "run", "-d", "--pid-file", str(folder / "pid"), "--bundle", str(folder))
    try:
        if failed:
            return None
        pid = (folder / "pid").read_text().strip()
        wait_for_program(pid)
        subprocess.run([CORDON, "dump", pid, "-o", str(folder / "installed")], check=True, capture_output=True)
        return folder / "installed.0.bpf"
    finally:
        start(runtime, folder, name, "delete", "-f")


def like(runtime):
    """The --like of the installed version."""
    if runtime != "runc":
        return runtime
    said = subprocess.run([runtime, "--version"], capture_output=True, text=True).stdout
    version = tuple(int(number) for number in re.search(r"(\d+)\.(\d+)\.(\d+)", said).groups())
    return "runc" if version >= (1, 1, 15) else "runc-1.1.5"


def usable(runtime, folder):
    if os.geteuid() != 0:
        raise Skip("only root can start containers and read filters")
    if not shutil.which(runtime):
        raise Skip(f"no {runtime}")
    if not by_runtime(runtime, folder, PROFILES["x86_64 alone"], "probe"):
        raise Skip(f"{runtime} can't start a container here: {(folder / 'output-run').read_text()[:200]!r}")


# ---- tests -----------------------------------------------------------------------------------------------

def report(folder, name, wanted, found):
    if not found:
        return 0
    print(f"# {name}: {json.dumps(wanted)[:1500]}")
    for line in found[:12]:
        print(f"#   {line}")
    return 1


def runtime_test(runtime):
    def test(folder):
        make_bundle(folder)
        usable(runtime, folder)
        wrong = 0
        for number, (name, wanted) in enumerate(PROFILES.items()):
            (folder / "p.json").write_text(json.dumps(wanted, indent=1))
            installed = by_runtime(runtime, folder, wanted, number)
            found = differences(folder / "p.json", installed, "--like", like(runtime)) if installed \
                else [f"it didn't start: {(folder / 'output-run').read_text()}"]
            wrong += report(folder, name, wanted, found)
        return wrong, f"{len(PROFILES)} profiles"
    return test


def only_known(library, wanted):
    """Without the calls that this libseccomp doesn't know yet."""
    dropped = 0
    for each in wanted["syscalls"]:
        known = [name for name in each["names"] if library.seccomp_syscall_resolve_name(name.encode()) != -1]
        dropped += len(each["names"]) - len(known)
        each["names"] = known
    return dropped


def plain(wanted, caps):
    """podman's result for its profile on x86_64: a second specification, independent of the reader."""
    rules = []
    for each in wanted["syscalls"]:
        includes, excludes = each.get("includes") or {}, each.get("excludes") or {}
        if set(includes.get("caps") or []) - caps or set(excludes.get("caps") or []) & caps:
            continue
        if includes.get("arches") and "amd64" not in includes["arches"] or "amd64" in (excludes.get("arches") or []):
            continue
        made = {key: each[key] for key in ("names", "action", "errnoRet") if each.get(key) is not None}
        rules.append(made | ({"args": each["args"]} if each.get("args") else {}))
    return profile(*rules, default=wanted["defaultAction"][9:], defaultErrnoRet=wanted["defaultErrnoRet"])


def default_profile(runtime):
    def test(folder):
        if not DEFAULT.exists():
            raise Skip(f"no {DEFAULT}")
        library = load_libseccomp()
        wanted = json.loads(DEFAULT.read_text())
        dropped, wrong = only_known(library, wanted), 0
        (folder / "default.json").write_text(json.dumps(wanted, indent=1))
        if runtime:
            make_bundle(folder)
            usable(runtime, folder)
        sets = {"none": set(), "CAP_SYS_ADMIN": {"CAP_SYS_ADMIN"}, "CAP_AUDIT_WRITE,CAP_SYS_CHROOT,CAP_SYS_PTRACE":
                {"CAP_AUDIT_WRITE", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE"}}
        for name, caps in sets.items():
            made = plain(wanted, caps)
            path = folder / "lib.bpf"
            if runtime:
                path = by_runtime(runtime, folder, made, name[:9])
            else:
                by_libseccomp(library, made, path)
            wrong += report(folder, f"caps {name}", {}, differences(folder / "default.json", path, "--caps", name, "--like",
                                                                    like(runtime or "crun")))
        return wrong, f"{len(sets)} sets of capabilities, {dropped} calls too new for libseccomp left out"
    return test


def is_known_difference(wanted):
    """Overlaps with different actions: libseccomp joins nodes of their upper words (doc/differences.md)."""
    text = json.dumps(wanted)
    mixed = len({each["action"] for each in wanted["syscalls"]}) > 1
    return mixed and any(f"SCMP_CMP_{op}" in text for op in ("LT", "LE", "GE", "GT"))


def libseccomp_test(folder):
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    library, rng = load_libseccomp(), random.Random(seed)
    equal = refused = known = hung = again = wrong = 0
    for number in range(count):
        wanted = random_profile(rng)
        path = folder / f"{number}.json"
        path.write_text(json.dumps(wanted))
        try:
            by_libseccomp(library, wanted, folder / "lib.bpf")
        except Refused as why:
            if why.args[1] != 1:
                hung += 1
                print(f"# libseccomp hangs or dies ({why.args[1]}): {json.dumps(wanted)}")
                continue
            refused += subprocess.run([CORDON, "check", path], capture_output=True).returncode == 2
            continue
        found = differences(path, folder / "lib.bpf")
        done, faults = round_trip(path, folder / "again.json", "oci", len(wanted["architectures"]) > 1)
        again += done
        wrong += report(folder, number, wanted, faults)
        equal += not found
        if found and is_known_difference(wanted):
            known += 1
        else:
            wrong += report(folder, number, wanted, found)
    return wrong, (f"{count} profiles: {equal} equal, {refused} refused by both, {known} of the known differences, {hung} that libseccomp hangs on; "
                   f"{again} written again, the others refused with reasons")


def main():
    tests = {"crun installs what we read": runtime_test("crun"), "runc installs what we read": runtime_test("runc"),
             "libseccomp, the default profile": default_profile(None), "crun, the default profile": default_profile("crun"),
             "runc, the default profile": default_profile("runc"), "libseccomp, random profiles": libseccomp_test}
    print(f"1..{len(tests)}", flush=True)
    for number, (name, test) in enumerate(tests.items(), 1):
        with tempfile.TemporaryDirectory(prefix="cordon-formats-") as folder:
            try:
                wrong, said = test(Path(folder))
                print(f"{'not ok' if wrong else 'ok'} {number} - {name}: {said}", flush=True)
            except Skip as reason:
                print(f"ok {number} - {name} # SKIP {reason}", flush=True)


if __name__ == "__main__":
    main()
