/* SPDX-License-Identifier: MIT */
/* host.c: what a process that traces does to itself first. */
#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proc.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

void proc_end_with(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        raise(SIGKILL);
}

#define DESCRIPTORS 65536

void proc_raise_limits(void)
{
    static const int limits[] = {RLIMIT_NOFILE, RLIMIT_CPU,   RLIMIT_AS,    RLIMIT_DATA,
                                 RLIMIT_STACK,  RLIMIT_FSIZE, RLIMIT_NPROC, RLIMIT_MEMLOCK};
    const struct rlimit enough = {DESCRIPTORS, DESCRIPTORS};
    struct rlimit limit;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (getrlimit((__rlimit_resource_t)limits[i], &limit) == 0) {
            limit.rlim_cur = limit.rlim_max;
            setrlimit((__rlimit_resource_t)limits[i], &limit);
        }
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < DESCRIPTORS)
        setrlimit(RLIMIT_NOFILE, &enough); /* it needs CAP_SYS_RESOURCE */
}

void proc_ignore_signals(void)
{
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_IGN); /* fails for two of them, and for those of the C library */
    signal(SIGCHLD, SIG_DFL);
}

/* Closes from `first` to `last`. */
static void close_range_of(unsigned first, unsigned last)
{
    struct rlimit limit;
    if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
        return;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && last >= limit.rlim_max)
        last = (unsigned)limit.rlim_max;
    for (unsigned fd = first; fd <= last; fd++)
        close((int)fd);
}

void proc_close_others(const int *kept, unsigned count)
{
    for (int64_t first = STDERR_FILENO + 1; first <= INT32_MAX;) {
        int64_t next = (int64_t)INT32_MAX + 1; /* the lowest that is kept */
        for (unsigned i = 0; i < count; i++)
            if (kept[i] >= first && kept[i] < next)
                next = kept[i];
        close_range_of((unsigned)first, (unsigned)(next - 1));
        first = next + 1;
    }
}

void proc_close_standard(int first, int last)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = first; fd <= last; fd++)
        if (null < 0 || dup2(null, fd) < 0)
            close(fd);
    if (null > STDERR_FILENO)
        close(null);
}
