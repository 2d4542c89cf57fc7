/* SPDX-License-Identifier: MIT */
/* call.c: the values of a call's arguments, and the parser of calls given as words. */
#include "cordon/call.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- arguments as values ---- */

static bool has_high_half(const struct cordon_abi *abi, unsigned arg)
{
    return arg == CORDON_ARGS || abi->bits == 64;
}

uint64_t cordon_data_argument(const struct cordon_abi *abi, const struct cordon_data *data,
                              unsigned arg)
{
    uint64_t low = data->word[cordon_abi_low(abi, arg)];
    uint64_t high = data->word[cordon_abi_high(abi, arg)];
    return has_high_half(abi, arg) ? low | high << 32 : low;
}

void cordon_data_set_argument(const struct cordon_abi *abi, struct cordon_data *data, unsigned arg,
                              uint64_t value)
{
    data->word[cordon_abi_low(abi, arg)] = (uint32_t)value;
    data->word[cordon_abi_high(abi, arg)] = has_high_half(abi, arg) ? (uint32_t)(value >> 32) : 0;
}

struct cordon_syscall cordon_data_syscall(const struct cordon_abi *abi,
                                          const struct cordon_data *data)
{
    uint16_t id = abi ? cordon_syscall_id_by_nr(abi, data->word[CORDON_WORD_NR]) : CORDON_NO_ID;
    uint64_t values[CORDON_ARGS];
    if (id == CORDON_NO_ID)
        return (struct cordon_syscall){.id = id};
    struct cordon_syscall call = cordon_syscall(abi, id);
    for (unsigned i = 0; i < CORDON_ARGS; i++)
        values[i] = cordon_data_argument(abi, data, i);
    cordon_syscall_specify(abi, &call, values, (1u << CORDON_ARGS) - 1);
    return call;
}

/* ---- words ---- */

bool cordon_number_parse(const char *text, size_t length, uint64_t *value)
{
    char copy[32];
    if (length == 0 || length >= sizeof copy || strchr("+ \t\n\v\f\r", text[0]))
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    char *end;
    int before = errno;
    errno = 0;
    *value = copy[0] == '-' ? (uint64_t)strtoll(copy, &end, 0) : strtoull(copy, &end, 0);
    bool good = end == copy + length && errno == 0;
    errno = before;
    return good;
}

bool cordon_argument_parse(const struct cordon_abi *abi, const char *text, size_t length,
                           uint64_t *value)
{
    *value = 0;
    while (length > 0) {
        const char *bar = memchr(text, '|', length);
        size_t part = bar ? (size_t)(bar - text) : length;
        uint64_t bits;
        if (!cordon_number_parse(text, part, &bits) &&
            !cordon_constant_value(abi, text, (uint32_t)part, &bits))
            return false;
        *value |= bits;
        if (!bar)
            return true;
        text += part + 1;
        length -= part + 1;
    }
    return false;
}

bool cordon_nr_parse(const struct cordon_abi *abi, const char *text, size_t length, uint32_t *nr)
{
    uint64_t number;
    if (cordon_number_parse(text, length, &number)) {
        *nr = (uint32_t)number;
        return number <= UINT32_MAX || number >= (uint64_t)INT32_MIN;
    }
    uint16_t id = cordon_syscall_id(text, (uint32_t)length);
    *nr = id == CORDON_NO_ID ? CORDON_NO_NR : cordon_syscall_nr(abi, id);
    return *nr != CORDON_NO_NR;
}

static const char *nth_call(uint32_t index)
{
    return cordon_syscall_name((uint16_t)index);
}

static enum cordon_error no_call(const struct cordon_abi *abi, const char *name,
                                 struct cordon_diag *diag)
{
    const char *nearest =
        cordon_name_nearest(name, (uint32_t)strlen(name), cordon_syscall_id_count(), nth_call);
    cordon_diag_set(diag, CORDON_E_NAME, "%s has no system call \"%s\"", abi->name, name);
    if (diag && nearest)
        snprintf(diag->hint, sizeof diag->hint, "did you mean %s?", nearest);
    return CORDON_E_NAME;
}

/* ---- calls as they are printed ---- */

#define SOME_ADDRESS 0x1000 /* for text and structures, which a filter cannot see */

/* The end of an argument: a comma, or the bracket that closes the call, outside texts and braces.
 */
static size_t argument_length(const char *text)
{
    size_t at = 0;
    bool quoted = false;
    for (int depth = 0; text[at] && (depth > 0 || quoted || !strchr(",)", text[at])); at++) {
        if (quoted && text[at] == '\\' && text[at + 1])
            at++;
        else if (text[at] == '"')
            quoted = !quoted;
        else if (!quoted)
            depth += (text[at] == '{' || text[at] == '(') - (text[at] == '}' || text[at] == ')');
    }
    return at;
}

