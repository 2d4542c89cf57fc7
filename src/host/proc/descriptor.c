/* SPDX-License-Identifier: MIT */
/* descriptor.c: descriptors of other processes. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "path.h"
#include "proc.h"

int proc_fetch(pid_t pid, int fd)
{
    int process = (int)syscall(SYS_pidfd_open, pid, 0);
    if (process < 0)
        return -errno;
    int ours = (int)syscall(SYS_pidfd_getfd, process, fd, 0);
    int error = errno;
    close(process);
    return ours < 0 ? -error : ours;
}

ino_t proc_socket(pid_t pid, int fd)
{
    char name[32];
    struct stat info;
    snprintf(name, sizeof name, "fd/%d", fd);
    return !proc_stat(pid, name, &info) || !S_ISSOCK(info.st_mode) ? 0 : info.st_ino;
}

int proc_socket_number(pid_t pid, ino_t inode)
{
    int fd = -1, directory = proc_open(pid, "fd", O_RDONLY | O_DIRECTORY);
    DIR *folder = directory < 0 ? NULL : fdopendir(directory);
    const struct dirent *entry;
    while (folder && fd < 0 && (entry = readdir(folder)))
        if (entry->d_name[0] != '.' && proc_socket(pid, atoi(entry->d_name)) == inode)
            fd = atoi(entry->d_name);
    if (folder)
        closedir(folder);
    else if (directory >= 0)
        close(directory);
    return fd;
}

int proc_reopen(int fd, int flags)
{
    char name[32];
    snprintf(name, sizeof name, "fd/%d", fd);
    return proc_open(0, name, flags);
}
