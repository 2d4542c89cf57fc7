/* SPDX-License-Identifier: MIT */
/* notify_test.c: tests targets and supervisors: each state of a notification, each event, each
 * check. */
#include <errno.h>
#include <string.h>

#include "cordon/abi.h"
#include "cordon/action.h"
#include "plain_scene.h"

/* ---- states and events ---- */

static void a_call_is_notified_and_answered(void **state)
{
    (void)state;
    struct scene s = begin_scene(0);
    struct cordon_data data = {{39, X86_64, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}};
    assert_int_equal(cordon_task_judge(s.f.task, &data).kind, CORDON_DO_WAIT);
    assert_int_equal(plain_world.changes, 1);
    struct notification notification;
    assert_int_equal(receive(&s, &notification), 0);
    assert_true(notification.id == FIRST);
    assert_int_equal(notification.thread, 100);
    assert_int_equal(notification.flags, 0);
    assert_memory_equal(&notification.data, &data, sizeof data);
    assert_int_equal(plain_world.changes, 2);
    assert_int_equal(run_target(s.f.thread), CORDON_WAIT);
    assert_int_equal(reply(&s, FIRST, 4, 0, 0), 0);
    assert_int_equal(s.f.thread->wakes, 1);
    assert_int_equal(run_target(s.f.thread), 4);
    assert_int_equal(s.f.task->notification.state, CORDON_NOTIFY_NONE);
    notify(s.f.thread, 1); /* ids increase, and wrap around */
    assert_int_equal(receive(&s, &notification), 0);
    assert_true(notification.id == 0);
    end_scene(&s);
}

static void answers_become_results(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        int32_t error;
        uint32_t flags;
        int64_t result;
    } cases[] = {{5, 0, 0, 5},    {5, -13, 0, -13},      {5, 7, 0, 7}, {INT64_MIN, 0, 0, INT64_MIN},
                 {0, 0, 1, RUNS}, {-99999, 0, 0, -99999}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scene s = begin_scene(CORDON_FLAG_LOG);
        uint64_t id = wait_in(&s, CORDON_NOTIFY_SENT);
        assert_int_equal(reply(&s, id, cases[i].value, cases[i].error, cases[i].flags), 0);
        assert_int_equal(run_target(s.f.thread), cases[i].result);
        assert_int_equal(plain_world.record_count, cases[i].result != RUNS);
        end_scene(&s);
    }
}

