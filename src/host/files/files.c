/* SPDX-License-Identifier: MIT */
/* files.c: files as a whole. */
#include "cordon/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_BYTES  ((size_t)CORDON_POLICY_MAX_BYTES) /* filters are smaller */
#define FIRST_ROOM ((size_t)64 * 1024)

static const char too_large[] = "larger than 16 MiB: neither a policy nor a filter";

static const char *read_all(int fd, char **bytes, size_t *length)
{
    size_t room = FIRST_ROOM;
    *length = 0;
    *bytes = malloc(room);
    while (*bytes) {
        ssize_t got = read(fd, *bytes + *length, room - *length);
        if (got == 0)
            return NULL;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return strerror(errno);
        *length += (size_t)got;
        if (*length > MAX_BYTES)
            return too_large;
        if (*length < room)
            continue;
        room *= 2;
        char *bigger = realloc(*bytes, room);
        if (!bigger)
            break;
        *bytes = bigger;
    }
    return "out of memory";
}

static const char *check(int fd, bool only_files)
{
    struct stat status;
    if (fstat(fd, &status))
        return strerror(errno);
    if (S_ISDIR(status.st_mode))
        return "is a directory";
    if (only_files && !S_ISREG(status.st_mode))
        return "not a regular file";
    return S_ISREG(status.st_mode) && (size_t)status.st_size > MAX_BYTES ? too_large : NULL;
}

const char *cordon_file_read(int fd, bool only_files, char **bytes, size_t *length)
{
    char *made = NULL;
    size_t count;
    const char *problem = check(fd, only_files);
    if (!problem)
        problem = read_all(fd, &made, &count);
    if (problem) {
        free(made);
        return problem;
    }
    *bytes = made;
    *length = count;
    return NULL;
}

static const char *open_text(void *context, const char *path, char **text, size_t *length)
{
    (void)context;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return strerror(errno);
    const char *problem = cordon_file_read(fd, true, text, length);
    close(fd);
    return problem;
}

static void close_text(void *context, char *text)
{
    (void)context;
    free(text);
}

const struct cordon_loader cordon_file_loader = {open_text, close_text, NULL};

/* ---- writing ---- */

const char *cordon_file_write_to(int fd, const void *bytes, size_t length)
{
    const char *at = bytes;
    while (length > 0) {
        ssize_t done = write(fd, at, length);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return strerror(errno);
        at += done;
        length -= (size_t)done;
    }
    return NULL;
}

static bool is_special(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

static const char *write_special(const char *path, const void *bytes, size_t length)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return strerror(errno);
    const char *problem = cordon_file_write_to(fd, bytes, length);
    close(fd);
    return problem;
}

#define MAX_NAMES 1000 /* that others may have taken */

/* A new file in the same folder, so that the rename is one step. */
static int open_beside(const char *path, char *name, size_t room)
{
    int fd = -1;
    errno = EEXIST;
    for (int i = 0; i < MAX_NAMES && fd < 0 && errno == EEXIST; i++) {
        if ((size_t)snprintf(name, room, "%s.%d-%d", path, (int)getpid(), i) >= room) {
            errno = ENAMETOOLONG;
            return -1;
        }
        fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    }
    return fd;
}

static const char *replace(const char *path, const void *bytes, size_t length)
{
    char name[4096];
    int fd = open_beside(path, name, sizeof name);
    if (fd < 0)
        return strerror(errno);
    const char *problem = cordon_file_write_to(fd, bytes, length);
    if (close(fd) && !problem)
        problem = strerror(errno);
    if (!problem && rename(name, path))
        problem = strerror(errno);
    if (problem)
        unlink(name);
    return problem;
}

const char *cordon_file_write(const char *path, const void *bytes, size_t length)
{
    if (is_special(path))
        return write_special(path, bytes, length);
    char *target = realpath(path, NULL); /* a rename would replace a link, not what it names */
    const char *problem = replace(target ? target : path, bytes, length);
    free(target);
    return problem;
}
