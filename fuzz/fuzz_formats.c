/* SPDX-License-Identifier: MIT */
/*
 * fuzz_formats.c: takes any text, reads it in every format of the table or as detected, also as a
 * program, and converts what is accepted, as `cordon convert` does. The first byte of the input
 * chooses the format or detection; the second byte chooses which allocation fails during reading;
 * the third byte chooses the format to write (or else the same) and, in its upper bits, how nearly.
 * The length chooses the tool whose interpretation applies.
 */
#include <stdlib.h>
#include <string.h>

#include "cordon/convert.h"
#include "failing.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define HEAD        3u
#define MODEL_BYTES ((size_t)32 << 20)

/* Opens nothing: every included text is a line that most formats ignore or accept. */
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

/*
 * Each format's own reader must accept the written text. A text with another meaning is never
 * returned, but the writer should have refused with a reason: CORDON_FUZZ_STRICT=1 looks for that.
 */
static void check(const struct cordon_conversion *conversion)
{
    if (conversion->answer != CORDON_CONVERSION_REFUSED)
        return;
    if (!conversion->refusal_count)
        abort();
    for (uint32_t i = 0; i < conversion->refusal_count && getenv("CORDON_FUZZ_STRICT"); i++)
        if (conversion->refusals[i].by_comparison)
            abort();
}

static void convert(const struct cordon_input *input, const struct cordon_convert_options *how)
{
    struct cordon_conversion conversion = {0};
    if (how->to->write && !cordon_convert(&conversion, input, how, NULL) && !how->approximation)
        check(&conversion);
    cordon_conversion_free(&conversion);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    size_t count;
    const struct cordon_format *formats = cordon_formats(&count);
    if (size < HEAD)
        return 0;
    int left = bytes[1] - 1; /* negative: none fails */
    struct cordon_allocator allocator = failing_allocator(&left);
    struct cordon_input_options options = {
        .format = {.policy = {.allocator = &allocator, .loader = {open_text, close_text, NULL}},
                   .caps = CORDON_DOCKER_CAPS,
                   .kernel = CORDON_LINUX(6, 1),
                   .like = (enum cordon_like)(size % (CORDON_LIKE_SYSTEMD_262 + 1u))},
        .uncompiled = true};
    size_t which = bytes[0] & 0x7f, target = bytes[2] & 0x3f;
    struct cordon_input input;
    options.from = which < count ? &formats[which] : NULL;
    if (which == 0 || (options.from && !options.from->read)) /* fuzz_policy has the first */
        return 0;
    if (cordon_input_read(&input, (const char *)bytes + HEAD, size - HEAD, "fuzz", &options, NULL))
        return 0;
    left = -1;
    options.format.like = CORDON_LIKE_CRUN;
    struct cordon_convert_options how = {.to = target < count ? &formats[target]
                                               : options.from ? options.from
                                                              : formats,
                                         .approximation =
                                             (enum cordon_approximation)(bytes[2] >> 6),
                                         .format = options.format,
                                         .model_cap = MODEL_BYTES};
    convert(&input, &how);
    cordon_input_free(&input);
    return 0;
}