static void each_event_in_each_state(void **state)
{
    (void)state;
    enum { RECV, REPLY, VALID, ADD, ADD_SEND, SIGNAL, FATAL, CLOSE, EVENTS };
    enum cordon_notify_state none = CORDON_NOTIFY_NONE, init = CORDON_NOTIFY_INIT;
    enum cordon_notify_state sent = CORDON_NOTIFY_SENT, replied = CORDON_NOTIFY_REPLIED;
    const struct {
        int event;
        enum cordon_notify_state before;
        bool is_killable; /* the filter has WAIT_KILLABLE_RECV */
        int64_t result;
        enum cordon_notify_state after;
    } cases[] = {
        {RECV, init, false, 0, sent},
        {RECV, sent, false, CORDON_WAIT, sent},
        {RECV, replied, false, CORDON_WAIT, replied},
        {REPLY, init, false, -EINPROGRESS, init},
        {REPLY, sent, false, 0, replied},
        {REPLY, replied, false, -EINPROGRESS, replied},
        {VALID, init, false, -ENOENT, init},
        {VALID, sent, false, 0, sent},
        {VALID, replied, false, -ENOENT, replied},
        {ADD, init, false, -EINPROGRESS, init},
        {ADD, sent, false, CORDON_WAIT, sent},
        {ADD, replied, false, -EINPROGRESS, replied},
        {ADD_SEND, init, false, -EINPROGRESS, init},
        {ADD_SEND, sent, false, CORDON_WAIT, replied},
        {ADD_SEND, replied, false, -EINPROGRESS, replied},
        {SIGNAL, init, false, true, none},
        {SIGNAL, init, true, true, none},
        {SIGNAL, sent, false, true, none},
        {SIGNAL, sent, true, false, sent},
        {SIGNAL, replied, false, false, replied},
        {SIGNAL, replied, true, false, replied},
        {FATAL, init, true, true, none},
        {FATAL, sent, true, true, none},
        {FATAL, replied, true, false, replied},
        {CLOSE, init, false, 0, replied},
        {CLOSE, sent, true, 0, replied},
        {CLOSE, replied, false, 0, replied},
        {EVENTS, init, false, IN, init},
        {EVENTS, sent, false, OUT, sent},
        {EVENTS, replied, false, 0, replied},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scene s = begin_scene(cases[i].is_killable ? CORDON_FLAG_WAIT_KILLABLE_RECV : 0);
        int source = plain_open(s.f.process);
        uint64_t id = wait_in(&s, cases[i].before);
        assert_int_equal(cordon_notify_killable(s.f.task),
                         cases[i].is_killable && cases[i].before >= CORDON_NOTIFY_SENT);
        struct notification notification;
        struct addition addition = {id, cases[i].event == ADD_SEND ? SEND : 0, (uint32_t)source, 0,
                                    0};
        int64_t result = 0;
        switch (cases[i].event) {
        case RECV:
            result = receive(&s, &notification);
            break;
        case REPLY:
            result = reply(&s, id, 1, 0, 0);
            break;
        case VALID:
            result = validate(&s, id);
            break;
        case ADD:
        case ADD_SEND:
            result = add(&s, addition);
            break;
        case SIGNAL:
            result = cordon_notify_interrupt(s.f.task, false);
            break;
        case FATAL:
            result = cordon_notify_interrupt(s.f.task, true);
            break;
        case CLOSE:
            plain_close(s.f.process, (uint32_t)s.fd);
            break;
        default:
            result = cordon_listener_events(s.listener);
        }
        if (result != cases[i].result || s.f.task->notification.state != cases[i].after)
            fail_msg("case %zu: %d, state %d", i, (int)result, s.f.task->notification.state);
        end_scene(&s);
    }
}

static void closing_answers_waiting_targets_with_enosys(void **state)
{
    (void)state;
    struct scene s = begin_scene(CORDON_FLAG_LOG);
    struct plain_thread *unread = plain_clone(s.f.thread, 101),
                        *read = plain_clone(s.f.thread, 102);
    wait_in(&s, CORDON_NOTIFY_REPLIED);
    struct notification notification;
    notify(read, 2);
    assert_int_equal(receive(&s, &notification), 0);
    notify(unread, 3);
    plain_close(s.f.process, (uint32_t)s.fd);
    assert_int_equal(run_target(s.f.thread), 4);
    assert_int_equal(run_target(read), -ENOSYS);
    assert_int_equal(run_target(unread), -ENOSYS);
    assert_int_equal(plain_world.record_count, 3);
    assert_int_equal(judge(s.f.task, 1).result, -ENOSYS);
    assert_int_equal(plain_world.record_count, 4);
    end_scene(&s);
}

