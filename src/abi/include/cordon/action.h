/* SPDX-License-Identifier: MIT */
/*
 * action.h: the actions that a filter can return. Names and values are the kernel's
 * (include/uapi/linux/seccomp.h).
 *
 * One row per action: the name in the enum, the word in policies, the value, whether data bits may
 * follow. Rows are in the kernel's order of precedence, strictest first (signed compare of the
 * action part).
 *
 * Freestanding. Thread safe (constants).
 */
#ifndef CORDON_ACTION_H
#define CORDON_ACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "cordon/api.h"
#include "cordon/sink.h"

CORDON_BEGIN

#define CORDON_ACTIONS(X)                                                                          \
    X(KILL_PROCESS, "kill_process", 0x80000000u, true)                                             \
    X(KILL_THREAD, "kill_thread", 0x00000000u, true)                                               \
    X(TRAP, "trap", 0x00030000u, true)                                                             \
    X(ERRNO, "errno", 0x00050000u, true)                                                           \
    X(USER_NOTIF, "user_notif", 0x7fc00000u, false)                                                \
    X(TRACE, "trace", 0x7ff00000u, true)                                                           \
    X(LOG, "log", 0x7ffc0000u, false)                                                              \
    X(ALLOW, "allow", 0x7fff0000u, false)

#define CORDON_ACTION_ENUM(name, word, value, data) CORDON_##name = (int)(value),
enum { CORDON_ACTIONS(CORDON_ACTION_ENUM) };
#undef CORDON_ACTION_ENUM

#define CORDON_ACTION_FULL 0xffff0000u /* the action part of a filter's return value */
#define CORDON_ACTION_DATA 0x0000ffffu /* the data part */
#define CORDON_MAX_ERRNO   4095u       /* larger errno data is cut to this by the kernel */

struct cordon_action {
    const char *name;
    uint32_t value;
    bool has_data; /* somebody gets it: of a kill it is si_errno in the core's NT_SIGINFO */
};

/* The row of a return value, or NULL for an action that the kernel doesn't know (it kills). */
const struct cordon_action *cordon_action_of(uint32_t return_value);
/* The row by policy word (`kill` is kill_thread, as in the kernel's header); NULL: no such action.
 */
const struct cordon_action *cordon_action_by_name(const char *name, uint32_t length);

/* The rows in order of precedence, strictest first; NULL after the last. */
const struct cordon_action *cordon_action_nth(uint32_t index);

/*
 * Prints a return value as a policy writes it: `allow`, `errno(EPERM)`, `trap(7)`, `trace(0)`; the
 * data of a kill unless it is 0: `kill_process`, `kill_process(7)`; an unknown action as
 * `unknown(0x00010000)`. Errno names are those of the generic table (x86, arm …).
 */
void cordon_action_print(struct cordon_sink *sink, uint32_t return_value);

/* Below 0, 0, above 0: a is stricter than, as strict as, looser than b (the kernel's order). */
int cordon_action_compare(uint32_t a, uint32_t b);
/* Is a call with this answer executed: `allow`, `log`? */
bool cordon_action_runs(uint32_t return_value);

CORDON_END

#endif
