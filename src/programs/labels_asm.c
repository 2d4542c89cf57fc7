/* SPDX-License-Identifier: MIT */
/*
 * labels_asm.c: reads programs as the kernel's bpf_asm takes them, as bpf_dbg disassembles them,
 * and as tcpdump -d prints them:
 *
 *     ld [4]                       l0: ld [4]                       (000) ld       [4]
 *     jne #0xc000003e, bad         l1: jeq #0xc000003e, l2, l3      (001) jeq      #0x5  jt 2  jf 3
 *     ret #0x7fff0000              l2: ret #0x7fff0000              (002) ret      #2147418112
 *     bad: ret #0                  l3: ret #0                       (003) ret      #0
 *
 * Jumps go to labels, or to numbers of instructions. Other instructions are cordon's own.
 */
#include <stdio.h>
#include <string.h>

#include "readers.h"
#include "words.h"

#define MAX_LEAD 4096 /* bytes in which a text must show that it is one */
#define MAX_WORD 32

struct labels {
    struct reading *reading;
    struct label list[CORDON_MAX_INSNS];
    uint32_t count;
};

/* A conditional jump. `swapped`: the first target is for when the comparison fails. */
struct jump {
    const char *name;
    uint16_t by_k, by_x;
    bool swapped;
};

static const struct jump jumps[] = {{"jeq", CORDON_OP_JEQ_K, CORDON_OP_JEQ_X, false},
                                    {"jgt", CORDON_OP_JGT_K, CORDON_OP_JGT_X, false},
                                    {"jge", CORDON_OP_JGE_K, CORDON_OP_JGE_X, false},
                                    {"jset", CORDON_OP_JSET_K, CORDON_OP_JSET_X, false},
                                    {"jne", CORDON_OP_JEQ_K, CORDON_OP_JEQ_X, true},
                                    {"jneq", CORDON_OP_JEQ_K, CORDON_OP_JEQ_X, true},
                                    {"jlt", CORDON_OP_JGE_K, CORDON_OP_JGE_X, true},
                                    {"jle", CORDON_OP_JGT_K, CORDON_OP_JGT_X, true}};

/* ---- words ---- */

