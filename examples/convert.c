/* SPDX-License-Identifier: MIT */
/* convert.c: a policy in another tool's format: convert POLICY FORMAT */
#include <cordon.h>
#include <stdio.h>
#include <string.h>

static void report(void *context, const struct cordon_diag *diag, const char *line, uint32_t length)
{
    (void)context, (void)line, (void)length;
    fprintf(stderr, "%s:%u: %s\n", diag->place.file ? diag->place.file : "policy", diag->place.line,
            diag->text);
}

static void print(void *context, const char *text, size_t length)
{
    (void)context;
    fwrite(text, 1, length, stdout);
}

/* Writers get a policy in plain form, which is made of its meaning. */
static enum cordon_error make_plain(struct cordon_policy **plain,
                                    const struct cordon_policy *policy,
                                    struct cordon_reporter *reporter)
{
    struct cordon_model *model;
    cordon_node verdicts;
    struct cordon_diag diag;
    enum cordon_error error = cordon_model_create(&model, NULL, 0);
    if (error)
        return error;
    error = cordon_policy_verdicts(policy, model, NULL, 0, &verdicts, reporter);
    if (!error) {
        error = cordon_decompile(plain, model, verdicts, NULL, "plain form", NULL, &diag);
        if (error)
            cordon_reporter_add(reporter, &diag, NULL, 0);
    }
    cordon_model_free(model);
    return error;
}

static enum cordon_error convert(const struct cordon_policy *policy,
                                 const struct cordon_format *format,
                                 struct cordon_reporter *reporter)
{
    struct cordon_format_options options;
    struct cordon_sink sink = {print, NULL};
    struct cordon_policy *plain;
    enum cordon_error error = make_plain(&plain, policy, reporter);
    if (error)
        return error;
    memset(&options, 0, sizeof options);
    error = format->write(&sink, plain, &options, reporter);
    cordon_policy_free(plain);
    return error;
}

int main(int argc, char **argv)
{
    struct cordon_reporter reporter = {report, NULL, 0, 0};
    const struct cordon_format *format =
        argc == 3 ? cordon_format_by_name(argv[2], strlen(argv[2])) : NULL;
    struct cordon_policy_options options = {NULL, 0, cordon_file_loader};
    struct cordon_policy *policy;
    if (!format || !format->write || cordon_policy_read_file(&policy, argv[1], &options, &reporter))
        return 2;
    enum cordon_error error = convert(policy, format, &reporter);
    cordon_policy_free(policy);
    return error ? 1 : 0;
}
