/* SPDX-License-Identifier: MIT */
/* call.c: a call as words of the command line: its name or number, its arguments. */
#include "call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A decimal, hexadecimal or octal number, or a negative one as its 64 bits. */
bool call_number(const char *text, size_t length, uint64_t *value)
{
    char copy[32];
    if (length == 0 || length >= sizeof copy)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    char *end;
    errno = 0;
    *value = copy[0] == '-' ? (uint64_t)strtoll(copy, &end, 0) : strtoull(copy, &end, 0);
    return *end == '\0' && errno == 0 && copy[0] != '+' && copy[0] != ' ';
}

/* NUMBER or CONSTANT, any of them joined by |. */
bool call_argument(const struct cordon_abi *abi, const char *text, size_t length, uint64_t *value)
{
    *value = 0;
    while (length > 0) {
        const char *bar = memchr(text, '|', length);
        size_t part = bar ? (size_t)(bar - text) : length;
        uint64_t bits;
        if (!call_number(text, part, &bits) &&
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

bool call_name(const struct cordon_abi *abi, const char *text, size_t length, uint32_t *nr)
{
    uint64_t number;
    if (call_number(text, length, &number)) {
        *nr = (uint32_t)number;
        return number <= UINT32_MAX || number >= (uint64_t)INT32_MIN;
    }
    uint16_t id = cordon_syscall_id(text, (uint32_t)length);
    *nr = id == CORDON_NO_ID ? CORDON_NO_NR : cordon_syscall_nr(abi, id);
    return *nr != CORDON_NO_NR;
}

void call_set(struct cordon_data *data, const struct cordon_abi *abi, unsigned arg, uint64_t value)
{
    data->word[cordon_abi_low(abi, arg)] = (uint32_t)value;
    data->word[cordon_abi_high(abi, arg)] =
        arg < CORDON_ARGS && abi->bits == 32 ? 0 : (uint32_t)(value >> 32);
}

static const char *nth_call(uint32_t index)
{
    return cordon_syscall_name((uint16_t)index);
}

static void suggest_call(const char *name)
{
    const char *nearest =
        cordon_name_nearest(name, (uint32_t)strlen(name), cordon_syscall_id_count(), nth_call);
    if (nearest)
        fprintf(stderr, "    did you mean %s?\n", nearest);
}

bool call_read(struct cordon_data *data, const char *command, const struct cordon_abi *abi,
               char **words, int count)
{
    *data = (struct cordon_data){.word = {[CORDON_WORD_ARCH] = abi->token}};
    if (count > 1 + CORDON_ARGS) {
        usage_error(command, "a call has at most six arguments");
        return false;
    }
    if (!call_name(abi, words[0], strlen(words[0]), &data->word[CORDON_WORD_NR])) {
        fail("%s has no system call \"%s\"", abi->name, words[0]);
        suggest_call(words[0]);
        return false;
    }
    for (int i = 1; i < count; i++) {
        uint64_t value;
        if (!call_argument(abi, words[i], strlen(words[i]), &value)) {
            fail("argument %d: \"%s\" is neither a number nor a constant of %s", i - 1, words[i],
                 abi->name);
            return false;
        }
        call_set(data, abi, (unsigned)i - 1, value);
    }
    return true;
}

const struct cordon_abi *call_abi(const struct cordon_input *input, const struct options *options)
{
    return options->abi_count ? cordon_abi(options->abis[0])
           : input->policy    ? cordon_abi(input->policy->abis[0])
                              : cordon_abi_native();
}

void call_print_decider(const struct cordon_input *input, const struct cordon_data *data)
{
    uint32_t decider =
        cordon_model_evaluate(input->compiled.model, input->compiled.meaning.deciders, data);
    struct cordon_fallback said = cordon_policy_decider(input->policy, decider);
    const char *by = decider == CORDON_BY_DEFAULT    ? "default"
                     : decider == CORDON_BY_BAD_ARCH ? "bad_arch"
                     : decider == CORDON_BY_NEWER    ? "newer_than"
                                                     : "rule";
    if (said.said)
        printf("%s:%u:%u: %s\n", said.place.file, said.place.line, said.place.column, by);
    else
        printf("%s: %s, not said in the policy\n", input->name, by);
}
