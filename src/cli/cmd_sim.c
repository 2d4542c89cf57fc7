/* SPDX-License-Identifier: MIT */
/* cmd_sim.c: cordon sim: what a filter answers to a call, and how many instructions that takes. */
#include <stdlib.h>
#include <string.h>

#include "call.h"

struct own {
    bool batch;
    uint64_t ip;
};

/* ---- one call ---- */

static int sim_one(const struct cordon_input *input, const struct cordon_abi *abi, char **words,
                   int count, const struct own *own, bool json)
{
    struct cordon_data data;
    if (!call_read(&data, "sim", abi, words, count))
        return EXIT_BAD;
    call_set(&data, abi, CORDON_ARGS, own->ip);
    struct cordon_run run = cordon_program_run(&input->program, &data);
    char text[64];
    action_text(run.value, text, sizeof text);
    if (json)
        return print_json(json_pack("{ss sI si}", "verdict", text, "value", (json_int_t)run.value,
                                    "instructions", (int)run.steps),
                          EXIT_YES);
    printf("%s, %u instructions\n", text, run.steps);
    if (input->kind == CORDON_INPUT_POLICY)
        call_print_decider(input, &data);
    return finish_output(EXIT_YES);
}

/* ---- many calls ---- */

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
static const char *sim_line(const struct cordon_input *input, const char *line, size_t size,
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
    if (!call_name(abi, word, length, &data.word[CORDON_WORD_NR]))
        return "unknown system call";
    call_set(&data, abi, CORDON_ARGS, own->ip);
    for (unsigned arg = 0;; arg++) {
        uint64_t value;
        word = next_word(&at, end, &length);
        if (length == 0)
            break;
        if (arg == CORDON_ARGS)
            return "more than six arguments";
        if (!call_argument(abi, word, length, &value))
            return "neither a number nor a constant";
        call_set(&data, abi, arg, value);
    }
    *run = cordon_program_run(&input->program, &data);
    return NULL;
}

static int sim_batch(const struct cordon_input *input, const struct own *own)
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

/* ---- the command ---- */

int command_sim(int argc, char **argv)
{
    struct options options = {0};
    int status, first = options_parse(argc, argv, &options, &status);
    if (first < 0)
        return status;
    struct own own = {.batch = options.value[OPTION_BATCH]};
    const char *ip = options.value[OPTION_IP];
    if (ip && !call_number(ip, strlen(ip), &own.ip))
        return usage_error("sim", "\"%s\" is no address", ip);
    if (own.batch ? argc - first > 1 : argc - first < 2)
        return usage_error("sim", own.batch
                                      ? "one filter or policy, the calls come from standard input"
                                      : "which filter or policy, and which call?");
    struct cordon_reporter reporter = terminal_reporter(&options.json);
    struct cordon_input input;
    if (!input_read(&input, argv[first], &options, &reporter))
        return EXIT_BAD;
    const struct cordon_abi *abi = call_abi(&input, &options);
    status = own.batch
                 ? sim_batch(&input, &own)
                 : sim_one(&input, abi, argv + first + 1, argc - first - 1, &own, options.json);
    cordon_input_free(&input);
    return status;
}
