/* SPDX-License-Identifier: MIT */
/* cmd_run.c: cordon run: a program under a policy. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "denial_report.h"

struct session {
    const struct cordon_input *input;
    bool json;
};

static void stopped(void *context, const struct cordon_stop *stop)
{
    const struct session *session = context;
    denial_report(session->input, stop, session->json);
}

/* What doesn't end the program becomes a notification, so that the tracer hears of it: see
 * trace/denied.c. */
static uint32_t notify(void *context, uint32_t verdict)
{
    (void)context;
    uint32_t action = verdict & CORDON_ACTION_FULL;
    bool heard = action == CORDON_ERRNO || action == CORDON_TRACE || action == CORDON_LOG;
    return heard ? (uint32_t)CORDON_USER_NOTIF : verdict;
}

/* The variant of the program that --explain installs. */
static bool explained_code(const struct cordon_input *input, struct cordon_code *code)
{
    struct cordon_diag diag;
    cordon_node node =
        cordon_model_map(input->compiled.model, input->compiled.meaning.verdicts, notify, NULL);
    if (cordon_emit_proven(code, input->compiled.model, node, NULL, &diag) == CORDON_OK)
        return true;
    report_diag(&diag, NULL, 0);
    return false;
}

static int run_program(const struct cordon_input *input, const struct options *options, char **argv)
{
    struct session session = {input, options->json};
    bool explain = options->value[OPTION_EXPLAIN_ERRORS],
         no_trace = options->value[OPTION_NO_TRACE];
    struct cordon_code code = {0};
    struct cordon_launch launch = {.program = &input->program,
                                   .argv = argv,
                                   .no_trace = no_trace,
                                   .new_privs = options->value[OPTION_NEW_PRIVS],
                                   .die_with_parent = options->value[OPTION_DIE_WITH_PARENT],
                                   .stopped = stopped,
                                   .failures = terminal_reporter(),
                                   .context = &session};
    if (explain && input->kind != CORDON_INPUT_POLICY)
        return usage_error("run", "--explain needs a policy, not a filter");
    if (explain && no_trace)
        return usage_error("run",
                           "--explain needs the tracer, and cannot be combined with --no-trace");
    if (explain && !explained_code(input, &code))
        return EXIT_BAD;
    launch.explain = explain;
    if (explain)
        launch.installed = &code.program;
    int status;
    struct cordon_diag diag;
    enum cordon_error error = cordon_launch(&launch, &status, &diag);
    cordon_code_free(&code);
    if (error)
        report_diag(&diag, NULL, 0);
    return error && error != CORDON_E_NOT_FOUND ? EXIT_NOT_RUN : status;
}

int command_run(const struct options *options)
{
    const char *policy = options->value[OPTION_POLICY];
    struct cordon_input input;
    if (!program_policy(&input, policy ? policy : "@stdio", options))
        return EXIT_BAD;
    int status = run_program(&input, options, options->arguments);
    cordon_input_free(&input);
    return status;
}
