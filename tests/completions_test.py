#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests the completions of bash, zsh and fish: completions_test.py CORDON BASH_FILE ZSH_FILE FISH_FILE"""
import json
import os
import pty
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import machine

CORDON, FILES = sys.argv[1], dict(zip(("bash", "zsh", "fish"), map(os.path.abspath, sys.argv[2:])))
TABLES = json.loads(subprocess.run([CORDON, "help", "--json"], capture_output=True, check=True).stdout)
COMMANDS = {command["name"]: command for command in TABLES["commands"]}


def names(*arguments):
    rows = json.loads(subprocess.run([CORDON, *arguments, "--json"], capture_output=True, check=True).stdout)
    return {row["name"] for row in rows}


POLICIES = names("policies")

# A line up to the cursor, and exactly the words offered for its last word, in a folder with the files app.json
# and apples/x.
LINES = [
    ("cordon conv", {"convert"}),
    ("cordon s", {"show", "sim", "stat", "syscalls"}),
    ("cordon help con", {"convert"}),
    ("cordon policies @", POLICIES),
    ("cordon policies a", set()),
    ("cordon convert -t ", set(TABLES["values"]["format-written"])),
    ("cordon convert x --from ", set(TABLES["values"]["format-read"])),
    ("cordon convert --approximate ", {"stricter", "looser", "nearest"}),
    ("cordon compile -t ", {"bpf", "c", "c-loader", "rust", "go", "asm"}),
    ("cordon compile --type r", {"rust"}),
    ("cordon asm -t g", {"go"}),
    ("cordon graph --type ", {"dot", "svg"}),
    ("cordon explain --like ", {"crun", "runc", "runc-1.1.5", "docker", "podman", "systemd-252", "systemd-257", "systemd-262"}),
    ("cordon check -a ppc", {"ppc", "ppc64", "ppc64le"}),
    ("cordon check -a x86_64,i3", {"x86_64,i386"}),
    ("cordon diff --caps ", {"none", "default", "podman", "all", *TABLES["values"]["cap"]}),
    ("cordon diff --caps default,CAP_SYS_A", {"default,CAP_SYS_ADMIN"}),
    ("cordon compile -w ", {"kernel-cache", "equal", "app.json", "apples"}),
    ("cordon optimize -w k", {"kernel-cache"}),
    ("cordon run -p @st", {"@startup", "@stdio", "@strict"}),
    ("cordon run -p a", {"app.json", "apples"}),
    ("cordon emulate --evidence a", {"app.json", "apples"}),
    ("cordon run mkfif", {"mkfifo"}),
    ("cordon run -p @stdio -- mkfif", {"mkfifo"}),
    ("cordon check app", {"app.json", "apples"}),
    ("cordon check app.json @compu", {"@compute"}),
    ("cordon check -W app.json --part part a", {"app.json", "apples"}),
    ("cordon stat @cont", {"@container"}),
    ("cordon sim @stdio openat", {"openat", "openat2"}),
    ("cordon sim --from oci app.json --batch renameat", {"renameat", "renameat2"}),
    ("cordon explain @stdio pivot", {"pivot_root"}),
    ("cordon syscalls open_", {"open_by_handle_at", "open_tree", "open_tree_attr"}),
    ("cordon syscalls openat @basic", {"@basic-io"}),
    ("cordon dump 1", None),  # any process numbers
]
LINES += [(f"cordon {name} --", {f"--{option['name']}" for option in command["options"]})
          for name, command in COMMANDS.items()]


class Bash:
    SCRIPT = r"""
COMP_WORDBREAKS=$' \t\n"\'@><=;|&(:'
source "$1"
COMP_LINE=$2 COMP_POINT=${#2} COMP_WORDS=($2) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
[[ $2 == *' ' ]] && COMP_WORDS+=("") && ((COMP_CWORD++))
_cordon
printf '%s\n' "${COMPREPLY[@]}"
"""

    def ask(self, line):
        run = subprocess.run(["bash", "--norc", "-c", self.SCRIPT, "bash", FILES["bash"], line],
                             capture_output=True, text=True, stdin=subprocess.DEVNULL)
        typed = line.rsplit(" ", 1)[1]
        kept = max((typed.rfind(mark) for mark in "@=:"), default=-1) + 1  # readline replaces the part after this
        return [typed[:kept] + reply for reply in run.stdout.split("\n") if reply], run.stderr


