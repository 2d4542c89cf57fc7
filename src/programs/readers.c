/* SPDX-License-Identifier: MIT */
/* readers.c: shared by the readers of programs: errors with their places, and lines. */
#include "readers.h"

#include <stdarg.h>
#include <string.h>

/* ---- errors ---- */

static struct cordon_place place_of(const struct reading *reading, const char *at, uint32_t length)
{
    struct cordon_place place = {reading->name, 1, 1, length};
    const char *line = reading->text;
    for (const char *newline; (newline = memchr(line, '\n', (size_t)(at - line)));)
        line = newline + 1, place.line++;
    place.column = (uint32_t)(at - line) + 1;
    return place;
}

enum cordon_error reading_refuse(const struct reading *reading, const char *at, uint32_t length,
                                 const char *format, ...)
{
    struct cordon_text text = {.name = reading->name,
                               .text = reading->text,
                               .length = (uint32_t)(reading->end - reading->text)};
    struct cordon_message message = {.severity = CORDON_ERROR,
                                     .code = CORDON_E_SYNTAX,
                                     .place = place_of(reading, at, length),
                                     .texts = &text,
                                     .text_count = 1};
    va_list args;
    va_start(args, format);
    cordon_reporter_vtell(reading->reporter, &message, format, args);
    va_end(args);
    return CORDON_E_SYNTAX;
}

enum cordon_error reading_fail(const struct reading *reading, enum cordon_error error,
                               const char *format, ...)
{
    struct cordon_message message = {.severity = CORDON_ERROR, .code = error};
    message.place.file = reading->name;
    va_list args;
    va_start(args, format);
    cordon_reporter_vtell(reading->reporter, &message, format, args);
    va_end(args);
    return error;
}

/* ---- characters ---- */

const char *skip_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
        at++;
    return at;
}

const char *skip_comments(const char *at, const char *end)
{
    at = skip_space(at, end);
    while (at < end && *at == ';') {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline ? skip_space(newline, end) : end;
    }
    return at;
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

int hex_digit(char c)
{
    return is_digit(c)            ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool read_digits(const char *text, uint32_t length, uint32_t *value)
{
    uint32_t base = 10, at = 0;
    uint64_t number = 0;
    if (length > 1 && text[0] == '0') {
        char second = text[1] | 0x20;
        base = second == 'x' ? 16 : second == 'b' ? 2 : 8;
        at = base == 8 ? 1 : 2;
    }
    *value = 0;
    for (uint32_t i = at; i < length; i++) {
        int digit = hex_digit(text[i]);
        if (digit < 0 || (uint32_t)digit >= base)
            return false;
        number = number * base + (uint32_t)digit;
        if (number > UINT32_MAX)
            return false;
    }
    *value = (uint32_t)number;
    return at < length;
}

struct cordon_insn insn_of_bytes(const uint8_t bytes[8])
{
    return (struct cordon_insn){(uint16_t)(bytes[0] | bytes[1] << 8), bytes[2], bytes[3],
                                bytes[4] | (uint32_t)bytes[5] << 8 | (uint32_t)bytes[6] << 16 |
                                    (uint32_t)bytes[7] << 24};
}

/* ---- lines ---- */

bool begins_with(const char *at, const char *end, const char *word)
{
    size_t length = strlen(word);
    return (size_t)(end - at) >= length && !memcmp(at, word, length);
}

const char *skip_index(const char *line, const char *end)
{
    while (line < end && (*line == ' ' || *line == '\t'))
        line++;
    const char *digits = line;
    while (digits < end && is_digit(*digits))
        digits++;
    return digits > line && digits < end && *digits == ':' ? digits + 1 : line;
}

const char *end_of_line(const char *line, const char *end)
{
    const char *newline = memchr(line, '\n', (size_t)(end - line));
    return newline ? newline : end;
}

bool is_empty_line(const char *line, const char *end)
{
    line = skip_index(line, end);
    if (begins_with(line, end, "line") || begins_with(line, end, "===="))
        return true;
    line = skip_space(line, end);
    return line == end || *line == ';' || begins_with(line, end, "//");
}

enum cordon_error read_lines(struct reading *reading, const char *line, const char *end,
                             bool (*read)(void *context, struct cordon_insn *insn, uint32_t index,
                                          const char **at, const char *end),
                             void *context)
{
    uint32_t errors = 0;
    const char *stop;
    for (; line < end && reading->count < ROOM && errors < MAX_ERRORS; line = stop + 1) {
        const char *at = line;
        stop = end_of_line(line, end);
        if (is_empty_line(line, stop))
            continue;
        if (!read(context, &reading->insns[reading->count], reading->count, &at, stop)) {
            reading_refuse(reading, at, 1, "not an instruction, or its jump target is invalid");
            errors++;
        }
        reading->count++;
    }
    return errors ? CORDON_E_SYNTAX : CORDON_OK;
}
