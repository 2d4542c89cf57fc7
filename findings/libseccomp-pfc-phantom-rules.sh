#!/bin/sh
# SPDX-License-Identifier: MIT
# libseccomp's readable export (PFC) and its binary export of one and the same filter disagree: a rule about a call that
# the architecture does not have is kept, printed as a rule about the number 4294957236 (-10060 as unsigned), and left
# out of the program. A reader who reviews the PFC sees a rule that no kernel will ever apply; a tool that parses PFC
# back must drop numbers that are negative.
#
# Seen with python3-seccomp=2.5.4-1+deb12u1 and libseccomp2=2.5.4-1+deb12u1 (Debian 12), default ALLOW on x86_64: a rule
# for socketcall appears in the PFC, and the program is byte for byte the one without that rule.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
packages="python3-seccomp=2.5.4-1+deb12u1 libseccomp2=2.5.4-1+deb12u1"
get() { apt-get -o APT::Sandbox::User=root download -qq $packages >/dev/null 2>&1; }
get || { apt-get update -qq && get; }
for deb in *.deb; do dpkg -x "$deb" root; done
export LD_LIBRARY_PATH="$dir/root/lib/x86_64-linux-gnu:$dir/root/usr/lib/x86_64-linux-gnu"

cat >rules.py <<'EOF'
import seccomp
import sys

rules = seccomp.SyscallFilter(seccomp.ALLOW)
rules.add_rule(seccomp.ERRNO(1), "chroot")
if sys.argv[1] == "with":
    rules.add_rule(seccomp.ERRNO(1), "socketcall")
with open(sys.argv[1] + ".pfc", "wb") as text:
    rules.export_pfc(text)
with open(sys.argv[1] + ".bpf", "wb") as program:
    rules.export_bpf(program)
EOF
dpkg-deb -f libseccomp2_*.deb Package Version
for name in with without; do
    PYTHONPATH=root/usr/lib/python3/dist-packages /usr/bin/python3 rules.py "$name"
done
grep -A 2 'filter for syscall' with.pfc
cmp with.bpf without.bpf && echo "the programs are equal: $(wc -c <with.bpf) bytes"
grep -q 'syscall "socketcall" (4294957236)' with.pfc && cmp -s with.bpf without.bpf
