/* SPDX-License-Identifier: MIT */
/* cmd_compile.c: cordon compile and cordon asm: making filters; cordon disasm: reading them. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "listing.h"
#include "source.h"

/* A text is made in memory first, so that the file is written whole. */
static bool write_text(const struct input *input, const char *path,
                       void (*print)(FILE *, const struct input *))
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (!memory) {
        fail("out of memory");
        return false;
    }
    print(memory, input);
    bool good = fclose(memory) == 0 && write_whole(path, text, size);
    free(text);
    return good;
}

static void print_listing(FILE *file, const struct input *input)
{
    listing_print(file, &input->program);
}

/* What can be made of a filter; NULL: its bytes. */
static const struct type {
    const char *name;
    void (*print)(FILE *, const struct input *);
} types[] = {{"bpf", NULL},         {"c", source_c},   {"c-loader", source_c_loader},
             {"rust", source_rust}, {"go", source_go}, {"asm", print_listing}};

static const struct type *find_type(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!strcmp(types[i].name, name))
            return &types[i];
    return NULL;
}

bool is_program_type(const char *name)
{
    return find_type(name) != NULL;
}

static int write_result(const struct input *input, const struct type *type, const char *path)
{
    bool good = type->print ? write_text(input, path, type->print)
                            : write_filter(path, input->program.insns, input->program.length,
                                           input->big_endian);
    return good ? EXIT_YES : EXIT_BAD;
}

static int make_filter(int argc, char **argv)
{
    struct options options = {0};
    int status, first = options_parse(argc, argv, &options, &status);
    if (first < 0)
        return status;
    const char *name = options.value[OPTION_TYPE];
    const struct type *type = find_type(name ? name : "bpf");
    if (!options.output)
        return usage_error(argv[0], "where to? -o FILE (-o - is standard output)");
    if (!strcmp(options.output, "-") && !type->print && isatty(STDOUT_FILENO))
        return usage_error(argv[0], "a filter is binary: not to a terminal");
    struct cordon_reporter reporter = terminal_reporter(&options.json);
    struct input input;
    if (!input_read(&input, argv[first], &options, &reporter))
        return EXIT_BAD;
    status = write_result(&input, type, options.output);
    if (status == EXIT_YES && options.json)
        status = print_json(json_pack("{ss si}", "output", options.output, "instructions",
                                      (int)input.program.length),
                            status);
    input_free(&input);
    return status;
}

int command_compile(int argc, char **argv)
{
    return make_filter(argc, argv);
}

int command_asm(int argc, char **argv)
{
    return make_filter(argc, argv);
}

int command_disasm(int argc, char **argv)
{
    struct options options = {0};
    int status, first = options_parse(argc, argv, &options, &status);
    if (first < 0)
        return status;
    struct cordon_reporter reporter = terminal_reporter(&options.json);
    struct input input;
    if (!input_read(&input, argv[first], &options, &reporter))
        return EXIT_BAD;
    if (options.json)
        status = print_json(listing_json(&input.program), EXIT_YES);
    else
        listing_print(stdout, &input.program);
    input_free(&input);
    return options.json ? status : finish_output(EXIT_YES);
}
