/* SPDX-License-Identifier: MIT */
/*
 * supervise.c: the requests of a supervisor to its listener, and the order of their checks.
 *
 * Facts: kernel/seccomp.c (seccomp_notify_ioctl and what it calls), include/linux/uaccess.h
 * (copy_struct_from_user), lib/usercopy.c (check_zeroed_user).
 */
#include <errno.h>
#include <string.h>

#include "chain.h"

#define PAGE         4096u
#define CONTINUE     1u /* SECCOMP_USER_NOTIF_FLAG_CONTINUE */
#define SYNC_WAKE_UP 1u /* SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP */
#define ADDFD_SET    1u /* SECCOMP_ADDFD_FLAG_SETFD */
#define ADDFD_SEND   2u /* SECCOMP_ADDFD_FLAG_SEND */
#ifdef __hppa__
#define CLOEXEC 0x200000u /* O_CLOEXEC */
#else
#define CLOEXEC 0x80000u
#endif

struct notification {
    uint64_t id;
    uint32_t thread;
    uint32_t flags; /* always 0 */
    struct cordon_data data;
};
_Static_assert(sizeof(struct notification) == CORDON_IOCTL_SIZE(CORDON_IOCTL_RECV), "layout");

struct response {
    uint64_t id;
    int64_t value;
    int32_t error;
    uint32_t flags;
};
_Static_assert(sizeof(struct response) == CORDON_IOCTL_SIZE(CORDON_IOCTL_SEND), "layout");

struct addition {
    uint64_t id;
    uint32_t flags;
    uint32_t source;
    uint32_t newfd;
    uint32_t newfd_flags;
};
_Static_assert(sizeof(struct addition) == CORDON_IOCTL_SIZE(CORDON_IOCTL_ADDFD), "layout");

/*
 * Are all bytes zero? 1, 0, or -EFAULT. Memory is read in order, so a byte that isn't zero takes
 * precedence over unreadable memory after it. If not all can be read at once, it is read word by
 * word, as in the kernel.
 */
static int is_zero(struct cordon_task *task, uint64_t from, uint64_t size)
{
    unsigned char bytes[sizeof(struct notification)];
    while (size) {
        size_t part = size < sizeof bytes ? (size_t)size : sizeof bytes;
        size_t word = 8 - (size_t)(from % 8);
        int error = task->host->copy_in(task, bytes, from, part);
        if (error && part > word)
            error = task->host->copy_in(task, bytes, from, part = word);
        if (error)
            return error;
        for (size_t i = 0; i < part; i++)
            if (bytes[i])
                return 0;
        from += part;
        size -= part;
    }
    return 1;
}

/* ---- reading a notification ---- */

static struct cordon_task *oldest_unread(const struct cordon_listener *listener)
{
    struct cordon_task *target = listener->first;
    while (target && target->notification.state != CORDON_NOTIFY_INIT)
        target = target->notification.next;
    return target;
}

/* A token may be stale: notifications that ended unread leave theirs. */
static bool take_request(struct cordon_listener *listener)
{
    if (listener->filter->users == 0 &&
        rules_since(listener->filter->host, CORDON_LINUX(6, 11)))
        return true;
    if (listener->requests == 0)
        return false;
    listener->requests--;
    return true;
}

static int64_t receive(struct cordon_listener *listener, struct cordon_task *supervisor,
                       uint64_t buffer)
{
    const struct cordon_host *host = supervisor->host;
    int zero = is_zero(supervisor, buffer, sizeof(struct notification));
    if (zero <= 0)
        return zero ? zero : -EINVAL;
    if (!take_request(listener))
        return CORDON_WAIT;
    struct cordon_task *target = oldest_unread(listener);
    if (!target)
        return -ENOENT;
    struct cordon_notification *n = &target->notification;
    struct notification out = {
        .id = n->id, .thread = (uint32_t)host->thread_id(supervisor, target), .data = n->data};
    n->state = CORDON_NOTIFY_SENT;
    int error = host->copy_out(supervisor, buffer, &out, sizeof out);
    if (error) {
        n->state = CORDON_NOTIFY_INIT;
        listener->requests++;
    }
    host->listener_changed(listener);
    return error;
}

/* ---- answers ---- */

/* The target with an id, if it was read and not answered. */
static int find_read(const struct cordon_listener *listener, uint64_t id,
                     struct cordon_task **target)
{
    *target = notify_find(listener, id);
    if (!*target)
        return -ENOENT;
    return (*target)->notification.state == CORDON_NOTIFY_SENT ? 0 : -EINPROGRESS;
}

