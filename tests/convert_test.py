#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests conversions from any format to any other: convert_test.py CORDON MATRIX [POLICIES]

Converts one policy of medium size in every format, and small random ones. Each conversion must be equal, or refused
with lines of its source. Each approximation must be on the requested side, or report that there is none. cordon diff
decides what is equal. MATRIX is the text that shows what can be converted; it must agree with the results.
"""
import random
import re
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CORDON = Path(sys.argv[1]).resolve()
MATRIX = Path(sys.argv[2])
POLICIES = int(sys.argv[3]) if len(sys.argv) > 3 else 200
SEED = 5
WAYS = ("stricter", "looser")

POLICY = """arch x86_64
default errno(EPERM)
bad_arch kill_thread
kill_thread syscall 0x80000000..0xfffffffe  # as libseccomp answers these
allow read, write, open, close, stat, fstat, lstat, poll, lseek, mprotect, munmap, brk, rt_sigaction, rt_sigprocmask
allow rt_sigreturn, pread64, pwrite64, readv, writev, access, pipe, select, sched_yield, mremap, msync, mincore, madvise
allow dup, dup2, nanosleep, getpid, sendfile, connect, accept, sendto, recvfrom, sendmsg, recvmsg, shutdown, bind, listen
allow getsockname, getpeername, socketpair, setsockopt, getsockopt, exit, wait4, uname, fcntl, flock, fsync, ftruncate
allow getdents, getcwd, chdir, rename, mkdir, rmdir, creat, link, unlink, symlink, readlink, chmod, umask, gettimeofday
allow getrlimit, getrusage, times, getuid, getgid, geteuid, getegid, sigaltstack, arch_prctl, futex, clock_gettime
allow exit_group, epoll_wait, epoll_ctl, openat, pselect6, ppoll, set_robust_list, pipe2, getrandom, memfd_create, rseq
errno(ENOSYS) clone3, openat2, faccessat2
allow ioctl(request in {TCGETS, TCSETS, TIOCGWINSZ, FIONREAD})
allow kill(sig <= SIGTERM)
allow mmap(prot & PROT_EXEC == 0)
allow prctl(option == PR_SET_NAME)
allow socket(domain in {AF_UNIX, AF_INET, AF_INET6})
"""
GIVEN = {"strace": """execve("/bin/true", ["true"], 0x7ffd /* 3 vars */) = 0
brk(NULL) = 0x55d0
openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3
socket(AF_UNIX, SOCK_STREAM, 0) = 3
read(3, "x", 1) = 1
exit_group(0) = ?
""", "perf": """     0.060 ( 0.016 ms): true/48 read(fd: 3, count: 832)  = 832
     0.416 (         ): true/48 exit_group()             = ?
