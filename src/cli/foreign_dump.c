/* SPDX-License-Identifier: MIT */
/*
 * foreign_dump.c: programs as Chromium's sandbox dumps them,
 *
 *      1) LOAD 4  // Architecture
 *      2) if A == 0xc000003e; then JMP 3 else JMP 9
 *
 * and as Ruby prints a string of bytes. What the dump prints as ??? can't be read.
 */
#include <stdio.h>
#include <string.h>

#include "foreign_asm.h"

/* ---- Chromium ---- */

#define MAX_LINE 160

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

struct operator
{
    const char *text;
    uint16_t code;
};

static const struct operator operators[] = {{"&", 0x54},  {"|", 0x44}, {"^", 0xa4}, {"+", 0x04},
                                            {"-", 0x14},  {"*", 0x24}, {"/", 0x34}, {"<<", 0x64},
                                            {">>", 0x74}, {"", 0}};
static const struct operator comparisons[] = {{"==", 0x15}, {">=", 0x35}, {"&", 0x45}, {"", 0}};

#define NO_CODE UINT16_MAX

static uint16_t code_of(const struct operator* operator, const char * text)
{
    while (operator->code && strcmp(operator->text, text) != 0)
        operator++;
    return operator->code ? operator->code : NO_CODE;
}

/* One of the forms; what the numbers are, and how much of the text was read (0: none of them). */
static int read_form(const char *text, struct cordon_insn *insn, unsigned long long numbers[3])
{
    char word[4] = "";
    int used = 0;
    numbers[0] = numbers[1] = numbers[2] = 0;
    if (sscanf(text, "LOAD %10llu%n", &numbers[0], &used) == 1 && used)
        insn->code = 0x20;
    else if (sscanf(text, "RET 0x%8llx%n", &numbers[0], &used) == 1 && used)
        insn->code = 0x06;
    else if (sscanf(text, "JMP %10llu%n", &numbers[1], &used) == 1 && used)
        insn->code = 0x05;
    else if (sscanf(text, "A := -A%n", &used) == 0 && used)
        insn->code = 0x84;
    else if (sscanf(text, "A := A %3[^ ] 0x%8llx%n", word, &numbers[0], &used) == 2 && used)
        insn->code = code_of(operators, word);
    else if (sscanf(text, "if A %3[^ ] 0x%8llx; then JMP %10llu else JMP %10llu%n", word,
                    &numbers[0], &numbers[1], &numbers[2], &used) == 4)
        insn->code = code_of(comparisons, word);
    return used;
}

/* Jumps from line numbers to distances. */
static bool set_jumps(struct cordon_insn *insn, unsigned long long line,
                      const unsigned long long targets[2])
{
    bool conditional = insn->code != 0x05;
    for (int i = 0; i <= conditional; i++)
        if (targets[i] <= line || targets[i] - line - 1 > (conditional ? UINT8_MAX : UINT32_MAX))
            return false;
    if (!conditional)
        insn->k = (uint32_t)(targets[0] - line - 1);
    else
        insn->jt = (uint8_t)(targets[0] - line - 1), insn->jf = (uint8_t)(targets[1] - line - 1);
    return true;
}

bool chromium_read(struct cordon_insn *insn, const char *line, uint32_t length, uint32_t index,
                   uint32_t *first, uint32_t *at)
{
    char text[MAX_LINE];
    unsigned long long number, numbers[3];
    int start = 0;
    *at = 0;
    if (length >= sizeof text)
        return false;
    memcpy(text, line, length);
    text[length] = '\0';
    if (sscanf(text, " %10llu) %n", &number, &start) != 1 || !start || number > UINT32_MAX / 2)
        return false;
    if (*first == UINT32_MAX)
        *first = (uint32_t)number;
    if (number != *first + (unsigned long long)index)
        return false;
    struct cordon_insn made = {.code = NO_CODE};
    int used = read_form(text + start, &made, numbers);
    const char *rest = text + start + used + strspn(text + start + used, " \t\r");
    *at = (uint32_t)start;
    if (!used || made.code == NO_CODE || (*rest && strncmp(rest, "//", 2) != 0) ||
        numbers[0] > UINT32_MAX)
        return false;
    made.k = (uint32_t)numbers[0];
    if ((made.code & 7) == 5 && !set_jumps(&made, number, numbers + 1))
        return false;
    *insn = made;
    return true;
}

bool chromium_begins(const char *text, size_t length)
{
    const char *at = text, *end = text + length;
    while (at < end && strchr(" \t\r\n", *at) && *at)
        at++;
    const char *number = at;
    while (at < end && is_digit(*at))
        at++;
    return at > number && end - at > 2 && at[0] == ')' && at[1] == ' ';
}

/* ---- Ruby ---- */

bool ruby_begins(const char *text, size_t length)
{
    return length > 2 && text[0] == '"' && memchr(text, '\\', length < 64 ? length : 64);
}

static int hex(char c)
{
    return is_digit(c)            ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The byte behind a backslash; -1: none is written so. */
static int escaped(const char **at, const char *end)
{
    static const char letters[] = "abtnvfre\"\\#", bytes[] = "\a\b\t\n\v\f\r\033\"\\#";
    const char *letter = strchr(letters, **at);
    if (**at && letter) {
        ++*at;
        return bytes[letter - letters];
    }
    if (**at != 'x' || end - *at < 3 || hex((*at)[1]) < 0 || hex((*at)[2]) < 0)
        return -1;
    *at += 3;
    return hex((*at)[-2]) * 16 + hex((*at)[-1]);
}

static bool refuse(const char *name, const char *text, const char *at, const char *what)
{
    struct cordon_diag diag;
    cordon_diag_set(&diag, CORDON_E_SYNTAX, "%s", what);
    diag.place = (struct cordon_place){name, 1, (uint32_t)(at - text) + 1, 1};
    report_diag(&diag, NULL, 0);
    return false;
}

bool ruby_read(const char *name, const char *text, size_t length, struct cordon_insn *insns,
               uint32_t *count)
{
    const char *at = text + 1, *end = text + length;
    uint32_t used = 0;
    uint8_t one[8];
    while (at < end && *at != '"') {
        const char *start = at;
        int byte = *at == '\\' && end - at > 1 ? (at++, escaped(&at, end)) : (uint8_t)*at++;
        if (byte < 0)
            return refuse(name, text, start, "no byte is written like this");
        one[used++ % 8] = (uint8_t)byte;
        if (used % 8)
            continue;
        if (used / 8 > CORDON_MAX_INSNS)
            return refuse(name, text, start, "more than 4096 instructions");
        insns[used / 8 - 1] = (struct cordon_insn){
            (uint16_t)(one[0] | one[1] << 8), one[2], one[3],
            one[4] | (uint32_t)one[5] << 8 | (uint32_t)one[6] << 16 | (uint32_t)one[7] << 24};
    }
    if (at == end)
        return refuse(name, text, end, "the string has no end");
    for (at++; at < end; at++)
        if (!strchr(" \t\r\n", *at) || !*at)
            return refuse(name, text, at, "there is more behind the string");
    if (used % 8)
        return refuse(name, text, text, "these bytes are no whole number of 8-byte instructions");
    *count = used / 8;
    return true;
}
