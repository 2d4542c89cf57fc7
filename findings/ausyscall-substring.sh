#!/bin/sh
# SPDX-License-Identifier: MIT
# ausyscall ARCH NAME searches for NAME anywhere in the names of calls, prints all hits and exits with 0; a name that
# does not exist on an architecture is answered with others that contain it. On x86_64 there is no umount: the answer is
# umount2, on aarch64 there is no open: the answer is five calls, none of them open. A script that takes the number of
# the first line translates a policy for another call. --exact asks for the name itself.
#
# Seen with auditd=1:3.0.9-1 (Debian 12): "x86_64 umount" prints umount2 166 and exits with 0; "aarch64 open" begins
# with openat 56; "x86_64 umount --exact" fails.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
packages="auditd=1:3.0.9-1 libauparse0=1:3.0.9-1 libaudit1=1:3.0.9-1"
get() { apt-get -o APT::Sandbox::User=root download -qq $packages >/dev/null 2>&1; }
get || { apt-get update -qq && get; }
for deb in *.deb; do dpkg -x "$deb" root; done
export LD_LIBRARY_PATH="$dir/root/lib/x86_64-linux-gnu:$dir/root/usr/lib/x86_64-linux-gnu"

ausyscall() { root/usr/bin/ausyscall "$@" 2>&1 | tr -s ' ' | head -n 1; }
dpkg-deb -f auditd_*.deb Package Version
umount=$(ausyscall x86_64 umount)
open=$(ausyscall aarch64 open)
exact=$(root/usr/bin/ausyscall x86_64 umount --exact 2>&1) && found=0 || found=$?
root/usr/bin/ausyscall x86_64 umount >/dev/null && status=0 || status=$?
echo "x86_64 umount:         $umount (exit status $status)"
echo "aarch64 open:          $open"
echo "x86_64 umount --exact: $exact (exit status $found)"
[ "$umount" = "umount2 166" ] && [ "$status" = 0 ] && [ "$open" = "openat 56" ] && [ "$found" != 0 ]
