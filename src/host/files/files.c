/* SPDX-License-Identifier: MIT */
/* files.c: files as a whole. */
#include "cordon/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
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

/* ---- included files ---- */

#define INCLUDED (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

/* Symbolic links with absolute targets stay in the root, too. */
static int open_in_root(const char *root, const char *path)
{
    const struct open_how how = {.flags = INCLUDED, .resolve = RESOLVE_IN_ROOT};
    int folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return -1;
    int fd = (int)syscall(SYS_openat2, folder, path, &how, sizeof how), error = errno;
    close(folder);
    errno = error;
    return fd;
}

/* The paths of relative includes begin with the folder of the policy. */
static bool is_beside(const char *policy, const char *path)
{
    const char *slash = policy ? strrchr(policy, '/') : NULL;
    return slash && !strncmp(policy, path, (size_t)(slash - policy) + 1);
}

static int open_where_said(const struct cordon_file_search *search, const char *path)
{
    if (!search || !search->root || path[0] != '/')
        return open(path, INCLUDED);
    int fd = open_in_root(search->root, path);
    return fd < 0 && errno == ENOENT && is_beside(search->policy, path) ? open(path, INCLUDED) : fd;
}

static int open_in_folder(const char *folder, const char *path)
{
    char whole[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if ((size_t)snprintf(whole, sizeof whole, "%s/%s", folder, slash ? slash + 1 : path) <
        sizeof whole)
        return open(whole, INCLUDED);
    errno = ENAMETOOLONG;
    return -1;
}

static bool is_missing(int fd)
{
    return fd < 0 && (errno == ENOENT || errno == ENOTDIR);
}

static const char *open_text(void *context, const char *path, char **text, size_t *length)
{
    const struct cordon_file_search *search = context;
    int fd = open_where_said(search, path);
    for (size_t i = 0; search && i < search->folder_count && is_missing(fd); i++)
        fd = open_in_folder(search->folders[i], path);
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

struct cordon_loader cordon_file_searcher(const struct cordon_file_search *search)
{
    return (struct cordon_loader){open_text, close_text, (void *)(uintptr_t)search};
}

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
static int open_beside(const char *path, char *name, size_t room, const struct stat *old)
{
    int fd = -1;
    errno = EEXIST;
    for (int i = 0; i < MAX_NAMES && fd < 0 && errno == EEXIST; i++) {
        if ((size_t)snprintf(name, room, "%s.%d-%d", path, (int)getpid(), i) >= room) {
            errno = ENAMETOOLONG;
            return -1;
        }
        fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, old ? 0600 : 0666);
    }
    return fd;
}

/* As the file that is replaced. Without privileges another owner is lost, and with it the
 * set-user-ID bits. */
static bool keep_mode(int fd, const struct stat *old)
{
    bool owned = fchown(fd, old->st_uid, old->st_gid) == 0;
    if (!owned)
        (void)!fchown(fd, (uid_t)-1, old->st_gid);
    return fchmod(fd, old->st_mode & (owned ? 07777 : 0777)) == 0;
}

static const char *replace(const char *path, const void *bytes, size_t length)
{
    char name[PATH_MAX];
    struct stat status;
    const struct stat *old = stat(path, &status) ? NULL : &status;
    int fd = open_beside(path, name, sizeof name, old);
    if (fd < 0)
        return strerror(errno);
    const char *problem = old && !keep_mode(fd, old) ? strerror(errno) : NULL;
    if (!problem)
        problem = cordon_file_write_to(fd, bytes, length);
    if (close(fd) && !problem)
        problem = strerror(errno);
    if (!problem && rename(name, path))
        problem = strerror(errno);
    if (problem)
        unlink(name);
    return problem;
}

/* Signals wait until the temporary file is renamed or removed. */
static const char *replace_undisturbed(const char *path, const void *bytes, size_t length)
{
    sigset_t all, before, pending, too_big;
    sigfillset(&all);
    sigemptyset(&too_big);
    sigaddset(&too_big, SIGXFSZ);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    sigpending(&pending);
    const char *problem = replace(path, bytes, length);
    if (problem && !sigismember(&pending, SIGXFSZ)) /* it is reported as an error */
        sigtimedwait(&too_big, NULL, &(struct timespec){0});
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return problem;
}

#define MAX_LINKS 40 /* as the kernel's */

/* The file that a symbolic link names, which need not exist: a rename would replace the link. */
static const char *follow_links(const char *path, char target[PATH_MAX])
{
    if ((size_t)snprintf(target, PATH_MAX, "%s", path) >= PATH_MAX)
        return strerror(ENAMETOOLONG);
    for (int i = 0; i < MAX_LINKS; i++) {
        char link[PATH_MAX];
        ssize_t length = readlink(target, link, sizeof link - 1);
        if (length < 0)
            return NULL;
        link[length] = '\0';
        const char *slash = link[0] == '/' ? NULL : strrchr(target, '/');
        size_t folder = slash ? (size_t)(slash - target) + 1 : 0;
        if (folder + (size_t)length >= PATH_MAX)
            return strerror(ENAMETOOLONG);
        memcpy(target + folder, link, (size_t)length + 1);
    }
    return strerror(ELOOP);
}

const char *cordon_file_write(const char *path, const void *bytes, size_t length)
{
    if (is_special(path))
        return write_special(path, bytes, length);
    char target[PATH_MAX];
    const char *problem = follow_links(path, target);
    return problem ? problem : replace_undisturbed(target, bytes, length);
}