static void one_listener_is_open_in_a_chain(void **state)
{
    (void)state;
    struct scene s = begin_scene(0);
    struct plain_thread *t = s.f.thread;
    assert_int_equal(plain_filter_always(t, NOTIFY, CORDON_FLAG_NEW_LISTENER), -EBUSY);
    assert_int_equal(plain_filter_always(t, CORDON_ALLOW, 0), 0);
    assert_int_equal(plain_filter_always(t, NOTIFY, CORDON_FLAG_NEW_LISTENER), -EBUSY);
    assert_int_equal(plain_filter_always(s.supervisor, NOTIFY, CORDON_FLAG_NEW_LISTENER), -EACCES);
    s.supervisor->no_new_privs = true; /* a filter of another chain */
    assert_int_equal(plain_filter_always(s.supervisor, NOTIFY, CORDON_FLAG_NEW_LISTENER), 1);
    plain_close(s.f.process, 0);
    assert_int_equal(plain_filter_always(t, NOTIFY, CORDON_FLAG_NEW_LISTENER), 0);
    assert_int_equal(s.f.task->filter_count, 3);
    static struct cordon_insn full[CORDON_MAX_INSNS]; /* EBUSY takes precedence over a full chain */
    for (uint32_t i = 0; i < CORDON_MAX_INSNS; i++)
        full[i] = (struct cordon_insn){CORDON_OP_RET_K, 0, 0, CORDON_ALLOW};
    while (plain_filter(t, full, CORDON_MAX_INSNS, 0) == 0)
        ;
    assert_int_equal(plain_filter(t, full, CORDON_MAX_INSNS, CORDON_FLAG_NEW_LISTENER), -EBUSY);
    s.f.process->descriptor_limit = 1;
    plain_close(s.f.process, 1);
    assert_int_equal(plain_filter_always(t, NOTIFY, CORDON_FLAG_NEW_LISTENER), -EMFILE);
    struct cordon_insn bad = {CORDON_OP_LD_WORD, 0, 0, 0}; /* comes before a full table */
    assert_int_equal(plain_filter(t, &bad, 1, CORDON_FLAG_NEW_LISTENER), -EINVAL);
    end_scene(&s);
}

static void the_supervisor_is_notified_of_the_last_user(void **state)
{
    (void)state;
    struct scene s = begin_scene(0);
    struct plain_thread *child = plain_fork(s.f.thread, 200);
    struct plain_process *process = child->process;
    assert_int_equal(plain_filter_always(child, CORDON_ALLOW, 0), 0); /* keeps the filter in use */
    unsigned changes = plain_world.changes;
    plain_thread_exit(s.f.thread);
    assert_int_equal(cordon_listener_events(s.listener), 0);
    assert_int_equal(plain_world.changes, changes);
    plain_process_free(process);
    assert_int_equal(cordon_listener_events(s.listener), HUP);
    assert_int_equal(plain_world.changes, changes + 1);
    struct notification notification;
    assert_int_equal(receive(&s, &notification), -ENOENT);
    assert_int_equal(reply(&s, FIRST, 0, 0, 0), -ENOENT);
    end_scene(&s);
}

/* Linux 6.11: "seccomp: release task filters when the task exits", and RECV ends then. */
static void before_6_11_the_dead_are_users(void **state)
{
    (void)state;
    static const struct {
        uint16_t kernel;
        unsigned when_dead;
        int64_t received;
    } cases[] = {{CORDON_LINUX(6, 1), 0, CORDON_WAIT},
                 {CORDON_LINUX(6, 10), 0, CORDON_WAIT},
                 {CORDON_LINUX(6, 11), HUP, -ENOENT},
                 {0, HUP, -ENOENT}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct notification notification;
        struct scene s = begin_scene(0);
        plain_host.rules.kernel = cases[i].kernel;
        cordon_task_exit(s.f.task);
        assert_int_equal(cordon_listener_events(s.listener), cases[i].when_dead);
        assert_int_equal(cordon_task_lingers(s.f.task), !cases[i].when_dead);
        assert_int_equal(receive(&s, &notification), cases[i].received);
        cordon_task_reap(s.f.task);
        assert_int_equal(cordon_listener_events(s.listener), HUP);
        assert_int_equal(receive(&s, &notification), cases[i].received);
        end_scene(&s);
    }
}

static void one_listener_serves_all_synchronised_threads(void **state)
{
    (void)state;
    struct fixture f = begin();
    struct plain_thread *sibling = plain_thread_new(f.process, 101);
    uint32_t flags = CORDON_FLAG_TSYNC | CORDON_FLAG_TSYNC_ESRCH | CORDON_FLAG_NEW_LISTENER;
    assert_int_equal(plain_filter_always(f.thread, NOTIFY, flags), 0);
    notify(sibling, 1);
    notify(f.thread, 2);
    assert_int_equal(cordon_listener_events(plain_listener(f.process, 0)), IN);
    end(&f);
}

