/* SPDX-License-Identifier: MIT */
/*
 * sigsys.h: the call that a filter of this process trapped, from inside the handler of its SIGSYS.
 *
 * A filter that answers `trap` makes the kernel send SIGSYS to the calling thread instead of
 * running the call. (The other denials can't be handled: `kill_process` and `kill_thread` end in a
 * SIGSYS that ignores handlers, `errno` sends none.)
 *
 * Facts: seccomp(2), kernel/seccomp.c (force_sig_seccomp), and the registers of each machine's
 * ucontext_t. x86_64 today, with calls of x86_64, x32 and i386.
 */
#ifndef CORDON_SIGSYS_H
#define CORDON_SIGSYS_H

#include "cordon/abi.h"
#include "cordon/api.h"
#include "cordon/error.h"

CORDON_BEGIN

/*
 * Fills *data with what the filter saw: number, architecture, instruction pointer and arguments.
 * `siginfo` (siginfo_t *) and `ucontext` (ucontext_t *) are the second and third argument of a
 * handler that sigaction(2) installed with SA_SIGINFO. MEANING: the signal isn't from seccomp.
 *
 * Async-signal-safe, as are cordon_call_print() without memory, cordon_call_suggest(),
 * cordon_action_print(), cordon_program_run(), and cordon_model_evaluate() and
 * cordon_policy_decider() of a policy that was compiled before. Thread safe.
 */
enum cordon_error cordon_data_from_sigsys(struct cordon_data *data, const void *siginfo,
                                          const void *ucontext) CORDON_MUST_CHECK;

CORDON_END

#endif