static const char *skip_blanks(const char *at, const char *end)
{
    for (;;) {
        while (at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
            at++;
        const char *next = skip_block_comment(at, end);
        if (next == at)
            return at;
        at = next;
    }
}

static struct word take_word(const char **at, const char *end)
{
    struct word word = word_at(skip_blanks(*at, end), end);
    *at = word.text + word.length;
    return word;
}

static bool take_char(const char **at, const char *end, char c)
{
    const char *here = skip_blanks(*at, end);
    if (here == end || *here != c)
        return false;
    *at = here + 1;
    return true;
}

static const struct jump *find_jump(struct word word)
{
    for (size_t i = 0; i < sizeof jumps / sizeof *jumps; i++)
        if (word_is(word, jumps[i].name))
            return &jumps[i];
    return NULL;
}

static bool is_mnemonic(struct word word)
{
    static const char *const others[] = {
        "ld",  "ldb", "ldh", "ldi", "ldx", "ldxi", "ldxb", "st",  "stx", "jmp", "ja",  "add", "sub",
        "mul", "div", "mod", "neg", "and", "or",   "xor",  "lsh", "rsh", "ret", "tax", "txa"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (word_is(word, others[i]))
            return true;
    return find_jump(word);
}

/* ---- lines ---- */

/* Takes the label in front of an instruction, or the number in parentheses; false: there is
 * none. */
static bool take_label(const char **at, const char *end, struct word *name)
{
    const char *here = *at;
    bool listed = take_char(&here, end, '(');
    *name = take_word(&here, end);
    if (!name->length || !take_char(&here, end, listed ? ')' : ':'))
        return false;
    *at = here;
    return true;
}

/* A blank line, or a comment. */
static bool is_empty(const char *line, const char *end)
{
    const char *at = skip_blanks(line, end);
    return at == end || *at == ';' || *at == '#' || begins_with(at, end, "//");
}

/* Labels, and jumps that only this language has, show that a text is in it. */
bool labels_asm_begins(const char *text, const char *end)
{
    const char *limit = end - text > MAX_LEAD ? text + MAX_LEAD : end;
    bool shown = false;
    for (const char *line = text, *stop; line < limit; line = stop + 1) {
        struct word name, word;
        stop = end_of_line(line, end);
        const char *at = line;
        if (is_empty(line, stop))
            continue;
        bool listed = begins_with(skip_blanks(at, stop), stop, "(");
        bool labelled = take_label(&at, stop, &name);
        word = take_word(&at, stop);
        if (!is_mnemonic(word) && !(labelled && is_empty(at, stop) && !word.length))
            return false;
        const struct jump *jump = find_jump(word);
        shown |= (labelled && (listed || !is_digit(name.text[0]))) || (jump && jump->swapped) ||
                 word_is(word, "jmp");
        if (shown && is_mnemonic(word))
            return true;
    }
    return shown;
}

static bool add_label(struct labels *labels, struct word name, uint32_t at)
{
    bool known = label_find(labels->list, labels->count, name);
    if (known || labels->count == CORDON_MAX_INSNS) {
        reading_refuse(labels->reading, name.text, name.length,
                       known ? "duplicate label" : "too many labels");
        return false;
    }
    labels->list[labels->count++] = (struct label){name, at};
    return true;
}

/* Finds the labels; the instructions are read afterwards. */
static bool find_labels(struct labels *labels)
{
    const struct reading *reading = labels->reading;
    uint32_t index = 0;
    for (const char *line = reading->text, *stop; line < reading->end; line = stop + 1) {
        struct word name;
        const char *at = line;
        stop = end_of_line(line, reading->end);
        if (is_empty(line, stop))
            continue;
        if (take_label(&at, stop, &name) && !add_label(labels, name, index))
            return false;
        index += !is_empty(at, stop);
    }
    return true;
}

/* ---- instructions ---- */

static bool take_number(const char **at, const char *end, uint32_t *value)
{
    bool negative = take_char(at, end, '-');
    struct word word = take_word(at, end);
    bool good = read_digits(word.text, word.length, value);
    *value = negative ? 0 - *value : *value;
    return good;
}

/* How many instructions a jump from `index` skips; a number is that of an instruction. */
static bool take_target(struct labels *labels, const char **at, const char *end, uint32_t index,
                        uint32_t most, uint32_t *skip)
{
    struct word word = take_word(at, end);
    const struct label *label = label_find(labels->list, labels->count, word);
    uint32_t target = label ? label->at : 0;
    bool known = label || read_digits(word.text, word.length, &target);
    *skip = target - index - 1;
    bool good = known && target > index && *skip <= most;
    *at = good ? *at : word.text;
    return good;
}

/* jt 2 jf 3, or: , yes, no; without the second one, the next instruction. */
static bool read_jump(struct labels *labels, const struct jump *jump, struct cordon_insn *insn,
                      uint32_t index, const char **at, const char *end)
{
    uint32_t first = 0, second = 0;
    bool by_k = take_char(at, end, '#');
    insn->code = by_k ? jump->by_k : jump->by_x;
    if (by_k && !take_number(at, end, &insn->k))
        return false;
    if (!by_k) {
        take_char(at, end, '%');
        if (!word_is(take_word(at, end), "x"))
            return false;
    }
    if (take_char(at, end, ',')) {
        if (!take_target(labels, at, end, index, UINT8_MAX, &first) ||
            (take_char(at, end, ',') && !take_target(labels, at, end, index, UINT8_MAX, &second)))
            return false;
    } else if (!word_is(take_word(at, end), "jt") ||
               !take_target(labels, at, end, index, UINT8_MAX, &first) ||
               !word_is(take_word(at, end), "jf") ||
               !take_target(labels, at, end, index, UINT8_MAX, &second)) {
        return false;
    }
    insn->jt = (uint8_t)(jump->swapped ? second : first);
    insn->jf = (uint8_t)(jump->swapped ? first : second);
    return is_empty(*at, end);
}

/* The others in cordon's form: ldi is ld, ldxi is ldx, %x is x, and numbers are decimal. */
static bool read_other(struct cordon_insn *insn, struct word name, uint32_t index, const char **at,
                       const char *end)
{
    char text[4 * MAX_WORD] = "";
    size_t used = 0;
    uint32_t wrong = 0, length = name.length;
    bool immediate = word_is(name, "ldi") || word_is(name, "ldxi");
    if (length >= MAX_WORD)
        return false;
    for (uint32_t i = 0; i < length - immediate; i++)
        text[used++] = lower(name.text[i]);
    text[used++] = ' ';
    if (immediate) {
        take_char(at, end, '#'); /* which may be left out */
        text[used++] = '#';
    }
    for (;;) {
        uint32_t value = 0;
        *at = skip_blanks(*at, end);
        if (*at == end || **at == ';' || begins_with(*at, end, "//"))
            break;
        if (used > sizeof text - MAX_WORD)
            return false;
        if (is_digit(**at) || **at == '-') {
            if (!take_number(at, end, &value))
                return false;
            used += (size_t)snprintf(text + used, sizeof text - used, "%u", value);
        } else if (**at == '%') {
            ++*at;
        } else {
            text[used++] = *(*at)++;
        }
    }
    text[used] = '\0';
    return cordon_insn_parse(insn, text, (uint32_t)used, index, &wrong);
}

static bool read_insn(struct labels *labels, struct cordon_insn *insn, uint32_t index,
                      const char **at, const char *end)
{
    struct word name = take_word(at, end);
    const struct jump *jump = find_jump(name);
    *insn = (struct cordon_insn){0};
    if (!name.length)
        return false;
    if (jump)
        return read_jump(labels, jump, insn, index, at, end);
    if (!word_is(name, "jmp") && !word_is(name, "ja"))
        return read_other(insn, name, index, at, end);
    insn->code = CORDON_OP_JA;
    return take_target(labels, at, end, index, UINT32_MAX, &insn->k) && is_empty(*at, end);
}

static enum cordon_error read_insns(struct labels *labels)
{
    struct reading *reading = labels->reading;
    uint32_t errors = 0;
    for (const char *line = reading->text, *stop; line < reading->end && reading->count < ROOM;
         line = stop + 1) {
        struct word name;
        const char *at = line;
        stop = end_of_line(line, reading->end);
        if (is_empty(line, stop))
            continue;
        take_label(&at, stop, &name);
        if (is_empty(at, stop))
            continue;
        if (!read_insn(labels, &reading->insns[reading->count], reading->count, &at, stop)) {
            reading_refuse(reading, at < stop ? at : line, 1,
                           "not an instruction, or its label is unknown or out of reach");
            if (++errors == MAX_ERRORS)
                break;
        }
        reading->count++;
    }
    return errors ? CORDON_E_SYNTAX : CORDON_OK;
}

enum cordon_error labels_asm_read(struct reading *reading)
{
    const struct cordon_allocator *allocator = reading->allocator;
    struct labels *labels = allocator->resize(allocator->context, NULL, 0, sizeof *labels);
    if (!labels)
        return reading_fail(reading, CORDON_E_NO_MEMORY, "out of memory");
    labels->reading = reading;
    labels->count = 0;
    enum cordon_error error = find_labels(labels) ? read_insns(labels) : CORDON_E_SYNTAX;
    allocator->resize(allocator->context, labels, sizeof *labels, 0);
    return error;
}
