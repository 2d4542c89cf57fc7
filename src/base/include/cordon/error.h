/* SPDX-License-Identifier: MIT */
/*
 * error.h: the one list of errors of cordon.
 *
 * Each row: name, errno a library caller may map it to, exit status of the command, text. A
 * function that can fail returns one of these codes, is warn_unused_result, and leaves its outputs
 * untouched on failure. The list is API: codes are only ever appended.
 *
 * Freestanding: this header needs no libc. Everything here is thread safe.
 */
#ifndef CORDON_ERROR_H
#define CORDON_ERROR_H

#include "cordon/api.h"

CORDON_BEGIN

#define CORDON_ERRORS(X)                                                                           \
    X(OK, 0, 0, "no error")                                                                        \
    X(NO_MEMORY, ENOMEM, 2, "out of memory")                                                       \
    X(BUDGET, ENOMEM, 2, "a limit on work or memory was reached")                                  \
    X(IO, EIO, 2, "input or output failed")                                                        \
    X(NOT_FOUND, ENOENT, 2, "no such thing")                                                       \
    X(SYNTAX, EINVAL, 2, "syntax error")                                                           \
    X(NAME, EINVAL, 2, "unknown name")                                                             \
    X(RANGE, ERANGE, 2, "value out of range")                                                      \
    X(MEANING, EINVAL, 2, "the text has no enforceable meaning")                                   \
    X(FORMAT, EINVAL, 2, "not in the expected format")                                             \
    X(PROGRAM, EINVAL, 2, "not a valid seccomp program")                                           \
    X(TOO_LONG, E2BIG, 2, "longer than the kernel accepts")                                        \
    X(ARCH, EINVAL, 2, "architecture not usable here")                                             \
    X(UNSUPPORTED, EOPNOTSUPP, 2, "not supported by this kernel")                                  \
    X(PRIVILEGE, EACCES, 2, "privilege missing")                                                   \
    X(THREADS, ESRCH, 2, "threads could not be synchronised")                                      \
    X(SYSTEM, ECANCELED, 2, "a system call failed")                                                \
    X(INTERNAL, ECANCELED, 2, "internal error, please report it")

#define CORDON_ERROR_ENUM(name, errno_value, exit_status, text) CORDON_E_##name,
enum cordon_error { CORDON_ERRORS(CORDON_ERROR_ENUM) };
#undef CORDON_ERROR_ENUM

#define CORDON_OK         CORDON_E_OK
#define CORDON_MUST_CHECK __attribute__((warn_unused_result))

/* The text of a code: static storage, never NULL. */
const char *cordon_error_text(enum cordon_error code);
/* The errno that says the same to a C library caller; 0 for OK. */
int cordon_error_errno(enum cordon_error code);
/* The exit status of the command for it; 0 for OK. */
int cordon_error_exit(enum cordon_error code);

CORDON_END

#endif
