/* SPDX-License-Identifier: MIT */
/* cmd_compile.c: cordon compile and cordon asm make filters; cordon disasm lists them. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "subject.h"

static int write_result(const struct cordon_input *input,
                        const struct cordon_program_writer *writer, const char *path)
{
    struct cordon_program_source source = {&input->program, input->big_endian, input->name};
    return write_program(path, writer, &source) ? EXIT_YES : EXIT_BAD;
}

static int make_filter(const struct options *options)
{
    const char *name = options->value[OPTION_TYPE];
    const struct cordon_program_writer *writer = cordon_program_writer_by_name(name ? name : "bpf");
    if (!options->output)
        return missing_output(options->command);
    if (!strcmp(options->output, "-") && writer->is_binary && isatty(STDOUT_FILENO))
        return usage_error(options->command, "a filter is binary: it is not written to a terminal");
    struct cordon_reporter reporter = terminal_reporter();
    struct cordon_input input;
    if (!input_read(&input, options->arguments[0], options, &reporter))
        return EXIT_BAD;
    if (input.kind == CORDON_INPUT_POLICY && cordon_input_check(&input, CORDON_WARNING, &reporter))
        fail("%s: not all lints could be looked for", input.name);
    int status = write_result(&input, writer, options->output);
    if (status == EXIT_YES && options->json)
        status = print_json(json_pack("{ss si}", "output", options->output, "instructions",
                                      (int)input.program.length),
                            status);
    cordon_input_free(&input);
    return status;
}

int command_compile(const struct options *options)
{
    return make_filter(options);
}

int command_asm(const struct options *options)
{
    return make_filter(options);
}

static json_t *line_json(const struct cordon_listing_line *line)
{
    return json_pack("{si si si si sI ss ss}", "index", (int)line->index, "code",
                     (int)line->insn.code, "jt", (int)line->insn.jt, "jf", (int)line->insn.jf, "k",
                     (json_int_t)line->insn.k, "text", line->text, "comment", line->comment);
}

static int print_listing(const struct cordon_program *program, const struct cordon_abi *abi,
                         bool json)
{
    struct cordon_listing *listing;
    struct cordon_sink sink = file_sink(stdout);
    if (cordon_listing_create(&listing, program, abi, NULL))
        return fail("out of memory");
    json_t *list = json ? json_array() : NULL;
    for (uint32_t i = 0; i < program->length; i++) {
        struct cordon_listing_line line = cordon_listing_line(listing, i);
        if (json)
            json_array_append_new(list, line_json(&line));
        else
            cordon_listing_line_print(&sink, &line);
    }
    cordon_listing_free(listing);
    return finish_list(list, json);
}

int command_disasm(const struct options *options)
{
    struct cordon_reporter reporter = terminal_reporter();
    struct cordon_input input;
    if (!input_read(&input, options->arguments[0], options, &reporter))
        return EXIT_BAD;
    int status = print_listing(&input.program, call_abi(&input, options), options->json);
    cordon_input_free(&input);
    return status;
}
