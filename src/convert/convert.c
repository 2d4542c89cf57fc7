/* SPDX-License-Identifier: MIT */
/* convert.c: the steps of a conversion. */
#include "cordon/convert.h"

#include "converter.h"
#include "cordon/compare.h"
#include "cordon/decompile.h"

#define MAX_ROUNDS 48 /* each moves an action by at least one step */

enum outcome {
    DONE,    /* continue with the next step */
    BLOCKED, /* obstacles are known */
    STOPPED  /* an error, or a refusal without obstacles, was reported */
};

static enum outcome stop(struct converter *converter, enum cordon_error error)
{
    converter_error(converter, error, "%s", cordon_error_text(error));
    return STOPPED;
}

/* ---- read and build the source ---- */

static enum outcome make_plain(struct converter *converter, cordon_node node,
                               const struct cordon_abi *abi, struct cordon_policy **policy)
{
    struct cordon_diag diag;
    struct cordon_policy *made = NULL;
    enum cordon_error error =
        cordon_decompile(&made, converter->result.model, node, abi, converter->plain_name.text,
                         &converter->options->format.policy, &diag);
    if (error) {
        converter_error(converter, error, "%s", diag.text);
        return STOPPED;
    }
    cordon_policy_free(*policy);
    *policy = made;
    return DONE;
}

/* A program has no rules to name in refusals; its plain form has. */
static enum outcome read_source(struct converter *converter)
{
    const struct cordon_convert_options *options = converter->options;
    const struct cordon_abi *abi = options->abi_count ? cordon_abi(options->abis[0]) : NULL;
    struct cordon_conversion *result = &converter->result;
    cordon_node node;
    result->source = converter->input->policy;
    if (converter->input->kind == CORDON_INPUT_POLICY)
        return DONE;
    enum cordon_error error =
        cordon_input_graph(converter->input, result->model, NULL, 0, &node, NULL);
    if (error)
        return stop(converter, error);
    enum outcome outcome = make_plain(converter, node, abi, &result->plain_source);
    result->source = result->plain_source;
    converter->name = result->source ? result->source->name : converter->name;
    return outcome;
}

static enum outcome build_source(struct converter *converter)
{
    const struct cordon_convert_options *options = converter->options;
    bool is_policy = converter->input->kind == CORDON_INPUT_POLICY;
    uint32_t errors = converter->reporter->errors;
    struct cordon_meaning meaning;
    enum cordon_error error =
        cordon_policy_build(converter->result.source, converter->result.model, options->abis,
                            is_policy ? options->abi_count : 0, &meaning, converter->reporter);
    if (error && converter->reporter->errors > errors)
        converter->error = error;
    if (error)
        return stop(converter, error);
    struct cordon_check_input checked = {.name = converter->name,
                                         .policy = converter->result.source,
                                         .model = converter->result.model,
                                         .meaning = meaning,
                                         .least = CORDON_WARNING};
    cordon_check(&checked, converter->reporter);
    converter->deciders = meaning.deciders;
    converter->result.original = converter->wanted = meaning.verdicts;
    if (options->approximation == CORDON_NEAREST)
        converter->named =
            is_policy && options->abi_count
                ? cordon_named_calls(converter->result.model, options->abis, options->abi_count)
                : cordon_named_calls(converter->result.model, converter->result.source->abis,
                                     converter->result.source->abi_count);
    return DONE;
}

/* ---- write ---- */

static enum outcome make_plain_form(struct converter *converter)
{
    return make_plain(converter, converter->wanted, NULL, &converter->plain);
}

