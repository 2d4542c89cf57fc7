# SPDX-License-Identifier: MIT
"""The names that manual pages of section 2 give to the arguments of system calls."""
import functools
import gzip
import re
from pathlib import Path

# Functions of the C library that have the arguments of a call of another name.
FUNCTIONS = {"_newselect": "select", "pread64": "pread", "pwrite64": "pwrite", "newfstatat": "fstatat",
             "fstatat64": "fstatat", "rt_sigaction": "sigaction", "rt_sigpending": "sigpending",
             "rt_sigtimedwait": "sigtimedwait", "prlimit64": "prlimit", "ugetrlimit": "getrlimit",
             "eventfd2": "eventfd", "pselect6": "pselect", "sendfile64": "sendfile"}
# Functions whose arguments, or their order, aren't those of the call.
OTHER = {"clone", "sigsuspend", "signalfd", "cacheflush", "syscall", "sigreturn", "sysfs", "getpgrp", "bdflush",
         "set_thread_area", "get_thread_area", "rt_sigsuspend", "preadv", "pwritev", "preadv2", "pwritev2"}


def is_position(name):
    """arg2 in a policy is the third argument, also where a manual page counts from one."""
    return re.fullmatch(r"arg\d", name) is not None


def parameter(text):
    """The name in a parameter's declaration; None: it has none, or stands for any."""
    text = re.sub(r"\(\s*\*\s*(\w+)\s*\).*", r" \1", re.sub(r"\[[^\]]*\]", "", text))
    words = re.findall(r"\w+", re.sub(r"_Nullable|restrict", "", text))
    return words[-1] if len(words) > 1 else None


@functools.cache
def prototypes(folder):
    """{function: [lists of names]} of all pages."""
    found = {}
    for path in sorted(Path(folder).glob("*.2.gz")):
        page = gzip.decompress(path.read_bytes()).decode(errors="replace")
        match = re.search(r"^\.SH SYNOPSIS(.*?)^\.SH", page, re.S | re.M)
        text = re.sub(r"^\.\w+ ?", "", re.sub(r'\\f(?:[BIRP]|\[\w*\])|"|\\ |\\[&,/c]', "", match[1]) if match else "", flags=re.M)
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
        for function, inside in re.findall(r"\b(\w+)\(([^()]*(?:\([^()]*\)[^()]*)*)\);", text):
            parts = [part.strip() for part in inside.split(";")[-1].split(",")]
            if function == "syscall" and parts[0].startswith("SYS_"):
                function, parts = parts[0][4:], parts[1:]
            found.setdefault(function.lstrip("_"), []).append([parameter(part) for part in parts])
    return found


def arguments(folder, call):
    """The lists of names that pages give to the arguments of a call, up to the first that has none."""
    variants = [call, FUNCTIONS.get(call), re.sub(r"(_time64|64_64|64|32)$", "", call)]
    lists = []
    for function in dict.fromkeys(name for name in variants if name and name not in OTHER):
        for names in prototypes(folder).get(function, []):
            lists.append(names[:names.index(None)] if None in names else names)
    return lists
