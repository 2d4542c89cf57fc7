/* SPDX-License-Identifier: MIT */
/*
 * ruby_string.c: reads the bytes of a program as Ruby's String#inspect prints them. `seccomp-tools
 * asm` and its `-f inspect` print: "\x20\x00\x00\x00…", little endian.
 */
#include <string.h>

#include "readers.h"

bool ruby_begins(const char *text, const char *end)
{
    size_t length = (size_t)(end - text);
    return length > 2 && text[0] == '"' && memchr(text, '\\', length < 64 ? length : 64);
}

/* The byte of an escape after its backslash; -1: unknown. */
static int read_escape(const char **at, const char *end)
{
    static const char letters[] = "abtnvfre\"\\#", bytes[] = "\a\b\t\n\v\f\r\033\"\\#";
    const char *letter = strchr(letters, **at);
    if (**at && letter) {
        ++*at;
        return bytes[letter - letters];
    }
    if (**at != 'x' || end - *at < 3 || hex_digit((*at)[1]) < 0 || hex_digit((*at)[2]) < 0)
        return -1;
    *at += 3;
    return hex_digit((*at)[-2]) * 16 + hex_digit((*at)[-1]);
}

static int read_byte(const char **at, const char *end)
{
    char c = *(*at)++;
    return c == '\\' && *at < end ? read_escape(at, end) : (unsigned char)c;
}

enum cordon_error ruby_read(struct reading *reading)
{
    const char *at = reading->text + 1, *end = reading->end;
    uint8_t bytes[8];
    uint32_t used = 0;
    while (at < end && *at != '"') {
        const char *start = at;
        int byte = read_byte(&at, end);
        if (byte < 0)
            return reading_refuse(reading, start, 1, "unknown escape sequence");
        bytes[used++] = (uint8_t)byte;
        if (used < sizeof bytes)
            continue;
        if (reading->count == ROOM)
            return reading_refuse(reading, start, 1, "more than %u instructions", CORDON_MAX_INSNS);
        reading->insns[reading->count++] = insn_of_bytes(bytes);
        used = 0;
    }
    if (at == end)
        return reading_refuse(reading, end, 1, "unterminated string");
    at = skip_space(at + 1, end);
    if (at < end)
        return reading_refuse(reading, at, 1, "unexpected text after the string");
    if (used)
        return reading_refuse(reading, reading->text, 1,
                              "the number of bytes is not a multiple of 8");
    return CORDON_OK;
}
