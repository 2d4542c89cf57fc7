/* SPDX-License-Identifier: MIT */
/*
 * cmd_convert.c: cordon convert: a policy or filter in another format, proven: what was written is
 * read again and compared over all calls before anybody gets it.
 */
#include <stdlib.h>
#include <string.h>

#include "convert_refusals.h"
#include "cordon/compare.h"
#include "cordon/decompile.h"

struct own {
    const struct cordon_format *to;
    enum cordon_approximation approximation;
    const struct options *options;
};

struct conversion {
    const struct own *own;
    struct options *options;
    struct cordon_format_options format_options;
    struct cordon_reporter *reporter;
    struct input input, read_again; /* the original; what was written */
    struct cordon_model *model;
    cordon_node original, deciders; /* what the input means, and who decides it */
    cordon_node wanted;             /* what is to be written */
    struct cordon_policy *plain;    /* the same in plain form */
    char *plain_name;
    struct cordon_string text; /* in the format asked for */
    struct cordon_obstacles obstacles;
};

/* ---- the formats ---- */

static int list_formats(bool json)
{
    size_t count;
    const struct cordon_format *formats = cordon_formats(&count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct cordon_format *format = &formats[i];
        if (json)
            json_array_append_new(list, json_pack("{ss ss ss? sb sb}", "name", format->name,
                                                  "summary", format->summary, "suffix",
                                                  format->suffix, "read", format->read != NULL,
                                                  "written", format->write != NULL));
        else
            printf("%-12s %-13s %s\n", format->name,
                   !format->read   ? "written"
                   : format->write ? "read, written"
                                   : "read",
                   format->summary);
    }
    if (json)
        return print_json(list, EXIT_YES);
    json_decref(list);
    return finish_output(EXIT_YES);
}

/* ---- reading ---- */

/* A decision as a policy in plain form. */
static bool make_plain(struct conversion *conversion, cordon_node node,
                       const struct cordon_abi *abi, struct cordon_policy **policy)
{
    struct cordon_diag diag;
    cordon_policy_free(*policy);
    *policy = NULL;
    if (!cordon_decompile(policy, conversion->model, node, abi, conversion->plain_name, NULL,
                          &diag))
        return true;
    diag.place.file = conversion->input.name;
    report_diag(&diag, NULL, 0);
    return false;
}

/* A filter has no rules that could be named: those of its plain form are. */
static bool as_policy(struct conversion *conversion)
{
    struct options whole = {0};
    struct cordon_policy *policy = NULL;
    cordon_node node;
    const struct options *options = conversion->options;
    const struct cordon_abi *abi = options->abi_count ? cordon_abi(options->abis[0]) : NULL;
    if (input_graph(&conversion->input, conversion->model, &whole, &node) ||
        !make_plain(conversion, node, abi, &policy))
        return false;
    input_free(&conversion->input);
    conversion->input =
        (struct input){.kind = INPUT_POLICY, .name = conversion->plain_name, .policy = policy};
    return true;
}

/* The ABIs that were asked for, in place of its own. */
static void use_abis(struct cordon_policy *policy, const struct options *options)
{
    for (uint32_t i = 0; i < options->abi_count; i++)
        policy->abis[i] = options->abis[i];
    policy->abi_count = options->abi_count ? options->abi_count : policy->abi_count;
}

/* Whatever it is: what it means, and by which rules. */
static bool read_input(struct conversion *conversion, const char *name)
{
    struct options whole = {
        .command = "convert", .reading = conversion->options->reading, .uncompiled = true};
    struct cordon_meaning meaning;
    struct input *input = &conversion->input;
    if (!input_read(input, name, &whole, conversion->reporter))
        return false;
    if (input->kind == INPUT_POLICY)
        use_abis(input->policy, conversion->options);
    else if (!as_policy(conversion))
        return false;
    enum cordon_error error = cordon_policy_build(input->policy, conversion->model, NULL, 0,
                                                  &meaning, conversion->reporter);
    if (error && !conversion->reporter->errors)
        fail("%s: %s", name, cordon_error_text(error));
    conversion->deciders = meaning.deciders;
    conversion->original = conversion->wanted = meaning.verdicts;
    return !error;
}

/* A text that doesn't say for which machine it is, is for the one that was asked for. */
static void use_machine(struct cordon_policy *again, const struct options *options)
{
    bool other = !again->abi_place.line;
    for (uint32_t i = 0; i < options->abi_count; i++)
        other = other && !has_abi_like(again, cordon_abi(options->abis[i])->token);
    if (other)
        use_abis(again, options);
}

