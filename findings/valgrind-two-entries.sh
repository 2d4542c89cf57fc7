#!/bin/sh
# SPDX-License-Identifier: MIT
# Under Valgrind seccomp(2) does not exist, prctl(PR_SET_SECCOMP) does: the first fails with ENOSYS in Valgrind and
# never reaches the kernel, the second is passed on, and the filter then judges Valgrind's own calls as well. "Try
# seccomp(2), fall back on prctl(2)" therefore works there and "ask SECCOMP_GET_ACTION_AVAIL first" does not, though
# both are about one kernel.
#
# Seen with valgrind=1:3.19.0-1 (Debian 12): seccomp(SECCOMP_GET_ACTION_AVAIL) and seccomp(SECCOMP_SET_MODE_FILTER) fail
# with ENOSYS, prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER) returns 0, /proc/self/status says Seccomp: 2.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
get() { apt-get -o APT::Sandbox::User=root download -qq "$@" >/dev/null 2>&1; }
get valgrind=1:3.19.0-1 || { apt-get update -qq && get valgrind=1:3.19.0-1; }
for deb in *.deb; do dpkg -x "$deb" root; done
cat >probe.c <<'EOF'
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static void tell(const char *what, long result)
{
    int error = errno;
    printf("%s: %s\n", what, result < 0 ? strerrorname_np(error) : "0");
}

int main(void)
{
    struct sock_filter allow = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
    struct sock_fprog program = {1, &allow};
    unsigned action = SECCOMP_RET_KILL_PROCESS;
    char line[200];
    FILE *status;
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    tell("GET_ACTION_AVAIL", syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
    tell("SET_MODE_FILTER", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
    tell("PR_SET_SECCOMP", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
    status = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, status))
        if (!strncmp(line, "Seccomp:", 8))
            fputs(line, stdout);
    return 0;
}
EOF
gcc -D_GNU_SOURCE probe.c -o probe
export VALGRIND_LIB="$dir/root/usr/libexec/valgrind"
"$dir/root/usr/bin/valgrind.bin" --version
"$dir/root/usr/bin/valgrind.bin" -q ./probe 2>/dev/null >seen
cat seen
printf 'GET_ACTION_AVAIL: ENOSYS\nSET_MODE_FILTER: ENOSYS\nPR_SET_SECCOMP: 0\nSeccomp:\t2\n' | cmp -s - seen