""", "audit": """type=SECCOMP msg=audit(1.1:1): auid=0 uid=0 gid=0 ses=1 pid=1 comm="a" exe="/a" sig=0 arch=c000003e syscall=0 compat=0 ip=0x1 code=0x7ffc0000
type=SECCOMP msg=audit(1.1:2): auid=0 uid=0 gid=0 ses=1 pid=1 comm="a" exe="/a" sig=0 arch=c000003e syscall=231 compat=0 ip=0x1 code=0x7ffc0000
""", "lxc": """2
allowlist errno 1
read
write allow
exit_group
openat allow [2,0,SCMP_CMP_MASKED_EQ,3]
clone3 errno 38
"""}


def cordon(*words):
    return subprocess.run([CORDON, *words], capture_output=True, text=True, timeout=60)


def formats():
    lines = [line.split() for line in cordon("convert", "--list").stdout.splitlines()]
    return ([words[0] for words in lines if words[1].startswith("read")],
            [words[0] for words in lines if "written" in words[1:3]])


class Conversions:
    """Failures as lines of text."""

    def __init__(self, folder, readable, writable):
        self.folder, self.readable, self.writable = folder, readable, writable
        self.lock = threading.Lock()

    def convert(self, source, form, target, *options):
        target.unlink(missing_ok=True)
        return cordon("convert", "--from", source.suffix[1:], source, "-t", form, "-o", target, *options)

    def is_equal(self, one, other):
        """The format is the file's suffix. Text in a format without a reader was compared by its writer."""
        if other.suffix[1:] not in self.readable or one.suffix[1:] not in self.readable:
            return []
        mine, theirs = self.as_own(one), self.as_own(other)
        run = cordon("diff", mine, theirs)
        return [] if run.returncode == 0 else [f"{one.name} and {other.name} differ:", *run.stdout.splitlines()[:6], *run.stderr.splitlines()[:3]]

    def as_own(self, path):
        """diff has one --from for both sides, and a text can look like another format's."""
        own = path.with_name(path.name + ".own.cordon")
        with self.lock:
            if not own.exists():
                run = self.convert(path, "cordon", own)
                assert run.returncode == 0, (path.name, run.stderr)
        return own

    def is_refusal(self, source, target, run):
        """Checks that all errors name the source, and that those about rules name a line of it."""
        errors = [line for line in run.stderr.splitlines() if ": error: " in line]
        wrong = [f"{source.name}: not about it: {line}" for line in errors if not line.startswith(f"{source}:")]
        lines = source.read_text().splitlines()
        for line in errors:
            place = re.match(re.escape(str(source)) + r":(\d+):(\d+): ", line)
            if place and not (1 <= int(place[1]) <= len(lines) and 1 <= int(place[2]) <= len(lines[int(place[1]) - 1]) + 1):
                wrong.append(f"no such place: {line}")
            frame = "|".join(("other architectures", "x32", "machine", "default", "unknown calls", "numbers", "unassigned", "architecture", "does not cover", "an action other than"))
            if not place and not re.search(frame, line):
                wrong.append(f"no line of a rule: {line}")
        if not errors or run.returncode != 2:
            wrong.append(f"{source.name} to {target.name}: {run.returncode}, {run.stderr[:300]}")
        if len(errors) != len(set(errors)):
            wrong.append(f"{source.name} to {target.name}: said twice: {errors}")
        if target.exists():
            wrong.append(f"{target.name} was written")
        return wrong

    def approximate(self, source, form, way):
        """Whether a text was written, and failures."""
        target = self.folder / f"{source.name}.{way}.{form}"
        run = self.convert(source, form, target, "--approximate", way)
        if run.returncode:
            wrong = [] if re.search(f"or anything {way}|found no approximation", run.stderr) else [f"{source.name} to {form}, {way}: {run.stderr[-400:]}"]
            said = re.findall(r": error: (\S+ cannot express this or anything .*)", run.stderr)
            return False, said, wrong + ([f"{target.name} was written"] if target.exists() else [])
        wrong = [] if "A is the result" in run.stdout else [f"{source.name} to {form}: no difference is shown"]
        if form in self.readable:
            mine, theirs = self.as_own(source), self.as_own(target)
            sides = (theirs, mine) if way == "stricter" else (mine, theirs)
            subset = cordon("diff", "--subset", *sides)
            if subset.returncode:
                wrong.append(f"{source.name} to {form} isn't {way}: {subset.stdout[:400]}{subset.stderr[:200]}")
        return True, [], wrong

    def one(self, source, form):
        """The entry for the matrix, its reason, and failures."""
        target = self.folder / f"{source.name}.{form}"
        run = self.convert(source, form, target)
        if run.returncode == 0:
            return "=", [], self.is_equal(source, target) + self.round_trip(source, target)
        wrong = self.is_refusal(source, target, run)
        cell, reasons = "", []
        for way in WAYS:
            found, said, more = self.approximate(source, form, way)
            cell += way[0] if found else "-"
            wrong += more
            reasons += said
        reasons = re.findall(r": error: \S+ cannot express this: (.*)", run.stderr)[:8] + reasons
        return cell, list(dict.fromkeys(reasons)), wrong

    def round_trip(self, source, target):
        form = source.suffix[1:]
        if form not in self.writable or target.suffix[1:] not in self.readable:
            return []
        back = self.folder / f"{target.name}.back.{form}"
        run = self.convert(target, form, back)
        return self.is_equal(source, back) if run.returncode == 0 else [f"{target.name} isn't written as {form} again: {run.stderr[:300]}"]


# ---- a policy in all formats -----------------------------------------------------------------------------

def sources(conversions):
    """The policy in each format, exact or as the nearest stricter or looser one."""
    own = conversions.folder / "policy.cordon"
    own.write_text(POLICY)
    found = {"cordon": own}
    for form in conversions.readable:
        path = conversions.folder / f"policy.{form}"
        if form in GIVEN:
            path.write_text(GIVEN[form])
            found[form] = path
        for way in WAYS if form in conversions.writable else ():
            if form not in found and conversions.convert(own, form, path, "--approximate", way).returncode == 0:
                found[form] = path
    return found


