/* SPDX-License-Identifier: MIT */
/*
 * cmd_explain.c: cordon explain: explains the verdict for a call: the decisions on its path, the
 * rule or the instructions, and small changes of arguments that would change the verdict.
 */
#include "cordon/cause.h"
#include "cordon/describe.h"
#include "cordon/explain.h"
#include "cordon/programs.h"
#include "subject.h"

struct explainer {
    const struct subject *subject;
    const struct cordon_abi *abi;
    struct cordon_data call;
    bool changed;           /* a small change with another verdict was found */
    json_t *path, *changes; /* NULL: text */
};

/* ---- decisions ---- */

static void print_decision(void *context, const struct cordon_step *decision)
{
    const struct explainer *explainer = context;
    char text[512];
    struct cordon_buffer buffer = {text, sizeof text, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    cordon_step_print(&sink, explainer->subject->model, explainer->abi, &explainer->call, decision);
    if (explainer->path)
        json_array_append_new(explainer->path, json_string(text));
    else
        printf("  %s\n", text);
}

static void print_change(void *context, const struct cordon_change *change)
{
    struct explainer *explainer = context;
    char answer[64], text[512];
    struct cordon_buffer buffer = {text, sizeof text, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    explainer->changed = true;
    action_text(change->verdict, answer, sizeof answer);
    if (explainer->changes) {
        cordon_word_print(&sink, explainer->abi, change->word);
        json_array_append_new(explainer->changes,
                              json_pack("{ss sI ss}", "word", text, "value",
                                        (json_int_t)change->after, "verdict", answer));
        return;
    }
    cordon_change_print(&sink, explainer->abi, &explainer->call, change);
    printf("  %s: %s\n", text, answer);
}

static uint32_t print_decisions(struct explainer *explainer)
{
    return cordon_explain_steps(explainer->subject->model, explainer->subject->node,
                                &explainer->call, print_decision, explainer);
}

static void print_changes(struct explainer *explainer)
{
    cordon_explain_changes(explainer->subject->model, explainer->subject->node, &explainer->call,
                           print_change, explainer);
}

/* ---- text ---- */

static bool print_instructions(const struct cordon_program *program, const struct cordon_abi *abi,
                               const struct cordon_data *call)
{
    uint32_t path[CORDON_MAX_INSNS];
    uint32_t steps = cordon_program_trace(program, call, path, CORDON_MAX_INSNS).steps;
    struct cordon_listing *listing;
    struct cordon_sink sink = file_sink(stdout);
    if (cordon_listing_create(&listing, program, abi, NULL)) {
        fail("out of memory");
        return false;
    }
    printf("%u instructions executed:\n", steps);
    for (uint32_t i = 0; i < steps; i++) {
        struct cordon_listing_line line = cordon_listing_line(listing, path[i]);
        cordon_listing_line_print(&sink, &line);
    }
    cordon_listing_free(listing);
    return true;
}

static int explain_as_text(struct explainer *explainer)
{
    const struct cordon_input *input = &explainer->subject->input;
    char text[64];
    action_text(cordon_model_evaluate(explainer->subject->model, explainer->subject->node,
                                      &explainer->call),
                text, sizeof text);
    puts(text);
    print_cause(input, &explainer->call, true);
    puts("because:");
    print_decisions(explainer);
    if (input->kind == CORDON_INPUT_PROGRAM &&
        !print_instructions(&input->program, explainer->abi, &explainer->call))
        return EXIT_BAD;
    puts("other verdicts with:");
    print_changes(explainer);
    if (!explainer->changed)
        puts("  no small change of these arguments changes the verdict");
    return finish_output(EXIT_YES);
}

/* ---- JSON ---- */

static json_t *instructions_json(const struct cordon_program *program,
                                 const struct cordon_data *call)
{
    uint32_t path[CORDON_MAX_INSNS];
    uint32_t steps = cordon_program_trace(program, call, path, CORDON_MAX_INSNS).steps;
    json_t *list = json_array();
    for (uint32_t i = 0; i < steps; i++)
        json_array_append_new(list, json_integer(path[i]));
    return list;
}

static int explain_as_json(struct explainer *explainer)
{
    const struct cordon_input *input = &explainer->subject->input;
    char text[64];
    explainer->path = json_array();
    explainer->changes = json_array();
    uint32_t verdict = print_decisions(explainer);
    print_changes(explainer);
    action_text(verdict, text, sizeof text);
    json_t *json = json_pack("{ss sI so so}", "verdict", text, "value", (json_int_t)verdict,
                             "decisions", explainer->path, "changes", explainer->changes);
    struct cordon_cause cause = input->kind == CORDON_INPUT_POLICY
                                    ? cordon_policy_cause(&input->compiled, &explainer->call)
                                    : cordon_program_cause(&input->program, &explainer->call);
    if (cause.in_text)
        json_object_update_new(
            json, json_pack("{ss si}", "file", cause.place.file, "line", (int)cause.place.line));
    if (cause.origin)
        json_object_set_new(json, "origin", json_string(cause.origin));
    if (input->kind == CORDON_INPUT_PROGRAM)
        json_object_set_new(json, "instructions",
                            instructions_json(&input->program, &explainer->call));
    return print_json(json, EXIT_YES);
}

int command_explain(const struct options *options)
{
    struct subject subject;
    if (!subject_open(&subject, options->arguments[0], options))
        return EXIT_BAD;
    struct explainer explainer = {.subject = &subject, .abi = call_abi(&subject.input, options)};
    int status = EXIT_BAD;
    if (call_read(&explainer.call, &subject.input, options, options->arguments + 1))
        status = options->json ? explain_as_json(&explainer) : explain_as_text(&explainer);
    subject_close(&subject);
    return status;
}
