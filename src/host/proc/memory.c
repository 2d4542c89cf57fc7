/* SPDX-License-Identifier: MIT */
/* memory.c: memory of another process. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "path.h"
#include "proc.h"

#define PAGE 4096 /* the smallest: no string is read beyond the page that it ends in */

/* Where process_vm_readv(2) is missing, or denied as in Docker's containers, the memory is still a
 * file. */
static bool is_denied(ssize_t done)
{
    return done < 0 && (errno == ENOSYS || errno == EPERM);
}

size_t proc_read_now(pid_t tid, uint64_t address, void *bytes, size_t size)
{
    int file = proc_open(tid, "mem", O_RDONLY);
    ssize_t done = file < 0 ? -1 : pread(file, bytes, size, (off_t)address);
    if (file >= 0)
        close(file);
    return done > 0 ? (size_t)done : 0;
}

bool proc_is_closed(pid_t tid)
{
    int file = proc_open(tid, "mem", O_RDONLY);
    if (file >= 0)
        close(file);
    return file < 0;
}

size_t proc_write_now(pid_t tid, uint64_t address, const void *bytes, size_t size)
{
    int file = proc_open(tid, "mem", O_RDWR);
    ssize_t done = file < 0 ? -1 : pwrite(file, bytes, size, (off_t)address);
    if (file >= 0)
        close(file);
    return done > 0 ? (size_t)done : 0;
}

size_t proc_read(pid_t tid, uint64_t address, void *bytes, size_t size)
{
    struct iovec local = {bytes, size}, remote = {(void *)(uintptr_t)address, size};
    ssize_t done = process_vm_readv(tid, &local, 1, &remote, 1, 0);
    if (is_denied(done))
        return proc_read_now(tid, address, bytes, size);
    return done > 0 ? (size_t)done : 0;
}

size_t proc_write(pid_t tid, uint64_t address, const void *bytes, size_t size)
{
    struct iovec local = {(void *)(uintptr_t)bytes, size};
    struct iovec remote = {(void *)(uintptr_t)address, size};
    ssize_t done = process_vm_writev(tid, &local, 1, &remote, 1, 0);
    if (is_denied(done))
        return proc_write_now(tid, address, bytes, size);
    return done > 0 ? (size_t)done : 0;
}

bool proc_read_string(pid_t tid, uint64_t address, char *text, size_t room)
{
    for (size_t length = 0; length < room;) {
        size_t part = PAGE - ((address + length) & (PAGE - 1));
        if (part > room - length)
            part = room - length;
        if (proc_read(tid, address + length, text + length, part) != part)
            return false;
        if (memchr(text + length, '\0', part))
            return true;
        length += part;
    }
    return false;
}
