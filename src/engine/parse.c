/* SPDX-License-Identifier: MIT */
/* parse.c: parses an instruction in the forms that print.c writes. */
#include "cordon/engine.h"

#include "isa.h"

struct reader {
    const char *text;
    uint32_t length;
    uint32_t at;
};

static bool at_blank(const struct reader *reader)
{
    char c = reader->text[reader->at];
    return c == ' ' || c == '\t' || c == '\r';
}

static void skip_blanks(struct reader *reader)
{
    while (reader->at < reader->length && at_blank(reader))
        reader->at++;
}

static bool read_char(struct reader *reader, char wanted)
{
    skip_blanks(reader);
    if (reader->at == reader->length || reader->text[reader->at] != wanted)
        return false;
    reader->at++;
    return true;
}

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* Is the word here exactly `wanted`? */
static bool read_word(struct reader *reader, const char *wanted)
{
    skip_blanks(reader);
    uint32_t at = reader->at;
    for (; *wanted; wanted++, at++)
        if (at == reader->length || reader->text[at] != *wanted)
            return false;
    if (at < reader->length && is_word_char(reader->text[at]))
        return false;
    reader->at = at;
    return true;
}

static uint32_t digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (uint32_t)(c - 'a' + 10);
    if (c >= 'A' && c <= 'F')
        return (uint32_t)(c - 'A' + 10);
    return UINT32_MAX;
}

/* Decimal, or hexadecimal after 0x, at most `max`. */
static bool read_number(struct reader *reader, uint32_t max, uint32_t *number)
{
    skip_blanks(reader);
    uint32_t at = reader->at, base = 10;
    if (at + 1 < reader->length && reader->text[at] == '0' &&
        (reader->text[at + 1] | 0x20) == 'x') {
        base = 16;
        at += 2;
    }
    uint32_t start = at;
    uint64_t value = 0;
    for (; at < reader->length && digit_value(reader->text[at]) < base; at++) {
        value = value * base + digit_value(reader->text[at]);
        if (value > max)
            return false;
    }
    if (at == start || (at < reader->length && is_word_char(reader->text[at])))
        return false;
    reader->at = at;
    *number = (uint32_t)value;
    return true;
}

/* An absolute target as an offset from the next instruction. */
static bool read_target(struct reader *reader, uint32_t index, uint32_t reach, uint32_t *offset)
{
    uint32_t from = reader->at, target;
    if (!read_number(reader, UINT32_MAX, &target))
        return false;
    if (target <= index || target - index - 1 > reach) {
        reader->at = from;
        return false;
    }
    *offset = target - index - 1;
    return true;
}

static bool read_branch(struct reader *reader, struct cordon_insn *insn, uint32_t index)
{
    uint32_t jt, jf;
    if (!read_char(reader, ',') || !read_target(reader, index, UINT8_MAX, &jt) ||
        !read_char(reader, ',') || !read_target(reader, index, UINT8_MAX, &jf))
        return false;
    insn->jt = (uint8_t)jt;
    insn->jf = (uint8_t)jf;
    return true;
}

static bool read_constant(struct reader *reader, uint32_t *k)
{
    return read_char(reader, '#') && read_number(reader, UINT32_MAX, k);
}

static bool read_operand(struct reader *reader, enum operand operand, struct cordon_insn *insn,
                         uint32_t index)
{
    switch (operand) {
    case OPERAND_NONE:
        return true;
    case OPERAND_K:
        return read_constant(reader, &insn->k);
    case OPERAND_X:
        return read_word(reader, "x");
    case OPERAND_MEM:
        if (!read_char(reader, 'M'))
            return false;
        __attribute__((fallthrough));
    case OPERAND_WORD:
        return read_char(reader, '[') && read_number(reader, UINT32_MAX, &insn->k) &&
               read_char(reader, ']');
    case OPERAND_LEN:
        return read_char(reader, '#') && read_word(reader, "len");
    case OPERAND_A:
        return read_word(reader, "a");
    case OPERAND_JUMP:
        return read_target(reader, index, UINT32_MAX, &insn->k);
    case OPERAND_BRANCH_K:
        return read_constant(reader, &insn->k) && read_branch(reader, insn, index);
    case OPERAND_BRANCH_X:
        return read_word(reader, "x") && read_branch(reader, insn, index);
    }
    return false;
}

static bool at_end(struct reader *reader)
{
    skip_blanks(reader);
    uint32_t left = reader->length - reader->at;
    const char *text = reader->text + reader->at;
    return left == 0 || text[0] == ';' || text[0] == '\n' ||
           (left > 1 && text[0] == '/' && text[1] == '/');
}

static bool read_raw(struct reader *reader, struct cordon_insn *insn)
{
    uint32_t code, jt, jf, k;
    if (!read_number(reader, UINT16_MAX, &code) || !read_char(reader, ',') ||
        !read_number(reader, UINT8_MAX, &jt) || !read_char(reader, ',') ||
        !read_number(reader, UINT8_MAX, &jf) || !read_char(reader, ',') ||
        !read_number(reader, UINT32_MAX, &k) || !at_end(reader))
        return false;
    *insn = (struct cordon_insn){(uint16_t)code, (uint8_t)jt, (uint8_t)jf, k};
    return true;
}

/* One mnemonic can have several opcodes: the operand selects one. `furthest` is for the error's
 * place. */
static bool read_by_rows(struct reader *reader, struct cordon_insn *insn, uint32_t index,
                         uint32_t *furthest)
{
    uint32_t start = reader->at;
    for (uint32_t i = 0; i < ISA_ROWS; i++) {
        const struct isa_row *row = &isa_rows[i];
        struct cordon_insn read = {.code = row->code};
        reader->at = start;
        if (!read_word(reader, row->mnemonic))
            continue;
        if (read_operand(reader, row->operand, &read, index) && at_end(reader)) {
            *insn = read;
            return true;
        }
        skip_blanks(reader);
        *furthest = reader->at > *furthest ? reader->at : *furthest;
    }
    return false;
}

bool cordon_insn_parse(struct cordon_insn *insn, const char *text, uint32_t length, uint32_t index,
                       uint32_t *at)
{
    struct reader reader = {text, length, 0};
    skip_blanks(&reader);
    uint32_t furthest = reader.at;
    if (read_word(&reader, "raw")) {
        if (read_raw(&reader, insn))
            return true;
        furthest = reader.at;
    } else if (read_by_rows(&reader, insn, index, &furthest)) {
        return true;
    }
    if (at)
        *at = furthest;
    return false;
}
