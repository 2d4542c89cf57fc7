/* SPDX-License-Identifier: MIT */
/* descriptor.c: passes descriptors to and from a stopped thread. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "inject.h"
#include "proc.h"
#include "task.h"
#include "tracee.h"

int descriptor_fetch(const struct task *task, int fd)
{
    return proc_fetch(task->process->tgid, fd);
}

static void their_close(struct task *task, int fd)
{
    task_inject(task, CALL_CLOSE, (uint64_t)fd, 0, 0, 0, 0);
}

static bool send_descriptor(int through, int fd)
{
    char byte = 0, room[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec data = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    return sendmsg(through, &message, 0) == 1;
}

/* struct msghdr, iovec and cmsghdr for recvmsg, as the thread's ABI lays them out at `page`. */
static int receive_descriptor(struct task *task, uint64_t page, int through)
{
    enum { IOV = 64, BYTE = 96, CONTROL = 128, CONTROL_SIZE = 64 };
    char image[256] = {0};
    int fd = -1;
    bool compat = task_is_compat(task);
    if (compat) {
        uint32_t header[7] = {0,           0, (uint32_t)page + IOV, 1, (uint32_t)page + CONTROL,
                              CONTROL_SIZE};
        uint32_t data[2] = {(uint32_t)page + BYTE, 1};
        memcpy(image, header, sizeof header);
        memcpy(image + IOV, data, sizeof data);
    } else {
        uint64_t header[7] = {0, 0, page + IOV, 1, page + CONTROL, CONTROL_SIZE};
        uint64_t data[2] = {page + BYTE, 1};
        memcpy(image, header, sizeof header);
        memcpy(image + IOV, data, sizeof data);
    }
    if (task_copy_out(task, page, image, sizeof image))
        return -ENOMEM;
    long got = task_inject(task, CALL_RECVMSG, (uint64_t)through, page,
                           MSG_CMSG_CLOEXEC | MSG_DONTWAIT, 0, 0);
    if (got < 0)
        return (int)got;
    if (task_copy_in(task, &fd, page + CONTROL + (compat ? 12 : 16), sizeof fd) || fd < 0)
        return -EMFILE;
    return fd;
}

/* An injected call costs two stops, so adjacent numbers are closed by one call. */
static void their_close_two(struct task *task, int first, int second)
{
    if (second == first + 1 &&
        task_inject(task, CALL_CLOSE_RANGE, (uint64_t)first, (uint64_t)second, 0, 0, 0) == 0)
        return;
    their_close(task, first);
    their_close(task, second);
}

/* The thread has received `fd` through `pair`. Moves it to `newfd`, which may be one of these. */
static int settle(struct task *task, const int pair[2], int fd, int newfd, bool cloexec)
{
    enum { SETFD = 2, CLOEXEC = 02000000 };
    if (fd == newfd) {
        task_inject(task, CALL_FCNTL, (uint64_t)fd, SETFD, cloexec, 0, 0);
        their_close_two(task, pair[0], pair[1]);
        return fd;
    }
    long result =
        task_inject(task, CALL_DUP3, (uint64_t)fd, (uint64_t)newfd, cloexec ? CLOEXEC : 0, 0, 0);
    if (result == pair[0]) {
        their_close_two(task, pair[1], fd);
    } else if (result == pair[1]) {
        their_close(task, pair[0]);
        their_close(task, fd);
    } else {
        their_close_two(task, pair[0], pair[1]);
        their_close(task, fd);
    }
    return (int)result;
}

/* The first of the pair has the lowest free number, which the new descriptor gets in the end. */
static int install_through(struct task *task, uint64_t page, int ours, bool set, int newfd,
                           bool cloexec)
{
    int pair[2];
    long made = task_inject(task, CALL_SOCKETPAIR, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, page, 0);
    if (made < 0)
        return (int)made;
    if (task_copy_in(task, pair, page, sizeof pair))
        return -EFAULT;
    int end = descriptor_fetch(task, pair[1]);
    bool sent = end >= 0 && send_descriptor(end, ours);
    if (end >= 0)
        close(end);
    int fd = sent ? receive_descriptor(task, page, pair[0]) : -ENOMEM;
    if (fd >= 0)
        return settle(task, pair, fd, set ? newfd : pair[0], cloexec);
    their_close_two(task, pair[0], pair[1]);
    return fd;
}

