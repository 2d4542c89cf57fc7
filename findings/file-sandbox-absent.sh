#!/bin/sh
# SPDX-License-Identifier: MIT
# Debian's file(1) offers an option to turn its sandbox off and has no sandbox to turn off: file --help lists -S,
# --no-sandbox (upstream prints it whether or not the seccomp support was compiled in), the option is accepted, and no filter
# is ever installed. Lists of programs that are "built on seccomp" name file(1); what a distribution ships has to be
# asked of the program: with strace, or with its status while it runs.
#
# Seen with file=1:5.44-3 and strace=6.1-0.1 (Debian 12): --help names --no-sandbox, neither seccomp(2) nor
# prctl(PR_SET_SECCOMP) is called, libseccomp is not among its libraries.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
packages="file=1:5.44-3 libmagic1=1:5.44-3 libmagic-mgc=1:5.44-3 strace=6.1-0.1"
get() { apt-get -o APT::Sandbox::User=root download -qq $packages >/dev/null 2>&1; }
get || { apt-get update -qq && get; }
for deb in *.deb; do dpkg -x "$deb" root; done
export LD_LIBRARY_PATH="$dir/root/lib/x86_64-linux-gnu:$dir/root/usr/lib/x86_64-linux-gnu"

file=root/usr/bin/file
"$file" --version 2>&1 | head -n 1
option=$("$file" --help | grep -e --no-sandbox)
echo "$option"
root/usr/bin/strace -f -o calls -e trace=seccomp,prctl "$file" -m root/usr/lib/file/magic.mgc /etc/passwd
seen=$(grep -c -e 'seccomp(' -e PR_SET_SECCOMP calls || true)
libraries=$(ldd "$file" root/usr/lib/x86_64-linux-gnu/libmagic.so.1 | grep -c libseccomp || true)
echo "calls that install a filter: $seen; links to libseccomp: $libraries"
[ -n "$option" ] && [ "$seen" = 0 ] && [ "$libraries" = 0 ]
