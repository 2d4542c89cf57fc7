/* SPDX-License-Identifier: MIT */
/*
 * cmd_convert.c: cordon convert: a policy or filter in another format, proven: what was written is
 * read again and compared over all calls before anybody gets it.
 */
#include <string.h>

#include "cli.h"
#include "cordon/compare.h"
#include "cordon/decompile.h"

enum { OPTION_LIST = 1000 - 1, OPTION_APPROXIMATE = 998 };

struct own {
    const struct cordon_format *to;
    enum cordon_approximation approximation;
    bool list;
    const struct options *options;
};

struct conversion {
    const struct own *own;
    struct options *options;
    struct cordon_format_options format_options;
    struct cordon_reporter *reporter;
    struct cordon_string plain, text; /* the policy in plain form; in the format asked for */
    struct input sides[2];            /* what was written as read again, and the original */
    struct cordon_model *model;
};

/* ---- the formats ---------------------------------------------------------------------------- */

static int list_formats(bool json)
{
    size_t count;
    const struct cordon_format *formats = cordon_formats(&count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct cordon_format *format = &formats[i];
        bool written = format->write || i == 0; /* our own is the plain form itself */
        if (json)
            json_array_append_new(list, json_pack("{ss ss sb sb}", "name", format->name, "summary",
                                                  format->summary, "read", format->read != NULL,
                                                  "written", written));
        else
            printf("%-12s %-13s %s\n", format->name,
                   !format->read ? "written"
                   : written     ? "read, written"
                                 : "read",
                   format->summary);
    }
    if (json)
        return print_json(list, EXIT_YES);
    json_decref(list);
    return finish_output(EXIT_YES);
}

/* ---- steps ---------------------------------------------------------------------------------- */

/* Whatever it was: as a policy in plain form. */
static bool make_plain(struct conversion *conversion, const char *name)
{
    struct options whole = {.command = "convert", .reading = conversion->options->reading};
    struct input input;
    cordon_node node;
    struct cordon_diag diag;
    const struct cordon_abi *abi =
        conversion->options->abi_count ? cordon_abi(conversion->options->abis[0]) : NULL;
    if (!input_read(&input, name, &whole, conversion->reporter))
        return false;
    bool good = !input_graph(&input, conversion->model, &whole, &node);
    if (good && cordon_decompile(&conversion->plain, conversion->model, node, abi, &diag)) {
        diag.place.file = name;
        report_diag(&diag, NULL, 0);
        good = false;
    }
    input_free(&input);
    return good &&
           !cordon_policy_read(&conversion->sides[1].policy, conversion->plain.text,
                               conversion->plain.length, "plain form", NULL, conversion->reporter);
}

static bool write_text(struct conversion *conversion)
{
    const struct cordon_format *to = conversion->own->to;
    struct cordon_sink sink = cordon_string_sink(&conversion->text);
    if (!to->write)
        cordon_sink_text(&sink, conversion->plain.text);
    else if (to->write(&sink, conversion->sides[1].policy, &conversion->format_options,
                       conversion->reporter))
        return false;
    if (conversion->text.failed)
        fail("out of memory");
    return !conversion->text.failed;
}

/* Reads what was written, as if it were somebody else's. */
static bool read_again(struct conversion *conversion)
{
    struct cordon_reporter reporter = error_reporter(&conversion->options->json);
    struct options reading = *conversion->options;
    struct text_file file = {conversion->text.text, conversion->text.length};
    reading.reading.from = conversion->own->to;
    if (!reading_read(&conversion->sides[0].policy, &file, conversion->own->to->name, &reading,
                      &reporter))
        return true;
    fail("%s can't say it: its own reader refuses what would be written, as shown above",
         conversion->own->to->name);
    return false;
}

