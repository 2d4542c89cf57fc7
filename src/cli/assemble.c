/* SPDX-License-Identifier: MIT */
/* assemble.c: text to instructions, a line each; "12:" in front of an instruction is its own index.
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

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

static bool is_empty(const char *line, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
        if (line[i] == ';')
            return true;
        else if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
            return length - i > 1 && line[i] == '/' && line[i + 1] == '/';
    return true;
}

static void report_line(const char *name, uint32_t number, uint32_t column, const char *line,
                        uint32_t length)
{
    struct cordon_diag diag;
    cordon_diag_set(&diag, CORDON_E_SYNTAX, "not an instruction, or a jump that can't be made");
    diag.place = (struct cordon_place){name, number, column + 1, 1};
    report_diag(&diag, line, length);
}

bool assemble(const char *name, const char *text, size_t length, struct cordon_insn **insns,
              uint32_t *count)
{
    struct cordon_insn *made = calloc(CORDON_MAX_INSNS + 1, sizeof *made);
    uint32_t used = 0, number = 0, errors = 0;
    const char *end = text + length;
    if (!made) {
        fail("out of memory");
        return false;
    }
    for (const char *line = text; line < end && used <= CORDON_MAX_INSNS && errors < 20;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        uint32_t size = (uint32_t)((newline ? newline : end) - line);
        uint32_t start = skip_index(line, size), at = 0;
        number++;
        if (!is_empty(line + start, size - start)) {
            if (cordon_insn_parse(&made[used], line + start, size - start, used, &at))
                used++;
            else
                report_line(name, number, start + at, line, size), errors++;
        }
        line += size + 1;
    }
    if (errors) {
        free(made);
        return false;
    }
    *insns = made;
    *count = used;
    return true;
}
