#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares man pages and README with the tables of commands and options: help_test.py CORDON MAN_DIR README

The rules: a command's page has its summary, and its OPTIONS list exactly the options that it takes, with their arguments.
The options that control how policies are read share one item, which refers to cordon(1); that describes those and all
others that most commands take. cordon(1) and README list all commands.
"""
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

CORDON, MAN, README = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
COMMANDS = json.loads(subprocess.run([CORDON, "help", "--json"], capture_output=True, check=True).stdout)["commands"]
READING = ["-I, --include DIR", "--root DIR", "--from FORMAT", "--part NAME", "--like TOOL", "--caps CAP,...",
           "--kernel VERSION", "--host ARCH"]
VALUES = {"from": "cordon", "kernel": "6.1", "arch": "x32", "host": "x32"}  # neither a word of the table nor any text
COMMON = 10  # commands share an option that cordon(1) describes


def spelled(option):
    """The heading of an option in help and man pages: "-o, --output FILE"."""
    letter = f"-{option['letter']}, " if "letter" in option else ""
    return f"{letter}--{option['name']} {option.get('argument', '')}".rstrip()


def section(page, name):
    found = re.search(rf"^\.Sh {name}\n(.*?)(?=^\.Sh |\Z)", page, re.S | re.M)
    return found[1] if found else ""


def plain(macros):
    """Fl w , Fl -weights Ar WHAT: -w, --weights WHAT"""
    return re.sub(r"\bFl ", "-", macros).replace("Ar ", "").replace(" ,", ",")


def items(text):
    """The headings of the outermost lists, and the text after each."""
    depth, found = 0, []
    for line in text.splitlines():
        depth += line.startswith(".Bl")
        depth -= line.startswith(".El")
        if depth == 1 and line.startswith(".It "):
            found.append((plain(line[4:]), ""))
        elif found:
            found[-1] = (found[-1][0], found[-1][1] + line + "\n")
    return found


def listed(page):
    """The options in a page's OPTIONS. Options that share an item are separated where each begins."""
    heads = [head for head, _ in items(section(page, "OPTIONS"))]
    return [option for head in heads for option in re.split(r", (?=--)(?<!-\w, )", head)]


def compare(what, found, wanted):
    wrong = [f"{what} lacks {each}" for each in wanted if each not in found]
    wrong += [f"{what} has {each}, which isn't so" for each in found if each not in wanted]
    return wrong + [f"{what} has {each} twice" for each in set(found) if found.count(each) > 1]


def check_page(command):
    name = command["name"]
    page = (MAN / f"cordon-{name}.1").read_text()
    options = [spelled(option) for option in command["options"]]
    wrong = compare("OPTIONS", listed(page), options)
    if f".Nd {command['summary']}\n" not in page:
        wrong.append(f"NAME isn't \"{command['summary']}\"")
    if READING[0] in options and (", ".join(READING), True) not in [
            (head, ".Xr cordon 1" in text) for head, text in items(section(page, "OPTIONS"))]:
        wrong.append("the options of reading don't share an item that refers to cordon(1)")
    short = {part for option in options for part in re.findall(r"--?[\w-]+(?: [^-,]\S*)?", re.sub(
        r"^(-\w), (\S+)( \S+)?", r"\1\3 \2\3", option))}
    for used in re.findall(r"^(?:\.Op )?\.?(Fl .*)$", section(page, "SYNOPSIS"), re.M):
        if plain(used) not in short | {"--"}:
            wrong.append(f"SYNOPSIS has {plain(used)}")
    return wrong


def check_help(command):
    shown = subprocess.run([CORDON, command["name"], "--help"], capture_output=True, text=True, check=True).stdout
    heads = re.findall(r"^  (?:  )?\s*(-.*?)(?:  +| (?=[a-z]))", shown, flags=re.M)
    wrong = compare("--help", heads, [spelled(option) for option in command["options"]])
    return wrong + [f"too long: {line}" for line in shown.splitlines() if len(line) > 100]


def check_parsing(command):
    """Checks that a command takes its options, in all of their spellings, and no others."""
    def complaint(*words):
        return subprocess.run([CORDON, command["name"], *words], capture_output=True, text=True).stderr.partition("\n")[0]

    wrong, own = [], set()
    for option in command["options"]:
        spellings = [f"--{option['name']}"] + ([f"-{option['letter']}"] if "letter" in option else [])
        own.update(spellings)
        value = VALUES.get(option["name"], next((word for word in option["completes"].split() if word[0] != "<"), "x"))
        for spelling in spellings:
            words = [spelling, value] if "argument" in option else [spelling]
            if option["name"] != "help" and 'unknown option "--zzz"' not in complaint(*words, "--zzz"):
                wrong.append(f"{words}: {complaint(*words, '--zzz')}")
    everything = {word for each in COMMANDS for option in each["options"] for word in
                  (f"--{option['name']}", f"-{option.get('letter', 'h')}")}
    wrong += [f"takes {word}" for word in everything - own if f'unknown option "{word}"' not in complaint(word)]
    return wrong


