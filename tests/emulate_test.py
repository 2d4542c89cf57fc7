#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Real programs with sandboxes of their own run under `cordon emulate`: they work, their filters are in the
evidence, a call that one of them denies is denied, and the kernel's own seccomp is not used.
emulate_test.py CORDON PRELOAD_OLD_CALLS PRELOAD_INTRUDER WATCHED [NAME…]"""
import ftplib
import io
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CORDON, OLD_CALLS, INTRUDER, WATCHED = (Path(path).resolve() for path in sys.argv[1:5])
SECONDS = 60  # until something that should happen counts as never happening
ENVIRONMENT = dict(os.environ, LC_ALL="C.UTF-8", MANWIDTH="80", DEBUGINFOD_URLS="")


POLICY = "default allow\nerrno(EPERM) mkdir, mkdirat\n"


class Skip(Exception):
    """What is needed isn't here."""


def need(*programs):
    for program in programs:
        if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            raise Skip(f"no {program} here")


def wait_for(condition, what):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"never: {what}")


def descendants(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in task.read_text().split():
                found += [int(child)] + descendants(int(child))
        except OSError:
            pass
    return found


def kernel_mode(pid):
    """What the kernel says of its own seccomp; None: there is no such process any more."""
    try:
        return int(re.search(r"^Seccomp:\s*(\d+)", Path(f"/proc/{pid}/status").read_text(), re.M)[1])
    except (OSError, TypeError):
        return None


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def words_of(filters):
    lengths = sorted({event["instructions"] for event in filters})
    processes = len({event["pid"] for event in filters})
    return f"{len(filters)} filters of {', '.join(map(str, lengths))} instructions in {processes} processes"


class Emulated:
    """A program under `cordon emulate`, with what the evidence says of it. Nothing of it lives on."""

    def __init__(self, folder, *command, options=(), **popen):
        self.file = folder / f"evidence{len(list(folder.glob('evidence*')))}"
        self.output = b""
        self.process = subprocess.Popen([CORDON, "emulate", "--evidence", self.file, *options, "--", *command],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        cwd=folder, env=ENVIRONMENT, start_new_session=True, **popen)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pids = descendants(self.process.pid) + [self.process.pid]
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        wait_for(lambda: not any(map(is_alive, pids)), "the end of all processes")
        self.process.stdin.close()
        self.process.stdout.close()

    def read(self, pattern=None):
        """The output, until `pattern` is in it, else until its end."""
        end = time.monotonic() + SECONDS
        while not (pattern and re.search(pattern, self.output)):
            if not select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f"no {pattern or 'end'} in {self.output.decode(errors='replace')}")
            part = os.read(self.process.stdout.fileno(), 65536)
            if not part and pattern:
                raise AssertionError(f"no {pattern} in {self.output.decode(errors='replace')}")
            if not part:
                break
            self.output += part
        return self.output.decode(errors="replace")

    def write(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def finish(self, status=0):
        self.process.stdin.close()
        output = self.read()
        assert self.process.wait(SECONDS) == status, f"status {self.process.returncode}: {output}"
        return output

    def events(self, event):
        lines = self.file.read_text().splitlines(keepends=True) if self.file.exists() else []
        found = [json.loads(line) for line in lines if line.endswith("\n")]
        return [line for line in found if line["event"] == event]

    def filters(self):
        return [line for line in self.events("filter") if line["instructions"]]

    def denied(self, call, verdict):
        """The evidence of a denied call; it is written before the program hears of it."""
        found = [line for line in self.events("verdict") if line["call"] == call and line["verdict"] == verdict]
        assert found, f"no {verdict} for {call} in {self.events('verdict')}"
        return found[0]

    def look(self):
        """Looks from outside at the live processes that have a filter; how many. None has the kernel's."""
        live = {event["pid"]: kernel_mode(event["pid"]) for event in self.filters()}
        everybody = [kernel_mode(pid) for pid in descendants(self.process.pid)]
        assert not any(list(live.values()) + everybody), f"the kernel's seccomp is used: {live}"
        return sum(mode == 0 for mode in live.values())

    def check_live(self):
        wait_for(self.look, "a live process with a filter")


def outside(command, folder, **options):
    """The same without cordon: what it says."""
    return subprocess.run(command, cwd=folder, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=SECONDS, **options)


# ---- programs that put others into a sandbox -----------------------------------------------------------

INSIDE = "grep ^Seccomp: /proc/self/status; mkdir new; echo made $?; read line; echo got $line"


def check_inside(run):
    """INSIDE ran, could not make a directory, and says that it is under a filter."""
    run.read(rb"made \d+\n")
    run.check_live()
    run.write("word\n")
    output = run.finish()
    for line in ("Seccomp:\t2", "made 1", "got word"):
        assert line in output, output
    run.denied("mkdir", "errno(EPERM)")
    return words_of(run.filters())


def fnv(data):
    value = 0xcbf29ce484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001b3 & (1 << 64) - 1
    return f"{value:016x}"


def bwrap(folder):
    need("bwrap")
    (folder / "p.cordon").write_text(POLICY)
    subprocess.run([CORDON, "compile", folder / "p.cordon", "-o", folder / "p.bpf"], check=True)
    compiled = (folder / "p.bpf").read_bytes()
    with open(folder / "p.bpf", "rb") as file:
        with Emulated(folder, "bwrap", "--unshare-all", "--dev-bind", "/", "/", "--proc", "/proc", "--seccomp",
                      str(file.fileno()), "sh", "-c", INSIDE, pass_fds=[file.fileno()]) as run:
            words = check_inside(run)
            assert all(event["hash"] == fnv(compiled) for event in run.filters()), "another filter than ours"
            return words


def firejail(folder):
    need("firejail")
    with Emulated(folder, "firejail", "--quiet", "--noprofile", "--seccomp", "sh", "-c",
                  "mount -t tmpfs none /mnt; echo mounted $?; read line") as run:
        run.read(rb"mounted (32|1)\n")
        run.check_live()
        run.denied("mount", "errno(EPERM)")
    with Emulated(folder, "firejail", "--quiet", "--noprofile", "--seccomp.drop=mkdir,mkdirat",
                  "--seccomp.32.drop=mkdir", "--memory-deny-write-execute", "--protocol=unix",
                  "sh", "-c", f"cd /tmp; {INSIDE}") as run:
        words = check_inside(run)
        stacked = [event["pid"] for event in run.filters()]
        assert max(map(stacked.count, stacked)) == 5, "there were five filters in one process"
        return words


def bundle(folder):
    """A container that runs INSIDE, its profile denies mkdir."""
    need("busybox", "runc")
    (folder / "rootfs/bin").mkdir(parents=True)
    shutil.copy(shutil.which("busybox"), folder / "rootfs/bin/busybox")
    for name in ("sh", "grep", "mkdir"):
        (folder / "rootfs/bin" / name).symlink_to("busybox")
    subprocess.run(["runc", "spec"], cwd=folder, check=True)
    config = json.loads((folder / "config.json").read_text())
    config["process"].update(terminal=False, args=["/bin/sh", "-c", INSIDE])
    config["root"]["readonly"] = False
    config["mounts"] = [mount for mount in config["mounts"] if mount["type"] != "cgroup"]
    config["linux"].pop("resources", None)
    config["linux"]["namespaces"] = [space for space in config["linux"]["namespaces"]
                                     if space["type"] not in ("cgroup", "network")]
    config["linux"]["seccomp"] = {
        "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
        "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}
    (folder / "config.json").write_text(json.dumps(config))


def container(folder, *command):
    bundle(folder)
    name = f"cordon-test-{os.getpid()}"
    native = subprocess.run([*command, name], cwd=folder, input="word\n", capture_output=True, text=True,
                            timeout=SECONDS)
    if "got word" not in native.stdout:
        raise Skip(f"it can't run a container here: {native.stderr.strip()}")
    words = []
    for options in ([], ["--detach"]):
        with Emulated(folder, *command, name, options=options) as run:
            words.append(check_inside(run))
    return f"{words[0]}; detached: {words[1]}"


def runc(folder):
    need("runc")
    return container(folder, "runc", "run")


def runc_detached_create(folder):
    """`create` returns to its caller, while the container stays under our tracer."""
    need("runc")
    bundle(folder)
    name = f"cordon-test-{os.getpid()}"
    output = open(folder / "output", "w+b")
    try:
        create = subprocess.run([CORDON, "emulate", "--detach", "--evidence", folder / "evidence", "--", "runc",
                                 "create", name], cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                timeout=SECONDS)
        if create.returncode:
            raise Skip(f"runc can't create a container here: {(folder / 'output').read_text()}")
        state = json.loads(outside(["runc", "state", name], folder).stdout)
        assert state["status"] == "created", state
        assert kernel_mode(state["pid"]) == 0, "the kernel's seccomp is used"
        outside(["runc", "start", name], folder, check=True)
        text = wait_for(lambda: re.search("got", (folder / "output").read_text()) and
                        (folder / "output").read_text(), "the end of the container")
        assert "Seccomp:\t2" in text and "made 1" in text, text
        assert '"call":"mkdir"' in (folder / "evidence").read_text(), "mkdir was denied by somebody else"
        return "created, looked at, started"
    finally:
        outside(["runc", "delete", "-f", name], folder)
        output.close()


def crun(folder):
    need("crun", "unshare")
    # Its version in Debian 12 wants one hierarchy of control groups: it gets one in a mount namespace.
    script = ("umount -R /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 none /sys/fs/cgroup && "
              "exec crun --cgroup-manager=disabled run $0")
    return container(folder, "unshare", "-m", "sh", "-c", script)


# ---- servers ---------------------------------------------------------------------------------------------

def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def connect(port):
    def attempt():
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        except OSError:
            return None
    return wait_for(attempt, f"a server at port {port}")


def sshd_config(folder, port):
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/user.pub\n"
        "PidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication no\nPermitRootLogin yes\n")
    Path("/run/sshd").mkdir(exist_ok=True)
    return ["/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "config")]


def ssh(folder, port, command):
    return outside(["ssh", "-F", "none", "-i", str(folder / "user"), "-p", str(port), "-o", "BatchMode=yes",
                    "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
                    "root@127.0.0.1", command], folder)


def sshd(folder):
    need("sshd", "ssh", "ssh-keygen")
    command = "id; seq 200000 | sha256sum; echo problem >&2; exit 5"
    port = free_port()
    server = sshd_config(folder, port)
    with Emulated(folder, *server) as run:
        with connect(port) as greeting:
            greeting.sendall(b"SSH-2.0-cordon\r\n")  # behind this the child that talks to us is in its sandbox
            wait_for(run.filters, "a filter of sshd")
            run.check_live()
        there, here = ssh(folder, port, command), outside(["sh", "-c", command], folder)
        assert (there.returncode, there.stdout, there.stderr) == (here.returncode, here.stdout, here.stderr), \
            f"{there} is not {here}: {run.output}"
        words = words_of(run.filters())
    with Emulated(folder, "env", f"LD_PRELOAD={INTRUDER}", *server) as run:
        connect(port).close()
        assert ssh(folder, port, "true").returncode == 255, "a login through a killed child"
        wait_for(lambda: run.events("verdict"), "a denied call")
        run.denied("mkdir", "kill_thread")
        assert not Path("/tmp/cordon-intruder").exists(), "the intruder has made its directory"
    return words


def vsftpd(folder):
    need("vsftpd")
    public = Path(tempfile.mkdtemp(dir=folder))
    for path in (folder, public):
        path.chmod(0o755)
    data = "".join(f"{number}\n" for number in range(100000)).encode()
    (public / "data").write_bytes(data)
    (folder / "empty").mkdir()
    port = free_port()
    (folder / "vsftpd.conf").write_text(
        f"listen=YES\nlisten_address=127.0.0.1\nlisten_port={port}\npasv_address=127.0.0.1\nanonymous_enable=YES\n"
        f"anon_root={public}\nsecure_chroot_dir={folder}/empty\nbackground=NO\nseccomp_sandbox=YES\n")
    with Emulated(folder, "env", f"LD_PRELOAD={OLD_CALLS}", "/usr/sbin/vsftpd", str(folder / "vsftpd.conf")) as run:
        connect(port).close()
        client = ftplib.FTP()
        client.connect("127.0.0.1", port, timeout=SECONDS)
        client.login()
        got = io.BytesIO()
        client.retrbinary("RETR data", got.write)
        assert got.getvalue() == data, "the file that came is another"
        assert client.size("data") == len(data)
        run.check_live()
        words = words_of(run.filters())
        try:  # a current opendir(3) calls what vsftpd's filter doesn't know
            names = client.nlst()
            raise AssertionError(f"a listing came: {names}")
        except (ftplib.Error, EOFError, OSError):
            run.denied("newfstatat", "kill_thread")
        client.close()
    return words


# ---- programs that put themselves into a sandbox ---------------------------------------------------------

def man(folder):
    need("man", "groff")
    (folder / "page.1").write_text(".TH PAGE 1\n.SH NAME\npage \\- a page\n.SH TEXT\n" + "Some words.\n" * 500)
    here = outside(["man", "-P", "cat", "-l", "page.1"], folder)
    with Emulated(folder, "man", "-P", "cat", "-l", "page.1") as run:
        output = run.finish()
        assert output == here.stdout and "NAME" in output, output
        assert len(run.filters()) >= 3, f"man(1) put its pipeline into sandboxes: {run.filters()}"
        return words_of(run.filters())


def qemu(folder):
    need("qemu-system-x86_64")
    with Emulated(folder, "qemu-system-x86_64", "-S", "-machine", "none", "-nodefaults", "-display", "none",
                  "-qmp", "stdio", "-sandbox",
                  "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny") as run:
        run.read(rb"QMP.*\n")
        run.write('{"execute":"qmp_capabilities"}\n')
        run.read(rb"return.*\n")
        run.check_live()
        run.write('{"execute":"quit"}\n')
        run.finish()
        # TSYNC and TSYNC_ESRCH; clone3 is answered so that glibc takes clone, whose flags can be judged
        assert [event["flags"] for event in run.filters()] == [17], run.filters()
        run.denied("clone3", "errno(ENOSYS)")
        return words_of(run.filters())


def chromium(folder):
    need("chromium", "setpriv")
    folder.chmod(0o755)
    home = folder / "home"
    home.mkdir()
    shutil.chown(home, "nobody", "nogroup")
    (folder / "page.html").write_text("<html><body><script>document.write('answer ' + 6 * 7)</script></body></html>\n")
    with Emulated(folder, "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "env", f"HOME={home}",
                  f"XDG_CONFIG_HOME={home}", f"XDG_CACHE_HOME={home}", "chromium", "--headless", "--disable-gpu",
                  "--no-first-run", f"--user-data-dir={home}/data", "--dump-dom", f"file://{folder}/page.html") as run:
        run.check_live()
        output = run.finish()
        assert "</script>answer 42" in output, output
        run.denied("clone3", "errno(ENOSYS)")
        traps = [event for event in run.events("verdict") if event["verdict"].startswith("trap")]
        return f"{words_of(run.filters())}, {len(traps)} calls trapped"


# ---- programs that watch others --------------------------------------------------------------------------

def calls_of(folder):
    """What strace -ff wrote, a list of lines for each thread in the order of their births, without what
    differs between two runs of a program. Whether a thread waits for another is chance."""
    threads = []
    for path in sorted(folder.glob("calls.*"), key=lambda path: int(path.suffix[1:])):
        text = re.sub(r'0x[0-9a-f]+|"(\\x[0-9a-f]{2})+"|\b\d{3,}\b', "N", path.read_text())
        threads.append([line for line in text.splitlines() if not line.startswith("futex(")])
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
    """Where numbers are others, where a thread takes over another's, and where the tracer is no parent."""
    need("strace", "unshare")
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
    """Gdb and strace attach to a running process with two threads, stopped or not, and leave it as it was."""
    need("strace", "gdb")
    script = f"""
        exec 3<&0; {WATCHED} wait <&3 & pid=$!
        sleep 0.2
        gdb -q -batch -p $pid -ex 'info threads' -ex detach 2>/dev/null | grep -c 'Thread 0x.*LWP.*"watched"'
        timeout -s INT 0.3 strace -qf -p $pid -o running; grep -c clock_nanosleep running
        kill -STOP $pid; sleep 0.1; grep ^State: /proc/$pid/status
        timeout -s INT 0.3 strace -qf -p $pid -o stopped; grep -c 'stopped by SIGSTOP' stopped
        grep ^State: /proc/$pid/status
        kill -CONT $pid; sleep 0.1; grep ^State: /proc/$pid/status; wait $pid"""
    with Emulated(folder, "sh", "-c", script) as run:
        run.read(rb"waiting\n(.*\n){6}")
        run.check_live()
        words = run.finish().split("\n")
    assert words[0] == "waiting" and words[1] == "2", words
    assert int(words[2]) > 2 and int(words[4]) >= 2, words
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
    def normal(text):  # when threads begin and end, and where the first one waits for them, is chance
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

# What is typed, and what has to be seen before the next is: in the output, or which program has the terminal.
DIALOGUE = [("stty -echo; PS1='ready> '\n", r"ready> $"), ("sleep 100\n", "@sleep"), ("\x1a", r"Stopped"),
            ("jobs\n", r"Stopped +sleep"), ("bg\n", r"sleep 100 &"), ("jobs\n", r"Running +sleep"),
            ("fg\n", "@sleep"), ("\x03", r"ready> $"), ("echo status $?\n", r"status 130"),
            ("cat\n", "@cat"), ("one\n", r"one"), ("\x1a", r"Stopped +cat"), ("fg\n", "@cat"), ("two\n", r"two"),
            ("\x04", r"ready> $"), ("cat &\n", r"ready> $"),
            ("until jobs -s | grep cat; do :; done\n", r"Stopped.* cat"),
            ("kill -9 $!; while kill -0 $!; do :; done 2>/dev/null; wait $!; echo killed $?\n", r"killed 137"),
            ("trap 'echo caught' USR1; kill -USR1 $$\n", r"caught"), ("mkdir new || echo denied\n", r"denied")]


def terminal(command, folder):
    """A shell at a terminal: jobs are stopped, continued, interrupted. Its exit status."""
    pid, shell = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.environ["TERM"] = "dumb"
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # whatever started us may ignore it
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


def main():
    programs = [bwrap, firejail, sshd, vsftpd, man, qemu, chromium, runc, runc_detached_create, crun, strace,
                strace_elsewhere, watchers_attached, gdb, job_control, make, git, python]
    only = sys.argv[5:]
    programs = [program for program in programs if not only or program.__name__ in only]
    print(f"1..{len(programs)}")
    for number, program in enumerate(programs, 1):
        name = f"{number} - {program.__name__.replace('_', ' ')}, with seccomp from cordon"
        start = time.monotonic()
        try:
            if os.geteuid():
                raise Skip("the programs need root")
            with tempfile.TemporaryDirectory() as folder:
                words = program(Path(folder))
            print(f"ok {name}: {words} ({time.monotonic() - start:.1f} s)", flush=True)
        except Skip as reason:
            print(f"ok {name} # SKIP {reason}", flush=True)
        except Exception as problem:  # pylint: disable=broad-except
            text = str(problem) if isinstance(problem, AssertionError) else repr(problem)
            print("".join(f"# {line}\n" for line in text.splitlines()) + f"not ok {name}", flush=True)


main()
