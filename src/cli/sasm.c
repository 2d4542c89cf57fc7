/* SPDX-License-Identifier: MIT */
/*
 * sasm.c: the assembler of seccomp-tools, which its `disasm --asm-able` prints too:
 *
 *     A = arch
 *     if (A != ARCH_X86_64) goto dead
 *     A = sys_number
 *     A == write ? ok : next
 *     return ERRNO(5)
 *     ok: return ALLOW
 *
 * Lines mean nothing. A label stands in front of its statement and behind all that jump there;
 * `next` is the next statement, and a number that is no label skips so many.
 */
#include <stdlib.h>
#include <string.h>

#include "sasm.h"

enum { USES_X = 0x08 }; /* in opcodes of arithmetic and jumps */

/* ---- operands ---- */

/* X, or a number. */
static bool operand(struct sasm *sasm, struct cordon_insn *insn)
{
    if (!sasm_take_word(sasm, "x"))
        return sasm_number(sasm, &insn->k);
    insn->code |= USES_X;
    return true;
}

static bool index_of(struct sasm *sasm, uint32_t below, uint32_t *value)
{
    if (!sasm_take(sasm, "["))
        return sasm_expected(sasm, "\"[\"");
    const char *at = sasm->at;
    if (!sasm_number(sasm, value))
        return false;
    if (*value >= below)
        return sasm_refuse(sasm, at, 1, "the index is below %u", below);
    return sasm_take(sasm, "]") || sasm_expected(sasm, "\"]\"");
}

/* ---- statements ---- */

static bool target(struct sasm *sasm, struct word *where)
{
    *where = sasm_peek(sasm);
    sasm->at += where->length;
    return where->length || sasm_expected(sasm, "a label");
}

static bool goto_target(struct sasm *sasm, struct word *where)
{
    if (sasm_take_word(sasm, "goto") || sasm_take_word(sasm, "jmp") || sasm_take_word(sasm, "jump"))
        return target(sasm, where);
    return sasm_expected(sasm, "goto");
}

static void swap(struct statement *statement)
{
    struct word yes = statement->yes;
    statement->yes = statement->no;
    statement->no = yes;
}

static const struct {
    char text[4];
    uint8_t code;
    bool negated; /* the comparison is the other one, with its targets swapped */
} operators[] = {
    {"<<=", 0x64, false}, {">>=", 0x74, false}, {"+=", 0x04, false}, {"-=", 0x14, false},
    {"*=", 0x24, false},  {"/=", 0x34, false},  {"|=", 0x44, false}, {"&=", 0x54, false},
    {"^=", 0xa4, false},  {"==", 0x15, false},  {"!=", 0x15, true},  {">=", 0x35, false},
    {"<=", 0x25, true},   {">", 0x25, false},   {"<", 0x35, true},   {"&", 0x45, false},
};

/* The operator and what is behind it; whether the comparison is the other one. */
static bool operation(struct sasm *sasm, struct cordon_insn *insn, bool *negated)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (sasm_take(sasm, operators[i].text)) {
            insn->code = operators[i].code;
            *negated = operators[i].negated;
            return operand(sasm, insn);
        }
    return sasm_expected(sasm, "an operator");
}

static bool is_jump(const struct cordon_insn *insn)
{
    return (insn->code & 7) == 5;
}

/* ([!(] A == 5 [)]) goto LABEL [else goto LABEL] */
static bool conditional(struct sasm *sasm, struct statement *statement)
{
    bool negated = false, turned = false;
    unsigned brackets = 1;
    if (!sasm_take(sasm, "("))
        return sasm_expected(sasm, "\"(\"");
    for (; sasm_take(sasm, "!"); brackets++, turned = !turned)
        if (!sasm_take(sasm, "("))
            return sasm_expected(sasm, "\"(\"");
    if (!sasm_take_word(sasm, "a"))
        return sasm_expected(sasm, "A");
    if (!operation(sasm, &statement->insn, &negated))
        return false;
    if (!is_jump(&statement->insn))
        return sasm_expected(sasm, "a comparison");
    for (; brackets > 0; brackets--)
        if (!sasm_take(sasm, ")"))
            return sasm_expected(sasm, "\")\"");
    if (!goto_target(sasm, &statement->yes) ||
        (sasm_take_word(sasm, "else") && !goto_target(sasm, &statement->no)))
        return false;
    if (negated != turned)
        swap(statement);
    return true;
}

