/* SPDX-License-Identifier: MIT */
/* path.h: files under /proc. */
#ifndef PROC_PATH_H
#define PROC_PATH_H

#include <stdio.h>
#include <sys/types.h>

#define PROC_PATH 64

/* PID/NAME, or self/NAME for 0, below /proc or the directory of proc_hold(); returns `path`. */
const char *proc_path(char path[PROC_PATH], pid_t pid, const char *name);
/* Opens such a file for reading; NULL: it can't be. */
FILE *proc_file(pid_t pid, const char *name);

#endif