/* ---- checks of RECV, SEND and ID_VALID, in order ---- */

static void receive_checks_the_buffer_first(void **state)
{
    (void)state;
    struct scene s = begin_scene(0);
    static const unsigned char ones[80] = {[79] = 1};
    struct notification notification;
    assert_int_equal(request(&s, CORDON_IOCTL_RECV, PLAIN_NOWHERE), -EFAULT);
    plain_write(s.f.process, AT, ones, sizeof ones);
    assert_int_equal(request(&s, CORDON_IOCTL_RECV, AT), -EINVAL);
    uint64_t last = PLAIN_MEMORY + PLAIN_MEMORY_SIZE - 16; /* the first words are readable */
    assert_int_equal(request(&s, CORDON_IOCTL_RECV, last), -EFAULT);
    plain_write(s.f.process, last, ones + 72, 8);
    assert_int_equal(request(&s, CORDON_IOCTL_RECV, last), -EINVAL);
    assert_int_equal(receive(&s, &notification), CORDON_WAIT);
    notify(s.f.thread, 1);
    plain_write(s.f.process, AT, ones, sizeof ones);
    assert_int_equal(request(&s, CORDON_IOCTL_RECV, AT), -EINVAL); /* and nothing was taken */
    assert_int_equal(request(&s, CORDON_IOCTL_RECV, PLAIN_CONSTANT), -EFAULT);
    assert_int_equal(cordon_listener_events(s.listener), IN); /* readable memory again */
    assert_int_equal(receive(&s, &notification), 0);
    assert_true(notification.id == FIRST);
    assert_int_equal(receive(&s, &notification), CORDON_WAIT);
    end_scene(&s);
}

static void receive_takes_the_oldest_unread(void **state)
{
    (void)state;
    struct scene s = begin_scene(0);
    struct plain_thread *others[3];
    for (int i = 0; i < 3; i++)
        notify(others[i] = plain_clone(s.f.thread, 101 + i), 1);
    assert_true(cordon_notify_interrupt(&others[1]->task, false)); /* from the middle */
    notify(others[1], 1);
    const uint32_t order[] = {101, 103, 102};
    for (size_t i = 0; i < COUNT(order); i++) {
        struct notification notification;
        assert_int_equal(receive(&s, &notification), 0);
        assert_int_equal(notification.thread, order[i]);
    }
    others[0]->id = 0;
    end_scene(&s);
}

/* A notification that ended unread leaves its token: RECV doesn't wait, and finds nothing. */
static void cancelled_notifications_leave_a_token(void **state)
{
    (void)state;
    struct scene s = begin_scene(0);
    struct notification notification;
    notify(s.f.thread, 1);
    assert_true(cordon_notify_interrupt(s.f.task, false));
    assert_int_equal(cordon_listener_events(s.listener), 0);
    assert_int_equal(receive(&s, &notification), -ENOENT);
    assert_int_equal(receive(&s, &notification), CORDON_WAIT);
    wait_in(&s, CORDON_NOTIFY_SENT); /* one that was read leaves no token */
    assert_true(cordon_notify_interrupt(s.f.task, false));
    assert_int_equal(receive(&s, &notification), CORDON_WAIT);
    end_scene(&s);
}

