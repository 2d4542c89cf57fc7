/* SPDX-License-Identifier: MIT */
/* subject.c: opens the filter or policy that a command asks about, and makes its graph. */
#include "subject.h"

#include "cordon/denial.h"

bool subject_open(struct subject *subject, const char *path, const struct options *options)
{
    struct cordon_reporter reporter = level_reporter(CORDON_ERROR);
    *subject = (struct subject){0};
    if (!input_read(&subject->input, path, options, &reporter))
        return false;
    subject->model = new_model();
    if (subject->model && !input_graph(&subject->input, subject->model, options, &subject->node))
        return true;
    subject_close(subject);
    return false;
}

void subject_close(struct subject *subject)
{
    cordon_model_free(subject->model);
    cordon_input_free(&subject->input);
}

void print_cause(const struct cordon_input *input, const struct cordon_data *data, bool quoted)
{
    struct cordon_sink sink = file_sink(stdout);
    struct cordon_suggestion suggestion;
    if (input->kind != CORDON_INPUT_POLICY)
        return;
    struct cordon_cause cause = cordon_policy_cause(&input->compiled, data);
    cordon_cause_print(&sink, &cause, input->name);
    if (quoted && cause.line)
        printf("\n    %.*s", (int)cause.line_length, cause.line);
    putchar('\n');
    if (cordon_action_runs(cordon_program_run(&input->program, data).value))
        return;
    cordon_suggest(&suggestion, &input->compiled, &cause, data);
    printf("to allow: ");
    cordon_suggestion_print(&sink, &suggestion);
    putchar('\n');
}

const struct cordon_abi *call_abi(const struct cordon_input *input, const struct options *options)
{
    return options->abi_count ? cordon_abi(options->abis[0])
           : input->policy    ? cordon_abi(input->policy->abis[0])
                              : cordon_abi_native();
}

bool call_read(struct cordon_data *data, const struct cordon_input *input,
               const struct options *options, char **words)
{
    size_t count = 0;
    struct cordon_diag diag;
    while (words[count])
        count++;
    if (!cordon_call_parse(data, call_abi(input, options), (const char *const *)words, count,
                           &diag)) {
        uint16_t since =
            cordon_syscall_unasked(call_abi(input, options), data->word[CORDON_WORD_NR]);
        if (since)
            remark(CORDON_NOTE, "Linux %u.%u and newer run this call without asking filters",
                   since >> 8, since & 0xff);
        return true;
    }
    report_diag(&diag, NULL, 0);
    return false;
}