/* Reads what was written, as if it were somebody else's. */
static bool read_again(struct conversion *conversion)
{
    struct cordon_reporter reporter = error_reporter(&conversion->options->json);
    struct options reading = *conversion->options;
    struct input *again = &conversion->read_again;
    struct text_file file = {conversion->text.text, conversion->text.length};
    const struct cordon_format *to = conversion->own->to;
    cordon_policy_free(again->policy);
    *again = (struct input){.kind = INPUT_POLICY, .name = "what is written"};
    if (!to->read) /* calls of libseccomp: what these make is compared by a test only */
        return !cordon_policy_read(&again->policy, conversion->plain->texts[0].text,
                                   conversion->plain->texts[0].length, conversion->plain_name, NULL,
                                   &reporter);
    reading.reading.from = to;
    if (!reading_read(&again->policy, &file, to->name, &reading, &reporter)) {
        use_machine(again->policy, conversion->options);
        return true;
    }
    fail("%s can't say it: its own reader refuses what would be written, as shown above", to->name);
    return false;
}

/* ---- telling ---- */

static void tell(struct conversion *conversion, enum refusal_kind kind)
{
    struct refusal_teller teller = {.input = &conversion->input,
                                    .plain = conversion->plain,
                                    .model = conversion->model,
                                    .deciders = conversion->deciders,
                                    .format = conversion->own->to->name,
                                    .reporter = conversion->reporter};
    (void)refusals_tell(&teller, &conversion->obstacles, kind);
}

/* How what was written differs, as cordon diff tells it. */
static void show_difference(struct conversion *conversion)
{
    struct options options = {.json = conversion->options->json};
    struct input sides[2] = {conversion->read_again, conversion->input};
    sides[1].name = "the original";
    if (!options.json)
        puts("A is what is written, B the original:");
    (void)diff_inputs(sides, &options, false);
}

/* ---- proving ---- */

/* Is what was written the original, or on the side of it that was asked for? */
static enum cordon_answer prove(struct conversion *conversion)
{
    struct options whole = {0};
    struct cordon_data witness = {0};
    cordon_node made;
    struct cordon_model *model = conversion->model;
    cordon_node original = conversion->original;
    enum cordon_approximation way = conversion->own->approximation;
    if (input_graph(&conversion->read_again, model, &whole, &made))
        return CORDON_UNDECIDED;
    enum cordon_answer answer =
        way == CORDON_STRICTER ? cordon_model_subset(model, made, original, &witness)
        : way == CORDON_LOOSER ? cordon_model_subset(model, original, made, &witness)
                               : cordon_model_equal(model, made, original, &witness);
    if (answer == CORDON_NO)
        refusals_note(&conversion->obstacles, conversion->plain, conversion->read_again.policy,
                      &witness, cordon_model_evaluate(model, made, &witness));
    else if (answer == CORDON_UNDECIDED)
        fail("%s: whether what would be written is the same can't be decided",
             conversion->input.name);
    return answer;
}

/* ---- writing ---- */

#define MAX_ROUNDS 48 /* each moves an action by a step at least */

/* Writes what is wanted, or notes what stands in the way. */
static enum cordon_error write_text(struct conversion *conversion)
{
    const struct cordon_format *to = conversion->own->to;
    struct cordon_sink sink = cordon_string_sink(&conversion->text);
    enum cordon_error error;
    conversion->text.length = 0;
    cordon_obstacles_free(&conversion->obstacles);
    error = to->write(&sink, conversion->plain, &conversion->format_options, conversion->reporter);
    if (!error && conversion->text.failed)
        error = CORDON_E_NO_MEMORY;
    if (error == CORDON_E_NO_MEMORY)
        fail("out of memory");
    return error;
}

/* Towards what can be written. False: there is nothing, as told. */
static bool move(struct conversion *conversion)
{
    enum cordon_approximation way = conversion->own->approximation;
    cordon_node moved =
        cordon_approximate(conversion->model, conversion->original, conversion->wanted,
                           conversion->plain, &conversion->obstacles, way);
    if (cordon_model_status(conversion->model)) {
        fail("%s: it is too complex", conversion->input.name);
        return false;
    }
    bool stuck = cordon_node_same(moved, conversion->wanted);
    for (uint32_t i = 0; i < conversion->obstacles.count; i++)
        stuck |= conversion->obstacles.list[i].is_stuck;
    if (stuck)
        tell(conversion, way == CORDON_STRICTER ? REFUSED_STRICTER : REFUSED_LOOSER);
    conversion->wanted = moved;
    return !stuck;
}

