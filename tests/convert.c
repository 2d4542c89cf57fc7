/* SPDX-License-Identifier: MIT */
/*
 * convert.c: converts policies for tests of formats: convert FROM FILE [TO]
 *
 * Writes the compiled program to standard output; with TO, the policy in that format.
 */
#include <stdio.h>
#include <string.h>

#include "cordon/convert.h"
#include "cordon/files.h"

static void tell(void *context, const struct cordon_diag *diag, const char *line, uint32_t length)
{
    (void)context, (void)line, (void)length;
    fprintf(stderr, "%s:%u:%u: %s: %s%s%s\n", diag->place.file ? diag->place.file : "-",
            diag->place.line, diag->place.column,
            diag->severity == CORDON_ERROR ? "error" : "warning", diag->text,
            diag->hint[0] ? " | " : "", diag->hint);
}

static int emit(const struct cordon_input *input)
{
    fwrite(input->program.insns, sizeof *input->program.insns, input->program.length, stdout);
    return 0;
}

static int write_as(const struct cordon_input *input, const char *to,
                    const struct cordon_format_options *options, struct cordon_reporter *reporter)
{
    struct cordon_convert_options how = {.to = cordon_format_by_name(to, strlen(to)),
                                         .format = *options};
    struct cordon_conversion conversion = {0};
    if (!how.to || !how.to->write)
        return 2;
    enum cordon_error error = cordon_convert(&conversion, input, &how, reporter);
    if (!error && conversion.text.text)
        fwrite(conversion.text.text, 1, conversion.text.length, stdout);
    bool refused = error || conversion.answer == CORDON_CONVERSION_REFUSED;
    cordon_conversion_free(&conversion);
    return refused;
}

int main(int argc, char **argv)
{
    struct cordon_reporter reporter = {.report = tell};
    struct cordon_input_options options = {
        .from = argc > 2 ? cordon_format_by_name(argv[1], strlen(argv[1])) : NULL,
        .format.policy.loader = cordon_file_loader,
        .uncompiled = argc > 3};
    struct cordon_input input;
    char *text;
    size_t length;
    if (!options.from || !options.from->read ||
        cordon_file_loader.open_text(NULL, argv[2], &text, &length))
        return 2;
    enum cordon_error error = cordon_input_read(&input, text, length, argv[2], &options, &reporter);
    cordon_file_loader.close_text(NULL, text);
    if (error)
        return 1;
    int status = argc > 3 ? write_as(&input, argv[3], &options.format, &reporter) : emit(&input);
    cordon_input_free(&input);
    return status;
}
