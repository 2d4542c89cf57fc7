/* SPDX-License-Identifier: MIT */
/* check_age.c: lists of allowed calls that have become old. */
#include "checker.h"

#include <stdio.h>

#define LONG_LIST 100u /* calls; shorter lists are for one program */

/* Calls that libraries try first, and do without only after ENOSYS; newest first. */
static const char *const tried_first[] = {"fchmodat2", "futex_waitv", "epoll_pwait2", "faccessat2",
                                          "openat2",   "close_range", "clone3"};

struct age {
    uint32_t allowed;
    uint16_t newest; /* version of the newest that is allowed */
};

static struct age age_of(const struct checker *checker)
{
    struct age age = {0};
    for (uint32_t i = 0; i < cordon_syscall_count(checker->abi); i++) {
        uint16_t id = cordon_syscall_nth(checker->abi, i);
        uint16_t since = cordon_syscall_since(checker->abi, id);
        if (openness_of(checker, checker->abi, id) == CLOSED)
            continue;
        age.allowed++;
        age.newest = since > age.newest ? since : age.newest;
    }
    return age;
}

static void print_repair(const struct checker *checker, uint16_t newest, char *text, size_t room)
{
    if (checker->input->policy->translated)
        snprintf(text, room, "answer the calls that are not named with ENOSYS");
    else
        snprintf(text, room, "newer_than %u.%u errno(ENOSYS)", newest >> 8, newest & 0xff);
}

void check_age(struct checker *checker)
{
    struct age age = age_of(checker);
    if (!checker->input->policy || age.allowed < LONG_LIST)
        return;
    for (size_t i = 0; i < sizeof tried_first / sizeof *tried_first; i++) {
        uint16_t id = id_of(tried_first[i]);
        uint16_t since = cordon_syscall_since(checker->abi, id);
        char hint[160];
        if (since <= age.newest || !is_refused(checker, id))
            continue;
        print_repair(checker, age.newest, hint, sizeof hint);
        tell(checker, CORDON_LINT_OLD_CALLS, place_of(checker, id, false), hint,
             "%u calls are allowed on %s, none newer than Linux %u.%u: libraries that try %s "
             "(%u.%u) first only go on after ENOSYS",
             age.allowed, checker->abi->name, age.newest >> 8, age.newest & 0xff, tried_first[i],
             since >> 8, since & 0xff);
        return;
    }
}
