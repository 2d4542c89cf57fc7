/* SPDX-License-Identifier: MIT */
/* files.c: files as a whole. */
#include "cordon/files.h"

#include <errno.h>
#include <fcntl.h>
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