/* sys_number, arch, instruction_pointer, args[n], args_h[n], data[n], each of 64 bits with >> 32 */
static bool data_word(struct sasm *sasm, uint32_t *k)
{
    bool wide = true;
    if (sasm_take_word(sasm, "sys_number") || sasm_take_word(sasm, "arch")) {
        *k = (sasm->at[-1] | 0x20) == 'h' ? 4 : 0;
        return true;
    }
    if (sasm_take_word(sasm, "data"))
        return index_of(sasm, 64, k);
    if (sasm_take_word(sasm, "instruction_pointer")) {
        *k = 8;
    } else if (sasm_take_word(sasm, "args_h")) {
        if (!index_of(sasm, CORDON_ARGS, k))
            return false;
        *k = 20 + 8 * *k;
        wide = false;
    } else if (sasm_take_word(sasm, "args")) {
        if (!index_of(sasm, CORDON_ARGS, k))
            return false;
        *k = 16 + 8 * *k;
    } else {
        return false;
    }
    if (wide && sasm_take(sasm, ">>")) {
        if (!sasm_take_word(sasm, "32"))
            return sasm_expected(sasm, "32");
        *k += 4;
    }
    return true;
}

/* Behind `A =` or `X =`. */
static bool assignment(struct sasm *sasm, struct cordon_insn *insn, bool to_x)
{
    const char *start = sasm_skip(sasm->at, sasm->end);
    if (sasm_take_word(sasm, to_x ? "a" : "x")) {
        insn->code = to_x ? 0x07 : 0x87;
    } else if (sasm_take_word(sasm, "mem")) {
        insn->code = 0x60 | to_x;
        return index_of(sasm, CORDON_SCRATCH, &insn->k);
    } else if (sasm_take_word(sasm, "len")) {
        insn->code = 0x80 | to_x;
    } else if (!to_x && sasm_take(sasm, "-") && sasm_take_word(sasm, "a")) {
        insn->code = 0x84;
    } else {
        sasm->at = start;
        insn->code = 0x20;
        if (!to_x && data_word(sasm, &insn->k))
            return true;
        insn->code = to_x;
        return !sasm->failed && sasm_number(sasm, &insn->k);
    }
    return true;
}

static bool about_a(struct sasm *sasm, struct statement *statement)
{
    bool negated = false, equals = sasm_take(sasm, "==");
    if (equals)
        sasm->at -= 2;
    if (!equals && sasm_take(sasm, "="))
        return assignment(sasm, &statement->insn, false);
    if (!operation(sasm, &statement->insn, &negated))
        return false;
    if (!is_jump(&statement->insn))
        return true;
    if (!sasm_take(sasm, "?") || !target(sasm, &statement->yes) || !sasm_take(sasm, ":") ||
        !target(sasm, &statement->no))
        return sasm_expected(sasm, "? LABEL : LABEL");
    if (negated)
        swap(statement);
    return true;
}

static bool answer(struct sasm *sasm, struct cordon_insn *insn)
{
    static const struct {
        const char *name;
        uint32_t value;
    } actions[] = {{"KILL_PROCESS", (uint32_t)CORDON_KILL_PROCESS},
                   {"KILL", (uint32_t)CORDON_KILL_THREAD},
                   {"KILL_THREAD", (uint32_t)CORDON_KILL_THREAD},
                   {"TRAP", (uint32_t)CORDON_TRAP},
                   {"ERRNO", (uint32_t)CORDON_ERRNO},
                   {"TRACE", (uint32_t)CORDON_TRACE},
                   {"LOG", (uint32_t)CORDON_LOG},
                   {"ALLOW", (uint32_t)CORDON_ALLOW},
                   {"USER_NOTIF", (uint32_t)CORDON_USER_NOTIF}};
    uint32_t data = 0;
    insn->code = sasm_take_word(sasm, "a") ? 0x16 : 0x06;
    if (insn->code == 0x16)
        return true;
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (!sasm_take_word(sasm, actions[i].name))
            continue;
        const char *at = sasm_skip(sasm->at, sasm->end);
        if (at < sasm->end && *at == '(' && !sasm_number(sasm, &data))
            return false;
        insn->k = actions[i].value | data;
        return data <= CORDON_ACTION_DATA || sasm_refuse(sasm, at, 1, "0 to 65535 fit here");
    }
    return sasm_number(sasm, &insn->k);
}

static bool store(struct sasm *sasm, struct cordon_insn *insn)
{
    if (!index_of(sasm, CORDON_SCRATCH, &insn->k))
        return false;
    if (!sasm_take(sasm, "="))
        return sasm_expected(sasm, "\"=\"");
    insn->code = sasm_take_word(sasm, "x") ? 0x03 : 0x02;
    return insn->code == 0x03 || sasm_take_word(sasm, "a") || sasm_expected(sasm, "A or X");
}

static bool label(struct sasm *sasm, struct word name)
{
    for (uint32_t i = 0; i < sasm->label_count; i++)
        if (sasm->labels[i].name.length == name.length &&
            !memcmp(sasm->labels[i].name.text, name.text, name.length))
            return sasm_refuse(sasm, name.text, name.length, "this label stands twice");
    if (sasm_is(name, "next") || sasm->label_count == MAX_LABELS)
        return sasm_refuse(sasm, name.text, name.length,
                           sasm->label_count == MAX_LABELS ? "too many labels"
                                                           : "\"next\" is the next statement");
    sasm->labels[sasm->label_count++] = (struct label){name, sasm->count};
    return true;
}

