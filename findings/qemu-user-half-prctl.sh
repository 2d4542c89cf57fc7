#!/bin/sh
# SPDX-License-Identifier: MIT
# qemu-user implements one half of what a sandbox does before its filter: PR_SET_NO_NEW_PRIVS reaches the host kernel
# and sticks (to qemu itself too), while every way to ask about or install a filter fails. A program
# that asks what the kernel offers gets "yes" to the first half of its sandbox and "no" to the second.
#
# Seen with qemu-user=1:7.2+dfsg-7+deb12u18+b3 (Debian 12): PR_SET_NO_NEW_PRIVS 0, PR_GET_NO_NEW_PRIVS 1, PR_GET_SECCOMP
# EINVAL, PR_SET_SECCOMP EINVAL, seccomp(2) ENOSYS; the host's status says NoNewPrivs: 1, Seccomp: 0.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
get() { apt-get -o APT::Sandbox::User=root download -qq "$@" >/dev/null 2>&1; }
get qemu-user=1:7.2+dfsg-7+deb12u18+b3 || { apt-get update -qq && get qemu-user=1:7.2+dfsg-7+deb12u18+b3; }
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
    if (result < 0)
        printf("%s: %s\n", what, strerrorname_np(error));
    else
        printf("%s: %ld\n", what, result);
}

int main(void)
{
    struct sock_filter allow = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
    struct sock_fprog program = {1, &allow};
    char line[200];
    FILE *status;
    tell("PR_SET_NO_NEW_PRIVS", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    tell("PR_GET_NO_NEW_PRIVS", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    tell("PR_GET_SECCOMP", prctl(PR_GET_SECCOMP));
    tell("PR_SET_SECCOMP", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
    tell("seccomp", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
    status = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, status))
        if (!strncmp(line, "NoNewPrivs:", 11) || !strncmp(line, "Seccomp:", 8))
            fputs(line, stdout);
    return 0;
}
EOF
gcc -static -D_GNU_SOURCE probe.c -o probe
"$dir/root/usr/bin/qemu-x86_64" --version | head -n 1
"$dir/root/usr/bin/qemu-x86_64" ./probe >seen
cat seen
cat >wanted <<'EOF'
PR_SET_NO_NEW_PRIVS: 0
PR_GET_NO_NEW_PRIVS: 1
PR_GET_SECCOMP: EINVAL
PR_SET_SECCOMP: EINVAL
seccomp: ENOSYS
EOF
printf 'NoNewPrivs:\t1\nSeccomp:\t0\n' >>wanted
cmp -s wanted seen
