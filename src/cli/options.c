/* SPDX-License-Identifier: MIT */
/* options.c: parses a command's options by the tables, and reports wrong usage. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

int missing_argument(const char *command)
{
    return usage_error(command, "missing argument\nusage: cordon %s %s", command,
                       find_command(command)->arguments);
}

int missing_output(const char *command)
{
    return usage_error(command, "-o FILE is required (- is standard output)");
}

/* ---- values ---- */

static void add_abi(struct options *options, const struct cordon_abi *abi)
{
    for (uint32_t i = 0; i < options->abi_count; i++)
        if (options->abis[i] == abi->id)
            return;
    options->abis[options->abi_count++] = abi->id;
}

/* A list like x86_64,i386; "all" and "native" are understood. */
static bool parse_arches(struct options *options, const char *text)
{
    while (*text) {
        uint32_t length = (uint32_t)strcspn(text, ",");
        const struct cordon_abi *abi = cordon_abi_by_name(text, length);
        if (length == 6 && !memcmp(text, "native", 6))
            abi = cordon_abi_native();
        if (length == 3 && !memcmp(text, "all", 3)) {
            for (int id = 0; id < CORDON_ABI_COUNT; id++)
                add_abi(options, cordon_abi(id));
        } else if (!abi) {
            usage_error(options->command, "unknown architecture \"%.*s\"", (int)length, text);
            return false;
        } else {
            add_abi(options, abi);
        }
        text += length + (text[length] == ',');
    }
    return true;
}

/* The index of a value among the words of `list`; -1: none. */
static int find_word(const char *list, const char *value)
{
    size_t length = strlen(value);
    for (int index = 0; *list; index++) {
        size_t size = strcspn(list, " ");
        if (size == length && !memcmp(list, value, size))
            return index;
        list += size + (list[size] == ' ');
    }
    return -1;
}

int option_choice(const struct options *options, enum option_id id)
{
    return options->value[id] ? find_word(option_rows[id].completes, options->value[id]) : -1;
}

/* "unknown type "x": dot or svg" */
static bool check_choice(const struct options *options, const struct option_row *row,
                         const char *value)
{
    if (!row->completes[0] || strchr(row->completes, '<') || find_word(row->completes, value) >= 0)
        return true;
    char text[256] = "", what[16];
    for (size_t i = 0; i <= strlen(row->argument); i++)
        what[i] = (char)(row->argument[i] | ('a' ^ 'A'));
    what[strlen(row->argument)] = '\0';
    for (const char *at = row->completes; *at; at += strcspn(at, " "), at += *at == ' ') {
        size_t size = strcspn(at, " ");
        const char *before = at == row->completes ? "" : at[size] ? ", " : " or ";
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%.*s", before, (int)size, at);
    }
    usage_error(options->command, "unknown %s \"%s\": %s", what, value,
                cordon_format_by_name(value, strlen(value)) ? "cordon convert writes policies"
                                                            : text);
    return false;
}

static bool take(struct options *options, enum option_id id, const char *value)
{
    if (id == OPTION_POLICY && options->value[id]) {
        usage_error(options->command, "one policy only; include joins policies, -e adds rules");
        return false;
    }
    options->value[id] = value ? value : "";
    switch (id) {
    case OPTION_ARCH:
    case OPTION_SHOWN_ARCH:
        return parse_arches(options, value);
    case OPTION_JSON:
        options->json = true;
        report_as_json();
        return true;
    case OPTION_OUTPUT:
    case OPTION_PREFIX:
        options->output = value;
        return true;
    default:
        return check_choice(options, &option_rows[id], value) && reading_option(options, id, value);
    }
}

/* ---- parsing ---- */

/* A command's options in the form of getopt_long(3). */
struct getopt_table {
    struct option longs[MAX_OPTIONS + 1];
    char letters[2 * MAX_OPTIONS + 3];
};

enum { LONG_OPTION = 256 }; /* + the id */

static void make_table(struct getopt_table *table, const struct command *command)
{
    char *letter = table->letters;
    *table = (struct getopt_table){0};
    if (command->order != OPTIONS_ANYWHERE)
        *letter++ = '+'; /* a call has options of its own */
    *letter++ = ':';
    for (size_t i = 0; command->options[i]; i++) {
        const struct option_row *row = &option_rows[command->options[i]];
        table->longs[i] = (struct option){row->name, row->argument != NULL, NULL,
                                          LONG_OPTION + command->options[i]};
        if (row->letter)
            *letter++ = row->letter;
        if (row->letter && row->argument)
            *letter++ = ':';
    }
}

static enum option_id id_of(const struct command *command, int found)
{
    if (found >= LONG_OPTION)
        return (enum option_id)(found - LONG_OPTION);
    for (size_t i = 0; command->options[i]; i++)
        if (option_rows[command->options[i]].letter == found)
            return (enum option_id)command->options[i];
    return OPTION_NONE;
}

