/* SPDX-License-Identifier: MIT */
/*
 * chromium_dump.c: reads programs as Chromium's sandbox dumps them (sandbox/linux/bpf_dsl):
 *
 *      1) LOAD 4  // Architecture
 *      2) if A == 0xc000003e; then JMP 3 else JMP 9
 *
 * Lines are numbered, from 0 or 1 on, and jumps name lines. An instruction that the dump prints as
 * ??? can't be read.
 */
#include <stdio.h>
#include <string.h>

#include "readers.h"

#define MAX_LINE 160
#define NO_CODE  UINT16_MAX

struct operator
{
    const char *text; /* empty: the end of the table */
    uint16_t code;
};

static const struct operator operators[] = {{"&", CORDON_OP_AND_K},  {"|", CORDON_OP_OR_K},
                                            {"^", CORDON_OP_XOR_K},  {"+", CORDON_OP_ADD_K},
                                            {"-", CORDON_OP_SUB_K},  {"*", CORDON_OP_MUL_K},
                                            {"/", CORDON_OP_DIV_K},  {"<<", CORDON_OP_LSH_K},
                                            {">>", CORDON_OP_RSH_K}, {"", NO_CODE}};
static const struct operator comparisons[] = {
    {"==", CORDON_OP_JEQ_K}, {">=", CORDON_OP_JGE_K}, {"&", CORDON_OP_JSET_K}, {"", NO_CODE}};

static uint16_t code_of(const struct operator* operator, const char * text)
{
    while (operator->text[0] && strcmp(operator->text, text) != 0)
        operator++;
    return operator->code;
}

/* Takes the numbers of a line. */
struct numbers {
    unsigned long long k, yes, no;
};

/* Reads one of the forms; returns the number of characters read, 0 if it is none of them. */
static int read_form(const char *text, uint16_t *code, struct numbers *numbers)
{
    char word[4] = "";
    int used = 0;
    if (sscanf(text, "LOAD %10llu%n", &numbers->k, &used) == 1 && used)
        *code = CORDON_OP_LD_WORD;
    else if (sscanf(text, "RET 0x%8llx%n", &numbers->k, &used) == 1 && used)
        *code = CORDON_OP_RET_K;
    else if (sscanf(text, "JMP %10llu%n", &numbers->yes, &used) == 1 && used)
        *code = CORDON_OP_JA;
    else if (sscanf(text, "A := -A%n", &used) == 0 && used)
        *code = CORDON_OP_NEG;
    else if (sscanf(text, "A := A %3[^ ] 0x%8llx%n", word, &numbers->k, &used) == 2 && used)
        *code = code_of(operators, word);
    else if (sscanf(text, "if A %3[^ ] 0x%8llx; then JMP %10llu else JMP %10llu%n", word,
                    &numbers->k, &numbers->yes, &numbers->no, &used) == 4)
        *code = code_of(comparisons, word);
    return used;
}

/* The distance from one line to another; false: too far, or backward. */
static bool distance(unsigned long long from, unsigned long long to, uint32_t max, uint32_t *skip)
{
    if (to <= from || to - from - 1 > max)
        return false;
    *skip = (uint32_t)(to - from - 1);
    return true;
}

static bool make_insn(struct cordon_insn *insn, uint16_t code, const struct numbers *numbers,
                      unsigned long long line)
{
    struct cordon_insn made = {.code = code, .k = (uint32_t)numbers->k};
    if (code == NO_CODE || numbers->k > UINT32_MAX)
        return false;
    if (code == CORDON_OP_JA && !distance(line, numbers->yes, UINT32_MAX, &made.k))
        return false;
    if (cordon_opcode_is_branch(code)) {
        uint32_t jt, jf;
        if (!distance(line, numbers->yes, UINT8_MAX, &jt) ||
            !distance(line, numbers->no, UINT8_MAX, &jf))
            return false;
        made.jt = (uint8_t)jt;
        made.jf = (uint8_t)jf;
    }
    *insn = made;
    return true;
}

/* *context: the number of the first line, UINT32_MAX before it was read. */
static bool read_line(void *context, struct cordon_insn *insn, uint32_t index, const char **at,
                      const char *end)
{
    uint32_t *first = context;
    char text[MAX_LINE];
    unsigned long long line;
    struct numbers numbers = {0};
    uint16_t code = NO_CODE;
    int start = 0;
    if (end - *at >= (ptrdiff_t)sizeof text)
        return false;
    memcpy(text, *at, (size_t)(end - *at));
    text[end - *at] = '\0';
    if (sscanf(text, " %10llu) %n", &line, &start) != 1 || !start || line > UINT32_MAX / 2)
        return false;
    if (*first == UINT32_MAX)
        *first = (uint32_t)line;
    if (line != *first + (unsigned long long)index)
        return false;
    *at += start;
    int used = read_form(text + start, &code, &numbers);
    const char *rest = text + start + used + strspn(text + start + used, " \t\r");
    return used && (!*rest || !strncmp(rest, "//", 2)) && make_insn(insn, code, &numbers, line);
}

enum cordon_error chromium_read(struct reading *reading)
{
    uint32_t first = UINT32_MAX;
    return read_lines(reading, reading->text, reading->end, read_line, &first);
}

bool chromium_begins(const char *text, const char *end)
{
    const char *number = skip_space(text, end), *at = number;
    while (at < end && is_digit(*at))
        at++;
    return at > number && end - at > 2 && at[0] == ')' && at[1] == ' ';
}
