#!/bin/sh
# SPDX-License-Identifier: MIT
# Firejail's filter compiler adds calls to an allow-list: "keep getpid" allows execveat, execve and prctl as well in the
# filter that is installed before the program starts, since Firejail itself needs them. The list that it prints does not
# name them. For a deny-list, "drop execve" leaves execve out of that filter and writes it into a second file, which a
# preloaded library installs inside the program.
#
# Seen with firejail=0.9.72-2 (Debian 12): keep getpid tests execveat, execve, prctl and getpid; drop execve makes a
# first filter that tests no call and a second one that tests execve.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
packages="firejail=0.9.72-2"
get() { apt-get -o APT::Sandbox::User=root download -qq $packages >/dev/null 2>&1; }
get || { apt-get update -qq && get; }
for deb in *.deb; do dpkg -x "$deb" root; done
export LD_LIBRARY_PATH="$dir/root/lib/x86_64-linux-gnu:$dir/root/usr/lib/x86_64-linux-gnu"

tools=root/usr/lib/x86_64-linux-gnu/firejail
dpkg-deb -f firejail_*.deb Package Version
calls() { "$tools/fsec-print" "$1" | sed -n 's/.*15 00 01 [0-9a-f]* *jeq \([a-z0-9_]*\) .*/\1/p' | tr '\n' ' '; }
"$tools/fseccomp" keep keep.bpf keep.post getpid >/dev/null 2>&1
"$tools/fseccomp" drop drop.bpf drop.post execve >/dev/null 2>&1
kept=$(calls keep.bpf)
first=$(calls drop.bpf)
second=$(calls drop.post)
echo "keep getpid allows: $kept"
echo "drop execve, first filter denies: ${first:-nothing}"
echo "drop execve, second filter denies: $second"
[ "$kept" = "execveat execve prctl getpid " ] && [ -z "$first" ] && [ "$second" = "execve " ]
