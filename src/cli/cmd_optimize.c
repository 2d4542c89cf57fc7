/* SPDX-License-Identifier: MIT */
/* cmd_optimize.c: cordon optimize: replaces a filter or a stack with one that is not longer. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "cordon/optimize.h"

/* The inputs, and an array of their programs. */
struct stack {
    struct cordon_input *inputs;
    struct cordon_program *programs;
    uint32_t count;
};

static bool read_stack(struct stack *stack, char **names, const struct options *options)
{
    struct cordon_reporter reporter = level_reporter(CORDON_ERROR);
    for (uint32_t i = 0; names[i]; i++) {
        if (!input_read(&stack->inputs[i], names[i], options, &reporter))
            return false;
        stack->count++;
        stack->programs[i] = stack->inputs[i].program;
        if (stack->inputs[i].big_endian != stack->inputs[0].big_endian) {
            fail("%s and %s are for machines with different byte orders", names[0], names[i]);
            return false;
        }
    }
    return true;
}

static int write_result(const struct cordon_optimized *optimized, const struct stack *stack,
                        const struct options *options)
{
    const struct cordon_program *program = &optimized->code.program;
    if (optimized->copied == CORDON_E_BUDGET)
        remark(CORDON_WARNING, "%s is too complex to analyse: copied unchanged",
               stack->inputs[0].name);
    if (!write_filter(options->output, program, stack->inputs[0].big_endian))
        return EXIT_BAD;
    if (options->json)
        return print_json(json_pack("{si si si}", "filters", (int)stack->count, "before",
                                    (int)optimized->before, "after", (int)program->length),
                          EXIT_YES);
    if (strcmp(options->output, "-"))
        printf("%u instructions in %u filter%s, now %u in one\n", optimized->before, stack->count,
               stack->count == 1 ? "" : "s", program->length);
    return finish_output(EXIT_YES);
}

static int optimize(const struct stack *stack, const struct options *options)
{
    struct cordon_optimized optimized;
    struct cordon_diag diag;
    struct cordon_model *model = new_model();
    int status = EXIT_BAD;
    if (model && cordon_optimize(&optimized, model, stack->programs, stack->count, options->weights,
                                 &diag)) {
        report_diag(&diag, NULL, 0);
    } else if (model) {
        status = write_result(&optimized, stack, options);
        cordon_code_free(&optimized.code);
    }
    cordon_model_free(model);
    return status;
}

int command_optimize(const struct options *options)
{
    if (!options->output)
        return missing_output("optimize");
    size_t count = (size_t)options->count;
    struct stack stack = {.inputs = calloc(count, sizeof *stack.inputs),
                          .programs = calloc(count, sizeof *stack.programs)};
    int status = EXIT_BAD;
    if (!stack.inputs || !stack.programs)
        fail("out of memory");
    else if (read_stack(&stack, options->arguments, options))
        status = optimize(&stack, options);
    for (uint32_t i = 0; i < stack.count; i++)
        cordon_input_free(&stack.inputs[i]);
    free(stack.inputs);
    free(stack.programs);
    return status;
}