/*
 * A page that the process keeps for later use. A mark shows whether it is still there: the program
 * may have unmapped it, or mapped something else there.
 */
#define MARK_AT (SCRATCH_SIZE - 16)

static uint64_t kept_page(struct task *task)
{
    uint64_t *mark = task->session->page_mark;
    uint64_t found[2], page = task->process->page;
    if (!mark[0] && getrandom(mark, sizeof found, 0) != sizeof found)
        return 0;
    if (page && !(task_is_compat(task) && page >> 32) &&
        !task_copy_in(task, found, page + MARK_AT, sizeof found) &&
        !memcmp(found, mark, sizeof found))
        return page;
    page = task_scratch(task);
    if (!page || task_copy_out(task, page + MARK_AT, mark, sizeof found))
        return 0;
    return task->process->page = page;
}

/* ---- where its numbers are used up ---- */

struct limit {
    uint64_t now, most;
};

/* Sets its limit from `limit`; NULL: reads it to `page`. */
static bool change_limit(struct task *task, uint64_t page, const struct limit *limit)
{
    if (limit && task_copy_out(task, page, limit, sizeof *limit))
        return false;
    return task_inject(task, CALL_PRLIMIT64, 0, RLIMIT_NOFILE, limit ? page : 0, limit ? 0 : page,
                       0) == 0;
}

/* Passing a descriptor takes three more numbers than are left. The limit is raised meanwhile, as
 * far as permitted. */
static int install_beyond(struct task *task, uint64_t page, int ours, bool set, int newfd,
                          bool cloexec)
{
    struct limit own;
    if (!change_limit(task, page, NULL) || task_copy_in(task, &own, page, sizeof own))
        return -EMFILE;
    if (set && (uint64_t)newfd >= own.now)
        return -EBADF;
    struct limit privileged = {own.now + 4, own.most < own.now + 4 ? own.now + 4 : own.most};
    struct limit within = {own.most, own.most};
    if (!change_limit(task, page, &privileged) &&
        (own.now == own.most || !change_limit(task, page, &within)))
        return -EMFILE;
    int result = install_through(task, page, ours, set, newfd, cloexec);
    change_limit(task, page, &own);
    if (result < 0 || (uint64_t)result < own.now)
        return result;
    their_close(task, result);
    return -EMFILE;
}

static int install(struct task *task, uint64_t page, int ours, bool set, int newfd, bool cloexec)
{
    if (!page)
        return -ENOMEM;
    int result = install_through(task, page, ours, set, newfd, cloexec);
    if (result == -EMFILE)
        result = install_beyond(task, page, ours, set, newfd, cloexec);
    return result;
}

/* One thread at a time has the page that is kept; others get one of their own meanwhile. */
int descriptor_install(struct task *task, int ours, bool set, int newfd, bool cloexec)
{
    struct memory *memory = task->process->memory;
    if (memory->page_busy) {
        uint64_t page = task_scratch(task);
        int result = install(task, page, ours, set, newfd, cloexec);
        if (page)
            task_scratch_free(task, page);
        return result;
    }
    memory->page_busy = true;
    int result = install(task, kept_page(task), ours, set, newfd, cloexec);
    memory->page_busy = false;
    return result;
}

/* ---- a file in its memory ---- */

uint64_t descriptor_map(struct task *task, int ours, uint64_t size)
{
    int theirs = ours < 0 ? -1 : descriptor_install(task, ours, false, 0, true);
    if (ours >= 0)
        close(ours);
    if (theirs < 0)
        return 0;
    uint64_t address = task_inject_mmap(task, size, PROT_READ, MAP_SHARED, theirs);
    their_close(task, theirs);
    return address;
}
