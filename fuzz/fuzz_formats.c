/* SPDX-License-Identifier: MIT */
/*
 * fuzz_formats.c: any text in the format that $CORDON_FORMAT names: read and built. A format that
 * is only written gets the text as a policy of ours.
 */
#include <stdlib.h>
#include <string.h>

#include "cordon/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static const struct cordon_format *format;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *name = getenv("CORDON_FORMAT");
    (void)argc, (void)argv;
    format = name ? cordon_format_by_name(name, strlen(name)) : NULL;
    if (!format)
        exit(2);
    return 0;
}

static void drop(void *context, const char *text, size_t length)
{
    (void)context, (void)text, (void)length;
}

static void build(const struct cordon_policy *policy)
{
    struct cordon_model *model;
    struct cordon_meaning meaning;
    struct cordon_reporter reporter = {0};
    if (cordon_model_create(&model, NULL, 0))
        return;
    if (cordon_policy_build(policy, model, NULL, 0, &meaning, &reporter) && !reporter.errors)
        abort(); /* an error that nobody is told of */
    cordon_model_free(model);
}

/* Every part in turn that sources of calls have; others know none of them, and say so. */
static void read_text(const char *text, size_t size)
{
    static const char *const parts[] = {NULL, "arguments"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct cordon_format_options options = {.part = parts[i]};
        struct cordon_reporter reporter = {0};
        struct cordon_policy *policy = NULL;
        if (format->detect)
            (void)format->detect(text, size, "fuzz");
        if (!format->read(&policy, text, size, "fuzz", &options, &reporter))
            build(policy);
        else if (!reporter.errors)
            abort();
        cordon_policy_free(policy);
    }
}

static void write_text(const char *text, size_t size)
{
    struct cordon_sink sink = {drop, NULL};
    struct cordon_policy *policy = NULL;
    if (memmem(text, size, "include", 7) ||
        cordon_policy_read(&policy, text, size, "fuzz", NULL, NULL))
        return;
    for (int side = CORDON_EXACTLY; side <= CORDON_LOOSER; side++) {
        struct cordon_format_options options = {.approximation = side};
        struct cordon_reporter reporter = {0};
        (void)!format->write(&sink, policy, &options, &reporter);
    }
    cordon_policy_free(policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = malloc(size ? size : 1); /* exactly as large, so that a byte too far is seen */
    if (!text)
        return 0;
    memcpy(text, bytes, size);
    if (format->read)
        read_text(text, size);
    else
        write_text(text, size);
    free(text);
    return 0;
}
