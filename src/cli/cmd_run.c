/* SPDX-License-Identifier: MIT */
/* cmd_run.c: cordon run: a program under a policy. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "denial_report.h"
#include "program.h"

struct own {
    const char *policy;
    bool explain, no_trace, new_privs;
};

enum { OPTION_EXPLAIN = 1, OPTION_NO_TRACE, OPTION_NEW_PRIVS };

static bool take(void *context, int option, const char *value)
{
    struct own *own = context;
    if (option == 'p')
        own->policy = value;
    else if (option == OPTION_EXPLAIN)
        own->explain = true;
    else if (option == OPTION_NO_TRACE)
        own->no_trace = true;
    else
        own->new_privs = true;
    return true;
}

struct session {
    const struct input *input;
    bool json;
};

static void stopped(void *context, const struct cordon_stop *stop)
{
    const struct session *session = context;
    denial_report(session->input, stop, session->json);
}

/* errno answers become trace answers, so that the tracer hears of them and makes the call fail. */
static uint32_t trace_errno(void *context, uint32_t verdict)
{
    (void)context;
    return (verdict & CORDON_ACTION_FULL) == CORDON_ERRNO
               ? (uint32_t)CORDON_TRACE | (verdict & CORDON_ACTION_DATA)
               : verdict;
}

/* The variant of the program that --explain installs. */
static bool explained_code(const struct input *input, struct cordon_code *code)
{
    struct cordon_diag diag;
    cordon_node node = cordon_model_map(input->compiled.model, input->compiled.meaning.verdicts,
                                        trace_errno, NULL);
    if (cordon_emit_proven(code, input->compiled.model, node, NULL, &diag) == CORDON_OK)
        return true;
    report_diag(&diag, NULL, 0);
    return false;
}

static int run_program(const struct input *input, const struct own *own, char **argv, bool json)
{
    struct session session = {input, json};
    struct cordon_code code = {0};
    struct cordon_launch launch = {.program = &input->program,
                                   .argv = argv,
                                   .no_trace = own->no_trace,
                                   .new_privs = own->new_privs,
                                   .stopped = stopped,
                                   .context = &session};
    if (own->explain && input->kind != INPUT_POLICY)
        return usage_error("run", "--explain needs a policy, this is a filter");
    if (own->explain && own->no_trace)
        return usage_error("run", "--explain needs the tracer that --no-trace does without");
    if (own->explain && !explained_code(input, &code))
        return EXIT_BAD;
    if (own->explain)
        launch.installed = &code.program;
    int status;
    struct cordon_diag diag;
    enum cordon_error error = cordon_launch(&launch, &status, &diag);
    cordon_code_free(&code);
    if (error)
        report_diag(&diag, NULL, 0);
    return error && error != CORDON_E_NOT_FOUND ? EXIT_BAD : status;
}

int command_run(int argc, char **argv)
{
    static const struct option own_options[] = {{"policy", required_argument, NULL, 'p'},
                                                {"explain", no_argument, NULL, OPTION_EXPLAIN},
                                                {"no-trace", no_argument, NULL, OPTION_NO_TRACE},
                                                {"new-privs", no_argument, NULL, OPTION_NEW_PRIVS},
                                                {0}};
    struct own own = {.policy = "@stdio"};
    struct options options = {0};
    int status, first = program_options(argc, argv, &options, own_options, take, &own, &status);
    if (first < 0)
        return status;
    struct input input;
    if (!program_policy(&input, own.policy, &options))
        return EXIT_BAD;
    status = run_program(&input, &own, argv + first, options.json);
    input_free(&input);
    return status;
}
