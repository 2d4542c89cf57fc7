#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints the completions for a shell, generated from the command's own tables: generate.py CORDON bash|zsh|fish"""
import json
import re
import subprocess
import sys

PROGRAM = {"<program>", "<process>", "<file>"}  # completed by the shell itself


def ask(cordon, *arguments):
    return json.loads(subprocess.run([cordon, *arguments, "--json"], capture_output=True, check=True).stdout)


def names(rows):
    return list(dict.fromkeys(row["name"] for row in rows))


class Tables:
    def __init__(self, cordon):
        tables = ask(cordon, "help")
        self.commands = tables["commands"]
        self.values = tables["values"] | {
            "policy": names(ask(cordon, "policies")),
            "group": names(ask(cordon, "syscalls", "--groups")),
            "call": sorted(names(ask(cordon, "syscalls", "-a", "all"))),
            "command": names(self.commands)}

    def expand(self, completes):
        """The possible words of a value, and the shell's own completion that is added."""
        words, shell = [], []
        for word in completes.split():
            if word in PROGRAM:
                shell.append(word.strip("<>"))
            else:
                words += self.values[word.strip("<>")] if word.startswith("<") else [word]
        return words, shell

    def arguments(self, command):
        """The completion of each argument; the last one repeats."""
        return [self.expand(part) for part in command["completes"].split(";")]


def spellings(option):
    return ([f"-{option['letter']}"] if "letter" in option else []) + [f"--{option['name']}"]


def is_list(option):
    return option["argument"].endswith(",...")


def fill(text, **parts):
    return re.sub(r"@([A-Z_]+)@", lambda found: parts[found[1]], text)


# ---- bash ----

BASH = r"""# SPDX-License-Identifier: MIT
# bash completion for cordon(1), made by completions/generate.py

# Words and files that begin with what is typed. Readline replaces what follows the last of its word breaks.
_cordon_offer()
{
    local before=$1 typed=$2 words=$3 kinds=$4 word all=()
    for word in $words; do
        [[ $word == "$typed"* ]] && all+=("$word")
    done
    for word in $kinds; do
        case $word in
        file) compopt -o filenames 2>/dev/null; mapfile -t -O "${#all[@]}" all < <(compgen -f -- "$typed") ;;
        program) mapfile -t -O "${#all[@]}" all < <(compgen -c -- "$typed") ;;
        process) mapfile -t -O "${#all[@]}" all < <(cd /proc && compgen -W "$(echo [0-9]*)" -- "$typed") ;;
        esac
    done
    before+=$typed
    before=${before%"${before##*["${COMP_WORDBREAKS:- }"]}"}
    for word in "${all[@]}"; do
        word=$1$word
        COMPREPLY+=("${word#"$before"}")
    done
}

_cordon()
{
    local line=${COMP_LINE:0:COMP_POINT} words i option= end= position=1 before=
    COMPREPLY=()
    read -ra words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    local typed=${words[-1]} command=${words[1]} takes= options= ends=0 offered= kinds=
    if ((${#words[@]} == 2)); then
        _cordon_offer "" "$typed" "@COMMANDS@ --help --version" ""
        return
    fi
    case $command in
@COMMAND_CASES@
    esac
    for ((i = 2; i < ${#words[@]} - 1; i++)); do
        if [[ $option ]]; then
            option=
        elif [[ ! $end && ${words[i]} == -- ]]; then
            end=1
        elif [[ ! $end && ${words[i]} == -?* ]]; then
            [[ " $takes " == *" ${words[i]} "* ]] && option=${words[i]}
        else
            ((position++ == ends)) && end=1
        fi
    done
    if [[ ! $option && ! $end && $typed == --*=* ]]; then
        option=${typed%%=*} before=${typed%%=*}= typed=${typed#*=}
    fi
    if [[ ! $option && ! $end && $typed == -* ]]; then
        offered=$options
    elif [[ $option ]]; then
        case $command:$option in
@VALUE_CASES@
        esac
    else
        case $command:$position in
@ARGUMENT_CASES@
        esac
    fi
    _cordon_offer "$before" "$typed" "$offered" "$kinds"
}
complete -F _cordon cordon
"""