/* One attempt: YES: there is a text, NO: what stands in the way is known. */
static enum cordon_answer try_to_write(struct conversion *conversion)
{
    enum cordon_error error = make_plain(conversion, conversion->wanted, NULL, &conversion->plain)
                                  ? write_text(conversion)
                                  : CORDON_E_BUDGET;
    if (error)
        return error == CORDON_E_MEANING ? CORDON_NO : CORDON_UNDECIDED;
    return read_again(conversion) ? prove(conversion) : CORDON_UNDECIDED;
}

/* What stands in the way first is what the user's rules are about. */
static bool go_near(struct conversion *conversion)
{
    for (int round = 0; round < MAX_ROUNDS; round++) {
        enum cordon_answer answer = try_to_write(conversion);
        if (answer != CORDON_NO)
            return answer == CORDON_YES;
        if (!conversion->own->approximation) {
            tell(conversion, REFUSED);
            fail("nothing is written; --approximate stricter, or looser, goes to what is near");
            return false;
        }
        if (round == 0)
            tell(conversion, REFUSED_MOVED);
        if (!move(conversion))
            return false;
    }
    fail("%s: nothing near it was found that %s can say", conversion->input.name,
         conversion->own->to->name);
    return false;
}

static bool convert(struct conversion *conversion, const char *name)
{
    if (!read_input(conversion, name) || !go_near(conversion))
        return false;
    if (conversion->own->approximation)
        show_difference(conversion);
    return write_whole(conversion->options->output, conversion->text.text, conversion->text.length);
}

static void conversion_free(struct conversion *conversion)
{
    cordon_obstacles_free(&conversion->obstacles);
    cordon_string_free(&conversion->text);
    cordon_policy_free(conversion->plain);
    cordon_policy_free(conversion->read_again.policy);
    input_free(&conversion->input);
    cordon_model_free(conversion->model);
    free(conversion->plain_name);
}

/* ---- the format that a file's name stands for ---- */

/* Without -t. */
static bool find_format(struct own *own, const char *output)
{
    const struct cordon_format *rival = NULL;
    if (!own->to && output)
        own->to = cordon_format_of_file(output, &rival);
    if (rival)
        usage_error("convert", "into which format? -t FORMAT: %s would be %s or %s", output,
                    own->to->name, rival->name);
    else if (!own->to)
        usage_error("convert", "into which format? -t FORMAT; --list shows them");
    return own->to && !rival;
}

/* ---- the command ---- */

static bool set_format(struct own *own, const char *name)
{
    own->to = cordon_format_by_name(name, strlen(name));
    if (own->to && own->to->write)
        return true;
    usage_error("convert",
                cordon_program_writer_by_name(name)
                    ? "no format \"%s\" is written: cordon compile makes programs"
                    : "no format \"%s\" is written: --list shows them",
                name);
    return false;
}

int command_convert(int argc, char **argv)
{
    struct options options = {0};
    int status, first = options_parse(argc, argv, &options, &status);
    if (first < 0)
        return status;
    struct own own = {0};
    int side = option_choice(&options, OPTION_APPROXIMATE);
    if (side >= 0)
        own.approximation = side ? CORDON_LOOSER : CORDON_STRICTER;
    if (options.value[OPTION_TO] && !set_format(&own, options.value[OPTION_TO]))
        return EXIT_BAD;
    if (options.value[OPTION_LIST])
        return list_formats(options.json);
    if (first == argc)
        return usage_error("convert", "which policy or filter?");
    if (!find_format(&own, options.output))
        return EXIT_BAD;
    if (!options.output)
        return usage_error("convert", "where to? -o FILE (-o - is standard output)");
    if (own.approximation && !strcmp(options.output, "-"))
        return usage_error("convert", "the difference goes to standard output: -o FILE");
    struct cordon_reporter reporter = terminal_reporter(&options.json);
    struct conversion conversion = {.own = &own,
                                    .options = &options,
                                    .format_options = reading_options(&options),
                                    .reporter = &reporter,
                                    .model = new_model()};
    conversion.format_options.approximation = own.approximation;
    conversion.format_options.obstacles = &conversion.obstacles;
    if (asprintf(&conversion.plain_name, "%s, as a policy", argv[first]) < 0)
        conversion.plain_name = NULL;
    bool good = conversion.model && conversion.plain_name && convert(&conversion, argv[first]);
    conversion_free(&conversion);
    return good ? finish_output(EXIT_YES) : EXIT_BAD;
}
