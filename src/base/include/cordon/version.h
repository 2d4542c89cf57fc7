/* SPDX-License-Identifier: MIT */
/*
 * version.h: the version of the headers, at compile time, and of the library, at run time.
 *
 * Before 1.0.0 a new minor version may change the interface. The symbols of the shared library
 * carry the version that introduced them.
 *
 * Thread safety: constants.
 */
#ifndef CORDON_VERSION_H
#define CORDON_VERSION_H

#include "cordon/api.h"

CORDON_BEGIN

#define CORDON_VERSION_MAJOR 0
#define CORDON_VERSION_MINOR 1
#define CORDON_VERSION_PATCH 0

#define CORDON_VERSION_TEXT(major, minor, patch)   #major "." #minor "." #patch
#define CORDON_VERSION_EXPAND(major, minor, patch) CORDON_VERSION_TEXT(major, minor, patch)
#define CORDON_VERSION_NUMBER(major, minor, patch) ((major) << 16 | (minor) << 8 | (patch))

/* "0.1.0" */
#define CORDON_VERSION                                                                             \
    CORDON_VERSION_EXPAND(CORDON_VERSION_MAJOR, CORDON_VERSION_MINOR, CORDON_VERSION_PATCH)
/* For comparisons: CORDON_VERSION_CODE >= CORDON_VERSION_NUMBER(0, 2, 0) */
#define CORDON_VERSION_CODE                                                                        \
    CORDON_VERSION_NUMBER(CORDON_VERSION_MAJOR, CORDON_VERSION_MINOR, CORDON_VERSION_PATCH)

/* CORDON_VERSION of the library that runs: static storage. */
const char *cordon_version(void);

CORDON_END

#endif