static bool statement(struct sasm *sasm)
{
    struct statement *made = &sasm->statements[sasm->count];
    for (struct word word; (word = sasm_peek(sasm)).length && word.text + word.length < sasm->end &&
                           word.text[word.length] == ':';) {
        sasm->at += word.length + 1;
        if (!label(sasm, word))
            return false;
    }
    if (sasm->count == CORDON_MAX_INSNS)
        return sasm_refuse(sasm, sasm->at, 1, "more than %u instructions", CORDON_MAX_INSNS);
    bool good;
    if (sasm_take_word(sasm, "a"))
        good = about_a(sasm, made);
    else if (sasm_take_word(sasm, "x"))
        good = sasm_take(sasm, "=") ? assignment(sasm, &made->insn, true)
                                    : sasm_expected(sasm, "\"=\"");
    else if (sasm_take_word(sasm, "mem"))
        good = store(sasm, &made->insn);
    else if (sasm_take_word(sasm, "if"))
        good = conditional(sasm, made);
    else if (sasm_take_word(sasm, "return"))
        good = answer(sasm, &made->insn);
    else {
        made->insn.code = 0x05;
        good = goto_target(sasm, &made->yes);
        made->no = made->yes;
    }
    sasm->count += good;
    return good;
}

/* ---- jumps ---- */

static bool distance(struct sasm *sasm, struct word where, uint32_t from, uint32_t *skip)
{
    *skip = 0;
    if (!where.length || sasm_is(where, "next"))
        return true;
    for (uint32_t i = 0; i < sasm->label_count; i++) {
        const struct label *known = &sasm->labels[i];
        if (known->name.length != where.length ||
            memcmp(known->name.text, where.text, where.length) != 0)
            continue;
        if (known->at <= from)
            return sasm_refuse(sasm, where.text, where.length, "jumps lead forward only");
        *skip = known->at - from - 1;
        return true;
    }
    bool plain = where.text[0] != '0' || where.length == 1;
    return (plain && sasm_digits(where, false, skip)) ||
           sasm_refuse(sasm, where.text, where.length, "there is no such label");
}

static bool resolve(struct sasm *sasm, uint32_t at)
{
    struct statement *made = &sasm->statements[at];
    uint32_t yes, no;
    if (!is_jump(&made->insn))
        return true;
    if (!distance(sasm, made->yes, at, &yes) || !distance(sasm, made->no, at, &no))
        return false;
    if (yes == no) {
        made->insn = (struct cordon_insn){.code = 0x05, .k = yes};
        return true;
    }
    struct word far = yes > UINT8_MAX ? made->yes : made->no;
    if (yes > UINT8_MAX || no > UINT8_MAX)
        return sasm_refuse(sasm, far.text, far.length,
                           "a condition jumps over 255 instructions at most");
    made->insn.jt = (uint8_t)yes;
    made->insn.jf = (uint8_t)no;
    return true;
}

/* ---- the whole ---- */

bool sasm_begins(const char *text, size_t length)
{
    const char *end = text + length, *at = sasm_skip(text, end);
    struct sasm sasm = {.text = text, .at = at, .end = end, .failed = true}; /* nothing is told */
    struct word word = sasm_peek(&sasm);
    while (word.length && word.text + word.length < end && word.text[word.length] == ':') {
        sasm.at += word.length + 1;
        word = sasm_peek(&sasm);
    }
    struct cordon_insn insn = {0};
    if (sasm_take_word(&sasm, "a"))
        return sasm_take(&sasm, "=") || sasm_take(&sasm, "!=") || sasm_take(&sasm, ">") ||
               sasm_take(&sasm, "<") || sasm_take(&sasm, "&");
    if (sasm_take_word(&sasm, "x"))
        return sasm_take(&sasm, "=");
    if (sasm_take_word(&sasm, "if"))
        return sasm_take(&sasm, "(");
    if (sasm_take_word(&sasm, "goto"))
        return sasm_peek(&sasm).length > 0;
    return sasm_take_word(&sasm, "return") && (word = sasm_peek(&sasm)).length &&
           word.text[0] >= 'A' && answer(&sasm, &insn);
}

bool sasm_assemble(const char *name, const char *text, size_t length, const struct cordon_abi *abi,
                   struct cordon_insn *insns, uint32_t *count)
{
    struct sasm sasm = {.name = name, .text = text, .at = text, .end = text + length, .abi = abi};
    sasm.statements = calloc(CORDON_MAX_INSNS + 1, sizeof *sasm.statements);
    sasm.labels = calloc(MAX_LABELS, sizeof *sasm.labels);
    bool good = sasm.statements && sasm.labels;
    if (!good)
        fail("out of memory");
    while (good && sasm_skip(sasm.at, sasm.end) < sasm.end)
        good = statement(&sasm);
    for (uint32_t i = 0; good && i < sasm.count; i++) {
        good = resolve(&sasm, i);
        insns[i] = sasm.statements[i].insn;
    }
    *count = sasm.count;
    free(sasm.statements);
    free(sasm.labels);
    return good;
}
