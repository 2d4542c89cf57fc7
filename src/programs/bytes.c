/* SPDX-License-Identifier: MIT */
/* bytes.c: reads and writes programs as the array that the kernel gets, in the byte order of
 * their machine. */
#include <string.h>

#include "readers.h"
#include "writers.h"

#define HOST_IS_BIG (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

/* Opcodes are below 256, so in the right byte order the high byte of each is zero. */
static bool fits(const char *text, const char *end, bool big_endian)
{
    for (const char *at = text; end - at >= (ptrdiff_t)sizeof(struct cordon_insn);
         at += sizeof(struct cordon_insn))
        if (at[big_endian ? 0 : 1])
            return false;
    return true;
}

/* No text has a zero byte, and any program has one near its beginning. */
bool bytes_begins(const char *text, const char *end)
{
    size_t head = end - text < 256 ? (size_t)(end - text) : 256;
    return memchr(text, '\0', head) && (fits(text, end, false) || fits(text, end, true));
}

enum cordon_error bytes_read(struct reading *reading)
{
    size_t length = (size_t)(reading->end - reading->text);
    if (length % sizeof *reading->insns)
        return reading_fail(reading, CORDON_E_SYNTAX,
                            "truncated filter: %zu bytes is not a multiple of 8", length);
    reading->big_endian = !fits(reading->text, reading->end, false); /* a return fits one order */
    size_t count = length / sizeof *reading->insns;
    reading->count = count < ROOM ? (uint32_t)count : ROOM;
    memcpy(reading->insns, reading->text, reading->count * sizeof *reading->insns);
    for (uint32_t i = 0; i < reading->count && reading->big_endian != HOST_IS_BIG; i++)
        reading->insns[i] = cordon_insn_swap(reading->insns[i]);
    return CORDON_OK;
}

enum cordon_error write_bytes(struct cordon_sink *sink, const struct cordon_program_source *source,
                              const struct cordon_allocator *allocator)
{
    (void)allocator;
    for (uint32_t i = 0; i < source->program->length; i++) {
        struct cordon_insn insn = source->program->insns[i];
        if (source->big_endian != HOST_IS_BIG)
            insn = cordon_insn_swap(insn);
        sink->write(sink->context, (const char *)&insn, sizeof insn);
    }
    return CORDON_OK;
}