class Fish:
    def ask(self, line):
        run = subprocess.run(["fish", "--no-config", "-c", 'source $argv[1]; complete -C $argv[2]', FILES["fish"], line],
                             capture_output=True, text=True, env=os.environ | {"HOME": os.getcwd()})
        return [reply.split("\t")[0].rstrip("/") for reply in run.stdout.split("\n") if reply], run.stderr


class Zsh:
    """An interactive zsh on a terminal of its own. Its compadd also writes its arguments to a file."""
    SETUP = r"""
PS1= PS2= RPS1= fpath=($1 $fpath)
autoload -Uz compinit && compinit -D -u
zstyle ':completion:*' completer _complete
zstyle ':completion:*' list-prompt ''
LISTMAX=10000
compadd() {
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
        builtin compadd "$@"
        return $?
    fi
    local -a hits
    local -A before
    builtin compadd -A hits "$@"
    zparseopts -E -A before P: p:
    print -rl -- $IPREFIX${before[-P]}${before[-p]}$^hits >>$out
    builtin compadd "$@"
}
offer() {
    zle list-choices
    print -r -- '#' >>$out
}
zle -N offer
bindkey -e
bindkey '^I' offer
"""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        folder = Path(self.folder.name)
        shutil.copy(FILES["zsh"], folder / "_cordon")
        (folder / "setup").write_text(self.SETUP)
        self.out = folder / "out"
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.environ["out"], os.environ["TERM"] = str(self.out), "dumb"
            os.execvp("zsh", ["zsh", "-f", "-i"])
        threading.Thread(target=self.drain, daemon=True).start()
        os.write(self.terminal, f"set -- {folder}; source {folder}/setup; print -r -- '#' >$out\n".encode())
        self.wait()

    def drain(self):
        try:
            while os.read(self.terminal, 65536):
                pass
        except OSError:
            pass

    def wait(self):
        for _ in range(6000):
            if self.out.exists() and self.out.read_text().endswith("#\n"):
                return
            time.sleep(0.01)
        sys.exit("zsh doesn't answer")

    def ask(self, line):
        self.out.unlink()
        os.write(self.terminal, b"\x15" + line.encode() + b"\t")
        self.wait()
        found = dict.fromkeys(self.out.read_text().split("\n")[:-2])
        return [reply.rstrip("/") for reply in found if reply], ""


def check(shell, line, expected):
    """None, or the difference from what is expected."""
    offered, errors = shell.ask(line)
    typed = line.rsplit(" ", 1)[1]
    offered = {word for word in offered if word.startswith(typed)}
    if errors:
        return f"it writes {errors!r}"
    if expected is None:
        return None if offered and all(word.isdigit() for word in offered) else f"offered: {sorted(offered)[:20]}"
    if offered == expected:
        return None
    return f"missing: {sorted(expected - offered)[:20]}, not expected: {sorted(offered - expected)[:20]}"


def why_not(name):
    """The reason why this shell can't be tested here, or None."""
    if not shutil.which(name):
        return f"no {name} here"
    if name == "bash" and not Path("/dev/fd").exists():
        return "bash has no process substitution here: there is no /dev/fd"
    return machine.no_terminal() if name == "zsh" else None


def lines():
    """The processes that completion can find in /proc."""
    return [row for row in LINES if not (row[0].startswith("cordon dump") and machine.no_proc())]


def main():
    number = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("app.json").touch()
        Path("apples").mkdir()
        Path("apples/x").touch()
        for name, shell in ("bash", Bash), ("zsh", Zsh), ("fish", Fish):
            reason = why_not(name)
            if reason:
                number += 1
                print(f"ok {number} - {name} # SKIP {reason}")
                continue
            asked = shell()
            for line, expected in lines():
                number += 1
                wrong = check(asked, line, expected)
                if wrong:
                    print(f"# {wrong}")
                print(f"{'not ok' if wrong else 'ok'} {number} - {name}: {line}", flush=True)
    print(f"1..{number}")


main()
