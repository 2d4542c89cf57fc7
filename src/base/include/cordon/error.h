/* SPDX-License-Identifier: MIT */
/*
 * error.h: the one list of errors of cordon.
 *
 * Each row: name, errno that a library caller may map it to, text. A function that can fail returns
 * one of these codes, is warn_unused_result, and leaves its outputs untouched on failure. The list
 * is API: codes are only ever appended.
 *
 * Freestanding: this header needs no libc. Everything here is thread safe.
 */
#ifndef CORDON_ERROR_H
#define CORDON_ERROR_H

#include "cordon/api.h"

CORDON_BEGIN

#define CORDON_ERRORS(X)                                                                           \
    X(OK, 0, "no error")                                                                           \
    X(NO_MEMORY, ENOMEM, "out of memory")                                                          \
    X(BUDGET, ENOMEM, "a work or memory limit was reached")                                        \
    X(IO, EIO, "input or output failed")                                                           \
    X(NOT_FOUND, ENOENT, "not found")                                                              \
    X(SYNTAX, EINVAL, "syntax error")                                                              \
    X(NAME, EINVAL, "unknown name")                                                                \
    X(RANGE, ERANGE, "value out of range")                                                         \
    X(MEANING, EINVAL, "the policy cannot be enforced")                                            \
    X(FORMAT, EINVAL, "not in the expected format")                                                \
    X(PROGRAM, EINVAL, "not a valid seccomp program")                                              \
    X(TOO_LONG, E2BIG, "longer than the kernel accepts")                                           \
    X(ARCH, EINVAL, "architecture not usable here")                                                \
    X(UNSUPPORTED, EOPNOTSUPP, "not supported by this kernel")                                     \
    X(PRIVILEGE, EACCES, "missing privilege")                                                      \
    X(THREADS, ESRCH, "threads could not be synchronised")                                         \
    X(SYSTEM, ECANCELED, "a system call failed")                                                   \
    X(INTERNAL, ECANCELED, "internal error, please report it")

#define CORDON_ERROR_ENUM(name, errno_value, text) CORDON_E_##name,
enum cordon_error { CORDON_ERRORS(CORDON_ERROR_ENUM) };
#undef CORDON_ERROR_ENUM

#define CORDON_OK         CORDON_E_OK
#define CORDON_MUST_CHECK __attribute__((warn_unused_result))

/* The text of a code: static storage, never NULL. */
const char *cordon_error_text(enum cordon_error code);
/* The closest errno; 0 for OK. */
int cordon_error_errno(enum cordon_error code);

CORDON_END

#endif
