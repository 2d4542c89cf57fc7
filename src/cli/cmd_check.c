/* SPDX-License-Identifier: MIT */
/* cmd_check.c: cordon check: reads, compiles and verifies a policy or filter, and lints it. */
#include "cli.h"
#include "cordon/sarif.h"

/* Where diagnostics go. */
struct log {
    enum cordon_severity least;
    struct cordon_reporter terminal;
    struct cordon_sarif *sarif; /* NULL: to the terminal */
    json_t *list;               /* also; NULL: not wanted */
    uint32_t count;             /* reported, errors left out */
};

static void take(void *context, const struct cordon_diag *diag, const char *line, uint32_t length)
{
    struct log *log = context;
    if (diag->severity < log->least)
        return;
    log->count += diag->severity < CORDON_ERROR;
    if (log->list)
        json_array_append_new(log->list, diag_json(diag, diag->text));
    if (log->sarif)
        cordon_sarif_add(log->sarif, diag);
    else
        cordon_reporter_add(&log->terminal, diag, line, length);
}

static json_t *summary_json(const struct cordon_input *input, const struct log *log)
{
    json_t *object =
        json_pack("{ss ss si si sO}", "name", input->name, "kind",
                  input->kind == CORDON_INPUT_POLICY ? "policy" : "filter", "instructions",
                  (int)input->program.length, "warnings", (int)log->count, "lints", log->list);
    if (input->kind == CORDON_INPUT_POLICY)
        json_object_set_new(object, "rules", json_integer(input->policy->rule_count));
    return object;
}

static int check(const char *name, const struct options *options, struct log *log)
{
    struct cordon_reporter reporter = {.report = take, .context = log};
    struct cordon_sink sink = file_sink(stdout);
    struct cordon_input input;
    int status = EXIT_YES;
    if (!input_read(&input, name, options, &reporter))
        return EXIT_BAD;
    enum cordon_error error = cordon_input_check(&input, log->least, &reporter);
    if (error)
        status = fail("%s: %s", name, cordon_error_text(error));
    else if (log->list)
        print_json(summary_json(&input, log), EXIT_YES);
    else if (!log->sarif)
        cordon_input_print(&sink, &input);
    cordon_input_free(&input);
    return status;
}

int command_check(const struct options *options)
{
    struct cordon_sink sink = file_sink(stdout);
    struct cordon_sarif sarif;
    struct log log = {.least = CORDON_WARNING, .terminal = level_reporter(CORDON_NOTE)};
    int status = EXIT_YES;
    if (options->value[OPTION_LEVEL])
        log.least = (enum cordon_severity)option_choice(options, OPTION_LEVEL);
    if (options->value[OPTION_SARIF])
        cordon_sarif_begin(log.sarif = &sarif, &sink);
    for (int i = 0; i < options->count; i++) {
        log.list = options->json ? json_array() : NULL;
        int result = check(options->arguments[i], options, &log);
        status = result > status ? result : status;
        json_decref(log.list);
    }
    if (log.sarif)
        cordon_sarif_end(&sarif);
    if (options->value[OPTION_WERROR] && log.count && status == EXIT_YES)
        status = EXIT_NO;
    return finish_output(status);
}
