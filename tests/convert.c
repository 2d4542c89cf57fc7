/* SPDX-License-Identifier: MIT */
/*
 * convert.c: for tests of formats: convert FROM FILE [TO]
 *
 * Without TO the compiled program goes to standard output, else the policy in that format.
 */
#include <stdio.h>
#include <string.h>

#include "cordon/compile.h"
#include "cordon/decompile.h"
#include "cordon/files.h"
#include "cordon/formats.h"

static void tell(void *context, const struct cordon_diag *diag, const char *line, uint32_t length)
{
    (void)context, (void)line, (void)length;
    fprintf(stderr, "%s:%u:%u: %s: %s%s%s\n", diag->place.file ? diag->place.file : "-",
            diag->place.line, diag->place.column,
            diag->severity == CORDON_ERROR ? "error" : "warning", diag->text,
            diag->hint[0] ? " | " : "", diag->hint);
}

static void print(void *context, const char *text, size_t length)
{
    fwrite(text, 1, length, context);
}

static int emit(const struct cordon_policy *policy, struct cordon_reporter *reporter)
{
    struct cordon_compiled compiled;
    if (cordon_compile(&compiled, policy, NULL, 0, NULL, reporter))
        return 1;
    const struct cordon_program *program = &compiled.code.program;
    fwrite(program->insns, sizeof *program->insns, program->length, stdout);
    cordon_compiled_free(&compiled);
    return 0;
}

/* In plain form, as writers want it. */
static struct cordon_policy *plain(const struct cordon_policy *policy,
                                   struct cordon_reporter *reporter)
{
    struct cordon_model *model;
    struct cordon_meaning meaning;
    struct cordon_policy *made = NULL;
    struct cordon_diag diag;
    if (cordon_model_create(&model, NULL, 0) ||
        cordon_policy_build(policy, model, NULL, 0, &meaning, reporter))
        return NULL;
    if (cordon_decompile(&made, model, meaning.verdicts, NULL, "plain", NULL, &diag))
        tell(NULL, &diag, NULL, 0);
    cordon_model_free(model);
    return made;
}

static int write_as(const char *to, const struct cordon_policy *policy,
                    const struct cordon_format_options *options, struct cordon_reporter *reporter)
{
    const struct cordon_format *format = cordon_format_by_name(to, strlen(to));
    struct cordon_sink sink = {print, stdout};
    struct cordon_policy *form = plain(policy, reporter);
    if (!form || !format || !format->write)
        return 2;
    int status = format->write(&sink, form, options, reporter) ? 1 : 0;
    cordon_policy_free(form);
    return status;
}

int main(int argc, char **argv)
{
    struct cordon_reporter reporter = {.report = tell};
    struct cordon_format_options options = {.policy.loader = cordon_file_loader};
    const struct cordon_format *from =
        argc > 2 ? cordon_format_by_name(argv[1], strlen(argv[1])) : NULL;
    struct cordon_policy *policy = NULL;
    char *text;
    size_t length;
    if (!from || !from->read || cordon_file_loader.open_text(NULL, argv[2], &text, &length))
        return 2;
    enum cordon_error error = from->read(&policy, text, length, argv[2], &options, &reporter);
    cordon_file_loader.close_text(NULL, text);
    if (error)
        return 1;
    int status =
        argc > 3 ? write_as(argv[3], policy, &options, &reporter) : emit(policy, &reporter);
    cordon_policy_free(policy);
    return status;
}
