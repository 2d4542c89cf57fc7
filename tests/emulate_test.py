#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs real programs that have sandboxes under `cordon emulate`: they must work, their filters must be in the evidence,
a call that their filter denies must be denied, and the kernel's own seccomp must not be used.
emulate_test.py CORDON PRELOAD_OLD_CALLS PRELOAD_INTRUDER [NAME…]"""
import ftplib
import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from emulated import (CORDON, POLICY, SECONDS, TRAPPED, Emulated, Skip, kernel_mode, need, need_to_run, outside,
                      run_tests, wait_for, words_of)

OLD_CALLS, INTRUDER = (Path(path).resolve() for path in sys.argv[2:4])


# ---- programs that put others into a sandbox -----------------------------------------------------------

INSIDE = "grep ^Seccomp: /proc/self/status; mkdir new; echo made $?; read line; echo got $line"


def check_inside(run):
    """Checks that INSIDE ran, could not make a directory, and saw a filter."""
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
    need_to_run(folder, "bwrap", "--unshare-all", "--dev-bind", "/", "/", "--proc", "/proc", "true")
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
    """A container that runs INSIDE under a profile that denies mkdir."""
    need("busybox", "runc")
    (folder / "rootfs/bin").mkdir(parents=True)
    shutil.copy(shutil.which("busybox"), folder / "rootfs/bin/busybox")
    for name in ("sh", "grep", "mkdir"):
        (folder / "rootfs/bin" / name).symlink_to("busybox")
    need_to_run(folder, "runc", "spec")
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
    """`create` returns to its caller, while the container stays under cordon's tracer."""
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
        assert TRAPPED or kernel_mode(state["pid"]) == 0, "the kernel's seccomp is used"
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
    # The version in Debian 12 requires a single hierarchy of control groups: it gets one in a mount namespace.
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
            greeting.sendall(b"SSH-2.0-cordon\r\n")  # after this, the child that talks to us is in its sandbox
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
        try:  # opendir(3) of today makes a call that vsftpd's filter doesn't allow
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
        # TSYNC and TSYNC_ESRCH; clone3 fails such that glibc falls back to clone, whose flags can be judged
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
    command = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "env", f"HOME={home}",
               f"XDG_CONFIG_HOME={home}", f"XDG_CACHE_HOME={home}", "chromium", "--headless", "--disable-gpu",
               "--no-first-run", f"--user-data-dir={home}/data", "--dump-dom", f"file://{folder}/page.html"]
    need_to_run(folder, *command)
    with Emulated(folder, *command) as run:
        run.check_live()
        output = run.finish()
        assert "</script>answer 42" in output, output
        run.denied("clone3", "errno(ENOSYS)")
        traps = [event for event in run.events("verdict") if event["verdict"].startswith("trap")]
        return f"{words_of(run.filters())}, {len(traps)} calls trapped"


def tracker(folder):
    need("/usr/libexec/tracker-extract-3", "dbus-run-session")
    (folder / "text.txt").write_text("Some words.\n" * 50)
    command = ["dbus-run-session", "--", "/usr/libexec/tracker-extract-3", "--file", "text.txt"]
    need_to_run(folder, *command)
    here = outside(command, folder).stdout
    with Emulated(folder, *command) as run:
        output = run.finish()
        assert output.endswith(here) and "PlainTextDocument" in here, output
        assert run.filters(), "tracker-extract put itself into a sandbox"
        return words_of(run.filters())


def red_page():
    """A PDF of one page, all red."""
    paint = b"1 0 0 rg 0 0 200 200 re f"
    return (b"%%PDF-1.1\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
            b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
            b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R>>endobj\n"
            b"4 0 obj<</Length %d>>stream\n%s\nendstream endobj\ntrailer<</Root 1 0 R>>\n" % (len(paint), paint))


def zathura(folder):
    """Runs a document viewer in its strict sandbox: the page must appear on the screen."""
    need("zathura", "Xvfb")
    (folder / "page.pdf").write_bytes(red_page())
    (folder / "zathurarc").write_text("set sandbox strict\n")
    with subprocess.Popen(["Xvfb", "-displayfd", "1", "-nolisten", "tcp", "-screen", "0", "640x480x24",
                           "-fbdir", folder], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True) as server:
        try:
            display = server.stdout.readline().strip()
            assert display, "the X server doesn't start"
            # its own filter kills it for getcwd, which it needs unless PWD is right
            with Emulated(folder, "env", f"DISPLAY=:{display}", f"PWD={folder}", "NO_AT_BRIDGE=1",
                          "DBUS_SESSION_BUS_ADDRESS=disabled:",
                          "zathura", "-c", folder, "-d", folder, "page.pdf") as run:
                red = b"\0\0\xff\0" * 100
                wait_for(lambda: red in (folder / "Xvfb_screen0").read_bytes(), "the red page on the screen")
                run.check_live()
                run.denied("clone3", "errno(ENOSYS)")
                return words_of(run.filters())
        finally:
            server.kill()



run_tests([bwrap, firejail, sshd, vsftpd, man, qemu, chromium, runc, runc_detached_create, crun, tracker, zathura], sys.argv[4:])
