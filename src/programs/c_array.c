/* SPDX-License-Identifier: MIT */
/*
 * c_array.c: reads programs from C source: an array of struct sock_filter, or of its bytes.
 *
 *     { 0x20, 0, 0, 0x00000004 },
 *     { .code = 0x15, .jt = 0, .jf = 1, .k = AUDIT_ARCH_X86_64 },
 *     BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
 *     BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_read, 0, 1),
 *
 * The source before the first instruction is passed over, so macros of its own aren't known:
 * what the preprocessor (cc -E) prints can be read.
 */
#include <string.h>

#include "c_constants.h"
#include "readers.h"
#include "words.h"

#define MAX_LEAD  (1u << 20) /* bytes before the array: headers are long */
#define MAX_DEPTH 32u

struct source {
    struct reading *reading;
    const char *at, *end;
    const struct cordon_abi *abi;
    unsigned depth;
    bool failed;
};

/* ---- words ---- */

/* Skips blanks, comments, and lines of the preprocessor. */
static const char *skip(const char *at, const char *end)
{
    for (;;) {
        at = skip_space(at, end);
        const char *next = skip_block_comment(at, end);
        if (begins_with(at, end, "//") || begins_with(at, end, "#"))
            next = end_of_line(at, end);
        if (next == at)
            return at;
        at = next;
    }
}

static struct word peek(struct source *source)
{
    source->at = skip(source->at, source->end);
    return word_at(source->at, source->end);
}

static bool is(struct word word, const char *text)
{
    return !cordon_name_compare(word.text, word.length, text);
}

static bool take_word(struct source *source, const char *text)
{
    struct word word = peek(source);
    bool found = is(word, text);
    source->at += found ? word.length : 0;
    return found;
}

static bool take(struct source *source, const char *sign)
{
    source->at = skip(source->at, source->end);
    bool found = begins_with(source->at, source->end, sign);
    source->at += found ? strlen(sign) : 0;
    return found;
}

static bool expected(struct source *source, const char *what)
{
    source->at = skip(source->at, source->end);
    if (!source->failed)
        reading_refuse(source->reading, source->at, 1, "expected %s", what);
    source->failed = true;
    return false;
}

static bool expect(struct source *source, const char *sign)
{
    return take(source, sign) || expected(source, sign);
}

/* ---- expressions ---- */

static bool read_expression(struct source *source, uint32_t *value);

/* A number, perhaps with a suffix. */
static bool read_literal(struct word word, uint32_t *value)
{
    while (word.length > 1 && strchr("uUlL", word.text[word.length - 1]))
        word.length--;
    return read_digits(word.text, word.length, value);
}

/* offsetof(struct seccomp_data, args[1]) */
static bool read_offset(struct source *source, uint32_t *value)
{
    uint32_t index = 0;
    if (!expect(source, "("))
        return false;
    if (!take_word(source, "struct") || !take_word(source, "seccomp_data"))
        return expected(source, "struct seccomp_data");
    if (!expect(source, ","))
        return false;
    struct word member = peek(source);
    if (!c_member(member.text, member.length, value))
        return expected(source, "nr, arch, instruction_pointer or args[…]");
    source->at += member.length;
    if (take(source, "[")) {
        if (!read_expression(source, &index) || !expect(source, "]"))
            return false;
        if (index >= CORDON_ARGS)
            return expected(source, "an argument below 6");
    }
    *value += 8 * index;
    return expect(source, ")");
}

/* A cast, as the preprocessor leaves them: (unsigned short), (__u32). */
static bool take_cast(struct source *source)
{
    static const char *const types[] = {"unsigned", "int",      "short", "long",    "char",
                                        "__u8",     "__u16",    "__u32", "uint8_t", "uint16_t",
                                        "uint32_t", "uint64_t", "__u64", "signed",  "size_t"};
    const char *start = source->at;
    bool any = false, more = take(source, "(");
    while (more) {
        more = false;
        for (size_t i = 0; i < sizeof types / sizeof *types && !more; i++)
            more = take_word(source, types[i]);
        any |= more;
    }
    if (any && take(source, ")"))
        return true;
    source->at = start;
    return false;
}

static bool read_name(struct source *source, struct word word, uint32_t *value)
{
    if (is(word, "offsetof") || is(word, "__builtin_offsetof")) {
        source->at += word.length;
        return read_offset(source, value);
    }
    if (!word.length)
        return expected(source, "a number or a name");
    if (is_digit(word.text[0]) ? !read_literal(word, value)
                               : !c_constant(source->abi, word.text, word.length, value)) {
        if (!source->failed)
            reading_refuse(source->reading, word.text, word.length,
                           "not a 32-bit number, or a name of the kernel's headers; cc -E replaces "
                           "macros");
        source->failed = true;
        return false;
    }
    source->at += word.length;
    return true;
}

