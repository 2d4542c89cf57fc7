/* SPDX-License-Identifier: MIT */
/*
 * confine.h: a program confines itself: one call reads a policy, compiles it and installs the
 * filter in this process.
 *
 * It is cordon_policy_read(), cordon_compile() and cordon_load() in a row. Use these to keep the
 * compiled policy, to explain a SIGSYS for example.
 *
 * Thread safety: may be called by any thread. By default it confines all threads of the process.
 */
#ifndef CORDON_CONFINE_H
#define CORDON_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

#include "cordon/api.h"
#include "cordon/diag.h"
#include "cordon/policy.h"

CORDON_BEGIN

/*
 * All members may be 0. Members are only ever appended, so `size` shows the library which ones the
 * caller knows; others count as 0.
 */
struct cordon_confine_options {
    size_t size;                        /* sizeof(struct cordon_confine_options) */
    const char *name;                   /* of the policy in diagnostics; NULL: "policy" */
    unsigned load_flags;                /* CORDON_LOAD_*, without TSYNC (load.h) */
    bool this_thread_only;              /* instead of all threads of the process */
    struct cordon_reporter *reporter;   /* gets all errors and warnings of the policy; NULL: none */
    const struct cordon_loader *loader; /* opens included files (policy.h); NULL: none is opened */
};

/*
 * Confines the process, for good. `policy` is a built-in policy's name ("@stdio") or the text of a
 * policy in the language of cordon-policy(5). options NULL: all members 0. Sets no_new_privs,
 * unless load_flags says CORDON_LOAD_NEW_PRIVS.
 *
 * On failure no filter is installed, though no_new_privs may stay set; *diag is the first error,
 * whose text begins with its place if that is in a file that the loader opened.
 * NOT_FOUND: there is no such built-in policy. UNSUPPORTED: the kernel can't do this, or options
 * has a member that this library doesn't know. Otherwise the code is one of cordon_policy_read(),
 * cordon_compile() or cordon_load().
 */
enum cordon_error cordon_confine(const char *policy, const struct cordon_confine_options *options,
                                 struct cordon_diag *diag) CORDON_MUST_CHECK;

CORDON_END

#endif
