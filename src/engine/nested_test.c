/* SPDX-License-Identifier: MIT */
/* nested_test.c: tests listeners on top of others (cordon_rules.nested_listeners). What is right is
 * from the patches proposed for Linux in December 2025, version 3, and their selftests. */
#include <errno.h>
#include <string.h>

#include "plain_scene.h"

#define LISTENER CORDON_FLAG_NEW_LISTENER
#define NESTING  (CORDON_FLAG_NEW_LISTENER | CORDON_FLAG_ALLOW_NESTED_LISTENERS)
#define CONTINUE 1u

/* ---- installing ---- */

/* Three listeners, one after the other. */
static void who_may_install_another(void **state)
{
    (void)state;
    static const struct {
        bool rule;
        uint32_t flags[3];
        int64_t results[3];
    } cases[] = {
        {false, {LISTENER, LISTENER, 0}, {0, -EBUSY, 0}},
        {false, {NESTING, LISTENER, 0}, {-EINVAL, 0, 0}},
        {true, {CORDON_FLAG_ALLOW_NESTED_LISTENERS, NESTING, NESTING}, {-EINVAL, 0, 1}},
        {true, {NESTING, NESTING, NESTING}, {0, 1, 2}},
        {true, {NESTING, LISTENER, LISTENER}, {0, 1, -EBUSY}},
        {true, {NESTING, LISTENER, NESTING}, {0, 1, -EBUSY}},
        {true, {LISTENER, NESTING, LISTENER}, {0, -EBUSY, 1}},
        /* nobody knows the flag */
        {true, {LISTENER, LISTENER, LISTENER}, {0, 1, 2}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f = begin();
        plain_host.rules.nested_listeners = cases[i].rule;
        for (size_t k = 0; k < 3; k++) {
            int64_t result = plain_filter_always(f.thread, NOTIFY, cases[i].flags[k]);
            if (result != cases[i].results[k])
                fail_msg("case %zu, listener %zu: %lld", i, k, (long long)result);
        }
        end(&f);
    }
}

/* ---- asking ---- */

/* A target with this many listeners, descriptor 0 the oldest. */
static struct scene begin_nested(unsigned listeners)
{
    struct scene s = {.f = begin()};
    plain_host.rules.nested_listeners = true;
    s.supervisor = plain_thread_new(s.f.process, 50);
    for (unsigned i = 0; i < listeners; i++) {
        plain_filter_always(s.f.thread, NOTIFY, 0); /* without a listener: it changes nothing */
        assert_int_equal(plain_filter_always(s.f.thread, NOTIFY, NESTING), i);
        plain_filter_always(s.f.thread, CORDON_ALLOW, 0);
    }
    return s;
}

/* The supervisor at this level reads the notification of call 7, and replies. */
static void answer_at(struct scene *s, int64_t level, int64_t value, uint32_t flags)
{
    struct notification notification;
    s->listener = plain_listener(s->f.process, level);
    assert_int_equal(receive(s, &notification), 0);
    assert_int_equal(notification.data.word[0], 7);
    assert_int_equal(reply(s, notification.id, value, 0, flags), 0);
}

static unsigned events_at(const struct scene *s, int64_t level)
{
    return cordon_listener_events(plain_listener(s->f.process, level));
}

static void the_newest_answers_first(void **state)
{
    (void)state;
    struct scene s = begin_nested(4);
    notify(s.f.thread, 7);
    for (int64_t level = 3; level > 1; level--) {
        assert_int_equal(events_at(&s, level), IN);
        assert_int_equal(events_at(&s, level - 1), 0);
        answer_at(&s, level, 0, CONTINUE);
        assert_int_equal(run_target(s.f.thread), CORDON_WAIT);
        assert_int_equal(events_at(&s, level), 0);
    }
    answer_at(&s, 1, 42, 0);
    assert_int_equal(run_target(s.f.thread), 42);
    assert_int_equal(events_at(&s, 0), 0); /* it isn't asked */
    end_scene(&s);
}

static void the_call_runs_after_all_have_continued(void **state)
{
    (void)state;
    struct scene s = begin_nested(2);
    notify(s.f.thread, 7);
    answer_at(&s, 1, 0, CONTINUE);
    assert_int_equal(run_target(s.f.thread), CORDON_WAIT);
    answer_at(&s, 0, 0, CONTINUE);
    assert_int_equal(run_target(s.f.thread), RUNS);
    assert_int_equal(plain_world.record_count, 0);
    end_scene(&s);
}

static void a_filter_that_allows_is_not_asked(void **state)
{
    (void)state;
    struct scene s = begin_nested(1);
    assert_int_equal(plain_filter_always(s.f.thread, CORDON_ALLOW, NESTING), 1);
    assert_int_equal(plain_filter_always(s.f.thread, NOTIFY, NESTING), 2);
    notify(s.f.thread, 7);
    answer_at(&s, 2, 0, CONTINUE);
    assert_int_equal(run_target(s.f.thread), CORDON_WAIT);
    assert_int_equal(events_at(&s, 1), 0);
    answer_at(&s, 0, 42, 0);
    assert_int_equal(run_target(s.f.thread), 42);
    end_scene(&s);
}

/* ---- closed listeners ---- */

static void one_closed_later_fails_the_call(void **state)
{
    (void)state;
    struct scene s = begin_nested(2);
    plain_close(s.f.process, 0);
    notify(s.f.thread, 7);
    answer_at(&s, 1, 0, CONTINUE);
    assert_int_equal(run_target(s.f.thread), -ENOSYS);
    end_scene(&s);
}

/* As without the rule: the listener made after the close is the first, and decides alone. */
static void one_closed_before_has_no_say(void **state)
{
    (void)state;
    struct scene s = begin_nested(1);
    plain_close(s.f.process, 0);
    assert_int_equal(plain_filter_always(s.f.thread, NOTIFY, LISTENER), 0);
    notify(s.f.thread, 7);
    answer_at(&s, 0, 0, CONTINUE);
    assert_int_equal(run_target(s.f.thread), RUNS);
    end_scene(&s);
}

static void closing_while_it_is_asked_fails_the_call(void **state)
{
    (void)state;
    struct scene s = begin_nested(2);
    notify(s.f.thread, 7);
    answer_at(&s, 1, 0, CONTINUE);
    assert_int_equal(run_target(s.f.thread), CORDON_WAIT);
    plain_close(s.f.process, 0);
    assert_int_equal(run_target(s.f.thread), -ENOSYS);
    end_scene(&s);
}

/* ---- signals, descriptors, records ---- */

/* The call is made again from its start, so the newest is asked first again. */
static void a_signal_ends_the_wait_for_an_older_one(void **state)
{
    (void)state;
    struct scene s = begin_nested(2);
    notify(s.f.thread, 7);
    answer_at(&s, 1, 0, CONTINUE);
    assert_int_equal(run_target(s.f.thread), CORDON_WAIT);
    assert_true(cordon_notify_interrupt(s.f.task, false));
    assert_int_equal(events_at(&s, 0), 0);
    notify(s.f.thread, 7);
    assert_int_equal(events_at(&s, 1), IN);
    end_scene(&s);
}

static void an_older_one_can_answer_with_a_descriptor(void **state)
{
    (void)state;
    struct scene s = begin_nested(2);
    notify(s.f.thread, 7);
    answer_at(&s, 1, 0, CONTINUE);
    assert_int_equal(run_target(s.f.thread), CORDON_WAIT);
    struct notification notification;
    s.listener = plain_listener(s.f.process, 0);
    assert_int_equal(receive(&s, &notification), 0);
    struct addition addition = {.id = notification.id, .flags = SEND, .source = 0};
    assert_int_equal(add(&s, addition), CORDON_WAIT);
    assert_int_equal(run_target(s.f.thread), 2);
    assert_int_equal(cordon_addfd_finish(&s.supervisor->task), 2);
    end_scene(&s);
}

/* The LOG flag of the filter that decided counts, whoever answers. */
static void the_winners_flag_decides_about_a_record(void **state)
{
    (void)state;
    for (int64_t logged = 0; logged < 2; logged++) {
        struct scene s = begin_nested(0);
        for (int64_t level = 0; level < 2; level++) {
            uint32_t flags = NESTING | (level == logged ? CORDON_FLAG_LOG : 0);
            assert_int_equal(plain_filter_always(s.f.thread, NOTIFY, flags), level);
        }
        notify(s.f.thread, 7);
        answer_at(&s, 1, 0, CONTINUE);
        assert_int_equal(run_target(s.f.thread), CORDON_WAIT);
        answer_at(&s, 0, 42, 0);
        assert_int_equal(run_target(s.f.thread), 42);
        assert_int_equal(plain_world.record_count, logged);
        end_scene(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_may_install_another),
        cmocka_unit_test(the_newest_answers_first),
        cmocka_unit_test(the_call_runs_after_all_have_continued),
        cmocka_unit_test(a_filter_that_allows_is_not_asked),
        cmocka_unit_test(one_closed_later_fails_the_call),
        cmocka_unit_test(one_closed_before_has_no_say),
        cmocka_unit_test(closing_while_it_is_asked_fails_the_call),
        cmocka_unit_test(a_signal_ends_the_wait_for_an_older_one),
        cmocka_unit_test(an_older_one_can_answer_with_a_descriptor),
        cmocka_unit_test(the_winners_flag_decides_about_a_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
