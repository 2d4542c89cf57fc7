/* SPDX-License-Identifier: MIT */
/* version.c: the version that is compiled into the library. */
#include "cordon/version.h"

const char *cordon_version(void)
{
    return CORDON_VERSION;
}