def quoted(words):
    return f"'{' '.join(words)}'"


def cases(rows, indent):
    """Branches of a case statement; patterns with one body share it."""
    bodies = {}
    for pattern, body in rows:
        bodies.setdefault(body, []).append(pattern)
    return "\n".join(f"{' ' * indent}{' | '.join(patterns)}) {body} ;;" for body, patterns in bodies.items())


def bash_value(words, shell, is_list=False):
    body = [f"offered={quoted(words)}"] if words else []
    body += [f"kinds={quoted(shell)}"] if shell else []
    body += ["before+=${typed%\"${typed##*,}\"}", "typed=${typed##*,}"] if is_list else []
    return " ".join(body) or ":"


def bash(tables):
    commands, values, arguments = [], [], []
    for command in tables.commands:
        name, options = command["name"], command["options"]
        takes = [spelling for option in options if "argument" in option for spelling in spellings(option)]
        shown = [f"--{option['name']}" for option in options]
        commands.append((name, f"takes={quoted(takes)} options={quoted(shown)} ends={command['options_end']}"))
        for option in options:
            if "argument" in option:
                body = bash_value(*tables.expand(option["completes"]), is_list(option))
                values += [(f"{name}:{spelling}", body) for spelling in spellings(option)]
        each = tables.arguments(command)
        arguments += [(f"{name}:{number}" if number < len(each) else f"{name}:*", bash_value(*what))
                      for number, what in enumerate(each, 1)]
    first = [(pattern, body) for pattern, body in arguments if not pattern.endswith("*")]
    rest = [row for row in arguments if row not in first]
    return fill(BASH, COMMANDS=" ".join(names(tables.commands)), COMMAND_CASES=cases(commands, 4),
                VALUE_CASES=cases(values, 8), ARGUMENT_CASES=cases(first, 8) + "\n" + cases(rest, 8))


# ---- zsh ----

ZSH = r"""#compdef cordon
# SPDX-License-Identifier: MIT
# zsh completion for cordon(1), made by completions/generate.py

_cordon_process() {
    compadd "$@" -- /proc/[0-9]*(N:t)
}

_cordon() {
    local curcontext=$curcontext
    local -a known
    known=(
@COMMANDS@
    )
    if ((CURRENT == 2)); then
        _describe -t commands command known
        _arguments '--help[list the commands]' '--version[print the version]'
        return
    fi
    local command=$words[2]
    shift words
    ((CURRENT--))
    case $command in
@CASES@
    esac
}
@WORDS@
_cordon "$@"
"""

ZSH_SHELL = {"file": "_files", "program": " _command_names -e", "process": "_cordon_process"}


def zsh_text(text):
    return re.sub(r"([\[\]:\\])", r"\\\1", text).replace("'", "'\\''")


