/* SPDX-License-Identifier: MIT */
/*
 * fuzz_analysis.c: takes any bytes as a call and two programs; compares, explains, measures, draws
 * and optimizes the programs. The witness of each difference must show it, and the optimized
 * program must be equal.
 *
 * The call's words come first, then the programs (bytes.h).
 */
#include <stdlib.h>

#include "bytes.h"
#include "cordon/action.h"
#include "cordon/cause.h"
#include "cordon/check.h"
#include "cordon/difference.h"
#include "cordon/draw.h"
#include "cordon/explain.h"
#include "cordon/optimize.h"
#include "cordon/stat.h"

#define MODEL_BYTES ((size_t)4 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check(bool good)
{
    if (!good)
        abort();
}

static void drop_text(void *context, const char *text, size_t length)
{
    *(size_t *)context += text ? length : 0;
}

/* ---- differences ---- */

struct comparison {
    const struct cordon_program *programs;
    bool subset;
    uint32_t found;
};

static void check_difference(void *context, const struct cordon_difference *difference)
{
    struct comparison *comparison = context;
    size_t length = 0;
    struct cordon_sink sink = {drop_text, &length};
    check(difference->region_count > 0 && difference->condition);
    for (uint32_t i = 0; i < difference->region_count; i++)
        cordon_region_print(&sink, &difference->regions[i]);
    if (!difference->witness)
        return;
    comparison->found++;
    uint32_t a = cordon_program_run(&comparison->programs[0], difference->witness).value;
    uint32_t b = cordon_program_run(&comparison->programs[1], difference->witness).value;
    check(a == difference->a && b == difference->b);
    check(comparison->subset ? cordon_action_compare(a, b) > 0 : a != b);
}

/* Equal programs have the same verdict for the call. */
static void compare(struct cordon_model *model, const cordon_node nodes[2],
                    const struct cordon_program programs[2], const struct cordon_data *call,
                    bool subset)
{
    struct comparison comparison = {programs, subset, 0};
    struct cordon_difference_options options = {
        .subset = subset, .join_abis = subset, .per_abi = 5};
    struct cordon_difference_listener listener = {.difference = check_difference,
                                                  .context = &comparison};
    struct cordon_difference_summary summary;
    if (cordon_differences(model, nodes[0], nodes[1], &options, &listener, &summary))
        return;
    uint32_t a = cordon_program_run(&programs[0], call).value;
    uint32_t b = cordon_program_run(&programs[1], call).value;
    check(!comparison.found || summary.answer == CORDON_NO);
    if (summary.answer == CORDON_YES)
        check(subset ? cordon_action_compare(a, b) <= 0 : a == b);
}

/* ---- one program ---- */

static void print_step(void *context, const struct cordon_step *step)
{
    size_t length = 0;
    struct cordon_sink sink = {drop_text, &length};
    check(step->first <= step->value && step->value <= step->last);
    cordon_step_print(&sink, context, cordon_abi_native(), NULL, step);
}

struct explained {
    const struct cordon_program *program;
    struct cordon_data call;
    uint32_t verdict;
};

static void check_change(void *context, const struct cordon_change *change)
{
    const struct explained *explained = context;
    struct cordon_data changed = explained->call;
    check(changed.word[change->word] == change->before);
    changed.word[change->word] = change->after;
    check(cordon_program_run(explained->program, &changed).value == change->verdict);
    check(change->verdict != explained->verdict);
}

static void explain(struct cordon_model *model, cordon_node node,
                    const struct cordon_program *program, const struct cordon_data *call)
{
    struct explained explained = {program, *call, cordon_program_run(program, call).value};
    check(cordon_explain_steps(model, node, call, print_step, model) == explained.verdict);
    cordon_explain_changes(model, node, call, check_change, &explained);
    check(cordon_program_cause(program, call).insn < program->length);
}

static void count_lint(void *context, const struct cordon_diag *diag, const char *line,
                       uint32_t length)
{
    (void)line, (void)length;
    check(diag->lint && diag->text[0]);
    ++*(size_t *)context;
}

static void measure(struct cordon_model *model, cordon_node node,
                    const struct cordon_program *program)
{
    size_t length = 0;
    struct cordon_sink sink = {drop_text, &length};
    const struct cordon_abi *abi = cordon_abi_native();
    struct cordon_abi_stat stat = cordon_stat_abi(model, node, program, abi, NULL);
    check(stat.allowed + stat.checked + stat.denied == cordon_syscall_count(abi));
    check(cordon_program_worst(program) <= program->length);
    struct cordon_reporter reporter = {.report = count_lint, .context = &length};
    cordon_check(&(struct cordon_check_input){.name = "filter",
                                              .model = model,
                                              .meaning = {CORDON_NODE_NONE, node}},
                 &reporter);
    check(cordon_draw_dot(&sink, model, node, NULL) || length > 0);
}

/* ---- both as a stack ---- */

static void optimize(const struct cordon_program stack[2], const struct cordon_data *call)
{
    struct cordon_model *model;
    struct cordon_optimized optimized;
    struct cordon_diag diag;
    if (cordon_model_create(&model, NULL, MODEL_BYTES))
        return;
    enum cordon_error error = cordon_optimize(&optimized, model, stack, 2, NULL, &diag);
    cordon_model_free(model);
    check(error != CORDON_E_INTERNAL);
    if (error)
        return;
    uint32_t older = cordon_program_run(&stack[0], call).value;
    uint32_t newer = cordon_program_run(&stack[1], call).value;
    uint32_t answer = cordon_action_compare(older, newer) < 0 ? older : newer;
    check(cordon_program_run(&optimized.code.program, call).value == answer);
    check(optimized.code.program.length <= stack[0].length + stack[1].length);
    cordon_code_free(&optimized.code);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct cordon_insn insns[2][MAX_TAKEN];
    struct cordon_program programs[2];
    struct input input = {bytes, size};
    struct cordon_data call;
    struct cordon_model *model;
    cordon_node nodes[2];
    for (int i = 0; i < CORDON_WORDS; i++)
        call.word[i] = take_constant(&input);
    for (int i = 0; i < 2; i++)
        take_program(&input, &programs[i], insns[i]);
    optimize(programs, &call);
    if (cordon_model_create(&model, NULL, MODEL_BYTES))
        return 0;
    if (!cordon_stack_lift(&nodes[0], model, &programs[0], 1, NULL) &&
        !cordon_stack_lift(&nodes[1], model, &programs[1], 1, NULL)) {
        explain(model, nodes[0], &programs[0], &call);
        measure(model, nodes[0], &programs[0]);
        compare(model, nodes, programs, &call, false);
        compare(model, nodes, programs, &call, true);
    }
    cordon_model_free(model);
    return 0;
}
