/* SPDX-License-Identifier: MIT */
/* systemd.c: reads units of systemd. */
#include "systemd.h"

#include <string.h>

#include "lines.h"
#include "room.h"

/* ---- detection ---- */

static bool ends_in(const char *name, const char *suffix)
{
    size_t length = strlen(name), tail = strlen(suffix);
    return length >= tail && !strcmp(name + length - tail, suffix);
}

int systemd_detect(const char *text, size_t length, const char *name)
{
    static const char *const heads[] = {"[Unit]",  "[Service]", "[Socket]",
                                        "[Mount]", "[Swap]",    "[Install]"};
    struct lines lines = lines_of(text, length);
    while (lines_next(&lines))
        for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
            if (line_begins(lines.line, lines.end, heads[i]))
                return 95;
    return ends_in(name, ".service") || ends_in(name, ".socket") ? 50 : 0;
}

/* ---- reading ---- */

enum cordon_error systemd_read(struct cordon_policy **policy, const char *text, size_t length,
                               const char *name, const struct cordon_format_options *options,
                               struct cordon_reporter *reporter)
{
    struct cordon_tree tree;
    struct systemd systemd;
    cordon_tree_begin(&tree, text, length, name, &options->policy, reporter);
    systemd_parse(&systemd, &tree, options);
    if (!tree.error)
        systemd_rules(&systemd);
    return cordon_tree_end(&tree, policy);
}
