# SPDX-License-Identifier: MIT
"""Shared by the tests that compare the reading of a format with the filters of the format's own tool."""
import subprocess

# A program that sleeps for ever in one system call and needs neither a library nor a file.
PAUSE = "__attribute__((naked, noreturn)) void _start(void)\n" \
        "{\n    __asm__(\"1: mov $34, %eax; syscall; jmp 1b\");\n}\n"
PAUSE_OPTIONS = ["-O1", "-static", "-nostdlib"]


class Results:
    """Prints results as TAP, and counts them."""

    def __init__(self):
        self.count = 0

    def tell(self, title, problem):
        self.count += 1
        print("".join(f"# {line}\n" for line in problem.splitlines()[:30]), end="")
        print(f"{'not ok' if problem else 'ok'} {self.count} - {title}", flush=True)

    def skip(self, title, reason):
        self.tell(f"{title} # SKIP {reason}", "")

    def end(self):
        print(f"1..{self.count}")


def difference(cordon, a, b, *options):
    """The output of `cordon diff`; empty: equal."""
    run = subprocess.run([cordon, "diff", *options, a, b], capture_output=True, text=True)
    return "" if run.returncode == 0 else run.stdout + run.stderr


def differs_when_written(cordon, convert, form, text, first, again):
    """Reads the text, writes it in its format, reads that; returns differences. `first` and `again` are file names."""
    first.write_text(text)
    made = subprocess.run([convert, form, first, form], capture_output=True, text=True)
    again.write_text(made.stdout)
    programs = []
    for path in (first, again):
        program = path.with_suffix(".bpf")
        program.write_bytes(subprocess.run([convert, form, path], capture_output=True).stdout)
        programs.append(program)
    if made.returncode:
        return made.stderr or "failed"
    problem = difference(cordon, *programs)
    return problem and problem + made.stdout
