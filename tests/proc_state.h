/* SPDX-License-Identifier: MIT */
/* proc_state.h: the state of a process or a thread. */
#ifndef PROC_STATE_H
#define PROC_STATE_H

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The letter in a stat file of /proc; 0: there is none. */
static inline char proc_state(const char *stat)
{
    char text[512];
    int fd = open(stat, O_RDONLY);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    if (length <= 0)
        return 0;
    text[length] = 0;
    const char *end = strrchr(text, ')'); /* the name may have some, too */
    return end && end[1] ? end[2] : 0;
}

#endif
