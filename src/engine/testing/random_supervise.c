/* SPDX-License-Identifier: MIT */
/* random_supervise.c: makes valid and invalid requests of listeners. */
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>

#include "random_calls.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- subjects ---- */

/* A listener, preferably one with targets. */
static int some_listener(struct random *random, unsigned slot)
{
    const struct plain_process *process = both_thread(slot)->process;
    uint32_t start = random_under(random, PLAIN_DESCRIPTORS);
    int found = -1;
    for (uint32_t i = 0; i < PLAIN_DESCRIPTORS; i++) {
        uint32_t fd = (start + i) % PLAIN_DESCRIPTORS;
        const struct cordon_listener *listener = plain_listener(process, fd);
        if (listener && (found < 0 || cordon_listener_events(listener)))
            found = (int)fd;
    }
    return found;
}

/* Ids of notifications that wait there, and some that don't. */
static uint64_t some_id(struct random *random, const struct cordon_listener *listener)
{
    static uint64_t last;
    uint32_t pick = random_under(random, 10);
    if (pick == 0)
        return last;
    for (int round = 0; round < 2; round++)
        for (unsigned slot = 0; slot < KERNEL_SLOTS; slot++) {
            const struct plain_thread *thread = both_thread(slot);
            if (!thread || thread->task.notification.listener != listener)
                continue;
            last = thread->task.notification.id;
            if (round || random_under(random, 2))
                return pick == 1 ? last + 1 : last;
        }
    return last;
}

/* Another thread sleeps in RECV there: which of them the kernel wakes is undefined. */
static bool is_being_received(const struct cordon_listener *listener)
{
    for (unsigned slot = 0; slot < KERNEL_SLOTS; slot++)
        if (both_receives(slot) == listener)
            return true;
    return false;
}

