/* SPDX-License-Identifier: MIT */
/* addfd_test.c: tests descriptors for targets: the checks, the queue, and the order in which
 * threads are woken. */
#include <errno.h>
#include <string.h>

#include "plain_scene.h"

static uint32_t addfd_of(uint32_t direction, uint32_t size)
{
    return direction << 30 | size << 16 | 0x2103;
}

static void additions_are_checked_in_order(void **state)
{
    (void)state;
    struct scene s = begin_scene(0);
    int source = plain_open(s.f.process);
    uint64_t id = wait_in(&s, CORDON_NOTIFY_INIT);
    const uint32_t fd = (uint32_t)source;
    const struct {
        uint32_t number;
        struct addition in;
        uint32_t behind; /* what follows it in memory */
        int64_t result;
    } cases[] = {
        {addfd_of(1, 23), {id, 9, 99, 9, 9}, 0, -EINVAL},
        {addfd_of(0, 0), {id, 0, fd, 0, 0}, 0, -EINVAL},
        {addfd_of(1, 4096), {id, 0, fd, 0, 0}, 0, -EINVAL},
        {addfd_of(1, 28), {id, 9, 99, 9, 9}, 1, -E2BIG},
        {addfd_of(1, 28), {id, 0, fd, 0, 0}, 0, -EINPROGRESS},
        {addfd_of(0, 4095), {id, 0, fd, 0, 0}, 0, -EINPROGRESS},
        {addfd_of(3, 24), {id, 0, fd, 0, 0}, 1, -EINPROGRESS},
        {addfd_of(1, 24), {id, 0, 99, 0, CLOEXEC | 1}, 0, -EINVAL},
        {addfd_of(1, 24), {id, 4, 99, 0, CLOEXEC}, 0, -EINVAL},
        {addfd_of(1, 24), {id, SEND, 99, 1, CLOEXEC}, 0, -EINVAL},
        {addfd_of(1, 24), {id, 0, 99, 0, CLOEXEC}, 0, -EBADF},
        {addfd_of(1, 24), {id + 1, SETFD, fd, 1, CLOEXEC}, 0, -ENOENT},
        {addfd_of(1, 24), {id, SETFD | SEND, fd, 1, CLOEXEC}, 0, -EINPROGRESS},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        static const unsigned char zeros[4096];
        plain_write(s.f.process, AT, zeros, sizeof zeros);
        plain_write(s.f.process, AT, &cases[i].in, sizeof cases[i].in);
        plain_write(s.f.process, AT + 24, &cases[i].behind, sizeof cases[i].behind);
        int64_t result = request(&s, cases[i].number, AT);
        if (result != cases[i].result)
            fail_msg("case %zu: %d", i, (int)result);
        assert_int_equal(s.f.process->descriptors[fd]->references, 1);
    }
    assert_int_equal(request(&s, CORDON_IOCTL_ADDFD, PLAIN_NOWHERE), -EFAULT);
    assert_int_equal(request(&s, addfd_of(1, 32), PLAIN_MEMORY + PLAIN_MEMORY_SIZE - 24), -EFAULT);
    static const uint64_t one = 1; /* the tail is checked first */
    plain_write(s.f.process, AT, &one, sizeof one);
    assert_int_equal(request(&s, addfd_of(1, 32), PLAIN_MEMORY - 24), -E2BIG);
    end_scene(&s);
}