def any_to_any(folder):
    conversions = Conversions(folder, *formats())
    found = sources(conversions)
    wrong = [f"nothing near the policy is said by {form}" for form in conversions.readable if form not in found]
    pairs = [(source, form) for source in found for form in conversions.writable]
    with ThreadPoolExecutor(2) as pool:
        cells = dict(zip(pairs, pool.map(lambda pair: conversions.one(found[pair[0]], pair[1]), pairs)))
    width = max(len(form) for form in conversions.writable) + 1
    table = [" " * 12 + "".join(form.ljust(width) for form in conversions.writable).rstrip()]
    for source in found:
        table.append(source.ljust(12) + "".join(cells[source, form][0].ljust(width) for form in conversions.writable).rstrip())
    for line in table:
        print(f"# {line}")
    for (source, form), (cell, reasons, lines) in cells.items():
        wrong += lines
        if reasons:
            print(f"# {source} to {form}: {cell}: {'; '.join(reasons)[:600]}")
        if source == form and cell != "=":
            wrong.append(f"{form} can't say what it says")
    text = MATRIX.read_text()
    if "\n".join(f"    {line}" for line in table) not in text:
        wrong.append(f"{MATRIX} shows another matrix")
    return wrong, f"{len(pairs)} pairs, {sum(cell == '=' for cell, _, _ in cells.values())} equal"


# ---- random policies -------------------------------------------------------------------------------------

ACTIONS = ["allow", "allow", "allow", "errno(EPERM)", "errno(ENOSYS)", "errno(0)", "kill_process", "kill_thread", "trap", "trap(7)", "log", "trace(5)", "user_notif"]
CALLS = ["read", "write", "openat", "mprotect", "kill", "mount", "unshare", "ptrace", "execve", "prctl", "socket", "semop", "reboot", "clone3", "lseek"]
CONDITIONS = {"openat": ["flags & O_ACCMODE == O_RDONLY", "flags & O_CREAT == 0 and mode < 0o1000"], "mprotect": ["prot & PROT_EXEC == 0", "len >= 0x100000000"],
              "kill": ["sig == SIGTERM", "sig in {1..15}", "sig != SIGKILL"], "write": ["fd in {1, 2}", "count <= 4096", "fd > 2 or count == 0"],
              "prctl": ["option in {15, 22}", "arg1 == 0x100000005"], "socket": ["domain == AF_UNIX", "domain in {AF_UNIX, AF_INET}"],
              "unshare": ["flags & CLONE_NEWUSER == 0"], "lseek": ["offset == 5", "whole offset > 0x80000000"], "read": ["ip > 0x1000"]}


def random_policy(rng):
    abis = rng.choice([["x86_64"], ["x86_64"], ["x86_64", "i386"], ["x86_64", "x32"], ["x86_64", "i386", "x32"], ["i386"], ["x86_64", "aarch64"]])
    lines = [f"arch {', '.join(abis)}", f"default {rng.choice(ACTIONS)}", f"bad_arch {rng.choice(ACTIONS)}"]
    if "i386" in abis:
        lines.append("errno(ENOSYS) socketcall, ipc")
    if rng.random() < 0.3:
        lines.append("kill_thread syscall 0x80000000..0xfffffffe")
    if rng.random() < 0.1:
        lines.append("newer_than 6.1 errno(ENOSYS)")
    for _ in range(rng.randint(1, 7)):
        call = rng.choice(CALLS)
        condition = f"({rng.choice(CONDITIONS[call])})" if call in CONDITIONS and rng.random() < 0.6 else ""
        rule = f"{rng.choice(ACTIONS)} {call}{condition}"
        lines.append(f"on {rng.choice(abis)} {{ {rule} }}" if rng.random() < 0.15 else rule)
    if rng.random() < 0.1:
        lines.append(f"{rng.choice(ACTIONS)} syscall 600..{rng.choice([600, 605, 9000])}")
    return "\n".join(lines) + "\n"


def random_policies(folder):
    conversions = Conversions(folder, *formats())
    rng = random.Random(SEED)
    jobs = []
    for number in range(POLICIES):
        path = folder / f"{number}.cordon"
        path.write_text(random_policy(rng))
        if cordon("check", path).returncode:
            continue
        jobs += [(path, form) for form in rng.sample(conversions.writable, 2)]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda job: conversions.one(*job), jobs))
    wrong, counts = [], {}
    for (path, form), (cell, _, lines) in zip(jobs, results):
        counts[cell] = counts.get(cell, 0) + 1
        if lines:
            wrong += [f"{form}: {path.read_text()!r}", *lines]
    return wrong, f"{len(jobs)} conversions: " + ", ".join(f"{count} {cell}" for cell, count in sorted(counts.items()))


def main():
    tests = {"one policy, any to any": any_to_any, "random policies": random_policies}
    print(f"1..{len(tests)}", flush=True)
    for number, (name, test) in enumerate(tests.items(), 1):
        with tempfile.TemporaryDirectory(prefix="cordon-convert-") as folder:
            wrong, said = test(Path(folder))
        for line in wrong[:60]:
            print(f"# wrong: {line}")
        print(f"{'not ok' if wrong else 'ok'} {number} - {name}: {said}", flush=True)


main()
