/* SPDX-License-Identifier: MIT */
/* disguise.c: hides that a listener is a socket: how it polls after a hang-up, its name and its
 * type. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "calls.h"
#include "facility.h"
#include "inject.h"
#include "layouts.h"
#include "next.h"
#include "task.h"
#include "tracee.h"

#define MOST_POLLED 4096
#define NAME        "anon_inode:seccomp notify"

/* ---- poll: a socket that was shut down is readable, a listener only hangs up ---- */

static struct next polled(struct task *task)
{
    struct pollfd one;
    uint64_t at = task_pointer(task, 0), count = (uint32_t)task->call.args[1];
    for (uint64_t i = 0; i < count && i < MOST_POLLED; i++, at += sizeof one) {
        if (task_copy_in(task, &one, at, sizeof one))
            break;
        if (!(one.revents & POLLHUP) || !listener_of(task, one.fd))
            continue;
        one.revents &= ~(POLLIN | POLLRDNORM | POLLRDHUP);
        task_copy_out(task, at, &one, sizeof one);
    }
    return next_done();
}

struct next call_poll(struct task *task, const struct pass *pass)
{
    if (task->session->ports)
        task->at_exit = polled;
    return next_call(pass);
}

/* ---- readlink: /proc/self/fd/N ---- */

static struct next link_read(struct task *task)
{
    char name[64] = "";
    unsigned long long inode;
    int64_t length;
    unsigned buffer = task_is_call(task, CALL_READLINKAT) ? 2 : 1;
    uint64_t to = task_pointer(task, buffer), room = (uint32_t)task->call.args[buffer + 1];
    if (!task_result(task, &length) || length <= 0 || length >= (int64_t)sizeof name ||
        task_copy_in(task, name, to, (size_t)length) ||
        sscanf(name, "socket:[%llu]", &inode) != 1 || !is_listener(task->session, (ino_t)inode))
        return next_done();
    size_t shown = strlen(NAME) < room ? strlen(NAME) : room;
    return call_finish(task, task_copy_out(task, to, NAME, shown) ? -EFAULT : (int64_t)shown);
}

struct next call_readlink(struct task *task, const struct pass *pass)
{
    if (task->session->ports)
        task->at_exit = link_read;
    return next_call(pass);
}

/* ---- stat of the descriptor itself: no type, mode 0600 ---- */

static struct next stat_made(struct task *task)
{
    struct machine_stat_mode place;
    int64_t result;
    uint16_t mode = 0600;
    if (machine_stat_mode(task_is_compat(task), task->call.nr, &place) &&
        task_result(task, &result) && result == 0)
        task_copy_out(task, task_pointer(task, place.argument) + place.offset, &mode, sizeof mode);
    return next_done();
}

struct next call_stat(struct task *task, const struct pass *pass)
{
    char path = 0;
    struct machine_stat_mode place;
    bool by_path =
        machine_stat_mode(task_is_compat(task), task->call.nr, &place) && place.argument != 1;
    if (by_path && task_copy_in(task, &path, task_pointer(task, 1), sizeof path))
        path = 0; /* without a path, the call is about the descriptor too */
    if (!path && task->session->ports && listener_of(task, (int)task->call.args[0]))
        task->at_exit = stat_made;
    return next_call(pass);
}
