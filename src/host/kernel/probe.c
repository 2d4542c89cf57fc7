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

/* What an error tells: one of two, or nothing, as it isn't the kernel's for this request. */
static enum cordon_support by_error(long result, int yes, int no)
{
    int error = result < 0 ? errno : 0;
    return error == yes ? CORDON_SUPPORT : error == no ? CORDON_NO_SUPPORT : CORDON_UNSAID;
}

/* With a flag that it knows, the kernel fails only at reading the program at NULL. */
static enum cordon_support flag_there(unsigned flag)
{
    return by_error(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flag, NULL), EFAULT, EINVAL);
}

static enum cordon_support action_there(uint32_t action)
{
    return by_error(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action), 0, EOPNOTSUPP);
}

/* A filter, or an emulator of the kernel's calls, can say that there is no seccomp(2). */
static enum cordon_support call_there(struct cordon_kernel *kernel)
{
    enum cordon_support said =
        by_error(syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1, NULL), EINVAL, ENOSYS);
    if (said == CORDON_SUPPORT)
        return said;
    if (kernel->mode == 2 || kernel->filters > 0)
        kernel->doubt = "a filter that this process is under answers seccomp(2)";
    else if (kernel->actions_logged[0])
        kernel->doubt =
            "the kernel has seccomp, but seccomp(2) fails: an emulator (qemu-user) or a "
            "filter answers it";
    return kernel->doubt ? CORDON_UNSAID : said;
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
        kernel->flags[i].there = kernel->filter == CORDON_SUPPORT
                                     ? flag_there(rows[i].flag | rows[i].with)
                                     : kernel->filter;
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
    kernel->filters = proc_status(0).seccomp_filters;
    proc_line("/proc/sys/kernel/seccomp/actions_logged", kernel->actions_logged,
              sizeof kernel->actions_logged);
    kernel->seccomp = call_there(kernel);
    kernel->filter = kernel->seccomp == CORDON_SUPPORT ? flag_there(0) : kernel->seccomp;
    for (uint32_t i = 0; cordon_action_nth(i); i++)
        kernel->actions[i] = kernel->filter == CORDON_SUPPORT
                                 ? action_there(cordon_action_nth(i)->value)
                                 : kernel->filter;
    probe_flags(kernel);
    kernel->jit = read_number("/proc/sys/net/core/bpf_jit_enable");
    kernel->constant_cache = kernel->filter == CORDON_SUPPORT
                                 ? (enum cordon_support)at_least(kernel->release, 5, 11)
                                 : kernel->filter;
    long landlock = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
    bool none = landlock < 0 && (errno == ENOSYS || errno == EOPNOTSUPP) && !kernel->doubt;
    kernel->landlock = landlock > 0 ? (int)landlock : none ? 0 : -1;
    kernel->user_namespaces = read_number("/proc/sys/user/max_user_namespaces");
    kernel->ptrace_scope = read_number("/proc/sys/kernel/yama/ptrace_scope");
    kernel->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}
