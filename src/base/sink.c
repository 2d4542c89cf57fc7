/* SPDX-License-Identifier: MIT */
/* sink.c: numbers and text into a sink, without stdio. */
#include "cordon/sink.h"

static size_t text_length(const char *text)
{
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}

void cordon_sink_text(struct cordon_sink *sink, const char *text)
{
    sink->write(sink->context, text, text_length(text));
}

static void digits(struct cordon_sink *sink, uint64_t value, unsigned base, unsigned at_least)
{
    char text[64];
    size_t at = sizeof text;
    do {
        text[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    while (sizeof text - at < at_least && at > 0)
        text[--at] = '0';
    sink->write(sink->context, text + at, sizeof text - at);
}

void cordon_sink_decimal(struct cordon_sink *sink, uint64_t value)
{
    digits(sink, value, 10, 1);
}

void cordon_sink_signed(struct cordon_sink *sink, int64_t value)
{
    if (value < 0)
        cordon_sink_text(sink, "-");
    digits(sink, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10, 1);
}

void cordon_sink_hex(struct cordon_sink *sink, uint64_t value, unsigned at_least)
{
    cordon_sink_text(sink, "0x");
    digits(sink, value, 16, at_least);
}

static void buffer_write(void *context, const char *text, size_t length)
{
    struct cordon_buffer *buffer = context;
    for (size_t i = 0; i < length; i++, buffer->length++)
        if (buffer->length + 1 < buffer->room) {
            buffer->text[buffer->length] = text[i];
            buffer->text[buffer->length + 1] = '\0';
        }
}

struct cordon_sink cordon_buffer_sink(struct cordon_buffer *buffer)
{
    buffer->length = 0;
    if (buffer->room)
        buffer->text[0] = '\0';
    return (struct cordon_sink){buffer_write, buffer};
}
