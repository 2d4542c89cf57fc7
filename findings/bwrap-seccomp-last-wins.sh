#!/bin/sh
# SPDX-License-Identifier: MIT
# bwrap with --seccomp given twice runs the program under the last filter alone and exits with 0; the first one is
# dropped with a line on standard error. --add-seccomp-fd, which looks like an alias, stacks. A wrapper that adds a
# filter to a caller's options has to use the latter.
#
# Seen with bubblewrap=0.8.0-2+deb12u1 (Debian 12): two --seccomp: Seccomp_filters: 1 and exit status 0; two
# --add-seccomp-fd: Seccomp_filters: 2.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
get() { apt-get -o APT::Sandbox::User=root download -qq "$@" >/dev/null 2>&1; }
get bubblewrap=0.8.0-2+deb12u1 || { apt-get update -qq && get bubblewrap=0.8.0-2+deb12u1; }
for deb in *.deb; do dpkg -x "$deb" root; done
bwrap=$dir/root/usr/bin/bwrap
"$bwrap" --version

# One instruction: return SECCOMP_RET_ALLOW.
printf '\006\000\000\000\000\000\377\177' >allow.bpf
count() {
    "$bwrap" --dev-bind / / "$1" 8 "$1" 9 grep Seccomp_filters /proc/self/status 8<allow.bpf 9<allow.bpf 2>errors
}
last=$(count --seccomp)
echo "--seccomp twice:        $last, exit status $?; standard error: $(cat errors)"
stacked=$(count --add-seccomp-fd)
echo "--add-seccomp-fd twice: $stacked"
[ "$last" = "Seccomp_filters:	1" ] && [ "$stacked" = "Seccomp_filters:	2" ]
