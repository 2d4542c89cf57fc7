# SPDX-License-Identifier: MIT
"""Figures read from the text of the sources. Each function returns its offenders, one line each."""
import re
import subprocess
from collections import defaultdict
from pathlib import Path

WINDOW = 6
RULER = re.compile(r"^ *(/\*|\*) *-{3,}(?!-*\+)")
WHOLE_RULER = re.compile(r"^ *(/\* ---- [^-]((?!--).)* ---- \*/|\* (-+\+)+-+)$")
MACHINE = re.compile(r"\bregs\.|user_regs|user_fpregs|__x86_64__|__i386__|__aarch64__|\borig_rax\b|\bI386_\w+|"
                     r"\b(NT_PRSTATUS|ARCH_[GS]ET_[FG]S)\b")


def is_test(name):
    """Is it a test, or a file that only tests link?"""
    return bool(re.search(r"^(tests|conformance)/|/testing/|_test\.[ch]$|/engine_replay\.c$", name))


class Source:
    def __init__(self):
        names = subprocess.run(["git", "ls-files", "*.c", "*.h"], capture_output=True, text=True, check=True)
        self.files = {name: Path(name).read_text(encoding="utf-8").splitlines() for name in names.stdout.split()
                      if Path(name).exists()}
        self.functions = [(length, name, line, function) for name, lines in self.files.items()
                          for function, line, length in functions(lines)]

    def product(self):
        return ((name, lines) for name, lines in self.files.items() if name.startswith("src/") and not is_test(name))

    def functions_over(self, limit):
        return [f"{name}:{line} {function}: {length} lines" for length, name, line, function
                in sorted(self.functions, reverse=True) if length > limit and not is_test(name)]

    def rulers(self):
        """Section rulers that a formatter has torn, or that it would tear."""
        return [f"{name}:{number} {line.strip()}" for name, lines in self.files.items()
                for number, line in enumerate(lines, 1) if RULER.match(line) and not WHOLE_RULER.match(line)]

    def command_lines(self):
        """The lines of the command, one offender per file."""
        return [(len(lines), name) for name, lines in self.files.items() if name.startswith("src/cli/")]

    def machine_facts(self):
        """Registers and numbers of one architecture in code that should be generic."""
        return [f"{name}:{number} {line.strip()}" for name, lines in self.product()
                if not name.startswith(("src/host/machine/", "src/abi/"))
                for number, line in enumerate(lines, 1) if MACHINE.search(line)]

    def repeated(self):
        """Windows of WINDOW lines of code that occur in two places."""
        seen = defaultdict(list)
        for name, lines in self.files.items():
            code = [(n, " ".join(line.split())) for n, line in enumerate(lines, 1)]
            code = [(n, text) for n, text in code if len(text) > 3 and not text.startswith(("#include", "/*", "*"))]
            for i in range(len(code) - WINDOW + 1):
                seen["\n".join(text for _, text in code[i:i + WINDOW])].append(f"{name}:{code[i][0]}")
        return [" ~ ".join(places) for places in seen.values() if len(places) > 1]

    def summary(self):
        lengths = {name: len(lines) for name, lines in self.files.items()}
        total = sum(lengths.values())
        conditionals = sum(line.startswith("#if") for lines in self.files.values() for line in lines)
        longest = sorted(lengths.items(), key=lambda item: -item[1])[:5]
        yield f"files      {len(self.files)}, {total} lines; {spread(lengths.values())}"
        yield "           longest: " + ", ".join(f"{name} {length}" for name, length in longest)
        yield f"functions  {len(self.functions)}; {spread([function[0] for function in self.functions])}"
        yield f"#if        {1000 * conditionals / total:.1f} per thousand lines (include guards counted)"


def functions(lines):
    """(name, line, length): a body begins with { in the first column and ends with } there."""
    start = None
    for number, line in enumerate(lines):
        if line == "{" and number > 0:
            start = number
        elif line == "}" and start is not None:
            head = " ".join(lines[max(0, start - 4):start])
            name = re.findall(r"(\w+)\(", head)
            yield (name[-1] if name else "?"), start + 1, number - start - 1
            start = None


def spread(values):
    values = sorted(values)
    return f"median {values[len(values) // 2]}, 95 % {values[len(values) * 95 // 100]}, longest {values[-1]}"
