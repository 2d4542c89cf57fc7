/* SPDX-License-Identifier: MIT */
/* files.c: files and links under /proc. */
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "path.h"
#include "proc.h"

/*
 * The process has one view of other processes, which must not depend on what is mounted later: the
 * variable belongs to the process as its working directory does.
 */
static int folder = -1;

/* Is it procfs, and of our pid namespace? */
static bool is_ours(int directory)
{
    char self[16];
    struct statfs fs;
    ssize_t length = readlinkat(directory, "self", self, sizeof self - 1);
    self[length < 0 ? 0 : length] = '\0';
    char own[16];
    snprintf(own, sizeof own, "%d", (int)getpid());
    return !fstatfs(directory, &fs) && fs.f_type == PROC_SUPER_MAGIC && !strcmp(self, own);
}

/* A mount of our own isn't busy for a program that unmounts /proc. It needs privilege. */
static int copy_mount(void)
{
    enum { TREE_CLONE = 1 };
    return (int)syscall(SYS_open_tree, AT_FDCWD, "/proc", TREE_CLONE | O_CLOEXEC);
}

static int open_mount(void)
{
    return open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int make_mount(void)
{
    enum { CREATE = 6 }; /* FSCONFIG_CMD_CREATE */
    int context = (int)syscall(SYS_fsopen, "proc", 1 /* FSOPEN_CLOEXEC */), directory = -1;
    if (context >= 0 && !syscall(SYS_fsconfig, context, CREATE, NULL, NULL, 0))
        directory = (int)syscall(SYS_fsmount, context, 1 /* FSMOUNT_CLOEXEC */, 0);
    if (context >= 0)
        close(context);
    return directory;
}

bool proc_hold(void)
{
    static int (*const ways[])(void) = {copy_mount, open_mount, make_mount};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        int directory = ways[i]();
        if (directory >= 0 && is_ours(directory)) {
            folder = directory;
            return true;
        }
        if (directory >= 0)
            close(directory);
    }
    return false;
}

const char *proc_path(char path[PROC_PATH], pid_t pid, const char *name)
{
    const char *start = folder >= 0 ? "" : "/proc/";
    if (pid)
        snprintf(path, PROC_PATH, "%s%d/%s", start, (int)pid, name);
    else
        snprintf(path, PROC_PATH, "%sself/%s", start, name);
    return path;
}

int proc_open(pid_t pid, const char *name, int flags)
{
    char path[PROC_PATH];
    return openat(folder, proc_path(path, pid, name), flags | O_CLOEXEC);
}

bool proc_stat(pid_t pid, const char *name, struct stat *info)
{
    char path[PROC_PATH];
    return fstatat(folder, proc_path(path, pid, name), info, 0) == 0;
}

FILE *proc_file(pid_t pid, const char *name)
{
    int fd = proc_open(pid, name, O_RDONLY);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    if (fd >= 0 && !file)
        close(fd);
    return file;
}

static bool first_line(FILE *file, char *line, int room)
{
    line[0] = '\0';
    bool good = file && fgets(line, room, file);
    if (good)
        line[strcspn(line, "\n")] = '\0';
    if (file)
        fclose(file);
    return good;
}

bool proc_line(const char *path, char *line, int room)
{
    return first_line(fopen(path, "re"), line, room);
}

/* A name can have newlines; the kernel adds the last one. */
void proc_comm(pid_t tid, char comm[PROC_COMM])
{
    FILE *file = proc_file(tid, "comm");
    size_t length = file ? fread(comm, 1, PROC_COMM - 1, file) : 0;
    if (file)
        fclose(file);
    comm[length ? length - 1 : 0] = '\0';
}

bool proc_link(pid_t pid, const char *name, char *target, size_t room)
{
    char path[PROC_PATH];
    ssize_t length = readlinkat(folder, proc_path(path, pid, name), target, room - 1);
    target[length < 0 ? 0 : length] = '\0';
    return length > 0;
}