static enum cordon_error bad_argument(const struct cordon_abi *abi, unsigned index,
                                      const char *text, size_t length, struct cordon_diag *diag)
{
    return cordon_diag_set(diag, CORDON_E_NAME,
                           "argument %u: \"%.*s\" is neither a number nor a constant of %s", index,
                           (int)length, text, abi->name);
}

static enum cordon_error parse_arguments(struct cordon_data *call, const struct cordon_abi *abi,
                                         const char *text, struct cordon_diag *diag)
{
    for (unsigned i = 0; text += strspn(text, " "), *text && *text != ')'; i++) {
        size_t length = argument_length(text);
        uint64_t value = SOME_ADDRESS;
        bool hidden = text[0] == '"' || text[0] == '{';
        if (i == CORDON_ARGS)
            return cordon_diag_set(diag, CORDON_E_RANGE, "a call has at most six arguments");
        if (length == 4 && !memcmp(text, "NULL", length))
            value = 0;
        else if (!hidden && !cordon_argument_parse(abi, text, length, &value))
            return bad_argument(abi, i, text, length, diag);
        cordon_data_set_argument(abi, call, i, value);
        text += length + (text[length] == ',');
    }
    if (*text == ')' && !text[1 + strspn(text + 1, " \n")])
        return CORDON_OK;
    return cordon_diag_set(diag, CORDON_E_SYNTAX, "the call doesn't end with \")\"");
}

/* socket(AF_UNIX, SOCK_STREAM, 0) */
static enum cordon_error parse_printed(struct cordon_data *data, const struct cordon_abi *abi,
                                       const char *text, struct cordon_diag *diag)
{
    struct cordon_data call = {.word = {[CORDON_WORD_ARCH] = abi->token}};
    char name[64];
    size_t length = strcspn(text, "(");
    snprintf(name, sizeof name, "%.*s", (int)length, text);
    if (!cordon_nr_parse(abi, text, length, &call.word[CORDON_WORD_NR]))
        return no_call(abi, name, diag);
    enum cordon_error error = parse_arguments(&call, abi, text + length + 1, diag);
    if (!error)
        *data = call;
    return error;
}

/* ---- calls as words ---- */

enum cordon_error cordon_call_parse(struct cordon_data *data, const struct cordon_abi *abi,
                                    const char *const *words, size_t count,
                                    struct cordon_diag *diag)
{
    struct cordon_data call = {.word = {[CORDON_WORD_ARCH] = abi->token}};
    if (count == 1 && strchr(words[0], '('))
        return parse_printed(data, abi, words[0], diag);
    if (count > 1 + CORDON_ARGS)
        return cordon_diag_set(diag, CORDON_E_RANGE, "a call has at most six arguments");
    if (!cordon_nr_parse(abi, words[0], strlen(words[0]), &call.word[CORDON_WORD_NR]))
        return no_call(abi, words[0], diag);
    for (unsigned i = 1; i < count; i++) {
        uint64_t value;
        if (!cordon_argument_parse(abi, words[i], strlen(words[i]), &value))
            return bad_argument(abi, i - 1, words[i], strlen(words[i]), diag);
        cordon_data_set_argument(abi, &call, i - 1, value);
    }
    *data = call;
    return CORDON_OK;
}

/* Cuts a line into at most `most` words; returns how many. */
static size_t cut_words(char *line, const char *words[], size_t most)
{
    static const char blanks[] = " \t\r\n";
    size_t count = 0;
    for (line += strspn(line, blanks); *line && count < most; line += strspn(line, blanks)) {
        words[count++] = line;
        size_t length = strcspn(line, blanks);
        line += memchr(line, '(', length) ? strcspn(line, "\r\n") : length;
        if (*line)
            *line++ = '\0';
    }
    return count;
}

enum cordon_error cordon_call_parse_line(struct cordon_data *data, const struct cordon_abi **abi,
                                         char *line, struct cordon_diag *diag)
{
    const char *words[CORDON_ARGS + 3]; /* one more than a call has */
    size_t count = cut_words(line, words, sizeof words / sizeof *words);
    const struct cordon_abi *named =
        count ? cordon_abi_by_name(words[0], (uint32_t)strlen(words[0])) : NULL;
    if (!named)
        return cordon_diag_set(diag, CORDON_E_NAME, "unknown architecture");
    if (count < 2)
        return cordon_diag_set(diag, CORDON_E_SYNTAX, "the system call is missing");
    enum cordon_error error = cordon_call_parse(data, named, words + 1, count - 1, diag);
    if (!error)
        *abi = named;
    return error;
}
