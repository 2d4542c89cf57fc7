/* SPDX-License-Identifier: MIT */
/* error.c: the texts and errno values of the codes of error.h. */
#include "cordon/error.h"

#include <errno.h>

struct row {
    int errno_value;
    const char *text;
};

static const struct row rows[] = {
#define ROW(name, errno_value, text) {errno_value, text},
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
