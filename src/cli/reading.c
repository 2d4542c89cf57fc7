/* SPDX-License-Identifier: MIT */
/* reading.c: policies in everybody's formats: which one, and the options of reading them. */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "cli.h"
#include "cordon/files.h"

/* ---- options ---- */

static bool parse_kernel(const char *text, uint16_t *kernel)
{
    unsigned major, minor;
    if (sscanf(text, "%3u.%3u", &major, &minor) != 2 || major > 255 || minor > 255)
        return false;
    *kernel = CORDON_LINUX(major, minor);
    return true;
}

bool reading_option(struct options *options, enum option_id id, const char *value)
{
    struct reading *reading = &options->reading;
    const char *what = NULL;
    switch (id) {
    case OPTION_FROM:
        reading->from = cordon_format_by_name(value, strlen(value));
        if (!reading->from || !reading->from->read)
            what = "format that is read: cordon convert --list shows them";
        break;
    case OPTION_CAPS:
        reading->has_caps = true;
        if (!cordon_caps_parse(value, &reading->options.caps))
            what = "set of capabilities: none, default, podman, all, CAP_…,…";
        break;
    case OPTION_KERNEL:
        if (!parse_kernel(value, &reading->options.kernel))
            what = "version of a kernel, like 6.1";
        break;
    case OPTION_LIKE:
        if (!cordon_like_by_name(value, &reading->options.like))
            what = "runtime";
        break;
    case OPTION_PART:
        reading->options.part = value;
        break;
    default:
        break;
    }
    if (what)
        usage_error(options->command, "\"%s\" is no %s", value, what);
    return !what;
}

/* ---- reading ---- */

struct cordon_format_options reading_options(const struct options *options)
{
    struct cordon_format_options made = options->reading.options;
    struct utsname system;
    if (!options->reading.has_caps)
        made.caps = CORDON_DOCKER_CAPS;
    if (!made.kernel && !uname(&system))
        (void)parse_kernel(system.release, &made.kernel);
    made.home = getenv("HOME");
    made.policy.loader = cordon_file_loader;
    return made;
}

/* NULL, reported: two formats claim it. */
static const struct cordon_format *detect(const struct text_file *file, const char *name,
                                          struct cordon_reporter *reporter)
{
    const struct cordon_format *rival;
    struct cordon_diag diag;
    const struct cordon_format *format =
        cordon_format_detect(file->bytes, file->length, name, &rival);
    if (!rival)
        return format;
    cordon_diag_set(&diag, CORDON_E_FORMAT, "is it %s or %s?", format->name, rival->name);
    snprintf(diag.hint, sizeof diag.hint, "--from says it");
    diag.place.file = name;
    cordon_reporter_add(reporter, &diag, NULL, 0);
    return NULL;
}

enum cordon_error reading_read(struct cordon_policy **policy, const struct text_file *file,
                               const char *name, const struct options *options,
                               struct cordon_reporter *reporter)
{
    const struct cordon_format *format = options->reading.from;
    struct cordon_format_options made = reading_options(options);
    if (!format)
        format = detect(file, name, reporter);
    if (!format)
        return CORDON_E_FORMAT;
    return format->read(policy, file->bytes, file->length, name, &made, reporter);
}
