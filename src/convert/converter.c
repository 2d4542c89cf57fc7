/* SPDX-License-Identifier: MIT */
/* converter.c: reports errors of a running conversion. */
#include "converter.h"

#include <stdarg.h>

void converter_error(struct converter *converter, enum cordon_error error, const char *format, ...)
{
    struct cordon_message message = {
        .severity = CORDON_ERROR, .code = error, .place = {.file = converter->name}};
    va_list args;
    if (converter->error)
        return;
    converter->error = error;
    va_start(args, format);
    cordon_reporter_vtell(converter->reporter, &message, format, args);
    va_end(args);
}