/* An address near the beginning or end of memory, with zeros or not. */
static uint64_t random_border(struct random *random, unsigned slot)
{
    static const unsigned char bytes[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0,
                                          0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    const unsigned char *from = bytes + random_under(random, 18);
    bool is_end = random_under(random, 2);
    both_write(slot, is_end ? PLAIN_MEMORY + PLAIN_MEMORY_SIZE - 16 : PLAIN_MEMORY, from, 16);
    uint32_t off = random_under(random, 28);
    return is_end ? PLAIN_MEMORY + PLAIN_MEMORY_SIZE - off : PLAIN_MEMORY - off;
}

static uint64_t random_buffer(struct random *random, unsigned slot)
{
    uint32_t which = random_under(random, 25);
    if (which < COUNT(both_bad_pointers))
        return both_bad_pointers[which];
    if (which == 3)
        return PLAIN_CONSTANT + PLAIN_CONSTANT_SIZE - 20;
    return which == 4 ? random_border(random, slot) : BOTH_WINDOW(slot) + random_under(random, 16);
}

static bool is_in_window(unsigned slot, uint64_t buffer)
{
    return buffer >= BOTH_WINDOW(slot) && buffer < BOTH_WINDOW(slot) + BOTH_WINDOW_SIZE;
}

/* ---- requests ---- */

struct request {
    unsigned slot;
    uint32_t fd;
    struct cordon_listener *listener;
    uint64_t buffer;
};

static void request_ioctl(const struct request *r, uint32_t number, uint64_t argument)
{
    both_say("\n# %u: ioctl %u %x %llx", r->slot, r->fd, number, (unsigned long long)argument);
    struct kernel_order order = {KERNEL_SYSCALL, SYS_ioctl, {r->fd, number, argument}};
    both_call(r->slot, &order, both_ioctl);
}

static void receive(struct random *random, const struct request *r)
{
    bool has_some = cordon_listener_events(r->listener) & CORDON_EVENT_IN;
    if (both_free_count() < 2 || is_being_received(r->listener) ||
        (!has_some && random_under(random, 6)))
        return;
    static const unsigned char zeros[96];
    if (is_in_window(r->slot, r->buffer)) {
        both_write(r->slot, r->buffer, zeros, sizeof zeros);
        if (random_under(random, 15) == 0)
            both_write(r->slot, r->buffer + random_under(random, 96), "x", 1);
        both_expect_id(r->slot, r->buffer);
    }
    request_ioctl(r, CORDON_IOCTL_RECV, r->buffer);
}

static bool put_id(struct random *random, const struct request *r)
{
    return !is_in_window(r->slot, r->buffer) ||
           both_write_id(r->slot, r->buffer, some_id(random, r->listener));
}

static void reply(struct random *random, const struct request *r)
{
    static const int64_t values[] = {0, 0, 1, 77, -1, INT64_MIN, INT64_MAX, 0x80000000};
    static const int32_t errors[] = {0, 0, 0, -1, -13, 7, -4096, INT32_MIN};
    struct {
        int64_t value;
        int32_t error;
        uint32_t flags;
    } bytes = {values[random_under(random, COUNT(values))],
               errors[random_under(random, COUNT(errors))], 0};
    if (random_under(random, 3) == 0)
        bytes.flags = 1u << random_under(random, 2);
    if (bytes.flags && random_under(random, 4)) {
        bytes.value = bytes.error = 0;
        bytes.flags = 1;
    }
    if (!put_id(random, r))
        return;
    if (is_in_window(r->slot, r->buffer))
        both_write(r->slot, r->buffer + 8, &bytes, sizeof bytes);
    request_ioctl(r, CORDON_IOCTL_SEND, r->buffer);
}

static void validate(struct random *random, const struct request *r)
{
    if (put_id(random, r))
        request_ioctl(r,
                      random_under(random, 2) ? CORDON_IOCTL_ID_VALID : CORDON_IOCTL_ID_VALID_OLD,
                      r->buffer);
}

static void add(struct random *random, const struct request *r)
{
    struct {
        uint32_t flags, source, newfd, newfd_flags;
    } bytes = {random_under(random, 4), random_under(random, PLAIN_DESCRIPTORS + 2), 0, 0};
    const struct plain_process *process = both_thread(r->slot)->process;
    for (int i = 0; i < 20 && !plain_is_open(process, bytes.source); i++)
        bytes.source = random_under(random, PLAIN_DESCRIPTORS);
    if (bytes.flags & 1)
        bytes.newfd = random_under(random, PLAIN_DESCRIPTORS + 2);
    if (random_under(random, 3) == 0)
        bytes.newfd_flags = 0x80000;
    if (random_under(random, 12) == 0)
        (&bytes.flags)[random_under(random, 4)] = 1u << random_under(random, 8);
    uint32_t size = 24, number = CORDON_IOCTL_ADDFD;
    if (random_under(random, 6) == 0) {
        size = random_under(random, 2) ? 20 + random_under(random, 28) : random_under(random, 1024);
        number = random_under(random, 4) << 30 | size << 16 | 0x2103;
    }
    if (random_under(random, 50) == 0)
        number = 0x50002103; /* a page */
    static const unsigned char zeros[1024];
    if (is_in_window(r->slot, r->buffer)) {
        both_write(r->slot, r->buffer, zeros, sizeof zeros);
        both_write(r->slot, r->buffer + 8, &bytes, sizeof bytes);
        if (random_under(random, size > 24 ? 3 : 20) == 0)
            both_write(r->slot, r->buffer + random_under(random, 48), "x", 1);
    }
    if (put_id(random, r))
        request_ioctl(r, number, r->buffer);
}

static void other(struct random *random, const struct request *r)
{
    static const uint32_t numbers[] = {CORDON_IOCTL_SET_FLAGS,
                                       CORDON_IOCTL_SET_FLAGS,
                                       0x00002102,
                                       0x40502100,
                                       0xc0502200,
                                       0x80082104,
                                       0x2105};
    static const uint64_t values[] = {0, 1, 2, UINT64_C(1) << 32, UINT64_MAX};
    request_ioctl(r, numbers[random_under(random, COUNT(numbers))],
                  values[random_under(random, COUNT(values))]);
}

void random_request(struct random *random, unsigned slot)
{
    int fd = some_listener(random, slot);
    if (fd < 0)
        return;
    struct request r = {slot, (uint32_t)fd, plain_listener(both_thread(slot)->process, fd),
                        random_buffer(random, slot)};
    uint32_t pick = random_under(random, 20);
    if (pick < 8)
        receive(random, &r);
    else if (pick < 12)
        reply(random, &r);
    else if (pick < 17)
        add(random, &r);
    else if (pick < 19)
        validate(random, &r);
    else
        other(random, &r);
}

/* ---- poll ---- */

static int64_t poll_effect(unsigned slot, const struct kernel_order *order)
{
    struct plain_process *process = both_thread(slot)->process;
    struct pollfd poller;
    plain_read(process, &poller, order->args[0], sizeof poller);
    unsigned events = cordon_listener_events(plain_listener(process, poller.fd));
    poller.revents = 0;
    if (events & CORDON_EVENT_IN)
        poller.revents |= POLLIN | POLLRDNORM;
    if (events & CORDON_EVENT_OUT)
        poller.revents |= POLLOUT | POLLWRNORM;
    if (events & CORDON_EVENT_HUP)
        poller.revents |= POLLHUP;
    plain_write(process, order->args[0], &poller, sizeof poller);
    return poller.revents != 0;
}

void random_poll(struct random *random, unsigned slot)
{
    struct pollfd poller = {.fd = some_listener(random, slot), .events = -1};
    if (poller.fd < 0)
        return;
    both_write(slot, BOTH_WINDOW(slot), &poller, sizeof poller);
    both_say("\n# %u: poll %d", slot, poller.fd);
    struct kernel_order order = {KERNEL_SYSCALL, SYS_poll, {BOTH_WINDOW(slot), 1, 0}};
    both_call(slot, &order, poll_effect);
}