static int64_t answer(struct cordon_listener *listener, struct cordon_task *supervisor,
                      uint64_t buffer)
{
    struct response in;
    int error = supervisor->host->copy_in(supervisor, &in, buffer, sizeof in);
    if (error)
        return error;
    if (in.flags & ~CONTINUE)
        return -EINVAL;
    if (in.flags & CONTINUE && (in.error || in.value))
        return -EINVAL;
    struct cordon_task *target;
    error = find_read(listener, in.id, &target);
    if (error)
        return error;
    struct cordon_notification *n = &target->notification;
    n->state = CORDON_NOTIFY_REPLIED;
    n->value = in.value;
    n->error = in.error;
    n->proceed = in.flags & CONTINUE;
    supervisor->host->listener_changed(listener);
    supervisor->host->wake(target);
    return 0;
}

static int64_t is_valid(struct cordon_listener *listener, struct cordon_task *supervisor,
                        uint64_t buffer)
{
    uint64_t id;
    int error = supervisor->host->copy_in(supervisor, &id, buffer, sizeof id);
    if (error)
        return error;
    struct cordon_task *target;
    return find_read(listener, id, &target) ? -ENOENT : 0;
}

/* ---- descriptors for the target ---- */

static int read_addition(struct cordon_task *supervisor, uint64_t buffer, uint32_t size,
                         struct addition *in)
{
    if (size < sizeof *in || size >= PAGE)
        return -EINVAL;
    int zero = is_zero(supervisor, buffer + sizeof *in, size - sizeof *in);
    if (zero <= 0)
        return zero ? zero : -E2BIG;
    int error = supervisor->host->copy_in(supervisor, in, buffer, sizeof *in);
    if (error)
        return error;
    if (in->newfd_flags & ~CLOEXEC || in->flags & ~(ADDFD_SET | ADDFD_SEND))
        return -EINVAL;
    return in->newfd && !(in->flags & ADDFD_SET) ? -EINVAL : 0;
}

static bool has_addfd(const struct cordon_notification *n)
{
    return n->addfds || n->installing.target;
}

static int queue(struct cordon_listener *listener, struct cordon_task *supervisor, void *file,
                 const struct addition *in)
{
    struct cordon_task *target;
    int error = find_read(listener, in->id, &target);
    if (error)
        return error;
    struct cordon_notification *n = &target->notification;
    bool send = in->flags & ADDFD_SEND;
    if (send && has_addfd(n))
        return -EBUSY;
    if (send)
        n->state = CORDON_NOTIFY_REPLIED;
    supervisor->addfd = (struct cordon_addfd){.next = n->addfds,
                                              .supervisor = supervisor,
                                              .target = target,
                                              .file = file,
                                              .newfd = in->newfd,
                                              .set = in->flags & ADDFD_SET,
                                              .cloexec = in->newfd_flags & CLOEXEC,
                                              .send = send};
    n->addfds = &supervisor->addfd;
    if (send)
        supervisor->host->listener_changed(listener);
    supervisor->host->wake(target);
    return 0;
}

static int64_t add_descriptor(struct cordon_listener *listener, struct cordon_task *supervisor,
                              uint64_t buffer, uint32_t size)
{
    const struct cordon_host *host = supervisor->host;
    struct addition in;
    int error = read_addition(supervisor, buffer, size, &in);
    if (error)
        return error;
    void *file = host->file_take(supervisor, in.source);
    if (!file)
        return -EBADF;
    error = queue(listener, supervisor, file, &in);
    if (error) {
        host->file_drop(file);
        return error;
    }
    return cordon_addfd_finish(supervisor);
}

/* ---- ioctl(2) ---- */

int64_t cordon_listener_ioctl(struct cordon_listener *listener, struct cordon_task *supervisor,
                              uint32_t request, uint64_t argument)
{
    switch (request) {
    case CORDON_IOCTL_RECV:
        return receive(listener, supervisor, argument);
    case CORDON_IOCTL_SEND:
        return answer(listener, supervisor, argument);
    case CORDON_IOCTL_ID_VALID:
    case CORDON_IOCTL_ID_VALID_OLD:
        return is_valid(listener, supervisor, argument);
    case CORDON_IOCTL_SET_FLAGS: /* it only selects the processor to wake on */
        if (!rules_since(supervisor->host, CORDON_LINUX(6, 6)))
            return -EINVAL;
        return argument & ~(uint64_t)SYNC_WAKE_UP ? -EINVAL : 0;
    default:
        if (!CORDON_IOCTL_IS_ADDFD(request))
            return -EINVAL;
        return add_descriptor(listener, supervisor, argument, CORDON_IOCTL_SIZE(request));
    }
}
