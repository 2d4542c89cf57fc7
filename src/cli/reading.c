/* SPDX-License-Identifier: MIT */
/* reading.c: the options that concern reading policies in other formats. */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "cli.h"
#include "cordon/files.h"

/* ---- options ---- */

static bool add_rule(struct reading *reading, const char *rule)
{
    const char *before = reading->rules ? reading->rules : "";
    char *joined = NULL; /* lives as long as the command */
    if (asprintf(&joined, "%s%s\n", before, rule) < 0)
        return fail("out of memory") == EXIT_YES;
    reading->rules = joined;
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
            what = "input format (cordon convert --list lists them)";
        break;
    case OPTION_CAPS:
        reading->has_caps = true;
        if (!cordon_caps_parse(value, &reading->options.caps))
            what = "capability or set (none, default, podman, all)";
        break;
    case OPTION_KERNEL:
    case OPTION_RULES:
        if (!cordon_kernel_parse(value, &reading->options.kernel))
            what = "kernel version (example: 6.1)";
        break;
    case OPTION_HOST:
        reading->options.policy.host = cordon_abi_by_name(value, (uint32_t)strlen(value));
        if (!reading->options.policy.host)
            what = "architecture";
        break;
    case OPTION_LIKE:
        if (!cordon_like_by_name(value, &reading->options.like))
            what = "tool";
        break;
    case OPTION_RULE:
        return add_rule(reading, value);
    case OPTION_PART:
        reading->options.part = value;
        break;
    default:
        break;
    }
    if (what)
        usage_error(options->command, "\"%s\" is not a known %s", value, what);
    return !what;
}

/* ---- reading ---- */

struct cordon_input_options reading_options(const struct options *options)
{
    struct cordon_input_options made = {.from = options->reading.from,
                                        .format = options->reading.options,
                                        .abis = options->abis,
                                        .abi_count = options->abi_count,
                                        .weights = options->weights,
                                        .uncompiled = options->uncompiled,
                                        .rules = options->reading.rules};
    struct utsname system;
    if (!options->reading.has_caps)
        made.format.caps = CORDON_DOCKER_CAPS;
    const struct cordon_abi *host = made.format.policy.host;
    /* the version of another machine's kernel isn't known */
    if (!made.format.kernel && (!host || host == cordon_abi_native()) && !uname(&system))
        (void)cordon_kernel_parse(system.release, &made.format.kernel);
    made.format.home = getenv("HOME");
    made.format.policy.loader = cordon_file_loader;
    return made;
}
