/* SPDX-License-Identifier: MIT */
/*
 * sink.h: output of text. Freestanding, so that the engine can print: no stdio, no allocation.
 *
 * The callback gets pieces of text, not NUL terminated. A sink that fails must record it itself;
 * printers don't check.
 */
#ifndef CORDON_SINK_H
#define CORDON_SINK_H

#include "cordon/api.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

CORDON_BEGIN

struct cordon_sink {
    void (*write)(void *context, const char *text, size_t length);
    void *context;
};

void cordon_sink_text(struct cordon_sink *sink, const char *text);
/* Text that others chose, such as names of threads and files: control characters become \n or \x1b,
 * so that a terminal doesn't obey it, and a line stays one line. UTF-8 stays. */
void cordon_sink_escaped(struct cordon_sink *sink, const char *text);
void cordon_sink_decimal(struct cordon_sink *sink, uint64_t value);
void cordon_sink_signed(struct cordon_sink *sink, int64_t value);
/* 0x…, lower case, at least `digits` digits (0 as 1). */
void cordon_sink_hex(struct cordon_sink *sink, uint64_t value, unsigned digits);

/* A sink into caller's memory: always NUL terminated, cut at the end; `length` is what it wanted.
 */
struct cordon_buffer {
    char *text;
    size_t room;
    size_t length;
};
struct cordon_sink cordon_buffer_sink(struct cordon_buffer *buffer);

/* A sink into memory that grows: NUL terminated once something was written; freed with
 * cordon_string_free(). After `failed` (no memory) what was written is lost. */
struct cordon_allocator;
struct cordon_string {
    const struct cordon_allocator *allocator;
    char *text; /* NULL: empty */
    size_t length, room;
    bool failed;
};
struct cordon_sink cordon_string_sink(struct cordon_string *string);
void cordon_string_free(struct cordon_string *string);

CORDON_END

#endif
