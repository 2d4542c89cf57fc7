/* SPDX-License-Identifier: MIT */
/*
 * fuzz_formats.c: any text in every format of the table. What a reader accepts is built; what is
 * built is written in a format, as `cordon convert` does; and what was written must be read again.
 * The first byte of the input chooses the format, or that it is detected; the second which
 * allocation fails; the third the format to write (else the same) and, in its upper bits, how
 * nearly.
 */
#include <stdlib.h>
#include <string.h>

#include "cordon/compare.h"
#include "cordon/decompile.h"
#include "cordon/formats.h"
#include "failing.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define HEAD        3u
#define MODEL_BYTES ((size_t)32 << 20)

/* Nothing is opened: an included text is a line that no format minds much. */
static const char *open_text(void *context, const char *path, char **text, size_t *length)
{
    static char line[] = "read: 1\n";
    (void)context;
    *text = line;
    *length = sizeof line - 1;
    return path[0] == '/' ? "there are no folders" : NULL;
}

static void close_text(void *context, char *text)
{
    (void)context, (void)text;
}

static bool build(struct cordon_model *model, const struct cordon_policy *policy, cordon_node *node)
{
    struct cordon_meaning meaning;
    if (cordon_policy_build(policy, model, NULL, 0, &meaning, NULL))
        return false;
    *node = meaning.verdicts;
    return true;
}

/* As writers want it; NULL: it is too large. */
static struct cordon_policy *make_plain(struct cordon_model *model, cordon_node node)
{
    struct cordon_policy *plain = NULL;
    return cordon_decompile(&plain, model, node, NULL, "plain", NULL, NULL) ? NULL : plain;
}

/*
 * What was written is read by its own reader. Where it means something else the command hands
 * nothing out, but then the writer should have refused it with a reason: CORDON_FUZZ_STRICT=1 looks
 * for that.
 */
static void read_and_compare(const struct cordon_format *format,
                             const struct cordon_format_options *options,
                             const struct cordon_string *text, struct cordon_model *model,
                             cordon_node node)
{
    struct cordon_policy *again = NULL;
    enum cordon_error error =
        format->read(&again, text->text, text->length, "again", options, NULL);
    bool exactly = options->approximation == CORDON_EXACTLY;
    cordon_node other;
    if (error && error != CORDON_E_BUDGET && exactly)
        abort();
    if (!error && build(model, again, &other)) {
        enum cordon_answer answer = cordon_model_equal(model, node, other, NULL);
        if (answer == CORDON_NO && exactly && getenv("CORDON_FUZZ_STRICT"))
            abort();
    }
    cordon_policy_free(again);
}

static void write_and_compare(const struct cordon_format *format,
                              const struct cordon_format_options *options,
                              struct cordon_model *model, cordon_node node)
{
    struct cordon_string text = {0};
    struct cordon_sink sink = cordon_string_sink(&text);
    struct cordon_policy *plain = format->write ? make_plain(model, node) : NULL;
    if (plain && !format->write(&sink, plain, options, NULL) && !text.failed && format->read)
        read_and_compare(format, options, &text, model, node);
    cordon_string_free(&text);
    cordon_policy_free(plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    size_t count;
    const struct cordon_format *formats = cordon_formats(&count);
    if (size < HEAD)
        return 0;
    const char *text = (const char *)bytes + HEAD;
    int left = bytes[1] - 1; /* negative: none fails */
    struct cordon_allocator allocator = failing_allocator(&left);
    struct cordon_format_options options = {
        .policy = {.allocator = &allocator, .loader = {open_text, close_text, NULL}},
        .caps = CORDON_DOCKER_CAPS,
        .kernel = CORDON_LINUX(6, 1),
        .like = bytes[0] & 0x80 ? CORDON_LIKE_DOCKER : CORDON_LIKE_CRUN};
    size_t which = bytes[0] & 0x7f, target = bytes[2] & 0x3f;
    const struct cordon_format *format =
        which < count ? &formats[which] : cordon_format_detect(text, size - HEAD, "fuzz", NULL);
    struct cordon_policy *policy = NULL;
    struct cordon_model *model = NULL;
    cordon_node node;
    if (which == 0 || !format->read || format == formats) /* fuzz_policy has that one */
        return 0;
    if (!format->read(&policy, text, size - HEAD, "fuzz", &options, NULL)) {
        left = -1;
        options.like = CORDON_LIKE_CRUN;
        options.approximation = (bytes[2] >> 6) % 3;
        if (!cordon_model_create(&model, NULL, MODEL_BYTES) && build(model, policy, &node))
            write_and_compare(target < count ? &formats[target] : format, &options, model, node);
        cordon_model_free(model);
        cordon_policy_free(policy);
    }
    return 0;
}
