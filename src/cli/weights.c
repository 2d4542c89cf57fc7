/* SPDX-License-Identifier: MIT */
/* weights.c: parses --weights. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "cordon/counts.h"

/* The counts of the process; freed at its end. */
static struct cordon_counts counts;

static void free_counts(void)
{
    cordon_counts_free(&counts);
}

static bool read_file(const char *path, const struct options *options)
{
    const struct cordon_abi *abi =
        options->abi_count ? cordon_abi(options->abis[0]) : cordon_abi_native();
    struct cordon_reporter reporter = terminal_reporter();
    struct text_file file;
    if (!slurp_file(&file, path))
        return false;
    enum cordon_error error =
        cordon_counts_read(&counts, file.bytes, file.length, path, abi, NULL, &reporter);
    free(file.bytes);
    if (!error)
        atexit(free_counts);
    return !error;
}

bool weights_read(const char *text, struct options *options)
{
    static struct cordon_weights weights;
    options->weights = &weights;
    weights = (struct cordon_weights){.kind = CORDON_WEIGHTS_KERNEL_CACHE};
    if (!strcmp(text, "kernel-cache"))
        return true;
    weights.kind = CORDON_WEIGHTS_EQUAL;
    if (!strcmp(text, "equal"))
        return true;
    if (!read_file(text, options))
        return false;
    weights = (struct cordon_weights){
        .kind = CORDON_WEIGHTS_COUNTS, .calls = counts.calls, .count = counts.count};
    return true;
}
