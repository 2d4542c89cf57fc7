/* SPDX-License-Identifier: MIT */
/* cmd_diff.c: cordon diff: whether two filters mean the same, and the calls with different
 * verdicts. */
#include <string.h>

#include "cli.h"
#include "cordon/difference.h"

#define SHOWN_NAMES 24u   /* JSON has all of them */
#define SHOWN_LINES 200u  /* of one ABI */
#define NOTED_LINES 2000u /* in JSON */

struct printer {
    const char *const *names; /* names of the two sides */
    bool subset;
    json_t *list;                    /* NULL: text */
    const struct cordon_abi *headed; /* the ABI whose heading was printed */
    bool any_headed;
};

/* ---- differences ---- */

static void print_heading(struct printer *printer, const struct cordon_difference *difference)
{
    const struct cordon_abi *abi = difference->regions[0].abi;
    const char *before = "";
    if (printer->any_headed && printer->headed == abi)
        return;
    printer->headed = abi;
    printer->any_headed = true;
    for (int id = 0; id < CORDON_ABI_COUNT; id++)
        if (difference->abis >> id & 1) {
            printf("%s%s", before, cordon_abi(id)->name);
            before = ", ";
        }
    puts(abi ? ":" : "other architectures:");
}

static void print_difference(struct printer *printer, const struct cordon_difference *difference)
{
    struct cordon_sink sink = file_sink(stdout);
    print_heading(printer, difference);
    cordon_difference_print(&sink, difference, SHOWN_NAMES);
}

static json_t *difference_json(const struct cordon_difference *difference)
{
    const struct cordon_abi *abi = difference->regions[0].abi;
    struct cordon_string names = {0};
    struct cordon_sink sink = cordon_string_sink(&names);
    cordon_difference_print_regions(&sink, difference, UINT32_MAX);
    json_t *object = json_pack("{ss ss* ss}", "abi", abi ? abi->name : "other", "calls", names.text,
                               "condition", difference->condition);
    cordon_string_free(&names);
    if (difference->witness) {
        char a[64], b[64];
        action_text(difference->a, a, sizeof a);
        action_text(difference->b, b, sizeof b);
        json_object_update_new(object, json_pack("{ss ss so}", "a", a, "b", b, "witness",
                                                 words_json(difference->witness)));
    }
    json_object_set_new(object, "decided", json_boolean(difference->witness));
    return object;
}

static void print_difference_text(void *context, const struct cordon_difference *difference)
{
    struct printer *printer = context;
    if (printer->list)
        json_array_append_new(printer->list, difference_json(difference));
    else
        print_difference(printer, difference);
}

static void print_omitted(void *context, const struct cordon_abi *abi, uint32_t regions)
{
    struct printer *printer = context;
    if (printer->list)
        json_array_append_new(printer->list, json_pack("{ss si}", "abi", abi ? abi->name : "other",
                                                       "more", (int)regions));
    else
        printf("  and %u more calls or ranges of numbers\n", regions);
}

/* ---- the answer ---- */

static int conclude(struct printer *printer, const struct cordon_difference_summary *summary)
{
    static const struct {
        int status;
        const char *word;
    } answers[] = {[CORDON_YES] = {EXIT_YES, "yes"},
                   [CORDON_NO] = {EXIT_NO, "no"},
                   [CORDON_UNDECIDED] = {EXIT_UNDECIDED, "undecided"}};
    int status = answers[summary->answer].status;
    if (summary->limit)
        remark(CORDON_WARNING, "undecided: %s", cordon_error_text(summary->limit));
    if (printer->list)
        return print_json(json_pack("{ss so}", printer->subset ? "subset" : "equal",
                                    answers[summary->answer].word, "differences", printer->list),
                          status);
    if (status == EXIT_YES)
        printf(printer->subset ? "%s is nowhere more permissive than %s\n"
                               : "%s and %s are equal\n",
               printer->names[0], printer->names[1]);
    else if (status == EXIT_UNDECIDED && !summary->limit)
        puts("undecided: they compute with arguments, and no call with different verdicts was "
             "found");
    return finish_output(status);
}

static struct printer begin(const char *const names[2], const struct options *options, bool subset)
{
    return (struct printer){
        .names = names, .subset = subset, .list = options->json ? json_array() : NULL};
}

int diff_graphs(struct cordon_model *model, const cordon_node nodes[2], const char *const names[2],
                const struct options *options, bool subset)
{
    struct printer printer = begin(names, options, subset);
    struct cordon_difference_summary summary;
    const struct cordon_difference_options how = {.subset = subset,
                                                  .abis = options->abis,
                                                  .abi_count = options->abi_count,
                                                  .join_abis = !printer.list,
                                                  .per_abi =
                                                      printer.list ? NOTED_LINES : SHOWN_LINES};
    const struct cordon_difference_listener listener = {print_difference_text, print_omitted,
                                                        &printer};
    enum cordon_error error =
        cordon_differences(model, nodes[0], nodes[1], &how, &listener, &summary);
    if (!error)
        return conclude(&printer, &summary);
    json_decref(printer.list);
    return fail("%s", cordon_error_text(error));
}

/* Equal instructions mean the same, even if they are too complex to analyse. */
static bool same_program(const struct cordon_input *a, const struct cordon_input *b)
{
    return a->kind == CORDON_INPUT_PROGRAM && b->kind == CORDON_INPUT_PROGRAM &&
           a->program.length == b->program.length &&
           !memcmp(a->program.insns, b->program.insns,
                   a->program.length * sizeof *a->program.insns);
}

/* Makes both graphs in one model; BUDGET: one of them is too complex, which is a result. */
static int diff_in(struct cordon_model *model, const struct cordon_input inputs[2],
                   const struct options *options, bool subset)
{
    const struct options whole = {0};
    const char *const names[2] = {inputs[0].name, inputs[1].name};
    struct printer printer = begin(names, options, subset);
    cordon_node nodes[2];
    enum cordon_error error = CORDON_OK;
    if (same_program(&inputs[0], &inputs[1]))
        return conclude(&printer, &(struct cordon_difference_summary){.answer = CORDON_YES});
    for (int i = 0; i < 2 && !error; i++)
        error = input_graph(&inputs[i], model, &whole, &nodes[i]);
    if (error == CORDON_E_BUDGET)
        return conclude(&printer, &(struct cordon_difference_summary){
                                      .answer = CORDON_UNDECIDED, .undecided = 1, .limit = error});
    json_decref(printer.list);
    return error ? EXIT_BAD : diff_graphs(model, nodes, names, options, subset);
}

static int diff_inputs(const struct cordon_input inputs[2], const struct options *options,
                       bool subset)
{
    if (inputs[0].big_endian != inputs[1].big_endian && inputs[0].kind != inputs[1].kind)
        return fail("the inputs are for machines of different byte order");
    struct cordon_model *model = new_model();
    int status = model ? diff_in(model, inputs, options, subset) : EXIT_BAD;
    cordon_model_free(model);
    return status;
}

int command_diff(const struct options *options)
{
    struct cordon_reporter reporter = level_reporter(CORDON_ERROR);
    struct options reading = *options;
    reading.abi_count = 0; /* -a selects the calls to compare, not the ABIs of the policies */
    struct cordon_input inputs[2] = {{0}};
    int status = EXIT_BAD;
    if (input_read(&inputs[0], options->arguments[0], &reading, &reporter) &&
        input_read(&inputs[1], options->arguments[1], &reading, &reporter))
        status = diff_inputs(inputs, options, options->value[OPTION_SUBSET] != NULL);
    cordon_input_free(&inputs[0]);
    cordon_input_free(&inputs[1]);
    return status;
}
