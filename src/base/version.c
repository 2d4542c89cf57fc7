/* SPDX-License-Identifier: MIT */
/* version.c: the version that was compiled into the library. */
#include "cordon/version.h"

const char *cordon_version(void)
{
    return CORDON_VERSION;
}