static enum outcome write_text(struct converter *converter)
{
    struct cordon_string *text = &converter->result.text;
    struct cordon_sink sink = cordon_string_sink(text);
    struct cordon_format_options writing = converter->options->format;
    uint32_t errors = converter->reporter->errors;
    text->length = 0;
    converter->compared = false;
    cordon_obstacles_free(&converter->obstacles);
    writing.approximation = converter->options->approximation;
    writing.obstacles = &converter->obstacles;
    enum cordon_error error =
        converter->options->to->write(&sink, converter->plain, &writing, converter->reporter);
    if (error == CORDON_E_MEANING)
        return BLOCKED;
    if (error && converter->reporter->errors > errors)
        converter->error = error;
    if (error || text->failed)
        return stop(converter, error ? error : CORDON_E_NO_MEMORY);
    return DONE;
}

/* ---- read again ---- */

static void pass_error_on(void *context, const struct cordon_diag *diag, const char *line,
                          uint32_t length)
{
    if (diag->severity == CORDON_ERROR)
        cordon_reporter_add(context, diag, line, length);
}

/* A text that doesn't name its machine is for the requested one. */
static void use_machine(struct cordon_policy *again, const struct cordon_convert_options *options)
{
    bool other = !again->abi_place.line && options->abi_count;
    for (uint32_t i = 0; i < options->abi_count; i++)
        other = other && !has_arch(again, cordon_abi(options->abis[i])->token);
    for (uint32_t i = 0; other && i < options->abi_count; i++)
        again->abis[i] = options->abis[i];
    again->abi_count = other ? options->abi_count : again->abi_count;
}

/* Reads the written text as its tool would. For a format without a reader, the text counts as
 * what was to be written. */
static enum outcome read_again(struct converter *converter)
{
    const struct cordon_format *to = converter->options->to;
    struct cordon_format_options reading = converter->options->format;
    struct cordon_reporter errors = {.report = pass_error_on, .context = converter->reporter};
    struct cordon_string *text = &converter->result.text;
    cordon_policy_free(converter->again);
    converter->again = NULL;
    if (!to->read)
        return DONE;
    reading.approximation = CORDON_EXACTLY;
    reading.obstacles = NULL;
    enum cordon_error error = to->read(&converter->again, text->text ? text->text : "",
                                       text->length, to->name, &reading, &errors);
    if (!error) {
        use_machine(converter->again, converter->options);
        return DONE;
    }
    if (error == CORDON_E_NO_MEMORY)
        return stop(converter, error);
    struct cordon_message message = {
        .severity = CORDON_ERROR, .code = CORDON_E_MEANING, .place = {.file = converter->name}};
    cordon_reporter_tell(
        converter->reporter, &message,
        "%s cannot express this: its own reader refuses the result, as shown above", to->name);
    converter->result.answer = CORDON_CONVERSION_REFUSED;
    return STOPPED;
}

/* ---- compare ---- */

/* Only the calls with a name; or what is allowed elsewhere. */
static cordon_node of_named(struct converter *converter, cordon_node node)
{
    struct cordon_model *model = converter->result.model;
    return cordon_model_choose(model, converter->named, node, cordon_model_leaf(model, 0));
}

static uint32_t permitted(void *context, uint32_t answer)
{
    static const uint32_t answers[] = {0, (uint32_t)CORDON_TRACE, (uint32_t)CORDON_ALLOW};
    (void)context;
    return answers[cordon_permission(answer)];
}

static cordon_node of_others(struct converter *converter, cordon_node node)
{
    struct cordon_model *model = converter->result.model;
    return cordon_model_choose(model, converter->named, cordon_model_leaf(model, 0),
                               cordon_model_map(model, node, permitted, NULL));
}

static enum cordon_answer compare_nearest(struct converter *converter, cordon_node converted,
                                          struct cordon_data *witness)
{
    struct cordon_model *model = converter->result.model;
    cordon_node original = converter->result.original;
    enum cordon_answer answer = cordon_model_equal(model, of_named(converter, converted),
                                                   of_named(converter, original), witness);
    return answer != CORDON_YES ? answer
                                : cordon_model_subset(model, of_others(converter, converted),
                                                      of_others(converter, original), witness);
}

