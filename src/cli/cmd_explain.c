/* SPDX-License-Identifier: MIT */
/*
 * cmd_explain.c: cordon explain: why a call is answered as it is: the decisions on its way, the
 * rule or the instructions, and which small changes of an argument would be answered otherwise.
 */
#include <string.h>

#include "call.h"
#include "cordon/describe.h"
#include "cordon/term.h"

struct explainer {
    const struct cordon_input *input;
    const struct cordon_abi *abi;
    struct cordon_model *model;
    cordon_node node;
    struct cordon_data data;
    uint32_t verdict;
    bool changed;                  /* a small change was found that is answered otherwise */
    json_t *json, *path, *changes; /* NULL: text */
};

/* ---- decisions ---- */

static const struct cordon_abi *word_abi;

static void print_word(struct cordon_sink *sink, uint32_t word)
{
    cordon_word_print(sink, word_abi, word);
}

struct decision {
    cordon_term term;
    uint32_t mask, value, first, last;
};

static void decision_text(struct explainer *explainer, const struct decision *decision, char *text,
                          size_t room)
{
    struct cordon_buffer buffer = {text, room, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    word_abi = explainer->abi;
    cordon_model_term_print(explainer->model, decision->term, print_word, &sink);
    if (decision->mask != UINT32_MAX) {
        cordon_sink_text(&sink, " & ");
        cordon_sink_hex(&sink, decision->mask, 1);
    }
    cordon_sink_text(&sink, " is ");
    cordon_sink_hex(&sink, decision->value, 1);
    if (decision->term == CORDON_WORD_NR) {
        cordon_sink_text(&sink, " (");
        uint16_t id = cordon_syscall_id_by_nr(explainer->abi, decision->value);
        cordon_sink_text(&sink, id == CORDON_NO_ID ? "unknown" : cordon_syscall_name(id));
        cordon_sink_text(&sink, ")");
    } else if (decision->term == CORDON_WORD_ARCH) {
        cordon_sink_text(&sink, " (");
        cordon_sink_text(&sink, explainer->abi->name);
        cordon_sink_text(&sink, ")");
    }
    if (decision->first == decision->last)
        return;
    cordon_sink_text(&sink, ", as all from ");
    cordon_sink_hex(&sink, decision->first, 1);
    cordon_sink_text(&sink, " to ");
    cordon_sink_hex(&sink, decision->last, 1);
}

/* The test of a node that this call meets, and where it leads. */
static cordon_node decide(struct explainer *explainer, cordon_node node, struct decision *decision)
{
    struct cordon_view view = cordon_model_view(explainer->model, node);
    uint32_t value =
        cordon_model_term_value(explainer->model, view.term, &explainer->data) & view.mask;
    uint32_t i = 0, first = 0;
    for (; view.edges[i].last < value; i++)
        first = view.edges[i].last + 1;
    *decision =
        (struct decision){view.term, view.mask, value, first, view.edges[i].last & view.mask};
    return view.edges[i].to;
}

/* Another value of an argument word, tried. */
static void try_value(struct explainer *explainer, const struct decision *decision, uint32_t value)
{
    struct cordon_data changed = explainer->data;
    uint32_t *word = &changed.word[decision->term];
    *word = (*word & ~decision->mask) | (value & decision->mask);
    uint32_t verdict = cordon_model_evaluate(explainer->model, explainer->node, &changed);
    if (verdict == explainer->verdict)
        return;
    explainer->changed = true;
    char answer[64], name[32];
    struct cordon_buffer buffer = {name, sizeof name, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    cordon_word_print(&sink, explainer->abi, decision->term);
    action_text(verdict, answer, sizeof answer);
    if (explainer->json)
        json_array_append_new(explainer->changes, json_pack("{ss sI ss}", "word", name, "value",
                                                            (json_int_t)*word, "verdict", answer));
    else
        printf("  %s %#x in place of %#x: %s\n", name, *word, explainer->data.word[decision->term],
               answer);
}

/* Is it no value of the masked word, or one that was tried as a single bit? */
static bool is_tried(const struct decision *decision, uint32_t value)
{
    uint32_t changed = value ^ decision->value;
    return value & ~decision->mask || (decision->mask != UINT32_MAX && !(changed & (changed - 1)));
}

/* The values next to those that are answered alike, and single bits of masks. */
static void try_changes(struct explainer *explainer, const struct decision *decision)
{
    if (decision->term < CORDON_WORD_ARGS || decision->term >= CORDON_WORDS)
        return;
    for (uint32_t bit = 1; bit && decision->mask != UINT32_MAX; bit <<= 1)
        if (decision->mask & bit)
            try_value(explainer, decision, decision->value ^ bit);
    if (decision->first > 0 && !is_tried(decision, decision->first - 1))
        try_value(explainer, decision, decision->first - 1);
    if (decision->last < decision->mask && !is_tried(decision, decision->last + 1))
        try_value(explainer, decision, decision->last + 1);
}

static void each_decision(struct explainer *explainer,
                          void (*tell)(struct explainer *, const struct decision *))
{
    cordon_node node = explainer->node;
    while (!cordon_model_view(explainer->model, node).is_leaf) {
        struct decision decision;
        node = decide(explainer, node, &decision);
        tell(explainer, &decision);
    }
}

static void tell_decision(struct explainer *explainer, const struct decision *decision)
{
    char text[512];
    decision_text(explainer, decision, text, sizeof text);
    if (explainer->json)
        json_array_append_new(explainer->path, json_string(text));
    else
        printf("  %s\n", text);
}

/* ---- the rule or the instructions ---- */

static void tell_rule(const struct explainer *explainer)
{
    uint32_t decider =
        cordon_model_evaluate(explainer->input->compiled.model,
                              explainer->input->compiled.meaning.deciders, &explainer->data);
    struct cordon_fallback said = cordon_policy_decider(explainer->input->policy, decider);
    uint32_t length = 0;
    const char *line =
        said.said ? cordon_policy_line(explainer->input->policy, said.place, &length) : NULL;
    if (explainer->json) {
        if (said.said)
            json_object_update_new(explainer->json, json_pack("{ss si}", "file", said.place.file,
                                                              "line", (int)said.place.line));
        return;
    }
    call_print_decider(explainer->input, &explainer->data);
    if (line)
        printf("    %.*s\n", (int)length, line);
}

static void tell_instructions(const struct explainer *explainer)
{
    static uint32_t path[CORDON_MAX_INSNS];
    struct cordon_run run =
        cordon_program_trace(&explainer->input->program, &explainer->data, path, CORDON_MAX_INSNS);
    if (explainer->json) {
        json_t *list = json_array();
        for (uint32_t i = 0; i < run.steps; i++)
            json_array_append_new(list, json_integer(path[i]));
        json_object_set_new(explainer->json, "instructions", list);
        return;
    }
    printf("%u instructions executed:\n", run.steps);
    struct cordon_listing *listing;
    struct cordon_sink sink = file_sink(stdout);
    if (cordon_listing_create(&listing, &explainer->input->program, NULL)) {
        fail("out of memory");
        return;
    }
    for (uint32_t i = 0; i < run.steps; i++) {
        struct cordon_listing_line line = cordon_listing_line(listing, path[i]);
        cordon_listing_line_print(&sink, &line);
    }
    cordon_listing_free(listing);
}

static int explain(struct explainer *explainer)
{
    char text[64];
    explainer->verdict = cordon_model_evaluate(explainer->model, explainer->node, &explainer->data);
    action_text(explainer->verdict, text, sizeof text);
    if (explainer->json) {
        explainer->path = json_array();
        explainer->changes = json_array();
        json_object_update_new(explainer->json,
                               json_pack("{ss sI so so}", "verdict", text, "value",
                                         (json_int_t)explainer->verdict, "decisions",
                                         explainer->path, "changes", explainer->changes));
    } else {
        puts(text);
    }
    if (explainer->input->kind == CORDON_INPUT_POLICY)
        tell_rule(explainer);
    if (!explainer->json)
        puts("because:");
    each_decision(explainer, tell_decision);
    if (explainer->input->kind == CORDON_INPUT_PROGRAM)
        tell_instructions(explainer);
    if (!explainer->json)
        puts("otherwise with:");
    each_decision(explainer, try_changes);
    if (!explainer->json && !explainer->changed)
        puts("  nothing near to these arguments");
    return explainer->json ? print_json(explainer->json, EXIT_YES) : finish_output(EXIT_YES);
}

int command_explain(int argc, char **argv)
{
    struct options options = {0};
    int status, first = options_parse(argc, argv, &options, &status);
    if (first < 0)
        return status;
    struct cordon_reporter reporter = error_reporter(&options.json);
    struct cordon_input input;
    if (!input_read(&input, argv[first], &options, &reporter))
        return EXIT_BAD;
    struct explainer explainer = {
        .input = &input, .abi = call_abi(&input, &options), .model = new_model()};
    status = EXIT_BAD;
    if (explainer.model && !input_graph(&input, explainer.model, &options, &explainer.node) &&
        call_read(&explainer.data, "explain", explainer.abi, argv + first + 1, argc - first - 1)) {
        explainer.json = options.json ? json_object() : NULL;
        status = explain(&explainer);
    }
    cordon_model_free(explainer.model);
    cordon_input_free(&input);
    return status;
}
