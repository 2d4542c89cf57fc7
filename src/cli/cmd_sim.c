/* SPDX-License-Identifier: MIT */
/* cmd_sim.c: cordon sim: prints the verdict for a call, and how many instructions it takes. */
#include <stdlib.h>
#include <string.h>

#include "subject.h"

/* ---- one call ---- */

static int sim_one(const struct cordon_input *input, const struct options *options, char **words,
                   uint64_t ip)
{
    struct cordon_data data;
    if (!call_read(&data, input, options, words))
        return EXIT_BAD;
    cordon_data_set_argument(call_abi(input, options), &data, CORDON_ARGS, ip);
    struct cordon_run run = cordon_program_run(&input->program, &data);
    char text[64];
    action_text(run.value, text, sizeof text);
    if (options->json)
        return print_json(json_pack("{ss sI si}", "verdict", text, "value", (json_int_t)run.value,
                                    "instructions", (int)run.steps),
                          EXIT_YES);
    printf("%s, %u instructions\n", text, run.steps);
    print_cause(input, &data, false);
    return finish_output(EXIT_YES);
}

/* ---- many calls ---- */

static int sim_batch(const struct cordon_input *input, uint64_t ip)
{
    static const char name[] = "standard input";
    char *line = NULL;
    size_t room = 0;
    int result = EXIT_YES;
    for (uint32_t number = 1; getline(&line, &room, stdin) > 0; number++) {
        struct cordon_data data;
        struct cordon_diag diag;
        const struct cordon_abi *abi;
        char text[64];
        if (cordon_call_parse_line(&data, &abi, line, &diag)) {
            fprintf(stderr, "%s:%u: %s\n", name, number, diag.text);
            puts("error");
            result = EXIT_BAD;
            continue;
        }
        cordon_data_set_argument(abi, &data, CORDON_ARGS, ip);
        struct cordon_run run = cordon_program_run(&input->program, &data);
        action_text(run.value, text, sizeof text);
        printf("%s %u\n", text, run.steps);
    }
    free(line);
    return finish_output(result);
}

/* ---- the command ---- */

int command_sim(const struct options *options)
{
    bool batch = options->value[OPTION_BATCH];
    const char *address = options->value[OPTION_IP];
    uint64_t ip = 0;
    if (address && !cordon_number_parse(address, strlen(address), &ip))
        return usage_error("sim", "\"%s\" is not an address", address);
    if (batch && options->count > 1)
        return usage_error("sim", "unexpected argument \"%s\": --batch reads the calls",
                           options->arguments[1]);
    if (!batch && options->count < 2)
        return missing_argument("sim");
    struct cordon_reporter reporter = terminal_reporter();
    struct cordon_input input;
    if (!input_read(&input, options->arguments[0], options, &reporter))
        return EXIT_BAD;
    int status =
        batch ? sim_batch(&input, ip) : sim_one(&input, options, options->arguments + 1, ip);
    cordon_input_free(&input);
    return status;
}