static enum cordon_answer compare_on_side(struct converter *converter, cordon_node converted,
                                          struct cordon_data *witness)
{
    struct cordon_model *model = converter->result.model;
    cordon_node original = converter->result.original;
    switch (converter->options->approximation) {
    case CORDON_STRICTER:
        return cordon_model_subset(model, converted, original, witness);
    case CORDON_LOOSER:
        return cordon_model_subset(model, original, converted, witness);
    case CORDON_NEAREST:
        return compare_nearest(converter, converted, witness);
    default:
        return cordon_model_equal(model, converted, original, witness);
    }
}

static enum cordon_conversion_answer side_of(struct converter *converter)
{
    enum cordon_approximation side = converter->options->approximation;
    struct cordon_conversion *result = &converter->result;
    if (side == CORDON_EXACTLY ||
        cordon_model_equal(result->model, result->converted, result->original, NULL) == CORDON_YES)
        return CORDON_CONVERTED_EQUAL;
    return side == CORDON_STRICTER ? CORDON_CONVERTED_STRICTER
           : side == CORDON_LOOSER ? CORDON_CONVERTED_LOOSER
                                   : CORDON_CONVERTED_NEAREST;
}

/* Is the written policy the original, or on the requested side of it? */
static enum outcome compare(struct converter *converter)
{
    struct cordon_data witness = {0};
    struct cordon_conversion *result = &converter->result;
    const struct cordon_policy *again = converter->again ? converter->again : converter->plain;
    enum cordon_error error =
        cordon_policy_verdicts(again, result->model, NULL, 0, &result->converted, NULL);
    if (error)
        return stop(converter, error);
    enum cordon_answer answer = compare_on_side(converter, result->converted, &witness);
    if (answer == CORDON_UNDECIDED) {
        converter_error(converter, CORDON_E_BUDGET,
                        "cannot decide whether the result is equivalent");
        return STOPPED;
    }
    if (answer == CORDON_NO) {
        note_witness(converter, &witness,
                     cordon_model_evaluate(result->model, result->converted, &witness));
        return converter->error ? STOPPED : BLOCKED;
    }
    result->answer = side_of(converter);
    return DONE;
}

/* ---- move nearer ---- */

static bool is_stuck(const struct cordon_obstacles *obstacles)
{
    for (uint32_t i = 0; i < obstacles->count; i++)
        if (obstacles->list[i].is_stuck)
            return true;
    return false;
}

/*
 * newer_than gives the highest numbers its answer, which becomes the default of many formats. If
 * that is in the way, the source's own default may not be.
 */
static bool use_default(struct converter *converter)
{
    struct cordon_conversion *result = &converter->result;
    if (converter->options->approximation != CORDON_NEAREST || converter->has_default)
        return false;
    converter->has_default = true;
    converter->wanted = cordon_with_default(result->model, result->original, converter->plain,
                                            result->source->fallback.action);
    return !cordon_node_same(converter->wanted, result->original);
}

/* Moves the answers at the obstacles to ones that the format can express. */
static enum outcome move_nearer(struct converter *converter)
{
    enum cordon_approximation side = converter->options->approximation;
    struct cordon_conversion *result = &converter->result;
    cordon_node moved =
        cordon_approximate(result->model, result->original, converter->wanted, converter->plain,
                           &converter->obstacles, side, converter->named);
    if (cordon_model_status(result->model)) {
        converter_error(converter, cordon_model_status(result->model), "it is too complex");
        return STOPPED;
    }
    bool stuck = cordon_node_same(moved, converter->wanted) || is_stuck(&converter->obstacles);
    if (stuck && use_default(converter))
        return DONE;
    if (stuck) {
        refuse_obstacles(converter, side == CORDON_STRICTER ? CORDON_REFUSED_STRICTER
                                    : side == CORDON_LOOSER ? CORDON_REFUSED_LOOSER
                                                            : CORDON_REFUSED_NEAREST);
        result->answer = CORDON_CONVERSION_REFUSED;
        return STOPPED;
    }
    converter->wanted = moved;
    return DONE;
}

