/* SPDX-License-Identifier: MIT */
/*
 * seccomp_tools_dump.c: reads programs as seccomp-tools dumps and disassembles them:
 *
 *      line  CODE  JT   JF      K
 *     =================================
 *      0000: 0x20 0x00 0x00 0x00000004  A = arch
 *
 * Only the columns are read; the text after them has the same content.
 */
#include <string.h>

#include "readers.h"

bool tools_dump_begins(const char *text, const char *end)
{
    static const char heading[] = "line  CODE";
    const char *at = skip_comments(text, end);
    if ((size_t)(end - at) > sizeof heading - 1 && !memcmp(at, heading, sizeof heading - 1))
        return true;
    const char *columns = skip_index(at, end);
    if (columns == at)
        return false;
    columns = skip_space(columns, end);
    return end - columns > 2 && columns[0] == '0' && columns[1] == 'x';
}

static int lower_digit(char c)
{
    return c >= 'A' && c <= 'F' ? -1 : hex_digit(c);
}

/* Takes 0x… up to `max`, in lower case, followed by a blank or the end. */
static bool read_column(const char **at, const char *end, uint32_t max, uint32_t *value)
{
    while (*at < end && **at == ' ')
        ++*at;
    if (end - *at < 3 || (*at)[0] != '0' || (*at)[1] != 'x')
        return false;
    uint64_t number = 0;
    const char *digit = *at + 2;
    for (; digit < end && lower_digit(*digit) >= 0; digit++) {
        number = number * 16 + (uint64_t)lower_digit(*digit);
        if (number > max)
            return false;
    }
    if (digit == *at + 2 || (digit < end && *digit != ' ' && *digit != '\r'))
        return false;
    *value = (uint32_t)number;
    *at = digit;
    return true;
}

static bool read_columns(void *context, struct cordon_insn *insn, uint32_t index, const char **at,
                         const char *end)
{
    (void)context, (void)index;
    uint32_t code, jt, jf, k;
    *at = skip_index(*at, end);
    if (!read_column(at, end, UINT16_MAX, &code) || !read_column(at, end, UINT8_MAX, &jt) ||
        !read_column(at, end, UINT8_MAX, &jf) || !read_column(at, end, UINT32_MAX, &k))
        return false;
    *insn = (struct cordon_insn){(uint16_t)code, (uint8_t)jt, (uint8_t)jf, k};
    return true;
}

enum cordon_error tools_dump_read(struct reading *reading)
{
    return read_lines(reading, read_columns, NULL);
}
