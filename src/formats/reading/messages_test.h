/* SPDX-License-Identifier: MIT */
/* messages_test.h: a reporter for tests that keeps all messages, one per line. */
#ifndef FORMATS_MESSAGES_TEST_H
#define FORMATS_MESSAGES_TEST_H

#include <stdio.h>
#include <string.h>

#include "cordon/diag.h"

struct messages {
    struct cordon_reporter reporter;
    char text[2048];
};

static void remember(void *context, const struct cordon_diag *diag, const char *line,
                     uint32_t length)
{
    struct messages *messages = context;
    size_t used = strlen(messages->text);
    (void)line, (void)length;
    snprintf(messages->text + used, sizeof messages->text - used, "%u:%u: %s\n", diag->place.line,
             diag->place.column, diag->text);
}

#endif
