#!/bin/sh
# SPDX-License-Identifier: MIT
# util-linux's enosys(1), which makes chosen system calls fail with ENOSYS, answers every call of another architecture
# with SECCOMP_RET_TRAP: a 32-bit program started below it dies of SIGSYS at its first call, whatever was blocked. Its
# name and manual page speak of ENOSYS alone. A call number with the x32 bit is simply another number and is allowed.
#
# Seen with util-linux-extra=2.42.4-1 and libc6=2.43-7 (Debian sid): the dump of "enosys -s read" tests the architecture
# first, then returns 0x00030000 (TRAP) for all others, 0x00050026 (ENOSYS) for number 0, 0x7fff0000 (ALLOW) otherwise.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
# A private apt configuration: the machine's own source lines with another suite.
mkdir -p lists/partial cache/archives/partial
awk 'BEGIN { RS = ""; ORS = "\n\n" } !/debian-security/ && /Types: *deb/' /etc/apt/sources.list.d/*.sources |
    sed 's/^Suites:.*/Suites: sid/' >sid.sources
cat >apt.conf <<EOF
Dir::State::lists "$dir/lists";
Dir::Cache "$dir/cache";
Dir::Etc::sourcelist "$dir/sid.sources";
Dir::Etc::sourceparts "/dev/null";
APT::Sandbox::User "root";
EOF
export APT_CONFIG="$dir/apt.conf"
apt-get update -qq >/dev/null 2>&1
apt-get download -qq util-linux-extra=2.42.4-1 libc6=2.43-7 >/dev/null 2>&1
for deb in *.deb; do dpkg -x "$deb" root; done
libraries=$dir/root/usr/lib/x86_64-linux-gnu
enosys() { "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries" root/usr/bin/enosys "$@"; }
enosys --version
enosys -s read -d -- true | od -An -v -t x4 -w8 >words
# Instructions: load arch; equal to x86_64: skip one; return; load nr; equal to read; return; return.
cat >wanted <<'EOF'
 00000020 00000004
 00010015 c000003e
 00000006 00030000
 00000020 00000000
 01000015 00000000
 00000006 00050026
 00000006 7fff0000
EOF
cat words
cmp wanted words
