/* SPDX-License-Identifier: MIT */
/*
 * seccomp_tools_dump.c: reads programs as seccomp-tools and libseccomp's scmp_bpf_disasm print
 * them:
 *
 *      line  CODE  JT   JF      K
 *     =================================
 *      0000: 0x20 0x00 0x00 0x00000004  A = arch
 *
 * Only the columns are read; the text after them has the same content. Lines before the heading
 * (a prompt, the output of the program) and after the table are passed over.
 */
#include <string.h>

#include "readers.h"

#define MAX_LEAD 65536 /* bytes before the heading */

/* ---- where the table is ---- */

static bool is_heading(const char *line, const char *end)
{
    const char *at = skip_space(line, end);
    if (!begins_with(at, end, "line "))
        return false;
    at = skip_space(at + 4, end);
    bool code = begins_with(at, end, "CODE "), op = begins_with(at, end, "OP ");
    return (code || op) && begins_with(skip_space(at + (code ? 4 : 2), end), end, "JT");
}

/* Does it begin like a row, with an index and a number, or only with the number? */
static bool is_row(const char *line, const char *end, bool indexed)
{
    const char *at = skip_space(line, end), *columns = skip_index(at, end);
    if (indexed && columns == at)
        return false;
    return begins_with(skip_space(columns, end), end, "0x");
}

/*
 * The line of the heading; NULL: there is none. A heading in a block comment quotes another text,
 * unless the comment is all that there is.
 */
static const char *find_heading(const char *text, const char *end)
{
    const char *limit = end - text > MAX_LEAD ? text + MAX_LEAD : end;
    bool first = true;
    for (const char *line = text, *stop; line < limit; line = stop + 1) {
        stop = end_of_line(line, end);
        const char *at = skip_space(line, stop);
        if (is_heading(line, stop))
            return line;
        for (const char *slash = at; (slash = memchr(slash, '/', (size_t)(stop - slash))); slash++)
            if (begins_with(slash, stop, "/*") && !(first && slash == at))
                return NULL;
        first &= at == stop;
    }
    return NULL;
}

bool tools_dump_begins(const char *text, const char *end)
{
    const char *heading = find_heading(text, end);
    if (heading) {
        const char *rule = skip_space(end_of_line(heading, end), end);
        return rule == end || begins_with(rule, end, "====");
    }
    const char *at = skip_comments(text, end);
    return is_row(at, end_of_line(at, end), true);
}

/* The end of the rows; if there are none, that of the text. */
static const char *end_of_rows(const char *line, const char *end)
{
    bool any = false;
    for (const char *stop; line < end; line = stop + 1) {
        stop = end_of_line(line, end);
        const char *at = skip_space(line, stop);
        if (any && is_heading(line, stop))
            return line;
        if (is_empty_line(line, stop))
            continue;
        bool row = skip_index(at, stop) > at || is_row(line, stop, false);
        if (!row && any)
            return line;
        any |= row;
    }
    return end;
}

/* ---- rows ---- */

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

/* Is the index, if there is one, that of the row? */
static bool is_in_order(const char *line, const char *columns, uint32_t index)
{
    uint64_t number = 0;
    const char *at = skip_space(line, columns);
    if (at == columns || *at == ':' || columns[-1] != ':')
        return true;
    for (; is_digit(*at) && number <= CORDON_MAX_INSNS; at++)
        number = number * 10 + (uint64_t)(*at - '0');
    return number == index;
}

struct table {
    struct reading *reading;
    bool out_of_order;
};

static bool read_columns(void *context, struct cordon_insn *insn, uint32_t index, const char **at,
                         const char *end)
{
    struct table *table = context;
    const char *line = skip_space(*at, end);
    uint32_t code, jt, jf, k;
    *at = skip_index(*at, end);
    if (!table->out_of_order && !is_in_order(line, *at, index)) {
        table->out_of_order = true;
        reading_refuse(table->reading, line, (uint32_t)(*at - line), "expected row %u", index);
    }
    if (!read_column(at, end, UINT16_MAX, &code) || !read_column(at, end, UINT8_MAX, &jt) ||
        !read_column(at, end, UINT8_MAX, &jf) || !read_column(at, end, UINT32_MAX, &k))
        return false;
    *insn = (struct cordon_insn){(uint16_t)code, (uint8_t)jt, (uint8_t)jf, k};
    return true;
}

/* After the table: another one is another filter. */
static enum cordon_error read_rest(struct reading *reading, const char *line)
{
    for (const char *stop; line < reading->end; line = stop + 1) {
        stop = end_of_line(line, reading->end);
        if (is_heading(line, stop) || is_row(line, stop, true))
            return reading_refuse(reading, skip_space(line, stop), 1,
                                  "a second filter begins here: give one of them");
    }
    return CORDON_OK;
}

enum cordon_error tools_dump_read(struct reading *reading)
{
    struct table table = {.reading = reading};
    const char *heading = find_heading(reading->text, reading->end);
    const char *rows = heading ? end_of_line(heading, reading->end) : reading->text;
    const char *after = end_of_rows(rows, reading->end);
    enum cordon_error error = read_lines(reading, rows, after, read_columns, &table);
    error = table.out_of_order ? CORDON_E_SYNTAX : error;
    return error ? error : read_rest(reading, after);
}
