#!/bin/sh
# SPDX-License-Identifier: MIT
# ausearch -i turns the code= of a SECCOMP record into one word and loses two facts on the way: SECCOMP_RET_KILL_THREAD
# (0) and SECCOMP_RET_KILL_PROCESS (0x80000000) are both "kill", and an errno verdict loses its number (0x50001 and
# 0x50026 are both "errno"). x32 calls, whose numbers have bit 30 set, are not looked up without it: they become
# unknown-syscall(NUMBER) under arch=x86_64. A policy or a bug report can't be restored from interpreted logs; only raw
# ones (ausearch without -i, --raw) keep the verdict.
#
# Seen with auditd=1:3.0.9-1 (Debian 12): code=kill twice, code=errno twice, syscall=unknown-syscall(1073741825).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
packages="auditd=1:3.0.9-1 libauparse0=1:3.0.9-1 libaudit1=1:3.0.9-1"
get() { apt-get -o APT::Sandbox::User=root download -qq $packages >/dev/null 2>&1; }
get || { apt-get update -qq && get; }
for deb in *.deb; do dpkg -x "$deb" root; done
export LD_LIBRARY_PATH="$dir/root/lib/x86_64-linux-gnu:$dir/root/usr/lib/x86_64-linux-gnu"

record() {
    echo "type=SECCOMP msg=audit(1700000000.$1:$1): auid=1000 uid=1000 gid=1000 ses=1 subj=unconfined pid=1234" \
        "comm=\"probe\" exe=\"/usr/bin/probe\" sig=0 arch=c000003e syscall=$2 compat=0 ip=0x7f0000000000 code=$3"
}
{
    record 101 41 0x0
    record 102 41 0x80000000
    record 103 41 0x50001
    record 104 41 0x50026
    record 105 1073741825 0x50001
} >audit.log
root/sbin/ausearch --version
root/sbin/ausearch -i -if audit.log 2>/dev/null | sed -n 's/.*\(syscall=[^ ]*\).*\(code=[a-z0-9]*\).*/\1 \2/p' >seen
cat seen
cat >wanted <<'EOF'
syscall=socket code=kill
syscall=socket code=kill
syscall=socket code=errno
syscall=socket code=errno
syscall=unknown-syscall(1073741825) code=errno
EOF
cmp -s wanted seen
