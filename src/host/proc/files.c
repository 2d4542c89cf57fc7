/* SPDX-License-Identifier: MIT */
/* files.c: short files and links under /proc. */
#include <string.h>
#include <unistd.h>

#include "path.h"
#include "proc.h"

const char *proc_path(char path[PROC_PATH], pid_t pid, const char *name)
{
    if (pid)
        snprintf(path, PROC_PATH, "/proc/%d/%s", (int)pid, name);
    else
        snprintf(path, PROC_PATH, "/proc/self/%s", name);
    return path;
}

bool proc_line(const char *path, char *line, int room)
{
    FILE *file = fopen(path, "re");
    line[0] = '\0';
    bool good = file && fgets(line, room, file);
    if (good)
        line[strcspn(line, "\n")] = '\0';
    if (file)
        fclose(file);
    return good;
}

void proc_comm(pid_t tid, char comm[PROC_COMM])
{
    char path[PROC_PATH];
    proc_line(proc_path(path, tid, "comm"), comm, PROC_COMM);
}

bool proc_link(pid_t pid, const char *name, char *target, size_t room)
{
    char path[PROC_PATH];
    ssize_t length = readlink(proc_path(path, pid, name), target, room - 1);
    target[length < 0 ? 0 : length] = '\0';
    return length > 0;
}
