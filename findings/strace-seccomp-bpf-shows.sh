#!/bin/sh
# SPDX-License-Identifier: MIT
# strace --seccomp-bpf changes what the traced program sees of itself: the filter that strace installs to skip
# uninteresting calls is the program's own, and no_new_privs is set with it, also for root. Without the option the
# program's status is untouched. A recorder that uses the option therefore records another program: set-user-ID helpers
# start without privilege, and "am I sandboxed already?" answers yes.
#
# Seen with strace=6.1-0.1 (Debian 12) on Linux 6.18: without the option NoNewPrivs: 0, Seccomp: 0, Seccomp_filters: 0;
# with --seccomp-bpf NoNewPrivs: 1, Seccomp: 2, Seccomp_filters: 1.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
get() { apt-get -o APT::Sandbox::User=root download -qq "$@" >/dev/null 2>&1; }
get strace=6.1-0.1 || { apt-get update -qq && get strace=6.1-0.1; }
for deb in *.deb; do dpkg -x "$deb" root; done
strace=$dir/root/usr/bin/strace
"$strace" -V | head -n 1
uname -sr

lines='^(NoNewPrivs|Seccomp|Seccomp_filters):'
status() {
    "$strace" -f "$@" -e trace=getpid -o /dev/null grep -E "$lines" /proc/self/status | tr '\t\n' ' ,'
}
plain=$(status)
filtered=$(status --seccomp-bpf)
echo "plain:         $plain"
echo "--seccomp-bpf: $filtered"
[ "$plain" = "NoNewPrivs: 0,Seccomp: 0,Seccomp_filters: 0," ] &&
    [ "$filtered" = "NoNewPrivs: 1,Seccomp: 2,Seccomp_filters: 1," ]