static void descriptors_arrive_in_the_target(void **state)
{
    (void)state;
    static const struct {
        uint32_t flags, newfd, limit;
        int64_t result; /* the supervisor's */
        int64_t call;   /* the target's, or it waits */
    } cases[] = {
        {0, 0, 16, 3, CORDON_WAIT},
        {SEND, 0, 16, 3, 3},
        {SETFD, 0, 16, 0, CORDON_WAIT},
        {SETFD, 9, 16, 9, CORDON_WAIT},
        {SETFD | SEND, 2, 16, 2, 2},
        {SETFD, 16, 16, -EBADF, CORDON_WAIT},
        {SETFD | SEND, 16, 16, -EBADF, CORDON_WAIT}, /* the notification can still be answered */
        {0, 0, 3, -EMFILE, CORDON_WAIT},
        {SEND, 0, 3, -EMFILE, CORDON_WAIT},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scene s = begin_scene(0);
        int source = plain_open(s.f.process);
        plain_open(s.f.process);
        struct plain_thread *target = plain_fork(s.f.thread, 200);
        struct plain_process *process = target->process;
        process->descriptor_limit = cases[i].limit;
        notify(target, 1);
        struct notification n;
        assert_int_equal(receive(&s, &n), 0);
        struct addition addition = {n.id, cases[i].flags, (uint32_t)source, cases[i].newfd,
                                    CLOEXEC};
        assert_int_equal(add(&s, addition), CORDON_WAIT);
        assert_int_equal(target->wakes, 1);
        assert_int_equal(cordon_addfd_finish(&s.supervisor->task), CORDON_WAIT);
        int64_t call_result = run_target(target);
        assert_int_equal(s.supervisor->wakes, 1);
        int64_t result = cordon_addfd_finish(&s.supervisor->task);
        if (result != cases[i].result || call_result != cases[i].call)
            fail_msg("case %zu: %d, %d", i, (int)result, (int)call_result);
        if (result >= 0)
            assert_ptr_equal(process->descriptors[result], s.f.process->descriptors[source]);
        else
            assert_int_equal(reply(&s, n.id, 1, 0, 0), 0);
        plain_process_free(process);
        end_scene(&s);
    }
}

/* Two supervisors have queued descriptors for the same target. */
struct queue {
    struct scene s;
    struct plain_thread *second;
    uint64_t id;
    int source[2];
};

static struct queue begin_queue(uint32_t first_flags)
{
    struct queue q = {.s = begin_scene(0)};
    q.second = plain_thread_new(q.s.f.process, 51);
    q.source[0] = plain_open(q.s.f.process);
    q.source[1] = plain_open(q.s.f.process);
    q.id = wait_in(&q.s, CORDON_NOTIFY_SENT);
    struct addition addition = {q.id, first_flags, (uint32_t)q.source[0], 0, 0};
    assert_int_equal(add(&q.s, addition), CORDON_WAIT);
    return q;
}

static int64_t add_second(struct queue *q, uint32_t flags)
{
    return add_by(&q->s, q->second, (struct addition){q->id, flags, (uint32_t)q->source[1], 0, 0});
}

static void the_queue_is_last_in_first_out(void **state)
{
    (void)state;
    struct queue q = begin_queue(0);
    assert_int_equal(add_second(&q, SEND), -EBUSY);
    assert_int_equal(add_second(&q, 0), CORDON_WAIT);
    assert_int_equal(run_target(q.s.f.thread), CORDON_WAIT);
    assert_int_equal(cordon_addfd_finish(&q.second->task), 3);
    assert_int_equal(cordon_addfd_finish(&q.s.supervisor->task), 4);
    assert_int_equal(add_second(&q, SEND), CORDON_WAIT); /* the queue is empty again */
    assert_int_equal(run_target(q.s.f.thread), 5);
    end_scene(&q.s);
}

static void an_answer_drops_all_but_the_running_request(void **state)
{
    (void)state;
    struct queue q = begin_queue(0);
    assert_int_equal(add_second(&q, 0), CORDON_WAIT);
    assert_int_equal(reply(&q.s, q.id, 9, 0, 0), 0);
    assert_false(cordon_notify_interrupt(q.s.f.task, true));
    assert_int_equal(run_target(q.s.f.thread), 9);
    assert_int_equal(cordon_addfd_finish(&q.second->task), 3);
    assert_int_equal(cordon_addfd_finish(&q.s.supervisor->task), -ESRCH);
    end_scene(&q.s);
}

static void a_supervisor_can_withdraw(void **state)
{
    (void)state;
    for (int first = 0; first <= 1; first++) {
        struct queue q = begin_queue(0);
        assert_int_equal(add_second(&q, 0), CORDON_WAIT);
        struct plain_thread *leaves = first ? q.s.supervisor : q.second;
        struct plain_thread *stays = first ? q.second : q.s.supervisor;
        assert_int_equal(cordon_addfd_interrupt(&leaves->task), -EINTR);
        assert_int_equal(run_target(q.s.f.thread), CORDON_WAIT);
        assert_int_equal(cordon_addfd_interrupt(&stays->task), 3); /* installing succeeded */
        assert_int_equal(cordon_addfd_interrupt(&stays->task), -EINTR);
        assert_int_equal(reply(&q.s, q.id, 1, 0, 0), 0);
        end_scene(&q.s);
    }
    struct queue q = begin_queue(SEND); /* an answer is still possible */
    assert_int_equal(add_second(&q, 0), -EINPROGRESS);
    assert_int_equal(cordon_addfd_interrupt(&q.s.supervisor->task), -EINTR);
    assert_int_equal(run_target(q.s.f.thread), CORDON_WAIT);
    assert_int_equal(add_second(&q, SEND), CORDON_WAIT);
    assert_int_equal(run_target(q.s.f.thread), 3);
    assert_int_equal(cordon_addfd_finish(&q.second->task), 3);
    end_scene(&q.s);
}