static bool read_unary(struct source *source, uint32_t *value)
{
    if (source->depth >= MAX_DEPTH)
        return expected(source, "fewer parentheses");
    while (take_cast(source))
        continue;
    bool minus = take(source, "-"), invert = !minus && take(source, "~");
    if (minus || invert || take(source, "(")) {
        source->depth++;
        bool good = minus || invert ? read_unary(source, value)
                                    : read_expression(source, value) && expect(source, ")");
        source->depth--;
        *value = minus ? 0 - *value : invert ? ~*value : *value;
        return good;
    }
    return read_name(source, peek(source), value);
}

/* Binary operators, the weakest first. */
static const struct operator
{
    const char *sign;
    unsigned level;
}
operators[] = {{"|", 1}, {"^", 2}, {"&", 3}, {"<<", 4}, {">>", 4}, {"+", 5}, {"-", 5}, {"*", 6}};

static uint32_t apply(const char *sign, uint32_t left, uint32_t right)
{
    switch (sign[0]) {
    case '|':
        return left | right;
    case '^':
        return left ^ right;
    case '&':
        return left & right;
    case '<':
        return right < 32 ? left << right : 0;
    case '>':
        return right < 32 ? left >> right : 0;
    case '+':
        return left + right;
    case '-':
        return left - right;
    default:
        return left * right;
    }
}

static bool read_level(struct source *source, unsigned level, uint32_t *value)
{
    if (!read_unary(source, value))
        return false;
    for (;;) {
        const struct operator* found = NULL;
        for (size_t i = 0; i < sizeof operators / sizeof *operators && !found; i++)
            if (operators[i].level >= level && take(source, operators[i].sign))
                found = &operators[i];
        uint32_t right;
        if (!found)
            return true;
        if (!read_level(source, found->level + 1, &right))
            return false;
        *value = apply(found->sign, *value, right);
    }
}

static bool read_expression(struct source *source, uint32_t *value)
{
    return read_level(source, 1, value);
}

/* ---- instructions ---- */

static bool fits(struct source *source, const uint32_t values[4], struct cordon_insn *insn)
{
    if (values[0] > UINT16_MAX || values[1] > UINT8_MAX || values[2] > UINT8_MAX)
        return expected(source, "code below 0x10000, and jt and jf below 0x100, before this");
    *insn = (struct cordon_insn){(uint16_t)values[0], (uint8_t)values[1], (uint8_t)values[2],
                                 values[3]};
    return true;
}

/* BPF_STMT(code, k), BPF_JUMP(code, k, jt, jf) */
static bool read_macro(struct source *source, bool jump, struct cordon_insn *insn)
{
    static const int order[] = {0, 3, 1, 2};
    uint32_t values[4] = {0};
    if (!expect(source, "("))
        return false;
    for (int i = 0; i < (jump ? 4 : 2); i++)
        if ((i && !expect(source, ",")) || !read_expression(source, &values[order[i]]))
            return false;
    return expect(source, ")") && fits(source, values, insn);
}

/* .code =: the index of the member; -1: reported. */
static int take_designator(struct source *source)
{
    static const char *const members[] = {"code", "jt", "jf", "k"};
    for (int i = 0; i < 4; i++)
        if (take_word(source, members[i]))
            return expect(source, "=") ? i : -1;
    expected(source, "code, jt, jf or k");
    return -1;
}

/* { code, jt, jf, k }, after the brace */
static bool read_braces(struct source *source, struct cordon_insn *insn)
{
    uint32_t values[4] = {0};
    for (int next = 0; !take(source, "}"); next++) {
        if (next && !take(source, ","))
            return expected(source, "\",\" or \"}\"");
        if (next && take(source, "}"))
            break;
        int member = take(source, ".") ? take_designator(source) : next;
        if (member < 0 || member > 3)
            return member < 0 ? false : expected(source, "\"}\"");
        if (!read_expression(source, &values[member]))
            return false;
        next = member;
    }
    return fits(source, values, insn);
}

static bool read_insn(struct source *source, struct cordon_insn *insn)
{
    if (take(source, "{"))
        return read_braces(source, insn);
    bool jump = take_word(source, "BPF_JUMP");
    if (jump || take_word(source, "BPF_STMT"))
        return read_macro(source, jump, insn);
    return expected(source, "BPF_STMT, BPF_JUMP or {");
}

/* ---- where the array is ---- */

