/* SPDX-License-Identifier: MIT */
/*
 * fuzz_formats.c: any text in every format of the table. What a reader accepts is built; what is
 * built is written where the format can, and what was written must be read again and mean the same.
 * The first byte of the input chooses the format, or that it is detected; the second which
 * allocation fails.
 */
#include <stdlib.h>
#include <string.h>

#include "cordon/compare.h"
#include "cordon/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define MODEL_BYTES ((size_t)32 << 20)

struct failing {
    uint32_t left; /* allocations until one fails; 0: none does */
};

static void *resize(void *context, void *old, size_t old_size, size_t new_size)
{
    struct failing *failing = context;
    (void)old_size;
    if (new_size == 0) {
        free(old);
        return NULL;
    }
    if (failing->left && --failing->left == 0)
        return NULL;
    return realloc(old, new_size);
}

/* Nothing is opened: an included text is a line that no format minds much. */
static bool open_text(void *context, const char *from, const char *name, char **text,
                      size_t *length)
{
    static char line[] = "read: 1\n";
    (void)context, (void)from;
    *text = line;
    *length = sizeof line - 1;
    return name[0] != '/';
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

static void write_and_compare(const struct cordon_format *format,
                              const struct cordon_format_options *options,
                              const struct cordon_policy *policy, struct cordon_model *model,
                              cordon_node node)
{
    struct cordon_string text = {0};
    struct cordon_sink sink = cordon_string_sink(&text);
    struct cordon_policy *again = NULL;
    cordon_node other;
    if (format->write && !format->write(&sink, policy, options, NULL) && !text.failed) {
        if (format->read(&again, text.text, text.length, "again", options, NULL))
            abort();
        /* not equal: the command refuses it; the comparison itself must come to an end */
        if (build(model, again, &other))
            (void)cordon_model_equal(model, node, other, NULL);
        cordon_policy_free(again);
    }
    cordon_string_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    size_t count;
    const struct cordon_format *formats = cordon_formats(&count);
    if (size < 2)
        return 0;
    const char *text = (const char *)bytes + 2;
    struct failing failing = {bytes[1]};
    struct cordon_allocator allocator = {resize, &failing};
    struct cordon_format_options options = {.policy = {.allocator = &allocator},
                                            .caps = CORDON_DOCKER_CAPS,
                                            .kernel = CORDON_LINUX(6, 1),
                                            .enosys_stub = bytes[0] & 0x80,
                                            .open_text = open_text,
                                            .close_text = close_text};
    size_t which = bytes[0] & 0x7f;
    const struct cordon_format *format =
        which < count ? &formats[which] : cordon_format_detect(text, size - 2, "fuzz", NULL);
    struct cordon_policy *policy = NULL;
    struct cordon_model *model = NULL;
    cordon_node node;
    if (which == 0 || !format || !format->read || format == formats) /* fuzz_policy has that one */
        return 0;
    if (!format->read(&policy, text, size - 2, "fuzz", &options, NULL)) {
        failing.left = 0;
        if (!cordon_model_create(&model, NULL, MODEL_BYTES) && build(model, policy, &node))
            write_and_compare(format, &options, policy, model, node);
        cordon_model_free(model);
        cordon_policy_free(policy);
    }
    return 0;
}
