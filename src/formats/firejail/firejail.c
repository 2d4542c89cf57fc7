/* SPDX-License-Identifier: MIT */
/* firejail.c: reads profiles of Firejail. */
#include "firejail.h"

#include <string.h>

#include "lines.h"
#include "room.h"

/* ---- detection ---- */

/* A newline in the word may match the end of the text. */
static bool begins(const char *text, const char *end, const char *word)
{
    size_t length = strlen(word), left = (size_t)(end - text);
    if (left + 1 == length && word[left] == '\n')
        length = left;
    return left >= length && !memcmp(text, word, length);
}

static bool ends_in(const char *name, const char *suffix)
{
    size_t length = strlen(name), tail = strlen(suffix);
    return length >= tail && !strcmp(name + length - tail, suffix);
}

int firejail_detect(const char *text, size_t length, const char *name)
{
    static const char *const commands[] = {"seccomp\n",
                                           "seccomp ",
                                           "seccomp.",
                                           "protocol ",
                                           "memory-deny-write-execute",
                                           "restrict-names",
                                           "caps.drop ",
                                           "noblacklist ",
                                           "blacklist ",
                                           "whitelist ",
                                           "private-",
                                           "nonewprivs\n",
                                           "noroot\n",
                                           "include disable-"};
    struct lines lines = lines_of(text, length);
    int seen = 0;
    while (lines_next(&lines))
        for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
            seen += *lines.line == *commands[i] && begins(lines.line, lines.stop, commands[i]);
    if (ends_in(name, ".profile") && seen)
        return 90;
    return seen > 1 ? 80 : seen ? 60 : ends_in(name, ".profile") ? 20 : 0;
}

/* ---- reading ---- */

enum cordon_error firejail_read(struct cordon_policy **policy, const char *text, size_t length,
                                const char *name, const struct cordon_format_options *options,
                                struct cordon_reporter *reporter)
{
    struct cordon_tree tree;
    struct firejail firejail;
    struct firejail_filters filters = {0};
    cordon_tree_begin(&tree, text, length, name, &options->policy, reporter);
    firejail_profile(&firejail, &tree, options);
    if (!tree.error)
        firejail_filters(&firejail, &filters);
    firejail_stack(&firejail, &filters);
    return cordon_tree_end(&tree, policy);
}
