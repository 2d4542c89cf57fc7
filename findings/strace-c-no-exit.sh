#!/bin/sh
# SPDX-License-Identifier: MIT
# strace -c counts calls at their exit, so the table lacks every call that doesn't return: exit_group and exit above all,
# of each traced process, although the trace without -c shows them. A policy that is made of the table's names kills the
# program at its very end. -C, which prints both, shows the call in the trace and not in the table.
#
# Seen with strace=6.1-0.1 (Debian 12) on true: exit_group in the trace: 1 line, in the table of -c: 0, in that of -C: 0.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
get() { apt-get -o APT::Sandbox::User=root download -qq "$@" >/dev/null 2>&1; }
get strace=6.1-0.1 || { apt-get update -qq && get strace=6.1-0.1; }
for deb in *.deb; do dpkg -x "$deb" root; done
strace=$dir/root/usr/bin/strace
"$strace" -V | head -n 1

"$strace" -o trace true
"$strace" -c -o table true
"$strace" -C -o both true
rows() { sed -n '/^% time/,$p' "$1" | grep -c 'exit_group$' || true; }
lines=$(grep -c '^exit_group(0)' trace)
echo "exit_group: $lines line in the trace, $(rows table) rows in the table of -c, $(rows both) in that of -C"
tail -n 1 trace
tail -n 4 table
[ "$lines $(rows table) $(rows both) $(grep -c '^exit_group(0)' both)" = "1 0 0 1" ]