static void replies_are_checked_in_order(void **state)
{
    (void)state;
    struct scene s = begin_scene(0);
    assert_int_equal(request(&s, CORDON_IOCTL_SEND, PLAIN_NOWHERE), -EFAULT);
    assert_int_equal(reply(&s, 1, 1, 1, 2), -EINVAL);
    assert_int_equal(reply(&s, 1, 1, 0, 1), -EINVAL);
    assert_int_equal(reply(&s, 1, 0, 1, 1), -EINVAL);
    assert_int_equal(reply(&s, 1, 0, 0, 1), -ENOENT);
    uint64_t id = wait_in(&s, CORDON_NOTIFY_INIT);
    assert_int_equal(reply(&s, id, 1, 1, 2), -EINVAL);
    assert_int_equal(reply(&s, id, 0, 0, 1), -EINPROGRESS);
    assert_int_equal(request(&s, CORDON_IOCTL_ID_VALID, PLAIN_NOWHERE), -EFAULT);
    assert_int_equal(validate(&s, id + 5), -ENOENT);
    end_scene(&s);
}

static void other_requests(void **state)
{
    (void)state;
    static const struct {
        uint32_t number;
        uint64_t argument;
        int64_t result;
    } cases[] = {
        {CORDON_IOCTL_SET_FLAGS, 0, 0},
        {CORDON_IOCTL_SET_FLAGS, 1, 0},
        {CORDON_IOCTL_SET_FLAGS, 2, -EINVAL},
        {CORDON_IOCTL_SET_FLAGS, UINT64_C(1) << 32, -EINVAL},
        {CORDON_IOCTL_ID_VALID_OLD, PLAIN_CONSTANT, -ENOENT},
        {CORDON_IOCTL_ID_VALID, PLAIN_CONSTANT, -ENOENT},
        {0x00002102, PLAIN_CONSTANT, -EINVAL},
        {0x40182101, PLAIN_CONSTANT, -EINVAL}, /* SEND in one direction */
        {0x5401, 0, -EINVAL},
        {0x40182203, 0, -EINVAL},
        {0x2105, 0, -EINVAL},
    };
    struct scene s = begin_scene(0);
    for (size_t i = 0; i < COUNT(cases); i++)
        if (request(&s, cases[i].number, cases[i].argument) != cases[i].result)
            fail_msg("case %zu", i);
    end_scene(&s);
}

/* Linux 6.6: "seccomp: add the synchronous mode for seccomp_unotify". */
static void set_flags_came_with_6_6(void **state)
{
    (void)state;
    struct scene s = begin_scene(0);
    plain_host.rules.kernel = CORDON_LINUX(6, 5);
    assert_int_equal(request(&s, CORDON_IOCTL_SET_FLAGS, 1), -EINVAL);
    plain_host.rules.kernel = CORDON_LINUX(6, 6);
    assert_int_equal(request(&s, CORDON_IOCTL_SET_FLAGS, 1), 0);
    end_scene(&s);
}

static void interrupted_waits_are_logged(void **state)
{
    (void)state;
    struct scene s = begin_scene(CORDON_FLAG_LOG);
    wait_in(&s, CORDON_NOTIFY_SENT);
    assert_true(cordon_notify_interrupt(s.f.task, false));
    assert_int_equal(plain_world.record_count, 1);
    assert_int_equal(plain_world.records[0].action, CORDON_USER_NOTIF);
    assert_int_equal(plain_world.record_data[0].word[0], 7);
    end_scene(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_notified_and_answered),
        cmocka_unit_test(answers_become_results),
        cmocka_unit_test(each_event_in_each_state),
        cmocka_unit_test(closing_answers_waiting_targets_with_enosys),
        cmocka_unit_test(one_listener_is_open_in_a_chain),
        cmocka_unit_test(the_supervisor_is_notified_of_the_last_user),
        cmocka_unit_test(before_6_11_the_dead_are_users),
        cmocka_unit_test(one_listener_serves_all_synchronised_threads),
        cmocka_unit_test(receive_checks_the_buffer_first),
        cmocka_unit_test(receive_takes_the_oldest_unread),
        cmocka_unit_test(cancelled_notifications_leave_a_token),
        cmocka_unit_test(replies_are_checked_in_order),
        cmocka_unit_test(other_requests),
        cmocka_unit_test(set_flags_came_with_6_6),
        cmocka_unit_test(interrupted_waits_are_logged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
