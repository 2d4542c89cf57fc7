/* SPDX-License-Identifier: MIT */
/* convert.c: converts a policy or a filter, in any format, to another one: convert FORMAT <FILE */
#include <cordon.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void report(void *context, const struct cordon_diag *diag, const char *line, uint32_t length)
{
    (void)context, (void)line, (void)length;
    fprintf(stderr, "%s:%u: %s\n", diag->place.file ? diag->place.file : "input", diag->place.line,
            diag->text);
}

/* The result is read again and compared with the input; if they aren't equivalent, the
 * conversion is refused. */
static int convert(const struct cordon_input *input, const struct cordon_format *format,
                   struct cordon_reporter *reporter)
{
    struct cordon_convert_options options;
    struct cordon_conversion conversion;
    memset(&options, 0, sizeof options);
    options.to = format;
    if (cordon_convert(&conversion, input, &options, reporter))
        return 2;
    int status = conversion.answer == CORDON_CONVERTED_EQUAL ? 0 : 1;
    if (status == 0)
        fwrite(conversion.text.text, 1, conversion.text.length, stdout);
    cordon_conversion_free(&conversion);
    return status;
}

static int read_and_convert(const char *text, size_t length, const struct cordon_format *format)
{
    struct cordon_reporter reporter = {report, NULL, 0, 0};
    struct cordon_input_options options;
    struct cordon_input input;
    memset(&options, 0, sizeof options);
    if (cordon_input_read(&input, text, length, "input", &options, &reporter))
        return 2;
    int status = convert(&input, format, &reporter);
    cordon_input_free(&input);
    return status;
}

int main(int argc, char **argv)
{
    char *text;
    size_t length;
    const struct cordon_format *format =
        argc == 2 ? cordon_format_by_name(argv[1], strlen(argv[1])) : NULL;
    if (!format || !format->write || cordon_file_read(0, false, &text, &length))
        return 2;
    int status = read_and_convert(text, length, format);
    free(text);
    return status;
}