def check_overview():
    page = (MAN / "cordon.1").read_text()
    wrong = []
    for command in COMMANDS:
        head = "Nm Cm help" if command["name"] == "help" else f"Xr cordon-{command['name']} 1"
        if f".It {head}\n{command['summary'][0].upper() + command['summary'][1:]}.\n" not in page:
            wrong.append(f"cordon(1) lacks {command['name']}, or has it with another summary")
    takers = {}
    for command in COMMANDS:
        for option in command["options"]:
            takers.setdefault(spelled(option), []).append(command["name"])
    common = [option for option, names in takers.items() if len(names) >= COMMON]
    return wrong + compare("OPTIONS of cordon(1)", listed(page), common)


def check_readme():
    known = {command["name"]: command for command in COMMANDS}
    rows = [row for row in README.read_text().splitlines() if row.startswith("| `cordon")]
    wrong = compare("README's table", [name for row in rows for name in re.findall(r"`cordon (\w+)", row)], list(known))
    for row in rows:
        taken = {option["name"] for name in re.findall(r"`cordon (\w+)", row) for option in known[name]["options"]}
        wrong += [f"README's table has --{name} in {row}" for name in re.findall(r"--([a-z-]+)", row)
                  if name not in taken | {"seccomp"}]  # bwrap's
    return wrong


def check_formats():
    """Checks that options' completions, cordon-convert(1) and README name the formats of `cordon convert --list`."""
    formats = json.loads(subprocess.run([CORDON, "convert", "--list", "--json"], capture_output=True, check=True).stdout)
    values = json.loads(subprocess.run([CORDON, "help", "--json"], capture_output=True, check=True).stdout)["values"]
    wrong = []
    for use in ("read", "written"):
        wrong += compare(f"format-{use}", values[f"format-{use}"], [each["name"] for each in formats if each[use]])
    like = {option["completes"] for each in COMMANDS for option in each["options"] if option["name"] == "like"}
    wrong += [f"--like takes {words}, the library {values['like']}" for words in like if words.split() != values["like"]]
    by_suffix = {}
    for each in formats:
        if each["suffix"] and each["written"]:
            by_suffix.setdefault(each["suffix"], []).append(each["name"])
    page = " ".join((MAN / "cordon-convert.1").read_text().split())
    told = [" ".join(pair) for pair in re.findall(r"([\w-]+) for (\.[a-z]+)\b", page)]
    wrong += compare("cordon-convert(1)", told, [f"{names[0]} {suffix}" for suffix, names in by_suffix.items()
                                                if len(names) == 1])
    wrong += [f"cordon-convert(1) doesn't say that {suffix} is ambiguous" for suffix, names in by_suffix.items()
              if len(names) > 1 and f"The suffix {suffix} is ambiguous ({' or '.join(names)})" not in page]
    readme = README.read_text()
    return wrong + [f"README names nothing of {each['name']}" for each in formats
                    if not any(word in readme for word in [each["name"], *re.findall(r"\b[A-Z]\w{2,}", each["summary"])])
                    and each["read"]]


def check_lints():
    """Checks that LINTS of cordon-check(1) lists the table: ids, severities and summaries."""
    lints = json.loads(subprocess.run([CORDON, "help", "--json"], capture_output=True, check=True).stdout)["lints"]
    told = [f"{head.removeprefix('Cm ')}: {' '.join(text.replace('.El', '').split())}"
            for head, text in items(section((MAN / "cordon-check.1").read_text(), "LINTS"))]
    summaries = [f"{each['summary'][0].upper()}{each['summary'][1:]}.{' A note.' * (each['severity'] == 'note')}" for each in lints]
    return compare("LINTS of cordon-check(1)", told, [f"{each['id']}: {text}" for each, text in zip(lints, summaries)])


def check_form():
    lint = subprocess.run(["mandoc", "-Tlint", "-Wwarning", *map(str, sorted(MAN.glob("*.[135]")))], capture_output=True,
                          text=True)
    return lint.stdout.splitlines()


def main():
    checks = [(f"{command['name']}: {what}", check, command)
              for what, check in (("the help", check_help), ("parsing", check_parsing), ("the man page", check_page))
              for command in COMMANDS if check is not check_page or command["name"] != "help"]
    checks += [("cordon(1)", check_overview), ("README's table of commands", check_readme),
               ("the formats", check_formats), ("the lints", check_lints)]
    checks += [("man pages are well formed", check_form)] if shutil.which("mandoc") else []
    print(f"1..{len(checks) + (not shutil.which('mandoc'))}")
    for number, (name, check, *what) in enumerate(checks, 1):
        wrong = check(*what)
        for line in wrong:
            print(f"# {line}")
        print(f"{'not ok' if wrong else 'ok'} {number} - {name}")
    if not shutil.which("mandoc"):
        print(f"ok {len(checks) + 1} - man pages are well formed # SKIP there is no mandoc")


main()