/* What can begin a number: digits, the kernel's names, or those in parentheses after a cast. */
static bool is_number(const char *at, const char *end)
{
    static const char *const casts[] = {"(unsigned", "(__u16)", "((", "(BPF_"};
    if (at == end || *at != '(')
        return at < end && (is_digit(*at) || begins_with(at, end, "BPF_"));
    for (size_t i = 0; i < sizeof casts / sizeof *casts; i++)
        if (begins_with(at, end, casts[i]))
            return true;
    return end - at > 1 && is_digit(at[1]);
}

/* Does an instruction, or the first of its bytes, begin here? */
static bool is_start(const char *at, const char *end)
{
    if (*at != '{')
        return begins_with(at, end, "BPF_STMT(") || begins_with(at, end, "BPF_JUMP(");
    at = skip(at + 1, end);
    if (begins_with(at, end, ".code"))
        return true;
    if (!is_number(at, end) || begins_with(at, end, "BPF_STMT") || begins_with(at, end, "BPF_JUMP"))
        return false;
    for (const char *next; at < end && !strchr(",{}:;\"", *at); at = next > at ? next : at + 1)
        next = skip(at, end);
    return at < end && *at == ',';
}

/* The first instruction; before it there may only be C with an array. NULL: there is none. */
static const char *find_start(const char *text, const char *end)
{
    const char *limit = end - text > MAX_LEAD ? text + MAX_LEAD : end;
    const char *first = skip(text, end);
    bool in_array = false;
    for (const char *at = first; at < limit;) {
        in_array |= begins_with(at, end, "sock_filter") || begins_with(at, end, "[]");
        if (is_start(at, end))
            return at == first || in_array || *at == 'B' ? at : NULL;
        const char *next = skip(at, end);
        at = next > at ? next : at + 1;
    }
    return NULL;
}

bool c_array_begins(const char *text, const char *end)
{
    return find_start(text, end) != NULL;
}

/* { 32, 0, 0, 0, 4, … }: bytes, or words of an instruction? */
static bool is_bytes(struct source source)
{
    unsigned count = 0;
    uint32_t value;
    source.failed = true; /* nothing is reported */
    if (!take(&source, "{"))
        return false;
    while (count < 5 && read_expression(&source, &value)) {
        count++;
        if (!take(&source, ","))
            break;
    }
    return count == 5;
}

static enum cordon_error read_bytes(struct source *source)
{
    struct reading *reading = source->reading;
    uint8_t bytes[8];
    uint32_t used = 0, value = 0;
    take(source, "{");
    while (!take(source, "}")) {
        if (!read_expression(source, &value))
            return CORDON_E_SYNTAX;
        if (value > UINT8_MAX || reading->count == ROOM)
            return expected(source, "at most 4096 instructions of bytes"), CORDON_E_SYNTAX;
        bytes[used++] = (uint8_t)value;
        if (used == sizeof bytes) {
            reading->insns[reading->count++] = insn_of_bytes(bytes);
            used = 0;
        }
        if (!take(source, ",") && !begins_with(skip(source->at, source->end), source->end, "}"))
            return expected(source, "\",\" or \"}\""), CORDON_E_SYNTAX;
    }
    if (used)
        return reading_refuse(reading, source->at - 1, 1,
                              "the number of bytes is not a multiple of 8");
    return CORDON_OK;
}

/* The array ends at a brace or a semicolon; another one is another filter. */
static enum cordon_error read_rest(struct source *source)
{
    const char *end = source->end;
    source->at = skip(source->at, end);
    if (source->at < end && *source->at != '}' && *source->at != ';')
        return expected(source, "\",\", or the end of the array"), CORDON_E_SYNTAX;
    for (const char *at = source->at, *next; at<end; at = next> at ? next : at + 1) {
        next = skip(at, end);
        if (at < end && is_start(at, end))
            return reading_refuse(source->reading, at, 1,
                                  "a second filter begins here: give one of them");
    }
    return CORDON_OK;
}

enum cordon_error c_array_read(struct reading *reading)
{
    const char *start = find_start(reading->text, reading->end);
    struct source source = {.reading = reading, .end = reading->end, .abi = reading->abi};
    source.at = start ? start : reading->text;
    if (is_bytes(source))
        return read_bytes(&source);
    for (;;) {
        const char *next = skip(source.at, source.end);
        if (reading->count && (next == source.end || *next == '}' || *next == ';'))
            break;
        if (reading->count == ROOM)
            break;
        if (!read_insn(&source, &reading->insns[reading->count]))
            return CORDON_E_SYNTAX;
        reading->count++;
        if (!take(&source, ","))
            break;
    }
    return read_rest(&source);
}
