#!/bin/sh
# SPDX-License-Identifier: MIT
# What `snap-seccomp compile` writes is not always a filter, and its exit status does not say so. A profile with
# @unrestricted compiles to the text "@unrestricted", which snap-confine recognises by its content; a profile with a
# name that libseccomp does not know compiles, without a message, to the filter without that line. Only wrong arguments
# of a known call are errors. Whoever collects compiled profiles has to look at the first bytes before treating them as
# BPF, and has to compare names with the library's table to see which lines were dropped.
#
# Seen with snapd=2.57.6-1+deb12u1+b2 (Debian 12): @unrestricted gives 14 bytes of text; "read" and "read, nosuchcall"
# give the same bytes; all exit with 0; "read - - - - - - -" is an error.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
packages="snapd=2.57.6-1+deb12u1+b2 libseccomp2=2.5.4-1+deb12u1"
get() { apt-get -o APT::Sandbox::User=root download -qq $packages >/dev/null 2>&1; }
get || { apt-get update -qq && get; }
for deb in *.deb; do dpkg -x "$deb" root; done
export LD_LIBRARY_PATH="$dir/root/lib/x86_64-linux-gnu:$dir/root/usr/lib/x86_64-linux-gnu"

compile() { printf "$1" >profile && root/usr/lib/snapd/snap-seccomp compile profile "$2" 2>/dev/null; }
dpkg-deb -f snapd_*.deb Package Version
compile '@unrestricted\n' open && open=0 || open=$?
compile 'read\n' plain && plain=0 || plain=$?
compile 'read\nnosuchcall\n' unknown && unknown=0 || unknown=$?
compile 'read - - - - - - -\n' wrong && wrong=0 || wrong=$?
echo "@unrestricted: exit status $open, $(wc -c <open) bytes: $(cat open)"
echo "read: exit status $plain, $(wc -c <plain) bytes"
echo "read, nosuchcall: exit status $unknown, $(cmp plain unknown && echo the same bytes)"
echo "read with seven arguments: exit status $wrong"
[ "$open$plain$unknown" = 000 ] && [ "$(cat open)" = @unrestricted ] && cmp -s plain unknown && [ "$wrong" != 0 ]
