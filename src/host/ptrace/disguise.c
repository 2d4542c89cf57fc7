/* SPDX-License-Identifier: MIT */
/* disguise.c: what would show that a listener is a socket: how it polls when it has hung up, its
 * name and type. */
#include <errno.h>
#include <linux/audit.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "session.h"

#define MOST_POLLED 4096
#define NAME        "anon_inode:seccomp notify"

/* ---- poll: a socket that was shut down is readable, a listener only hangs up ---- */

static void polled(struct task *task)
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
    exit_go_on(task);
}

void call_poll(struct task *task)
{
    if (task->session->ports)
        task->at_exit = polled;
    task_resume(task, 0);
}

/* ---- readlink: /proc/self/fd/N ---- */

static bool is_at(const struct task *task)
{
    enum { I386_READLINKAT = 305 };
    return task->call.nr == task_nr(task, SYS_readlinkat, I386_READLINKAT);
}

static void link_read(struct task *task)
{
    char name[64] = "";
    unsigned long long inode;
    struct user_regs_struct regs;
    unsigned buffer = is_at(task) ? 2 : 1;
    uint64_t to = task_pointer(task, buffer), room = (uint32_t)task->call.args[buffer + 1];
    if (!task_regs(task, &regs) || (int64_t)regs.rax <= 0 || regs.rax >= sizeof name ||
        task_copy_in(task, name, to, regs.rax) || sscanf(name, "socket:[%llu]", &inode) != 1 ||
        !is_listener(task->session, (ino_t)inode)) {
        exit_go_on(task);
        return;
    }
    size_t length = strlen(NAME) < room ? strlen(NAME) : room;
    task_finish(task, task_copy_out(task, to, NAME, length) ? -EFAULT : (int64_t)length);
}

void call_readlink(struct task *task)
{
    if (task->session->ports)
        task->at_exit = link_read;
    task_resume(task, 0);
}

/* ---- stat of the descriptor itself: no type, mode 0600 ---- */

/* The mode is 16 bits wide everywhere, with nothing of its own behind it. */
static const struct mode_place {
    uint32_t arch;
    long nr;
    unsigned buffer, offset;
} mode_places[] = {
    {AUDIT_ARCH_X86_64, SYS_fstat, 1, 24}, {AUDIT_ARCH_X86_64, SYS_newfstatat, 2, 24},
    {AUDIT_ARCH_X86_64, SYS_statx, 4, 28}, {AUDIT_ARCH_I386, 108, 1, 8},
    {AUDIT_ARCH_I386, 197, 1, 16},         {AUDIT_ARCH_I386, 300, 2, 16},
    {AUDIT_ARCH_I386, 383, 4, 28}};

static const struct mode_place *mode_place(const struct task *task)
{
    for (size_t i = 0; i < sizeof mode_places / sizeof *mode_places; i++)
        if (mode_places[i].arch == task->call.arch && mode_places[i].nr == task->call.nr)
            return &mode_places[i];
    return NULL;
}

static void stat_made(struct task *task)
{
    const struct mode_place *place = mode_place(task);
    struct user_regs_struct regs;
    uint16_t mode = 0600;
    if (place && task_regs(task, &regs) && regs.rax == 0)
        task_copy_out(task, task_pointer(task, place->buffer) + place->offset, &mode, sizeof mode);
    exit_go_on(task);
}

void call_stat(struct task *task)
{
    char path = 0;
    bool by_path = mode_place(task) && mode_place(task)->buffer != 1;
    if (by_path && task_copy_in(task, &path, task_pointer(task, 1), sizeof path))
        path = 0; /* no path at all means the descriptor too */
    if (!path && task->session->ports && listener_of(task, (int)task->call.args[0]))
        task->at_exit = stat_made;
    task_resume(task, 0);
}