static enum cordon_answer compare(struct conversion *conversion)
{
    cordon_node nodes[2];
    struct options whole = {0};
    for (int i = 0; i < 2; i++)
        if (input_graph(&conversion->sides[i], conversion->model, &whole, &nodes[i]))
            return CORDON_UNDECIDED;
    enum cordon_answer equal = cordon_model_equal(conversion->model, nodes[0], nodes[1], NULL);
    if (equal == CORDON_YES || conversion->own->approximation == CORDON_EXACTLY)
        return equal;
    bool stricter = conversion->own->approximation == CORDON_STRICTER;
    enum cordon_answer side =
        cordon_model_subset(conversion->model, nodes[!stricter], nodes[stricter], NULL);
    if (side != CORDON_YES)
        fail("it can't be said %s: in places it would be %s, as shown below",
             stricter ? "stricter" : "looser", stricter ? "looser" : "stricter");
    return side == CORDON_YES ? CORDON_NO : CORDON_UNDECIDED;
}

/* How what was written differs, as cordon diff tells it. */
static void show_difference(struct conversion *conversion)
{
    struct options options = {.json = conversion->options->json};
    conversion->sides[0].name = "what is written";
    conversion->sides[1].name = "the original";
    puts("A is what is written, B the original:");
    (void)diff_inputs(conversion->sides, &options, false);
}

/* Equal, or on the side that was asked for. */
static bool prove(struct conversion *conversion)
{
    if (!conversion->own->to->read)
        return true; /* a writer of what nobody reads checks itself */
    if (!read_again(conversion))
        return false;
    conversion->sides[0].kind = conversion->sides[1].kind = INPUT_POLICY;
    enum cordon_answer answer = compare(conversion);
    if (answer == CORDON_YES)
        return true;
    show_difference(conversion);
    if (answer == CORDON_NO && conversion->own->approximation)
        return true;
    fail("what %s can say differs: nothing is written", conversion->own->to->name);
    return false;
}

static bool convert(struct conversion *conversion, const char *name)
{
    return make_plain(conversion, name) && write_text(conversion) && prove(conversion) &&
           write_whole(conversion->options->output, conversion->text.text, conversion->text.length);
}

/* ---- the command ---------------------------------------------------------------------------- */

static bool take(void *context, int option, const char *value)
{
    struct own *own = context;
    if (option == OPTION_LIST) {
        own->list = true;
    } else if (option == 't') {
        own->to = cordon_format_by_name(value, strlen(value));
        size_t count;
        if (!own->to || (!own->to->write && own->to != cordon_formats(&count))) {
            usage_error("convert", "no format \"%s\" is written: --list shows them", value);
            return false;
        }
    } else if (!strcmp(value, "stricter") || !strcmp(value, "looser")) {
        own->approximation = value[0] == 's' ? CORDON_STRICTER : CORDON_LOOSER;
    } else {
        usage_error("convert", "approximate \"%s\"? stricter or looser", value);
        return false;
    }
    return true;
}

int command_convert(int argc, char **argv)
{
    static const struct option own_options[] = {
        {"to", required_argument, NULL, 't'},
        {"approximate", required_argument, NULL, OPTION_APPROXIMATE},
        {"list", no_argument, NULL, OPTION_LIST},
        {0}};
    struct own own = {0};
    struct options options = {0};
    int status, first = options_parse(argc, argv, &options, "t:", own_options, take, &own, &status);
    if (first < 0)
        return status;
    if (own.list)
        return list_formats(options.json);
    if (first != argc - 1)
        return usage_error("convert", first == argc ? "what?" : "one policy at a time");
    if (!own.to)
        return usage_error("convert", "into which format? -t FORMAT; --list shows them");
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
    status = conversion.model && convert(&conversion, argv[first]) ? EXIT_YES : EXIT_BAD;
    cordon_string_free(&conversion.plain);
    cordon_string_free(&conversion.text);
    cordon_policy_free(conversion.sides[0].policy);
    cordon_policy_free(conversion.sides[1].policy);
    cordon_model_free(conversion.model);
    return status;
}
