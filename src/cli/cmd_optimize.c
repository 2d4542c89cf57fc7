/* SPDX-License-Identifier: MIT */
/* cmd_optimize.c: cordon optimize: a filter, or a whole stack, as one equal filter, not longer. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "cordon/lift.h"

struct optimizer {
    const struct options *options;
    struct cordon_model *model;
    cordon_node stack;
    struct input *inputs;
    uint32_t count, length; /* inputs, and instructions that came in */
};

static bool read_inputs(struct optimizer *optimizer, char **names)
{
    struct cordon_reporter reporter = error_reporter(&optimizer->options->json);
    for (uint32_t i = 0; names[i]; i++) {
        struct input *input = &optimizer->inputs[i];
        cordon_node node;
        if (!input_read(input, names[i], optimizer->options, &reporter))
            return false;
        optimizer->count++;
        optimizer->length += input->program.length;
        if (i && input->big_endian != optimizer->inputs[0].big_endian) {
            fail("%s and %s are for machines of different byte order", names[0], names[i]);
            return false;
        }
        enum cordon_error error = input_graph(input, optimizer->model, optimizer->options, &node);
        if (error == CORDON_E_BUDGET && !names[1])
            node = CORDON_NODE_NONE; /* one filter can stay as it is */
        else if (error)
            return false;
        optimizer->stack = i ? cordon_model_stack(optimizer->model, optimizer->stack, node) : node;
    }
    optimizer->stack = cordon_model_reduce(optimizer->model, optimizer->stack);
    return true;
}

/* By the weights asked for; where that is longer than what came in, by others. */
static bool make_shorter(struct optimizer *optimizer, struct cordon_code *code,
                         struct cordon_diag *diag)
{
    static const struct cordon_weights equal = {.kind = CORDON_WEIGHTS_EQUAL},
                                       none = {.kind = CORDON_WEIGHTS_COUNTS};
    const struct cordon_weights *tries[] = {optimizer->options->weights, &equal, &none};
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        struct cordon_code made = {0};
        if (cordon_emit_proven(&made, optimizer->model, optimizer->stack, tries[i], diag))
            continue;
        if (made.program.length <= optimizer->length) {
            *code = made;
            return true;
        }
        cordon_code_free(&made);
        cordon_diag_set(diag, CORDON_E_TOO_LONG, "one filter would be longer than these %u are",
                        optimizer->count);
    }
    return false;
}

static int write_result(const struct optimizer *optimizer, const struct cordon_program *program)
{
    const struct options *options = optimizer->options;
    if (!write_filter(options->output, program, optimizer->inputs[0].big_endian))
        return EXIT_BAD;
    if (options->json)
        return print_json(json_pack("{si si si}", "filters", (int)optimizer->count, "before",
                                    (int)optimizer->length, "after", (int)program->length),
                          EXIT_YES);
    if (strcmp(options->output, "-"))
        printf("%u instructions in %u filter%s, now %u in one\n", optimizer->length,
               optimizer->count, optimizer->count == 1 ? "" : "s", program->length);
    return finish_output(EXIT_YES);
}

static int optimize(struct optimizer *optimizer, char **names)
{
    struct cordon_code code = {0};
    struct cordon_diag diag;
    int status;
    if (!read_inputs(optimizer, names))
        return EXIT_BAD;
    if (cordon_node_same(optimizer->stack, CORDON_NODE_NONE)) {
        cordon_diag_set(&diag, CORDON_E_BUDGET, "%s", cordon_error_text(CORDON_E_BUDGET));
    } else if (make_shorter(optimizer, &code, &diag)) {
        status = write_result(optimizer, &code.program);
        cordon_code_free(&code);
        return status;
    }
    bool stays =
        optimizer->count == 1 && (diag.code == CORDON_E_TOO_LONG || diag.code == CORDON_E_BUDGET);
    if (stays && diag.code == CORDON_E_BUDGET)
        fail("%s stays as it is", optimizer->inputs[0].name);
    if (stays) /* it is as good as it gets */
        return write_result(optimizer, &optimizer->inputs[0].program);
    report_diag(&diag, NULL, 0);
    return EXIT_BAD;
}

int command_optimize(int argc, char **argv)
{
    struct options options = {0};
    int status, first = options_parse(argc, argv, &options, &status);
    if (first < 0)
        return status;
    if (!options.output)
        return usage_error("optimize", "where to? -o FILE (-o - is standard output)");
    struct optimizer optimizer = {.options = &options, .model = new_model()};
    optimizer.inputs = calloc((size_t)(argc - first), sizeof *optimizer.inputs);
    status = EXIT_BAD;
    if (optimizer.inputs && optimizer.model)
        status = optimize(&optimizer, argv + first);
    for (uint32_t i = 0; i < optimizer.count; i++)
        input_free(&optimizer.inputs[i]);
    free(optimizer.inputs);
    cordon_model_free(optimizer.model);
    return status;
}
