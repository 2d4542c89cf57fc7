#!/bin/sh
# SPDX-License-Identifier: MIT
# Two calls of 32-bit ARM have another name in libseccomp than in the kernel's headers and manual pages. There,
# sync_file_range2 is call 341 (and arm_sync_file_range its old name), in libseccomp only the old name has the number.
# sync_file_range2 is known, too, as a call of other machines: a rule for it on arm is accepted and does nothing.
# fadvise64_64 is alike: arm's number 270 is only arm_fadvise64_64.
#
# Seen with seccomp=2.5.4-1+deb12u1 (Debian 12): arm: sync_file_range2 -10089, arm_sync_file_range 341,
# fadvise64_64 -10007, arm_fadvise64_64 270; ppc64le: sync_file_range2 308. Negative numbers are of no call.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
get() { apt-get -o APT::Sandbox::User=root download -qq "$@" >/dev/null 2>&1; }
packages="seccomp=2.5.4-1+deb12u1 libseccomp2=2.5.4-1+deb12u1"
get $packages || { apt-get update -qq && get $packages; }
for deb in *.deb; do dpkg -x "$deb" root; done
number() { LD_LIBRARY_PATH=$dir/root/usr/lib/$(uname -m)-linux-gnu "$dir/root/usr/bin/scmp_sys_resolver" -a "$1" "$2"; }

echo "seccomp 2.5.4-1+deb12u1"
seen=""
for call in "arm sync_file_range2" "arm arm_sync_file_range" "arm fadvise64_64" "arm arm_fadvise64_64" "ppc64le sync_file_range2"; do
    found=$(number $call)
    echo "$call: $found"
    seen="$seen $found"
done
[ "$seen" = " -10089 341 -10007 270 308" ]
