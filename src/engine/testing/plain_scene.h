/* SPDX-License-Identifier: MIT */
/* plain_scene.h: a target whose filter notifies a supervisor, on the plain host, for cmocka
 * tests. */
#ifndef ENGINE_TESTING_PLAIN_SCENE_H
#define ENGINE_TESTING_PLAIN_SCENE_H

#include "cordon/action.h"
#include "plain_fixture.h"

#define NOTIFY  CORDON_USER_NOTIF
#define FIRST   UINT64_C(0xffffffffffffffff) /* the first id; the next is 0 */
#define AT      PLAIN_MEMORY                 /* memory for the structures of ioctls */
#define IN      CORDON_EVENT_IN
#define OUT     CORDON_EVENT_OUT
#define HUP     CORDON_EVENT_HUP
#define SETFD   1u
#define SEND    2u
#define CLOEXEC 0x80000u

/* A supervisor's process, and a target under a filter that notifies it. */
struct scene {
    struct fixture f; /* of the target's process, which is also the supervisor's */
    struct plain_thread *supervisor;
    int64_t fd;
    struct cordon_listener *listener;
};

static inline struct scene begin_scene(uint32_t flags)
{
    struct scene s = {.f = begin()};
    plain_world.next_random = FIRST;
    s.supervisor = plain_thread_new(s.f.process, 50);
    s.fd = plain_filter_always(s.f.thread, NOTIFY, flags | CORDON_FLAG_NEW_LISTENER);
    assert_int_equal(s.fd, 0);
    s.listener = plain_listener(s.f.process, s.fd);
    return s;
}

static inline void end_scene(struct scene *s)
{
    end(&s->f);
}

static inline int64_t request(struct scene *s, uint32_t number, uint64_t argument)
{
    return cordon_listener_ioctl(s->listener, &s->supervisor->task, number, argument);
}

struct notification {
    uint64_t id;
    uint32_t thread, flags;
    struct cordon_data data;
};

static inline int64_t receive(struct scene *s, struct notification *notification)
{
    memset(notification, 0, sizeof *notification);
    plain_write(s->f.process, AT, notification, sizeof *notification);
    int64_t result = request(s, CORDON_IOCTL_RECV, AT);
    plain_read(s->f.process, notification, AT, sizeof *notification);
    return result;
}

static inline int64_t reply(struct scene *s, uint64_t id, int64_t value, int32_t error,
                            uint32_t flags)
{
    const struct {
        uint64_t id;
        int64_t value;
        int32_t error;
        uint32_t flags;
    } response = {id, value, error, flags};
    plain_write(s->f.process, AT, &response, sizeof response);
    return request(s, CORDON_IOCTL_SEND, AT);
}

static inline int64_t validate(struct scene *s, uint64_t id)
{
    plain_write(s->f.process, AT, &id, sizeof id);
    return request(s, CORDON_IOCTL_ID_VALID, AT);
}

struct addition {
    uint64_t id;
    uint32_t flags, source, newfd, newfd_flags;
};

static inline int64_t add_by(struct scene *s, struct plain_thread *supervisor,
                             struct addition addition)
{
    plain_write(s->f.process, AT, &addition, sizeof addition);
    return cordon_listener_ioctl(s->listener, &supervisor->task, CORDON_IOCTL_ADDFD, AT);
}

static inline int64_t add(struct scene *s, struct addition addition)
{
    return add_by(s, s->supervisor, addition);
}

/* The target takes all steps that it can; its result when it is done, or CORDON_WAIT. RUN:
 * 12345. */
#define RUNS 12345

static inline int64_t run_target(struct plain_thread *target)
{
    for (;;) {
        struct cordon_addfd *addfd = NULL;
        int64_t result = 0;
        switch (cordon_notify_next(&target->task, &addfd, &result)) {
        case CORDON_NOTIFY_SLEEP:
            return CORDON_WAIT;
        case CORDON_NOTIFY_INSTALL:
            cordon_addfd_done(addfd, plain_install(target->process, addfd));
            break;
        case CORDON_NOTIFY_RUN:
            return RUNS;
        case CORDON_NOTIFY_RESULT:
            return result;
        }
    }
}

static inline void notify(struct plain_thread *target, uint32_t nr)
{
    assert_int_equal(judge(&target->task, nr).kind, CORDON_DO_WAIT);
}

/* A target that waits in the given state; returns its id. */
static inline uint64_t wait_in(struct scene *s, enum cordon_notify_state state)
{
    struct notification notification;
    notify(s->f.thread, 7);
    uint64_t id = s->f.task->notification.id;
    if (state >= CORDON_NOTIFY_SENT)
        assert_int_equal(receive(s, &notification), 0);
    if (state == CORDON_NOTIFY_REPLIED)
        assert_int_equal(reply(s, id, 4, 0, 0), 0);
    assert_int_equal(s->f.task->notification.state, state);
    return id;
}

#endif
