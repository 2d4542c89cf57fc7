/* SPDX-License-Identifier: MIT */
/* preload_old_calls.c: preloaded into vsftpd; makes stat and select the calls that a C library
 * made when vsftpd's filters were written. */
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int stat64(const char *path, struct stat64 *info)
{
    return (int)syscall(SYS_stat, path, info);
}

int lstat64(const char *path, struct stat64 *info)
{
    return (int)syscall(SYS_lstat, path, info);
}

int fstat64(int fd, struct stat64 *info)
{
    return (int)syscall(SYS_fstat, fd, info);
}

int select(int count, fd_set *in, fd_set *out, fd_set *other, struct timeval *timeout)
{
    return (int)syscall(SYS_select, count, in, out, other, timeout);
}
