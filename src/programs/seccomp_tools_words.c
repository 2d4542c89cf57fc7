/* SPDX-License-Identifier: MIT */
/* seccomp_tools_words.c: parses words and numbers of seccomp-tools' assembler. */
#include "seccomp_tools_asm.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- errors ---- */

bool sasm_refuse(struct sasm *sasm, const char *at, uint32_t length, const char *format, ...)
{
    char text[160];
    va_list args;
    if (sasm->failed || !sasm->reading)
        return false;
    sasm->failed = true;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    reading_refuse(sasm->reading, at, length, "%s", text);
    return false;
}

bool sasm_expected(struct sasm *sasm, const char *what)
{
    return sasm_refuse(sasm, sasm->at, 1, "expected %s", what);
}

/* ---- words ---- */

static void skip(struct sasm *sasm)
{
    while ((sasm->at = skip_space(sasm->at, sasm->end)) < sasm->end && *sasm->at == '#')
        sasm->at = end_of_line(sasm->at, sasm->end);
}

bool sasm_has_more(struct sasm *sasm)
{
    skip(sasm);
    return sasm->at < sasm->end;
}

bool sasm_take(struct sasm *sasm, const char *punct)
{
    skip(sasm);
    bool found = begins_with(sasm->at, sasm->end, punct);
    sasm->at += found ? strlen(punct) : 0;
    return found;
}

struct word sasm_peek(struct sasm *sasm)
{
    skip(sasm);
    return word_at(sasm->at, sasm->end);
}

bool sasm_take_word(struct sasm *sasm, const char *text)
{
    struct word word = sasm_peek(sasm);
    if (!word_is(word, text))
        return false;
    sasm->at += word.length;
    return true;
}

/* ---- numbers ---- */

bool sasm_digits(struct word word, bool negative, uint32_t *value)
{
    uint64_t number = 0;
    bool hex = word.length > 2 && word.text[0] == '0' && (word.text[1] | 0x20) == 'x';
    int base = hex ? 16 : 10;
    for (uint32_t i = hex ? 2 : 0; i < word.length; i++) {
        int digit = hex_digit(word.text[i]);
        if (digit < 0 || digit >= base)
            return false;
        number = number * (unsigned)base + (unsigned)digit;
        if (number > UINT32_MAX)
            return false;
    }
    *value = negative ? 0 - (uint32_t)number : (uint32_t)number;
    return word.length > 0 && (!negative || number <= UINT32_MAX / 2 + 1);
}

/* seccomp-tools names ABIs in upper case, and x86_64 amd64. */
static const struct cordon_abi *abi_of(struct word word)
{
    char name[16] = "";
    for (uint32_t i = 0; i < word.length && i < sizeof name - 1; i++)
        name[i] = lower(word.text[i]);
    return word_is(word, "amd64") ? cordon_abi(CORDON_ABI_X86_64)
                                  : cordon_abi_by_name(name, (uint32_t)strlen(name));
}

static uint32_t number_of(const struct cordon_abi *abi, struct word call)
{
    uint16_t id = cordon_syscall_id(call.text, call.length);
    return abi && id != CORDON_NO_ID ? cordon_syscall_nr(abi, id) : CORDON_NO_NR;
}

/* CALL, x32_CALL, ARCH.CALL, or ARCH_… */
static bool name_value(struct sasm *sasm, struct word word, uint32_t *value)
{
    const struct cordon_abi *abi = sasm->abi;
    if (word.length > 5 && word_begins(word, "ARCH_")) {
        abi = abi_of((struct word){word.text + 5, word.length - 5});
        *value = abi ? abi->token : 0;
        return abi != NULL;
    }
    if (sasm->at < sasm->end && *sasm->at == '.') {
        abi = abi_of(word);
        sasm->at++;
        word = sasm_peek(sasm);
        sasm->at += word.length;
    } else if (word.length > 4 && !memcmp(word.text, "x32_", 4)) {
        abi = cordon_abi(CORDON_ABI_X32);
        word = (struct word){word.text + 4, word.length - 4};
    }
    *value = number_of(abi, word);
    if (*value == CORDON_NO_NR && word_is(word, "timerfd")) /* its name for it on amd64 and i386 */
        *value = number_of(abi, (struct word){"timerfd_create", 14});
    return *value != CORDON_NO_NR;
}

bool sasm_number(struct sasm *sasm, uint32_t *value)
{
    unsigned brackets = 0;
    while (sasm_take(sasm, "("))
        brackets++;
    bool negative = sasm_take(sasm, "-");
    struct word word = sasm_peek(sasm);
    sasm->at += word.length;
    bool plain = word.length && is_digit(word.text[0]);
    if (!word.length)
        return sasm_expected(sasm, "a number or the name of a call");
    if (plain ? !sasm_digits(word, negative, value) : negative || !name_value(sasm, word, value))
        return sasm_refuse(sasm, word.text, word.length,
                           "not a 32-bit number, the name of a call, or ARCH_…");
    while (brackets > 0 && sasm_take(sasm, ")"))
        brackets--;
    return !brackets || sasm_expected(sasm, "\")\"");
}