def zsh(tables):
    functions = {}  # for long lists

    def function(body):
        return functions.setdefault(body, f"_cordon_values_{len(functions) + 1}")

    def action(words, shell, is_list=False):
        short = f"({' '.join(words)})"
        if len(words) > 20:
            short = function(f"{'_sequence ' if is_list else ''}compadd \"$@\" {'-' if is_list else '--'} {' '.join(words)}")
        if words and shell:
            return function(f"_alternative 'words:word:{short}' "
                            + " ".join(f"'{kind}s:{kind}:{ZSH_SHELL[kind]}'" for kind in shell))
        return short if words else ZSH_SHELL[shell[0]] if shell else " "

    def option_specs(option):
        spec = ""
        if "argument" in option:
            what = action(*tables.expand(option["completes"]), is_list(option))
            spec = f":{zsh_text(option['argument'])}:{what}"
        both = spellings(option)
        exclusive = f"({' '.join(both)})"
        helped = f"[{zsh_text(option['help'])}]{spec}"
        if len(both) == 1:
            return f"'{both[0]}{'=' if spec else ''}{helped}'"
        return (f"'{exclusive}'{{{both[0]}{'+' if spec else ''},{both[1]}{'=' if spec else ''}}}'{helped}'")

    def argument_specs(command):
        each = tables.arguments(command)
        if command["options_end"] == 1:
            return ["'(-)1:program: _command_names -e'", "'*::arguments:_normal'"]
        specs = []
        for number, what in enumerate(each, 1):
            if what == ([], []):
                continue
            last = number == len(each)
            place = "*" if last else str(number)
            stop = "(-)" if command["options_end"] and number == command["options_end"] else ""
            specs.append(f"'{stop}{place}:argument:{action(*what)}'")
        return specs

    branches = []
    for command in tables.commands:
        specs = [option_specs(option) for option in command["options"]] + argument_specs(command)
        flags = "-s -S -A \"-*\"" if command["options_end"] == 1 else "-s -S"
        branches.append(f"    {command['name']})\n        _arguments {flags} \\\n            "
                        + " \\\n            ".join(specs) + " ;;")
    described = "\n".join(f"        '{command['name']}:{zsh_text(command['summary'])}'" for command in tables.commands)
    words = "\n".join(f"{name}() {{\n    {body}\n}}\n" for body, name in functions.items())
    return fill(ZSH, COMMANDS=described, CASES="\n".join(branches), WORDS=words)


# ---- fish ----

FISH = r"""# SPDX-License-Identifier: MIT
# fish completion for cordon(1), made by completions/generate.py

# Is this the command, and the current argument the one of that number? The last parameter lists options with a value.
function __cordon_at -a command first last ends
    set -l words (commandline -opc)
    test "$words[2]" = $command; or return 1
    set -l position 1
    set -l skip
    set -l over
    for word in $words[3..]
        if test -n "$skip"
            set skip
        else if test -z "$over"; and test "$word" = --
            set over 1
        else if test -z "$over"; and string match -q -- '-?*' $word
            contains -- $word $argv[5..]; and set skip 1
        else
            test $position = $ends; and set over 1
            set position (math $position + 1)
        end
    end
    test $first = options; and test -z "$over"; and return 0
    test $first != options -a $position -ge $first -a $position -le $last
end

complete -c cordon -f
complete -c cordon -n 'test (count (commandline -opc)) = 1' -l version -d 'print the version'
"""

FISH_SHELL = {"program": "(__fish_complete_command)", "process": "(__fish_complete_pids)"}


def fish_text(text):
    return text.replace("\\", "\\\\").replace("'", "\\'")


def fish(tables):
    lines = []
    for command in tables.commands:
        name, options = command["name"], command["options"]
        lines.append(f"complete -c cordon -n 'test (count (commandline -opc)) = 1' -a {name} "
                     f"-d '{fish_text(command['summary'])}'")
        takes = " ".join(spelling for option in options if "argument" in option for spelling in spellings(option))
        ends = command["options_end"]
        for option in options:
            line = f"complete -c cordon -n '__cordon_at {name} options 0 {ends} {takes}' -l {option['name']}"
            line += f" -s {option['letter']}" if "letter" in option else ""
            line += f" -d '{fish_text(option['help'])}'"
            if "argument" in option:
                words, shell = tables.expand(option["completes"])
                line += " -r -F" if "file" in shell else " -x"
                if words:
                    line += f" -a '(__fish_append , {' '.join(words)})'" if is_list(option) else f" -a '{' '.join(words)}'"
            lines.append(line)
        each = tables.arguments(command)
        for number, (words, shell) in enumerate(each, 1):
            last = 999 if number == len(each) else number
            words = words + [FISH_SHELL[kind] for kind in shell if kind in FISH_SHELL]
            files = "-F" if "file" in shell else ""
            if words or files:
                lines.append(f"complete -c cordon -n '__cordon_at {name} {number} {last} {ends} {takes}' {files}"
                             + (f" -a '{' '.join(words)}'" if words else ""))
    return FISH + "\n".join(lines) + "\n"


def main():
    tables = Tables(sys.argv[1])
    sys.stdout.write({"bash": bash, "zsh": zsh, "fish": fish}[sys.argv[2]](tables))


main()
