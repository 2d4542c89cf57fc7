/* SPDX-License-Identifier: MIT */
/*
 * seccomp_tools_asm.c: the assembler of seccomp-tools, which its `disasm --asm-able` prints too:
 *
 *     A = arch
 *     if (A != ARCH_X86_64) goto dead
 *     A = sys_number
 *     A == write ? ok : next
 *     return ERRNO(5)
 *     ok: return ALLOW
 *
 * Newlines have no meaning. A label comes before its statement and after all jumps to it; `next` is
 * the next statement, and a number that isn't a label skips that many.
 */
#include "seccomp_tools_asm.h"

#include <string.h>

/* ---- labels ---- */

/* Takes "NAME:"; false: there is no label. */
static bool take_label(struct sasm *sasm, struct word *name)
{
    *name = sasm_peek(sasm);
    if (!name->length || name->text + name->length == sasm->end || name->text[name->length] != ':')
        return false;
    sasm->at += name->length + 1;
    return true;
}

static bool add_label(struct sasm *sasm, struct word name)
{
    if (label_find(sasm->labels, sasm->label_count, name))
        return sasm_refuse(sasm, name.text, name.length, "duplicate label");
    if (word_is(name, "next"))
        return sasm_refuse(sasm, name.text, name.length,
                           "\"next\" is reserved for the next statement");
    if (sasm->label_count == MAX_LABELS)
        return sasm_refuse(sasm, name.text, name.length, "too many labels");
    sasm->labels[sasm->label_count++] = (struct label){name, sasm->count};
    return true;
}

/* ---- jumps ---- */

/* The number of statements that a jump to `where` skips. */
static bool distance(struct sasm *sasm, struct word where, uint32_t from, uint32_t *skip)
{
    *skip = 0;
    if (!where.length || word_is(where, "next"))
        return true;
    const struct label *label = label_find(sasm->labels, sasm->label_count, where);
    if (label && label->at <= from)
        return sasm_refuse(sasm, where.text, where.length, "jumps only go forward");
    if (label) {
        *skip = label->at - from - 1;
        return true;
    }
    bool decimal = where.text[0] != '0' || where.length == 1;
    return (decimal && sasm_digits(where, false, skip)) ||
           sasm_refuse(sasm, where.text, where.length, "unknown label");
}

/* Replaces the labels of a jump by distances. */
static bool resolve(struct sasm *sasm, uint32_t at)
{
    struct statement *made = &sasm->statements[at];
    uint32_t yes, no;
    if (cordon_opcode_class(made->insn.code) != CORDON_CLASS_JMP)
        return true;
    if (!distance(sasm, made->yes, at, &yes) || !distance(sasm, made->no, at, &no))
        return false;
    if (yes == no) {
        made->insn = (struct cordon_insn){.code = CORDON_OP_JA, .k = yes};
        return true;
    }
    struct word far = yes > UINT8_MAX ? made->yes : made->no;
    if (yes > UINT8_MAX || no > UINT8_MAX)
        return sasm_refuse(sasm, far.text, far.length,
                           "a conditional jump skips at most 255 instructions");
    made->insn.jt = (uint8_t)yes;
    made->insn.jf = (uint8_t)no;
    return true;
}

/* ---- the text ---- */

bool tools_asm_begins(const char *text, const char *end)
{
    struct sasm sasm = {.at = text, .end = end};
    struct word name;
    struct cordon_insn insn = {0};
    while (take_label(&sasm, &name))
        continue;
    if (sasm_take_word(&sasm, "a"))
        return sasm_take(&sasm, "=") || sasm_take(&sasm, "!=") || sasm_take(&sasm, ">") ||
               sasm_take(&sasm, "<") || sasm_take(&sasm, "&");
    if (sasm_take_word(&sasm, "x"))
        return sasm_take(&sasm, "=");
    if (sasm_take_word(&sasm, "if"))
        return sasm_take(&sasm, "(");
    if (sasm_take_word(&sasm, "goto"))
        return sasm_peek(&sasm).length > 0;
    return sasm_take_word(&sasm, "return") && sasm_return(&sasm, &insn);
}

static bool labelled_statement(struct sasm *sasm)
{
    struct word name;
    while (take_label(sasm, &name))
        if (!add_label(sasm, name))
            return false;
    if (sasm->count == CORDON_MAX_INSNS)
        return sasm_refuse(sasm, sasm->at, 1, "more than %u instructions", CORDON_MAX_INSNS);
    struct statement *made = &sasm->statements[sasm->count];
    *made = (struct statement){0};
    if (!sasm_statement(sasm, made))
        return false;
    sasm->count++;
    return true;
}

static bool assemble(struct sasm *sasm, struct reading *reading)
{
    while (sasm_has_more(sasm))
        if (!labelled_statement(sasm))
            return false;
    for (; reading->count < sasm->count; reading->count++) {
        if (!resolve(sasm, reading->count))
            return false;
        reading->insns[reading->count] = sasm->statements[reading->count].insn;
    }
    return true;
}

/* Large enough for any program; most of it is never touched. */
struct tables {
    struct statement statements[ROOM];
    struct label labels[MAX_LABELS];
};

enum cordon_error tools_asm_read(struct reading *reading)
{
    const struct cordon_allocator *allocator = reading->allocator;
    struct tables *tables = allocator->resize(allocator->context, NULL, 0, sizeof *tables);
    if (!tables)
        return reading_fail(reading, CORDON_E_NO_MEMORY, "out of memory");
    struct sasm sasm = {
        .reading = reading,
        .at = reading->text,
        .end = reading->end,
        .abi = reading->abi,
        .statements = tables->statements,
        .labels = tables->labels,
    };
    bool good = assemble(&sasm, reading);
    allocator->resize(allocator->context, tables, sizeof *tables, 0);
    return good ? CORDON_OK : CORDON_E_SYNTAX;
}