static const struct command *parsed; /* getopt's callback has no context */

static const char *nth_option(uint32_t index)
{
    return option_rows[parsed->options[index]].name;
}

static void report_unknown(const struct command *command, const char *word)
{
    const char *name = word + strspn(word, "-"), *nearest;
    uint32_t count = 0;
    while (command->options[count])
        count++;
    parsed = command;
    nearest = cordon_name_nearest(name, (uint32_t)strcspn(name, "="), count, nth_option);
    if (optopt >= LONG_OPTION)
        usage_error(command->name, "--%s takes no value", option_rows[optopt - LONG_OPTION].name);
    else if (optopt)
        usage_error(command->name, "unknown option \"-%c\"", optopt);
    else if (nearest)
        usage_error(command->name, "unknown option \"%s\": did you mean --%s?", word, nearest);
    else
        usage_error(command->name, "unknown option \"%s\"", word);
}

/* Returns the index of the first argument, or -1 with a status. */
static int parse(int argc, char **argv, struct options *options, const struct command *command,
                 int *status)
{
    struct getopt_table table;
    make_table(&table, command);
    *status = EXIT_BAD;
    opterr = 0;
    optind = 0; /* glibc: restart */
    for (int found; (found = getopt_long(argc, argv, table.letters, table.longs, NULL)) != -1;) {
        if (found == '?') {
            report_unknown(command, argv[optind - 1]);
            return -1;
        } else if (found == ':') {
            usage_error(command->name, "%s needs a value", argv[optind - 1]);
            return -1;
        }
        enum option_id id = id_of(command, found);
        if (id == OPTION_HELP) {
            *status = print_command_help(command);
            return -1;
        }
        if (!take(options, id, optarg))
            return -1;
    }
    return optind;
}

/* Options may follow the filter, but -1 is an argument: moves the filter after the options. */
static int parse_before_call(int argc, char **argv, struct options *options,
                             const struct command *command, int *status, int file)
{
    int more = parse(argc - file, argv + file, options, command, status);
    if (more < 0)
        return -1;
    char *name = argv[file];
    int first = file + more - 1;
    memmove(argv + file, argv + file + 1, (size_t)(more - 1) * sizeof *argv);
    argv[first] = name;
    return first;
}

/* Both would go to standard output. convert prints nothing of its own there. */
static bool mixes_results(const struct options *options)
{
    return options->json && options->output && !strcmp(options->output, "-") &&
           strcmp(options->command, "convert") != 0;
}

/* Options that contradict each other. */
static bool check_conflicts(const struct options *options)
{
    static const struct {
        const char *command;
        enum option_id one, other;
    } conflicts[] = {
        {"check", OPTION_SARIF, OPTION_JSON},          {"sim", OPTION_BATCH, OPTION_JSON},
        {"show", OPTION_OUTPUT, OPTION_JSON},          {"graph", OPTION_OUTPUT, OPTION_JSON},
        {"graph", OPTION_GRAPH_TYPE, OPTION_JSON},     {"syscalls", OPTION_GROUPS, OPTION_NAMES},
        {"syscalls", OPTION_GROUPS, OPTION_SHOWN_ARCH}};
    for (size_t i = 0; i < sizeof conflicts / sizeof *conflicts; i++) {
        enum option_id one = conflicts[i].one, other = conflicts[i].other;
        if (strcmp(options->command, conflicts[i].command) != 0 || !options->value[one] ||
            !options->value[other])
            continue;
        usage_error(options->command, "--%s cannot be combined with --%s", option_rows[one].name,
                    option_rows[other].name);
        return false;
    }
    if (mixes_results(options))
        usage_error(options->command, "--json needs a file for --output, not standard output");
    return !mixes_results(options);
}

bool options_parse(struct options *options, const struct command *command, int argc, char **argv,
                   int *status)
{
    options->command = command->name;
    int first = parse(argc, argv, options, command, status);
    if (first >= 0 && first < argc && command->order == OPTIONS_BEFORE_CALL)
        first = parse_before_call(argc, argv, options, command, status, first);
    if (first < 0)
        return false;
    *status = EXIT_BAD;
    options->arguments = argv + first;
    options->count = argc - first;
    const char *weights = options->value[OPTION_WEIGHTS] ? options->value[OPTION_WEIGHTS]
                                                         : options->value[OPTION_COUNTS];
    if (options->count < command->least)
        missing_argument(command->name);
    else if (options->count > command->most)
        usage_error(command->name, "unexpected argument \"%s\"", argv[first + command->most]);
    else
        return check_conflicts(options) && (!weights || weights_read(weights, options));
    return false;
}
