/* SPDX-License-Identifier: MIT */
/* cmd_stat.c: cordon stat: prints what a filter allows, its cost, and its holes. */
#include "cordon/describe.h"
#include "cordon/stat.h"
#include "subject.h"

/* Prints a lint, or adds it to a list. */
static void take_lint(void *context, const struct cordon_diag *diag, const char *line,
                      uint32_t length)
{
    (void)line, (void)length;
    if (context)
        json_array_append_new(context, diag_json(diag, diag->text));
    else
        printf("%s: %s [%s]\n", cordon_severity_name(diag->severity), diag->text,
               cordon_lint_row(diag->lint)->id);
}

static void take_lints(const struct subject *subject, json_t *list)
{
    struct cordon_reporter reporter = {.report = take_lint, .context = list};
    enum cordon_error error = cordon_input_check(&subject->input, CORDON_NOTE, &reporter);
    if (error)
        fail("%s: %s", subject->input.name, cordon_error_text(error));
}

static json_t *abi_json(const struct cordon_abi *abi, const struct cordon_abi_stat *stat)
{
    return json_pack("{ss si si si si sI sf sf sf}", "abi", abi->name, "allowed",
                     (int)stat->allowed, "checked", (int)stat->checked, "denied", (int)stat->denied,
                     "cached", (int)stat->cached, "install", (json_int_t)stat->install, "mean",
                     stat->mean, "uncached", stat->uncached, "weighted", stat->weighted);
}

/* The verdict for architectures without an ABI; a leaf, if it is constant. */
static struct cordon_view other_answer(const struct subject *subject)
{
    return cordon_model_view(subject->model, cordon_part_of_arch(subject->model, subject->node, 0));
}

/* For a filter those of -a; else those that aren't judged like unknown architectures. */
static bool is_shown(const struct subject *subject, const struct options *options,
                     const struct cordon_abi *abi)
{
    bool chosen = !subject->input.policy && options->abi_count;
    uint32_t value;
    for (uint32_t i = 0; chosen && i < options->abi_count; i++)
        if (options->abis[i] == abi->id)
            return true;
    if (chosen)
        return false;
    struct cordon_view other = other_answer(subject);
    bool uniform = cordon_is_uniform(subject->model, subject->node, abi, &value);
    return !uniform || !other.is_leaf || value != other.value;
}

static void stat_abis(const struct subject *subject, const struct options *options, json_t *abis)
{
    struct cordon_sink sink = file_sink(stdout);
    for (int id = 0; id < CORDON_ABI_COUNT; id++) {
        const struct cordon_abi *abi = cordon_abi(id);
        if (!is_shown(subject, options, abi))
            continue;
        struct cordon_abi_stat stat = cordon_stat_abi(
            subject->model, subject->node, &subject->input.program, abi, options->weights);
        if (abis) {
            json_array_append_new(abis, abi_json(abi, &stat));
        } else {
            cordon_stat_print(&sink, abi, &stat, options->weights && options->weights->count);
            cordon_tested_print(&sink, subject->model, subject->node, abi);
        }
    }
}

static int stat_as_json(const struct subject *subject, const struct options *options)
{
    const struct cordon_program *program = &subject->input.program;
    json_t *abis = json_array(), *lints = json_array();
    stat_abis(subject, options, abis);
    take_lints(subject, lints);
    return print_json(json_pack("{ss si si so so}", "name", subject->input.name, "length",
                                (int)program->length, "worst", (int)cordon_program_worst(program),
                                "abis", abis, "lints", lints),
                      EXIT_YES);
}

static int stat_as_text(const struct subject *subject, const struct options *options)
{
    const struct cordon_program *program = &subject->input.program;
    struct cordon_view other = other_answer(subject);
    char text[64];
    printf("%s: %u instructions, at most %u of them executed\n", subject->input.name,
           program->length, cordon_program_worst(program));
    stat_abis(subject, options, NULL);
    action_text(other.value, text, sizeof text);
    if (other.is_leaf && !other.is_computed)
        printf("any other architecture: %s\n", text);
    take_lints(subject, NULL);
    return finish_output(EXIT_YES);
}

int command_stat(const struct options *options)
{
    struct subject subject;
    if (!subject_open(&subject, options->arguments[0], options))
        return EXIT_BAD;
    int status = options->json ? stat_as_json(&subject, options) : stat_as_text(&subject, options);
    enum cordon_error error = cordon_model_status(subject.model);
    if (error) /* the printed part is correct */
        status = fail("%s: %s", subject.input.name, cordon_error_text(error));
    subject_close(&subject);
    return status;
}
