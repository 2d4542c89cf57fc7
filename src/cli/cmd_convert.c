/* SPDX-License-Identifier: MIT */
/* cmd_convert.c: cordon convert: writes a policy or filter in another format. */
#include <string.h>

#include "cli.h"
#include "cordon/convert.h"

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
    return finish_list(list, json);
}

/* The format when there is no -t. */
static bool find_format(const struct cordon_format **to, const char *output)
{
    const struct cordon_format *rival = NULL;
    if (!*to && output)
        *to = cordon_format_of_file(output, &rival);
    if (rival)
        usage_error("convert", "-t FORMAT is required: %s may be %s or %s", output, (*to)->name,
                    rival->name);
    else if (!*to)
        usage_error("convert", "-t FORMAT is required; --list lists the formats");
    return *to && !rival;
}

static bool set_format(const struct cordon_format **to, const char *name)
{
    *to = cordon_format_by_name(name, strlen(name));
    if (*to && (*to)->write)
        return true;
    usage_error("convert",
                *to ? "\"%s\" can only be read, not written: --list lists the formats"
                : cordon_program_writer_by_name(name)
                    ? "unknown output format \"%s\": cordon compile writes programs"
                    : "unknown output format \"%s\": --list lists the formats",
                name);
    return false;
}

/* ---- the command ---- */

/* Prints how the written text differs, as cordon diff does. */
static void show_difference(const struct cordon_conversion *conversion, const struct options *given)
{
    struct options options = {.json = given->json};
    const cordon_node nodes[2] = {conversion->converted, conversion->original};
    const char *const names[2] = {"the result", "the original"};
    if (!options.json)
        puts("A is the result, B the original:");
    (void)diff_graphs(conversion->model, nodes, names, &options, false);
}

static bool hand_out(const struct cordon_conversion *conversion,
                     const struct cordon_convert_options *how, const struct options *options)
{
    if (conversion->answer == CORDON_CONVERSION_REFUSED) {
        if (!how->approximation && conversion->refusal_count)
            remark(CORDON_NOTE,
                   "nothing was written; --approximate nearest, stricter or looser writes the "
                   "nearest policy");
        return false;
    }
    struct cordon_sink sink = file_sink(stdout);
    bool in_lines = how->approximation == CORDON_NEAREST && !options->json;
    if (in_lines && cordon_conversion_print_differences(&sink, conversion))
        return fail("out of memory") == EXIT_YES;
    if (how->approximation && !in_lines)
        show_difference(conversion, options);
    return write_whole(options->output, conversion->text.text ? conversion->text.text : "",
                       conversion->text.length);
}

static bool convert(const char *name, const struct cordon_convert_options *how,
                    const struct options *options, struct cordon_reporter *reporter)
{
    struct options whole = {
        .command = options->command, .reading = options->reading, .uncompiled = true};
    struct cordon_input input;
    struct cordon_conversion conversion = {0};
    if (!input_read(&input, name, &whole, reporter))
        return false;
    bool good =
        !cordon_convert(&conversion, &input, how, reporter) && hand_out(&conversion, how, options);
    cordon_conversion_free(&conversion);
    cordon_input_free(&input);
    return good;
}

int command_convert(const struct options *options)
{
    struct cordon_convert_options how = {
        .format = reading_options(options, *options->arguments).format,
        .abis = options->abis,
        .abi_count = options->abi_count,
        .approximation =
            (enum cordon_approximation)(option_choice(options, OPTION_APPROXIMATE) + 1)};
    if (options->value[OPTION_TO] && !set_format(&how.to, options->value[OPTION_TO]))
        return EXIT_BAD;
    if (options->value[OPTION_LIST])
        return list_formats(options->json);
    if (options->count == 0)
        return missing_argument("convert");
    if (!find_format(&how.to, options->output))
        return EXIT_BAD;
    if (!options->output)
        return missing_output("convert");
    if (how.approximation && !strcmp(options->output, "-"))
        return usage_error(
            "convert",
            "with --approximate the difference goes to standard output: -o needs a file");
    struct cordon_reporter reporter = terminal_reporter();
    return convert(options->arguments[0], &how, options, &reporter) ? finish_output(EXIT_YES)
                                                                    : EXIT_BAD;
}
