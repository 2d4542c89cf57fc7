/* SPDX-License-Identifier: MIT */
/*
 * assemble.c: text to instructions, a line each; "12:" in front of an instruction is its own index.
 * The listings of seccomp-tools are read too, from their columns of numbers: its words say no more;
 * and what else others print (foreign_asm.h).
 */
#include <stdlib.h>
#include <string.h>

#include "foreign_asm.h"

/* What disasm prints in front of an instruction: skipped. */
static uint32_t skip_index(const char *line, uint32_t length)
{
    uint32_t at = 0;
    while (at < length && (line[at] == ' ' || line[at] == '\t'))
        at++;
    uint32_t digits = at;
    while (digits < length && line[digits] >= '0' && line[digits] <= '9')
        digits++;
    return digits > at && digits < length && line[digits] == ':' ? digits + 1 : at;
}

/* The two lines above the columns: names and a rule. */
static bool is_heading(const char *line, uint32_t length)
{
    return length >= 4 && (!memcmp(line, "line", 4) || !memcmp(line, "====", 4));
}

static bool is_empty(const char *line, uint32_t length)
{
    if (is_heading(line, length))
        return true;
    for (uint32_t i = 0; i < length; i++)
        if (line[i] == ';')
            return true;
        else if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
            return length - i > 1 && line[i] == '/' && line[i + 1] == '/';
    return true;
}

/* 0x… up to `max`, then a blank or the end. */
static bool read_column(const char *line, uint32_t length, uint32_t *at, uint32_t max,
                        uint32_t *value)
{
    static const char digits[] = "0123456789abcdef";
    while (*at < length && line[*at] == ' ')
        ++*at;
    if (length - *at < 3 || line[*at] != '0' || line[*at + 1] != 'x')
        return false;
    uint64_t number = 0;
    uint32_t i = *at + 2;
    for (const char *digit; i < length && line[i] && (digit = strchr(digits, line[i])); i++) {
        number = number * 16 + (uint64_t)(digit - digits);
        if (number > max)
            return false;
    }
    if (i == *at + 2 || (i < length && line[i] != ' ' && line[i] != '\r'))
        return false;
    *value = (uint32_t)number;
    *at = i;
    return true;
}

/* code, jt, jf and k in columns, behind which words may follow. */
static bool read_columns(struct cordon_insn *insn, const char *line, uint32_t length, uint32_t *at)
{
    uint32_t code, jt, jf, k;
    if (!read_column(line, length, at, UINT16_MAX, &code) ||
        !read_column(line, length, at, UINT8_MAX, &jt) ||
        !read_column(line, length, at, UINT8_MAX, &jf) ||
        !read_column(line, length, at, UINT32_MAX, &k))
        return false;
    *insn = (struct cordon_insn){(uint16_t)code, (uint8_t)jt, (uint8_t)jf, k};
    return true;
}

static bool read_insn(struct cordon_insn *insn, const char *line, uint32_t length, uint32_t index,
                      uint32_t *at)
{
    uint32_t blanks = 0;
    while (blanks < length && line[blanks] == ' ')
        blanks++;
    bool columns = length - blanks > 2 && line[blanks] == '0' && line[blanks + 1] == 'x';
    return columns ? read_columns(insn, line, length, at)
                   : cordon_insn_parse(insn, line, length, index, at);
}

static void report_line(const char *name, uint32_t number, uint32_t column, const char *line,
                        uint32_t length)
{
    struct cordon_diag diag;
    cordon_diag_set(&diag, CORDON_E_SYNTAX, "not an instruction, or a jump that can't be made");
    diag.place = (struct cordon_place){name, number, column + 1, 1};
    report_diag(&diag, line, length);
}

/* A line an instruction, as cordon disasm, seccomp-tools or Chromium print them. */
static bool assemble_lines(const char *name, const char *text, size_t length,
                           struct cordon_insn *insns, uint32_t *count)
{
    uint32_t used = 0, number = 0, errors = 0, first = UINT32_MAX;
    const char *end = text + length;
    bool chromium = chromium_begins(text, length);
    for (const char *line = text; line < end && used <= CORDON_MAX_INSNS && errors < 20;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        uint32_t size = (uint32_t)((newline ? newline : end) - line);
        uint32_t start = chromium ? 0 : skip_index(line, size), at = 0;
        number++;
        if (!is_empty(line + start, size - start)) {
            if (chromium ? chromium_read(&insns[used], line, size, used, &first, &at)
                         : read_insn(&insns[used], line + start, size - start, used, &at))
                used++;
            else
                report_line(name, number, start + at, line, size), errors++;
        }
        line += size + 1;
    }
    *count = used;
    return !errors;
}

bool assemble(const char *name, const char *text, size_t length, const struct cordon_abi *abi,
              struct cordon_insn **insns, uint32_t *count)
{
    struct cordon_insn *made = calloc(CORDON_MAX_INSNS + 1, sizeof *made);
    if (!made) {
        fail("out of memory");
        return false;
    }
    bool good = sasm_begins(text, length)   ? sasm_assemble(name, text, length, abi, made, count)
                : ruby_begins(text, length) ? ruby_read(name, text, length, made, count)
                                            : assemble_lines(name, text, length, made, count);
    if (good)
        *insns = made;
    else
        free(made);
    return good;
}