static void an_exiting_target_notifies_its_supervisors(void **state)
{
    (void)state;
    struct queue q = begin_queue(0);
    assert_int_equal(add_second(&q, 0), CORDON_WAIT);
    assert_false(cordon_notify_interrupt(q.s.f.task, false)); /* descriptors come first */
    plain_thread_exit(q.s.f.thread);
    assert_int_equal(cordon_addfd_finish(&q.second->task), -ESRCH);
    assert_int_equal(cordon_addfd_finish(&q.s.supervisor->task), -ESRCH);
    assert_int_equal(reply(&q.s, q.id, 1, 0, 0), -ENOENT);
    end_scene(&q.s);
}

static struct cordon_addfd *begin_install(struct queue *q)
{
    struct cordon_addfd *addfd = NULL;
    int64_t result;
    assert_int_equal(cordon_notify_next(q->s.f.task, &addfd, &result), CORDON_NOTIFY_INSTALL);
    assert_int_equal(cordon_notify_next(q->s.f.task, &addfd, &result), CORDON_NOTIFY_SLEEP);
    return addfd;
}

/* While the target installs a descriptor, all other threads continue. */
static void installing_takes_time(void **state)
{
    (void)state;
    struct queue q = begin_queue(0);
    struct cordon_task *supervisor = &q.s.supervisor->task;
    struct cordon_addfd *addfd = begin_install(&q);
    assert_int_equal(cordon_addfd_interrupt(supervisor), CORDON_WAIT);
    assert_int_equal(add_second(&q, SEND), -EBUSY);
    assert_false(cordon_notify_interrupt(q.s.f.task, true));
    cordon_addfd_done(addfd, 8);
    assert_int_equal(cordon_addfd_finish(supervisor), 8);
    end_scene(&q.s);

    q = begin_queue(SEND); /* the supervisor dies */
    addfd = begin_install(&q);
    plain_thread_exit(q.s.supervisor);
    cordon_addfd_done(addfd, plain_install(q.s.f.process, addfd));
    assert_int_equal(run_target(q.s.f.thread), 3);
    end_scene(&q.s);

    q = begin_queue(SEND); /* the target dies */
    addfd = begin_install(&q);
    assert_int_equal(q.s.f.process->descriptors[q.source[0]]->references, 2);
    plain_thread_exit(q.s.f.thread);
    assert_int_equal(cordon_addfd_finish(&q.s.supervisor->task), -ESRCH);
    end_scene(&q.s);

    q = begin_queue(SEND); /* the listener is closed, and installing fails */
    addfd = begin_install(&q);
    plain_close(q.s.f.process, (uint32_t)q.s.fd);
    cordon_addfd_done(addfd, -EMFILE);
    assert_int_equal(run_target(q.s.f.thread), -ENOSYS);
    end_scene(&q.s);
}

static void a_supervisor_that_dies_withdraws(void **state)
{
    (void)state;
    struct queue q = begin_queue(0);
    plain_thread_exit(q.s.supervisor);
    assert_int_equal(run_target(q.s.f.thread), CORDON_WAIT);
    assert_int_equal(q.s.f.process->descriptors[q.source[0]]->references, 1);
    end_scene(&q.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(additions_are_checked_in_order),
        cmocka_unit_test(descriptors_arrive_in_the_target),
        cmocka_unit_test(the_queue_is_last_in_first_out),
        cmocka_unit_test(an_answer_drops_all_but_the_running_request),
        cmocka_unit_test(a_supervisor_can_withdraw),
        cmocka_unit_test(an_exiting_target_notifies_its_supervisors),
        cmocka_unit_test(installing_takes_time),
        cmocka_unit_test(a_supervisor_that_dies_withdraws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
