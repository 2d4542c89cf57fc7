/* SPDX-License-Identifier: MIT */
/* error.c: what the codes of error.h say. */
#include "cordon/error.h"

#include <errno.h>

struct row {
    int errno_value;
    int exit_status;
    const char *text;
};

static const struct row rows[] = {
#define ROW(name, errno_value, exit_status, text) {errno_value, exit_status, text},
    CORDON_ERRORS(ROW)
#undef ROW
};

const char *cordon_error_text(enum cordon_error code)
{
    return rows[code].text;
}

int cordon_error_errno(enum cordon_error code)
{
    return rows[code].errno_value;
}

int cordon_error_exit(enum cordon_error code)
{
    return rows[code].exit_status;
}