/* ---- the pipeline ---- */

typedef enum outcome step(struct converter *converter);

static step *const source_steps[] = {read_source, build_source, NULL};
static step *const target_steps[] = {make_plain_form, write_text, read_again, compare, NULL};

static enum outcome run(struct converter *converter, step *const *steps)
{
    enum outcome outcome = DONE;
    for (; *steps && outcome == DONE; steps++)
        outcome = (*steps)(converter);
    return outcome;
}

/* Refusals name the obstacles of the first round: they are about the user's rules. */
static void run_rounds(struct converter *converter)
{
    bool exact = converter->options->approximation == CORDON_EXACTLY;
    for (int round = 0; round < MAX_ROUNDS; round++) {
        if (run(converter, target_steps) != BLOCKED)
            return;
        if (round == 0 && converter->options->approximation != CORDON_NEAREST)
            refuse_obstacles(converter, exact ? CORDON_REFUSED : CORDON_REFUSED_MOVED);
        converter->result.answer = CORDON_CONVERSION_REFUSED;
        if (exact || converter->error || move_nearer(converter) != DONE)
            return;
    }
    struct cordon_message message = {
        .severity = CORDON_ERROR, .code = CORDON_E_MEANING, .place = {.file = converter->name}};
    cordon_reporter_tell(converter->reporter, &message,
                         "found no approximation that %s can express",
                         converter->options->to->name);
}

/* ---- begin and end ---- */

static enum outcome prepare(struct converter *converter)
{
    struct cordon_sink sink = cordon_string_sink(&converter->plain_name);
    if (!converter->options->to->write) {
        converter_error(converter, CORDON_E_FORMAT, "%s can only be read, not written",
                        converter->options->to->name);
        return STOPPED;
    }
    cordon_sink_text(&sink, converter->input->name);
    cordon_sink_text(&sink, ", as a policy");
    if (converter->plain_name.failed ||
        cordon_model_create(&converter->result.model, converter->allocator,
                            converter->options->model_cap))
        return stop(converter, CORDON_E_NO_MEMORY);
    return DONE;
}

enum cordon_error cordon_convert(struct cordon_conversion *conversion,
                                 const struct cordon_input *input,
                                 const struct cordon_convert_options *options,
                                 struct cordon_reporter *reporter)
{
    const struct cordon_allocator *allocator = options->format.policy.allocator
                                                   ? options->format.policy.allocator
                                                   : &cordon_allocator_libc;
    struct converter converter = {.input = input,
                                  .options = options,
                                  .allocator = allocator,
                                  .result = {.allocator = allocator, .text.allocator = allocator},
                                  .name = input->name,
                                  .plain_name.allocator = allocator,
                                  .obstacles.allocator = allocator};
    converter.reporter = reporter ? reporter : &converter.silent;
    if (prepare(&converter) == DONE && run(&converter, source_steps) == DONE)
        run_rounds(&converter);
    if (converter.result.answer == CORDON_CONVERSION_REFUSED)
        cordon_string_free(&converter.result.text);
    if (converter.error)
        cordon_conversion_free(&converter.result);
    else
        *conversion = converter.result;
    cordon_obstacles_free(&converter.obstacles);
    cordon_string_free(&converter.plain_name);
    cordon_policy_free(converter.plain);
    cordon_policy_free(converter.again);
    return converter.error;
}

void cordon_conversion_free(struct cordon_conversion *conversion)
{
    const struct cordon_allocator *allocator = conversion->allocator;
    if (conversion->refusals)
        allocator->resize(allocator->context, conversion->refusals,
                          conversion->refusal_room * sizeof *conversion->refusals, 0);
    if (conversion->text.text)
        cordon_string_free(&conversion->text);
    cordon_policy_free(conversion->plain_source);
    cordon_model_free(conversion->model);
    *conversion = (struct cordon_conversion){0};
}
