/* SPDX-License-Identifier: MIT */
/* probe.c: probes features of the running kernel without changing anything. */
#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cordon/action.h"
#include "cordon/load.h"
#include "proc.h"

/* The number in a file of /proc/sys; -1: there is none, or it may not be read. */
static int read_number(const char *path)
{
    char line[32];
    int value;
    return proc_line(path, line, sizeof line) && sscanf(line, "%d", &value) == 1 ? value : -1;
}

/* With a flag that it knows, the kernel fails only at reading the program at NULL. */
static bool flag_there(unsigned flag)
{
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flag, NULL) == -1 && errno == EFAULT;
}

static void probe_flags(struct cordon_kernel *kernel)
{
    static const struct {
        const char *name;
        unsigned flag, with;
    } rows[] = {{"TSYNC", 1, 0},        {"LOG", 2, 0},          {"SPEC_ALLOW", 4, 0},
                {"NEW_LISTENER", 8, 0}, {"TSYNC_ESRCH", 16, 0}, {"WAIT_KILLABLE_RECV", 32, 8}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kernel->flags[i].name = rows[i].name;
        kernel->flags[i].there = kernel->filter && flag_there(rows[i].flag | rows[i].with);
    }
}

static bool at_least(const char *release, int major, int minor)
{
    int have_major = 0, have_minor = 0;
    return sscanf(release, "%d.%d", &have_major, &have_minor) == 2 &&
           (have_major > major || (have_major == major && have_minor >= minor));
}

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif

void cordon_kernel_probe(struct cordon_kernel *kernel)
{
    struct utsname name;
    *kernel = (struct cordon_kernel){0};
    if (uname(&name) == 0)
        snprintf(kernel->release, sizeof kernel->release, "%.63s", name.release);
    kernel->mode = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);
    kernel->seccomp =
        syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1, NULL) == -1 && errno == EINVAL;
    kernel->filter = kernel->seccomp && flag_there(0);
    for (uint32_t i = 0; cordon_action_nth(i); i++) {
        uint32_t action = cordon_action_nth(i)->value;
        kernel->actions[i] = syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
    }
    probe_flags(kernel);
    proc_line("/proc/sys/kernel/seccomp/actions_logged", kernel->actions_logged,
              sizeof kernel->actions_logged);
    kernel->jit = read_number("/proc/sys/net/core/bpf_jit_enable");
    kernel->constant_cache = kernel->filter && at_least(kernel->release, 5, 11);
    long landlock = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
    kernel->landlock = landlock > 0 ? (int)landlock : 0;
    kernel->user_namespaces = read_number("/proc/sys/user/max_user_namespaces");
    kernel->ptrace_scope = read_number("/proc/sys/kernel/yama/ptrace_scope");
    kernel->filters = proc_status(0).seccomp_filters;
    kernel->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}
