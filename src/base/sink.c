/* SPDX-License-Identifier: MIT */
/* sink.c: prints numbers and text into a sink, without stdio. */
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

/* The length of the UTF-8 character at `text`; 0: it is a control character, or none. */
static size_t shown_length(const unsigned char *text)
{
    unsigned char c = text[0];
    size_t length = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (c < ' ' || c == 0x7f || (c >= 0x80 && c < 0xc2) || c > 0xf4 ||
        (c == 0xc2 && text[1] < 0xa0)) /* U+0080 … U+009F: control characters, too */
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

void cordon_sink_escaped(struct cordon_sink *sink, const char *text)
{
    while (*text) {
        size_t length = 0, step;
        while (text[length] && (step = shown_length((const unsigned char *)text + length)))
            length += step;
        sink->write(sink->context, text, length);
        text += length;
        if (!*text)
            return;
        unsigned char c = (unsigned char)*text++;
        const char *digits = "0123456789abcdef";
        char escape[] = {'\\', 'x', digits[c >> 4], digits[c & 15], '\0'};
        cordon_sink_text(sink, c == '\n' ? "\\n" : c == '\t' ? "\\t" : escape);
    }
}

#define MAX_DIGITS 64u

static void write_digits(struct cordon_sink *sink, const char text[MAX_DIGITS], size_t count)
{
    sink->write(sink->context, text + MAX_DIGITS - count, count);
}

/* Divides 16-bit limbs: a 64-bit division would need a library on 32-bit machines. */
static unsigned take_decimal_digit(uint64_t *value)
{
    uint32_t rest = 0;
    uint64_t quotient = 0;
    for (int shift = 48; shift >= 0; shift -= 16) {
        uint32_t limb = rest << 16 | (uint32_t)(*value >> shift & 0xffff);
        quotient |= (uint64_t)(limb / 10) << shift;
        rest = limb % 10;
    }
    *value = quotient;
    return rest;
}

void cordon_sink_decimal(struct cordon_sink *sink, uint64_t value)
{
    char text[MAX_DIGITS];
    size_t count = 0;
    do
        text[MAX_DIGITS - ++count] = (char)('0' + take_decimal_digit(&value));
    while (value);
    write_digits(sink, text, count);
}

void cordon_sink_signed(struct cordon_sink *sink, int64_t value)
{
    if (value < 0)
        cordon_sink_text(sink, "-");
    cordon_sink_decimal(sink, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void cordon_sink_hex(struct cordon_sink *sink, uint64_t value, unsigned digits)
{
    char text[MAX_DIGITS];
    size_t count = 0;
    for (; value || count == 0 || (count < digits && count < MAX_DIGITS); value >>= 4)
        text[MAX_DIGITS - ++count] = "0123456789abcdef"[value & 15];
    cordon_sink_text(sink, "0x");
    write_digits(sink, text, count);
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
