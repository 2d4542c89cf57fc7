/* SPDX-License-Identifier: MIT */
/* check_siblings.c: rules about a call that forget another call for the same work. */
#include "checker.h"

#define SHOWN 4u /* names in one text */

/* Calls; in texts, the first few. */
struct calls {
    uint16_t ids[CORDON_MAX_SIBLINGS];
    uint32_t count;
};

static void print_calls(const struct calls *calls, char *text, size_t room)
{
    struct cordon_buffer buffer = {text, room, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    for (uint32_t i = 0; i < calls->count && i < SHOWN; i++) {
        cordon_sink_text(&sink, i ? ", " : "");
        cordon_sink_text(&sink, cordon_syscall_name(calls->ids[i]));
    }
    cordon_sink_text(&sink, calls->count > SHOWN ? ", …" : "");
}

/* ---- denied, and the same work is allowed ---- */

/*
 * Is the call denied on purpose? Either all others are allowed, or the user wrote a rule for it: of
 * translated policies, a rule can stand for the default.
 */
static bool is_denied(const struct checker *checker, uint16_t id)
{
    const struct cordon_policy *policy = checker->input->policy;
    if (!is_refused(checker, id))
        return false;
    return allows_unknown(checker) ||
           (policy && !policy->translated && is_decided_by_rule(checker, id));
}

static void check_open_siblings(const struct checker *checker, uint16_t id)
{
    struct cordon_sibling siblings[CORDON_MAX_SIBLINGS];
    struct calls open = {{0}, 0};
    char names[128], hint[160];
    uint32_t count = cordon_siblings(id, siblings);
    for (uint32_t i = 0; i < count; i++)
        if (siblings[i].more >= 0 && openness_of(checker, checker->abi, siblings[i].id) == OPEN)
            open.ids[open.count++] = siblings[i].id;
    if (!open.count)
        return;
    print_calls(&open, names, sizeof names);
    repair_by_adding(checker, open.ids, open.count, hint, sizeof hint);
    tell(checker, CORDON_LINT_SIBLING_ALLOWED, place_of(checker, id, false), hint,
         "%s is denied, but the same work can be done on %s with %s", cordon_syscall_name(id),
         checker->abi->name, names);
}

/* ---- allowed, and the library calls another ---- */

struct habit {
    const char *call, *instead;
};

static const struct library {
    const char *who;
    bool is_32_bit;
    struct habit habits[20];
} libraries[] = {
    {"C libraries with 64-bit time call",
     true,
     {{"clock_gettime", "clock_gettime64"},
      {"clock_getres", "clock_getres_time64"},
      {"clock_nanosleep", "clock_nanosleep_time64"},
      {"futex", "futex_time64"},
      {"ppoll", "ppoll_time64"},
      {"pselect6", "pselect6_time64"},
      {"recvmmsg", "recvmmsg_time64"},
      {"rt_sigtimedwait", "rt_sigtimedwait_time64"},
      {"semtimedop", "semtimedop_time64"},
      {"timer_gettime", "timer_gettime64"},
      {"timer_settime", "timer_settime64"},
      {"timerfd_gettime", "timerfd_gettime64"},
      {"timerfd_settime", "timerfd_settime64"},
      {"mq_timedsend", "mq_timedsend_time64"},
      {"mq_timedreceive", "mq_timedreceive_time64"}}},
    {"programs with glibc 2.34 and newer call", false, {{"clone", "clone3"}}},
};

static void check_library(const struct checker *checker, const struct library *library)
{
    struct calls missing = {{0}, 0};
    char names[128], hint[160];
    const char *first = NULL;
    for (const struct habit *habit = library->habits; habit->call; habit++) {
        if (openness_of_name(checker, habit->call) == CLOSED ||
            !is_refused(checker, id_of(habit->instead)))
            continue;
        first = first ? first : habit->call;
        missing.ids[missing.count++] = id_of(habit->instead);
    }
    if (!first)
        return;
    print_calls(&missing, names, sizeof names);
    repair_by_adding(checker, missing.ids, missing.count, hint, sizeof hint);
    tell(checker, CORDON_LINT_SIBLING_REFUSED, place_of(checker, id_of(first), true), hint,
         "on %s, %s %s before %s, and only ENOSYS makes them go on", checker->abi->name,
         library->who, names, first);
}

void check_siblings(struct checker *checker)
{
    const struct cordon_abi *abi = checker->abi;
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++) {
        uint16_t id = cordon_syscall_nth(abi, i);
        if (is_denied(checker, id))
            check_open_siblings(checker, id);
    }
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
        if (!libraries[i].is_32_bit || abi->bits == 32)
            check_library(checker, &libraries[i]);
}
