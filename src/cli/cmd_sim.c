/* SPDX-License-Identifier: MIT */
/* cmd_sim.c: cordon sim: what a filter answers to a call, and how many instructions that takes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

struct own {
    bool batch;
    uint64_t ip;
};

/* A decimal, hexadecimal or octal number, or a negative one as its 64 bits. */
static bool parse_number(const char *text, size_t length, uint64_t *value)
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
static bool parse_argument(const struct cordon_abi *abi, const char *text, size_t length,
                           uint64_t *value)
{
    *value = 0;
    while (length > 0) {
        const char *bar = memchr(text, '|', length);
        size_t part = bar ? (size_t)(bar - text) : length;
        uint64_t bits;
        if (!parse_number(text, part, &bits) &&
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

static bool parse_call(const struct cordon_abi *abi, const char *text, size_t length, uint32_t *nr)
{
    uint64_t number;
    if (parse_number(text, length, &number)) {
        *nr = (uint32_t)number;
        return number <= UINT32_MAX || number >= (uint64_t)INT32_MIN;
    }
    uint16_t id = cordon_syscall_id(text, (uint32_t)length);
    *nr = id == CORDON_NO_ID ? CORDON_NO_NR : cordon_syscall_nr(abi, id);
    return *nr != CORDON_NO_NR;
}

static void set_argument(struct cordon_data *data, const struct cordon_abi *abi, unsigned arg,
                         uint64_t value)
{
    data->word[cordon_abi_low(abi, arg)] = (uint32_t)value;
    data->word[cordon_abi_high(abi, arg)] =
        arg < CORDON_ARGS && abi->bits == 32 ? 0 : (uint32_t)(value >> 32);
}

/* ---- one call ------------------------------------------------------------------------------- */

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

static void print_decider(const struct input *input, const struct cordon_data *data)
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

static int sim_one(const struct input *input, const struct cordon_abi *abi, char **words, int count,
                   const struct own *own, bool json)
{
    struct cordon_data data = {.word = {[CORDON_WORD_ARCH] = abi->token}};
    if (count > 1 + CORDON_ARGS)
        return usage_error("sim", "a call has at most six arguments");
    if (!parse_call(abi, words[0], strlen(words[0]), &data.word[CORDON_WORD_NR])) {
        fail("%s has no system call \"%s\"", abi->name, words[0]);
        suggest_call(words[0]);
        return EXIT_BAD;
    }
    for (int i = 1; i < count; i++) {
        uint64_t value;
        if (!parse_argument(abi, words[i], strlen(words[i]), &value))
            return fail("argument %d: \"%s\" is neither a number nor a constant of %s", i - 1,
                        words[i], abi->name);
        set_argument(&data, abi, (unsigned)i - 1, value);
    }
    set_argument(&data, abi, CORDON_ARGS, own->ip);
    struct cordon_run run = cordon_program_run(&input->program, &data);
    char text[64];
    action_text(run.value, text, sizeof text);
    if (json)
        return print_json(json_pack("{ss sI si}", "verdict", text, "value", (json_int_t)run.value,
                                    "instructions", (int)run.steps),
                          EXIT_YES);
    printf("%s, %u instructions\n", text, run.steps);
    if (input->kind == INPUT_POLICY)
        print_decider(input, &data);
    return finish_output(EXIT_YES);
}

/* ---- many calls ----------------------------------------------------------------------------- */

static const char *next_word(const char **at, const char *end, size_t *length)
{
    while (*at < end && (**at == ' ' || **at == '\t'))
        ++*at;
    const char *word = *at;
    while (*at < end && **at != ' ' && **at != '\t' && **at != '\n' && **at != '\r')
        ++*at;
    *length = (size_t)(*at - word);
    return word;
}

/* Why a line can't be answered, or NULL. */
static const char *sim_line(const struct input *input, const char *line, size_t size,
                            const struct own *own, struct cordon_run *run)
{
    const char *at = line, *end = line + size;
    size_t length;
    const char *word = next_word(&at, end, &length);
    const struct cordon_abi *abi = cordon_abi_by_name(word, (uint32_t)length);
    if (!abi)
        return "unknown architecture";
    struct cordon_data data = {.word = {[CORDON_WORD_ARCH] = abi->token}};
    word = next_word(&at, end, &length);
    if (!parse_call(abi, word, length, &data.word[CORDON_WORD_NR]))
        return "unknown system call";
    set_argument(&data, abi, CORDON_ARGS, own->ip);
    for (unsigned arg = 0;; arg++) {
        uint64_t value;
        word = next_word(&at, end, &length);
        if (length == 0)
            break;
        if (arg == CORDON_ARGS)
            return "more than six arguments";
        if (!parse_argument(abi, word, length, &value))
            return "neither a number nor a constant";
        set_argument(&data, abi, arg, value);
    }
    *run = cordon_program_run(&input->program, &data);
    return NULL;
}

static int sim_batch(const struct input *input, const struct own *own)
{
    char *line = NULL;
    size_t room = 0;
    int result = EXIT_YES;
    unsigned long number = 0;
    for (ssize_t size; (size = getline(&line, &room, stdin)) > 0;) {
        struct cordon_run run;
        char text[64];
        number++;
        const char *problem = sim_line(input, line, (size_t)size, own, &run);
        if (problem) {
            fprintf(stderr, "standard input:%lu: %s\n", number, problem);
            puts("error");
            result = EXIT_BAD;
            continue;
        }
        action_text(run.value, text, sizeof text);
        printf("%s %u\n", text, run.steps);
    }
    free(line);
    return finish_output(result);
}

/* ---- the command ---------------------------------------------------------------------------- */

enum { OPTION_IP = 1, OPTION_BATCH };

static bool take(void *context, int option, const char *value)
{
    struct own *own = context;
    if (option == OPTION_BATCH)
        own->batch = true;
    else if (!parse_number(value, strlen(value), &own->ip)) {
        usage_error("sim", "\"%s\" is no address", value);
        return false;
    }
    return true;
}

int command_sim(int argc, char **argv)
{
    static const struct option own_options[] = {{"ip", required_argument, NULL, OPTION_IP},
                                                {"batch", no_argument, NULL, OPTION_BATCH},
                                                {0}};
    struct own own = {0};
    struct options options = {0};
    int status, first = options_parse(argc, argv, &options, "+", own_options, take, &own, &status);
    if (first < 0)
        return status;
    int file = first;
    if (first < argc) { /* options may follow the filter, but -1 is an argument of the call */
        int more = options_parse(argc - first, argv + first, &options, "+", own_options, take, &own,
                                 &status);
        if (more < 0)
            return status;
        first += more - 1;
    }
    if (first == argc || (!own.batch && argc - first < 2) || (own.batch && argc - first > 1))
        return usage_error("sim", own.batch
                                      ? "one filter or policy, the calls come from standard input"
                                      : "which filter or policy, and which call?");
    struct cordon_reporter reporter = terminal_reporter(&options.json);
    struct input input;
    if (!input_read(&input, argv[file], &options, &reporter))
        return EXIT_BAD;
    const struct cordon_abi *abi = options.abi_count ? cordon_abi(options.abis[0])
                                   : input.policy    ? cordon_abi(input.policy->abis[0])
                                                     : cordon_abi_native();
    status = own.batch
                 ? sim_batch(&input, &own)
                 : sim_one(&input, abi, argv + first + 1, argc - first - 1, &own, options.json);
    input_free(&input);
    return status;
}
