/* SPDX-License-Identifier: MIT */
/*
 * decimals.c: reads programs as tcpdump -ddd and bpf_asm print them: their length, and four decimal
 * numbers for each instruction, on a line of its own or before a comma:
 *
 *     2                            2,32 0 0 0,6 0 0 2147418112,
 *     32 0 0 0
 *     6 0 0 2147418112
 */
#include "readers.h"

static bool is_gap(char c)
{
    return c == '\n' || c == '\r' || c == ',' || c == ' ' || c == '\t';
}

static bool take_number(const char **at, const char *end, uint32_t most, uint32_t *value)
{
    uint64_t number = 0;
    const char *start = *at;
    for (; *at < end && is_digit(**at) && number <= most; ++*at)
        number = number * 10 + (uint64_t)(**at - '0');
    *value = (uint32_t)number;
    return *at > start && number <= most && (*at == end || is_gap(**at));
}

static const char *skip_gaps(const char *at, const char *end, bool inline_only)
{
    while (at < end && (inline_only ? *at == ' ' || *at == '\t' : is_gap(*at)))
        at++;
    return at;
}

/* Takes the four numbers of an instruction, without what separates it from the next one. */
static bool take_insn(const char **at, const char *end, struct cordon_insn *insn)
{
    static const uint32_t most[] = {UINT16_MAX, UINT8_MAX, UINT8_MAX, UINT32_MAX};
    uint32_t values[4];
    for (int i = 0; i < 4; i++) {
        *at = skip_gaps(*at, end, true);
        if (!take_number(at, end, most[i], &values[i]))
            return false;
    }
    *insn = (struct cordon_insn){(uint16_t)values[0], (uint8_t)values[1], (uint8_t)values[2],
                                 values[3]};
    return true;
}

bool decimals_begins(const char *text, const char *end)
{
    uint32_t count;
    struct cordon_insn insn;
    const char *at = skip_space(text, end);
    if (!take_number(&at, end, CORDON_MAX_INSNS, &count) || !count)
        return false;
    const char *gap = at;
    at = skip_gaps(at, end, false);
    bool apart = false;
    for (; gap < at; gap++)
        apart |= *gap == '\n' || *gap == ',';
    return apart && take_insn(&at, end, &insn);
}

enum cordon_error decimals_read(struct reading *reading)
{
    const char *at = skip_space(reading->text, reading->end), *length = at, *end = reading->end;
    uint32_t count;
    if (!take_number(&at, end, CORDON_MAX_INSNS, &count))
        return reading_refuse(reading, length, 1, "expected the number of instructions");
    for (at = skip_gaps(at, end, false); at < end; at = skip_gaps(at, end, false)) {
        if (reading->count == count)
            return reading_refuse(reading, at, 1, "more than the %u instructions of the first line",
                                  count);
        if (!take_insn(&at, end, &reading->insns[reading->count]))
            return reading_refuse(reading, at, 1, "expected four numbers: code, jt, jf and k");
        reading->count++;
    }
    if (reading->count < count)
        return reading_refuse(reading, length, 1, "only %u of %u instructions are here",
                              reading->count, count);
    return CORDON_OK;
}
