#!/bin/sh
# SPDX-License-Identifier: MIT
# scmp_sys_resolver answers a name that no architecture has with -1 and exit status 0, the same way as it answers a real
# call that this architecture lacks with a pseudo number (-10060 for socketcall on x86_64), and it can't read its own
# answers back: "-10060" is taken for options. On i386 the default answer for socket is the pseudo number of
# socketcall(SYS_SOCKET), although i386 has had a socket call of its own since Linux 4.3; with -t the answer is the
# number of socketcall. Neither is 359, the number that a current C library uses and that a filter sees.
#
# Seen with seccomp=2.5.4-1+deb12u1 and libseccomp2=2.5.4-1+deb12u1 (Debian 12): nosuchcall -1 (exit status 0),
# socketcall -10060, i386 socket -101, i386 socket with -t 102.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
packages="seccomp=2.5.4-1+deb12u1 libseccomp2=2.5.4-1+deb12u1"
get() { apt-get -o APT::Sandbox::User=root download -qq $packages >/dev/null 2>&1; }
get || { apt-get update -qq && get; }
for deb in *.deb; do dpkg -x "$deb" root; done
export LD_LIBRARY_PATH="$dir/root/lib/x86_64-linux-gnu:$dir/root/usr/lib/x86_64-linux-gnu"

resolve() { root/usr/bin/scmp_sys_resolver "$@"; }
dpkg-deb -f seccomp_*.deb Package Version
unknown=$(resolve -a x86_64 nosuchcall) && status=0 || status=$?
lacking=$(resolve -a x86_64 socketcall)
resolve -a x86_64 "$lacking" >/dev/null 2>&1 && back=0 || back=$?
pseudo=$(resolve -a x86 socket)
translated=$(resolve -a x86 -t socket)
echo "x86_64 nosuchcall: $unknown (exit status $status)"
echo "x86_64 socketcall: $lacking; read back: exit status $back"
echo "i386 socket: $pseudo; with -t: $translated; number 359: $(resolve -a x86 359)"
[ "$unknown $status" = "-1 0" ] && [ "$lacking" = -10060 ] && [ "$back" != 0 ] && [ "$pseudo $translated" = "-101 102" ]
