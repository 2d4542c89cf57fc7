/* SPDX-License-Identifier: MIT */
/* string.c: a sink into memory that grows. */
#include <string.h>

#include "cordon/alloc.h"
#include "cordon/sink.h"

static void append(void *context, const char *text, size_t length)
{
    struct cordon_string *string = context;
    if (string->room - string->length <= length &&
        !cordon_array_grow(string->allocator, (void **)&string->text, &string->room, 1,
                           string->length + length + 1))
        string->failed = true;
    if (string->failed)
        return;
    memcpy(string->text + string->length, text, length);
    string->length += length;
    string->text[string->length] = '\0';
}

struct cordon_sink cordon_string_sink(struct cordon_string *string)
{
    if (!string->allocator)
        string->allocator = &cordon_allocator_libc;
    return (struct cordon_sink){append, string};
}

void cordon_string_free(struct cordon_string *string)
{
    if (string->text)
        string->allocator->resize(string->allocator->context, string->text, string->room, 0);
    *string = (struct cordon_string){.allocator = string->allocator};
}
