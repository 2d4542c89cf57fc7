/* SPDX-License-Identifier: MIT */
/* sasm_words.c: words and numbers of seccomp-tools' assembler. */
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "sasm.h"

/* ---- words ---- */

bool sasm_refuse(struct sasm *sasm, const char *at, uint32_t length, const char *format, ...)
{
    struct cordon_diag diag;
    char text[160];
    va_list args;
    if (sasm->failed)
        return false;
    sasm->failed = true;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    cordon_diag_set(&diag, CORDON_E_SYNTAX, "%s", text);
    const char *line = sasm->text;
    diag.place = (struct cordon_place){sasm->name, 1, 1, length};
    for (const char *newline; (newline = memchr(line, '\n', (size_t)(at - line)));)
        line = newline + 1, diag.place.line++;
    diag.place.column = (uint32_t)(at - line) + 1;
    const char *stop = memchr(at, '\n', (size_t)(sasm->end - at));
    report_diag(&diag, line, (uint32_t)((stop ? stop : sasm->end) - line));
    return false;
}

bool sasm_expected(struct sasm *sasm, const char *what)
{
    return sasm_refuse(sasm, sasm->at, 1, "expected %s", what);
}

const char *sasm_skip(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n' || *at == '#')) {
        const char *newline = *at == '#' ? memchr(at, '\n', (size_t)(end - at)) : at;
        at = newline ? newline + 1 : end;
    }
    return at;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool sasm_take(struct sasm *sasm, const char *punct)
{
    size_t length = strlen(punct);
    sasm->at = sasm_skip(sasm->at, sasm->end);
    if ((size_t)(sasm->end - sasm->at) < length || memcmp(sasm->at, punct, length) != 0)
        return false;
    sasm->at += length;
    return true;
}

struct word sasm_peek(struct sasm *sasm)
{
    sasm->at = sasm_skip(sasm->at, sasm->end);
    struct word word = {sasm->at, 0};
    while (word.text + word.length < sasm->end && is_word(word.text[word.length]))
        word.length++;
    return word;
}

bool sasm_is(struct word word, const char *text)
{
    return strlen(text) == word.length && !strncasecmp(word.text, text, word.length);
}

bool sasm_take_word(struct sasm *sasm, const char *text)
{
    struct word word = sasm_peek(sasm);
    if (!sasm_is(word, text))
        return false;
    sasm->at += word.length;
    return true;
}

/* ---- numbers ---- */

bool sasm_digits(struct word word, bool negative, uint32_t *value)
{
    uint64_t number = 0;
    bool hex = word.length > 2 && word.text[0] == '0' && (word.text[1] | 0x20) == 'x';
    for (uint32_t i = hex ? 2 : 0; i < word.length; i++) {
        char c = word.text[i], lower = (char)(c | 0x20);
        uint32_t digit = c >= '0' && c <= '9'                  ? (uint32_t)(c - '0')
                         : hex && lower >= 'a' && lower <= 'f' ? (uint32_t)(lower - 'a') + 10
                                                               : UINT32_MAX;
        number = number * (hex ? 16 : 10) + digit;
        if (number > UINT32_MAX)
            return false;
    }
    *value = negative ? 0 - (uint32_t)number : (uint32_t)number;
    return word.length > 0 && (!negative || number <= UINT32_MAX / 2 + 1);
}

static const struct cordon_abi *abi_of(struct word word)
{
    char name[16] = "";
    for (uint32_t i = 0; i < word.length && i < sizeof name - 1; i++)
        name[i] =
            (char)(word.text[i] >= 'A' && word.text[i] <= 'Z' ? word.text[i] | 0x20 : word.text[i]);
    return sasm_is(word, "amd64") ? cordon_abi(CORDON_ABI_X86_64)
                                  : cordon_abi_by_name(name, (uint32_t)strlen(name));
}

/* CALL, x32_CALL, ARCH.CALL, or ARCH_… */
static bool name_value(struct sasm *sasm, struct word word, uint32_t *value)
{
    const struct cordon_abi *abi = sasm->abi;
    if (word.length > 5 && !strncasecmp(word.text, "ARCH_", 5)) {
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
    uint16_t id = cordon_syscall_id(word.text, word.length);
    *value = abi && id != CORDON_NO_ID ? cordon_syscall_nr(abi, id) : CORDON_NO_NR;
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
    bool plain = word.length && word.text[0] >= '0' && word.text[0] <= '9';
    if (!word.length)
        return sasm_expected(sasm, "a number or the name of a call");
    if (plain ? !sasm_digits(word, negative, value) : negative || !name_value(sasm, word, value))
        return sasm_refuse(sasm, word.text, word.length, "no number of 32 bits, call or ARCH_…");
    while (brackets > 0 && sasm_take(sasm, ")"))
        brackets--;
    return !brackets || sasm_expected(sasm, "\")\"");
}
