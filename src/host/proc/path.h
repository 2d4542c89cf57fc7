/* SPDX-License-Identifier: MIT */
/* path.h: paths under /proc. */
#ifndef PROC_PATH_H
#define PROC_PATH_H

#include <sys/types.h>

#define PROC_PATH 64

/* /proc/PID/NAME, or /proc/self/NAME for 0; returns `path`. */
const char *proc_path(char path[PROC_PATH], pid_t pid, const char *name);

#endif
