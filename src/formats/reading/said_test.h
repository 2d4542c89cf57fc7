/* SPDX-License-Identifier: MIT */
/* said_test.h: a reporter for tests that keeps all messages, one per line. */
#ifndef FORMATS_SAID_TEST_H
#define FORMATS_SAID_TEST_H

#include <stdio.h>
#include <string.h>

#include "cordon/diag.h"

struct said {
    struct cordon_reporter reporter;
    char text[2048];
};

static void remember(void *context, const struct cordon_diag *diag, const char *line,
                     uint32_t length)
{
    struct said *said = context;
    size_t used = strlen(said->text);
    (void)line, (void)length;
    snprintf(said->text + used, sizeof said->text - used, "%u:%u: %s\n", diag->place.line,
             diag->place.column, diag->text);
}

#endif
