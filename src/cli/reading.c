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

static struct cordon_file_search search; /* of included files */

static bool add_folder(const char *folder)
{
    size_t count = search.folder_count;
    const char **folders =
        realloc((void *)(uintptr_t)search.folders, (count + 1) * sizeof *folders);
    if (!folders)
        return fail("out of memory") == EXIT_YES;
    folders[count] = folder;
    search.folders = folders;
    search.folder_count++;
    return true;
}

/* Takes the value of an option that has a kind of its own; NULL, or the kind that it isn't. */
static const char *take_value(struct reading *reading, enum option_id id, const char *value)
{
    struct cordon_format_options *taken = &reading->options;
    switch (id) {
    case OPTION_FROM:
        reading->from = cordon_format_by_name(value, strlen(value));
        return reading->from && reading->from->read
                   ? NULL
                   : "input format (cordon convert --list lists them)";
    case OPTION_CAPS:
        reading->has_caps = true;
        return cordon_caps_parse(value, &taken->caps)
                   ? NULL
                   : "capability or set (none, default, podman, all)";
    case OPTION_KERNEL:
    case OPTION_RULES:
        return cordon_kernel_parse(value, &taken->kernel) ? NULL : "kernel version (example: 6.1)";
    case OPTION_HOST:
        taken->policy.host = cordon_abi_by_name(value, (uint32_t)strlen(value));
        return taken->policy.host ? NULL : "architecture";
    case OPTION_LIKE:
        return cordon_like_by_name(value, &taken->like) ? NULL : "tool";
    default:
        return NULL;
    }
}

bool reading_option(struct options *options, enum option_id id, const char *value)
{
    struct reading *reading = &options->reading;
    if (id == OPTION_RULE)
        return add_rule(reading, value);
    if (id == OPTION_INCLUDE)
        return add_folder(value);
    if (id == OPTION_ROOT)
        search.root = value;
    if (id == OPTION_PART)
        reading->options.part = value;
    const char *what = take_value(reading, id, value);
    if (what)
        usage_error(options->command, "\"%s\" is not a known %s", value, what);
    return !what;
}

/* ---- reading ---- */

struct cordon_input_options reading_options(const struct options *options, const char *path)
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
    search.policy = path;
    made.format.policy.loader = cordon_file_searcher(&search);
    return made;
}
